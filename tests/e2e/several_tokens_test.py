"""Several tokens at once: the one that holds the key signs with one touch; a new key goes to the one that is touched."""

import os
import pathlib
import shutil

import harness
from harness import paths

PIN = "141421"


def touches(token: harness.Softkey) -> int:
    """How often somebody had to touch it: presence that was asked for and given."""
    return sum(1 for record in token.records() if record["status"].startswith("0x00") and
               (record["ctap"] == "makeCredential" or record["up"] == "1"))


class Case(harness.Case):
    def devices(self, *tokens) -> dict[str, str]:
        return {"HALLIGAN_DEVICE": ":".join(str(token.path) for token in tokens), "HALLIGAN_TIMEOUT": "5"}

    def keygen(self, env, *arguments, stdin: bytes = b"") -> harness.Completed:
        return self.work.run("ssh-keygen", "-q", *arguments, stdin=stdin, env={**env, **self.work.askpass(PIN).env})

    def make(self, token, *options: str, name: str = "key") -> pathlib.Path:
        flags = [argument for option in options for argument in ("-O", option)]
        self.keygen(token.env, "-t", "ecdsa-sk", "-N", "", "-f", name, *flags).expect()
        return self.work.path(name)

    def sign(self, env, key: pathlib.Path) -> harness.Completed:
        return self.keygen(env, "-Y", "sign", "-f", key, "-n", "file", stdin=b"x\n")


class SeveralTokens(Case):
    def test_the_holder_signs_with_one_touch_wherever_it_stands(self):
        tokens = [self.softkey(f"token{index}") for index in range(3)]
        key = self.make(tokens[1])
        for order in ((0, 1, 2), (1, 0, 2), (2, 0, 1)):
            with self.subTest(order):
                before = [touches(token) for token in tokens]
                self.sign(self.devices(*(tokens[index] for index in order)), key).expect(0, out="BEGIN SSH SIGNATURE")
                after = [touches(token) for token in tokens]
                self.assertEqual([b - a for a, b in zip(before, after)], [0, 1, 0])

    def test_of_eight_the_right_one_signs_with_one_touch(self):
        tokens = [self.softkey(f"token{index}", pin=PIN) for index in range(8)]
        key = self.make(tokens[5])
        before = [touches(token) for token in tokens]
        self.sign(self.devices(*tokens), key).expect(0, out="BEGIN SSH SIGNATURE")
        after = [touches(token) for token in tokens]
        self.assertEqual([b - a for a, b in zip(before, after)], [0, 0, 0, 0, 0, 1, 0, 0])

    def test_none_holds_the_key(self):
        one, two, other = self.softkey("one"), self.softkey("two"), self.softkey("other")
        key = self.make(other)
        done = self.sign(self.devices(one, two), key).expect_failure("none of these tokens holds this key")
        self.assertIn(str(one.path), done.err)
        self.assertIn(str(two.path), done.err)
        self.assertEqual(touches(one) + touches(two), 0)

    def test_a_token_that_is_not_there_is_passed_over(self):
        here, gone = self.softkey("here"), self.softkey("gone")
        key = self.make(here)
        gone.stop()
        self.sign(self.devices(gone, here), key).expect(0, out="BEGIN SSH SIGNATURE")

    def test_a_new_key_goes_to_the_token_that_is_touched(self):
        for kind, options in (("plain", ()), ("resident", ("resident",))):
            with self.subTest(kind):
                left = self.softkey(f"left-{kind}", pin=PIN, touch="never")
                right = self.softkey(f"right-{kind}", pin=PIN)
                flags = [argument for option in options for argument in ("-O", option)]
                self.keygen(self.devices(left, right), "-t", "ed25519-sk", "-N", "", "-f", kind, *flags).expect()
                self.assertEqual([record for record in left.records() if record["status"].startswith("0x00")
                                  and record["ctap"] == "makeCredential"], [])
                right.replug()
                self.sign(right.env, self.work.path(kind)).expect(0, out="BEGIN SSH SIGNATURE")

    def test_a_key_that_hides_without_its_pin_is_signed_with_by_the_touched_token(self):
        holder, other = self.softkey("holder", pin=PIN), self.softkey("other", pin=PIN, touch="never")
        key = self.make(holder, "resident", "verify-required")
        self.sign(self.devices(other, holder), key).expect(0, out="BEGIN SSH SIGNATURE")

    def test_nobody_chooses(self):
        left, right = self.softkey("left", touch="never"), self.softkey("right", touch="never")
        env = {**self.devices(left, right), "HALLIGAN_TIMEOUT": "2"}
        done = self.keygen(env, "-t", "ecdsa-sk", "-N", "", "-f", "key").expect_failure("timed out waiting for a touch to choose a token")
        self.assertIn("name it in HALLIGAN_DEVICE", done.err)
        # While they wait both are named, once, although each of them is looked at many times.
        self.assertEqual(done.err.count(f"halligan: 2 tokens: touch the one to use, {left.path} or {right.path} within"), 1, done.err)
        self.assertNotIn("halligan: touch", done.err)
        self.assertLess(done.seconds, 5)


    def test_of_which_the_pin_is_asked(self):
        left, right = self.softkey("left", pin=PIN, touch="never"), self.softkey("right", pin=PIN)
        self.make(right, "resident", "application=ssh:emergency-ca")
        env = self.devices(left, right)
        argv = (paths.HALLIGAN, "mint", "--yes", "-I", "x", "-n", "root")
        with self.work.terminal(*argv, env=env) as terminal:
            terminal.expect(f"2 tokens, {left.path} or {right.path}: type the PIN of the one to use, and touch it")
            terminal.expect("PIN of the token: ")
            terminal.type(PIN + "\n")
            terminal.expect(f"2 tokens: touch the one to use, {left.path}")
            terminal.wait().expect()
        with self.work.terminal(*argv, "-o", "again", env=right.env) as terminal:
            terminal.expect("PIN of the token: ")
            self.assertNotIn("tokens", terminal.screen())
            terminal.type(PIN + "\n")
            terminal.wait().expect()


