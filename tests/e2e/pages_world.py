"""A stage for the examples of the man pages, and a page whose examples are typed there in order."""

import pathlib
import re
import shutil
import time

import harness
from harness import paths
from harness.isolation import mount, tmpfs
from harness.process import Failure
from harness.shell import Shell

PIN = "142857"
ASKED = (r"PIN of the token.*: ", PIN)
KEYGEN = ("Enter PIN for authenticator: ", PIN)
YES = (r"\[y/N\] ", "y")
LOGIN = (r"root@web1:\S+ ", "exit")
PATIENCE = 120
WRITER = paths.SOURCE / "build/journal-remote/usr/lib/systemd/systemd-journal-remote"
JOURNAL = pathlib.Path("/run/cover/systemd-journal-remote")


def examples(page: str) -> list[tuple[str, str, str]]:
    """Of a page's text: (kind, text, output) in order; kind is $ or # for a command, else "text" for a whole display."""
    section = re.search(r"^\.Sh EXAMPLES\n(.*?)(?=^\.Sh |\Z)", page, re.M | re.S)
    found = []
    for display in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", section[1] if section else "", re.M | re.S):
        lines = display.replace("\\e", "\\").replace("\\\\", "\\").replace("\\&", "").splitlines()
        if lines[0][:2] not in ("$ ", "# "):
            found.append(["text", "\n".join(lines) + "\n", ""])
            continue
        for line in lines:
            goes_on = found and found[-1][2] == "" and re.search(r"[\\|]$", found[-1][1])
            if goes_on:
                found[-1][1] += "\n" + line
            elif line[:2] in ("$ ", "# "):
                found.append([line[0], line[2:], ""])
            else:
                found[-1][2] += line + "\n"
    return [tuple(each) for each in found]


def pages() -> dict[str, list[tuple[str, str, str]]]:
    """The examples of each page that has some, by its file's name."""
    files = [*(paths.BUILD / "man").glob("*.[1-8]"), *(paths.SOURCE / "ca-tool/man").glob("*.[1-8]"),
             paths.SOURCE / "tests/softkey/softkey.1"]
    return {file.name: examples(file.read_text()) for file in sorted(files)}


def check_seen(wanted: list[tuple[int, str]], printed: str, name: str) -> None:
    """The lines (number, text) appear in order, … standing for anything. @errors Failure with the first that does not"""
    # A line that the program wiped from the screen (a countdown) is not there any more.
    rest = [line.rstrip() for line in re.sub(r"[^\n]*\x1b\[K", "", printed).split("\n")]
    for number, line in wanted:
        pattern = re.compile(r".*".join(re.escape(part) for part in line.strip().split("…")))
        at = next((index for index, seen in enumerate(rest) if pattern.fullmatch(seen.strip())), None)
        if at is None:
            raise Failure(f"{name}:{number}: a person should see {line.strip()!r}, but the step printed:\n{printed}")
        rest = rest[at + 1:]


class Page:
    """One page's examples, taken in order."""

    def __init__(self, stage, name: str, items: list[tuple[str, str, str]]):
        self.stage, self.name, self.items = stage, name, list(items)
        self._shells: dict[str, Shell] = {}  # the one that a person has open at a place
        self.home = stage.home("laptop") / name
        self.on("laptop", f"mkdir ~/{name} && cd ~/{name} && umask 022 && export NO_COLOR=1 PAGER=cat")

    def on(self, place: str, script: str, *answers: tuple[str, str], status: int = 0) -> str:
        """Type lines that no page has."""
        got, command, printed = self._shell(place).step(script, list(answers), PATIENCE)
        if got != status:
            raise Failure(f"{self.name}: status {got}, expected {status}: {command or script}\n{printed}")
        return printed

    def _shell(self, place: str) -> Shell:
        if place not in self._shells:
            argv, env = self.stage.argv(place)
            self._shells[place] = Shell(argv, env=env, cwd=self.stage.home(place) if place not in self.stage.hosts else "/")
        return self._shells[place]

    def close(self) -> None:
        for shell in self._shells.values():
            shell.close()

    def next(self, kind: str) -> tuple[str, str, str]:
        if not self.items or self.items[0][0] != kind:
            raise Failure(f"{self.name}: expected an example of kind {kind!r}, the page has {self.items[:1]}")
        return self.items.pop(0)

    def run(self, *answers: tuple[str, str], place: str = "", status: int = 0, change=lambda text: text) -> str:
        """The next command. @param change  what a person types otherwise than it is printed, such as a code"""
        kind = "#" if self.items and self.items[0][0] == "#" else "$"
        _, text, output = self.next(kind)
        print(f"{self.name}: {kind} {text}", flush=True)
        printed = self.on(place or {"$": "laptop", "#": "web1"}[kind], change(text), *answers, status=status)
        wanted = [(number, re.sub(r"SHA256:\S+|\.\.\.$", "…", line)) for number, line in enumerate(output.splitlines(), 1)
                  if line.strip() not in ("", "...")]
        check_seen(wanted, printed, f"{self.name}: output of {text}")
        return printed

    def done(self) -> None:
        if self.items:
            raise Failure(f"{self.name}: nothing plays {self.items[0][1]!r}")

    def text(self) -> str:
        """The next display, which is no command."""
        print(f"{self.name}: a text is used", flush=True)
        return self.next("text")[1]

    def file(self, name: str, text: str, mode: int = 0o644) -> None:
        self.home.joinpath(name).write_text(text)
        self.home.joinpath(name).chmod(mode)

    def ca(self, folder: str = "ca", token: str = "blue", *options: str) -> None:
        """A CA on a token of this page; its handle file and its public key."""
        self.stage.plug(f"{self.name}-{token}", pin=PIN)
        self.on("laptop", f"mkdir -p {folder} && halligan ca init -d {folder} {' '.join(options)}", ASKED)

    def trusted(self, public: str) -> None:
        """All hosts trust it."""
        for name, host in self.stage.hosts.items():
            (host.ssh / "emergency-ca.pub").write_text((self.home / public).read_text())
            (host.ssh / "sshd_config.d/10-emergency-ca.conf").write_text("TrustedUserCAKeys /etc/ssh/emergency-ca.pub\n")
            self.stage.run(name, "systemctl", "reload", "ssh").expect()

    def software_ca(self, folder: str) -> None:
        self.on("laptop", f"mkdir -p {folder} && ssh-keygen -q -t ed25519 -N '' -f {folder}/ca")

    def key(self, name: str) -> None:
        self.on("laptop", f"ssh-keygen -q -t ed25519 -N '' -C {name}@example.com -f {name}")

    def admin(self) -> None:
        """The laptop's own key opens all hosts, as it does before any CA is trusted."""
        self.on("laptop", "mkdir -p -m 700 ~/.ssh; [ -e ~/.ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519")
        for host in self.stage.hosts.values():
            (host.home / ".ssh").mkdir(mode=0o700, exist_ok=True)
            shutil.copy(self.stage.home("laptop") / ".ssh/id_ed25519.pub", host.home / ".ssh/authorized_keys")


