"""softkey judged by python3-fido2, a client that shares no code with libfido2."""
import hashlib
import threading
import unittest

from fido2.cose import CoseKey
from fido2.ctap import CtapError
from fido2.ctap2 import Ctap2
from fido2.ctap2.credman import CredentialManagement
from fido2.ctap2.pin import ClientPin, PinProtocolV1, PinProtocolV2

import softkey_process as sk
from softkey_hid import connect

PIN = "correct horse"
NEW_PIN = "battery staple"
PROTOCOLS = (PinProtocolV1, PinProtocolV2)
HASH = bytes(range(32))
ES256, EDDSA = -7, -8
UV_BLOCKED = 0x3C  # this version has no name for it
RP = {"id": "ssh:fido2"}
PERMIT = ClientPin.PERMISSION


def statement_of(made):
    """The attestation statement, which later versions of python3-fido2 call otherwise."""
    return made.att_stmt if hasattr(made, "att_stmt") else made.att_statement


def parameters(*algorithms):
    return [{"alg": algorithm, "type": "public-key"} for algorithm in algorithms]


class Client:
    """A connection and the few calls that the tests are made of."""

    def __init__(self, token, protocol=PinProtocolV2):
        self.device = connect(token)
        self.ctap = Ctap2(self.device)
        self.protocol = protocol()
        self.pin = ClientPin(self.ctap, self.protocol)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.device.close()

    def auth(self, message, pin, permissions, rp=None):
        token = self.pin.get_pin_token(pin, permissions, rp)
        return {"pin_uv_param": self.protocol.authenticate(token, message), "pin_uv_protocol": self.protocol.VERSION}

    def token_for_nothing(self, pin):
        """Ask with no permission at all, which later versions of python3-fido2 never do."""
        agreement, secret = self.pin._get_shared_secret()
        hashed = self.protocol.encrypt(secret, hashlib.sha256(pin.encode()).digest()[:16])
        self.ctap.client_pin(self.protocol.VERSION, ClientPin.CMD.GET_TOKEN_USING_PIN, key_agreement=agreement, pin_hash_enc=hashed,
                             permissions=0, permissions_rpid="ssh:")

    def uv_retries(self):
        """Later versions of python3-fido2 return the number alone."""
        left = self.pin.get_uv_retries()
        return left if isinstance(left, int) else left[0]

    def make(self, user=b"user", rp=None, algorithm=ES256, pin=None, **more):
        rp = rp or RP
        auth = self.auth(HASH, pin, PERMIT.MAKE_CREDENTIAL, rp["id"]) if pin else {}
        return self.ctap.make_credential(HASH, rp, {"id": user, "name": user.decode()}, parameters(algorithm), **auth, **more)

    def get(self, rp=None, allow=None, pin=None, **more):
        rp = (rp or RP)["id"]
        auth = self.auth(HASH, pin, PERMIT.GET_ASSERTION, rp) if pin else {}
        return self.ctap.get_assertion(rp, HASH, allow_list=allow, **auth, **more)

    def management(self, pin):
        token = self.pin.get_pin_token(pin, PERMIT.CREDENTIAL_MGMT)
        return CredentialManagement(self.ctap, self.protocol, token)


class Case(unittest.TestCase):
    def refused(self, code, call, *arguments, **more):
        with self.assertRaises(CtapError) as caught:
            call(*arguments, **more)
        self.assertEqual(caught.exception.code, code)

    def each(self, *versions):
        for version in versions or ("2.1",):
            for protocol in PROTOCOLS if version == "2.1" else PROTOCOLS[:1]:
                with self.subTest(version=version, protocol=protocol.VERSION), sk.folder() as folder:
                    yield folder, version, protocol


