"""A folder that goes away with the test, the environment that its programs get, and the talk of all daemons."""

import base64
import hashlib
import os
import pathlib
import pwd
import shlex
import shutil
import tempfile

from . import paths
from .process import Completed, Daemon, Failure, run
from .terminal import Terminal, converse

USER = pwd.getpwuid(os.getuid()).pw_name


class Work:
    """One test's folder. Everything started through it ends, and everything in it is removed, with close()."""

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="halligan."))
        self.home = self.root / "home"
        self.home.mkdir(mode=0o700)
        self._daemons: list[Daemon] = []
        self._terminals: list[Terminal] = []
        self._cleanups: list = []
        self._logs = 0
        self.env = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "TERM": "xterm",
            "SSH_SK_PROVIDER": str(paths.PROVIDER),
        }
        if paths.PROVIDER.exists() and paths.sanitized(paths.PROVIDER):
            self._use_sanitized_helper()

    def _use_sanitized_helper(self) -> None:
        """A provider with AddressSanitizer needs its runtime loaded first: in OpenSSH's helper process alone."""
        runtime = paths.sanitizer_runtime(paths.PROVIDER)
        helper = self.write("sk-helper", f"#!/bin/sh\nLD_PRELOAD={runtime} exec /usr/lib/openssh/ssh-sk-helper \"$@\"\n",
                            mode=0o700)
        self.env["SSH_SK_HELPER"] = str(helper)
        # ssh-sk-helper itself does not free all that it owns; what the provider leaks is the unit tests' matter.
        self.env["ASAN_OPTIONS"] = "detect_leaks=0"

    def path(self, name: str) -> pathlib.Path:
        return self.root / name

    def ledger_of(self, ca: pathlib.Path | str) -> pathlib.Path:
        """Where the certificates of the CA with this handle or key file are recorded: found by its public key."""
        blob = base64.b64decode(self.path(f"{ca}.pub").read_text().split()[1])
        return self.home / f".local/state/halligan/ca-{hashlib.sha256(blob).hexdigest()[:16]}/ca.ledger"

    def write(self, name: str, text: str, mode: int = 0o600) -> pathlib.Path:
        file = self.path(name)
        file.write_text(text)
        file.chmod(mode)
        return file

    def run(self, *argv, env=None, **options) -> Completed:
        """A program without a terminal, in this folder and environment; `env` adds to it."""
        return run(argv, env={**self.env, **(env or {})}, cwd=options.pop("cwd", self.root), **options)

    def converse(self, *argv, answers=(), env=None, **options) -> Completed:
        """A program on a terminal; answers are (pattern, reply) in order."""
        return converse(argv, answers, env={**self.env, **(env or {})}, cwd=self.root, **options)

    def terminal(self, *argv, env=None, **options) -> Terminal:
        terminal = Terminal(argv, env={**self.env, **(env or {})}, cwd=options.pop("cwd", self.root), **options)
        self._terminals.append(terminal)
        return terminal

    def daemon(self, name: str, argv, **options) -> Daemon:
        self._logs += 1
        env = {**self.env, **(options.pop("env", None) or {})}
        daemon = Daemon(name, argv, self.path(f"{name}.{self._logs}.log"), env=env, **options)
        self._daemons.append(daemon)
        return daemon

    def cleanup(self, function) -> None:
        """Call this at the end, before the folder is removed."""
        self._cleanups.append(function)

    def askpass(self, answer: str, name: str = "askpass") -> "Askpass":
        return Askpass(self, answer, name)

    def report(self) -> str:
        return "\n".join(each.report() for each in [*self._daemons, *self._terminals])

    def close(self) -> None:
        for terminal in self._terminals:
            terminal.close()
        for daemon in reversed(self._daemons):
            daemon.stop()
        for function in reversed(self._cleanups):
            function()
        shutil.rmtree(self.root, onerror=_still_there)


def _still_there(_function, path, error) -> None:
    """A daemon that somebody else started removes its socket while it ends."""
    if not isinstance(error[1], FileNotFoundError):
        raise error[1]


class Askpass:
    """An SSH_ASKPASS helper that answers one PIN, and remembers what it was asked."""

    def __init__(self, work: Work, answer: str, name: str):
        self._asked = work.path(f"{name}.asked")
        self._asked.unlink(missing_ok=True)
        secret = work.write(f"{name}.pin", answer + "\n")
        # SSH_ASKPASS_PROMPT=none is a notice ("touch it now"), not a question: it is shown until it is killed.
        script = ("#!/bin/sh\n"
                  f"printf '%s|%s\\n' \"$SSH_ASKPASS_PROMPT\" \"$1\" >>{shlex.quote(str(self._asked))}\n"
                  "[ \"$SSH_ASKPASS_PROMPT\" = none ] && exit 0\n"
                  f"exec cat {shlex.quote(str(secret))}\n")
        self.env = {"SSH_ASKPASS": str(work.write(name, script, mode=0o700)), "SSH_ASKPASS_REQUIRE": "force"}

    def questions(self) -> list[str]:
        """The prompts that wanted an answer, in order."""
        return [text for kind, text in self._lines() if kind != "none"]

    def notices(self) -> list[str]:
        """The prompts that only told something, in order."""
        return [text for kind, text in self._lines() if kind == "none"]

    def _lines(self) -> list[tuple[str, str]]:
        if not self._asked.exists():
            return []
        lines = self._asked.read_text().splitlines()
        return [tuple(line.split("|", 1)) for line in lines if "|" in line]


def need(binary: pathlib.Path) -> pathlib.Path:
    """A file of the build that the test drives."""
    if not binary.exists():
        raise Failure(f"{binary} is not built")
    return binary
