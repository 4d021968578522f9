"""softkey judged by libfido2's own programs: fido2-token, fido2-cred, fido2-assert."""
import base64
import os
import unittest

import softkey_process as sk

PIN = "hunter22"
NEW_PIN = "gr\u00fc\u00dfe-\u20ac4"
ASK = "Enter PIN"


def b64(data):
    return base64.b64encode(data).decode()


class Files:
    """Parameter files of fido2-cred and fido2-assert."""

    def __init__(self, folder, rp="ssh:oracle", user=b"user-1"):
        self.folder, self.rp, self.user = folder, rp, user

    def path(self, name, text=None):
        path = os.path.join(self.folder, name)
        if text is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return path

    def make(self, token, kind, flags=(), pin=None, asked=True):
        """Makes and verifies a credential; returns (id, PEM public key). Not asked: -v is for the verifier only, since
        fido2-cred has no way to a PIN on a CTAP 2.0 token but the token's own demand."""
        parameters = self.path("make", f"{b64(os.urandom(32))}\n{self.rp}\nname\n{b64(self.user)}\n")
        wish = [flag for flag in flags if asked or flag != "-v"]
        command = ["fido2-cred", "-M", *wish, "-i", parameters, "-o", self.path("made"), token.link, kind]
        sk.on_terminal(command, [(ASK, pin)] if pin else [])
        verify = [flag for flag in flags if flag not in ("-r", "-q", "-u")]
        done = sk.run("fido2-cred", "-V", *verify, "-i", self.path("made"), kind).stdout
        identity, pem = done.split("\n", 1)
        return identity, self.path("key.pem", pem)

    def sign(self, token, kind, pem, identity=None, flags=(), verify=("-p",), pin=None, check=True):
        """Gets and verifies an assertion, of the resident credential if there is no id."""
        text = f"{b64(os.urandom(32))}\n{self.rp}\n" + (f"{identity}\n" if identity else "")
        command = ["fido2-assert", "-G", *flags, "-i", self.path("ask", text), "-o", self.path("answer"), token.link, kind]
        done = sk.on_terminal(command, [(ASK, pin)] if pin else [], check=check)
        if done.returncode != 0:
            return done
        verify = list(verify) + (["-v"] if "-v" in flags and "-v" not in verify else [])
        return sk.run("fido2-assert", "-V", *verify, "-i", self.path("answer"), pem, kind, check=check)


    def secret(self, token, kind, identity, salt, pin=None):
        """The secret for a salt, by hmac-secret."""
        text = f"{b64(os.urandom(32))}\n{self.rp}\n{identity}\n{b64(salt)}\n"
        command = ["fido2-assert", "-G", "-h", *(["-v"] if pin else []), "-i", self.path("ask", text), "-o", self.path("answer"),
                   token.link, kind]
        sk.on_terminal(command, [(ASK, pin)] if pin else [])
        with open(self.path("answer"), encoding="utf-8") as answer:
            return base64.b64decode(answer.read().splitlines()[4])


