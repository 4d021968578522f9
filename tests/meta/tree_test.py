"""Rules for every file: length, no path of a machine, no test that hides a failure."""

import re
import unittest

from tree import Tree

CODE = (".cpp", ".hpp", ".h", ".c", ".py", ".sh", ".cmake", "CMakeLists.txt")
LONGEST = 500
# meta.includes has a stricter limit for these.
PRODUCT = re.compile(r"(sk-provider|ca-tool)/.*\.(cpp|hpp|h|c)$")

# Put together here so that this file does not contain what it looks for.
MACHINE = re.compile("(?:^|[^A-Za-z0-9_.-])(/(?:wor" "k|far" "m)/|/ho" "me/(?!$|[<$*%{])[a-z])", re.M)

HIDES = [
    (re.compile(r"unittest\.skip|skipTest\(|SkipTest|expectedFailure"), "use harness.skip, which ctest shows"),
    (re.compile(r"harness\.skip\(\s*(?:\)|[\"']{2})|[^.\w]skip\(\s*\)"), "a skip says its reason"),
    (re.compile(r"\[!(?:mayfail|shouldfail|throws)\]|TEST_CASE\([^)]*\"\[\.[^]]*\]\""), "a test that may fail is none"),
    (re.compile(r"\|\| *(?:true|:)\s*$", re.M), "this hides a failure"),
    # As a statement of its own; a program that a test ends is often called sleep.
    (re.compile(r"^\s*sleep (?!0\.0)[0-9]", re.M), "wait for an event"),
    (re.compile(r"time\.sleep\([1-9]|sleep_for\("), "wait for an event"),
    (re.compile(r"DISABLED +TRUE|WILL_FAIL"), "a test that may fail is none"),
]


def too_long(tree: Tree) -> list[str]:
    return [f"{name}: {text.count(chr(10))} lines, at most {LONGEST}" for name, text in tree.files.items()
            if name.endswith(CODE) and not PRODUCT.match(name) and text.count("\n") > LONGEST]


def machine_paths(tree: Tree) -> list[str]:
    return [f"{name}:{text.count(chr(10), 0, match.start(1)) + 1}: a path of a machine" for name, text in
            tree.files.items() for match in MACHINE.finditer(text)]


def hidden_failures(tree: Tree) -> list[str]:
    found = []
    for name, text in tree.under("tests", suffixes=CODE).items():
        if name.startswith("tests/meta/"):
            continue  # the rules name what they look for
        for pattern, why in HIDES:
            found += [f"{name}:{text.count(chr(10), 0, m.start()) + 1}: {why}" for m in pattern.finditer(text)]
    return found


def needs_an_archive(tree: Tree) -> list[str]:
    return [f"{name}: skip where trees.not_made says so: a test has no network to make a tree with" for name, text in
            tree.under("tests", suffixes=("_test.py",)).items()
            if not name.startswith("tests/meta/") and "trees.tree(" in text and "trees.not_made(" not in text]


class Rules(unittest.TestCase):
    def check(self, rule, bad: list[tuple[str, str]], good: list[tuple[str, str]]):
        """The project keeps the rule, every bad sample breaks it and no good one does."""
        tree = Tree.of_project()
        self.assertGreater(len(tree.files), 50)
        self.assertEqual(rule(tree), [])
        for name, text in bad:
            self.assertEqual(len(rule(Tree({name: text}))), 1, (name, text))
        for name, text in good:
            self.assertEqual(rule(Tree({name: text})), [], (name, text))

    def test_no_file_is_longer_than_a_reader_can_hold(self):
        self.check(too_long, [("tests/a.cpp", "\n" * 501), ("ca-tool/CMakeLists.txt", "\n" * 501)],
                   [("tests/a.cpp", "\n" * 500), ("NEWS", "\n" * 900), ("ca-tool/ssh/a.cpp", "\n" * 501)])

    def test_no_file_names_a_path_of_a_machine(self):
        work = "/wor" + "k/main"
        self.check(machine_paths, [("a.md", f"see {work}"), ("b.cpp", f'"{work}/x"'), ("c", "/ho" + "me/jo/x")],
                   [("a.md", "a/wor" + "k/b"), ("d.md", "/ho" + "me/$USER/x")])

    def test_no_test_can_hide_a_failure(self):
        t = "tests/unit/a_test.cpp"
        p = "tests/e2e/a_test.py"
        self.check(hidden_failures, [
            (p, '@unittest.skip("later")'), (p, 'self.skipTest("no")'), (p, 'harness.skip("")'), (p, "harness.skip()"),
            (t, 'TEST_CASE("x", "[!mayfail]")'), (t, 'TEST_CASE("x", "[.slow]")'), (p, "time.sleep(2)"),
            ("tests/e2e/a.sh", "grep x y || true\n"), ("tests/e2e/a.sh", "sleep 2\n"),
            ("tests/x/CMakeLists.txt", "set_tests_properties(a PROPERTIES WILL_FAIL TRUE)"),
        ], [(p, 'harness.skip("needs root")'), (t, 'TEST_CASE("x", "[base]")'), (p, "time.sleep(0.01)"), (p, '"sleep", "60"'), ("tests/a.sh", "  sleep 0.02\n")])

    def test_a_test_that_takes_a_tree_does_not_try_to_make_it(self):
        p = "tests/e2e/a_test.py"
        self.check(needs_an_archive, [(p, 'trees.tree(RELEASE, "booted")')],
                   [(p, 'trees.not_made("sid-ssh"); trees.tree("sid", "ssh")'), ("tests/harness/a.py", "trees.tree(name)")])


if __name__ == "__main__":
    unittest.main()
