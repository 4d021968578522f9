"""The project's own Debian packages, as ./package builds them."""

import os
import pathlib
import subprocess

from . import paths
from .process import Failure, show


def folder() -> pathlib.Path:
    """Where they are: build/packages, or what HALLIGAN_PACKAGES names."""
    return pathlib.Path(os.environ.get("HALLIGAN_PACKAGES") or paths.SOURCE / "build/packages").absolute()


def built(release: str) -> list[pathlib.Path]:
    """Those of a release that are installed; none of debugging symbols."""
    return sorted(package for package in (folder() / release).glob("*.deb") if "-dbgsym_" not in package.name)


def build(release: str) -> None:
    """In a bare tree of the release, which takes minutes; not where HALLIGAN_PACKAGES names what is to be used."""
    if "HALLIGAN_PACKAGES" in os.environ:
        return
    done = subprocess.run([paths.SOURCE / "package", "--on", release], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        raise Failure(f"./package --on {release} failed\n{show('output', done.stdout[-6000:])}")


def needed(release: str) -> tuple[str, ...]:
    """The packages of Debian that ours depend on, but for what every system has."""
    found = set()
    for package in built(release):
        depends = subprocess.run(["dpkg-deb", "-f", package, "Depends"], capture_output=True, text=True, check=True).stdout
        found |= {clause.strip().split(" ")[0].split(":")[0] for clause in depends.replace("\n", " ").split(",")}
    ours = {package.name.split("_")[0] for package in built(release)}
    return tuple(sorted(found - ours - {"", "libc6", "libgcc-s1", "libstdc++6"}))
