"""The stage on which runbooks are played: a laptop, a colleague's account, and hosts, each with a real sshd on port 22.

Everything is in mount, process and network namespaces of the test, so that the steps can say what they say in life:
/etc/ssh/sshd_config.d, ~/.ssh, web1.example.com, /dev/hidraw0, /usr/local/lib/libsk-halligan.so. What is not as in life:

- `systemctl reload ssh` is a stand-in that checks the configuration and sends the host's sshd a HUP, as the real unit
  does (there is no systemd on the stage);
- /dev/hidraw0 is the pseudo-terminal of a software token, which /etc/ssh/halligan.conf names (no udev finds it);
- a colleague is a second account on the laptop, and what they send arrives as a file;
- so is the account of a backup host's jobs.

Needs root, and isolate(network=True) before.
"""

import os
import pathlib
import pwd
import shutil
import subprocess

from . import paths, runbook
from .isolation import bind, mount, private_mounts, tmpfs, unshare
from .process import PATIENCE, Failure, run
from .work import Work

_CLONE_NEWNS, _CLONE_NEWUTS, _CLONE_NEWNET = 0x00020000, 0x04000000, 0x40000000

PEOPLE = {"laptop": ("jo", 1000), "colleague": ("sam", 1001), "backup": ("backup", 34)}
DEVICE = "/dev/hidraw0"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_SYSTEMCTL = """#!/bin/sh
# The stage's only stand-in: what ssh.service does on reload.
[ "$*" = "reload ssh" ] || { echo "systemctl: this stage knows only: systemctl reload ssh" >&2; exit 1; }
sshd -t || exit 1
before=$(stat -c %Y.%i.%z /run/sshd.pid)
kill -HUP "$(cat /run/sshd.pid)" || exit 1
tries=0
while [ "$(stat -c %Y.%i.%z /run/sshd.pid 2>/dev/null)" = "$before" ] || ! ss -Hltn sport = :22 | grep -q .; do
  tries=$((tries + 1)); [ $tries -lt 500 ] || { echo "systemctl: sshd did not come back" >&2; exit 1; }
  sleep 0.01
done
"""


class Host:
    """A machine of its own: mounts, host name, network, sshd with Debian's own configuration."""

    def __init__(self, stage: "Stage", name: str, number: int):
        self.name, self.address, self._names = name, f"10.64.{number}.2", stage.folder / "hosts"
        folder = stage.folder / name
        self.ssh, self.home = folder / "etc-ssh", folder / "root"
        (self.ssh / "sshd_config.d").mkdir(parents=True, mode=0o755)
        self.home.mkdir(mode=0o700)
        shutil.copy(stage.default_sshd_config, self.ssh / "sshd_config")
        stage.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f",
                       self.ssh / "ssh_host_ed25519_key").expect()
        self._has_syslog = stage.has_syslog
        argv = [stage.sshd, "-D", "-e"]
        if self._has_syslog:
            argv = ["bash", "-c", 'exec "$@" 2> >(exec tee -a /var/log/auth.log)', "bash", *argv]
        self.daemon = stage.work.daemon(name, argv, preexec=self._enter)
        self.daemon.wait_for("Server listening on 0.0.0.0 port 22")
        self.pid = self.daemon.process.pid
        near = f"to-{name}"[:15]
        for command in (f"link add {near} type veth peer name eth0 netns {self.pid}",
                        f"address add 10.64.{number}.1/30 dev {near}", f"link set {near} up"):
            stage.work.run("ip", *command.split()).expect()
        for command in (f"address add {self.address}/30 dev eth0", "link set eth0 up", "link set lo up"):
            stage.work.run("nsenter", "-t", str(self.pid), "-n", "ip", *command.split()).expect()

    def _enter(self) -> None:
        unshare(_CLONE_NEWNS | _CLONE_NEWUTS | _CLONE_NEWNET)
        private_mounts()
        bind(self.ssh, "/etc/ssh")
        bind(self.home, "/root")
        bind(self._names, "/etc/hosts")
        tmpfs("/run")
        if self._has_syslog:
            tmpfs("/var/log")
        tmpfs("/var/lib")  # where halligan trust keeps what it needs to take a change back
        os.mkdir("/run/sshd", 0o755)
        with open("/proc/sys/kernel/hostname", "w", encoding="ascii") as file:
            file.write(self.name)

    def argv(self) -> list[str]:
        """How to start a program on this host. Its root as well as its mounts: the tests may themselves run in a chroot,
        and a mount namespace alone leads out of it."""
        return ["nsenter", "-t", str(self.pid), "-m", "-n", "-u", "-r", "--wdns=/root"]

    def public_key(self) -> str:
        return " ".join((self.ssh / "ssh_host_ed25519_key.pub").read_text().split()[:2])


