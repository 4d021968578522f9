"""Starts softkey and drives programs that ask for a PIN on their terminal. For the softkey_*.py tests only."""
import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time

from harness.process import die_with_parent

BUILD = os.environ.get("HALLIGAN_BUILD", "")
SOFTKEY = os.path.join(BUILD, "bin", "softkey")
DEADLINE = 90.0


class Softkey:
    """One running token. Its state folder outlives it, so that a second one can be started on the same state."""

    def __init__(self, folder, *arguments, pin=None, name="token"):
        self.link = os.path.join(folder, name)
        self.state = os.path.join(folder, name + ".state")
        self.log = os.path.join(folder, name + ".log")
        command = [SOFTKEY, "--state", self.state, "--pty", self.link, "--log", self.log, *arguments]
        read_end = None
        if pin is not None:
            read_end, write_end = os.pipe()
            os.write(write_end, pin.encode() + b"\n")
            os.close(write_end)
            command += ["--pin-fd", str(read_end)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            pass_fds=[read_end] if read_end is not None else [], start_new_session=True, preexec_fn=die_with_parent)
        if read_end is not None:
            os.close(read_end)
        line = self.process.stdout.readline()
        if line != f"softkey: ready on {self.link}\n":
            self.process.kill()
            raise RuntimeError(f"softkey did not start: {line!r} {self.process.communicate()[1]!r}")

    def touch(self):
        self.process.send_signal(signal.SIGUSR1)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """SIGTERM; returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
        self.process.stdout.close()
        self.process.stderr.close()

    def requests(self):
        """The log: one dictionary per CTAPHID request."""
        with open(self.log, encoding="utf-8") as log:
            return [dict(field.split("=", 1) for field in line.split()) for line in log]

    def wait_for_request(self, **wanted):
        """Until the log has a request with these fields; returns it."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            for request in self.requests():
                if all(request[key] == value for key, value in wanted.items()):
                    return request
            time.sleep(0.01)
        raise AssertionError(f"no request with {wanted}: {self.requests()}")


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="softkey-") as path:
        yield path


def run(*command, check=True, **options):
    """A program in a session of its own, without a terminal. Returns its CompletedProcess, text."""
    if "input" not in options:
        options.setdefault("stdin", subprocess.DEVNULL)
    done = subprocess.run(command, text=True, capture_output=True, timeout=DEADLINE, start_new_session=True, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Terminal:
    """The result of on_terminal()."""

    def __init__(self, status, shown):
        self.returncode = status
        self.shown = shown


def on_terminal(command, answers, check=True, env=None):
    """Runs a program with a terminal of its own; each (prompt, answer) is typed when the prompt has appeared."""
    pid, master = pty.fork()
    if pid == 0:
        try:
            os.execvpe(command[0], command, env if env is not None else os.environ)
        finally:
            os._exit(127)
    shown, waiting, position = b"", list(answers), 0
    end = time.monotonic() + DEADLINE
    try:
        while True:
            if time.monotonic() > end:
                os.kill(pid, signal.SIGKILL)
                raise AssertionError(f"{command} hangs: {shown!r}")
            if not select.select([master], [], [], 0.2)[0]:
                continue
            try:
                data = os.read(master, 4096)
            except OSError:  # EIO: the program has closed its terminal
                data = b""
            if not data:
                break
            shown += data
            if waiting:
                found = shown.find(waiting[0][0].encode(), position)
                if found >= 0:
                    position = found + len(waiting[0][0])
                    os.write(master, waiting.pop(0)[1].encode() + b"\n")
    finally:
        os.close(master)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    text = shown.decode(errors="replace")
    if waiting:
        raise AssertionError(f"{command} never asked {waiting[0][0]!r}: {text}")
    if check and status != 0:
        raise AssertionError(f"{command}: exit {status}\n{text}")
    return Terminal(status, text)


def main():
    """Runs the unittest cases of the calling script; fails if there are none."""
    import unittest
    if not os.access(SOFTKEY, os.X_OK):
        sys.exit(f"no softkey at {SOFTKEY!r}: set HALLIGAN_BUILD")
    program = unittest.main(exit=False, verbosity=2)
    sys.exit(0 if program.result.wasSuccessful() and program.result.testsRun > 0 else 1)
