"""The software token: a process behind a pty that libfido2 opens like any hidraw node."""

import dataclasses
import os
import pathlib
import signal
import time

from . import paths
from .process import Daemon, Failure
from .work import Work, need


@dataclasses.dataclass(frozen=True)
class Record:
    """One CTAPHID request as softkey logged it."""
    line: str

    @property
    def command(self) -> str:
        return self.line.split()[0] if self.line.split() else ""


class Softkey:
    """One token. Its state outlives stop() and start(), as that of a real one outlives being pulled."""

    def __init__(self, work: Work, name: str = "token", *, pin: str | None = None, touch: str = "auto", options=()):
        """@param pin   set on first start; None leaves the token without
        @param touch    auto (at once), never, or milliseconds"""
        self.work, self.name, self._options = work, name, list(options)
        self.state = work.path(f"{name}.state")
        self.path = work.path(name)
        self.log = work.path(f"{name}.ctap.log")
        self.pin, self.touch = pin, touch
        self.daemon: Daemon | None = None
        self.start(pin=pin)

    @property
    def env(self) -> dict[str, str]:
        """What tells the provider to use this token."""
        return {"HALLIGAN_DEVICE": str(self.path)}

    def start(self, *, pin: str | None = None, touch: str | None = None) -> None:
        """Plug in. `pin` sets a PIN on a token that has none."""
        self.touch = touch or self.touch
        argv = [need(paths.SOFTKEY), "--state", self.state, "--pty", self.path, "--touch", self.touch, "--log", self.log]
        fds = ()
        if pin is not None:
            read_end, write_end = os.pipe()
            os.write(write_end, pin.encode() + b"\n")
            os.close(write_end)
            argv += ["--pin-fd", str(read_end)]
            fds = (read_end,)
        self.daemon = self.work.daemon(self.name, argv + self._options, pass_fds=fds)
        for fd in fds:
            os.close(fd)
        self.daemon.wait_for(f"softkey: ready on {self.path}")

    def stop(self) -> None:
        """Pull out."""
        assert self.daemon
        self.daemon.stop()

    def kill(self) -> None:
        """Power cut."""
        assert self.daemon
        self.daemon.stop(signal.SIGKILL)

    def replug(self, *, touch: str | None = None) -> None:
        """Pull out and plug in again: what a token wants after three wrong PINs."""
        self.stop()
        self.start(touch=touch)

    def records(self) -> list[Record]:
        """The requests so far, in order."""
        if not self.log.exists():
            return []
        return [Record(line) for line in self.log.read_text().splitlines() if line.strip()]

    def wait_for_record(self, needle: str, timeout: float = 10) -> None:
        """Block until the token's log names this, looking at each change of the file."""
        deadline = time.monotonic() + timeout
        while not any(needle in record.line for record in self.records()):
            if time.monotonic() > deadline:
                raise Failure(f"{self.name}: no {needle!r} in its log within {timeout} s\n{self.report()}")
            time.sleep(0.01)  # a file cannot be waited on without polling

    def report(self) -> str:
        lines = [record.line for record in self.records()]
        return "\n".join([f"--- {self.name}'s log"] + ["  | " + line for line in lines[-60:]])


def public_part(key: pathlib.Path) -> str:
    """The text of KEY.pub."""
    return key.with_name(key.name + ".pub").read_text().strip()
