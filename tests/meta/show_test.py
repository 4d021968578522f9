"""The scripts of tests/show: anyone can run them, and reads at the top what they do; and the table that one of them plays."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from tree import SOURCE

sys.path.insert(0, str(SOURCE / "tests/mutants"))
from table import MUTANTS  # noqa: E402: found by the path above

_COMMENT = re.compile(r'#!/usr/bin/(?:env )?[a-zA-Z0-9 -]+\n(?:# [A-Z].+\.\n|""")')


def faults(folder: pathlib.Path) -> list[str]:
    found = []
    for path in sorted(folder.iterdir()):
        if path.name == "README.md":
            continue
        text = path.read_text()
        if not re.fullmatch(r"\d\d-[a-z-]+", path.name):
            found.append(f"{path.name}: a number and a name, like 10-one-declaration")
        if not os.access(path, os.X_OK):
            found.append(f"{path.name}: not executable")
        if not _COMMENT.match(text):
            found.append(f"{path.name}: the second line does not say what it shows")
        if "bash" in text.split("\n")[0]:
            done = subprocess.run(["shellcheck", path], capture_output=True, text=True, check=False)
            found += [f"{path.name}: {line}" for line in done.stdout.splitlines() if "SC" in line]
    return found


def stale(rows: list[tuple]) -> list[str]:
    """Mutants (tests/mutants) whose place in the source is gone, or not one place."""
    return [f"{file}: not exactly once in it: {old}" for file, old, *_ in rows if (SOURCE / file).read_text().count(old) != 1]


class Mutants(unittest.TestCase):
    def test_each_stands_in_its_source(self):
        self.assertGreater(len(MUTANTS), 50)
        self.assertEqual(stale(MUTANTS), [])

    def test_one_that_does_not_is_found(self):
        file, old, *rest = MUTANTS[0]
        self.assertEqual(len(stale([(file, old + "no such text", *rest), (file, "#include", *rest)])), 2)


class Show(unittest.TestCase):
    def test_the_scripts_can_be_run_and_say_what_they_do(self):
        self.assertGreater(len(list((SOURCE / "tests/show").iterdir())), 1)
        self.assertEqual(faults(SOURCE / "tests/show"), [])

    def test_each_fault_is_found(self):
        head = "#!/usr/bin/env bash\n# It shows something.\n"
        rows = [("10-a", head, 0o755, None), ("10-a", head, 0o644, "not executable"), ("a", head, 0o755, "a number"),
                ("10-a", "#!/usr/bin/env bash\necho\n", 0o755, "second line"),
                ("10-a", head + "echo $1\n", 0o755, "SC2086")]
        for name, text, mode, fault in rows:
            with self.subTest(fault), tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder, name)
                path.write_text(text)
                path.chmod(mode)
                found = faults(pathlib.Path(folder))
                self.assertEqual(len(found) > 0, fault is not None, found)
                self.assertIn(fault or "", " ".join(found))


if __name__ == "__main__":
    unittest.main()