class Credentials(unittest.TestCase):
    def test_secrets_that_depend_on_key_salt_and_pin(self):
        for kind in ("es256", "eddsa"):
            with self.subTest(kind=kind), sk.folder() as folder, sk.Softkey(folder, pin=PIN) as token:
                files = Files(folder)
                identity, _ = files.make(token, kind, ["-h"])
                other, _ = files.make(token, kind, ["-h"])
                salt, second = os.urandom(32), os.urandom(32)
                secret = files.secret(token, kind, identity, salt)
                self.assertEqual(len(secret), 32)
                self.assertEqual(files.secret(token, kind, identity, salt), secret)
                both = files.secret(token, kind, identity, salt + second)
                self.assertEqual((len(both), both[:32]), (64, secret))
                others = {secret, both[32:], files.secret(token, kind, other, salt), files.secret(token, kind, identity, salt, PIN)}
                self.assertEqual(len(others), 4)

    def test_made_verified_and_used(self):
        for kind in ("es256", "eddsa"):
            for attestation in ("packed", "self"):
                for version in ("2.0", "2.1"):
                    with self.subTest(kind=kind, attestation=attestation, version=version), sk.folder() as folder, \
                            sk.Softkey(folder, "--attestation", attestation, "--ctap", version) as token:
                        files = Files(folder)
                        identity, pem = files.make(token, kind)
                        files.sign(token, kind, pem, identity)
                        # Without a touch: no presence in the assertion, and -p has to notice.
                        files.sign(token, kind, pem, identity, flags=["-t", "up=false"], verify=())
                        silent = files.sign(token, kind, pem, identity, flags=["-t", "up=false"], check=False)
                        self.assertNotEqual(silent.returncode, 0)

    def test_resident_with_pin(self):
        for kind in ("es256", "eddsa"):
            for version in ("2.0", "2.1"):
                for protect in ("1", "2", "3"):
                    with self.subTest(kind=kind, version=version, protect=protect), sk.folder() as folder, \
                            sk.Softkey(folder, "--ctap", version, pin=PIN) as token:
                        files = Files(folder)
                        _, pem = files.make(token, kind, ["-r", "-v", "-c", protect], PIN, asked=version != "2.0")
                        verified = ["-v"] if version != "2.0" else ["-t", "pin=true"]
                        files.sign(token, kind, pem, flags=["-r", *verified], verify=["-p", "-v"], pin=PIN)
                        unverified = files.sign(token, kind, pem, flags=["-r"], check=False)
                        self.assertEqual(unverified.returncode == 0, protect == "1")

    def test_protected_key_handle_needs_the_pin(self):
        with sk.folder() as folder, sk.Softkey(folder, pin=PIN) as token:
            files = Files(folder)
            identity, pem = files.make(token, "es256", ["-v", "-c", "3"], PIN)
            refused = files.sign(token, "es256", pem, identity, check=False)
            self.assertIn("FIDO_ERR_NO_CREDENTIALS", refused.shown)
            files.sign(token, "es256", pem, identity, flags=["-v"], pin=PIN)

    def test_a_bad_signature_is_noticed(self):
        with sk.folder() as folder, sk.Softkey(folder) as token:
            files = Files(folder)
            identity, pem = files.make(token, "es256")
            token.stop()
            with sk.Softkey(folder, "--misbehave", "bad-signature") as liar:
                self.assertNotEqual(files.sign(liar, "es256", pem, identity, check=False).returncode, 0)
            with sk.Softkey(folder, "--misbehave", "wrong-rpid-hash") as liar:
                self.assertNotEqual(files.sign(liar, "es256", pem, identity, check=False).returncode, 0)
            with sk.Softkey(folder) as honest:
                files.sign(honest, "es256", pem, identity)

    def test_built_in_verification(self):
        with sk.folder() as folder, sk.Softkey(folder, "--uv") as token:
            files = Files(folder)
            _, pem = files.make(token, "es256", ["-r", "-v", "-c", "3"])
            files.sign(token, "es256", pem, flags=["-r", "-t", "uv=true"], verify=["-p", "-v"])
            self.assertEqual([r["sub"] for r in token.requests() if r["sub"].startswith("getToken")],
                             ["getTokenUsingUv"] * 2)


class U2f(unittest.TestCase):
    def test_made_verified_and_used(self):
        # A token of both kinds is spoken to as a U2F token when -u says so.
        for version in ("u2f", "2.1"):
            with self.subTest(version=version), sk.folder() as folder, sk.Softkey(folder, "--ctap", version) as token:
                files = Files(folder)
                identity, pem = files.make(token, "es256", ["-u"])
                files.sign(token, "es256", pem, identity, flags=["-u"])
                self.assertEqual({request["ctap"] for request in token.requests()} - {"-", "getInfo"},
                                 {"REGISTER", "AUTHENTICATE"})
                refused = files.sign(token, "es256", pem, identity, flags=["-u", "-t", "up=false"], check=False)
                self.assertIn("FIDO_ERR_USER_PRESENCE_REQUIRED", refused.shown)
                self.assertEqual(token.requests()[-1]["sub"], "check-only")
                strange = files.sign(token, "es256", pem, b64(os.urandom(63)), flags=["-u"], check=False)
                self.assertIn("FIDO_ERR_NO_CREDENTIALS", strange.shown)

    def test_a_key_made_one_way_is_used_the_other(self):
        for made, used in ((["-u"], []), ([], ["-u"])):
            with self.subTest(made=made), sk.folder() as folder, sk.Softkey(folder) as token:
                files = Files(folder)
                identity, pem = files.make(token, "es256", made)
                files.sign(token, "es256", pem, identity, flags=used)

    def test_a_bad_attestation_is_noticed(self):
        for lie, noticed in (("bad-signature", "FIDO_ERR_INVALID_SIG"), ("garbage-certificate", "FIDO_ERR_RX")):
            with self.subTest(lie), sk.folder() as folder, sk.Softkey(folder, "--ctap", "u2f", "--misbehave", lie) as token:
                with self.assertRaisesRegex(AssertionError, noticed):
                    Files(folder).make(token, "es256", ["-u"])


