"""What people read: links that lead somewhere, man pages without lint, help that fits a terminal."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

from links import dead_links
from tree import SOURCE, Tree

BUILD = pathlib.Path(os.environ["HALLIGAN_BUILD"])
HALLIGAN = BUILD / "bin" / "halligan"


def man_lint(tree: Tree) -> list[str]:
    pages = {name: text for name, text in tree.files.items() if re.search(r"\.[1-8]$", name)}
    top = Tree(pages).on_disk()
    try:
        found = []
        for name in pages:
            done = subprocess.run(["mandoc", "-T", "lint", "-W", "style", top / name], capture_output=True, text=True,
                                  check=False)
            # STYLE messages about another system's conventions (a page that is not in mandoc's own base) are not ours.
            found += [line for line in done.stdout.splitlines()
                      if not re.search(r"STYLE: (referenced manual not found|operating system explicitly)", line)]
        return found
    finally:
        shutil.rmtree(top)


def built_pages() -> Tree:
    """The man pages that the build made from the templates."""
    return Tree({f"man/{path.name}": path.read_text() for path in sorted((BUILD / "man").glob("*.[1-8]"))})


def without_page(commands: list[str], pages: list[str]) -> list[str]:
    """The commands of halligan that have no man page: one of their own, or one that they are a section of."""
    return [name for name in commands if f"man/halligan-{SECTION_OF.get(name, name)}.1" not in pages]


SECTION_OF = {"co-sign": "request"}


def wide_lines(text: str, columns: int = 80) -> list[str]:
    return [line for line in text.splitlines() if len(line) > columns]


def subcommands(text: str) -> list[str]:
    """The names of the commands that the help of a group lists."""
    if " COMMAND [OPTION...]" not in text:
        return []
    return re.findall(r"^ {2}([a-z][a-z-]*) {2,}\S", text, re.M)


def wide_commands(tree: Tree) -> list[str]:
    """Commands of runbooks that wrap on a terminal, and on paper within an option."""
    return [f"{name}: {line}" for name, text in tree.under("runbooks", suffixes=(".md",)).items()
            for block in re.findall(r"^```sh[^\n]*\n(.*?)^```", text, re.M | re.S) for line in wide_lines(block)]


class Links(unittest.TestCase):
    def test_the_projects_links_lead_somewhere(self):
        self.assertEqual(dead_links(Tree.of_project()), [])

    def test_dead_links_are_found(self):
        for text in ["[a](gone.md)", "[a](../gone.md)", "[a](#gone)", "[a](b.md#gone)"]:
            with self.subTest(text=text):
                self.assertEqual(len(dead_links(Tree({"d/a.md": text, "d/b.md": "# Here"}))), 1)

    def test_live_links_are_not(self):
        text = "# A b, c\n[1](b.md) [2](#a-b-c) [3](b.md#here) [4](../x) [5](https://example.com/)\n```\n[6](x.md)\n```\n"
        self.assertEqual(dead_links(Tree({"d/a.md": text, "d/b.md": "# Here", "x/y": ""})), [])


class Runbooks(unittest.TestCase):
    def test_each_command_fits_80_columns(self):
        self.assertEqual(wide_commands(Tree.of_project()), [])

    def test_a_wide_command_is_found(self):
        wide = "$ " + "x" * 79
        self.assertEqual(wide_commands(Tree({"runbooks/a.md": f"{wide}\n```sh host\n$ y\n{wide}\n```\n```text\n{wide}\n```\n"})), [f"runbooks/a.md: {wide}"])


class ManPages(unittest.TestCase):
    def test_the_projects_pages_are_without_lint(self):
        self.assertEqual(man_lint(Tree.of_project()), [])

    def test_the_pages_that_are_made_are_without_lint(self):
        pages = built_pages()
        templates = [name for name in Tree.of_project().files if re.fullmatch(r"ca-tool/man/.+\.[1-8]\.in", name)]
        self.assertGreater(len(templates), 5)
        self.assertEqual(sorted(pages.files), sorted(f"man/{pathlib.Path(name).stem}" for name in templates))
        self.assertEqual(man_lint(pages), [])
        for name, text in pages.files.items():
            self.assertNotIn('\n.\\" @', text, name)

    def test_every_command_has_a_page(self):
        names = subcommands(subprocess.run([HALLIGAN], capture_output=True, text=True, check=True).stdout)
        self.assertIn("mint", names)
        self.assertEqual(without_page(names, list(built_pages().files)), [])
        self.assertIn("man/halligan.1", built_pages().files)
        pages = ["man/halligan-mint.1", "man/halligan-request.1"]
        self.assertEqual(without_page(["mint", "co-sign", "frob"], pages), ["frob"])

    def test_a_page_names_every_command_that_halligan_has(self):
        page = built_pages().files["man/halligan.1"]
        names = subcommands(subprocess.run([HALLIGAN], capture_output=True, text=True, check=True).stdout)
        self.assertEqual([name for name in names if not re.search(rf"^\.It Cm {name}\b", page, re.M)], [])

    def test_softkey_s_page_has_every_option(self):
        page = (SOURCE / "tests/softkey/softkey.1").read_text()
        shown = subprocess.run([BUILD / "bin" / "softkey", "--help"], capture_output=True, text=True, check=True).stdout
        options = set(re.findall(r"^ *(?:-h,)?--([a-z-]+)", shown, re.M))
        self.assertGreater(len(options), 15)
        self.assertEqual(options | {"serial"}, set(re.findall(r"(?<=Fl -)[a-z-]+", page)))

    def test_lint_is_found(self):
        page = ".Dd November 1, 2026\n.Dt X 1\n.Os\n.Sh NAME\n.Nm x\n.Nd y\n.Sh DESCRIPTION\n"
        self.assertNotEqual(man_lint(Tree({"man/x.1": page + ".Bl -bogus\n"})), [])
        self.assertEqual(man_lint(Tree({"man/x.1": page + "Text.\n"})), [])


class Help(unittest.TestCase):
    def test_every_help_fits_80_columns(self):
        todo, seen = [[]], 0
        while todo:
            command = todo.pop()
            done = subprocess.run([HALLIGAN, *command, "--help"], capture_output=True, text=True, check=True,
                                  env={"COLUMNS": "80"})
            self.assertEqual(wide_lines(done.stdout), [], command)
            self.assertIn("halligan", done.stdout)
            self.assertNotIn("....", done.stdout, command)
            todo += [command + [name] for name in subcommands(done.stdout)]
            seen += 1
        self.assertGreater(seen, 25, "the list of commands was not understood")

    def test_a_wide_line_is_found(self):
        self.assertEqual(wide_lines("x" * 80 + "\n" + "y" * 81), ["y" * 81])

    def test_subcommands_are_read_from_the_help(self):
        text = ("X.\n\nUsage: x COMMAND [OPTION...]\n\nKeys:\n  ca          one\n"
                "              more\n  mint-it     two\n\nExamples:\n  x ca\n")
        self.assertEqual(subcommands(text), ["ca", "mint-it"])
        self.assertEqual(subcommands("X.\n\nUsage: x ca [OPTION...]\n\nOptions:\n  -h  help\n"), [])


if __name__ == "__main__":
    unittest.main()
