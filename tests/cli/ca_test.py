"""halligan ca init and export: what is written, what is on the token, what is refused."""

import base64
import hashlib
import json
import stat
import struct

import harness
from harness import paths
from world import APPLICATION, PIN, World, key_pair, requests


class Init(World):
    def test_ssh_keygen_takes_the_files(self):
        for kind, label in (("ecdsa-sk", "ECDSA-SK"), ("ed25519-sk", "ED25519-SK")):
            with self.subTest(kind):
                token = self.token(kind)
                ca = self.make_ca(token, "-t", kind, "-C", f"CA {kind}", folder=f"ca-{kind}")
                shown = self.work.run("ssh-keygen", "-l", "-f", ca.with_name("ca.pub")).expect(out=f"({label})").out
                self.assertIn(f"CA {kind}", shown)
                # ssh-keygen reads the public half out of the handle file, which the .pub beside it must not answer for.
                alone = self.work.path(f"alone-{kind}")
                alone.write_bytes(ca.read_bytes())
                alone.chmod(0o600)
                public = self.work.run("ssh-keygen", "-y", "-f", alone).expect().out.split()[:2]
                self.assertEqual(public, ca.with_name("ca.pub").read_text().split()[:2])

    def test_ssh_keygen_signs_with_the_handle(self):
        token = self.token()
        ca = self.make_ca(token)
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "user").expect()
        self.work.run("ssh-keygen", "-q", "-s", ca, "-I", "x", "-n", "root", "-V", "+5m", "user.pub", env=token.env).expect()
        self.work.run("ssh-keygen", "-L", "-f", "user-cert.pub").expect(out="Signing CA: ECDSA-SK")

    def test_the_report_as_json_is_one_line_and_what_ca_json_says(self):
        token = self.token()
        folder = self.work.path("ca")
        folder.mkdir()
        for command in (["init", "-C", "émile"], ["export", "--force"]):
            with self.subTest(command):
                out = self.halligan(token, "ca", *command, "-d", folder, "--json").expect().out
                self.assertEqual((out.count("\n"), out.isascii()), (1, True))
                self.assertEqual(json.loads(out), json.loads((folder / "ca.json").read_text()))
        self.assertGreater((folder / "ca.json").read_text().count("\n"), 5)

    def test_modes_and_one_touch(self):
        token = self.token()
        ca = self.make_ca(token)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in ca.parent.iterdir()}
        self.assertEqual(modes, {"ca": 0o600, "ca.pub": 0o644, "ca.json": 0o644, "ca.attestation": 0o644})
        self.assertEqual(requests(token).count("makeCredential"), 1)

    def test_the_description_tells_the_truth(self):
        token = self.token()
        ca = self.make_ca(token, "-C", "token A", "--verify-required")
        described = json.loads(ca.with_name("ca.json").read_text())
        self.assertEqual(described["public_key"], ca.with_name("ca.pub").read_text().strip())
        self.assertEqual(described["application"], APPLICATION)
        self.assertEqual(described["comment"], "token A")
        self.assertIs(described["verify_required"], True)
        shown = self.work.run("ssh-keygen", "-l", "-f", ca.with_name("ca.pub")).expect().out
        self.assertIn(described["fingerprint"], shown)

    def test_the_attestation_is_openssh_s_and_verifies(self):
        token = self.token()
        ca = self.make_ca(token)
        blob = ca.with_name("ca.attestation").read_bytes()
        parts = []
        rest = blob
        for _ in range(4):
            size, = struct.unpack(">I", rest[:4])
            parts.append(rest[4:4 + size])
            rest = rest[4 + size:]
        self.assertEqual(parts[0], b"ssh-sk-attest-v01")
        self.assertEqual(rest, struct.pack(">II", 0, 0))
        # fido2-cred is the judge: client data hash, application, authenticator data, credential id, signature, certificate.
        challenge = base64.b64decode(json.loads(ca.with_name("ca.json").read_text())["attestation_challenge"])
        handle_id = self.credential_id(parts[3])
        lines = [hashlib.sha256(challenge).digest(), APPLICATION.encode(), parts[3], handle_id, parts[2], parts[1]]
        text = "\n".join(line.decode() if i == 1 else base64.b64encode(line).decode()
                         for i, line in enumerate(lines[:2])) + "\npacked\n"
        text += "".join(base64.b64encode(line).decode() + "\n" for line in lines[2:])
        self.work.write("attestation.txt", text)
        self.work.run("fido2-cred", "-V", "-c", "2", "-i", "attestation.txt", "es256").expect(out="BEGIN PUBLIC KEY")
        spoilt = text.replace(base64.b64encode(lines[0]).decode(), base64.b64encode(bytes(32)).decode())
        self.work.write("spoilt.txt", spoilt)
        self.assertNotEqual(self.work.run("fido2-cred", "-V", "-c", "2", "-i", "spoilt.txt", "es256").status, 0)

    @staticmethod
    def credential_id(cbor_auth_data: bytes) -> bytes:
        """WebAuthn 6.1: 37 bytes, AAGUID, u16 length, credential id; behind CBOR's byte string head."""
        head = {0x58: 2, 0x59: 3}[cbor_auth_data[0]]
        data = cbor_auth_data[head:]
        size, = struct.unpack(">H", data[53:55])
        return data[55:55 + size]

    def test_nothing_is_overwritten_and_nothing_is_asked_of_the_token(self):
        token = self.token()
        ca = self.make_ca(token)
        before = {path: path.read_bytes() for path in ca.parent.iterdir()}
        asked = len(token.records())
        self.halligan(token, "ca", "init", "-d", ca.parent).expect(3, err="ca exists")
        self.assertEqual(len(token.records()), asked)
        self.assertEqual({path: path.read_bytes() for path in ca.parent.iterdir()}, before)

    def test_the_ca_on_the_token_is_not_overwritten_either(self):
        token = self.token()
        ca = self.make_ca(token)
        second = self.work.path("second")
        second.mkdir()
        self.halligan(token, "ca", "init", "-d", second).expect(3, err="already holds a resident key for ssh:emergency-ca")
        self.assertEqual(list(second.iterdir()), [])
        self.mint(token, ca).expect()
        self.halligan(token, "ca", "init", "-d", second, "--force", "--yes").expect(err="already holds a resident key for ssh:emergency-ca")
        self.mint(token, ca, file="late").expect(4, err="does not hold this key")

    def test_a_ca_on_the_token_is_destroyed_only_by_a_word_that_is_typed(self):
        token = self.token()
        ca = self.make_ca(token, "-C", "token A, 2026")
        again = ("ca", "init", "-d", ca.parent)
        self.halligan(token, *again).expect(3, err="--force would also destroy this CA on the token")
        fingerprint = json.loads(ca.with_name("ca.json").read_text())["fingerprint"]
        before = {path: path.read_bytes() for path in ca.parent.iterdir()}
        self.halligan(token, *again, "--force").expect(5, err="--yes")
        for answer in ("y", "delete"):
            done = self.work.converse(paths.HALLIGAN, *again, "--force", env=token.env,
                                      answers=[("PIN of the token: ", PIN), ("Type DELETE to continue: ", answer)])
            done.expect(1, out="nothing was changed")
            for words in ("no user", "token A, 2026", fingerprint, "lost for good"):
                self.assertIn(words, done.out)
        self.assertEqual({path: path.read_bytes() for path in ca.parent.iterdir()}, before)
        self.assertEqual(requests(token).count("makeCredential"), 1)
        # Only what was shown is destroyed: meanwhile another CA has taken its place.
        other = self.work.path("other")
        other.mkdir()
        with self.work.terminal(paths.HALLIGAN, *again, "--force", env=token.env) as terminal:
            terminal.expect("PIN of the token: ")
            terminal.type(f"{PIN}\n")
            terminal.expect("Type DELETE to continue: ")
            self.halligan(token, "ca", "init", "-d", other, "-C", "meanwhile", "--force", "--yes").expect()
            terminal.type("DELETE\n")
            terminal.expect("meanwhile(?s:.)*Type DELETE to continue: ")
            terminal.type("no\n")
            self.assertEqual(terminal.wait(10).status, 1)
        self.mint(token, other / "ca", file="by-other").expect()
        self.work.converse(paths.HALLIGAN, *again, "--force", env=token.env,
                           answers=[("PIN of the token: ", PIN), ("Type DELETE to continue: ", "DELETE")]).expect()
        self.assertNotEqual(json.loads(ca.with_name("ca.json").read_text())["fingerprint"], fingerprint)
        self.mint(token, ca, file="second").expect()
        self.mint(token, other / "ca", file="late").expect(4, err="does not hold this key")
        # Nothing is asked where nothing is lost.
        empty = self.token("empty")
        self.halligan(empty, *again, "--force").expect()

    def test_a_name_with_a_blank_at_its_edge_opens_nothing_and_is_refused(self):
        token = self.token()
        ca = self.make_ca(token)
        asked = len(token.records())
        done = self.mint(token, ca, "-n", "db, admin").expect(3, err='principal " admin" begins with a blank')
        self.assertIn("  -n root,db,admin\n", done.err)
        self.assertEqual(len(token.records()), asked)
        # Others make such certificates, and they are shown.
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "other").expect()
        self.work.run("ssh-keygen", "-q", "-s", "other", "-I", "x", "-n", "root, admin", "other.pub").expect()
        self.assertEqual(self.inspect("other-cert.pub")["principals"], ["root", " admin"])

    def test_two_users_of_one_application(self):
        token = self.token()
        first = self.make_ca(token, "--user", "a", folder="first")
        second = self.make_ca(token, "--user", "b", folder="second")
        self.assertNotEqual(first.with_name("ca.pub").read_text(), second.with_name("ca.pub").read_text())
        found = self.work.path("found")
        found.mkdir()
        self.halligan(token, "ca", "export", "-d", found).expect(3, err="choose one with --user")
        self.halligan(token, "ca", "export", "-d", found, "--user", "c").expect(4, err='ssh:emergency-ca with user "c"')
        self.halligan(token, "ca", "export", "-d", found, "--user", "b").expect()
        self.assertEqual((found / "ca.pub").read_text(), second.with_name("ca.pub").read_text())

    def test_what_cannot_be_is_said(self):
        token = self.token()
        rows = [
            (["-d", self.work.path("nowhere")], 4, "create the folder: mkdir"),
            (["--application", "webauthn.example"], 2, "does not begin with \"ssh:\""),
            (["-t", "rsa"], 2, "-t"),
            (["--user", "u" * 32], 3, "longer than 31 bytes"),
        ]
        for arguments, status, message in rows:
            with self.subTest(arguments):
                self.halligan(token, "ca", "init", *arguments).expect(status, err=message)
        self.assertNotIn("makeCredential", requests(token))

    def test_a_token_without_a_pin_cannot_be_a_ca_that_is_found_again(self):
        token = self.token(pin=None)
        folder = self.work.path("ca")
        folder.mkdir()
        self.halligan(token, "ca", "export", "-d", folder).expect(3, err="no PIN is set on the token")
        self.assertEqual(list(folder.iterdir()), [])
        made = self.halligan(token, "ca", "init", "-d", folder).expect(err="halligan token pin set").err
        self.assertIn(f"no PIN is set on this token: only the file {folder}/ca can use this CA", made)
        self.mint(token, folder / "ca").expect()
        second = self.work.path("second")
        second.mkdir()
        self.assertNotIn("only the file", self.halligan(self.token("with-pin"), "ca", "init", "-d", second).expect().err)

    def test_a_ca_that_a_token_without_a_pin_does_not_show_is_not_replaced(self):
        token = self.token(pin=None)
        first = self.make_ca(token, folder="first")
        second = self.make_ca(token, "--force", folder="second")
        self.mint(token, first, file="by-first").expect()
        self.mint(token, second, file="by-second").expect()
        self.halligan(token, "ca", "init", "-d", self.work.root, "--user", "u" * 16).expect(3, err="longer than 15 bytes")
        # Once it has a PIN both are seen, told apart by their user ids, and neither is replaced without a choice.
        self.halligan(token, "token", "pin", "set").expect()
        third = self.work.path("third")
        third.mkdir()
        for force in ((), ("--force", "--yes")):
            refused = self.halligan(token, "ca", "init", "-d", third, *force).expect(3, err="2 resident keys of this user for ssh:emergency-ca")
            self.assertIn("choose another user, or delete a key with: halligan token keys delete", refused.err)
        listed = json.loads(self.halligan(token, "token", "keys", "list", "--json").expect().out)["keys"]
        self.assertEqual([key["user"] for key in listed], ["", ""])
        found = self.halligan(token, "ca", "export", "-d", third).expect(3, err="choose one with --user").err
        public = {}
        for key in listed:
            self.assertRegex(key["user_id"], "^0{32}[0-9a-f]{32}$")
            self.assertIn(key["user_id"], found)
            self.halligan(token, "ca", "export", "-d", third, "--force", "--user", key["user_id"]).expect()
            public[key["user_id"]] = (third / "ca.pub").read_text().split()[1]
        self.assertEqual(set(public.values()), {ca.with_name("ca.pub").read_text().split()[1] for ca in (first, second)})
        # One left: now it is clear what --force destroys.
        of_first = next(user for user, key in public.items() if key == first.with_name("ca.pub").read_text().split()[1])
        self.halligan(token, "token", "keys", "delete", "ssh:emergency-ca", "--user", of_first, "--yes").expect()
        self.work.run("ssh-keygen", "-K", "-N", "", env={**token.env, **self.work.askpass(PIN).env}).expect()
        self.assertEqual(self.work.path("id_ecdsa_sk_rk_emergency-ca_.pub").read_text().split()[1],
                         second.with_name("ca.pub").read_text().split()[1])
        self.mint(token, second, "--force", file="by-second").expect()
        self.halligan(token, "ca", "init", "-d", third, "--force", "--yes").expect(err="already holds a resident key for ssh:emergency-ca")
        self.mint(token, second, file="late").expect(4, err="does not hold this key")
        self.mint(token, third / "ca", file="by-third").expect()
        self.assertEqual(len(json.loads(self.halligan(token, "token", "keys", "list", "--json").expect().out)["keys"]), 1)

    def test_a_pin_that_cannot_be_right_costs_no_try(self):
        token = self.token()
        tries = lambda: json.loads(self.halligan(token, "token", "pin", "status", "--json").expect().out)["tries_left"]
        before = tries()
        init = ("ca", "init", "-d", self.work.root)
        for pin, why in (("11", "too short"), ("äöü", "too short"), ("1" * 64, "too long")):
            self.halligan(token, *init, pin=pin).expect(5, err=why)
            given = self.work.write("pin", pin)
            self.work.run("sh", "-c", 'exec "$0" "$@" --pin-fd 3 3<"$PIN_FILE"', paths.HALLIGAN, *init,
                          env={**token.env, "PIN_FILE": given}).expect(5, err=why)
            self.work.run("sh", "-c", 'exec "$0" token pin change --pin-fd 3 --new-pin-fd 4 3<"$PIN_FILE" 4<"$PIN_FILE"',
                          paths.HALLIGAN, env={**token.env, "PIN_FILE": given}).expect(5, err=why)
        self.assertEqual(tries(), before)
        self.work.converse(paths.HALLIGAN, *init, env=token.env,
                           answers=[("PIN of the token: ", "11"), ("too short(?s:.)*PIN of the token: ", PIN)]).expect()
        self.assertEqual(tries(), before)


