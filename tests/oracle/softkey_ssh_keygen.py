"""softkey judged by stock ssh-keygen with its built-in provider."""
import base64
import itertools
import os
import struct
import unittest

import softkey_process as sk

PIN = "rescue-1"
ASK = "Enter PIN for authenticator"


def fields(blob):
    """The strings of an SSH wire blob, in order."""
    result = []
    while blob:
        size, = struct.unpack_from(">I", blob)
        result.append(blob[4:4 + size])
        blob = blob[4 + size:]
    return result


def public_blob(path):
    with open(path, encoding="utf-8") as file:
        return base64.b64decode(file.read().split()[1])


def sk_flags(path):
    """The flags byte of an unencrypted sk private key: it follows the application, which follows the public key."""
    with open(path, encoding="utf-8") as file:
        blob = base64.b64decode("".join(file.read().splitlines()[1:-1]))
    with open(path + ".pub", encoding="utf-8") as file:
        application = fields(base64.b64decode(file.read().split()[1]))[-1]
    private = blob[blob.rindex(struct.pack(">I", len(application)) + application):]
    return private[4 + len(application)]


class SshKeygen(unittest.TestCase):
    def test_every_kind_of_key(self):
        kinds = itertools.product(("ecdsa-sk", "ed25519-sk"), (False, True), (False, True), (None, PIN))
        for kind, resident, no_touch, pin in kinds:
            if resident and pin is None:
                continue  # credProtect and credMgmt need a PIN to be of use
            with self.subTest(kind=kind, resident=resident, no_touch=no_touch, pin=pin), sk.folder() as folder, \
                    sk.Softkey(folder, pin=pin) as token:
                key = os.path.join(folder, "key")
                options = ["-O", "resident"] * resident + ["-O", "no-touch-required"] * no_touch
                sk.on_terminal(["ssh-keygen", "-q", "-t", kind, *options, "-O", "device=" + token.link, "-O",
                                "application=ssh:oracle", "-N", "", "-C", "oracle", "-f", key],
                               [(ASK, pin)] if resident else [])
                shown = sk.run("ssh-keygen", "-l", "-f", key + ".pub").stdout
                self.assertIn("ECDSA-SK" if kind == "ecdsa-sk" else "ED25519-SK", shown)
                self.assertEqual(fields(public_blob(key + ".pub"))[-1], b"ssh:oracle")
                self.assertEqual(sk_flags(key), 0x20 * resident + 0x01 * (not no_touch))

    def test_a_token_that_knows_u2f_only(self):
        for kind, options, works in (("ecdsa-sk", [], True), ("ed25519-sk", [], False),
                                     ("ecdsa-sk", ["-O", "verify-required"], False)):
            with self.subTest(kind=kind, options=options), sk.folder() as folder, \
                    sk.Softkey(folder, "--ctap", "u2f") as token:
                key = os.path.join(folder, "key")
                done = sk.run("ssh-keygen", "-q", "-t", kind, *options, "-O", "device=" + token.link, "-N", "", "-f", key,
                              check=False)
                self.assertEqual(done.returncode == 0, works)
                if works:
                    self.assertIn("ECDSA-SK", sk.run("ssh-keygen", "-l", "-f", key + ".pub").stdout)
                    self.assertEqual(sk_flags(key), 0x01)

    def test_attestation(self):
        with sk.folder() as folder, sk.Softkey(folder) as token:
            key, attestation = os.path.join(folder, "key"), os.path.join(folder, "attestation")
            challenge = os.path.join(folder, "challenge")
            with open(challenge, "wb") as file:
                file.write(os.urandom(32))
            sk.run("ssh-keygen", "-q", "-t", "ecdsa-sk", "-O", "device=" + token.link, "-O", "challenge=" + challenge,
                   "-O", "write-attestation=" + attestation, "-N", "", "-f", key)
            with open(attestation, "rb") as file:
                magic, certificate = fields(file.read()[:-8])[:2]
            self.assertEqual(magic, b"ssh-sk-attest-v01")
            shown = sk.run("openssl", "x509", "-inform", "DER", "-noout", "-subject",
                           stdin=self.pipe(certificate)).stdout
            self.assertIn("Authenticator Attestation", shown)

    @staticmethod
    def pipe(data):
        read_end, write_end = os.pipe()
        os.write(write_end, data)
        os.close(write_end)
        return read_end

    def test_residents_come_back(self):
        with sk.folder() as folder, sk.Softkey(folder, pin=PIN) as token:
            made = set()
            for kind, application, options in (("ecdsa-sk", "ssh:", []), ("ed25519-sk", "ssh:two", []),
                                               ("ed25519-sk", "ssh:uv", ["-O", "verify-required"])):
                key = os.path.join(folder, application[4:] + kind)
                sk.on_terminal(["ssh-keygen", "-q", "-t", kind, "-O", "resident", "-O", "application=" + application,
                                *options, "-O", "device=" + token.link, "-N", "", "-f", key], [(ASK, PIN)])
                made.add(public_blob(key + ".pub"))
            back = os.path.join(folder, "back")
            os.mkdir(back)
            # `-K` takes no device: in a folder of its own, and the built-in provider is told by `-O device=`.
            sk.on_terminal(["sh", "-c", 'cd "$1" && exec ssh-keygen -K -N "" -O "device=$2"', "sh", back, token.link],
                           [(ASK, PIN)])
            found = {public_blob(os.path.join(back, name)) for name in os.listdir(back) if name.endswith(".pub")}
            self.assertEqual(found, made)

    def test_the_same_resident_twice(self):
        with sk.folder() as folder, sk.Softkey(folder, pin=PIN) as token:
            command = ["ssh-keygen", "-q", "-t", "ecdsa-sk", "-O", "resident", "-O", "device=" + token.link, "-N", ""]
            sk.on_terminal([*command, "-f", os.path.join(folder, "a")], [(ASK, PIN)])
            again = sk.on_terminal([*command, "-f", os.path.join(folder, "b")],
                                   [(ASK, PIN), ("Overwrite key in token (y/n)?", "n")], check=False)
            self.assertNotEqual(again.returncode, 0)


if __name__ == "__main__":
    sk.main()
