"""Our key files, fingerprints and signatures judged by ssh-keygen, and its own by ours."""

import unittest

from ssh_oracle import SOFTWARE, TOKENS, Case


class Keys(Case):
    def test_our_key_files_are_ssh_keygens(self):
        for index, name in enumerate(SOFTWARE):
            with self.subTest(type=name):
                path = self.work / f"ours{index}"
                self.tool("generate", name, path, "a comment")
                public = (self.work / f"ours{index}.pub").read_bytes()
                self.assertEqual(self.keygen("-y", "-P", "", "-f", path).stdout, public)
                self.assertEqual(self.keygen("-l", "-f", path).stdout, self.tool("fingerprint", f"{path}.pub").stdout)
                self.assertEqual(path.stat().st_mode & 0o7777, 0o600)
                # ssh-keygen -p reads the private half, and writes it in its own way: ours again, but for the check number
                self.keygen("-q", "-p", "-P", "", "-N", "", "-f", path)
                self.assertEqual(self.keygen("-y", "-P", "", "-f", path).stdout, public)

    def test_their_key_files_come_back_byte_for_byte(self):
        for index, name in enumerate({**SOFTWARE, **TOKENS}):
            with self.subTest(type=name):
                path = self.keygen_key(name, f"theirs{index}")
                copy = self.work / f"copy{index}"
                self.tool("rewrite", path, copy)
                self.assertEqual(copy.read_bytes(), path.read_bytes())
                self.assertEqual((self.work / f"copy{index}.pub").read_bytes(), (self.work / f"theirs{index}.pub").read_bytes())
                self.assertEqual(self.keygen("-l", "-f", f"{path}.pub").stdout, self.tool("fingerprint", f"{path}.pub").stdout)

    def test_an_encrypted_file_is_refused(self):
        path = self.work / "locked"
        self.keygen("-q", "-N", "a passphrase", "-t", "ed25519", "-f", path)
        done = self.tool("rewrite", path, self.work / "copy", status=3)
        self.assertIn(b"encrypted with a passphrase", done.stderr)

    def test_a_changed_private_half_is_noticed_by_ssh_keygen_too(self):
        path = self.work / "key"
        self.tool("generate", "ssh-ed25519", path, "c")
        lines = path.read_text().splitlines()
        lines[2] = ("A" if lines[2][0] != "A" else "B") + lines[2][1:]
        path.write_text("\n".join(lines) + "\n")
        self.assertNotEqual(self.keygen("-y", "-P", "", "-f", path, status=None).returncode, 0)
        self.tool("rewrite", path, self.work / "copy", status=3)


class Signatures(Case):
    def setUp(self):
        super().setUp()
        self.message = self.work / "message"
        self.message.write_bytes(b"break glass\n" * 1000)
        self.changed = self.work / "changed"
        self.changed.write_bytes(b"break grass\n" * 1000)

    def judge(self, key, signature, message):
        """ssh-keygen -Y verify's exit status."""
        signers = self.work / "signers"
        signers.write_text("alice " + (key.parent / f"{key.name}.pub").read_text())
        return self.keygen("-Y", "verify", "-f", signers, "-I", "alice", "-n", "test", "-s", signature,
                           text=message.read_bytes(), status=None).returncode

    def test_ours_verify_there(self):
        for index, name in enumerate(SOFTWARE):
            with self.subTest(type=name):
                key = self.work / f"key{index}"
                self.tool("generate", name, key, "c")
                signature = self.work / f"signature{index}"
                self.tool("sign", key, "test", self.message, signature)
                self.assertEqual(self.judge(key, signature, self.message), 0)
                self.assertNotEqual(self.judge(key, signature, self.changed), 0)
                self.tool("verify", signature, "test", self.message)
                self.tool("verify", signature, "test", self.changed, status=1)

    def test_theirs_verify_here(self):
        for index, name in enumerate({**SOFTWARE, **TOKENS}):
            with self.subTest(type=name):
                key = self.keygen_key(name, f"key{index}")
                self.keygen("-q", "-Y", "sign", "-f", key, "-n", "test", self.message)
                signature = self.work / "message.sig"
                said = self.tool("verify", signature, "test", self.message).stdout
                self.assertEqual(said, b"1 16909060\n" if name in TOKENS else b"0 0\n")
                self.tool("verify", signature, "test", self.changed, status=1)
                self.tool("verify", signature, "other", self.message, status=1)
                signature.unlink()


if __name__ == "__main__":
    unittest.main()
