"""When a PIN is asked for, how many touches there are, and what is said when the PIN is not the end of it."""

import dataclasses
import pathlib

import harness

PIN, WRONG, NEW = "577215", "999999", "a-longer-pin"


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of token and, for each operation of ssh-keygen's, PIN questions and touches; None: cannot be done."""
    name: str
    options: tuple[str, ...]
    pin: bool
    plain: tuple[int, int] | None
    resident: tuple[int, int] | None
    sign: tuple[int, int] | None
    load: tuple[int, int] | None


# ssh-keygen -K asks for a PIN whatever the token is: that question is OpenSSH's own.
KINDS = (
    Kind("no PIN, 2.0", ("--ctap", "2.0"), False, (0, 1), (0, 1), (0, 1), None),
    Kind("no PIN, 2.1", (), False, (0, 1), (0, 1), (0, 1), None),
    Kind("PIN, 2.0", ("--ctap", "2.0"), True, (1, 1), (1, 1), (0, 1), (1, 0)),
    Kind("PIN, 2.1", (), True, (0, 1), (1, 1), (0, 1), (1, 0)),
    Kind("uv, 2.0", ("--ctap", "2.0", "--uv"), False, (0, 1), (0, 2), (0, 1), None),
    Kind("uv, 2.1", ("--uv",), False, (0, 1), (0, 1), (0, 1), None),
    Kind("uv and PIN, 2.1", ("--uv",), True, (0, 1), (0, 1), (0, 1), (1, 0)),
    Kind("alwaysUv, no PIN", ("--always-uv",), False, None, None, None, None),
    Kind("alwaysUv, PIN", ("--always-uv",), True, (1, 1), (1, 1), (1, 1), (1, 0)),
    Kind("alwaysUv, uv", ("--always-uv", "--uv"), False, (0, 1), (0, 1), (0, 1), None),
)


class Pins(harness.Case):
    def keygen(self, token, pin: str | None, *arguments, stdin: bytes = b"") -> harness.Completed:
        self.askpass = self.work.askpass(pin or "")
        return self.work.run("ssh-keygen", "-q", *arguments, stdin=stdin, env={**token.env, **self.askpass.env})

    def enroll(self, token, name: str, *options: str, pin: str = PIN) -> harness.Completed:
        flags = [argument for option in options for argument in ("-O", option)]
        return self.keygen(token, pin, "-t", "ecdsa-sk", "-N", "", "-f", name, *flags)

    def sign(self, token, key: pathlib.Path | str, pin: str = PIN) -> harness.Completed:
        return self.keygen(token, pin, "-Y", "sign", "-f", key, "-n", "file", stdin=b"x\n")

    def load(self, token, pin: str = PIN) -> harness.Completed:
        for file in self.work.root.glob("id_*"):
            file.unlink()
        return self.keygen(token, pin, "-K", "-N", "")


class Table(Pins):
    def test_a_pin_is_asked_for_only_where_it_is_needed(self):
        for number, kind in enumerate(KINDS):
            token = self.softkey(f"token{number}", pin=PIN if kind.pin else None, options=kind.options)
            plain, resident = f"plain{number}", f"resident{number}"
            for operation, expected, run in (
                    ("plain", kind.plain, lambda: self.enroll(token, plain)),
                    ("resident", kind.resident, lambda: self.enroll(token, resident, "resident")),
                    ("sign", kind.sign, lambda: self.sign(token, plain)),
                    ("load", kind.load, lambda: self.load(token))):
                with self.subTest(kind.name, operation=operation):
                    if operation == "sign" and kind.sign is None:
                        continue  # there is no key to sign with
                    since = token.requests()
                    done = run()
                    if expected is None:
                        done.expect_failure("halligan: ")
                        self.assertEqual(self.touches(token, since), 0)
                        continue
                    done.expect()
                    self.assertEqual((len(self.askpass.questions()), self.touches(token, since)), expected)
            token.stop()

    def touches(self, token, since: int) -> int:
        """Gestures that were asked for and given: a finger that is known is one, and good for the request behind it."""
        count, verified = 0, False
        for record in token.records()[since:]:
            shown_nothing = record["uv"] == "1" and "NO_CREDENTIALS" in record["status"]
            if record["status"].startswith("0x00") or shown_nothing:
                finger = record["sub"] == "getTokenUsingUv"
                touch = record["ctap"] == "makeCredential" or record["up"] == "1" or record["uv"] == "1"
                count += finger or (touch and not verified)
                verified = finger
        return count


