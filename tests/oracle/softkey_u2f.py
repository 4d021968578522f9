"""softkey's U2F judged by python3-fido2, which builds its APDUs and checks its signatures without libfido2."""
import hashlib
import os
import unittest

from fido2.ctap import CtapError
from fido2.ctap1 import APDU, ApduError, Ctap1, SignatureData
from fido2.ctap2 import Ctap2

import softkey_process as sk
from softkey_hid import connect

CHALLENGE = bytes(range(32))
APPLICATION = hashlib.sha256(b"ssh:oracle").digest()
DONT_ENFORCE = 8


class Client(Ctap1):
    def __init__(self, token):
        super().__init__(connect(token))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.device.close()

    def refused(self, call, *arguments, **more):
        """The status word of a call that must fail."""
        try:
            call(*arguments, **more)
        except ApduError as error:
            return error.code
        raise AssertionError("not refused")

    def sign_untouched(self, handle):
        data = CHALLENGE + APPLICATION + bytes([len(handle)]) + handle
        return SignatureData(self.send_apdu(ins=Ctap1.INS.AUTHENTICATE, p1=DONT_ENFORCE, data=data))


class U2f(unittest.TestCase):
    def test_register_and_authenticate(self):
        for version in ("u2f", "2.0", "2.1"):
            with self.subTest(version), sk.folder() as folder, sk.Softkey(folder, "--ctap", version) as token, \
                    Client(token) as client:
                self.assertEqual(client.get_version(), "U2F_V2")
                made = client.register(CHALLENGE, APPLICATION)
                made.verify(APPLICATION, CHALLENGE)
                counters = []
                for presence in (1, 1, 0):
                    answer = (client.authenticate(CHALLENGE, APPLICATION, made.key_handle) if presence
                              else client.sign_untouched(made.key_handle))
                    answer.verify(APPLICATION, CHALLENGE, made.public_key)
                    self.assertEqual(answer.user_presence, presence)
                    counters.append(answer.counter)
                self.assertEqual(counters, sorted(set(counters)))

    def test_check_only_and_strange_handles(self):
        with sk.folder() as folder, sk.Softkey(folder, "--ctap", "u2f") as token, Client(token) as client:
            handle = client.register(CHALLENGE, APPLICATION).key_handle
            known = client.refused(client.authenticate, CHALLENGE, APPLICATION, handle, check_only=True)
            self.assertEqual(known, APDU.USE_NOT_SATISFIED)
            for application, strange in ((APPLICATION, handle[:-1] + bytes([handle[-1] ^ 1])), (CHALLENGE, handle),
                                         (APPLICATION, b""), (APPLICATION, os.urandom(255))):
                for check_only in (False, True):
                    self.assertEqual(client.refused(client.authenticate, CHALLENGE, application, strange, check_only),
                                     APDU.WRONG_DATA)

    def test_a_touch_is_asked_for_again_and_again(self):
        with sk.folder() as folder, sk.Softkey(folder, "--ctap", "u2f", "--touch", "never") as token, \
                Client(token) as client:
            for _ in range(3):
                self.assertEqual(client.refused(client.register, CHALLENGE, APPLICATION), APDU.USE_NOT_SATISFIED)
            token.touch()
            while True:
                try:
                    handle = client.register(CHALLENGE, APPLICATION).key_handle
                    break
                except ApduError as error:
                    self.assertEqual(error.code, APDU.USE_NOT_SATISFIED)
            # One touch is good for one thing.
            for call, arguments in ((client.register, ()), (client.authenticate, (handle,))):
                self.assertEqual(client.refused(call, CHALLENGE, APPLICATION, *arguments), APDU.USE_NOT_SATISFIED)

    def test_its_counter_and_keys_outlive_a_power_cut(self):
        with sk.folder() as folder:
            with sk.Softkey(folder, "--ctap", "u2f") as token, Client(token) as client:
                made = client.register(CHALLENGE, APPLICATION)
                before = client.authenticate(CHALLENGE, APPLICATION, made.key_handle).counter
                token.kill()
            with sk.Softkey(folder, "--ctap", "u2f") as token, Client(token) as client:
                after = client.authenticate(CHALLENGE, APPLICATION, made.key_handle)
                after.verify(APPLICATION, CHALLENGE, made.public_key)
                self.assertGreater(after.counter, before)

    def test_each_token_speaks_what_it_says(self):
        with sk.folder() as folder, sk.Softkey(folder, "--ctap", "u2f") as token, Client(token) as client:
            with self.assertRaises(ValueError):  # no CBOR among its capabilities
                Ctap2(client.device)
            with self.assertRaises(CtapError) as caught:
                client.device.call(0x10, b"\x04")
            self.assertEqual(caught.exception.code, CtapError.ERR.INVALID_COMMAND)
        with sk.folder() as folder, sk.Softkey(folder, "--always-uv") as token, Client(token) as client:
            with self.assertRaises(CtapError) as caught:
                client.get_version()
            self.assertEqual(caught.exception.code, CtapError.ERR.INVALID_COMMAND)

    def test_a_u2f_token_has_no_pin(self):
        with sk.folder() as folder:
            for option in ("--uv", "--always-uv"):
                done = sk.run(sk.SOFTKEY, "--state", folder + "/s", "--pty", folder + "/t", "--ctap", "u2f", option, check=False)
                self.assertEqual(done.returncode, 2)
                self.assertIn("neither a PIN nor verification", done.stderr)


if __name__ == "__main__":
    sk.main()
