"""Keys in other programs' formats, made by openssl, ssh-keygen and by hand, wherever halligan takes a key."""

import base64
import pathlib
import struct

import harness
from software_ca import SoftwareCa
from world import key_pair

PRIVATE = [("rsa", "-m", "PEM"), ("rsa", "-m", "PKCS8"), ("ecdsa", "-m", "PEM"), ("ecdsa", "-m", "PKCS8"), ("ed25519", "-m", "PKCS8")]
GROUPS = ("P-256", "P-384", "P-521")


def field(*values: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(value)) + value for value in values)


class Foreign(SoftwareCa):
    def fingerprint(self, file) -> str:
        return self.work.run("ssh-keygen", "-l", "-f", file).expect().out.split()[1]

    def openssl(self, *arguments) -> None:
        self.work.run("openssl", *arguments).expect()

    def private(self, number: int) -> pathlib.Path:
        """A key of each format, as ssh-keygen and openssl write it; its public half beside it."""
        key = self.work.path(f"key{number}")
        if number < len(PRIVATE):
            kind, *form = PRIVATE[number]
            if kind == "ed25519":  # which ssh-keygen never writes in PKCS#8, and reads since 9.6
                self.openssl("genpkey", "-algorithm", kind, "-out", key)
                key.chmod(0o600)
                point = self.work.run("openssl", "pkey", "-in", key, "-pubout", "-outform", "DER").expect().raw[-32:]
                blob = base64.b64encode(field(b"ssh-ed25519", point)).decode()
                self.work.write(f"key{number}.pub", f"ssh-ed25519 {blob}\n")
            else:
                self.work.run("ssh-keygen", "-q", "-t", kind, *form, "-N", "", "-f", key).expect()
            return key
        group = GROUPS[number - len(PRIVATE)]
        # with its curve in front, and lines that end in CR LF
        self.openssl("ecparam", "-name", {"P-256": "prime256v1", "P-384": "secp384r1", "P-521": "secp521r1"}[group], "-genkey",
                     "-out", key)
        key.write_bytes(key.read_bytes().replace(b"\n", b"\r\n"))
        key.chmod(0o600)
        self.work.write(f"key{number}.pub", self.work.run("ssh-keygen", "-y", "-f", key).expect().out)
        return key

    def test_a_private_key_of_every_format_is_shown_and_signs(self):
        for number in range(len(PRIVATE) + len(GROUPS)):
            key = self.private(number)
            with self.subTest(key.read_text().splitlines()[0], number=number):
                listed = self.fingerprint(f"{key}.pub")
                self.assertEqual(self.inspect(key)["key"]["fingerprint"], listed)
                self.halligan(None, "mint", "--ca", key, "--no-ledger", "-I", "x", "-n", "root", "-o", f"new{number}").expect()
                self.assertIn(listed, self.work.run("ssh-keygen", "-L", "-f", f"new{number}-cert.pub").expect().out)
                asked = self.halligan(None, "request", "--key", key, "-n", "root", "-I", "x").expect().out
                shown = self.work.write(f"request{number}", asked)
                self.assertEqual(self.inspect(shown)["key"]["fingerprint"], listed)

    def test_a_public_key_of_every_format_is_shown_certified_and_trusted(self):
        key_pair(self.work, "software-ca")
        for number in range(len(PRIVATE)):
            key = self.private(number)
            listed = self.fingerprint(f"{key}.pub")
            forms = ["RFC4716", "PKCS8"] + (["PEM"] if PRIVATE[number][0] == "rsa" else [])
            for form in forms:
                if form != "RFC4716" and PRIVATE[number][0] == "ed25519":
                    exported = self.work.path(f"{form}-{number}")
                    self.openssl("pkey", "-in", key, "-pubout", "-out", exported)
                else:
                    exported = self.work.write(f"{form}-{number}", self.work.run("ssh-keygen", "-e", "-m", form, "-f", f"{key}.pub")
                                               .expect().out)
                with self.subTest(form, kind=PRIVATE[number]):
                    self.assertEqual(self.inspect(exported)["key"]["fingerprint"], listed)
                    self.halligan(None, "sign", "--ca", "software-ca", "--no-ledger", "-I", "x", "-n", "root", exported).expect()
                    self.assertIn(listed, self.work.run("ssh-keygen", "-L", "-f", f"{exported}-cert.pub").expect().out)
                    self.halligan(None, "mint", "--ca", key, "--no-ledger", "-I", "x", "-n", "root", "--force", "-o", "new").expect()
                    self.halligan(None, "inspect", "--ca", exported, "new-cert.pub").expect(out="Signed by")
                    self.halligan(None, "mint", "--ca", exported, "-I", "x", "-n", "root", "-o", "none").expect(
                        3, err="a public key, which cannot sign")

    def test_a_comment_that_goes_on_is_read(self):
        key = self.private(4)
        text = base64.b64encode(base64.b64decode(pathlib.Path(f"{key}.pub").read_text().split()[1])).decode()
        for comment, shown in (('"ann of\\\n web1"', "ann of web1"), ("plain", "plain"), ('"', '"')):
            self.work.write("form", f"---- BEGIN SSH2 PUBLIC KEY ----\r\nSubject: x\nCOMMENT: {comment}\nx-a: \\\nb\n{text[:40]}\n"
                                    f"{text[40:]}\n---- END SSH2 PUBLIC KEY ----\n\n")
            with self.subTest(comment):
                self.assertEqual(self.inspect("form")["comment"], shown)

    def test_what_cannot_be_used_says_why(self):
        pem = self.private(0).read_text()
        for kind, name in (("ed448", "ED448"), ("x25519", "X25519")):
            self.openssl("genpkey", "-algorithm", kind, "-out", kind)
        self.openssl("ecparam", "-name", "secp256k1", "-genkey", "-noout", "-out", "curve")
        self.openssl("pkcs8", "-topk8", "-in", "key0", "-passout", "pass:secret", "-out", "locked8")
        self.work.run("ssh-keygen", "-q", "-t", "rsa", "-m", "PEM", "-N", "secret", "-f", "locked1").expect()
        lines = pem.splitlines()
        rows = [("ed448", "no certificates for keys of type ED448"), ("x25519", "no certificates for keys of type X25519"),
                ("curve", "no keys on the curve secp256k1"),
                ("locked8", "ssh-keygen -p -f FILE"), ("locked1", "ssh-keygen -p -f FILE"),
                (self.work.write("cut", "\n".join(lines[:8] + lines[-1:]) + "\n"), "not a key in PEM"),
                (self.work.write("open", "\n".join(lines[:-1]) + "\n"), "end of the file is missing"),
                (self.work.write("putty", "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n"), "puttygen"),
                (self.work.write("other", "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nP2/56wAA\n"), "ssh-keygen -i")]
        for file, words in rows:
            pathlib.Path(self.work.path(file)).chmod(0o600)
            for command in (("inspect", file), ("mint", "--ca", file, "-I", "x", "-n", "root", "-o", "none")):
                with self.subTest(str(file), command=command[0]):
                    self.halligan(None, *command).expect(3, err=words)
        self.assertFalse(self.work.path("none").exists())

    def test_halves_of_two_keys_are_refused(self):
        # SEC 1 has both halves: the scalar of one, the point of the other
        def parts(key):
            return base64.b64decode("".join(key.read_text().splitlines()[1:-1]))
        one, other = self.private(2), self.work.path("other")
        self.work.run("ssh-keygen", "-q", "-t", "ecdsa", "-m", "PEM", "-N", "", "-f", other).expect()
        mixed = parts(one)[:-65] + parts(other)[-65:]
        text = base64.b64encode(mixed).decode()
        self.work.write("mixed", "-----BEGIN EC PRIVATE KEY-----\n" + text + "\n-----END EC PRIVATE KEY-----\n", mode=0o600)
        self.halligan(None, "mint", "--ca", "mixed", "-I", "x", "-n", "root", "-o", "none").expect(3, err="mixed: ")

    def test_lines_with_something_in_front_of_the_key(self):
        key = self.private(4)
        public = " ".join(pathlib.Path(f"{key}.pub").read_text().split()[:2])
        listed = self.fingerprint(f"{key}.pub")
        entries = ["@cert-authority *.example.org,!old", "@revoked *", "web1,[web2]:2222", "|1|MTIz|NDU2=", "restrict,pty",
                   'command="echo \\"ssh-rsa AAAA\\"",from="10.0.0.0/8"', 'ann@example.org,ben namespaces="git,file"']
        self.work.write("list", "# a comment\n\n" + "".join(f"{entry}\t{public} note\n" for entry in entries))
        shown = self.objects("list")
        self.assertEqual([each["entry"] for each in shown], entries)
        self.assertEqual({each["key"]["fingerprint"] for each in shown}, {listed})
        self.assertEqual({each["comment"] for each in shown}, {"note"})
        self.assertEqual([each["line"] for each in shown], list(range(3, 3 + len(entries))))
        self.halligan(None, "inspect", "list").expect(out="Entry       @revoked *")
        self.certificate("-I", "ann: 4711", "-n", "root", "-V", "+1h")
        certificate = self.work.path("user-cert.pub").read_text()
        self.work.write("certified", f'cert-authority,principals="ann" {certificate}')
        self.assertEqual((self.inspect("certified")["key_id"], self.inspect("certified")["entry"]),
                         ("ann: 4711", 'cert-authority,principals="ann"'))
        # A key that is broken is not looked for further on, and what is quoted is none.
        for line, words in ((f"ssh-ed25519 AAAA {public}", "truncated"), (f'command="{public}"', "options in front of the key")):
            self.work.write("bad", line + "\n")
            self.halligan(None, "inspect", "bad").expect(3, err=words)

    def test_a_type_of_a_later_release_is_shown_by_name(self):
        name = "ssh-mldsa44-ed25519@openssh.com"
        blob = field(name.encode(), b"\1" * 1312, b"\2" * 32)
        text = base64.b64encode(blob).decode()
        self.work.write("later", f"{name} {text} of 2027\nweb1 {name} {text}\n")
        shown = self.objects("later")
        self.assertEqual([(each["kind"], each["type"], each["comment"], each.get("entry")) for each in shown],
                         [("unknown_key", name, "of 2027", None), ("unknown_key", name, "", "web1")])
        self.assertRegex(shown[0]["fingerprint"], "^SHA256:[A-Za-z0-9+/]{43}$")
        self.halligan(None, "inspect", "later").expect(0, out=f"Type        {name}, a type that is not known here")
        self.halligan(None, "inspect", "--check", "later").expect(1, out="its type is not known here, so it cannot be checked")
        self.work.write("odd", f"{name} {base64.b64encode(field(b'ssh-other')).decode()}\n")
        self.halligan(None, "inspect", "odd").expect(3, err=f"unknown key type {name}")


if __name__ == "__main__":
    harness.main()