class Memory(Case):
    """The token that held a key is asked first the next time; nothing else may come from what is remembered."""

    def setUp(self):
        super().setUp()
        self.tokens = [self.softkey(f"token{index}") for index in range(3)]
        self.key = self.make(self.tokens[2])
        self.runtime = self.work.path("runtime")
        self.runtime.mkdir(mode=0o700)
        self.env = {**self.devices(*self.tokens), "XDG_RUNTIME_DIR": str(self.runtime)}
        self.folder = self.runtime / "halligan"
        self.file = self.folder / "tokens"

    def cost(self, env=None) -> list[int]:
        """The requests that one signature takes, by token."""
        before = [token.requests() for token in self.tokens], [touches(token) for token in self.tokens]
        self.sign(env or self.env, self.key).expect(0, out="BEGIN SSH SIGNATURE")
        self.assertEqual([touches(token) - old for token, old in zip(self.tokens, before[1])], [0, 0, 1])
        return [token.requests() - old for token, old in zip(self.tokens, before[0])]

    def remembered(self) -> str:
        self.cost()
        return self.file.read_text()

    # INIT, getInfo and the silent question for each token in turn, and one more for the signature.
    FIRST, AGAIN = [3, 3, 4], [0, 0, 4]

    def test_the_second_signature_opens_one_token_only(self):
        self.assertEqual(self.cost(), self.FIRST)
        self.assertEqual(self.cost(), self.AGAIN)
        self.assertEqual(self.folder.stat().st_mode & 0o7777, 0o700)
        self.assertEqual(self.file.stat().st_mode & 0o7777, 0o600)
        self.assertRegex(self.file.read_text(), rf"^[0-9a-f]{{64}} {self.tokens[2].path}\n$")
        self.assertEqual(list(self.folder.iterdir()), [self.file])

    def test_one_token_alone_leaves_no_trace(self):
        self.cost({**self.env, **self.tokens[2].env})
        self.assertFalse(self.folder.exists())

    def test_a_wrong_entry_changes_only_the_order(self):
        line = self.remembered()
        for path in (self.tokens[1].path, "/dev/null", self.work.path("gone")):
            with self.subTest(path=str(path)):
                self.file.write_text(f"{line.split()[0]} {path}\n")
                self.assertEqual(self.cost(), self.FIRST)
                self.assertEqual(self.file.read_text(), line)

    def test_what_is_odd_about_the_contents_is_ignored(self):
        line = self.remembered()
        key, path = line.split()
        rows = {"no end": line[:-1], "garbage behind": line + "x\n", "too much": line * 100_000,
                "escape": f"{key} {path}\x1b[2J\n"}
        for name, text in rows.items():
            with self.subTest(name):
                self.file.write_text(text)
                self.assertEqual(self.cost(), self.FIRST)
                self.assertEqual(self.file.read_text(), line)

    def test_what_is_odd_about_the_file_is_ignored(self):
        line = self.remembered()
        other = self.work.write("other", line)

        def link():
            self.file.unlink()
            self.file.symlink_to(other)

        def fifo():
            self.file.unlink()
            os.mkfifo(self.file, 0o600)

        def folder_link():
            shutil.move(self.folder, self.work.path("elsewhere"))
            self.folder.symlink_to(self.work.path("elsewhere"))

        for name, spoil in (("link", link), ("fifo", fifo), ("readable by others", lambda: self.file.chmod(0o644)),
                            ("a folder open to others", lambda: self.folder.chmod(0o755)),
                            ("a runtime folder open to others", lambda: self.runtime.chmod(0o770)),
                            ("a folder that is a link", folder_link)):
            with self.subTest(name):
                shutil.rmtree(self.folder, ignore_errors=True)
                self.assertEqual(self.remembered(), line)
                spoil()
                self.assertEqual(self.cost(), self.FIRST)
                self.assertEqual(other.read_text(), line)
                self.runtime.chmod(0o700)

    def test_without_a_runtime_folder_nothing_is_remembered(self):
        env = {name: value for name, value in self.env.items() if name != "XDG_RUNTIME_DIR"}
        self.assertEqual(self.cost(env), self.FIRST)
        for value in ("", "relative", str(self.work.path("gone"))):
            with self.subTest(value=value):
                self.assertEqual(self.cost({**env, "XDG_RUNTIME_DIR": value}), self.FIRST)


if __name__ == "__main__":
    harness.main()
