"""A command in a clean clone of HEAD on a bare Debian of another release: only what ./setup installs is there.

    python3 -m harness.fresh trixie ./check --release      (with PYTHONPATH=tests)
    python3 -m harness.fresh --share build/packages trixie ./package      the clone's build/packages is this tree's

Exit status: the command's own; 1 with a sentence where the system cannot be had. The compiler's cache of each release is
kept in build/on/RELEASE.ccache. Needs root and a network; see trees.py.
"""

import argparse
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from . import paths, trees
from .isolation import bind, mount, private_mounts, tmpfs, unshare
from .process import Failure, die_with_parent

_CLONE_NEWNS, _CLONE_NEWIPC, _CLONE_NEWPID = 0x00020000, 0x08000000, 0x20000000
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "kvm", "net/tun", "fuse")
_PROJECT = "/root/project"


def _mount_devices(dev: pathlib.Path) -> None:
    tmpfs(str(dev))
    for name in _DEVICES:
        if os.path.exists(f"/dev/{name}"):
            (dev / name).parent.mkdir(exist_ok=True)
            (dev / name).touch()
            bind(f"/dev/{name}", dev / name)
    for name, kind, options in (("pts", "devpts", "newinstance,ptmxmode=0666"), ("shm", "tmpfs", "mode=1777")):
        (dev / name).mkdir()
        mount(kind, str(dev / name), kind, 0, options)
    (dev / "ptmx").symlink_to("pts/ptmx")
    (dev / "fd").symlink_to("/proc/self/fd")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        (dev / name).symlink_to(f"/proc/self/fd/{number}")


def _enter(root: pathlib.Path, cache: pathlib.Path, shared: tuple[str, ...], command: list[str]) -> None:
    """In the first process of the new namespaces: become the command."""
    private_mounts()
    bind(root, root)
    mount("proc", str(root / "proc"), "proc")
    mount("/sys", str(root / "sys"), None, 0x5000)  # MS_BIND | MS_REC
    _mount_devices(root / "dev")
    tmpfs(str(root / "run"))
    mount("tmpfs", str(root / "tmp"), "tmpfs", 0, "mode=1777")
    (root / "var/cache/ccache").mkdir()
    bind(cache, root / "var/cache/ccache")
    for folder in shared:
        inside = root / _PROJECT.lstrip("/") / folder
        inside.mkdir(parents=True, exist_ok=True)
        bind(paths.SOURCE / folder, inside)
    os.chroot(root)
    os.chdir(_PROJECT)
    os.execve("/usr/bin/env", ["env", *command], {**trees.ENVIRONMENT, "CCACHE_DIR": "/var/cache/ccache",
                                                  **{name: os.environ[name] for name in ("TERM", "CI") if name in os.environ}})


def _status(child: int) -> int:
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code if code >= 0 else 128 - code


def _start(root: pathlib.Path, cache: pathlib.Path, shared: tuple[str, ...], command: list[str]) -> int:
    """The process that makes the namespaces; the first inside them, which ends all others with it, becomes the command."""
    maker = os.fork()
    if maker == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        die_with_parent()
        unshare(_CLONE_NEWNS | _CLONE_NEWIPC | _CLONE_NEWPID)
        first = os.fork()
        if first == 0:
            die_with_parent()
            _enter(root, cache, shared, command)
        os._exit(_status(first))
    return maker


def run(release: str, command: list[str], shared: tuple[str, ...] = ()) -> int:
    """@param shared  folders of this tree, by relative name, that the command sees and changes in its clone
    @errors Failure where there is no tree of the release"""
    base = trees.tree(release)
    kept = paths.SOURCE / "build" / "on"
    cache = kept / f"{release}.ccache"
    cache.mkdir(parents=True, exist_ok=True)
    root = pathlib.Path(tempfile.mkdtemp(prefix=f"{release}.", dir=kept))
    maker = None
    try:
        subprocess.run(["cp", "-a", f"{base}/.", root], check=True)
        for name in ("resolv.conf", "hosts"):
            shutil.copy(f"/etc/{name}", root / "etc" / name)
        subprocess.run(["git", "clone", "--quiet", paths.SOURCE, f"{root}{_PROJECT}"], check=True)
        maker = _start(root, cache, shared, command)
        status = _status(maker)
        maker = None
        return status
    finally:
        if maker is not None:  # interrupted
            os.kill(maker, signal.SIGKILL)
            os.waitpid(maker, 0)
        subprocess.run(["rm", "-rf", "--one-file-system", root], check=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="fresh")
    parser.add_argument("--share", action="append", default=[], metavar="FOLDER")
    parser.add_argument("release", choices=trees.RELEASES)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    if not arguments.command:
        parser.error("no command")
    if (missing := trees.problem()):
        sys.exit(f"fresh: {missing}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left behind
    try:
        sys.exit(run(arguments.release, arguments.command, tuple(arguments.share)))
    except Failure as failure:
        sys.exit(f"fresh: {failure}")
