"""Makes the seeds of the attest targets' corpora; run once, the result is kept.

Usage: PYTHONPATH=tests python3 -B tests/fuzz/attest/seeds.py
"""

import hashlib
import json
import pathlib
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from harness import vendor

CORPUS = pathlib.Path(__file__).resolve().parents[1] / "corpus"
AAGUID = b"\x07" * 16
CHALLENGE = b"challenge"


def put(target: str, name: str, data: bytes) -> None:
    (CORPUS / target).mkdir(parents=True, exist_ok=True)
    (CORPUS / target / name).write_bytes(data)


def auth_data(cose: bytes, extensions: bytes = b"\xa1\x6bcredProtect\x02") -> bytes:
    flags = 0x45 | (0x80 if extensions else 0)
    return hashlib.sha256(b"ssh:emergency-ca").digest() + struct.pack(">BI", flags, 7) + AAGUID + b"\0\x04" + b"\x2a" * 4 + cose + extensions


def ec_key(key) -> bytes:
    numbers = key.public_key().public_numbers()
    return b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20" + numbers.x.to_bytes(32, "big") + b"\x22\x58\x20" + numbers.y.to_bytes(32, "big")


def statements() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    data = auth_data(ec_key(key))
    token = vendor.Token(vendor.Issuer("Root"), AAGUID)
    put("attest_statement", "packed", vendor.packed(token, data, CHALLENGE))
    put("attest_statement", "u2f", vendor.u2f(token, data, CHALLENGE))
    message = data + hashlib.sha256(CHALLENGE).digest()
    put("attest_statement", "self", vendor.write_file(b"", key.sign(message, ec.ECDSA(hashes.SHA256())), data))
    put("attest_statement", "none", vendor.write_file(b"", b"", data))
    point = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key().public_bytes_raw() \
        if hasattr(ed25519.Ed25519PublicKey, "public_bytes_raw") else bytes(range(32))
    put("attest_statement", "ed25519", vendor.write_file(b"", b"x" * 64, auth_data(b"\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20" + point, b"")))
    put("attest_statement", "old", vendor.packed(token, data, CHALLENGE).replace(b"v01", b"v00"))


def metadata() -> None:
    maker = vendor.Issuer("Root")
    entries = [vendor.entry(AAGUID, [maker.certificate]), vendor.entry(b"\x08" * 16, [], keys=["software"], reports=[("REVOKED", "2024-01-01")]),
               vendor.entry(None, [b"x"], attestationCertificateKeyIdentifiers=["00" * 20])]
    put("attest_metadata", "signed", b"\0" + vendor.Publisher(kind="ec").blob(entries))
    put("attest_metadata", "unsigned", b"\0e30.e30.")
    put("attest_metadata", "none", b"\0" + vendor.Publisher(kind="ec").blob([], header={"alg": "none"}))
    payload = json.dumps({"no": 3, "nextUpdate": "2026-12-01", "entries": entries}).encode()
    for wanted in (b"\x07", b"\x08", b"\x09"):
        put("attest_metadata", f"payload-{wanted.hex()}", wanted + payload)
    put("attest_metadata", "deep", b"\x07" + b'{"a":' * 70 + b"1" + b"}" * 70)


statements()
metadata()