class Stage:
    """One stage. Start it once per test program: it covers /home, /root, /tmp and /usr/local of this namespace."""

    def __init__(self, hosts: tuple[str, ...] = ("web1", "db1"), *, has_syslog: bool = False):
        """@param has_syslog  what sshd says is in /var/log/auth.log of each host, which then has a /var/log of its own"""
        self.has_syslog = has_syslog
        self.folder = pathlib.Path("/run/stage")
        self.folder.mkdir()
        self._install()
        self._cover()
        os.chdir("/")
        self.work = Work()
        self.tokens: dict = {}
        (self.folder / "hosts").touch()
        self._plugged = None
        self.holder = "laptop"  # whose tokens are plugged in
        self.hosts = {name: Host(self, name, number) for number, name in enumerate(hosts, 1)}
        self._name_hosts()

    def _install(self) -> None:
        """The build's results at their installed places, and what the covered folders held that the stage needs."""
        local = self.folder / "local"
        for name in ("bin", "sbin", "lib", "libexec"):
            (local / name).mkdir(parents=True)
        shutil.copy(paths.HALLIGAN, local / "bin")
        shutil.copy(paths.PROVIDER, local / "lib")
        shutil.copy(paths.BUILD / "libexec/halligan-kit-layout", local / "libexec")
        shutil.copy(paths.SOFTKEY, local / "bin" / "stage-softkey")
        (local / "bin" / "systemctl").write_text(_SYSTEMCTL)
        (local / "bin" / "systemctl").chmod(0o755)
        unpacked = pathlib.Path(paths.sshd()).parents[2]
        self.default_sshd_config = self.folder / "sshd_config"
        shutil.copy(unpacked / "usr/share/openssh/sshd_config" if unpacked != pathlib.Path("/")
                    else "/usr/share/openssh/sshd_config", self.default_sshd_config)
        self.sshd = paths.sshd()
        pam = self.folder / "pam.d"
        shutil.copytree("/etc/pam.d", pam)
        if unpacked != pathlib.Path("/"):
            shutil.copy(self.sshd, local / "sbin" / "sshd")
            shutil.copy(unpacked / "etc/pam.d/sshd", pam)
            self.sshd = "/usr/local/sbin/sshd"
            self._install_parts(local)
        bind(pam, "/etc/pam.d")

    def _install_parts(self, local: pathlib.Path) -> None:
        """What an unpacked sshd of OpenSSH 9.8 or later starts, and the lines that tell it where that lies on the stage."""
        with open(self.default_sshd_config, "a", encoding="utf-8") as config:
            for keyword, path in paths.sshd_parts().items():
                shutil.copy(path, local / "lib")
                config.write(f"{keyword} /usr/local/lib/{path.name}\n")

    def _cover(self) -> None:
        """The folders of a machine, empty."""
        self._accounts()
        for folder in ("/home", "/root"):
            tmpfs(folder)
        tmpfs("/tmp", "1777")
        tmpfs("/var/log")
        pathlib.Path("/var/log/lastlog").touch()
        bind(self.folder / "local", "/usr/local")
        for name, uid in PEOPLE.values():
            os.mkdir(f"/home/{name}", 0o700)
            os.chown(f"/home/{name}", uid, uid)
        ssh = self.folder / "etc-ssh"
        ssh.mkdir(mode=0o755)
        (ssh / "halligan.conf").write_text(f"Device {DEVICE}\n")
        bind(ssh, "/etc/ssh")
        self._devices()

    def _accounts(self) -> None:
        lines = [line for line in pathlib.Path("/etc/passwd").read_text().splitlines() if not line.startswith("root:")]
        people = [f"{name}:x:{uid}:{uid}::/home/{name}:/bin/bash" for name, uid in PEOPLE.values()]
        kept = [line for line in lines if line.split(":")[2] not in {str(uid) for _, uid in PEOPLE.values()}]
        (self.folder / "passwd").write_text("\n".join(["root:x:0:0:root:/root:/bin/bash", *kept, *people]) + "\n")
        groups = [line for line in pathlib.Path("/etc/group").read_text().splitlines() if int(line.split(":")[2]) < 1000
                  and line.split(":")[2] not in {str(uid) for _, uid in PEOPLE.values()}]
        groups += [f"{name}:x:{uid}:" for name, uid in PEOPLE.values()]
        (self.folder / "group").write_text("\n".join(groups) + "\n")
        for name in ("passwd", "group"):
            bind(self.folder / name, f"/etc/{name}")

    def _devices(self) -> None:
        """A /dev whose names are the stage's own."""
        dev = self.folder / "dev"
        dev.mkdir()
        tmpfs(str(dev))
        for name in ("null", "zero", "full", "random", "urandom", "tty"):
            (dev / name).touch()
            bind(f"/dev/{name}", dev / name)
        (dev / "pts").mkdir()
        mount("devpts", str(dev / "pts"), "devpts", 0, "newinstance,ptmxmode=0666,mode=0620,gid=5")
        (dev / "shm").mkdir()
        tmpfs(str(dev / "shm"), "1777")
        (dev / "ptmx").symlink_to("pts/ptmx")
        (dev / "fd").symlink_to("/proc/self/fd")
        for number, name in enumerate(("stdin", "stdout", "stderr")):
            (dev / name).symlink_to(f"/proc/self/fd/{number}")
        mount(str(dev), "/dev", None, 0x2000)  # MS_MOVE
        os.chmod("/dev", 0o1777)  # the software token of an ordinary user puts its node here

    def _name_hosts(self) -> None:
        lines = ["127.0.0.1 localhost"] + [f"{host.address} {name}.example.com {name}"
                                            for name, host in self.hosts.items()]
        (self.folder / "hosts").write_text("\n".join(lines) + "\n")  # the same file, which the hosts see
        bind(self.folder / "hosts", "/etc/hosts")
        known = [f"{name}.example.com,{host.address} {host.public_key()}" for name, host in self.hosts.items()]
        pathlib.Path("/etc/ssh/ssh_known_hosts").write_text("\n".join(known) + "\n")

    def join_networks(self) -> None:
        """The laptop passes packets on between the hosts."""
        pathlib.Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
        for name, host in self.hosts.items():
            self.run(name, "ip", "route", "add", "default", "via", host.address.rsplit(".", 1)[0] + ".1").expect()

    # --- people and places

    def is_person(self, place: str) -> bool:
        return place in PEOPLE

    def home(self, place: str) -> pathlib.Path:
        if place in PEOPLE:
            return pathlib.Path("/home") / PEOPLE[place][0]
        return self.hosts[place].home

    def argv(self, place: str) -> tuple[list[str], dict[str, str]]:
        """How to start a program as the person at this place, and its environment."""
        if place in PEOPLE:
            name, uid = PEOPLE[place]
            return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--"], self.environment(name)
        if place in self.hosts:
            return self.hosts[place].argv(), self.environment("root")
        raise Failure(f"the stage has no place {place!r}")

    def environment(self, name: str) -> dict[str, str]:
        home = "/root" if name == "root" else f"/home/{name}"
        return {"HOME": home, "USER": name, "LOGNAME": name, "SHELL": "/bin/bash", "PATH": _PATH, "TERM": "xterm",
                "LANG": "C.UTF-8"}

    def way(self, place: str) -> str:
        """How root gets a shell there: what `halligan runbook run --at` takes."""
        prefix, env = self.argv(place)
        inside = ["env", "-C", env["HOME"], *(f"{name}={value}" for name, value in env.items())]
        return runbook.quoted([*prefix, *inside])

    def put_runbook(self, name: str, text: str) -> pathlib.Path:
        """Where the installed ones are."""
        folder = pathlib.Path("/usr/local/share/doc/halligan/runbooks")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
        return folder / f"{name}.md"

    def run(self, place: str, *argv, stdin: bytes = b"", timeout: float = PATIENCE, pass_fds=()):
        """One command at a place, for what a runbook takes for granted."""
        prefix, env = self.argv(place)
        return run([*prefix, *argv], env=env, cwd=self.home(place) if place in PEOPLE else "/", stdin=stdin,
                   timeout=timeout, pass_fds=pass_fds)

    def carry(self, source: str, source_file: str, target: str, target_file: str) -> None:
        """What a person sends another: a file of one home appears in another."""
        from_file, to_file = self.home(source) / source_file, self.home(target) / target_file
        shutil.copy(from_file, to_file)
        owner = pwd.getpwnam(PEOPLE[target][0]) if target in PEOPLE else pwd.getpwuid(0)
        os.chown(to_file, owner.pw_uid, owner.pw_gid)

    # --- tokens

    def plug(self, name: str, *, pin: str | None = None, touch: str = "200") -> None:
        """Put this token into the holder's computer; another one that is in comes out."""
        self.unplug()
        uid = PEOPLE[self.holder][1]
        state = self.folder / "tokens"
        if not state.exists():
            state.mkdir(mode=0o700)
            os.chown(state, uid, uid)
        argv = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--", "stage-softkey", "--state",
                state / name, "--pty", DEVICE, "--touch", touch, "--log", state / f"{name}.log"]
        fds = ()
        if pin is not None:
            read_end, write_end = os.pipe()
            os.write(write_end, pin.encode() + b"\n")
            os.close(write_end)
            argv += ["--pin-fd", str(read_end)]
            fds = (read_end,)
        self._plugged = self.work.daemon(f"token-{name}", argv, pass_fds=fds)
        for fd in fds:
            os.close(fd)
        self._plugged.wait_for(f"softkey: ready on {DEVICE}")

    def unplug(self) -> None:
        if self._plugged:
            self._plugged.stop()
            self._plugged = None

    def report(self) -> str:
        return self.work.report()

    def close(self) -> None:
        self.unplug()
        self.work.close()


def kernel_can() -> str | None:
    """None where this kernel lets root make such a stage, else what is missing."""
    probe = subprocess.run([paths.program("ip"), "link", "add", "probe0", "type", "veth", "peer", "name", "probe1"],
                           capture_output=True, text=True, check=False)
    return None if probe.returncode == 0 else f"no pair of virtual network cards: {probe.stderr.strip()}"
