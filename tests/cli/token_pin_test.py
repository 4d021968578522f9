"""halligan token pin: status, set, change; what is refused before the token is asked, and what a wrong PIN costs."""

import contextlib
import json
import os

import harness
from harness import paths
from world import PIN, World, requests

NEW = "new-Pin-ä"


class Pins(World):
    def tries(self, token) -> int:
        return json.loads(self.halligan(token, "token", "info", "--json").expect().out)["pin_tries_left"]

    def by_descriptor(self, token, command: str, **secrets) -> harness.Completed:
        """`pin set` or `pin change` with each secret on a descriptor of its own."""
        with contextlib.ExitStack() as stack:
            arguments, fds = [], []
            for option, secret in secrets.items():
                read_end, write_end = os.pipe()
                stack.callback(os.close, read_end)
                os.write(write_end, (secret if isinstance(secret, bytes) else secret.encode()) + b"\n")
                os.close(write_end)
                arguments += [f"--{option.replace('_', '-')}", str(read_end)]
                fds.append(read_end)
            return self.halligan(token, "token", "pin", command, *arguments, pin=None, pass_fds=fds)

    def opens(self, token, pin: str, status: int = 0) -> None:
        self.halligan(token, "token", "keys", "list", pin=pin).expect(status)

    def terminal(self, token, *arguments):
        return self.work.terminal(paths.HALLIGAN, "token", "pin", *arguments, env=token.env)

    def test_status(self):
        token = self.token(pin=None)
        self.halligan(token, "token", "pin", "status").expect(1, out="not set")
        self.assertEqual(json.loads(self.halligan(token, "token", "pin", "status", "--json").expect(1).out),
                         {"path": str(token.path), "pin": "not set", "pin_tries_left": None, "tries_left": None, "replug_required": False,
                          "min_length": 4, "change_required": False})
        token.stop()
        token.start(pin=PIN)
        self.halligan(token, "token", "pin", "status").expect(0, out="set, 8 tries left")

    def test_set_on_the_terminal_asks_twice_without_echo(self):
        token = self.token(pin=None)
        with self.terminal(token, "set") as terminal:
            terminal.expect(r"New PIN for the token at .*: ")
            self.assertTrue(terminal.echo_is_off())
            terminal.type(NEW + "\n")
            terminal.expect("The new PIN again: ")
            terminal.type(NEW + "\n")
            done = terminal.wait()
        self.assertEqual(done.status, 0, done.report())
        self.assertNotIn(NEW, done.out)
        self.opens(token, NEW)
        # Another client of the same token agrees.
        self.work.run("fido2-token", "-I", token.path).expect(out=", clientPin,")

    def test_two_that_differ_set_nothing(self):
        token = self.token(pin=None)
        with self.terminal(token, "set") as terminal:
            terminal.expect("a PIN has 4 characters or more(?s:.)*after 8 wrong ones in a row")
            for _ in range(3):
                terminal.expect("New PIN")
                terminal.type(NEW + "\n")
                terminal.expect("again: ")
                terminal.type(PIN + "\n")
                terminal.expect("the two PINs differ")
            self.assertEqual(terminal.wait().status, 3)
        self.halligan(token, "token", "pin", "status").expect(1)

    def test_set_and_change_by_askpass_and_descriptor(self):
        token = self.token(pin=None)
        askpass = self.work.askpass(PIN)
        self.halligan(token, "token", "pin", "set", pin=None, env=askpass.env).expect(err="was set")
        self.assertEqual(askpass.questions(), [f"New PIN for the token at {token.path}: ", "The new PIN again: "])
        done = self.by_descriptor(token, "change", pin_fd=PIN, new_pin_fd=NEW).expect(err="was changed")
        self.assertNotIn(PIN, done.out + done.err)
        self.opens(token, NEW)
        self.opens(token, PIN, 5)

    def test_change_on_the_terminal(self):
        token = self.token()
        with self.terminal(token, "change", "--json") as terminal:
            for prompt, secret in (("Old PIN of the token at", PIN), ("New PIN for", NEW), ("again: ", NEW)):
                terminal.expect(prompt)
                self.assertTrue(terminal.echo_is_off())
                terminal.type(secret + "\n")
            done = terminal.wait()
        self.assertEqual(done.status, 0, done.report())
        self.assertIn('"pin":"changed"', done.out)
        self.opens(token, NEW)

    def test_the_length_is_checked_before_the_token_is_asked(self):
        rows = [("abc", "has 3 characters"), ("äöü", "has 3 characters"), ("a" * 64, "has 64 bytes"),
                ("ä" * 32, "has 64 bytes"), (b"abc\xffdef", "not UTF-8"), (b"\xc0\xafabcdef", "not UTF-8"),
                ("\U0001d160" * 30, "too long")]  # whose normal form is three times as long
        token, bare = self.token(), self.token("bare", pin=None)
        for secret, message in rows:
            with self.subTest(secret):
                since = len(token.records()), len(bare.records())
                self.by_descriptor(token, "change", pin_fd=PIN, new_pin_fd=secret).expect(3, err=message)
                self.by_descriptor(bare, "set", new_pin_fd=secret).expect(3, err=message)
                for key, before in ((token, since[0]), (bare, since[1])):
                    self.assertEqual({record["sub"] for record in key.records()[before:]}, {"-", "getPINRetries"} if
                                     key is token else {"-"})
        self.by_descriptor(bare, "set", new_pin_fd="ä" * 31 + "b").expect()
        self.opens(bare, "ä" * 31 + "b")
        # On the terminal a PIN that is too short is not asked for a second time, but another one is, three times in all.
        fresh = self.token("fresh", pin=None)
        with self.terminal(fresh, "set") as terminal:
            terminal.expect("New PIN")
            terminal.type("abc\n")
            terminal.expect("has 3 characters(?s:.)*New PIN")
            for prompt in ("again: ", "was set"):
                terminal.type(NEW + "\n")
                terminal.expect(prompt)
            terminal.wait().expect()
        self.assertEqual(terminal.screen().count("again"), 1)

    def test_a_rejected_pin_does_not_reach_the_shell(self):
        token = self.token(pin=None)
        shell = f"{paths.HALLIGAN} token pin set; read -r -t 2 left; echo \"left:$left.\""
        with self.work.terminal("bash", "-c", shell, env=token.env) as terminal:
            for typed in ("abc\n", "abc\n", "abc\nsecret\n"):  # who expects the second question types its answer at once
                terminal.expect("New PIN")
                terminal.type(typed)
            terminal.expect(r"left:\.")
            terminal.wait()
        self.assertNotIn("secret", terminal.screen())

    def test_the_tokens_own_minimum(self):
        token = self.token(pin=None, options=("--min-pin-length", "6"))
        self.by_descriptor(token, "set", new_pin_fd="12345").expect(3, err="has 5 characters; the token requires at least 6")
        self.assertNotIn("setPIN", [record["sub"] for record in token.records()])
        self.by_descriptor(token, "set", new_pin_fd="123456").expect()

    def test_a_pin_that_must_be_changed_first(self):
        token = self.token(options=("--force-pin-change",))
        self.halligan(token, "token", "pin", "status").expect(0, out="must be changed before use")
        self.halligan(token, "token", "keys", "list").expect(5, err="requires a new PIN first")
        self.by_descriptor(token, "change", pin_fd="000000", new_pin_fd=NEW).expect(5, err="tries left")
        self.by_descriptor(token, "change", pin_fd=PIN, new_pin_fd=NEW).expect()
        self.opens(token, NEW)

    def test_a_wrong_old_pin_burns_one_try_and_says_what_is_left(self):
        token = self.token()
        for left in (7, 6):
            self.by_descriptor(token, "change", pin_fd="000000", new_pin_fd=NEW).expect(5, err=f"{left} tries left")
            self.assertEqual(self.tries(token), left)
        askpass = self.work.askpass("000000")  # which would answer for ever
        self.halligan(token, "token", "pin", "change", pin=None, env=askpass.env).expect(5, err="until it is replugged")
        self.assertEqual(len(askpass.questions()), 3)
        self.halligan(token, "token", "pin", "status").expect(5, out="blocked, 5 tries left, until the token is removed")
        token.replug()
        self.assertEqual(self.tries(token), 5)
        self.opens(token, PIN)
        self.assertEqual(self.tries(token), 8)

    def test_a_blocked_pin(self):
        token = self.token()
        for attempt in range(8):
            if attempt in (3, 6):
                token.replug()
            self.by_descriptor(token, "change", pin_fd="000000", new_pin_fd=NEW).expect(5)
        done = self.halligan(token, "token", "pin", "status", "--json").expect(5)
        self.assertEqual((json.loads(done.out)["pin"], json.loads(done.out)["pin_tries_left"]), ("blocked", 0))
        self.halligan(token, "token", "pin", "status").expect(5, out="blocked for good")
        self.halligan(token, "token", "info").expect(0, out="blocked for good")
        token.replug()
        self.by_descriptor(token, "change", pin_fd=PIN, new_pin_fd=NEW).expect(5, err="locked for good")

    def test_set_where_one_is_set_and_change_where_none_is(self):
        token, bare = self.token(), self.token("bare", pin=None)
        self.by_descriptor(token, "set", new_pin_fd=NEW).expect(3, err="halligan token pin change")
        self.by_descriptor(bare, "change", pin_fd=PIN, new_pin_fd=NEW).expect(3, err="halligan token pin set")
        self.assertNotIn("setPIN", [record["sub"] for record in token.records()])

    def test_nobody_to_ask(self):
        token = self.token(pin=None)
        self.halligan(token, "token", "pin", "set", pin=None).expect(5, err="no terminal and no askpass")
        self.assertEqual(requests(token).count("clientPIN"), 0)


if __name__ == "__main__":
    harness.main()