def journal(message: str) -> None:
    """One message of sshd in the journal that journalctl reads here."""
    machine = pathlib.Path("/etc/machine-id").read_text().strip()
    folder = pathlib.Path("/var/log/journal", machine)
    folder.mkdir(parents=True, exist_ok=True)
    fields = {"__REALTIME_TIMESTAMP": f"{time.time_ns() // 1000}", "__MONOTONIC_TIMESTAMP": "1", "_BOOT_ID": "b" * 32, "_MACHINE_ID": machine,
              "_HOSTNAME": "web1", "_SYSTEMD_UNIT": "ssh.service", "SYSLOG_IDENTIFIER": "sshd", "_PID": "71", "_COMM": "sshd", "_TRANSPORT": "syslog", "PRIORITY": "6",
              "_UID": "0", "MESSAGE": message}
    text = "".join(f"{name}={value}\n" for name, value in fields.items()) + "\n"
    harness.run([JOURNAL, "-o", folder / "system.journal", "-"], stdin=text.encode()).expect()


def cover_folders() -> None:
    """What examples write to /etc and /var stays in memory, and the program that writes journals can still be reached."""
    pathlib.Path("/run/cover").mkdir()
    tmpfs("/run/cover")
    shutil.copy(WRITER, JOURNAL)  # the stage covers the folder of this clone, if it is in /tmp
    # Those that isolate() made, which are mounted below these folders.
    accounts = {name: pathlib.Path("/etc", name).read_text() for name in ("passwd", "shadow", "group")}
    for folder in ("/etc", "/var"):
        _cover(folder)
    for name, text in {**accounts, "machine-id": "1" * 32 + "\n"}.items():  # a bare system has none
        pathlib.Path("/etc", name).write_text(text)


def _cover(folder: str) -> None:
    """Changes to a folder of this machine stay in memory."""
    place = pathlib.Path("/run", "cover", folder.strip("/").replace("/", "-"))
    for name in ("upper", "work"):
        (place / name).mkdir(parents=True)
    mount("overlay", folder, "overlay", 0, f"lowerdir={folder},upperdir={place / 'upper'},workdir={place / 'work'}")


def stand_ins(stage) -> None:
    """Programs that the examples use and a stage has not, and short names of the hosts."""
    local = pathlib.Path("/usr/local")
    systemctl = local / "bin/systemctl"
    systemctl.write_text('#!/bin/sh\n[ "$*" != "restart nginx" ] || { echo "nginx is restarted"; exit 0; }\n' + systemctl.read_text())
    inventory = local / "bin/ansible-inventory"
    inventory.write_text('#!/bin/sh\necho \'{"all": {"hosts": ["web1", "web2"]}, "_meta": {"hostvars": {}}}\'\n')
    inventory.chmod(0o755)
    (local / "bin/softkey").symlink_to("stage-softkey")
    known = pathlib.Path("/etc/ssh/ssh_known_hosts")
    known.write_text(re.sub(r"^(\w+)\.example\.com", r"\1,\1.example.com", known.read_text(), flags=re.M))
