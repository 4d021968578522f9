"""docs/coverage.md: every need has its row, and the tests and steps that rows name are there."""

import re
import unittest

from tree import SOURCE

PAGE = SOURCE / "docs" / "coverage.md"
ITEMS = [f"{letter}{number}" for letter, count in (("S", 14), ("J", 19), ("O", 11), ("R", 7), ("D", 8), ("A", 3)) for number in range(1, count + 1)]
_ROW = re.compile(r"^\| ([SJORDA]\d+) \| (.+?) \| (.+) \|$", re.M)
_NAMED = re.compile(r"`([^`]+)`: (.+)")


def faults(text: str) -> list[str]:
    found = []
    rows = _ROW.findall(text)
    if [item for item, *_ in rows] != ITEMS:
        found.append("not one row for each item, in order")
    for item, _, shown in rows:
        for each in shown.split(" · "):
            named = _NAMED.fullmatch(each)
            file = SOURCE / named[1] if named else None
            if not named or not file.is_file():
                found.append(f"{item}: no such file: {each}")
                continue
            line = rf"^## {re.escape(named[2])}$" if file.suffix == ".md" else rf"^    def {named[2]}\(self"
            if not re.search(line, file.read_text(), re.M):
                found.append(f"{item}: {named[1]} has no {named[2]}")
    return found


class Coverage(unittest.TestCase):
    def test_every_row_leads_to_something(self):
        self.assertEqual(faults(PAGE.read_text()), [])

    def test_faults_are_found(self):
        text = PAGE.read_text()
        for old, new in (("test_states", "test_gone"), ("`tests/cli/inspect_test.py`", "`tests/cli/gone_test.py`"), ("| R7 |", "| R8 |"),
                         ("5. Prove it", "5. Hope"), (" |\n| R7 |", " · not yet |\n| R7 |")):
            with self.subTest(new):
                self.assertNotEqual(faults(text.replace(old, new, 1)), [])


if __name__ == "__main__":
    unittest.main()