class Pin(Case):
    def test_set_change_wrong(self):
        for folder, version, protocol in self.each("2.0", "2.1"):
            with sk.Softkey(folder, "--ctap", version) as token, Client(token, protocol) as client:
                self.assertFalse(client.ctap.info.options["clientPin"])
                self.refused(CtapError.ERR.PIN_NOT_SET, client.pin.get_pin_token, PIN, 1, "ssh:")
                client.pin.set_pin(PIN)
                self.assertTrue(client.ctap.get_info().options["clientPin"])
                self.refused(CtapError.ERR.PIN_AUTH_INVALID, client.pin.set_pin, NEW_PIN)
                self.refused(CtapError.ERR.PIN_INVALID, client.pin.change_pin, NEW_PIN, NEW_PIN)
                self.assertEqual(client.pin.get_pin_retries()[0], 7)
                client.pin.change_pin(PIN, NEW_PIN)
                self.assertEqual(client.pin.get_pin_retries()[0], 8)
                self.refused(CtapError.ERR.PIN_INVALID, client.pin.get_pin_token, PIN, 1, "ssh:")
                client.pin.get_pin_token(NEW_PIN, 1, "ssh:")
                self.assertEqual(client.pin.get_pin_retries()[0], 8)

    def test_policy(self):
        for folder, _, protocol in self.each():
            with sk.Softkey(folder) as token, Client(token, protocol) as client:
                # Sixty-three bytes are the most; what the client pads to more is refused.
                self.refused(CtapError.ERR.PIN_POLICY_VIOLATION, client.pin.set_pin, "x" * 64)
                client.pin.set_pin("x" * 63)
                client.pin.get_pin_token("x" * 63, 1, "ssh:")

    def test_blocking(self):
        for folder, _, protocol in self.each():
            left = 8
            with sk.Softkey(folder, pin=PIN):
                pass
            while left > 0:  # power cycles of three
                with sk.Softkey(folder) as token, Client(token, protocol) as client:
                    for attempt in (1, 2, 3):
                        left -= 1
                        expected = (CtapError.ERR.PIN_BLOCKED if left == 0 else
                                    CtapError.ERR.PIN_AUTH_BLOCKED if attempt == 3 else CtapError.ERR.PIN_INVALID)
                        self.refused(expected, client.pin.get_pin_token, "wrong", 1, "ssh:")
                        self.assertEqual(client.pin.get_pin_retries()[0], left)
                        if left == 0:
                            break
                    else:
                        self.refused(CtapError.ERR.PIN_AUTH_BLOCKED, client.pin.get_pin_token, PIN, 1, "ssh:")
                        self.assertEqual(client.pin.get_pin_retries(), (left, True))
                        token.kill()  # pulling the plug gives no tries back
            with sk.Softkey(folder) as token, Client(token, protocol) as client:
                self.refused(CtapError.ERR.PIN_BLOCKED, client.pin.get_pin_token, PIN, 1, "ssh:")

    def test_permissions(self):
        for folder, _, protocol in self.each():
            with sk.Softkey(folder, pin=PIN) as token, Client(token, protocol) as client:
                self.refused(CtapError.ERR.MISSING_PARAMETER, client.pin.get_pin_token, PIN, PERMIT.MAKE_CREDENTIAL)
                self.refused(CtapError.ERR.INVALID_PARAMETER, client.token_for_nothing, PIN)
                self.refused(CtapError.ERR.UNAUTHORIZED_PERMISSION, client.pin.get_pin_token, PIN, PERMIT.BIO_ENROLL)
                wrong_use = client.auth(HASH, PIN, PERMIT.GET_ASSERTION, RP["id"])
                self.refused(CtapError.ERR.PIN_AUTH_INVALID, client.make, **wrong_use)
                wrong_rp = client.auth(HASH, PIN, PERMIT.MAKE_CREDENTIAL, "ssh:other")
                self.refused(CtapError.ERR.PIN_AUTH_INVALID, client.make, **wrong_rp)
                wrong_message = client.auth(b"x" * 32, PIN, PERMIT.MAKE_CREDENTIAL, RP["id"])
                self.refused(CtapError.ERR.PIN_AUTH_INVALID, client.make, **wrong_message)
                good = client.auth(HASH, PIN, PERMIT.MAKE_CREDENTIAL, RP["id"])
                client.make(**good)
                self.refused(CtapError.ERR.PIN_AUTH_INVALID, client.make, **good)  # spent with its touch


