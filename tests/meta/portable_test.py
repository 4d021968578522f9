"""What ./portable would pack: complete, of known origin, without links, and started with its own libraries."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from tree import SOURCE

BUILD = pathlib.Path(os.environ["HALLIGAN_BUILD"])
MANIFEST = BUILD / "install_manifest.txt"
NAMES = [page.name.removesuffix(".in") for page in SOURCE.glob("ca-tool/man/*.[158]*") if page.suffix in (".in", ".5", ".8")]
PROVIDERS = {f"lib/libsk-halligan{suffix}.so" for suffix in ("", "-api4", "-api5", "-api7", "-api9")}
EXPECTED = {"README.txt", "SHA256SUMS", "bin/halligan", "bin/softkey", "libexec/halligan", "libexec/softkey", *PROVIDERS,
            "lib/glibc/ld-linux-x86-64.so.2", "lib/glibc/libc.so.6", "lib/libfido2.so.1", "share/doc/libraries.txt",
            "share/doc/licences/halligan.txt", *(f"share/man/man{name[-1]}/{name}" for name in NAMES),
            *(f"share/doc/manual/{name}.txt" for name in NAMES),
            *(f"share/doc/runbooks/{page.name}" for page in SOURCE.glob("runbooks/*.md"))}


def run(*argv, status: int = 0, **options) -> subprocess.CompletedProcess:
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True, check=False, **options)
    if done.returncode != status:
        raise AssertionError(f"{argv}: {done.returncode}, expected {status}\n{done.stdout}{done.stderr}")
    return done


def needed(file: pathlib.Path) -> list[str]:
    """The libraries that an ELF file names."""
    return re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-d", file).stdout)


def glibc_of(file: pathlib.Path) -> tuple[int, ...]:
    """The newest glibc that it asks for."""
    versions = re.findall(r"GLIBC_([0-9.]+)", run("readelf", "-V", file).stdout)
    return max((tuple(map(int, version.split("."))) for version in versions), default=(0,))


class Portable(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.top = pathlib.Path(cls.folder.name, "a folder", "portable")
        cls.top.parent.mkdir()
        # As in install_test.py: whoever installed from this build needs its list.
        before = MANIFEST.read_bytes() if MANIFEST.exists() else None
        cls.addClassCleanup(lambda: MANIFEST.unlink(missing_ok=True) if before is None else MANIFEST.write_bytes(before))
        run(SOURCE / "portable", "--build", BUILD, "--folder", cls.top)
        cls.files = {str(file.relative_to(cls.top)) for file in cls.top.rglob("*") if not file.is_dir()}

    def test_everything_is_there(self):
        self.assertGreater(len(NAMES), 10)
        self.assertEqual(EXPECTED - self.files, set())
        self.assertEqual([name for name in self.files if (self.top / name).is_symlink()], [], "FAT keeps no links")
        self.assertEqual([name for name in self.files if re.search(r'[\\:*?"<>|]', name)], [], "nor these in names")
        for name in self.files:
            if name.endswith(".txt") and name.startswith("share/doc/manual"):
                self.assertNotRegex((self.top / name).read_text(), "[\x08\x1b]", name)
        readme = (self.top / "README.txt").read_text()
        self.assertEqual([line for line in readme.splitlines() if len(line) > 80 or "@" in line.replace("root@HOST", "")], [])

    def test_each_library_is_there_with_its_licence_and_version(self):
        packed = {pathlib.Path(name).name for name in self.files if name.startswith("lib/")}
        listed = {}
        for line in (self.top / "share/doc/libraries.txt").read_text().splitlines()[1:]:
            file, package, version, source = line.split("\t")
            listed[file] = package
            self.assertTrue(version and "=" in source, line)
            self.assertIn(f"share/doc/licences/{package}.txt", self.files)
        own = {pathlib.Path(name).name for name in PROVIDERS}
        self.assertEqual(set(listed) - {"headers"}, packed - own)
        programs = [self.top / name for name in self.files if name.startswith(("libexec/", "lib/"))]
        missing = {name for file in programs for name in needed(file) if name not in packed}
        self.assertEqual(missing, set())
        self.assertGreater(len(packed), 15)
        # A C library beside the provider would be loaded into the system's ssh.
        self.assertEqual([name for name in self.files if re.match(r"lib/(libc|libm|libpthread|ld-)[.-]", name)], [])

    def test_the_sums_are_right_and_notice_a_change(self):
        run("sha256sum", "--quiet", "-c", "SHA256SUMS", cwd=self.top)
        self.assertEqual(len((self.top / "SHA256SUMS").read_text().splitlines()), len(self.files) - 1)
        with tempfile.TemporaryDirectory() as other:
            copy = shutil.copytree(self.top, pathlib.Path(other, "copy"))
            (copy / "share/doc/runbooks/README.md").write_text("changed\n")
            run("sha256sum", "--quiet", "-c", "SHA256SUMS", cwd=copy, status=1)

    def test_the_provider_needs_the_glibc_that_the_readme_says(self):
        readme = (self.top / "README.txt").read_text()
        said = tuple(map(int, re.search(r"glibc to be ([0-9.]+) or newer", readme)[1].split(".")))
        provider = self.top / "lib/libsk-halligan.so"
        seen, waiting = set(), [provider]
        while waiting:
            file = waiting.pop()
            seen.add(file)
            waiting += [self.top / "lib" / name for name in needed(file)
                        if (self.top / "lib" / name).exists() and self.top / "lib" / name not in seen]
        self.assertGreater(len(seen), 4)
        asked = {file.name: glibc_of(file) for file in seen}
        self.assertEqual(max(asked.values()), said, asked)
        self.assertLessEqual(asked[provider.name], said)

    def test_it_starts_with_its_own_libraries_by_any_name(self):
        (self.top.parent / "by-link").symlink_to(self.top / "bin/halligan")
        variables = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LD_LIBRARY_PATH": "/nonexistent"}
        for program in (self.top / "bin/halligan", self.top.parent / "by-link"):
            done = run(program, "doctor", "--portable", "--json", env=variables)
            what = json.loads(done.stdout.splitlines()[0])["what"]
            self.assertIn("its own C library", what)
            self.assertIn("of this computer: no library", what)
        run("sh", "bin/softkey", "--help", cwd=self.top)

    def test_where_it_cannot_start_it_says_so(self):
        with tempfile.TemporaryDirectory() as other:
            odd = pathlib.Path(other, "a:b")
            (odd / "bin").mkdir(parents=True)
            shutil.copy(self.top / "bin/halligan", odd / "bin")
            self.assertIn("with : or ;", run(odd / "bin/halligan", status=126).stderr)
            plain = pathlib.Path(other, "plain")
            (plain / "bin").mkdir(parents=True)
            (plain / "lib/glibc").mkdir(parents=True)
            shutil.copy(self.top / "bin/halligan", plain / "bin")
            (plain / "lib/glibc/ld-linux-x86-64.so.2").write_text("")
            self.assertIn("unpack the archive", run("sh", plain / "bin/halligan", status=126).stderr)


if __name__ == "__main__":
    unittest.main()
