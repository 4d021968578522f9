"""Every library of ours through a caller of its own OpenSSH release: enroll, sign, load, options, errors.

The caller is built with AddressSanitizer: what it frees, and what it leaves, is judged as well.
"""

import hashlib
import os

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

import harness
from harness import paths

PIN = "628318"
ECDSA, ED25519 = 0, 1
UP, UV, FORCE, RESIDENT = 0x01, 0x04, 0x10, 0x20
GENERAL, UNSUPPORTED, PIN_REQUIRED, NOT_FOUND, EXISTS = -1, -2, -3, -4, -5

# release → our library
LIBRARIES = {"8.2": "sk-halligan-api4", "8.3": "sk-halligan-api5", "8.4": "sk-halligan-api7", "8.9": "sk-halligan-api9",
             "9.1": "sk-halligan"}


class Releases(harness.Case):
    def call(self, release: str, token, *words, library: str | None = None) -> list[dict]:
        """The answers, one for each key; the status and what was said stand in self."""
        file = paths.BUILD / "lib" / f"lib{library or LIBRARIES[release]}.so"
        done = self.work.run(paths.BUILD / "bin" / "release_caller", file, release, *map(str, words),
                             env={**token.env, "HALLIGAN_TIMEOUT": "3"})
        self.said = done.err
        done.expect()
        keys: list[dict] = [{}]
        for line in done.out.splitlines():
            name, value = line.split("=", 1)
            if name == "status":
                self.status = int(value)
            elif name in keys[-1]:
                keys.append({name: value})
            else:
                keys[-1][name] = value
        return keys if keys != [{}] else []

    def enroll(self, release, token, alg=ECDSA, flags=UP, application="ssh:", challenge=bytes(range(32)), pin="", options=()):
        keys = self.call(release, token, "enroll", alg, flags, application, challenge.hex(), pin, *options)
        return keys[0] if keys else None

    def sign(self, release, token, key, alg=ECDSA, flags=UP, application="ssh:", message=b"message", pin=""):
        # OpenSSH 8.2 hashes what is signed by itself, all later ones leave that to the provider.
        data = hashlib.sha256(message).digest() if release == "8.2" else message
        answers = self.call(release, token, "sign", alg, flags, application, data.hex(), key["key_handle"], pin)
        return answers[0] if answers else None

    def verifies(self, alg, key, answer, message, application) -> bool:
        signed = (hashlib.sha256(application.encode()).digest() + bytes([int(answer["flags"])])
                  + int(answer["counter"]).to_bytes(4, "big") + hashlib.sha256(message).digest())
        public = bytes.fromhex(key["public_key"])
        try:
            if alg == ECDSA:
                der = utils.encode_dss_signature(int(answer["sig_r"], 16), int(answer["sig_s"], 16))
                ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public).verify(der, signed, ec.ECDSA(hashes.SHA256()))
            else:
                ed25519.Ed25519PublicKey.from_public_bytes(public).verify(bytes.fromhex(answer["sig_r"]), signed)
        except InvalidSignature:
            return False
        return True

    def test_keys_are_made_and_sign(self):
        for release in LIBRARIES:
            with self.subTest(release):
                token = self.softkey(f"token-{release}")
                for alg in (ECDSA, ED25519):
                    key = self.enroll(release, token, alg=alg)
                    self.assertEqual(self.status, 0, self.said)
                    self.assertEqual("flags" in key, release in ("8.9", "9.1"))
                    self.assertEqual("authdata" in key, release in ("8.4", "8.9", "9.1"))
                    if "flags" in key:
                        self.assertEqual(int(key["flags"]), UP)
                    answer = self.sign(release, token, key, alg=alg)
                    self.assertEqual(self.status, 0, self.said)
                    self.assertTrue(self.verifies(alg, key, answer, b"message", "ssh:"))
                    self.assertFalse(self.verifies(alg, key, answer, b"massage", "ssh:"))
                token.stop()

    def test_the_attestation_is_over_the_challenge_as_the_release_has_it(self):
        token = self.softkey()
        for release in LIBRARIES:
            with self.subTest(release):
                challenge = os.urandom(32)
                key = self.enroll(release, token, challenge=challenge)
                given = challenge if release in ("8.2", "8.3") else hashlib.sha256(challenge).digest()
                public = x509.load_der_x509_certificate(bytes.fromhex(key["attestation_cert"])).public_key()
                # Authenticator data that the release has no field for is put together again: its counter is the token's.
                data = bytes.fromhex(key.get("authdata", ""))[2:] or self.auth_data(key, token)
                public.verify(bytes.fromhex(key["signature"]), data + given, ec.ECDSA(hashes.SHA256()))
                self.enroll(release, token, challenge=challenge + b"x")
                self.assertEqual(self.status, GENERAL if release in ("8.2", "8.3") else 0, self.said)
        self.assertIn("it must have 32", self.refused_challenge(token))

    def refused_challenge(self, token) -> str:
        self.enroll("8.2", token, challenge=b"short")
        return self.said

    def auth_data(self, key, token) -> bytes:
        """CTAP 2.1, 6.1: what the token signed for an ecdsa-sk key, from what the old releases are given."""
        public, handle = bytes.fromhex(key["public_key"]), bytes.fromhex(key["key_handle"])
        counter = sum(1 for record in token.records() if record["ctap"] == "makeCredential" and record["status"] == "0x00:OK")
        cose = (bytes.fromhex("a5010203262001215820") + public[1:33] + bytes.fromhex("225820") + public[33:])
        aaguid = bytes.fromhex("5bd1073c0a914e268f3ec47269ae15f0")
        return (hashlib.sha256(b"ssh:").digest() + b"\x41" + counter.to_bytes(4, "big") + aaguid
                + len(handle).to_bytes(2, "big") + handle + cose)

    def test_residents_come_back(self):
        for release in LIBRARIES:
            with self.subTest(release):
                token = self.softkey(f"token-{release}", pin=PIN)
                self.assertEqual(self.call(release, token, "load", PIN), [])
                self.assertEqual(self.status, 0, self.said)
                made = {"ssh:": self.enroll(release, token, flags=UP | RESIDENT, pin=PIN, options=["user=ann"]),
                        "ssh:two": self.enroll(release, token, alg=ED25519, flags=UP | RESIDENT, application="ssh:two", pin=PIN),
                        "ssh:pin": self.enroll(release, token, flags=UP | UV | RESIDENT, application="ssh:pin", pin=PIN)}
                keys = self.call(release, token, "load", PIN, f"device={token.path}")
                self.assertEqual(self.status, 0, self.said)
                self.assertEqual({key["application"] for key in keys}, set(made))
                for key in keys:
                    for part in ("public_key", "key_handle"):
                        self.assertEqual(key[part], made[key["application"]][part])
                    self.assertEqual(key.get("authdata", ""), "")
                    verify = UV if key["application"] == "ssh:pin" else 0
                    if release in ("8.2", "8.3"):
                        self.assertNotIn("resident_flags", key)
                    else:
                        self.assertEqual(int(key["resident_flags"]), UP | RESIDENT | verify)
                    if release in ("8.9", "9.1"):
                        user = b"ann" if key["application"] == "ssh:" else b""
                        self.assertEqual(bytes.fromhex(key["user_id"]), user.ljust(32, b"\0"))
                    else:
                        self.assertNotIn("user_id", key)
                self.assertEqual("which this OpenSSH does not support" in self.said, release in ("8.2", "8.3"))
                token.stop()

    def test_a_resident_key_is_never_overwritten_unasked(self):
        for release in LIBRARIES:
            with self.subTest(release):
                token = self.softkey(f"token-{release}", pin=PIN)
                self.enroll(release, token, flags=UP | RESIDENT, pin=PIN)
                self.assertIsNone(self.enroll(release, token, flags=UP | RESIDENT, pin=PIN))
                self.assertEqual(self.status, EXISTS if release == "9.1" else GENERAL)
                # ssh-keygen asks, where it knows the number; elsewhere the words are all there is.
                self.assertEqual("delete the old key with" in self.said, release != "9.1")
                forced = self.enroll(release, token, flags=UP | RESIDENT | FORCE, pin=PIN)
                self.assertEqual((self.status, forced is None), (0, False) if release == "9.1" else (GENERAL, True))
                token.stop()

    def test_errors_and_options(self):
        token, bare = self.softkey(pin=PIN), self.softkey("bare")
        for release in LIBRARIES:
            with self.subTest(release):
                key = self.enroll(release, token)
                rows = [
                    (lambda: self.enroll(release, token, alg=9), UNSUPPORTED, "unknown key type 9"),
                    (lambda: self.enroll(release, token, flags=UP | RESIDENT), PIN_REQUIRED, ""),
                    (lambda: self.enroll(release, token, options=["shoe-size=44"]), UNSUPPORTED, "unknown option"),
                    (lambda: self.enroll(release, token, options=["user=" + "u" * 32]), GENERAL, "longer than 31"),
                    (lambda: self.enroll(release, token, options=["device=/dev/nothing"]), NOT_FOUND, "no token at"),
                    (lambda: self.sign(release, bare, key), NOT_FOUND, "does not hold this key"),
                    (lambda: self.call(release, token, "load", ""), PIN_REQUIRED, ""),
                    (lambda: self.call(release, bare, "load", PIN), UNSUPPORTED, "no PIN is set"),
                ]
                for attempt, status, said in rows:
                    self.assertIn(attempt(), (None, []))
                    self.assertEqual(self.status, status, self.said)
                    self.assertIn(said, self.said)
        self.call("8.2", token, "sign", ECDSA, UP, "ssh:", "00" * 31, key["key_handle"], "")
        self.assertEqual(self.status, GENERAL)
        self.assertIn("the hash to sign has 31 bytes", self.said)

    def test_each_release_takes_its_own_library_only(self):
        token = self.softkey()
        libraries = list(LIBRARIES.values())
        for release, other in zip(LIBRARIES, libraries[1:] + libraries[:1]):
            with self.subTest(release=release, library=other), self.assertRaisesRegex(harness.Failure, "unsupported version"):
                self.call(release, token, "load", "", library=other)
        self.assertEqual(token.records(), [])


if __name__ == "__main__":
    harness.main()
