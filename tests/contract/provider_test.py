"""The production library through an independent declaration of the sk-api: what a caller other than OpenSSH would meet.

Each call runs in a process of its own, as OpenSSH's helper does it, and frees everything with libc's free() after
dlclose(): memory that is not malloc's, or code that is needed after the library has gone, ends that process.
"""

import ctypes
import hashlib
import json
import os
import sys
import time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

import harness
from harness import paths

PIN = "142857"
ECDSA, ED25519 = 0, 1
UP, UV, FORCE, RESIDENT = 0x01, 0x04, 0x10, 0x20
GENERAL, UNSUPPORTED, PIN_REQUIRED, NOT_FOUND, EXISTS = -1, -2, -3, -4, -5

Bytes, Size = ctypes.POINTER(ctypes.c_uint8), ctypes.c_size_t


class EnrollResponse(ctypes.Structure):
    _fields_ = [("flags", ctypes.c_uint8), ("public_key", Bytes), ("public_key_len", Size), ("key_handle", Bytes),
                ("key_handle_len", Size), ("signature", Bytes), ("signature_len", Size), ("attestation_cert", Bytes),
                ("attestation_cert_len", Size), ("authdata", Bytes), ("authdata_len", Size)]


class SignResponse(ctypes.Structure):
    _fields_ = [("flags", ctypes.c_uint8), ("counter", ctypes.c_uint32), ("sig_r", Bytes), ("sig_r_len", Size),
                ("sig_s", Bytes), ("sig_s_len", Size)]


class ResidentKey(ctypes.Structure):
    _fields_ = [("alg", ctypes.c_uint32), ("slot", Size), ("application", ctypes.c_void_p), ("key", EnrollResponse),
                ("flags", ctypes.c_uint8), ("user_id", Bytes), ("user_id_len", Size)]


class Option(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("value", ctypes.c_char_p), ("required", ctypes.c_uint8)]


def buffers(struct) -> dict:
    """Copy every (pointer, length) pair of a response, and free the pointer."""
    out = {}
    for name, kind in struct._fields_:
        if kind is Bytes:
            pointer, size = getattr(struct, name), getattr(struct, f"{name}_len")
            out[name] = ctypes.string_at(pointer, size).hex() if pointer else None
            ctypes.CDLL(None).free(pointer)
    return out


def options_array(options):
    items = [ctypes.pointer(Option(name.encode(), value.encode(), required)) for name, value, required in options]
    return (ctypes.POINTER(Option) * (len(items) + 1))(*items, None)


def child(call: dict) -> dict:
    """One call, in a process that ends after it."""
    libc = ctypes.CDLL(None)
    library = ctypes.CDLL(str(paths.PROVIDER))
    library.sk_api_version.restype = ctypes.c_uint32
    pin = call.get("pin")
    pin = pin.encode() if pin is not None else None
    options = options_array(call["options"]) if call.get("options") is not None else None
    blob = lambda name: bytes.fromhex(call[name])
    out = ctypes.c_void_p(0xDEAD)
    count = Size(77)
    if call["call"] == "version":
        return {"status": library.sk_api_version()}
    if call["call"] == "nulls":
        return {"status": [library.sk_enroll(0, b"", Size(0), b"ssh:", 1, None, None, None),
                           library.sk_sign(0, b"", Size(0), b"ssh:", b"", Size(0), 1, None, None, None),
                           library.sk_load_resident_keys(None, None, None, None)]}
    if call["call"] == "enroll":
        status = library.sk_enroll(ctypes.c_uint32(call["alg"]), blob("challenge"), Size(len(blob("challenge"))),
                                   call["application"].encode(), ctypes.c_uint8(call["flags"]), pin, options, ctypes.byref(out))
        kind = EnrollResponse
    elif call["call"] == "sign":
        status = library.sk_sign(ctypes.c_uint32(call["alg"]), blob("data"), Size(len(blob("data"))),
                                 call["application"].encode(), blob("key_handle"), Size(len(blob("key_handle"))),
                                 ctypes.c_uint8(call["flags"]), pin, options, ctypes.byref(out))
        kind = SignResponse
    else:
        status = library.sk_load_resident_keys(pin, options, ctypes.byref(out), ctypes.byref(count))
        kind = None
    unload = libc.dlclose
    unload.argtypes = [ctypes.c_void_p]
    unload(library._handle)
    answer = {"status": status, "null": out.value is None, "count": count.value}
    free = libc.free
    free.argtypes = [ctypes.c_void_p]
    if out.value and kind:
        response = ctypes.cast(out, ctypes.POINTER(kind)).contents
        answer.update(flags=response.flags, counter=getattr(response, "counter", None), **buffers(response))
        free(out)
    elif out.value:
        keys = ctypes.cast(out, ctypes.POINTER(ctypes.POINTER(ResidentKey)))
        answer["keys"] = []
        for i in range(count.value):
            key = keys[i].contents
            entry = {"alg": key.alg, "slot": key.slot, "application": ctypes.string_at(key.application).decode(),
                     "flags": key.flags, "key_flags": key.key.flags, **buffers(key.key), **buffers(key)}
            free(key.application)
            free(ctypes.cast(keys[i], ctypes.c_void_p))
            answer["keys"].append(entry)
        free(out)
    return answer


