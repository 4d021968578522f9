"""What goes wrong at 3 am: each failure says its own thing, within its time, and the next command works."""

import pathlib
import time

import harness
from harness import paths

PIN, WRONG = "161803", "999999"


class Failures(harness.Case):
    def make(self, token, *options: str, name: str = "key") -> pathlib.Path:
        key = self.work.path(name)
        flags = [argument for option in options for argument in ("-O", option)]
        self.keygen(token, PIN, "-t", "ecdsa-sk", "-N", "", "-f", key, *flags).expect()
        return key

    def keygen(self, token, pin: str | None, *arguments, stdin: bytes = b"", env=None) -> harness.Completed:
        askpass = self.work.askpass(pin).env if pin else {}
        return self.work.run("ssh-keygen", "-q", *arguments, stdin=stdin, env={**token.env, **askpass, **(env or {})})

    def sign(self, token, key: pathlib.Path, pin: str | None = PIN, env=None) -> harness.Completed:
        return self.keygen(token, pin, "-Y", "sign", "-f", key, "-n", "file", stdin=b"x\n", env=env)

    def test_a_wrong_pin_tells_how_many_tries_are_left(self):
        token = self.softkey(pin=PIN)
        key = self.make(token, "verify-required")
        self.sign(token, key, WRONG).expect_failure("wrong PIN for the token at")
        self.sign(token, key, WRONG).expect_failure("6 tries left")
        self.sign(token, key).expect(0, out="BEGIN SSH SIGNATURE")

    def test_three_wrong_pins_block_until_the_token_is_replugged(self):
        token = self.softkey(pin=PIN)
        key = self.make(token, "verify-required")
        for _ in range(2):
            self.sign(token, key, WRONG).expect_failure("wrong PIN")
        self.sign(token, key, WRONG).expect_failure("until it is replugged")
        self.sign(token, key).expect_failure("until it is replugged")
        token.replug()
        self.sign(token, key).expect(0, out="BEGIN SSH SIGNATURE")

    def test_eight_wrong_pins_block_for_good(self):
        token, other = self.softkey(pin=PIN), self.softkey("other", pin=PIN)
        key, other_key = self.make(token, "verify-required"), self.make(other, "verify-required", name="other-key")
        for attempt in range(1, 8):
            self.sign(token, key, WRONG).expect_failure("PIN")
            if attempt % 3 == 0:
                token.replug()
        token.replug()
        self.sign(token, key, WRONG).expect_failure("is locked for good")
        token.replug()
        self.sign(token, key).expect_failure("use the other token")
        self.sign(other, other_key).expect(0, out="BEGIN SSH SIGNATURE")

    def test_no_pin_is_set(self):
        token = self.softkey()
        self.keygen(token, PIN, "-K", "-N", "").expect_failure("no PIN is set on the token at")
        self.keygen(token, PIN, "-t", "ecdsa-sk", "-O", "verify-required", "-N", "", "-f", "key").expect_failure(
            "halligan token pin set")

    def test_no_token(self):
        token = self.softkey(pin=PIN)
        key = self.make(token)
        token.stop()
        self.sign(token, key).expect_failure("no token at")
        self.keygen(token, PIN, "-K", "-N", "").expect_failure("insert the token")
        token.start()
        self.sign(token, key).expect(0, out="BEGIN SSH SIGNATURE")

    def test_the_wrong_token(self):
        token, other = self.softkey(pin=PIN), self.softkey("other", pin=PIN)
        key = self.make(token)
        self.sign(other, key).expect_failure("does not hold this key")
        self.sign(token, key).expect(0, out="BEGIN SSH SIGNATURE")

    def test_the_token_goes_away_while_it_waits_for_a_touch(self):
        token = self.softkey(pin=PIN)
        key = self.make(token)
        token.replug(touch="ask")
        with self.work.terminal("ssh-keygen", "-Y", "sign", "-f", key, "-n", "file", self.work.write("data", "x\n"),
                                env=token.env) as terminal:
            token.wait_for_touch()
            began = time.monotonic()
            token.kill()
            done = terminal.wait()
        self.assertLess(time.monotonic() - began, harness.SOON)
        self.assertNotEqual(done.status, 0)
        self.assertIn("disappeared while in use", done.out)
        token.start(touch="auto")
        self.sign(token, key).expect(0, out="BEGIN SSH SIGNATURE")

    def test_a_touch_that_comes_late_is_waited_for(self):
        token = self.softkey(pin=PIN)
        key = self.make(token)
        token.replug(touch="ask")
        with self.work.terminal("ssh-keygen", "-Y", "sign", "-f", key, "-n", "file", self.work.write("data", "x\n"),
                                env=token.env) as terminal:
            token.wait_for_touch()
            self.assertIsNone(terminal.process.poll())
            token.press()
            self.assertEqual(terminal.wait().status, 0)

    def test_a_touch_that_nobody_gives(self):
        token = self.softkey(pin=PIN)
        key = self.make(token)
        token.replug(touch="never")
        done = self.sign(token, key, env={"HALLIGAN_TIMEOUT": "2"}).expect_failure("waiting for a touch on the token at")
        self.assertIn("timed out after 2 s", done.err)
        self.assertGreater(done.seconds, 1.5)
        self.assertLess(done.seconds, harness.SOON)
        token.replug(touch="auto")
        self.sign(token, key).expect(0, out="BEGIN SSH SIGNATURE")

    def test_nobody_can_be_asked_for_the_pin(self):
        token = self.softkey(pin=PIN)
        key = self.make(token, "verify-required")
        agent = self.agent(env=token.env)
        self.work.run("ssh-add", "-q", key, env=agent.env).expect()
        done = self.work.run("ssh-keygen", "-q", "-Y", "sign", "-f", f"{key}.pub", "-n", "file", stdin=b"x\n", env=agent.env)
        self.assertNotEqual(done.status, 0)
        self.assertLess(done.seconds, 10)
        agent.daemon.wait_for("nobody can be asked for it")


if __name__ == "__main__":
    harness.main()