class AlwaysUv(Pins):
    def test_every_way_to_sign_with_a_touch_only_key(self):
        token = self.softkey(pin=PIN, options=["--always-uv"])
        self.enroll(token, "key").expect()
        self.enroll(token, "resident", "resident").expect()
        self.load(token).expect()
        for key in ("key", "resident", next(self.work.root.glob("id_*_rk"))):
            self.sign(token, key).expect(0, out="BEGIN SSH SIGNATURE")
            self.assertEqual(len(self.askpass.questions()), 1)
        sshd = self.sshd()
        sshd.authorize(harness.public_part(self.work.path("key")))
        askpass = self.work.askpass(PIN)
        agent = self.agent(env={**token.env, **askpass.env})
        self.work.run("ssh-add", "-q", "key", env=agent.env).expect()
        sshd.login(lines=f"  IdentityAgent {agent.socket}\n  IdentityFile {self.work.path('key')}.pub")
        self.assertEqual(len(askpass.questions()), 1)

    def test_a_key_made_before_the_token_became_so(self):
        token = self.softkey(pin=PIN)
        self.enroll(token, "key").expect()
        token.stop()
        token._options.append("--always-uv")
        token.start()
        done = self.sign(token, "key").expect_failure("requires its PIN for every signature (alwaysUv)")
        self.assertIn("use ssh or ssh-agent, which ask for it", done.err)
        sshd = self.sshd()
        sshd.authorize(harness.public_part(self.work.path("key")))
        askpass = self.work.askpass(PIN)
        sshd.login(lines=f"  SecurityKeyProvider $SSH_SK_PROVIDER\n  IdentityFile {self.work.path('key')}",
                   env={**token.env, **askpass.env})
        self.assertEqual(len(askpass.questions()), 1)

    def test_without_a_pin_it_says_that_one_must_be_set(self):
        token = self.softkey(options=["--always-uv"])
        done = self.enroll(token, "key").expect_failure("requires a PIN; none is set")
        self.assertIn(f"halligan token pin set --device {token.path}", done.err)


class Policy(Pins):
    def test_a_pin_that_must_be_changed_first(self):
        token = self.softkey(pin=PIN)
        self.enroll(token, "key", "verify-required").expect()
        token.stop()
        token._options += ["--force-pin-change", "--min-pin-length", "8"]
        token.start()
        for attempt in (self.sign(token, "key"), self.enroll(token, "other", "resident"), self.load(token)):
            attempt.expect_failure("requires a new PIN first, of at least 8 characters")
            self.assertIn(f"halligan token pin change --device {token.path}", attempt.err)
            self.assertNotIn("wrong PIN", attempt.err)
        # What we tell people to do works.
        self.assertIn("FIDO_ERR_PIN_POLICY_VIOLATION", self.change(token, "short-1").out)
        self.change(token, NEW).expect()
        self.sign(token, "key", NEW).expect(0, out="BEGIN SSH SIGNATURE")

    def change(self, token, new: str) -> harness.Completed:
        return self.work.converse("fido2-token", "-C", token.path, answers=[
            ("Enter current PIN", PIN), ("Enter new PIN", new), ("Enter the same PIN again", new)])

    def test_a_wrong_pin_costs_one_try(self):
        token = self.softkey(pin=PIN)
        self.enroll(token, "key", "verify-required").expect()
        for number, attempt in enumerate((lambda: self.sign(token, "key", WRONG), lambda: self.load(token, WRONG)), 1):
            since = token.requests()
            attempt().expect_failure(f"wrong PIN for the token at {token.path}: {8 - number} tries left")
            tries = [record for record in token.records()[since:] if record["sub"] == "getTokenUsingPin"]
            self.assertEqual(len(tries), 1)
        self.sign(token, "key").expect(0, out="BEGIN SSH SIGNATURE")
        # For a new key ssh-keygen itself asks again: as many tries as questions, not one more.
        since = token.requests()
        self.enroll(token, "other", "resident", pin=WRONG).expect_failure("6 tries left")
        tries = [record for record in token.records()[since:] if record["sub"] == "getTokenUsingPin"]
        self.assertEqual((len(tries), len(self.askpass.questions())), (2, 2))

    def test_a_pin_that_cannot_be_right_costs_none(self):
        token = self.softkey(pin=PIN)
        self.enroll(token, "key", "verify-required").expect()
        since = token.requests()
        self.sign(token, "key", "123").expect_failure("the PIN is too short: a FIDO2 PIN has at least 4 characters")
        self.sign(token, "key", "1" * 64).expect_failure("the PIN is too long: a FIDO2 PIN has at most 63 bytes")
        self.assertEqual(token.requests(), since)


if __name__ == "__main__":
    harness.main()
