"""The judge of cli.json finds what it must: json_reference.py, with a document and outputs that are wrong on purpose."""

import unittest

import harness
from json_reference import HEADER, Reference, objects, undocumented

SAMPLE = f"""# JSON
## thing
{HEADER}
|---|---|---|---|
| `name` | string | yes | a name |

## halligan show

All members of [thing](#thing) and:

{HEADER}
|---|---|---|---|
| `count` | integer or null | yes | how many |
| `parts` | array of [thing](#thing) | with `--parts` | what it has |
| `size` | number | no | a type that is none |
"""


class TheTestItself(unittest.TestCase):
    GOOD = {"name": "x", "count": 1, "parts": [{"name": "y"}]}

    def faults(self, text: str = SAMPLE, **changes) -> list[str]:
        value = {**self.GOOD, **changes}
        return Reference(text).check("halligan show", {name: each for name, each in value.items() if each is not ...})

    def test_what_is_documented_passes(self):
        for changes in ({}, {"count": None}, {"parts": ...}, {"parts": []}):
            self.assertEqual(self.faults(**changes), [])

    def test_what_is_not_is_found(self):
        rows = [({"more": 1}, "more is not documented"), ({"name": ...}, "name is missing"),
                ({"count": "1"}, "count is not of the type"), ({"count": True}, "count is not of the type"),
                ({"parts": {}}, "parts is not an array"), ({"parts": [{}]}, "parts: name is missing"),
                ({"parts": [{"name": 1}]}, "parts: name is not of the type string"),
                ({"parts": ["y"]}, "parts is not an object"), ({"size": 1}, "number is not a type")]
        for changes, message in rows:
            with self.subTest(changes):
                found = self.faults(**changes)
                self.assertEqual(len(found), 1)
                self.assertIn(message, found[0])

    def test_a_document_that_lacks_or_misstates_something_is_found(self):
        rows = [("| `count` | integer or null | yes | how many |\n", "", "count is not documented"),
                ("integer or null", "string", "count is not of the type string"),
                ("All members of [thing]", "A [thing]", "name is not documented"),
                ("| `size` | number | no |", "| `size` | number | yes |", "size is missing")]
        for old, new, message in rows:
            with self.subTest(old):
                self.assertIn(old, SAMPLE)
                self.assertIn(message, "".join(self.faults(SAMPLE.replace(old, new))))

    def test_a_command_without_a_section_is_found(self):
        self.assertEqual(undocumented(["show", "hide"], Reference(SAMPLE)), ["hide: no section"])

    def test_a_row_that_nothing_prints_is_found(self):
        reference = Reference(SAMPLE)
        reference.check("halligan show", self.GOOD)
        self.assertEqual(reference.never_met(), {("halligan show", "size")})

    def test_lines_that_are_not_objects_in_ascii_are_found(self):
        self.assertEqual(objects(b'{"a":1}\n{}\n'), [{"a": 1}, {}])
        for raw in (b'{"a":"\xc3\xa9"}\n', b"[]\n", b"{}", b"text\n", b"{}\n\n"):
            with self.subTest(raw), self.assertRaises((AssertionError, ValueError)):
                objects(raw)


if __name__ == "__main__":
    harness.main()
