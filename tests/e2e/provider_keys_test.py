"""Stock ssh-keygen and ssh-add with our provider: making keys, signing with them, getting resident ones back."""

import itertools
import pathlib
import time

import harness
from harness import paths

PIN = "314159"


class Keys(harness.Case):
    def setUp(self):
        super().setUp()
        self.data = self.work.write("data", "to be signed\n")

    def enroll(self, token, name: str, algorithm: str, *options: str, env=None) -> pathlib.Path:
        key = self.work.path(name)
        flags = [argument for option in options for argument in ("-O", option)]
        askpass = self.work.askpass(PIN)
        self.work.run("ssh-keygen", "-q", "-t", algorithm, "-w", paths.PROVIDER, "-N", "", "-C", name, "-f", key, *flags,
                      env={**token.env, **askpass.env, **(env or {})}).expect()
        return key

    def sign(self, token, key: pathlib.Path, *, expect: bool = True, env=None) -> harness.Completed:
        askpass = self.work.askpass(PIN)
        done = self.work.run("ssh-keygen", "-q", "-Y", "sign", "-w", paths.PROVIDER, "-f", key, "-n", "file", stdin=b"x\n",
                             env={**token.env, **askpass.env, **(env or {})})
        if expect:
            done.expect(0, out="BEGIN SSH SIGNATURE")
            self.verify(key, done.out, b"x\n", 0)
            self.verify(key, done.out, b"y\n", 255)
        return done

    def verify(self, key: pathlib.Path, signature: str, message: bytes, status: int) -> None:
        signers = self.work.write("signers", "me " + harness.public_part(key) + "\n")
        file = self.work.write("signature", signature)
        self.work.run("ssh-keygen", "-Y", "verify", "-f", signers, "-I", "me", "-n", "file", "-s", file, stdin=message
                      ).expect(status)

    def test_every_kind_of_key_is_made_and_signs(self):
        rows = itertools.product(["ecdsa-sk", "ed25519-sk"], [False, True], [False, True], [None, PIN])
        for number, (algorithm, resident, touch, pin) in enumerate(rows):
            with self.subTest(algorithm=algorithm, resident=resident, touch=touch, pin=pin is not None):
                token = self.softkey(f"token{number}", pin=pin)
                options = ["resident", "application=ssh:test"] if resident else []
                options += [] if touch else ["no-touch-required"]
                key = self.enroll(token, f"key{number}", algorithm, *options)
                self.assertIn(f"sk-{'ecdsa-sha2-nistp256' if algorithm == 'ecdsa-sk' else 'ssh-ed25519'}@openssh.com",
                              harness.public_part(key))
                # What wants no touch must sign on a token that nobody touches, what wants one must not.
                token.replug(touch="auto" if touch else "never")
                self.sign(token, key)
                if touch:
                    token.replug(touch="never")
                    done = self.sign(token, key, expect=False, env={"HALLIGAN_TIMEOUT": "1"})
                    done.expect_failure("waiting for a touch on the token")
                token.stop()

    def test_a_key_that_wants_verification_asks_for_the_pin_and_signs(self):
        for algorithm in ("ecdsa-sk", "ed25519-sk"):
            with self.subTest(algorithm=algorithm):
                token = self.softkey(f"token-{algorithm}", pin=PIN)
                key = self.enroll(token, f"key-{algorithm}", algorithm, "verify-required")
                self.sign(token, key)
                token.stop()

    def test_resident_keys_come_back_to_files(self):
        token = self.softkey(pin=PIN)
        made = {name: self.enroll(token, name, algorithm, "resident", f"application=ssh:{name}")
                for name, algorithm in [("one", "ecdsa-sk"), ("two", "ed25519-sk")]}
        folder = self.work.path("back")
        folder.mkdir()
        askpass = self.work.askpass(PIN)
        self.work.run("ssh-keygen", "-K", "-w", paths.PROVIDER, "-N", "", cwd=folder, env={**token.env, **askpass.env}
                      ).expect()
        self.assertEqual(len(askpass.questions()), 1)
        back = {" ".join(file.read_text().split()[:2]): file.with_suffix("") for file in folder.glob("*.pub")}
        self.assertEqual(set(back), {" ".join(harness.public_part(key).split()[:2]) for key in made.values()})
        for file in back.values():
            self.sign(token, file)

    def test_resident_keys_come_back_to_the_agent(self):
        token = self.softkey(pin=PIN)
        keys = [self.enroll(token, name, algorithm, "resident", f"application=ssh:{name}")
                for name, algorithm in [("one", "ecdsa-sk"), ("two", "ed25519-sk")]]
        agent = self.agent(env=token.env)
        askpass = self.work.askpass(PIN)
        self.work.run("ssh-add", "-K", "-S", paths.PROVIDER, env={**token.env, **agent.env, **askpass.env}).expect()
        for key in keys:
            self.assertIn(harness.public_part(key).split()[1], agent.list(self.work))

    def test_residents_come_back_under_either_command(self):
        # CTAP 2.0 tokens have 0x41 only, some later ones 0x0a only: that of libfido2 1.12 is 0x41.
        rows = [("2.0", ("--ctap", "2.0"), "credentialManagementPreview"),
                ("0a", ("--misbehave", "credmgmt-only-0a"), "credentialManagement"),
                ("both", (), "credentialManagement")]
        for name, options, command in rows:
            with self.subTest(name):
                token = self.softkey(name, pin=PIN, options=options)
                key = self.enroll(token, f"key-{name}", "ecdsa-sk", "resident")
                folder = self.work.path(f"back-{name}")
                folder.mkdir()
                self.work.run("ssh-keygen", "-q", "-K", "-w", paths.PROVIDER, "-N", "", cwd=folder,
                              env={**token.env, **self.work.askpass(PIN).env}).expect()
                self.assertEqual(harness.public_part(folder / "id_ecdsa_sk_rk").split()[1],
                                 harness.public_part(key).split()[1])
                self.assertEqual({record["ctap"] for record in token.records() if "Management" in record["ctap"]},
                                 {command})

    def test_an_empty_token_gives_no_keys_and_no_error(self):
        token = self.softkey(pin=PIN)
        askpass = self.work.askpass(PIN)
        self.work.run("ssh-keygen", "-K", "-w", paths.PROVIDER, "-N", "", env={**token.env, **askpass.env}).expect()
        self.assertEqual(list(self.work.root.glob("id_*")), [])

    def test_a_resident_key_is_not_replaced_without_a_yes(self):
        token = self.softkey(pin=PIN)
        began = time.strftime("%Y-%m-%d", time.gmtime())
        first = self.enroll(token, "first", "ed25519-sk", "resident", "application=ssh:same")
        argv = ["ssh-keygen", "-t", "ed25519-sk", "-w", paths.PROVIDER, "-N", "", "-f", self.work.path("second"), "-O",
                "resident", "-O", "application=ssh:same"]
        # ssh-keygen itself asks the question that our "it exists" leads to.
        with self.work.terminal(*argv, env=token.env) as terminal:
            terminal.expect("Enter PIN for authenticator: ")
            self.assertTrue(terminal.echo_is_off())
            terminal.type(PIN + "\n")
            # The question does not say which key that is; we do, before it.
            said = terminal.expect(r"halligan: the token at (.*) already holds a resident key for (.*?): (.*)\n")
            terminal.expect(r"already exists.\nOverwrite key in token \(y/n\)\? ")
            terminal.type("n\n")
            terminal.wait()
        fingerprint = self.work.run("ssh-keygen", "-lf", f"{first}.pub").expect().out.split()[1]
        today = time.strftime("%Y-%m-%d", time.gmtime())
        self.assertEqual(said[1], str(token.path))
        self.assertEqual(said[2], "ssh:same")
        self.assertIn(said[3], [f'no user, "openssh {day}", {fingerprint}' for day in (began, today)])
        self.assertFalse(self.work.path("second").exists())
        self.sign(token, first)

    def test_which_key_is_in_the_way_is_said_as_far_as_the_token_tells(self):
        all_of_it = r'no user, "openssh [0-9-]{10}", SHA256:\S{43}$'
        rows = [((), PIN, ("ecdsa-sk", "user=ann"), r'user ann, "ann [0-9-]{10}", SHA256:\S{43}$'),
                (("--ctap", "2.0"), PIN, ("ed25519-sk",), all_of_it),
                (("--misbehave", "credmgmt-only-0a"), PIN, ("ecdsa-sk",), all_of_it),
                (("--uv",), None, ("ecdsa-sk",), all_of_it),
                # Of a single account it tells the ID alone, and for more it would want another gesture.
                (("--uv", "--ctap", "2.0"), None, ("ecdsa-sk",), "no user$")]
        for number, (options, pin, (algorithm, *user), expected) in enumerate(rows):
            with self.subTest(options=options):
                token = self.softkey(f"token{number}", pin=pin, options=options)
                key = self.enroll(token, f"key{number}", algorithm, "resident", *user)
                flags = [argument for option in user for argument in ("-O", option)]
                done = self.work.run("ssh-keygen", "-q", "-t", algorithm, "-N", "", "-f", "second", "-O", "resident", *flags,
                                     env={**token.env, **self.work.askpass(PIN).env}, stdin=b"n\n")
                line = next(line for line in done.err.splitlines() if "already holds a resident key" in line)
                self.assertRegex(line, expected)
                if "SHA256" in expected:
                    self.assertIn(line.rsplit(" ", 1)[1], self.work.run("ssh-keygen", "-lf", f"{key}.pub").expect().out)

    def test_the_attestation_is_handed_over(self):
        token = self.softkey()
        blob = self.work.path("attestation")
        self.enroll(token, "key", "ecdsa-sk", f"write-attestation={blob}")
        self.assertIn(b"ssh-sk-attest-v01", blob.read_bytes())

    def test_the_device_option_names_the_token(self):
        token = self.softkey()
        other = self.softkey("other", touch="never")
        key = self.enroll(token, "key", "ecdsa-sk", f"device={token.path}", env=other.env)
        self.sign(token, key)
        self.assertEqual(other.records(), [])


if __name__ == "__main__":
    harness.main()
