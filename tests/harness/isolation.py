"""A world of its own for a test that runs as root.

sshd as root wants /run/sshd, a user called sshd and an account that is not locked, and ssh takes the home folder from
/etc/passwd whatever HOME says. So as root a test runs in its own mount and process namespaces, where /run is empty,
/etc/passwd gives root a temporary home, and every process ends with the test. As an ordinary user none of this is needed
(sshd serves that user alone) nor possible; there the tests name every file on the command line.
"""

import ctypes
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from . import paths
from .process import die_with_parent

_CLONE_NEWNS, _CLONE_NEWNET, _CLONE_NEWPID = 0x00020000, 0x40000000, 0x20000000
_MS_NOSUID, _MS_NODEV, _MS_BIND, _MS_REC, _MS_PRIVATE = 2, 4, 4096, 16384, 1 << 18
_MNT_DETACH = 2
_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def unshare(flags: int) -> None:
    _check(_libc.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str | None, flags: int = 0, data: str | None = None) -> None:
    def text(value):
        return value.encode() if value is not None else None
    _check(_libc.mount(text(str(source)), text(str(target)), text(kind), ctypes.c_ulong(flags), text(data)),
           f"mount {source} on {target}")


def bind(source: pathlib.Path | str, target: pathlib.Path | str) -> None:
    """Show source at target, in this namespace only."""
    mount(str(source), str(target), None, _MS_BIND)


def tmpfs(target: str, mode: str = "755") -> None:
    """An empty folder in memory at target, in this namespace only."""
    mount("tmpfs", target, "tmpfs", _MS_NOSUID | _MS_NODEV, f"mode={mode}")


def unmount(target: pathlib.Path | str) -> None:
    """Take what is mounted at target away, with what is mounted below it, even while a program uses it."""
    _check(_libc.umount2(str(target).encode(), _MNT_DETACH), f"unmount {target}")


def private_mounts() -> None:
    """Whatever is mounted from here on stays in this namespace."""
    try:
        mount("none", "/", None, _MS_REC | _MS_PRIVATE)
    except OSError:  # in a chroot whose root is no mount point: one by one
        for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
            mount("none", line.split()[4].encode().decode("unicode_escape"), None, _MS_PRIVATE)


def write_accounts(folder: pathlib.Path, home: pathlib.Path) -> None:
    """passwd and shadow as on the machine, but with root's home here, root not locked, and sshd's user there."""
    lines = [line for line in pathlib.Path("/etc/passwd").read_text().splitlines()
             if not line.startswith(("root:", "sshd:"))]
    lines = [f"root:x:0:0:root:{home}:/bin/bash"] + lines + ["sshd:x:64222:65534::/run/sshd:/usr/sbin/nologin"]
    (folder / "passwd").write_text("\n".join(lines) + "\n")
    (folder / "shadow").write_text("root:*:19000:0:99999:7:::\nsshd:!:19000::::::\n")
    (folder / "shadow").chmod(0o600)


def _enter(folder: pathlib.Path) -> None:
    """In the first process of the new namespaces."""
    private_mounts()
    mount("proc", "/proc", "proc")
    home = folder / "home"
    home.mkdir(mode=0o700)
    write_accounts(folder, home)
    for name in ("passwd", "shadow"):
        bind(folder / name, f"/etc/{name}")
    tmpfs("/run")
    os.mkdir("/run/sshd", 0o755)
    os.environ["HOME"] = str(home)


def isolate(network: bool = False) -> None:
    """Continue in a world of one's own (root), or just go on (ordinary user).

    @param network  also an empty network, where every address and port is free
    """
    # In the background of a shell, or under nohup, these are ignored, and so they would be by what is tested.
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    if os.geteuid() != 0:
        return
    folder = pathlib.Path(tempfile.mkdtemp(prefix="halligan-test."))
    # Four processes: this one stays outside and cleans up; one makes the namespaces; the first inside them takes in what has lost
    # its parent, as process 1 has to (a system that is switched off waits for them); its child goes on.
    maker = os.fork()
    if maker == 0:
        die_with_parent()
        unshare(_CLONE_NEWNS | _CLONE_NEWPID | (_CLONE_NEWNET if network else 0))
        first = os.fork()
        if first != 0:
            _exit_like(first)
        die_with_parent()
        _enter(folder)
        if network:
            subprocess.run([paths.program("ip"), "link", "set", "lo", "up"], check=True)
        test = os.fork()
        if test != 0:
            _end_with(test)
        return
    # ctest and a person stop the test by a signal to this process; what is inside dies with the maker.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: os.kill(maker, signal.SIGKILL))
    _exit_like(maker, lambda: shutil.rmtree(folder))


def _exit_like(child: int, before=lambda: None) -> None:
    """End as the child ended, without this interpreter's own ending: the child goes on in its name."""
    _, status = os.waitpid(child, 0)
    before()
    _exit(status)


def _end_with(child: int) -> None:
    """The same, for process 1: others may end before it."""
    ended, status = os.wait()
    while ended != child:
        ended, status = os.wait()
    _exit(status)


def _exit(status: int) -> None:
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def skip(reason: str) -> None:
    """End this test program as skipped, saying why. ctest shows it as skipped, never as passed."""
    print(f"skipped: {reason}", flush=True)
    sys.exit(77)
