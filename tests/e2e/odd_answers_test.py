"""Tokens whose answers are odd, and tokens that lie: what is taken as OpenSSH's own support takes it, and what is refused."""

import json

import harness
from harness import paths
from harness.work import need

PIN = "173205"
LONG = "ssh:backup-host-01.datacentre.example.org"


class OddAnswers(harness.Case):
    def enroll(self, token, *options: str, kind: str = "ed25519-sk", name: str = "key", **run) -> harness.Completed:
        flags = [argument for option in options for argument in ("-O", option)]
        env = {**token.env, **(self.work.askpass(PIN).env)}
        return self.work.run("ssh-keygen", "-q", "-t", kind, *flags, "-N", "", "-f", name, env=env, **run)

    def sign(self, token, name: str = "key", env=None) -> harness.Completed:
        return self.work.run("ssh-keygen", "-q", "-Y", "sign", "-f", name, "-n", "file", stdin=b"x\n", env={**token.env, **(env or {})})

    def odd(self, how: str, name: str = "", **options):
        return self.softkey(name or how, options=["--misbehave", how, *options.pop("options", [])], **options)

    def test_bytes_behind_an_answer_are_passed_over(self):
        token = self.odd("trailing-bytes", pin=PIN)
        for number, options in enumerate(([], ["resident"], ["resident", "verify-required"])):
            self.enroll(token, *options, f"application=ssh:{number}", name=f"key{number}").expect()
        self.sign(token, "key0").expect()
        folder = self.work.path("loaded")
        folder.mkdir()
        env = {**token.env, **self.work.askpass(PIN).env}
        self.work.run("ssh-keygen", "-q", "-K", "-N", "", env=env, cwd=folder).expect()
        self.assertEqual(len(list(folder.glob("*.pub"))), 2)
        self.work.run(need(paths.HALLIGAN), "token", "info", env=env).expect()

    def test_a_token_that_does_not_know_getinfo_is_a_u2f_token(self):
        for how in ("getinfo-unknown", "getinfo-refused"):
            with self.subTest(how):
                token = self.odd(how, options=["--ctap", "2.0"])
                self.enroll(token, kind="ecdsa-sk", name=f"key-{how}").expect()
                self.sign(token, f"key-{how}").expect()
                self.enroll(token, name="other").expect_failure("")
                self.assertFalse(self.work.path("other").exists())
        # Anything else than that answer is none, see u2f_test.

    def test_a_second_resident_key_on_a_token_that_lists_none(self):
        token = self.softkey()
        self.enroll(token, "resident", name="one").expect(err="so this resident key cannot be loaded from it")
        self.enroll(token, "resident", name="two").expect()
        self.assertNotEqual(self.work.path("one.pub").read_text(), self.work.path("two.pub").read_text())
        for name in ("one", "two"):
            self.sign(token, name).expect()
        done = self.enroll(token, "resident", "user=a-name-of-more-than-15", name="three").expect_failure("does not list its resident keys")
        self.assertIn("15", done.err)
        self.sign(token, "one").expect()

    def test_a_name_that_the_token_cut_is_told(self):
        token = self.odd("cut-applications", pin=PIN)
        self.enroll(token, "resident", f"application={LONG}", name="long").expect()
        self.enroll(token, "resident", "application=ssh:short", name="short").expect()
        folder = self.work.path("loaded")
        folder.mkdir()
        env = {**token.env, **self.work.askpass(PIN).env}
        done = self.work.run("ssh-keygen", "-q", "-K", "-N", "", env=env, cwd=folder).expect()
        self.assertIn(f"left out the resident keys for {LONG[:32]}", done.err)
        self.assertIn("cut the application's name", done.err)
        self.assertEqual(len(list(folder.glob("*.pub"))), 1)
        # By its whole name it is found.
        found = self.work.path("found")
        found.mkdir()
        self.work.run(need(paths.HALLIGAN), "ca", "export", "--application", LONG, "-d", found, env=env).expect()
        self.assertEqual((found / "ca.pub").read_text().split()[1], self.work.path("long.pub").read_text().split()[1])

    def test_a_key_that_is_none_of_openssh_s_is_told_and_the_others_come(self):
        for how in ("foreign-resident", "unknown-resident"):
            with self.subTest(how):
                token = self.odd(how, pin=PIN)
                self.enroll(token, "resident", name=f"own-{how}").expect()
                folder = self.work.path(f"loaded-{how}")
                folder.mkdir()
                done = self.work.run("ssh-keygen", "-q", "-K", "-N", "", env={**token.env, **self.work.askpass(PIN).env}, cwd=folder)
                done.expect(0, err="left out a resident key for ssh:")
                self.assertEqual(len(list(folder.glob("*.pub"))), 1)

    def test_what_is_missing_of_a_key_keeps_no_other_back(self):
        token = self.odd("broken-resident", pin=PIN)
        self.enroll(token, "resident").expect()
        folder = self.work.path("loaded")
        folder.mkdir()
        env = {**token.env, **self.work.askpass(PIN).env}
        done = self.work.run("ssh-keygen", "-q", "-K", "-N", "", env=env, cwd=folder).expect()
        self.assertIn("left out a resident key for ssh:without-id without a credential ID", done.err)
        self.assertIn("left out a resident key for ssh:without-key without a public key", done.err)
        loaded = sorted(each.name for each in folder.glob("*.pub"))
        self.assertEqual([name[:29] for name in loaded], ["id_ed25519_sk_rk.pub", "id_ed25519_sk_rk_without-hash"])
        shown = self.work.run(need(paths.HALLIGAN), "token", "keys", "list", env=env).expect().out
        for name in ("ssh:without-id", "ssh:without-key", "ssh:without-hash"):
            self.assertIn(name, shown)

    def test_a_token_that_lists_its_keys_and_does_not_say_so(self):
        token = self.odd("unannounced", pin=PIN)
        self.enroll(token, "resident").expect()
        env = {**token.env, **self.work.askpass(PIN).env}
        folder = self.work.path("loaded")
        folder.mkdir()
        self.work.run("ssh-keygen", "-q", "-K", "-N", "", env=env, cwd=folder).expect()
        self.assertEqual(len(list(folder.glob("*.pub"))), 1)
        # One that does not list them: the PIN is asked for, and then it is told.
        mute = self.odd("credmgmt-only-0a", "mute", pin=PIN, options=["--ctap", "2.0"])
        done = self.work.run("ssh-keygen", "-q", "-K", "-N", "", env={**mute.env, **self.work.askpass(PIN).env}, cwd=folder)
        done.expect_failure("cannot list its resident keys (no credential management)")

    def test_a_key_that_is_not_as_asked_is_refused_whatever_attests_it(self):
        rows = [("untouched-key", [], "made without a touch"), ("unverified-key", ["resident"], "made without user verification"),
                ("unprotected", ["resident"], "does not protect as asked"),
                ("unprotected", ["resident", "verify-required"], "does not protect as asked")]
        for how, options, words in rows:
            for attestation in ("packed", "self", "none", "fido-u2f"):
                with self.subTest(how, options=options, attestation=attestation):
                    name = f"{how}-{attestation}-{len(options)}"
                    kind = "ecdsa-sk" if attestation == "fido-u2f" else "ed25519-sk"
                    token = self.odd(how, name, pin=PIN, options=["--attestation", attestation])
                    self.enroll(token, *options, kind=kind, name=f"key-{name}").expect_failure(words)
                    self.assertFalse(self.work.path(f"key-{name}").exists())
                    folder = self.work.path(f"ca-{name}")
                    folder.mkdir()
                    done = self.work.run(need(paths.HALLIGAN), "ca", "init", "--verify-required", "-d", folder,
                                         env={**token.env, **self.work.askpass(PIN).env})
                    self.assertNotEqual(done.status, 0)
                    self.assertIn(words, done.err)
                    self.assertEqual(list(folder.iterdir()), [])

    def test_a_signature_that_is_not_as_asked_is_refused(self):
        """It is genuine, over what the token says: only what it says is wrong."""
        rows = [("untouched-signature", [], "a signature without the requested touch"),
                ("unverified-signature", ["verify-required"], "a signature without the requested user verification"),
                ("two-signatures", [], "2 signatures instead of one")]
        for how, options, words in rows:
            for kind in ("ed25519-sk", "ecdsa-sk"):
                with self.subTest(how, kind=kind):
                    token = self.odd(how, f"{how}-{kind}", pin=PIN)
                    name = f"key-{how}-{kind}"
                    self.enroll(token, *options, kind=kind, name=name).expect()
                    self.sign(token, name, env=self.work.askpass(PIN).env).expect_failure(words)

    def test_who_attests_the_key_of_a_ca_is_said(self):
        rows = [("none", "none", "Attested    none: nothing shows what made this key"),
                ("self", "self", "Attested    by the key itself: nothing shows what made it"),
                ("packed", None, "Attested    by a certificate"), ("fido-u2f", None, "Attested    by a certificate")]
        for attestation, kind, words in rows:
            with self.subTest(attestation):
                token = self.softkey(attestation, pin=PIN, options=["--attestation", attestation])
                folder = self.work.path(f"ca-{attestation}")
                folder.mkdir()
                env = {**token.env, **self.work.askpass(PIN).env}
                self.work.run(need(paths.HALLIGAN), "ca", "init", "-d", folder, env=env).expect(out=words)
                notes = json.loads((folder / "ca.json").read_text())
                if kind is None:
                    # openssl is the judge of the certificate
                    blob = (folder / "ca.attestation").read_bytes()
                    size = int.from_bytes(blob[21:25], "big")
                    der = self.work.path("certificate")
                    der.write_bytes(blob[25:25 + size])
                    subject, issuer = (self.work.run("openssl", "x509", "-inform", "DER", "-in", der, "-noout", "-nameopt", "RFC2253", what)
                                       .expect().out.strip().split("=", 1)[1] for what in ("-subject", "-issuer"))
                    self.assertEqual(notes["attestation_issuer"], issuer)
                    kind = "self-signed" if subject == issuer else "certificate"
                self.assertEqual(notes["attestation"], kind)


if __name__ == "__main__":
    harness.main()
