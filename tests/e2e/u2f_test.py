"""Tokens that know U2F only: ecdsa-sk keys that want a touch work as with any token, everything else is refused in words."""

import pathlib
import signal

import harness
from harness import paths

PIN = "577215"


def used(token: harness.Softkey) -> list[str]:
    """What was asked of the token, without INIT and WINK."""
    return [record["ctap"] + (":" + record["sub"] if record["sub"] != "-" else "") for record in token.records()
            if record["ctap"] != "-"]


class U2f(harness.Case):
    def u2f(self, name: str = "token", *options: str, **more) -> harness.Softkey:
        return self.softkey(name, options=["--ctap", "u2f", *options], **more)

    def keygen(self, env, *arguments, stdin: bytes = b"", timeout: str = "5") -> harness.Completed:
        return self.work.run("ssh-keygen", "-q", *arguments, stdin=stdin,
                             env={"HALLIGAN_TIMEOUT": timeout, **env, **self.work.askpass(PIN).env})

    def make(self, token, *arguments: str, name: str = "key") -> pathlib.Path:
        self.keygen(token.env, "-t", "ecdsa-sk", "-N", "", "-f", name, *arguments).expect()
        return self.work.path(name)

    def sign(self, env, key, **more) -> harness.Completed:
        return self.keygen(env, "-Y", "sign", "-f", key, "-n", "file", stdin=b"x\n", **more)

    def verify(self, key: pathlib.Path, signature: str, message: bytes = b"x\n") -> harness.Completed:
        signers = self.work.write("signers", "me " + harness.public_part(key) + "\n")
        file = self.work.write("signature", signature)
        return self.work.run("ssh-keygen", "-Y", "verify", "-f", signers, "-I", "me", "-n", "file", "-s", file, stdin=message)

    def devices(self, *tokens) -> dict[str, str]:
        return {"HALLIGAN_DEVICE": ":".join(str(token.path) for token in tokens)}

    def test_a_key_is_made_signs_and_verifies(self):
        token = self.u2f()
        key = self.make(token)
        self.assertEqual(used(token), ["REGISTER"])
        signature = self.sign(token.env, key).expect(0).out
        self.assertEqual(used(token)[1:], ["AUTHENTICATE:check-only", "AUTHENTICATE:enforce"])
        self.verify(key, signature).expect()
        self.verify(key, signature, b"y\n").expect(255)

    def test_ssh_logs_in(self):
        token, sshd = self.u2f(), self.sshd("PubkeyAuthOptions touch-required")
        key = self.make(token)
        lines = f"  SecurityKeyProvider {paths.PROVIDER}\n  IdentityFile {key}"
        sshd.refuse(lines=lines, env=token.env)
        sshd.authorize(harness.public_part(key))
        sshd.login(lines=lines, env=token.env)
        agent = self.agent(env=token.env)
        self.work.run("ssh-add", "-q", key, env={**token.env, **agent.env}).expect()
        sshd.login(lines=f"  IdentityAgent {agent.socket}\n  IdentityFile {key}.pub\n  IdentitiesOnly yes")

    def test_the_attestation_is_handed_over(self):
        token = self.u2f()
        blob = self.work.path("attestation")
        self.make(token, "-O", f"write-attestation={blob}")
        data = blob.read_bytes()
        self.assertIn(b"ssh-sk-attest-v01", data)
        self.assertIn(b"Authenticator Attestation", data)

    def test_what_such_a_token_cannot_do_is_refused_in_words(self):
        token = self.u2f()
        rows = [(("-t", "ed25519-sk"), "does not support ed25519-sk keys", "make an ecdsa-sk key"),
                (("-t", "ecdsa-sk", "-O", "resident"), "does not support resident keys", "make a key that is not resident"),
                (("-t", "ecdsa-sk", "-O", "verify-required"), "has no PIN", "make a key that is not verify-required"),
                (("-t", "ecdsa-sk", "-O", "no-touch-required"), "requires a touch", "without no-touch-required")]
        for arguments, said, hint in rows:
            with self.subTest(arguments):
                done = self.keygen(token.env, *arguments, "-N", "", "-f", "refused").expect_failure(said)
                self.assertIn(f"the U2F token at {token.path}", done.err)
                self.assertIn(hint, done.err)
        self.keygen(token.env, "-K", "-N", "").expect_failure("cannot list its resident keys")
        self.assertEqual(used(token), [], "nothing was asked of the token, so nobody was asked to touch it")

    def test_keys_of_other_tokens_are_not_signed_with(self):
        token, modern = self.u2f(), self.softkey("modern", pin=PIN)
        rows = [(("-t", "ed25519-sk"), "does not support ed25519-sk keys"),
                (("-t", "ecdsa-sk", "-O", "verify-required"), "has no PIN, which this key requires"),
                (("-t", "ecdsa-sk", "-O", "no-touch-required"), "requires a touch"),
                (("-t", "ecdsa-sk"), "does not hold this key")]
        for number, (arguments, said) in enumerate(rows):
            with self.subTest(arguments):
                self.keygen(modern.env, *arguments, "-N", "", "-f", f"key{number}").expect()
                self.sign(token.env, self.work.path(f"key{number}")).expect_failure(said)
        self.assertEqual(used(token), ["AUTHENTICATE:check-only"])

    def test_a_touch_that_comes_late_is_waited_for(self):
        token = self.u2f()
        key = self.make(token)
        token.replug(touch="never")
        with self.work.terminal("ssh-keygen", "-Y", "sign", "-f", key, "-n", "file", self.work.write("data", "x\n"),
                                env=token.env) as terminal:
            terminal.expect("Confirm user presence")
            while used(token).count("AUTHENTICATE:enforce") < 3:
                self.assertIsNone(terminal.process.poll(), terminal.report())
                terminal.more(0.02)
            token.daemon.process.send_signal(signal.SIGUSR1)
            self.assertEqual(terminal.wait().status, 0)

    def test_a_touch_that_nobody_gives(self):
        token = self.u2f()
        key = self.make(token)
        token.replug(touch="never")
        done = self.sign(token.env, key, timeout="1").expect_failure("waiting for a touch on the token at")
        self.assertIn("timed out after 1 s", done.err)
        self.assertLess(done.seconds, 4)
        token.replug(touch="auto")
        self.sign(token.env, key).expect(0, out="BEGIN SSH SIGNATURE")

    def caller(self, token, what: str, seconds: int, patience: int, *more) -> harness.Completed:
        return self.work.run(paths.BUILD / "bin" / "touch_caller", token.path, what, seconds, patience, *more)

    def test_a_person_is_told_and_can_want_out(self):
        token = self.u2f(touch="250")
        made = self.caller(token, "enroll", 5, -1).expect(0, out=f"awaited={token.path} left=5")
        self.assertEqual(made.out.count("over\n"), 1)
        handle = made.out.split("key_handle=")[1].split()[0]
        signed = self.caller(token, "sign", 5, -1, handle).expect(0, out="flags=1")
        self.assertEqual(signed.out.count("over\n"), 1)
        self.assertGreater(int(signed.out.split("told=")[1].split()[0]), 1)
        token.replug(touch="never")
        out = self.caller(token, "sign", 20, 2, handle).expect(5, out="cancelled while the token at")
        self.assertEqual(out.out.count("over\n"), 1)
        self.assertLess(out.seconds, 5)
        late = self.caller(token, "enroll", 1, -1).expect(5, out="waiting for a touch on the token at")
        self.assertEqual(late.out.count("over\n"), 1)
        token.replug(touch="auto")
        self.caller(token, "sign", 5, -1, handle).expect(0, out="flags=1")

    def test_of_two_tokens_the_holder_signs(self):
        old, modern = self.u2f("old"), self.softkey("modern")
        keys = {token: self.make(token, name=f"key-{token.name}") for token in (old, modern)}
        for order, token in (((old, modern), modern), ((modern, old), old), ((old, modern), old)):
            with self.subTest(first=order[0].name, holder=token.name):
                other = order[1] if token is order[0] else order[0]
                before = len(used(other))
                self.sign(self.devices(*order), keys[token]).expect(0, out="BEGIN SSH SIGNATURE")
                self.assertFalse({"AUTHENTICATE:enforce", "REGISTER"} & set(used(other)[before:]))
        stranger = self.softkey("stranger")
        key = self.make(stranger, name="key-stranger")
        self.sign(self.devices(old, modern), key).expect_failure("none of these tokens holds this key")

    def test_a_new_key_goes_to_the_token_that_is_touched(self):
        for touched in ("old", "modern"):
            with self.subTest(touched):
                old = self.u2f(f"old-{touched}", touch="auto" if touched == "old" else "never")
                modern = self.softkey(f"modern-{touched}", touch="auto" if touched == "modern" else "never")
                self.keygen(self.devices(old, modern), "-t", "ecdsa-sk", "-N", "", "-f", f"key-{touched}").expect()
                holder = old if touched == "old" else modern
                holder.replug(touch="auto")
                self.sign(holder.env, self.work.path(f"key-{touched}")).expect(0, out="BEGIN SSH SIGNATURE")

    def test_a_fido2_token_without_its_getinfo_is_not_taken_for_one(self):
        token = self.softkey(options=["--misbehave", "getinfo-fails"])
        self.keygen(token.env, "-t", "ecdsa-sk", "-N", "", "-f", "key").expect_failure("does not respond as a FIDO2 token")
        self.assertNotIn("REGISTER", used(token))

    def test_a_key_of_both_protocols(self):
        token = self.u2f()
        key = self.make(token)
        token.stop()
        self.sign(self.softkey(options=["--ctap", "2.1"]).env, key).expect(0, out="BEGIN SSH SIGNATURE")

    def test_a_token_that_lies(self):
        token = self.u2f()
        key = self.make(token)
        token.stop()
        rows = [("wrong-status", ("does not respond as a U2F token", "cannot communicate")), ("short-answer", ("cannot communicate",) * 2), ("other-answer", ("cannot communicate",) * 2),
                ("check-only-succeeds", ("does not respond as a U2F token", None)), ("garbage-certificate", (None, "cannot communicate")),
                ("bad-signature", (None, "an attestation that does not verify")), ("never-touched", ("cannot communicate", "waiting for a touch")),
                ("wrong-sequence", (None, "cannot communicate")), ("vanish-on-touch", ("disappeared",) * 2)]
        for misbehaviour, (on_sign, on_enroll) in rows:
            with self.subTest(misbehaviour):
                if on_sign:
                    liar = self.u2f("token", "--misbehave", misbehaviour)
                    done = self.sign(liar.env, key, timeout="1").expect_failure(on_sign)
                    self.assertLess(done.seconds, 4)
                    liar.stop()
                if on_enroll:
                    liar = self.u2f("token", "--misbehave", misbehaviour)
                    done = self.keygen(liar.env, "-t", "ecdsa-sk", "-N", "", "-f", "new", timeout="1").expect_failure(on_enroll)
                    self.assertLess(done.seconds, 4)
                    self.assertFalse(self.work.path("new").exists())
                    liar.stop()
        # A handle that the token does not know afterwards is found out when it should sign.
        liar = self.u2f("liar", "--misbehave", "wrong-handle")
        self.sign(liar.env, self.make(liar, name="false")).expect_failure("does not hold this key")


if __name__ == "__main__":
    harness.main()
