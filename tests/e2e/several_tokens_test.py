"""Several tokens at once: the one that holds the key signs with one touch; a new key goes to the one that is touched."""

import pathlib

import harness
from harness import paths

PIN = "141421"


def touches(token: harness.Softkey) -> int:
    """How often somebody had to touch it: presence that was asked for and given."""
    return sum(1 for record in token.records() if record["status"].startswith("0x00") and
               (record["ctap"] == "makeCredential" or record["up"] == "1"))


class SeveralTokens(harness.Case):
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

    def test_the_holder_signs_with_one_touch_wherever_it_stands(self):
        tokens = [self.softkey(f"token{index}") for index in range(3)]
        key = self.make(tokens[1])
        for order in ((0, 1, 2), (1, 0, 2), (2, 0, 1)):
            with self.subTest(order):
                before = [touches(token) for token in tokens]
                self.sign(self.devices(*(tokens[index] for index in order)), key).expect(0, out="BEGIN SSH SIGNATURE")
                after = [touches(token) for token in tokens]
                self.assertEqual([b - a for a, b in zip(before, after)], [0, 1, 0])

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
        env = {**self.devices(left, right), "HALLIGAN_TIMEOUT": "1"}
        done = self.keygen(env, "-t", "ecdsa-sk", "-N", "", "-f", "key").expect_failure("nobody chose a token by touching it")
        self.assertIn("name it in HALLIGAN_DEVICE", done.err)
        self.assertLess(done.seconds, 5)


if __name__ == "__main__":
    harness.main()
