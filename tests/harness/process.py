"""Programs that run to their end, daemons that die with the test, and failures that show everything."""

import ctypes
import os
import pathlib
import select
import signal
import subprocess
import time

# Seconds, the bound of every wait for an event. It is far more than any of them takes, so that a busy machine does not reach
# it: only what never happens does.
PATIENCE = 90
# Seconds, the bound of what must not wait for something that will not come: less than the 30 for a touch.
SOON = 20

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class Failure(AssertionError):
    """A command or a wait that did not do what the test needs, with all that was seen."""


def die_with_parent() -> None:
    """For preexec_fn: the kernel ends this child when the test ends, however the test ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def show(title: str, text: str | bytes) -> str:
    """One named, indented block of a failure report; an empty text says that it is empty."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    lines = text.rstrip("\n").splitlines() or ["(empty)"]
    if len(lines) > 120:
        lines = [f"... {len(lines) - 120} lines before"] + lines[-120:]
    return "\n".join([f"--- {title}"] + ["  | " + line for line in lines])


def until(condition, what: str, patience: float = PATIENCE) -> None:
    """Wait for an event that nobody announces: a process that another program starts, a file, a line of a log."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise Failure(f"waited {patience:.0f} s for {what}")
        time.sleep(0.01)


class Completed:
    """What a finished command left."""

    def __init__(self, argv, status: int, out: bytes, err: bytes, seconds: float):
        self.argv, self.status, self.seconds = [str(a) for a in argv], status, seconds
        self.raw = out
        self.out, self.err = out.decode("utf-8", "replace"), err.decode("utf-8", "replace")

    def report(self) -> str:
        head = f"command: {' '.join(self.argv)}\nexit: {self.status}   seconds: {self.seconds:.2f}"
        return "\n".join([head, show("stdout", self.out), show("stderr", self.err)])

    def expect(self, status: int = 0, out: str | None = None, err: str | None = None) -> "Completed":
        """Fail unless the exit status is this and the texts, where given, stand in stdout and stderr."""
        wrong = []
        if self.status != status:
            wrong.append(f"exit status {self.status}, expected {status}")
        if out is not None and out not in self.out:
            wrong.append(f"stdout lacks {out!r}")
        if err is not None and err not in self.err:
            wrong.append(f"stderr lacks {err!r}")
        if wrong:
            raise Failure("; ".join(wrong) + "\n" + self.report())
        return self

    def expect_failure(self, err: str) -> "Completed":
        """Fail unless the command failed (not by a signal) and stderr says this."""
        if self.status <= 0 or err not in self.err:
            raise Failure(f"expected a failure that says {err!r}\n{self.report()}")
        return self


def run(argv, *, env=None, cwd=None, stdin: bytes = b"", timeout: float = PATIENCE, new_session: bool = True,
        pass_fds=()) -> Completed:
    """Run a command to its end without a terminal (in a session of its own, so that none can be opened)."""
    began = time.monotonic()
    child = subprocess.Popen([str(a) for a in argv], env=env, cwd=cwd, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=new_session,
                             pass_fds=pass_fds, preexec_fn=die_with_parent)
    try:
        out, err = child.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL) if new_session else child.kill()
        out, err = child.communicate()
        done = Completed(argv, -signal.SIGKILL, out, err, time.monotonic() - began)
        raise Failure(f"not finished after {timeout} s\n{done.report()}") from None
    return Completed(argv, child.returncode, out, err, time.monotonic() - began)


class Daemon:
    """A background process whose output goes to a log that the test can wait on and that failures show."""

    def __init__(self, name: str, argv, log: pathlib.Path, *, env=None, pass_fds=(), preexec=None):
        self.name, self.argv, self.log_path = name, [str(a) for a in argv], log
        read_end, write_end = os.pipe()

        def prepare():
            die_with_parent()
            if preexec:
                preexec()

        self.process = subprocess.Popen(self.argv, env=env, stdin=subprocess.DEVNULL, stdout=write_end,
                                        stderr=write_end, start_new_session=True, pass_fds=pass_fds,
                                        preexec_fn=prepare)
        os.close(write_end)
        os.set_blocking(read_end, False)
        self._pipe, self._seen = read_end, b""

    def _drain(self, wait: float) -> bool:
        """Take what is there, waiting at most so long for more; False at the end of the output."""
        ready, _, _ = select.select([self._pipe], [], [], max(wait, 0))
        if not ready:
            return True
        piece = os.read(self._pipe, 65536)
        self._seen += piece
        with open(self.log_path, "ab") as log:
            log.write(piece)
        return bool(piece)

    def text(self) -> str:
        """All output until now."""
        while self._pipe >= 0:
            before = len(self._seen)
            if not self._drain(0) or len(self._seen) == before:
                break
        return self._seen.decode("utf-8", "replace")

    def mark(self) -> int:
        """A position for wait_for: what comes after now."""
        return len(self.text())

    def wait_for(self, needle: str, timeout: float = PATIENCE, after: int = 0) -> str:
        """Block until the output contains `needle` past position `after`; the output from there."""
        deadline = time.monotonic() + timeout
        while needle not in self.text()[after:]:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Failure(f"{self.name}: no {needle!r} within {timeout} s\n{self.report()}")
            if not self._drain(left):
                raise Failure(f"{self.name}: ended without {needle!r}\n{self.report()}")
        return self.text()[after:]

    def alive(self) -> bool:
        return self.process.poll() is None

    def stop(self, sig: int = signal.SIGTERM, timeout: float = PATIENCE) -> int:
        """End it and everything in its process group; its exit status."""
        if self.alive():
            self.process.send_signal(sig)
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
        status = self.process.wait()
        self.text()
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1
        return status

    def report(self) -> str:
        state = "running" if self.alive() else f"exit {self.process.returncode}"
        return show(f"{self.name} ({state}): {' '.join(self.argv)}", self.text())
