"""Programs on a terminal of their own, answered the way a person would: read, then type."""

import errno
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time

from .process import PATIENCE, Completed, Failure, die_with_parent, show


class Terminal:
    """A program whose controlling terminal is a pty that the test holds. Use as a context manager."""

    def __init__(self, argv, *, env=None, cwd=None, columns: int = 80, preexec=None, pass_fds=()):
        self.argv = [str(a) for a in argv]
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self._began = time.monotonic()

        def prepare():
            die_with_parent()
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            if preexec:
                preexec()

        self.process = subprocess.Popen(self.argv, env=env, cwd=cwd, stdin=slave, stdout=slave, stderr=slave,
                                        preexec_fn=prepare, pass_fds=pass_fds)
        os.close(slave)
        self._seen, self._taken, self._open = "", 0, True

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def _drain(self, wait: float) -> None:
        ready, _, _ = select.select([self._master], [], [], max(wait, 0))
        if not ready:
            return
        try:
            piece = os.read(self._master, 65536)
        except OSError as error:  # EIO: the last opener of the other end has gone
            if error.errno != errno.EIO:
                raise
            piece = b""
        if not piece:
            self._open = False
        self._seen += piece.decode("utf-8", "replace").replace("\r\n", "\n")

    def screen(self) -> str:
        """All that was printed until now."""
        return self._seen

    def expect(self, pattern: str, timeout: float = PATIENCE) -> re.Match:
        """Block until the pattern appears after what was already taken; take up to its end."""
        deadline = time.monotonic() + timeout
        while True:
            match = re.compile(pattern, re.M).search(self._seen, self._taken)
            if match:
                self._taken = match.end()
                return match
            left = deadline - time.monotonic()
            if left <= 0 or not self._open:
                why = f"within {timeout} s" if self._open else "before the end of the output"
                raise Failure(f"terminal: {pattern!r} did not appear {why}\n{self.report()}")
            self._drain(left)

    def untaken(self) -> str:
        """What was printed after the last match."""
        return self._seen[self._taken:]

    def more(self, wait: float) -> None:
        """Block until something is printed, at most so long; fails when the program has ended."""
        if not self._open:
            raise Failure(f"terminal: the program has ended\n{self.report()}")
        self._drain(wait)

    def type(self, text: str) -> None:
        """Type text; a newline is the return key."""
        os.write(self._master, text.encode())

    def echo_is_off(self) -> bool:
        """Whether what is typed now stays invisible, as it must for a PIN."""
        return not termios.tcgetattr(self._master)[3] & termios.ECHO

    def wait(self, timeout: float = PATIENCE) -> Completed:
        """Read to the end of the program; what it printed (stdout and stderr are one here)."""
        deadline = time.monotonic() + timeout
        while self._open:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Failure(f"terminal: not finished after {timeout} s\n{self.report()}")
            self._drain(left)
        status = self.process.wait(max(deadline - time.monotonic(), 1))
        return Completed(self.argv, status, self._seen.encode(), b"", time.monotonic() - self._began)

    def close(self) -> None:
        if self.process.poll() is None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def report(self) -> str:
        return show(f"terminal of: {' '.join(self.argv)}", self._seen)


def converse(argv, answers, *, timeout: float = PATIENCE, **options) -> Completed:
    """Run argv on a terminal; `answers` are (pattern, reply) in the order in which they are asked."""
    with Terminal(argv, **options) as terminal:
        for pattern, reply in answers:
            terminal.expect(pattern, timeout)
            terminal.type(reply + "\n")
        return terminal.wait(timeout)
