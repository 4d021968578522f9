"""debian/ agrees with the rest of the project: versions, what a build needs, and what each installed file belongs to.

It builds no package; ./package does, and tests/show/13-packages tries what it built.
"""

import fnmatch
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from tree import SOURCE

BUILD = pathlib.Path(os.environ["HALLIGAN_BUILD"])
MANIFEST = BUILD / "install_manifest.txt"

# Each builder of Debian's has a compiler and a linker; a cache of the compiler is for people.
_GIVEN = {"g++", "binutils", "ccache"}
# What packages.txt has no use for: it builds no packages, and unpacks sshd instead of installing it.
_PACKAGING = {"debhelper-compat", "openssh-server"}


def version_faults(cmake: str, news: str, changelog: str) -> list[str]:
    """NEWS and the changelog begin with the version of CMakeLists.txt, and both say whether it was released."""
    version = re.search(r"^project\(halligan VERSION ([0-9.]+)", cmake, re.M)[1]
    top = re.match(r"halligan ([0-9.]+) \((.+)\)\n", news)
    entry = re.match(r"halligan \((\S+)\) (\S+);", changelog)
    if not top or not entry:
        return ["NEWS or debian/changelog does not begin with a version"]
    released = top[2] != "not released"
    found = []
    if top[1] != version:
        found.append(f"NEWS: {top[1]}, but CMakeLists.txt: {version}")
    # A package made before the release is the lesser version.
    if entry[1] != (version if released else version + "~dev"):
        found.append(f"debian/changelog: {entry[1]}, but CMakeLists.txt: {version}, {top[2]}")
    if (entry[2] != "UNRELEASED") != released:
        found.append(f"debian/changelog: {entry[2]}, but NEWS: {top[2]}")
    return found


def sections(packages: str) -> dict[str, set[str]]:
    """The packages of each section of packages.txt."""
    found: dict[str, set[str]] = {}
    for line in packages.splitlines():
        if (head := re.match(r"\[([a-z]+)\]", line)):
            if head[1] in found:
                raise ValueError(f"packages.txt: section {head[1]} is there twice")
            current = found[head[1]] = set()
        elif line and not line.startswith("#"):
            current.add(line.strip())
    return found


def build_depends(control: str) -> dict[str, str]:
    """Name and what follows it."""
    field = re.search(r"^Build-Depends:((?:.*\n)(?:[ \t].*\n)*)", control, re.M)[1]
    return dict(item.strip().partition(" ")[::2] for item in field.split(",") if item.strip())


def dependency_faults(control: str, packages: str) -> list[str]:
    listed, needed = sections(packages), build_depends(control)
    # Catch2 is for unit tests, which are not of a package.
    must = (listed["build"] | listed["softkey"]) - _GIVEN - {"catch2"}
    may = must | _PACKAGING | {name for name in listed["run"] if "nocheck" in needed.get(name, "")}
    return [f"debian/control: Build-Depends lacks {name}" for name in sorted(must - set(needed))] + \
        [f"packages.txt: lacks {name}, which debian/control names" for name in sorted(set(needed) - may)]


def matches(pattern: str, file: str) -> bool:
    """As dh_install: a pattern names a file, or a folder with all that is in it; `*` stops at a slash."""
    words, parts = pattern.split("/"), file.split("/")
    return len(words) <= len(parts) and all(fnmatch.fnmatchcase(part, word) for word, part in zip(words, parts))


def share_faults(files: list[str], lists: dict[str, str]) -> list[str]:
    """@param files  what is installed, relative to the top
    @param lists  the text of each package's list of files"""
    patterns = {name: [line.split()[0] for line in text.splitlines() if line and not line.startswith("#")]
                for name, text in lists.items()}
    found = []
    for file in files:
        owners = [name for name, words in patterns.items() if any(matches(word, file) for word in words)]
        if len(owners) != 1:
            found.append(f"{file}: in {' and '.join(owners) if owners else 'no package'}")
    return found + [f"{name}: {word}: no such file" for name, words in patterns.items() for word in words
                    if not any(matches(word, file) for file in files)]


