"""The software token: a process behind a pty that libfido2 opens like any hidraw node."""

import dataclasses
import os
import pathlib
import re
import signal

from . import paths
from .process import Daemon, show
from .terminal import Terminal
from .work import Work, need


@dataclasses.dataclass(frozen=True)
class Record:
    """One CTAPHID request and its reply, as softkey logged it: hid, ctap, sub, status, up, uv, rk, rp, in, out."""
    line: str

    def __getitem__(self, name: str) -> str:
        return dict(word.split("=", 1) for word in self.line.split())[name]


class Softkey:
    """One token. Its state outlives stop() and start(), as that of a real one outlives being pulled."""

    def __init__(self, work: Work, name: str = "token", *, pin: str | None = None, touch: str = "auto", options=()):
        """@param pin   set on first start; None leaves the token without
        @param touch    auto (at once), never, milliseconds, or ask (see wait_for_touch and press)"""
        self.work, self.name, self._options = work, name, list(options)
        self.state = work.path(f"{name}.state")
        self.path = work.path(name)
        self.log = work.path(f"{name}.ctap.log")
        self.pin, self.touch = pin, touch
        self.daemon: Daemon | None = None
        self.terminal: Terminal | None = None
        self.start(pin=pin)

    @property
    def env(self) -> dict[str, str]:
        """What tells the provider to use this token."""
        return {"HALLIGAN_DEVICE": str(self.path)}

    def front(self) -> list:
        """The option that says where clients find it."""
        return ["--pty", self.path]

    def start(self, *, pin: str | None = None, touch: str | None = None) -> None:
        """Plug in. `pin` sets a PIN on a token that has none."""
        self.touch = touch or self.touch
        argv = [need(paths.SOFTKEY), "--state", self.state, *self.front(), "--touch", self.touch, "--log", self.log]
        fds = ()
        if pin is not None:
            read_end, write_end = os.pipe()
            os.write(write_end, pin.encode() + b"\n")
            os.close(write_end)
            argv += ["--pin-fd", str(read_end)]
            fds = (read_end,)
        argv += self._options
        ready = f"softkey: ready on {self.front()[1]}"
        if self.touch == "ask":
            self.terminal = self.work.terminal(*argv, pass_fds=fds)
            self.terminal.expect(re.escape(ready))
        else:
            self.daemon = self.work.daemon(self.name, argv, pass_fds=fds)
            self.daemon.wait_for(ready)
        for fd in fds:
            os.close(fd)

    def wait_for_touch(self) -> None:
        """Block until the token waits for a finger. Only with touch="ask"."""
        assert self.terminal
        self.terminal.expect(r"touch to .*\? \[Enter")

    def press(self) -> None:
        """Touch it. Only with touch="ask", after wait_for_touch()."""
        assert self.terminal
        self.terminal.type("\n")

    def stop(self, sig: int = signal.SIGTERM) -> None:
        """Pull out."""
        if self.daemon:
            self.daemon.stop(sig)
        if self.terminal:
            self.terminal.close()
        # One that was killed leaves its link, to a pseudo-terminal that another program may have by now.
        self.path.unlink(missing_ok=True)
        self.daemon = self.terminal = None

    def kill(self) -> None:
        """Power cut."""
        self.stop(signal.SIGKILL)

    def replug(self, *, touch: str | None = None) -> None:
        """Pull out and plug in again: what a token wants after three wrong PINs."""
        self.stop()
        self.start(touch=touch)

    def records(self) -> list[Record]:
        """The requests so far, in order."""
        if not self.log.exists():
            return []
        return [Record(line) for line in self.log.read_text().splitlines() if line.strip()]

    def requests(self) -> int:
        """How many requests it has answered."""
        return len(self.records())

    def report(self) -> str:
        return show(f"{self.name}'s log of requests", "\n".join(record.line for record in self.records()[-60:]))


def public_part(key: pathlib.Path) -> str:
    """The text of KEY.pub."""
    return key.with_name(key.name + ".pub").read_text().strip()