class Credentials(Case):
    def test_signatures(self):
        for folder, _, protocol in self.each():
            for algorithm in (ES256, EDDSA):
                with sk.Softkey(folder, name=f"t{-algorithm}", pin=PIN) as token, Client(token, protocol) as client:
                    made = client.make(algorithm=algorithm, pin=PIN)
                    data = made.auth_data
                    self.assertEqual(data.flags, 0x45)
                    credential = data.credential_data
                    self.assertEqual(credential.public_key[3], algorithm)
                    answer = client.get(allow=[{"id": credential.credential_id, "type": "public-key"}])
                    self.assertEqual(answer.auth_data.flags, 0x01)
                    self.assertGreater(answer.auth_data.counter, data.counter)
                    CoseKey.parse(credential.public_key).verify(answer.auth_data + HASH, answer.signature)
                    self.refused(CtapError.ERR.NO_CREDENTIALS, client.get, {"id": "ssh:other"},
                                 [{"id": credential.credential_id, "type": "public-key"}])

    def test_attestation_by_own_certificate(self):
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.hashes import SHA256
        with sk.folder() as folder, sk.Softkey(folder) as token, Client(token) as client:
            made = client.make()
            statement = statement_of(made)
            certificate = x509.load_der_x509_certificate(statement["x5c"][0])
            certificate.public_key().verify(statement["sig"], made.auth_data + HASH, ec.ECDSA(SHA256()))
            subject = certificate.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATIONAL_UNIT_NAME)[0].value
            self.assertEqual(subject, "Authenticator Attestation")
            aaguid = certificate.extensions.get_extension_for_oid(x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4"))
            self.assertEqual(aaguid.value.value, b"\x04\x10" + made.auth_data.credential_data.aaguid)
            again = statement_of(client.make())["x5c"]
            self.assertEqual(again, statement["x5c"])

    def test_choice_of_algorithm(self):
        with sk.folder() as folder, sk.Softkey(folder) as token, Client(token) as client:
            user = {"id": b"u"}
            made = client.ctap.make_credential(HASH, RP, user, parameters(-257, EDDSA, ES256))
            self.assertEqual(made.auth_data.credential_data.public_key[3], EDDSA)
            self.refused(CtapError.ERR.UNSUPPORTED_ALGORITHM, client.ctap.make_credential, HASH, RP, user, parameters(-257))

    def test_exclude_list(self):
        with sk.folder() as folder, sk.Softkey(folder) as token, Client(token) as client:
            known = [{"id": client.make().auth_data.credential_data.credential_id, "type": "public-key"}]
            self.refused(CtapError.ERR.CREDENTIAL_EXCLUDED, client.make, exclude_list=known)
            client.make(rp={"id": "ssh:other"}, exclude_list=known)

    def test_next_assertion(self):
        with sk.folder() as folder, sk.Softkey(folder, pin=PIN) as token, Client(token) as client:
            users = [b"one", b"two", b"three"]
            keys = {}
            for user in users:
                made = client.make(user=user, pin=PIN, options={"rk": True})
                keys[user] = made.auth_data.credential_data
            first = client.get(pin=PIN)
            answers = [first] + [client.ctap.get_next_assertion() for _ in range(first.number_of_credentials - 1)]
            self.assertEqual([answer.user["id"] for answer in answers], users[::-1])  # the newest first
            self.assertEqual([answer.user["name"] for answer in answers], ["three", "two", "one"])
            counters = [answer.auth_data.counter for answer in answers]
            self.assertEqual(counters, sorted(set(counters)))
            for answer in answers:
                key = CoseKey.parse(keys[answer.user["id"]].public_key)
                key.verify(answer.auth_data + HASH, answer.signature)
            self.refused(CtapError.ERR.NOT_ALLOWED, client.ctap.get_next_assertion)
            unverified = client.get()
            self.assertEqual(unverified.user, {"id": b"three"})  # who it is stays hidden without a PIN
            client.ctap.get_info()
            self.refused(CtapError.ERR.NOT_ALLOWED, client.ctap.get_next_assertion)

    def test_same_account_replaces_and_store_fills(self):
        with sk.folder() as folder, sk.Softkey(folder, "--residents", "2", pin=PIN) as token, Client(token) as client:
            client.make(user=b"a", pin=PIN, options={"rk": True})
            client.make(user=b"b", pin=PIN, options={"rk": True})
            self.refused(CtapError.ERR.KEY_STORE_FULL, client.make, user=b"c", pin=PIN, options={"rk": True})
            replaced = client.make(user=b"a", pin=PIN, options={"rk": True}).auth_data.credential_data.credential_id
            self.assertEqual(client.get(pin=PIN).credential["id"], replaced)
            self.assertEqual(client.management(PIN).get_metadata(), {1: 2, 2: 0})

    def test_built_in_verification(self):
        with sk.folder() as folder, sk.Softkey(folder, "--uv") as token, Client(token) as client:
            self.assertEqual(client.make(options={"uv": True}).auth_data.flags, 0x45)
            self.assertEqual(client.uv_retries(), 5)
            auth = client.pin.get_uv_token(PERMIT.MAKE_CREDENTIAL, RP["id"])
            made = client.make(pin_uv_param=client.protocol.authenticate(auth, HASH), pin_uv_protocol=2)
            self.assertEqual(made.auth_data.flags, 0x45)
        with sk.folder() as folder, sk.Softkey(folder, "--uv", "--misbehave", "uv-fails") as token, \
                Client(token) as client:
            for left in (4, 3, 2, 1):
                self.refused(CtapError.ERR.UV_INVALID, client.pin.get_uv_token, 1, RP["id"])
                self.assertEqual(client.uv_retries(), left)
            self.refused(UV_BLOCKED, client.pin.get_uv_token, 1, RP["id"])
            self.refused(CtapError.ERR.OPERATION_DENIED, client.make, options={"uv": True})


class Management(Case):
    def test_enumerate_update_delete(self):
        for folder, version, protocol in self.each("2.0", "2.1"):
            with sk.Softkey(folder, "--ctap", version, pin=PIN) as token, Client(token, protocol) as client:
                self.refused(CtapError.ERR.NO_CREDENTIALS, client.management(PIN).enumerate_rps_begin)
                made = {}
                for rp in ("ssh:one", "ssh:two"):
                    for user in (b"a", b"b"):
                        credential = client.make(user, {"id": rp}, pin=PIN, options={"rk": True},
                                                 extensions={"credProtect": 2})
                        made[rp, user] = credential.auth_data.credential_data
                manager = client.management(PIN)
                self.assertEqual(manager.get_metadata(), {1: 4, 2: 21})
                rps = manager.enumerate_rps()
                self.assertEqual([rp[3]["id"] for rp in rps], ["ssh:one", "ssh:two"])
                listed = manager.enumerate_creds(rps[1][4])
                self.assertEqual([entry[6]["id"] for entry in listed], [b"a", b"b"])
                for entry in listed:
                    known = made["ssh:two", entry[6]["id"]]
                    self.assertEqual(entry[7]["id"], known.credential_id)
                    self.assertEqual(dict(entry[8]), dict(known.public_key))
                    self.assertEqual(entry[10], 2)
                target = listed[0][7]
                if version == "2.1":
                    manager.update_user_info(target, {"id": b"a", "name": "Anna", "displayName": "Anna A."})
                    self.assertEqual(manager.enumerate_creds(rps[1][4])[0][6],
                                     {"id": b"a", "name": "Anna", "displayName": "Anna A."})
                    self.refused(CtapError.ERR.INVALID_PARAMETER, manager.update_user_info, target,
                                 {"id": b"x", "name": "Anna", "displayName": "Anna A."})
                manager.delete_cred(target)
                self.refused(CtapError.ERR.NO_CREDENTIALS, manager.delete_cred, target)
                self.assertEqual([entry[6]["id"] for entry in manager.enumerate_creds(rps[1][4])], [b"b"])
                self.refused(CtapError.ERR.NO_CREDENTIALS, client.get, {"id": "ssh:two"},
                             [{"id": target["id"], "type": "public-key"}])

    def test_foreign_residents_are_listed(self):
        with sk.folder() as folder, sk.Softkey(folder, "--misbehave", "foreign-resident,unknown-resident", pin=PIN) as token, \
                Client(token) as client:
            manager = client.management(PIN)
            rps = manager.enumerate_rps()
            self.assertEqual([rp[3]["id"] for rp in rps], ["ssh:foreign", "ssh:unknown"])
            algorithms = [manager.enumerate_creds(rp[4])[0][8][3] for rp in rps]
            self.assertEqual(algorithms, [-257, -36])


class Transport(Case):
    def test_ping_wink_lock_and_selection(self):
        with sk.folder() as folder, sk.Softkey(folder) as token, Client(token) as client:
            for size in (0, 1, 57, 58, 116, 117, 2000, 7609):
                data = bytes(i * 7 & 0xff for i in range(size))
                self.assertEqual(client.device.ping(data), data)
            client.device.wink()
            client.device.lock(1)
            client.ctap.selection()
            client.device.lock(0)

    def test_cancel_while_a_touch_is_awaited(self):
        with sk.folder() as folder, sk.Softkey(folder, "--touch", "never") as token, Client(token) as client:
            seen, event = [], threading.Event()

            def keepalive(status):
                seen.append(int(status))
                event.set()  # the person changes her mind

            self.refused(CtapError.ERR.KEEPALIVE_CANCEL, client.ctap.selection, event=event, on_keepalive=keepalive)
            self.assertEqual(seen, [2])

    def test_nobody_touches(self):
        with sk.folder() as folder, sk.Softkey(folder, "--touch", "never", "--up-timeout", "300") as token, \
                Client(token) as client:
            self.refused(CtapError.ERR.USER_ACTION_TIMEOUT, client.make)

    def test_a_touch_later(self):
        with sk.folder() as folder, sk.Softkey(folder, "--touch", "250") as token, Client(token) as client:
            self.assertEqual(client.make().auth_data.flags, 0x41)
        with sk.folder() as folder, sk.Softkey(folder, "--touch", "never") as token, Client(token) as client:
            client.ctap.make_credential(HASH, RP, {"id": b"u"}, parameters(ES256), on_keepalive=lambda _: token.touch())


if __name__ == "__main__":
    sk.main()
