"""An OpenPGP card in a virtual reader, and GnuPG's agent, which reaches it.

Only inside harness.isolate(network=True) as root, as all cards.
"""

import os
import pathlib
import re
import signal

from . import paths, trees
from .card import Readers
from .process import Completed, Daemon, Failure, show, until
from .work import Work

_PROGRAM = paths.SOURCE / "tests" / "softcard" / "softcard"
_PORT = 35963
PIN, ADMIN_PIN = "123456", "12345678"  # of a card that nobody has changed


_PROGRAMS = ("gpg", "gpg-agent", "gpg-connect-agent", "gpgconf")
PACKAGES = ("gpg", "gpg-agent", "gpgconf", "pcscd", "scdaemon", "vsmartcard-vpcd")


def other_release(work: Work) -> trees.Root | None:
    """The Debian release that HALLIGAN_GNUPG names, with its GnuPG and pcscd; without the variable this machine's are used.

    Its programs are found first in PATH, also by the programs that a test starts. The tree must be there: tests have no network."""
    release = os.environ.get("HALLIGAN_GNUPG")
    if not release:
        return None
    root = trees.Root(work, trees.tree(release, packages=PACKAGES), release)
    root.mount_system()
    root.bind(work.root, str(work.root))
    folder = work.path("programs")
    folder.mkdir()
    for name in _PROGRAMS:
        work.write(f"programs/{name}", f"#!/bin/sh\nexec chroot '{root.root}' sh -c '[ ! -d \"$0\" ] || cd \"$0\"; exec \"$@\"' \"$PWD\" /usr/bin/{name} \"$@\"\n",
                   mode=0o700)
    work.env["PATH"] = f"{folder}:{work.env['PATH']}"
    return root


class OpenPgpCard:
    """One card. Its state outlives stop() and start()."""

    def __init__(self, work: Work, readers: Readers, name: str = "openpgp", *, keys: str | None = "ed25519", pin: str | None = None,
                 serial: str = "00001501", options=()):
        """@param keys  what is on a new card: rsa2048, ed25519, nistp256 or nothing
        @param options  more of softcard's, such as --trap NAME"""
        self.work, self.readers, self.name, self.options = work, readers, name, list(options)
        self.state, self.log = work.path(f"{name}.card"), work.path(f"{name}.apdu.log")
        self.serial = serial
        self.daemon: Daemon | None = None
        self.inside = False
        self._new = ["--serial", serial, *(["--personalize", keys] if keys else [])]
        self.start(pin=pin)

    def start(self, *, pin: str | None = None) -> None:
        """Into the reader. `pin` is that of a new card."""
        argv = ["/usr/bin/python3", "-B", _PROGRAM, "--state", self.state, "--log", self.log, "--vpcd", f"127.0.0.1:{_PORT}", *self._new,
                *self.options]
        fds = ()
        if pin is not None:
            read_end, write_end = os.pipe()
            os.write(write_end, pin.encode() + b"\n")
            os.close(write_end)
            argv, fds = [*argv, "--pin-fd", str(read_end)], (read_end,)

        def begin() -> None:
            self.daemon = self.work.daemon(self.name, argv, pass_fds=fds)
            self.daemon.wait_for("softcard: ready")
        self.readers.insert(begin)
        self.inside = True
        for fd in fds:
            os.close(fd)

    def stop(self, sig: int = signal.SIGTERM) -> None:
        """Out of the reader."""
        if self.inside:
            self.readers.remove(lambda: self.daemon.stop(sig), 0)
        elif self.daemon:
            self.daemon.stop(sig)
        self.inside, self.daemon = False, None

    def restart(self, *options: str) -> None:
        """Out and in again, with other options."""
        self.stop()
        self.options = list(options)
        self.start()

    def disturb(self) -> None:
        """Another program talks to the card; see --disturb."""
        before = self.records()
        os.kill(self.daemon.process.pid, signal.SIGUSR1)
        until(lambda: self.records()[len(before):], "the card to be disturbed")

    def records(self) -> list[str]:
        """The commands so far: name, parameters, sizes and status word."""
        return self.log.read_text().splitlines() if self.log.exists() else []

    def report(self) -> str:
        return show(f"{self.name}'s commands", "\n".join(self.records()[-60:]))


