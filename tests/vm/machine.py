"""A Linux of its own under qemu, where the software token is a hidraw device: kernel from Debian, programs from here."""

import base64
import os
import pathlib
import select
import shlex
import subprocess
import time

from harness import paths
from harness.process import PATIENCE, Completed, Failure, die_with_parent, show
from harness.work import need
from initramfs import Initramfs

KERNEL = paths.SOURCE / "build" / "vm-kernel"
MODULES = ("hid", "hid-generic", "uhid")
LIBRARY = "/usr/lib/libsk-halligan.so"
USER = "jo"
_SSH_GROUP = 101

# The guest is nobody's target, and its clock is as steady as this machine's: a third less time.
_QUICK = "mitigations=off tsc=reliable"

_PASSWD = f"""root:x:0:0::/root:/bin/sh
sshd:x:100:65534::/run/sshd:/usr/sbin/nologin
{USER}:x:1000:1000::/home/{USER}:/bin/sh
"""
_GROUP = f"root:x:0:\n_ssh:x:{_SSH_GROUP}:\n{USER}:x:1000:\n"
_SHADOW = f"root:*:19000::::::\nsshd:!:19000::::::\n{USER}:*:19000::::::\n"


def missing() -> str | None:
    """Why there can be no virtual machine here, or nothing."""
    if os.uname().machine != "x86_64":
        return f"the virtual machine's kernel is Debian's for amd64, this is {os.uname().machine}"
    for name in ("qemu-system-x86_64", "busybox"):
        try:
            paths.program(name)
        except FileNotFoundError as error:
            return str(error)
    if not (KERNEL / "vmlinuz").exists():
        return f"{KERNEL} is missing: ./setup fetches the kernel from Debian's archive"
    return None


def file_system() -> Initramfs:
    """What the guest is made of."""
    made = Initramfs()
    for folder in ("/dev", "/proc", "/sys", "/run", "/tokens"):
        made.folder(folder)
    made.folder("/root", 0o700)
    made.folder("/tmp", 0o1777)
    made.folder(f"/home/{USER}", 0o700, 1000, 1000)
    made.file("/etc/passwd", _PASSWD)
    made.file("/etc/group", _GROUP)
    made.file("/etc/shadow", _SHADOW, 0o600)
    made.file("/init", (pathlib.Path(__file__).parent / "init.sh").read_bytes(), 0o755)
    for name in MODULES:
        made.file(f"/modules/{name}.ko", (KERNEL / f"{name}.ko").read_bytes())
    made.program(paths.program("busybox"), "/usr/bin/busybox")
    made.link("/usr/bin/sh", "busybox")
    for name in ("ssh", "ssh-keygen", "ssh-add", "fido2-token"):
        made.program(paths.program(name))
    # As Debian installs it: setgid, which makes the dynamic linker and secure_getenv() distrust the environment.
    made.program(paths.program("ssh-agent"), mode=0o2755, gid=_SSH_GROUP)
    made.program("/usr/lib/openssh/ssh-sk-helper")
    made.program(paths.sshd(), "/usr/sbin/sshd")
    for part in paths.sshd_parts().values():
        made.program(str(part), f"/usr/lib/openssh/{part.name}")
    made.program(need(paths.SOFTKEY), "/usr/bin/softkey")
    made.program(need(paths.HALLIGAN), "/usr/bin/halligan")
    made.program(need(paths.PROVIDER), LIBRARY)
    return made


