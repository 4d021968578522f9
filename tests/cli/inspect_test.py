"""halligan inspect: what it shows, what it refuses, and that nothing it shows can play with a terminal."""

import base64
import json

import harness
from harness import paths
from world import World


class Inspect(World):
    def certificate(self, *arguments, name: str = "user") -> str:
        """A certificate by ssh-keygen under a software CA."""
        for key in ("software-ca", name):
            if not self.work.path(key).exists():
                self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).expect()
        self.work.run("ssh-keygen", "-q", "-s", "software-ca", *arguments, f"{name}.pub").expect()
        return f"{name}-cert.pub"

    def test_a_plain_certificate_of_ssh_keygen_with_its_weaknesses(self):
        shown = self.inspect(self.certificate("-I", "x"))
        codes = {finding["code"] for finding in shown["findings"]}
        self.assertLessEqual({"serial-zero", "principals-none", "validity-unbounded"}, codes)
        self.assertEqual(shown["valid_to"], "forever")

    def test_states(self):
        rows = [("+3630s", "valid now, 60 min left", True), ("20200101:20200102", "expired", False),
                ("20900101:20910101", "not yet valid", False)]
        for validity, words, now in rows:
            with self.subTest(validity):
                file = self.certificate("-I", "x", "-n", "root", "-z", "1", "-V", validity)
                self.halligan(None, "inspect", file).expect(0, out=words)
                self.assertIs(self.inspect(file)["valid_now"], now)

    def test_a_bad_signature_is_a_no(self):
        file = self.work.path(self.certificate("-I", "x", "-n", "root", "-V", "+1h"))
        kind, blob, comment = file.read_text().split(" ", 2)
        swapped = "B" if blob[-10] != "B" else "C"
        file.write_text(f"{kind} {blob[:-10]}{swapped}{blob[-9:]} {comment}")
        self.halligan(None, "inspect", file).expect(1, out="BAD: ")
        done = self.halligan(None, "inspect", "--json", file).expect(1)
        self.assertIs(json.loads(done.out)["signature"]["valid"], False)
        self.assertIs(json.loads(done.out)["valid_now"], False)

    def test_a_signature_with_sha1_is_looked_at(self):
        for key in (["ca-rsa", "rsa", "-b", "2048"], ["user", "ed25519"]):
            self.work.run("ssh-keygen", "-q", "-t", *key[1:], "-N", "", "-f", key[0]).expect()
        self.work.run("ssh-keygen", "-q", "-s", "ca-rsa", "-t", "ssh-rsa", "-I", "old", "-n", "oldest", "-V", "+1h", "user.pub").expect()
        genuine = self.work.path("user-cert.pub").read_text().split()
        changed = base64.b64encode(base64.b64decode(genuine[1]).replace(b"oldest", b"newest")).decode()
        self.work.write("forged-cert.pub", f"{genuine[0]} {changed}\n")
        for file, words in (("user-cert.pub", "the signature itself verifies"), ("forged-cert.pub", "the signature itself does not verify")):
            with self.subTest(file):
                done = self.halligan(None, "inspect", file, pin=None).expect(1)
                self.assertIn(f"Signature   BAD: made with SHA-1, refused by OpenSSH since 8.8; {words}\n", done.out)
                self.assertIn("State       not valid: its signature is not good\n", done.out)

    def test_secrets_of_unknown_formats_are_not_shown(self):
        secret = "AGE-SECRET-KEY-1" + "Q" * 58
        self.work.write("id.age", f"# created: today\n{secret}\n")
        self.work.write("ssh2", '---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: "x"\n' + "P2/56wAAA" * 7 + "\n---- END SSH2 ENCRYPTED PRIVATE KEY ----\n")
        for file, hidden in (("id.age", secret[:24]), ("ssh2", "P2/56wAAA")):
            for json_too in ([], ["--json"]):
                with self.subTest(file=file, json=json_too):
                    done = self.halligan(None, "inspect", *json_too, file, pin=None).expect(3)
                    self.assertNotIn(hidden, done.out + done.err)

    def test_many_from_standard_input(self):
        lines = b"# a comment\n\n"
        for i in range(3):
            lines += self.work.path(self.certificate("-I", f"id {i}", "-n", "root", "-V", "+1h", name=f"u{i}")).read_bytes()
            lines += self.work.path(f"u{i}.pub").read_bytes()
        out = self.halligan(None, "inspect", "--json", "-", stdin=lines).expect().out
        kinds = [json.loads(line)["kind"] for line in out.splitlines()]
        self.assertEqual(kinds, ["certificate", "public_key"] * 3)

    def test_nothing_in_a_certificate_reaches_the_terminal_raw(self):
        file = self.certificate("-I", "\x1b[2Jowned\x9b31m\n", "-n", "ro\x1bot", "-O", "force-command=\x1b]0;title\x07", "-V", "+1h")
        done = self.halligan(None, "inspect", file).expect(0, out="\\x1b[2Jowned")
        self.assertNotIn("\x1b", done.out)
        self.assertNotIn("\x9b", done.out)
        self.assertNotIn(b"\x1b", self.halligan(None, "inspect", "--json", file).expect().raw)

    def test_nothing_that_is_not_drawn_comes_out(self):
        """One of each kind: C0, delete, C1, bidirectional, separators, zero width, filler, selector, tag, not UTF-8."""
        kinds = ["\x1b", "\n", "\x7f", "\x9b", "\u202e", "\u2066", "\u200f", "\u061c", "\u2028", "\u2029", "\u00ad", "\u034f", "\u200b",
                 "\u2060", "\ufeff", "\u3164", "\u180e", "\ufe0f", "\U000e0041", "\U000e0100", "\udc9b"]
        text = "a".join(["", *kinds, ""])
        self.certificate("-I", "x")
        public = self.work.path("user.pub").read_bytes().rstrip(b"\n")
        comment = text.replace("\n", "").encode("utf-8", "surrogateescape")
        self.work.path("user.pub").write_bytes(public.rsplit(b" ", 1)[0] + b" " + comment + b"\n")
        file = self.certificate("-I", text, "-n", f"root,{text}", "-O", f"critical:n{text}={text}", "-O", f"extension:n{text}={text}", "-V", "+1h")
        for name in (file, "user.pub"):
            shown = self.halligan(None, "inspect", name).expect(0, out="a\\x1ba" if name == file else "\\xe2\\x80\\xae").raw
            checked = self.halligan(None, "inspect", "--check", name).expect(1 if name == file else 0).raw
            for character in kinds:
                if character != "\n":
                    self.assertNotIn(character.encode("utf-8", "surrogateescape"), shown + checked, ascii(character))
            data = self.halligan(None, "inspect", "--json", name).expect().raw
            self.assertTrue(all(0x20 <= byte < 0x7F for byte in data[:-1]))
            self.assertTrue(json.loads(data))

    def test_texts_that_are_escaped_alike_are_told_apart_in_json(self):
        raw, literal = "bad\udcff", "bad\\xff"  # the byte ff, and a backslash with three letters
        shown = {text: self.inspect(self.certificate("-I", text, "-n", f"root,{text}", "-O", f"force-command={text}", "-V", "+1h"))
                 for text in (raw, literal)}
        self.assertEqual({each["key_id"] for each in shown.values()}, {literal})
        self.assertEqual(shown[raw]["key_id_hex"], b"bad\xff".hex())
        self.assertEqual(shown[raw]["principals_hex"], [b"root".hex(), b"bad\xff".hex()])
        self.assertEqual(shown[raw]["critical_options"], [{"name": "force-command", "value": literal, "value_hex": b"bad\xff".hex()}])
        self.assertNotIn("_hex", json.dumps(shown[literal]))
        self.work.path("spec").write_bytes(b"id: bad\xff\nid: root\n")
        self.work.run("ssh-keygen", "-q", "-k", "-f", "krl", "-s", "none", "spec").expect()
        self.assertEqual(self.inspect("krl")["certificates"][0]["key_ids_hex"], [b"bad\xff".hex(), b"root".hex()])

    def test_private_keys_show_their_public_half_only(self):
        self.certificate("-I", "x")
        secret = self.work.path("user").read_text().splitlines()[2]
        done = self.halligan(None, "inspect", "user").expect(0, out="ED25519 SHA256:")
        self.assertNotIn(secret, done.out)

    def test_what_it_cannot_show_is_said(self):
        rows = [("junk", "hello world\n", 3, "line 1"), ("empty", "", 3, "no certificate and no key in it"),
                ("half", "ssh-ed25519 AAAA\n", 3, "line 1")]
        for name, text, status, message in rows:
            with self.subTest(name):
                self.halligan(None, "inspect", self.work.write(name, text)).expect(status, err=message)
        self.halligan(None, "inspect", "none").expect(4, err="none")
        self.halligan(None, "inspect", self.work.home).expect(3)
        self.work.run("sh", "-c", f"{paths.HALLIGAN} inspect user >/dev/full").expect_failure("user")


if __name__ == "__main__":
    harness.main()