class Gnupg:
    """GnuPG with a home of its own. Its agent is started here; scdaemon is the agent's child."""

    def __init__(self, work: Work, name: str = "gnupg", *, agent_lines=(), scdaemon_lines=("disable-ccid",), pinentry: str = "/usr/bin/false",
                 start: bool = True):
        self.work = work
        self.home = work.path(name)
        self.home.mkdir(mode=0o700)
        work.write(f"{name}/gpg-agent.conf", "\n".join(["enable-ssh-support", f"pinentry-program {pinentry}", *agent_lines]) + "\n")
        work.write(f"{name}/scdaemon.conf", "\n".join(["debug-level none", "log-file " + str(work.path(f"{name}.scdaemon.log")),
                                                       *scdaemon_lines]) + "\n")
        self.env = {"GNUPGHOME": str(self.home)}
        work.cleanup(self._end)
        if start:
            self.start()

    def start(self) -> None:
        self.work.daemon("gpg-agent", ["gpg-agent", "--homedir", self.home, "--daemon", "--no-detach"], env=self.env).wait_for("started")

    @property
    def pid(self) -> int:
        """Of the agent that answers: although it is not to detach, it becomes another process, and a client that found none starts one."""
        return int(re.search(r"D (\d+)", self.ask("GETINFO pid"))[1])

    @property
    def ssh_env(self) -> dict[str, str]:
        return {**self.env, "SSH_AUTH_SOCK": str(self.home / "S.gpg-agent.ssh")}

    def run(self, *argv, env=None, **options) -> Completed:
        return self.work.run(*argv, env={**self.env, **(env or {})}, **options)

    def stop(self) -> None:
        self.run("gpgconf", "--kill", "gpg-agent").expect()
        until(lambda: not (self.home / "S.gpg-agent").exists(), "gpg-agent to end")

    def _end(self) -> None:
        """Whatever still uses this home: an agent that ends removes its sockets, and would do so while the folder is removed."""
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if str(self.home).encode() in words:
                os.kill(int(process.name), signal.SIGKILL)
                until(lambda gone=process: not (gone / "exe").exists(), "GnuPG to end")

    def is_ready(self) -> bool:
        """Does scdaemon see a card? After it was ended, that takes seconds."""
        return "S SERIALNO " in self.ask("SCD SERIALNO openpgp")

    def is_new(self) -> bool:
        """2.3 or later?"""
        return not re.search(r" 2\.[0-2]\.", self.run("gpgconf", "--version").expect().out)

    def ask(self, *commands: str) -> str:
        """What the agent answers, line by line."""
        return self.run("gpg-connect-agent", "--no-autostart", *commands, "/bye").out

    def talk(self, *lines: str) -> str:
        """The same with commands of gpg-connect-agent, which may hold a PIN: they are on no command line."""
        text = "".join(line + "\n" for line in lines)
        return self.run("gpg-connect-agent", "--no-autostart", stdin=text.encode()).expect().out

    def unlock(self, pin: str = PIN) -> str:
        """As GnuPG itself does it, without halligan."""
        return self.talk("SCD SERIALNO openpgp", "SCD READKEY OPENPGP.3", "OPTION pinentry-mode=loopback", f"/let p {pin}",
                         "/definq PASSPHRASE p", f"SCD CHECKPIN {self.serial()}")

    def serial(self) -> str:
        """Of the card that is in, as GnuPG writes it."""
        return re.search(r"S SERIALNO (\w+)", self.ask("SCD SERIALNO openpgp"))[1]

    def edit(self, commands: list[str], answers: dict[str, list[str]]) -> str:
        """gpg --card-edit, driven by what it asks for: the commands at its prompt, and for each other question its answers in turn.
        What it said."""
        commands, answers = [*commands, "quit"], {key: list(values) for key, values in answers.items()}
        with self.work.terminal("gpg", "--expert", "--pinentry-mode", "loopback", "--command-fd", "0", "--status-fd", "1", "--no-tty", "--card-edit",
                                env=self.env, columns=200) as terminal:
            while True:
                key = terminal.expect(r"GET_(?:LINE|BOOL|HIDDEN) (\S+)")[1]
                queue = commands if key == "cardedit.prompt" else answers.get(key, [])
                if not queue:
                    raise Failure(f"gpg asks for {key}, unexpectedly\n{terminal.report()}")
                terminal.type(queue.pop(0) + "\n")
                if key == "cardedit.prompt" and not queue:
                    return terminal.wait().expect().out

    def public_line(self) -> str:
        """The line of authorized_keys for the card that is in."""
        return self.run("ssh-add", "-L", env=self.ssh_env).expect().out.strip()

    def report(self) -> str:
        log = pathlib.Path(f"{self.home}.scdaemon.log")
        return show("scdaemon's log", log.read_text() if log.exists() else "")