class Export(World):
    def test_everything_again_from_the_token_alone(self):
        token = self.token()
        ca = self.make_ca(token, "-C", "token A, safe 1")
        token.replug()
        again = self.work.path("again")
        again.mkdir()
        self.halligan(token, "ca", "export", "-d", again).expect(out="token A, safe 1")
        self.assertEqual((again / "ca.pub").read_bytes(), ca.with_name("ca.pub").read_bytes())
        self.mint(token, again / "ca").expect()

    def test_over_its_own_files_what_only_its_making_told_stays(self):
        token = self.token()
        notes = self.make_ca(token).with_name("ca.json")
        before = json.loads(notes.read_text())
        self.assertLess({"created", "counter", "attestation", "attestation_challenge"}, set(before))
        # The token alone says which policy it is bound to, here none.
        notes.write_text(json.dumps({**before, "policy_sha256": "00" * 32, "note": "of somebody"}))
        self.halligan(token, "ca", "export", "-d", notes.parent, "--force").expect()
        self.assertEqual(json.loads(notes.read_text()), before)
        other = self.work.path("other")
        other.mkdir()
        for text in (json.dumps({**before, "public_key": harness.public_part(key_pair(self.work, "other-key"))}), "{", "[]"):
            with self.subTest(text):
                (other / "ca.json").write_text(text)
                self.halligan(token, "ca", "export", "-d", other, "--force").expect()
                self.assertEqual({name: value for name, value in before.items() if name in json.loads((other / "ca.json").read_text())},
                                 json.loads((other / "ca.json").read_text()))
                self.assertNotIn("attestation_challenge", (other / "ca.json").read_text())

    def test_a_ca_that_wants_its_pin_comes_back_as_one(self):
        token = self.token()
        self.make_ca(token, "--verify-required")
        again = self.work.path("again")
        again.mkdir()
        self.halligan(token, "ca", "export", "-d", again).expect(out="touch and PIN")
        self.mint(token, again / "ca").expect()
        self.assertIs(self.inspect("emergency-cert.pub")["signature"]["user_verified"], True)

    def test_ssh_keygen_finds_it_too(self):
        token = self.token()
        ca = self.make_ca(token)
        self.work.run("ssh-keygen", "-K", "-N", "", env={**token.env, **self.work.askpass(PIN).env}).expect()
        downloaded = self.work.path("id_ecdsa_sk_rk_emergency-ca.pub").read_text().split()[:2]
        self.assertEqual(downloaded, ca.with_name("ca.pub").read_text().split()[:2])

    def test_an_empty_token(self):
        token = self.token()
        self.halligan(token, "ca", "export").expect(4, err="the token holds no key for ssh:emergency-ca")


if __name__ == "__main__":
    harness.main()