class Provider(harness.Case):
    def call(self, token, **call) -> dict:
        env = {**(token.env if token else {}), "HALLIGAN_TIMEOUT": "3", "HALLIGAN_BUILD": str(paths.BUILD), "PYTHONPATH": str(paths.SOURCE / "tests")}
        if paths.sanitized(paths.PROVIDER):
            env["LD_PRELOAD"] = paths.sanitizer_runtime(paths.PROVIDER)
            env["ASAN_OPTIONS"] = "detect_leaks=0"
        done = self.work.run(sys.executable, "-B", os.path.abspath(__file__), "call", stdin=json.dumps(call).encode(),
                             env=env).expect()
        self.said = done.err
        return json.loads(done.out)

    def enroll(self, token, alg=ECDSA, flags=UP, application="ssh:", pin=None, **more) -> dict:
        return self.call(token, call="enroll", alg=alg, challenge=os.urandom(32).hex(), application=application,
                         flags=flags, pin=pin, **more)

    def sign(self, token, key: dict, alg=ECDSA, flags=UP, application="ssh:", data=b"message", pin=None, **more) -> dict:
        return self.call(token, call="sign", alg=alg, data=data.hex(), application=application, flags=flags, pin=pin,
                         key_handle=key["key_handle"], **more)

    def load(self, token, pin=PIN, **more) -> dict:
        return self.call(token, call="load", pin=pin, **more)

    def refused(self, answer: dict, status: int, said: str = ""):
        self.assertEqual((answer["status"], answer["null"]), (status, True), self.said)
        self.assertIn(said, self.said)

    def test_the_version(self):
        self.assertEqual(self.call(None, call="version")["status"], 0x000A0000)

    def verifies(self, alg: int, key: dict, answer: dict, message: bytes, application: str) -> bool:
        """OpenSSL's opinion of the signature, over what OpenSSH's verifier would rebuild."""
        signed = (hashlib.sha256(application.encode()).digest() + bytes([answer["flags"]])
                  + answer["counter"].to_bytes(4, "big") + hashlib.sha256(message).digest())
        public = bytes.fromhex(key["public_key"])
        try:
            if alg == ECDSA:
                r, s = (int(answer[part], 16) for part in ("sig_r", "sig_s"))
                ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public).verify(
                    utils.encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
            else:
                ed25519.Ed25519PublicKey.from_public_bytes(public).verify(bytes.fromhex(answer["sig_r"]), signed)
        except InvalidSignature:
            return False
        return True

    def test_signatures_verify_and_flags_and_counter_are_the_signed_ones(self):
        for alg, size in ((ECDSA, 65), (ED25519, 32)):
            for flags in (UP, 0):
                with self.subTest(alg=alg, flags=flags):
                    token = self.softkey(f"t{alg}{flags}")
                    key = self.enroll(token, alg=alg, flags=flags)
                    self.assertEqual((key["status"], key["flags"]), (0, flags))
                    self.assertEqual(len(bytes.fromhex(key["public_key"])), size)
                    message = os.urandom(1 << 16)
                    answer = self.sign(token, key, alg=alg, flags=flags, data=message)
                    self.assertEqual((answer["status"], answer["flags"] & UP), (0, flags))
                    self.assertTrue(self.verifies(alg, key, answer, message, "ssh:"))
                    self.assertFalse(self.verifies(alg, key, answer, message + b"x", "ssh:"))
                    self.assertEqual(answer["sig_s"] is None, alg == ED25519)
                    again = self.sign(token, key, alg=alg, flags=flags, data=message)
                    self.assertGreater(again["counter"], answer["counter"])

    def test_force_does_not_leak_into_the_key(self):
        token = self.softkey(pin=PIN)
        key = self.enroll(token, flags=UP | RESIDENT, pin=PIN)
        self.assertEqual(key["flags"], UP | RESIDENT)
        self.refused(self.enroll(token, flags=UP | RESIDENT, pin=PIN), EXISTS)
        forced = self.enroll(token, flags=UP | RESIDENT | FORCE, pin=PIN)
        self.assertEqual((forced["status"], forced["flags"]), (0, UP | RESIDENT))

    def test_residents_come_back_as_they_were_made(self):
        token = self.softkey(pin=PIN)
        self.assertEqual(self.load(token), {"status": 0, "null": True, "count": 0})
        made = [self.enroll(token, flags=UP | RESIDENT, pin=PIN, options=[["user", "ann", 1]]),
                self.enroll(token, alg=ED25519, flags=UP | UV | RESIDENT, application="ssh:x", pin=PIN),
                self.enroll(token, flags=UP | RESIDENT, application="web.example", pin=PIN)]
        self.assertEqual([key["status"] for key in made], [0, 0, 0])
        loaded = {key["application"]: key for key in self.load(token)["keys"]}
        self.assertEqual(set(loaded), {"ssh:", "ssh:x"})
        first, second = loaded["ssh:"], loaded["ssh:x"]
        for back, key in ((first, made[0]), (second, made[1])):
            self.assertEqual(back["public_key"], key["public_key"])
            self.assertEqual(back["key_handle"], key["key_handle"])
            self.assertIsNone(back["authdata"])
        self.assertEqual((first["alg"], first["flags"], first["key_flags"]), (ECDSA, UP | RESIDENT, UP | RESIDENT))
        self.assertEqual(bytes.fromhex(first["user_id"]), b"ann" + bytes(29))
        self.assertEqual((second["alg"], second["flags"]), (ED25519, UP | UV | RESIDENT))

    def test_a_biometric_token_needs_no_pin(self):
        token = self.softkey(pin=PIN, options=["--uv"])
        key = self.enroll(token, flags=UP | UV | RESIDENT)
        self.assertEqual(key["status"], 0, self.said)
        answer = self.sign(token, key, flags=UP | UV)
        self.assertEqual((answer["status"], answer["flags"]), (0, UP | UV), self.said)
        self.assertEqual([entry["flags"] for entry in self.load(token, pin=None)["keys"]], [UP | UV | RESIDENT])

    def test_what_is_refused(self):
        token, bare = self.softkey(pin=PIN), self.softkey("bare")
        key = self.enroll(token)
        self.assertEqual(key["status"], 0)
        rows = [
            (lambda: self.enroll(token, alg=7), UNSUPPORTED, "unknown key type 7"),
            (lambda: self.enroll(token, flags=UP | RESIDENT), PIN_REQUIRED, ""),
            (lambda: self.enroll(token, flags=UP | RESIDENT, pin="0000"), PIN_REQUIRED, "7 tries left"),
            (lambda: self.enroll(token, flags=UP | RESIDENT, pin="1" * 300), PIN_REQUIRED, "too long"),
            (lambda: self.enroll(bare, flags=UP | UV), UNSUPPORTED, "none is set on the token"),
            (lambda: self.enroll(token, options=[["shoe-size", "44", 1]]), UNSUPPORTED, "unknown option"),
            (lambda: self.enroll(token, options=[["user", "u" * 32, 1]]), GENERAL, "longer than 31 bytes"),
            (lambda: self.enroll(token, options=[["device", "/dev/null", 1]]), NOT_FOUND, "/dev/null"),
            (lambda: self.enroll(token, options=[["device", "/dev/nothing", 1]]), NOT_FOUND, "no token at /dev/nothing"),
            (lambda: self.load(bare, pin=None), UNSUPPORTED, "no PIN is set on the token"),
            (lambda: self.load(token, pin=None), PIN_REQUIRED, ""),
            (lambda: self.load(token, pin=""), PIN_REQUIRED, ""),
            (lambda: self.sign(bare, key), NOT_FOUND, "does not hold this key"),
            (lambda: self.sign(token, {"key_handle": ""}), GENERAL, "no key handle"),
            (lambda: self.sign(token, key, application="ssh:other"), NOT_FOUND, "does not hold this key"),
            (lambda: self.sign(token, key, flags=UP | UV), PIN_REQUIRED, ""),
        ]
        for i, (attempt, status, said) in enumerate(rows):
            with self.subTest(i):
                self.refused(attempt(), status, said)
        # An unknown option that is not required, and OpenSSH's empty PIN, change nothing.
        self.assertEqual(self.enroll(token, options=[["shoe-size", "44", 0]], pin="")["status"], 0)

    def test_a_token_that_lies(self):
        rows = [("wrong-rpid-hash", "another application"), ("garbage-cbor", "sent an invalid response"), ("truncated-cbor", "sent an invalid response"),
                ("other-answer", "returned"), ("wrong-sequence", "cannot communicate"), ("getinfo-fails", "does not respond"),
                ("vanish-on-touch", "disappeared"), ("endless-keepalive", ""), ("wrong-channel", "does not respond"),
                ("oversized-length", "cannot communicate")]
        for misbehaviour, said in rows:
            with self.subTest(misbehaviour):
                token = self.softkey(misbehaviour)
                key = self.enroll(token)
                token.stop()
                token = self.softkey(misbehaviour, options=["--misbehave", misbehaviour])
                began = time.monotonic()
                answer = self.sign(token, key)
                # Whatever it does: in time, in words, and never a success.
                self.assertLess(time.monotonic() - began, harness.SOON)
                self.assertIn(answer["status"], (NOT_FOUND, GENERAL))
                self.refused(answer, answer["status"], said or "halligan: ")

    def test_a_new_key_with_a_false_attestation_is_refused(self):
        token = self.softkey(options=["--misbehave", "bad-signature"])
        self.refused(self.enroll(token), NOT_FOUND, "an attestation that does not verify")

    def test_null_where_a_result_should_go(self):
        self.assertEqual(self.call(None, call="nulls")["status"], [GENERAL, GENERAL, GENERAL])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(child(json.load(sys.stdin))))
    else:
        harness.main()