class Token(unittest.TestCase):
    def test_information(self):
        with sk.folder() as folder, sk.Softkey(folder) as token:
            shown = sk.run("fido2-token", "-I", token.link).stdout
            for expected in ("caps: 0x05 (wink, cbor, msg)", "U2F_V2, FIDO_2_0, FIDO_2_1_PRE, FIDO_2_1", "credProtect, hmac-secret",
                             "es256 (public-key), eddsa (public-key)", "noclientPin", "pin protocols: 2, 1",
                             "pin retries: 8", "remaining rk(s): 25"):
                self.assertIn(expected, shown)
        for options, capabilities in ((["--ctap", "u2f"], "caps: 0x01 (wink, nocbor, msg)"),
                                      (["--always-uv"], "caps: 0x0d (wink, cbor, nomsg)")):
            with sk.folder() as folder, sk.Softkey(folder, *options) as token:
                shown = sk.run("fido2-token", "-I", token.link).stdout
                self.assertIn(capabilities, shown)
                self.assertNotIn("U2F_V2", shown)
        with sk.folder() as folder, sk.Softkey(folder, "--ctap", "2.0", "--uv", pin=PIN) as token:
            shown = sk.run("fido2-token", "-I", token.link).stdout
            self.assertNotIn("FIDO_2_1,", shown)
            self.assertRegex(shown, r"options: .*\bclientPin\b")
            self.assertRegex(shown, r"options: .*\buv\b")
            self.assertIn("pin protocols: 1\n", shown)

    def test_set_and_change_pin(self):
        for version in ("2.0", "2.1"):
            with self.subTest(version=version), sk.folder() as folder, sk.Softkey(folder, "--ctap", version) as token:
                sk.on_terminal(["fido2-token", "-S", token.link], [("Enter new PIN", PIN), ("again", PIN)])
                sk.on_terminal(["fido2-token", "-C", token.link],
                               [("Enter current PIN", PIN), ("Enter new PIN", NEW_PIN), ("again", NEW_PIN)])
                wrong = sk.on_terminal(["fido2-token", "-L", "-r", token.link], [(ASK, PIN)], check=False)
                self.assertNotEqual(wrong.returncode, 0)
                self.assertIn("pin retries: 7", sk.run("fido2-token", "-I", token.link).stdout)
                files = Files(folder)
                files.make(token, "es256", ["-r", "-v"], NEW_PIN, asked=version != "2.0")
                self.assertIn("pin retries: 8", sk.run("fido2-token", "-I", token.link).stdout)

    def test_list_update_and_delete_residents(self):
        for version in ("2.0", "2.1"):
            with self.subTest(version=version), sk.folder() as folder, \
                    sk.Softkey(folder, "--ctap", version, pin=PIN) as token:
                first = Files(folder, "ssh:one", b"anna")
                identity, _ = first.make(token, "es256", ["-r"], PIN)
                Files(folder, "ssh:one", b"berta").make(token, "eddsa", ["-r", "-c", "2"], PIN)
                Files(folder, "ssh:two", b"anna").make(token, "es256", ["-r"], PIN)
                shown = sk.on_terminal(["fido2-token", "-L", "-r", token.link], [(ASK, PIN)]).shown
                self.assertEqual(sorted(line.split()[-1] for line in shown.splitlines() if line[:1] == "0"),
                                 ["ssh:one", "ssh:two"])
                shown = sk.on_terminal(["fido2-token", "-L", "-k", "ssh:one", token.link], [(ASK, PIN)]).shown
                self.assertIn(identity, shown)
                self.assertRegex(shown, r"es256 uvopt")
                self.assertRegex(shown, r"eddsa uvopt\+id")
                shown = sk.on_terminal(["fido2-token", "-I", "-c", token.link], [(ASK, PIN)]).shown
                self.assertIn("existing rk(s): 3", shown)
                self.assertIn("remaining rk(s): 22", shown)
                sk.on_terminal(["fido2-token", "-D", "-i", identity, token.link], [(ASK, PIN)])
                shown = sk.on_terminal(["fido2-token", "-L", "-k", "ssh:one", token.link], [(ASK, PIN)]).shown
                self.assertNotIn(identity, shown)
                gone = sk.on_terminal(["fido2-token", "-D", "-i", identity, token.link], [(ASK, PIN)], check=False)
                self.assertNotEqual(gone.returncode, 0)

    def test_preview_command_alone_or_missing(self):
        with sk.folder() as folder:
            with sk.Softkey(folder, pin=PIN) as token:
                Files(folder).make(token, "es256", ["-r"], PIN)
            with sk.Softkey(folder, "--misbehave", "credmgmt-only-41") as token:
                sk.on_terminal(["fido2-token", "-L", "-r", token.link], [(ASK, PIN)])
            # libfido2 1.12 sends nothing but the preview command: such a token is closed to it, and open to 1.15.
            with sk.Softkey(folder, "--misbehave", "credmgmt-only-0a") as token:
                done = sk.on_terminal(["fido2-token", "-L", "-r", token.link], [(ASK, PIN)], check=False)
                self.assertEqual(done.returncode == 0, "ssh:" in done.shown)

    def test_reset_erases(self):
        with sk.folder() as folder, sk.Softkey(folder, pin=PIN) as token:
            files = Files(folder)
            identity, pem = files.make(token, "es256", ["-v"], PIN)
            sk.on_terminal(["fido2-token", "-R", token.link], [])
            self.assertIn("noclientPin", sk.run("fido2-token", "-I", token.link).stdout)
            self.assertNotEqual(files.sign(token, "es256", pem, identity, check=False).returncode, 0)


if __name__ == "__main__":
    sk.main()
