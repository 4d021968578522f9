"""What README.md's installation builds, installs and removes again."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from links import dead_ends
from tree import SOURCE

BUILD = pathlib.Path(os.environ["HALLIGAN_BUILD"])
MANIFEST = BUILD / "install_manifest.txt"

PROVIDERS = [f"lib/libsk-halligan{suffix}.so" for suffix in ("", "-api4", "-api5", "-api7", "-api9")]
PAGES = [f"share/man/man1/{page.name.removesuffix('.in')}" for page in SOURCE.glob("ca-tool/man/*.1.in")]
PAGES += [f"share/man/man5/{name}.5" for name in ("halligan", "halligan-ledger", "halligan.conf")]
PAGES += ["share/man/man8/libsk-halligan.8"]
COMPLETIONS = [f"share/{file}" for file in ("bash-completion/completions/halligan", "zsh/site-functions/_halligan",
                                            "fish/vendor_completions.d/halligan.fish")]
DOCUMENTS = ["NEWS", "SECURITY.md", "examples/config", "examples/halligan.conf",
             *(f"docs/{name}.md" for name in ("agents", "architecture", "compatibility", "glossary", "json", "life-of-a-signature", "performance",
                                    "portable", "testing", "threat-model")), "docs/performance.svg",
             *(f"runbooks/{page.name}" for page in SOURCE.glob("runbooks/*.md")),
             *(str(file.relative_to(SOURCE)) for file in SOURCE.glob("runbooks/alerts/**/*")
               if file.is_file() and file.name not in ("nagios", "emergency-logins")),
             *(str(file.relative_to(SOURCE)) for folder in ("ansible", "systemd")
               for file in SOURCE.glob(f"runbooks/{folder}/**/*") if file.is_file())]
DOCUMENTS = [f"share/doc/halligan/{name}" for name in DOCUMENTS]
EXPECTED = {"bin/halligan": 0o755, "libexec/halligan-kit-layout": 0o755,
            "share/doc/halligan/runbooks/alerts/nagios": 0o755,
            "share/doc/halligan/runbooks/alerts/emergency-logins": 0o755, **dict.fromkeys([*PROVIDERS, *PAGES, *COMPLETIONS, *DOCUMENTS], 0o644)}

MOST_STEPS = 60


def run(*argv, **options) -> str:
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True, check=False, **options)
    if done.returncode:
        raise AssertionError(f"{argv}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def files(top: pathlib.Path) -> dict[str, int]:
    """The files below a folder, with their permissions."""
    return {str(file.relative_to(top)): file.stat().st_mode & 0o777 for file in top.rglob("*") if not file.is_dir()}


def readme(pattern: str) -> str:
    """A command of README.md."""
    return re.search(pattern, (SOURCE / "README.md").read_text())[0]


class Install(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)
        # Whoever installed from this build needs its list to uninstall.
        before = MANIFEST.read_bytes() if MANIFEST.exists() else None
        self.addCleanup(lambda: MANIFEST.unlink(missing_ok=True) if before is None else MANIFEST.write_bytes(before))

    def test_what_is_installed_is_complete_and_can_be_removed(self):
        prefix = self.top / "usr"
        run("cmake", "--install", BUILD, "--prefix", prefix, umask=0o022)
        self.assertEqual(files(prefix), EXPECTED)
        self.assertIn("halligan", run(prefix / "bin/halligan", "--version", env={}))

        own = [prefix / "bin/other", prefix / "share/doc/halligan/examples/mine"]
        for file in own:
            file.touch()
        uninstall = readme(r"cmake --build build/release --target uninstall").replace("build/release", str(BUILD))
        self.assertIn(f"removed {len(EXPECTED)} files", run(*uninstall.split()))
        self.assertEqual({prefix / name for name in files(prefix)}, set(own))
        self.assertFalse((prefix / "share/doc/halligan/runbooks").exists())
        with self.assertRaisesRegex(AssertionError, "nothing to uninstall"):
            run(*uninstall.split())

    def test_documents_lead_to_documents_that_are_installed(self):
        run("cmake", "--install", BUILD, "--prefix", self.top / "usr", umask=0o022)
        documents = self.top / "usr/share/doc/halligan"
        self.assertEqual(dead_ends(documents), [])
        # A page that people read but that is not there is noticed, and so is one that NEWS names.
        (documents / "docs/threat-model.md").unlink()
        (documents / "docs/portable.md").unlink()
        found = dead_ends(documents)
        self.assertIn("SECURITY.md: docs/threat-model.md: no such file", found)
        self.assertIn("NEWS: docs/portable.md: no such file", found)

    def test_below_a_destdir_too(self):
        run("cmake", "--install", BUILD, "--prefix", "/usr", env={**os.environ, "DESTDIR": str(self.top)}, umask=0o022)
        self.assertEqual(files(self.top / "usr"), EXPECTED)
        run("cmake", "--build", BUILD, "--target", "uninstall", env={**os.environ, "DESTDIR": str(self.top)})
        self.assertEqual(files(self.top), {})

    def test_nothing_is_built_that_is_not_installed(self):
        configure = readme(r"cmake --preset release -DBUILD_TESTING=OFF").split()
        # As on a machine that only has the packages of the sections build and run.
        absent = [f"-DCMAKE_DISABLE_FIND_PACKAGE_{name}=ON" for name in ("CLI11", "Catch2")]
        run(*configure, *absent, "-B", self.top, "-S", SOURCE, cwd=SOURCE)
        steps = re.findall(r"^\[\d+/(\d+)\] (.*)$", run("ninja", "-C", self.top, "-n"), re.M)
        self.assertGreater(len(steps), 10)
        self.assertLess(int(steps[0][0]), MOST_STEPS)
        self.assertEqual([step for _, step in steps if re.search(r"\btests?/|test_|softkey|fuzz|catch", step, re.I)], [])

    def test_a_compiler_that_warns_of_more_still_builds_it(self):
        configure = readme(r"cmake --preset release -DBUILD_TESTING=OFF").split()
        # A flag that g++ 12 warns by, in place of what a later release finds; one file is enough.
        environment = {**os.environ, "CXXFLAGS": "-Wpadded", "CCACHE_DISABLE": "1"}
        run(*configure, "-DCMAKE_UNITY_BUILD=OFF", "-B", self.top, "-S", SOURCE, cwd=SOURCE, env=environment)
        build = ("cmake", "--build", self.top, "--target", "sk-provider/base/CMakeFiles/halligan_base.dir/log.cpp.o")
        self.assertIn("[-Wpadded]", run(*build, env=environment))
        run("cmake", "-DCMAKE_COMPILE_WARNING_AS_ERROR=ON", self.top, env=environment)
        with self.assertRaisesRegex(AssertionError, "-Werror=padded"):  # as ./check does
            run(*build, env=environment)


if __name__ == "__main__":
    unittest.main()
