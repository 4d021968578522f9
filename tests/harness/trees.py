"""Trees of other Debian releases: made once with debootstrap, then laid under a test's own files.

A tree comes from the machine's own package archive, with the machine's own settings of apt. It is cached in build/trees, or in
the folder that HALLIGAN_TREES names, under the name of its release and kind; one that is there is complete. Tests change
copies only: Root is a view of a tree whose changes are kept in memory. The first tree of a release takes a minute or two.

    python3 -m harness.trees trixie-booted sid      (with PYTHONPATH=tests) makes trees and prints where they are

Needs root, and the packages of section `trees` of packages.txt; problem() says what is missing.
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from . import paths
from .isolation import bind, mount, tmpfs, unmount
from .process import PATIENCE, Completed, Failure, show
from .work import Work

# From the oldest supported to the newest. Debian moves a release to its second archive years after its end.
RELEASES = ("bullseye", "bookworm", "trixie", "sid")
_ARCHIVES = ("http://deb.debian.org/debian", "http://archive.debian.org/debian")

_LONG = 80

# What each kind of tree has beyond the bare system; another kind is one more line here.
_BARE = ("ca-certificates", "git", "sudo")
KINDS = {
    "bare": (),
    "ssh": ("openssh-server", "openssh-client"),
    "booted": ("systemd-sysv", "dbus", "openssh-server", "openssh-client", "iproute2", "procps"),
}

ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "USER": "root",
        "LOGNAME": "root", "LANG": "C.UTF-8", "TERM": "dumb", "DEBIAN_FRONTEND": "noninteractive"}


def folder() -> pathlib.Path:
    return pathlib.Path(os.environ.get("HALLIGAN_TREES") or paths.SOURCE / "build" / "trees").absolute()


def problem() -> str | None:
    """None where trees can be made and used, else what is missing."""
    if os.geteuid() != 0:
        return "trees of other Debian releases need root"
    if not shutil.which("debootstrap", path=ENVIRONMENT["PATH"]):
        return "debootstrap is missing: run ./setup trees"
    return None


def not_made(*names: str) -> str | None:
    """None where these trees are made, else how to make them: a test with a network of its own cannot reach an archive."""
    if (missing := problem()):
        return missing
    lacking = [name for name in names if not (folder() / name).exists()]
    return f"not in {folder()}: PYTHONPATH=tests python3 -m harness.trees {' '.join(lacking)}" if lacking else None


def tree(release: str, kind: str = "bare", *, packages: tuple[str, ...] = ()) -> pathlib.Path:
    """The cached tree of a release, made where it is missing. Nobody may write to it.

    @param packages  more Debian packages: the tree is then one of its own, named by them, or by a digest of many names
    @errors Failure with the end of the log where the archive or the release cannot be had"""
    name = release if kind == "bare" else f"{release}-{kind}"
    packages = tuple(sorted(packages))
    words = "+".join(packages)
    if len(words) > _LONG:
        words = hashlib.sha256(words.encode()).hexdigest()[:12]
    made = folder() / (f"{name}+{words}" if words else name)
    with _lock(made.name):
        if not made.exists():
            if kind == "bare" and not packages:
                _make(made, lambda new, log: _bootstrap(release, new, log))
            else:
                base = tree(release) if kind == "bare" or not packages else tree(release, kind)
                _make(made, lambda new, log: _extend(base, new, [*KINDS[kind], *packages], log))
    return made


@contextlib.contextmanager
def _lock(name: str):
    """Two tests do not make one tree at a time: the second waits and finds it made."""
    folder().mkdir(parents=True, exist_ok=True)
    with open(folder() / f".{name}.lock", "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(made: pathlib.Path, fill) -> None:
    """Beside its place first, so that only complete trees have a name."""
    print(f"making {made} (network, a minute or more)", file=sys.stderr, flush=True)
    new = pathlib.Path(tempfile.mkdtemp(prefix=f".{made.name}.", dir=made.parent))
    log = made.with_name(f"{made.name}.log")
    try:
        fill(new, log)
        new.chmod(0o755)
        new.rename(made)
    finally:
        if new.exists():
            shutil.rmtree(new)


def _logged(argv, log: pathlib.Path, what: str) -> None:
    with open(log, "ab") as out:
        done = subprocess.run([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                              env=ENVIRONMENT, check=False)
    if done.returncode != 0:
        raise Failure(f"{what} failed\n{show(str(log), log.read_bytes()[-3000:])}")


def _archives() -> list[str]:
    """Where the machine has its own Debian packages from, then Debian's two archives."""
    asked = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian",
                            "Label: Debian", "Component: main"], capture_output=True, text=True, check=False)
    found = [line.rstrip("/") for line in asked.stdout.splitlines()]
    return list(dict.fromkeys([*found, *_ARCHIVES]))


