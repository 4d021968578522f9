"""Whole Debian systems with systemd as their first process, each in a network of its own: units, timers, journals, packages.

    system = Booted(work, tree("trixie", "booted"), "web1")     # boots; returns when its sshd answers
    system.run("systemctl", "reload", "ssh").expect()
    system.end()

The test reaches it at system.address; systems do not reach each other unless the test passes packets on. Several may run at
once. Everything that it changes is gone with the test; system.upper holds it until then. Not there: udev, hidraw, SELinux.

Only inside isolate(network=True) as root; problem() says what is missing.
"""

import itertools
import os
import pathlib
import shutil
import signal
import socket
import subprocess

from . import trees
from .process import PATIENCE, Completed, Failure, until
from .trees import Root
from .work import Work

_numbers = itertools.count(1)
# systemd's own signal for "power off" (SIGRTMIN+4), as `systemctl poweroff` of a container's host sends it.
_POWER_OFF = signal.SIGRTMIN + 4


def problem() -> str | None:
    """None where systems can be booted, else what is missing."""
    if (missing := trees.problem()):
        return missing
    for name, package in (("systemd-nspawn", "trees"), ("ip", "test"), ("nsenter", "run")):
        if not shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin"):
            return f"{name} is missing: run ./setup {package}"
    return None


class Booted:
    """One running system."""

    def __init__(self, work: Work, lower: pathlib.Path, name: str, *, files: dict[str, str] | None = None,
                 binds: dict[str, pathlib.Path] | None = None, ssh: bool = True, before=None):
        """@param lower  a tree with systemd-sysv and dbus, such as tree("trixie", "booted")
        @param files     text of files that the system has when it boots, by absolute name
        @param binds     files and folders of the machine that it sees, by their absolute name there
        @param ssh       wait for the answer of its sshd; else only for systemd to have started everything
        @param before    called with the system's Root before it boots, for other changes"""
        self.work, self.name, self._number = work, name, next(_numbers)
        self.address = f"10.66.{self._number}.2"
        self.files = Root(work, lower, name)
        self.root, self.upper = self.files.root, self.files.upper
        self.files.write("/etc/hostname", f"{name}\n")
        for path, text in (files or {}).items():
            self.files.write(path, text)
        if before:
            before(self.files)
        self._network = f"{name}-{self._number}"
        self._make_network()
        self.daemon = None
        self._binds = [f"--bind={outside}:{inside}" for inside, outside in (binds or {}).items()]
        self._ssh = ssh
        work.cleanup(self.end)
        self.boot()

    def boot(self) -> None:
        """Switch it on (again, after end()): its files are as it left them."""
        argv = ["systemd-nspawn", "--quiet", f"--directory={self.root}", f"--machine={self.name}",
                f"--network-namespace-path=/run/netns/{self._network}", "--register=no", "--keep-unit", "--console=pipe",
                "--resolv-conf=off", "--timezone=off", "--link-journal=no", *self._binds, "--boot"]
        self.daemon = self.work.daemon(f"{self.name}-console", argv, env={"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"})
        self.init = 0
        self._until(self._find_init, "its first process")
        if self._ssh:
            self._until(self._answers, "sshd's answer")
        else:
            self._until(lambda: self.run("systemctl", "is-system-running").out.strip() in ("running", "degraded"),
                        "the end of its start")

    def _make_network(self) -> None:
        near, host = f"nspawn{self._number}", self.address.rsplit(".", 1)[0]
        inside = ["nsenter", f"--net=/run/netns/{self._network}", "--", "ip"]
        for argv in (["ip", "netns", "add", self._network],
                     ["ip", "link", "add", near, "type", "veth", "peer", "name", "host0", "netns", self._network],
                     ["ip", "address", "add", f"{host}.1/30", "dev", near], ["ip", "link", "set", near, "up"],
                     [*inside, "address", "add", f"{self.address}/30", "dev", "host0"],
                     [*inside, "link", "set", "host0", "up"], [*inside, "link", "set", "lo", "up"],
                     [*inside, "route", "add", "default", "via", f"{host}.1"]):
            self.work.run(*argv).expect()

    def _until(self, condition, what: str) -> None:
        def reached():
            if not self.daemon.alive():
                raise Failure(f"{self.name} ended before {what}\n{self.daemon.report()}")
            return condition()
        try:
            until(reached, f"{what} ({self.name})")
        except Failure as failure:
            raise Failure(f"{failure}\n{self.daemon.report()}") from None

    def _find_init(self) -> bool:
        """The child of systemd-nspawn that is process 1 of its own world and has become systemd."""
        pid = self.daemon.process.pid
        for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            try:
                status = pathlib.Path(f"/proc/{child}/status").read_text()
                if status.split("\nNSpid:")[1].split("\n")[0].split()[-1] == "1" and status.startswith("Name:\tsystemd\n"):
                    self.init = int(child)
            except (FileNotFoundError, ProcessLookupError):
                continue
        return self.init != 0

    def _answers(self) -> bool:
        try:
            with socket.create_connection((self.address, 22), timeout=PATIENCE) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False

    def run(self, *command, env=None, stdin: bytes = b"", timeout: float = PATIENCE) -> Completed:
        """A program in it, as its root and without a terminal; `env` adds to the environment."""
        variables = (f"{name}={value}" for name, value in {**trees.ENVIRONMENT, **(env or {})}.items())
        return self.work.run("nsenter", "-t", str(self.init), "-a", "--wd=/", "env", "-i", *variables, *command,
                             stdin=stdin, timeout=timeout)

    def shell(self, script: str, **options) -> Completed:
        """Lines of sh in it."""
        return self.run("sh", "-c", script, **options)

    def host_key(self) -> str:
        """A line of known_hosts."""
        key = (self.root / "etc/ssh/ssh_host_ed25519_key.pub").read_text().split()
        return f"{self.address} {key[0]} {key[1]}"

    def end(self) -> None:
        """Switch it off as an administrator does; killed where it does not obey. May be called again."""
        if not self.daemon:
            return
        if self.daemon.alive() and self.init:
            os.kill(self.init, _POWER_OFF)
            try:
                self.daemon.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                pass
        self.daemon.stop(signal.SIGKILL)
        self.daemon = None