class Machine:
    """Running from the constructor to close(); one command at a time."""

    def __init__(self, folder: pathlib.Path, *, made: Initramfs | None = None, limit: float = 2 * PATIENCE):
        """@param folder  for the console's text and the file system's image
        @param made       its file system, if it is more than file_system()
        @param limit      seconds until the guest must be ready"""
        self._console, self._said = folder / "console", folder / "qemu"
        image = folder / "initramfs"
        (made or file_system()).write(image)
        argv = [paths.program("qemu-system-x86_64"), "-M", "pc", "-cpu", "max", "-accel", "tcg,tb-size=256", "-m", "512",
                "-nodefaults", "-display", "none", "-no-reboot", "-nic", "none", "-serial", f"file:{self._console}",
                "-chardev", "stdio,id=commands,signal=off", "-serial", "chardev:commands",
                "-kernel", KERNEL / "vmlinuz", "-initrd", image, "-append", f"console=ttyS0 quiet panic=-1 {_QUICK}"]
        with open(self._said, "wb") as said:
            self._process = subprocess.Popen([str(word) for word in argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                             stderr=said, start_new_session=True, preexec_fn=die_with_parent)
        self._unread = b""
        began = time.monotonic()
        try:
            self._answer("the boot", limit)
        except Failure:
            self.close()
            raise
        self.boot_seconds = time.monotonic() - began
        image.unlink()

    def run(self, script: str, *, user: str = USER, limit: int = PATIENCE) -> Completed:
        """A shell script in the guest, as this user and in his home, without a terminal.

        It is ended after `limit` seconds (exit status 124)."""
        began = time.monotonic()
        script = f"export LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin; cd\n{script}"
        request = f"{limit} {user} {base64.b64encode(script.encode()).decode()}\n"
        self._process.stdin.write(request.encode())
        self._process.stdin.flush()
        status, out, err = self._answer(script, limit + 10).split(b" ")
        return Completed([f"{user}$", script], int(status), base64.b64decode(out[1:]), base64.b64decode(err[1:]),
                         time.monotonic() - began)

    def write(self, path: str, text: str, *, user: str = USER, mode: str = "600") -> None:
        """A file in the guest."""
        self.run(f"printf %s {shlex.quote(text)} >{path} && chmod {mode} {path}", user=user).expect()

    def _answer(self, doing: str, limit: float) -> bytes:
        end = time.monotonic() + limit
        pipe = self._process.stdout.fileno()
        while b"\n" not in self._unread:
            ready, _, _ = select.select([pipe], [], [], max(end - time.monotonic(), 0))
            piece = os.read(pipe, 65536) if ready else b""
            if not piece:
                what = "the virtual machine ended during" if ready else f"no answer within {limit} s from"
                raise Failure(f"{what}: {doing}\n{self.report()}")
            self._unread += piece
        line, self._unread = self._unread.split(b"\n", 1)
        return line.rstrip(b"\r")

    def report(self) -> str:
        texts = [show(title, file.read_bytes() if file.exists() else b"")
                 for title, file in (("the virtual machine's console", self._console), ("qemu", self._said))]
        return "\n".join(texts)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


class Token:
    """A software token plugged into the guest's USB, as far as the guest can tell. The user owns its node, as udev gives
    it on a desktop to the person who sits there."""

    def __init__(self, machine: Machine, name: str, *, pin: str | None = None, touch: str = "auto"):
        self.machine, self.name, self._touch = machine, name, touch
        self.path, self.output = "", f"/tokens/{name}.out"
        if pin is not None:
            machine.write(f"/tokens/{name}.pin", pin + "\n", user="root")
        self.plug()

    def plug(self, *, touch: str | None = None) -> None:
        """Put it in, and wait until its node is there. `touch` holds until it is pulled."""
        base = f"/tokens/{self.name}"  # .state, .pin, .log, .process and .out: what it said
        self.touch = touch or self._touch
        done = self.machine.run(f"""
            : >>{base}.pin; : >{base}.out  # what it said when it was in before is not the answer
            pin=; [ ! -s {base}.pin ] || pin='--pin-fd 3'
            softkey --state {base}.state --uhid 'Softkey {self.name}' --serial {self.name} --touch {self.touch} \\
              --log {base}.log $pin >{base}.out 2>&1 3<{base}.pin &
            echo $! >{base}.process
            until grep -q '^softkey: ready on ' {base}.out; do
              kill -0 $! || {{ cat {base}.out >&2; exit 1; }}
              sleep 0.05
            done
            node=$(sed -n 's/^softkey: ready on //p' {base}.out)
            chown {USER} $node && echo $node""", user="root")
        self.path = done.expect().out.strip()

    def pull(self) -> None:
        """Take it out, in the middle of whatever it does; if it is in."""
        if not self.path:
            return
        self.machine.run(f"kill -KILL $(cat /tokens/{self.name}.process); while [ -e {self.path} ]; do sleep 0.05; done",
                         user="root").expect()
        self.path = ""

    def touches(self) -> int:
        """How often somebody had to touch it: presence that was asked for and given."""
        log = self.machine.run(f"cat /tokens/{self.name}.log", user="root").expect().out
        return sum(1 for line in log.splitlines() if " status=0x00" in line and
                   (" ctap=makeCredential" in line or " up=1" in line))