def _bootstrap(release: str, new: pathlib.Path, log: pathlib.Path) -> None:
    log.unlink(missing_ok=True)
    last = None
    for archive in _archives():
        try:
            _logged(["debootstrap", "--variant=minbase", f"--include={','.join(_BARE)}", release, new, archive], log,
                    f"no Debian {release} from any archive: debootstrap")
        except Failure as failure:
            last = failure
            shutil.rmtree(new)
            new.mkdir()
            continue
        shutil.copytree("/etc/apt/apt.conf.d", new / "etc/apt/apt.conf.d", dirs_exist_ok=True)
        (new / "etc/apt/sources.list").write_text(f"deb {archive} {release} main\n", encoding="utf-8")
        for package in (new / "var/cache/apt/archives").glob("*.deb"):
            package.unlink()
        return
    raise last


def _extend(base: pathlib.Path, new: pathlib.Path, packages: list[str], log: pathlib.Path) -> None:
    """A copy of a tree with packages installed, none of whose services is started."""
    _logged(["cp", "-a", f"{base}/.", new], log, "copying a tree")
    policy = new / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    policy.chmod(0o755)
    for name in ("resolv.conf", "hosts"):
        shutil.copy(f"/etc/{name}", new / "etc" / name)
    script = ("mount -t proc proc \"$0/proc\" && mount --rbind /dev \"$0/dev\" && mount -t tmpfs run \"$0/run\" && "
              "exec chroot \"$0\" sh -c 'apt-get -qq update && "
              "apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 install \"$@\" && apt-get clean' sh \"$@\"")
    _logged(["unshare", "--mount", "--pid", "--fork", "--propagation", "private", "--", "sh", "-c", script, new, *packages],
            log, f"installing {' '.join(packages)}")
    policy.unlink()
    # Each system that boots from it makes an identity of its own.
    (new / "etc/machine-id").write_text("", encoding="utf-8")


class Root:
    """A view of a tree as the file system of one test, in this mount namespace: what is written stays in memory.

    `root` is the folder; a test may put files there before and look at them after. Only inside isolate() as root."""

    def __init__(self, work: Work, lower: pathlib.Path, name: str):
        self.work, self.name = work, name
        self._layers, self.root = work.path(f"{name}.layers"), work.path(f"{name}.root")
        self._mounted: list[pathlib.Path] = []
        for path in (self._layers, self.root):
            path.mkdir()
        work.cleanup(self.close)
        tmpfs(str(self._layers))
        self._mounted.append(self._layers)
        self.upper = self._layers / "upper"  # what this test changed
        for path in (self.upper, self._layers / "work"):
            path.mkdir(mode=0o755)
        mount("overlay", str(self.root), "overlay", 0,
              f"lowerdir={lower},upperdir={self.upper},workdir={self._layers / 'work'}")
        self._mounted.append(self.root)

    def write(self, path: str, text: str, mode: int = 0o644) -> pathlib.Path:
        """A file of the tree, by its absolute name there."""
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)
        return file

    def bind(self, outside: pathlib.Path | str, inside: str) -> None:
        """Show a file or folder of the machine in the tree."""
        target = self.root / inside.lstrip("/")
        if pathlib.Path(outside).is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
        bind(outside, target)
        self._mounted.append(target)

    def mount_system(self) -> None:
        """/dev, /proc and an empty /run and /tmp, for programs that are started without booting it."""
        for kind, place in (("proc", "proc"), ("tmpfs", "run"), ("tmpfs", "tmp")):
            mount(kind, str(self.root / place), kind, 0, "mode=1777" if place == "tmp" else None)
            self._mounted.append(self.root / place)
        mount("/dev", str(self.root / "dev"), None, 0x5000)  # MS_BIND | MS_REC
        self._mounted.append(self.root / "dev")
        (self.root / "run/sshd").mkdir(mode=0o755)

    def argv(self, *command) -> list[str]:
        """How to start a program in it."""
        return ["chroot", str(self.root), *(str(word) for word in command)]

    def run(self, *command, env=None, stdin: bytes = b"", timeout: float = PATIENCE) -> Completed:
        """A program in it, without a terminal. The environment is the tree's own; `env` adds to it."""
        return self.work.run("env", "-i", *(f"{name}={value}" for name, value in {**ENVIRONMENT, **(env or {})}.items()),
                             *self.argv(*command), stdin=stdin, timeout=timeout)

    def close(self) -> None:
        for path in reversed(self._mounted):
            unmount(path)
        self._mounted = []


if __name__ == "__main__":
    if (missing := problem()):
        sys.exit(f"trees: {missing}")
    for argument in sys.argv[1:]:
        wanted, _, sort = argument.partition("-")
        print(tree(wanted, sort or "bare"))
