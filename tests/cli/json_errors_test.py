"""With --json the error on stderr is one JSON object; without it, text."""

import json

import harness
from harness import paths
from world import World, key_pair

CONTROL = "\x1b[2J\u202e\u200b"


class JsonErrors(World):
    def error(self, *arguments, status: int, **options) -> dict:
        done = self.work.run(paths.HALLIGAN, *arguments, **options).expect(status)
        lines = done.err.splitlines()
        self.assertEqual(len(lines), 1, done.err)
        self.assertTrue(lines[0].isascii() and lines[0].isprintable())
        shown = json.loads(lines[0])
        self.assertEqual(list(shown), ["error", "hint", "status", "code"])
        self.assertEqual(shown["status"], status)
        return shown

    def test_the_error_of_a_command_and_its_kind(self):
        key_pair(self.work, "ca")
        key_pair(self.work, "user")
        mint = ("mint", "--json", "--ca", "ca", "-I", "x", "-n", "root", "--yes", "--no-ledger", "-o")
        rows = [(("inspect", "--json"), 2, "usage", "nothing to inspect"),
                (("inspect", "--json", "user", "--krl", "none"), 4, "not-found", "none: No such file"),
                (("inspect", "--json", "user", "--krl", "user"), 3, "bad-input", "neither a KRL nor a list"),
                (("inspect", "--json", "user.pub", "--expires-in", "soon"), 2, "usage", "--expires-in: "),
                ((*mint, "none/emergency"), 4, "not-found", "none"),
                ((*mint, "user"), 3, "exists", "user"),
                (("token", "list", "--json", "extra"), 2, "usage", "unexpected argument"),
                (("ledger", "verify", "--json", "--ca", "ca.pub", "none"), 4, "not-found", "none")]
        for arguments, status, code, message in rows:
            with self.subTest(arguments):
                shown = self.error(*arguments, status=status, env={"HALLIGAN_DEVICE": "none"})
                self.assertEqual(shown["code"], code)
                self.assertIn(message, shown["error"])
        self.assertIn("--force", self.error(*mint, "user", status=3)["hint"])

    def test_an_error_in_the_words_is_json_where_json_is_one_of_them(self):
        for arguments in (("inspect", "--json", "--bogus"), ("inspect", "--bogus", "--json"), ("bogus", "--json")):
            with self.subTest(arguments):
                self.assertIn("bogus", self.error(*arguments, status=2)["error"])
        self.work.run(paths.HALLIGAN, "inspect", "--bogus").expect(2, err="halligan: unknown option --bogus\n  see halligan inspect --help\n")
        key_pair(self.work, "ca")
        # A value is not an option.
        done = self.work.run(paths.HALLIGAN, "mint", "--ca", "none", "-I", "--json", "-n", "root", "-o", "emergency")
        done.expect(4, err="halligan: ")

    def test_each_file_that_cannot_be_shown_is_an_object_on_both(self):
        self.work.write("junk", "hello world\n")
        key_pair(self.work, "user")
        done = self.halligan(None, "inspect", "--json", "none", "user.pub", "junk").expect(4)
        shown = [json.loads(line) for line in done.out.splitlines()]
        self.assertEqual([(each["file"], each["kind"]) for each in shown],
                         [("none", "error"), ("user.pub", "public_key"), ("junk", "error")])
        self.assertEqual([each.get("code") for each in shown], ["not-found", None, "unsupported"])
        errors = [json.loads(line) for line in done.err.splitlines()]
        self.assertEqual([each["status"] for each in errors], [4, 3])
        self.assertTrue(errors[1]["error"].startswith("junk: line 1: "), errors)

    def test_nothing_that_a_terminal_obeys_is_in_an_error(self):
        for name in (CONTROL, f"a{CONTROL}b"):
            done = self.halligan(None, "inspect", name).expect(4, err="No such file")
            for character in CONTROL:
                self.assertEqual(character in done.err, character in "[2J")
            self.assertIn("\\x1b[2J\\xe2\\x80\\xae\\xe2\\x80\\x8b", done.err)
        shown = self.error("inspect", "--json", "user", "--krl", CONTROL, status=4)
        self.assertTrue(shown["error"].startswith(CONTROL), shown)


if __name__ == "__main__":
    harness.main()
