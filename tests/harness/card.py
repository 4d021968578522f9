"""A pcscd with two virtual readers, and the software token as a card in one of them.

Only inside harness.isolate(network=True) as root: pcscd has one fixed folder below /run, and vpcd listens on every address.
"""

import os
import pathlib
import signal

from . import paths
from .process import Daemon
from .softkey import Softkey
from .trees import Root
from .work import Work

_PORT = 35963


class Readers:
    """pcscd; ends with the Work folder."""

    def __init__(self, work: Work, root: Root | None = None):
        """@param root  the tree whose pcscd it is; nothing: the machine's, or the one that ./setup has unpacked"""
        self.names = ("Virtual PCD 00 00", "Virtual PCD 00 01")
        folder = work.path("reader.conf.d")
        folder.mkdir(exist_ok=True)
        find = (lambda file: f"/{file}") if root else paths.smart_card
        enter = root.argv() if root else []
        driver = find("usr/lib/pcsc/drivers/serial/libifdvpcd.so")
        (folder / "vpcd").write_text(f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:{_PORT:#x}\nLIBPATH {driver}\n'
                                     f"CHANNELID {_PORT:#x}\n")
        sockets = (root.root if root else pathlib.Path("/")) / "run/pcscd"
        sockets.mkdir(exist_ok=True)
        for leftover in sockets.iterdir():  # of one that was killed
            leftover.unlink()
        pcscd = [*enter, find("usr/sbin/pcscd")]
        # That of Debian 13 asks polkit, which does not run here, and can be told not to.
        quiet = [option for option in ("--disable-polkit",) if option in work.run(*pcscd, "--help").out]
        self.daemon: Daemon = work.daemon("pcscd", [*pcscd, "--foreground", "--info", "--config", folder, *quiet])
        self.daemon.wait_for("daemon ready")

    def insert(self, action) -> None:
        """Do it, and wait until pcscd has seen that a card is in."""
        # One that is in before pcscd has looked at its readers for the first time is not "inserted": its ATR is read, no more.
        self._see("Card ATR:", action)

    def remove(self, action, reader: int) -> None:
        """Do it, and wait until pcscd has seen that no card is in."""
        self._see(f"Card Removed From {self.names[reader]}", action)

    def _see(self, what: str, action) -> None:
        mark = self.daemon.mark()
        action()
        if self.daemon.alive():
            self.daemon.wait_for(what, after=mark)


class Card(Softkey):
    """A card that has been put into a reader. stop() and pull() take it out; its state outlives that."""

    def __init__(self, work: Work, readers: Readers, name: str = "card", *, reader: int = 0, touch: str = "field", **options):
        self.readers, self.reader = readers, reader
        self.inside = False
        super().__init__(work, name, touch=touch, **options)

    @property
    def device(self) -> str:
        """What HALLIGAN_DEVICE and -O device= call it."""
        return f"pcsc:{self.readers.names[self.reader]}"

    @property
    def env(self) -> dict[str, str]:
        return {"HALLIGAN_DEVICE": self.device}

    def front(self) -> list:
        return ["--vpcd", f"127.0.0.1:{_PORT + self.reader}"]

    def start(self, **options) -> None:
        self.readers.insert(lambda: super(Card, self).start(**options))
        self.inside = True

    def stop(self, sig: int = signal.SIGTERM) -> None:
        if self.inside:
            self.readers.remove(lambda: super(Card, self).stop(sig), self.reader)
        else:
            super().stop(sig)
        self.inside = False

    def move(self) -> None:
        """Out of the reader or into it again, at once; pcscd sees it a moment later."""
        os.kill(self.daemon.process.pid, signal.SIGUSR2)

    def touch_it(self) -> None:
        """Whatever touch= says, if it waits for one."""
        os.kill(self.daemon.process.pid, signal.SIGUSR1)

    def pull(self) -> None:
        self.readers.remove(self.move, self.reader)
        self.inside = False

    def put_in(self) -> None:
        self.readers.insert(self.move)
        self.inside = True

    def tap(self) -> None:
        """Take it off the reader and put it back: what a card without a button has for a touch."""
        self.pull()
        self.put_in()