class Packages(unittest.TestCase):
    def read(self, name: str) -> str:
        return (SOURCE / name).read_text()

    def test_one_version(self):
        self.assertEqual(version_faults(self.read("CMakeLists.txt"), self.read("NEWS"), self.read("debian/changelog")), [])
        cmake = "project(halligan VERSION 1.2.0 LANGUAGES CXX)\n"
        rows = [("1.2.0", "not released", "1.2.0~dev", "UNRELEASED", 0), ("1.2.0", "2026-12-01", "1.2.0", "unstable", 0),
                ("1.1.0", "not released", "1.2.0~dev", "UNRELEASED", 1), ("1.2.0", "not released", "1.2.0", "UNRELEASED", 1),
                ("1.2.0", "2026-12-01", "1.2.0~dev", "UNRELEASED", 2), ("1.2.0", "2026-12-01", "1.1.0", "unstable", 1)]
        for news, state, version, suite, faults in rows:
            with self.subTest(news=news, state=state, version=version, suite=suite):
                self.assertEqual(len(version_faults(cmake, f"halligan {news} ({state})\n", f"halligan ({version}) {suite}; x")), faults)

    def test_one_address(self):
        address = re.search(r"^Maintainer: (.+)$", self.read("debian/control"), re.M)[1]
        self.assertEqual(re.search(r"^ -- (.+>)  ", self.read("debian/changelog"), re.M)[1], address)

    def test_no_section_is_there_twice(self):
        self.assertIn("package", sections(self.read("packages.txt")))
        with self.assertRaisesRegex(ValueError, "run is there twice"):
            sections("[run]\nage\n[test]\n[run]\nage\n")

    def test_what_a_build_needs(self):
        self.assertEqual(dependency_faults(self.read("debian/control"), self.read("packages.txt")), [])
        packages = "[build]\ng++\nlibx-dev\n[softkey]\nliby-dev\ncatch2\n[run]\nage\n[test] optional\npython3\n"
        for field, faults in [("libx-dev, liby-dev", 0), ("libx-dev (>= 2), liby-dev, age <!nocheck>", 0), ("libx-dev", 1),
                              ("libx-dev, liby-dev, age", 1), ("libx-dev, liby-dev, python3", 1), ("libz-dev, liby-dev", 2)]:
            with self.subTest(field):
                self.assertEqual(len(dependency_faults(f"Build-Depends: {field}\nX: y\n", packages)), faults)

    def test_every_installed_file_is_in_one_package(self):
        before = MANIFEST.read_bytes() if MANIFEST.exists() else None
        self.addCleanup(lambda: MANIFEST.unlink(missing_ok=True) if before is None else MANIFEST.write_bytes(before))
        with tempfile.TemporaryDirectory() as folder:
            for component in ([], ["--component", "softkey"]):
                subprocess.run(["cmake", "--install", BUILD, "--prefix", f"{folder}/usr", *component], check=True, capture_output=True)
            top = pathlib.Path(folder)
            files = [str(file.relative_to(top)) for file in top.rglob("*") if not file.is_dir()]
        # Debian's libraries are in a folder of their architecture.
        files = [re.sub(r"^usr/lib/(?=lib)", "usr/lib/triplet/", file) for file in files]
        self.assertGreater(len(files), 30)
        lists = {path.stem: path.read_text() for path in (SOURCE / "debian").glob("*.install")}
        self.assertEqual(set(lists), set(re.findall(r"^Package: (\S+)", self.read("debian/control"), re.M)))
        self.assertEqual(share_faults(files, lists), [])

    def test_each_fault_of_a_list_is_found(self):
        files = ["usr/bin/a", "usr/share/doc/a/b/c"]
        for a, b, faults in [("usr/bin/*\n", "# text\nusr/share/doc/a\n", 0), ("usr/bin/a usr/libexec\n", "usr/share/doc/*/b\n", 0),
                             ("usr/bin\n", "usr/bin/a\n", 2), ("usr/bin/a\nusr/share/doc\nusr/bin/z\n", "", 1), ("usr/*\n", "usr/bin/a\n", 1)]:
            with self.subTest(a=a, b=b):
                self.assertEqual(len(share_faults(files, {"a": a, "b": b})), faults)


if __name__ == "__main__":
    unittest.main()
