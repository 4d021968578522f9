"""The OpenSSH of a Debian release, and our provider built there: the machine's own, or those of a tree."""

import dataclasses
import hashlib
import os
import pathlib
import re
import shutil
import subprocess

from . import paths, trees
from .network import Machine
from .process import Completed, run
from .trees import Root
from .work import Work

_INSTALLED = "/usr/lib/libsk-halligan.so"  # where ssh-agent loads it from unless told otherwise


@dataclasses.dataclass
class Release:
    """Programs of one OpenSSH, all at the paths that Debian gives them."""
    openssh: str             # such as 9.2
    provider: str | None     # our provider for it, where it can be built
    why: str                 # else the reason
    machine: Machine         # for Sshd
    providers: str           # for Agent: what it may load

    def run(self, work: Work, *argv, env=None, **options) -> Completed:
        """As Work.run(), with this release's program."""
        return work.run(*self.machine.enter, *argv, env=env, **options)


def version(enter: list[str]) -> str:
    """9.2 of `OpenSSH_9.2p1 Debian-2+deb12u5`."""
    return re.search(r"OpenSSH_(\d+\.\d+)", run([*enter, "ssh", "-V"]).err)[1]


def _penalties(openssh: str) -> str:
    """Since 9.8 an address waits after a login that failed, which tests do on purpose."""
    return "PerSourcePenalties no" if tuple(map(int, openssh.split("."))) >= (9, 8) else ""


def own() -> Release:
    return Release(version([]), str(paths.PROVIDER), "", Machine("127.0.0.1", []), os.path.realpath(paths.PROVIDER))


def packages(section: str) -> tuple[str, ...]:
    """The Debian packages of a section of packages.txt."""
    text = (paths.SOURCE / "packages.txt").read_text()
    lines = re.search(rf"^\[{section}\].*\n((?:[^\[\n].*\n|\n)*)", text, re.M)[1].splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def _libfido2(plain: pathlib.Path) -> tuple[str, bool]:
    """The version of libfido2 there, and whether it is new enough for our provider."""
    text = run(["chroot", plain, "dpkg-query", "-W", "-f", "${Version}", "libfido2-1"]).expect().out
    found = re.match(r"\d+\.\d+", text)[0]
    least = re.search(r"libfido2>=(\d+\.\d+)", (paths.SOURCE / "cmake/Libraries.cmake").read_text())[1]
    return found, tuple(map(int, found.split("."))) >= tuple(map(int, least.split(".")))


def _digest() -> str:
    """Of everything that the provider is built from."""
    names = subprocess.run(["git", "-C", paths.SOURCE, "ls-files", "-z", "sk-provider", "cmake", "CMakeLists.txt",
                            "CMakePresets.json"], capture_output=True, text=True, check=True).stdout.split("\0")
    digest = hashlib.sha256()
    for name in filter(None, names):
        digest.update(name.encode() + b"\0" + (paths.SOURCE / name).read_bytes())
    return digest.hexdigest()[:12]


def _build(work: Work, release: str, lower: pathlib.Path) -> pathlib.Path:
    """Our provider, built by the compiler and with the libraries of a tree; kept for the next test."""
    kept = paths.SOURCE / "build" / "on" / f"{release}.{_digest()}.so"
    if not kept.exists():
        root = Root(work, lower, f"{release}.build")
        root.mount_system()
        root.bind(paths.SOURCE, "/root/project")
        script = ("cmake --preset release -S /root/project -B /tmp/build -DBUILD_TESTING=OFF && "
                  "cmake --build /tmp/build --target sk-halligan -- --quiet")
        root.run("sh", "-c", f"cd /root/project && {script}", timeout=1200).expect()
        kept.parent.mkdir(parents=True, exist_ok=True)
        new = kept.with_suffix(".new")
        shutil.copy(root.root / "tmp/build/lib/libsk-halligan.so", new)
        new.rename(kept)
        root.close()
    return kept


def tree(name: str) -> tuple[pathlib.Path, str]:
    """The tree of a release, and why our provider cannot be built there. Made where it is missing: do that before
    isolate(), which hides the machine's own network settings."""
    plain = trees.tree(name, "ssh")
    libfido2, enough = _libfido2(plain)
    return (trees.tree(name, "ssh", packages=packages("build")), "") if enough else (plain, f"libfido2 {libfido2}")


def release(work: Work, name: str) -> Release:
    """The programs of a tree. They see the test's folder where the machine has it, and its devices."""
    lower, why = tree(name)
    root = Root(work, lower, name)
    root.mount_system()
    root.bind(work.root, str(work.root))
    if not why:
        root.bind(_build(work, name, lower), _INSTALLED)
    enter = root.argv()
    openssh = version(enter)
    return Release(openssh, None if why else _INSTALLED, why,
                   Machine("127.0.0.1", enter, "/usr/sbin/sshd", _penalties(openssh)), "/usr/lib*/*")
