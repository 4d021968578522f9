"""A maker of tokens, and a publisher of metadata about them: certificates, attestations and blobs by python3-cryptography.

Nothing here is the project's code: it says what the formats are, and halligan ca attest must agree.
"""

import base64
import datetime
import hashlib
import json
import struct

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

HOST = "mds.fidoalliance.org"
AAGUID_EXTENSION = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
_OID = x509.oid.NameOID


def moment(text: str) -> datetime.datetime:
    return datetime.datetime.strptime(text, "%Y-%m-%d")


def pem(*certificates) -> bytes:
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


def der(certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def name(common: str, unit: str | None = None) -> x509.Name:
    parts = [x509.NameAttribute(_OID.COUNTRY_NAME, "ZZ"), x509.NameAttribute(_OID.ORGANIZATION_NAME, "Example Tokens")]
    parts += [x509.NameAttribute(_OID.ORGANIZATIONAL_UNIT_NAME, unit)] if unit else []
    return x509.Name(parts + [x509.NameAttribute(_OID.COMMON_NAME, common)])


class Issuer:
    """A root, or with `above` a CA below another."""

    def __init__(self, common: str, above: "Issuer | None" = None, *, kind: str = "ec", path_length=None):
        bits = {"rsa": 2048, "rsa-1024": 1024}.get(kind)
        self.key = rsa.generate_private_key(65537, bits) if bits else ec.generate_private_key(ec.SECP256R1())
        self.certificate = (above or self).issue(common, self.key.public_key(), ca=True, issuer=None if above else name(common),
                                                 path_length=path_length)

    def issue(self, common: str, public_key, *, ca: bool | None = False, unit: str | None = None, issuer=None, path_length=None,
              begin: str = "2020-01-01", end: str = "2050-01-01", aaguid: bytes | None = None, extensions=(), host: str | None = None):
        builder = x509.CertificateBuilder(subject_name=name(common, unit), issuer_name=issuer or self.certificate.subject)
        builder = builder.public_key(public_key).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(moment(begin)).not_valid_after(moment(end))
        if ca is not None:
            builder = builder.add_extension(x509.BasicConstraints(ca, path_length), critical=True)
        if aaguid is not None:
            builder = builder.add_extension(x509.UnrecognizedExtension(AAGUID_EXTENSION, b"\x04" + bytes([len(aaguid)]) + aaguid), critical=False)
        if host:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        for each, critical in extensions:
            builder = builder.add_extension(each, critical=critical)
        return builder.sign(self.key, hashes.SHA256())


class Token:
    """A model's attestation key, with a certificate by its maker."""
    UNIT = "Authenticator Attestation"

    def __init__(self, issuer: Issuer, model: bytes, *, key=None, **certificate):
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        certificate = {"unit": self.UNIT, "aaguid": model, **certificate}
        self.certificate = issuer.issue("Example Token EE Serial 7", self.key.public_key(), **certificate)

    def sign(self, data: bytes) -> bytes:
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            return self.key.sign(data)
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))

    def key_identifier(self) -> str:
        return x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()).digest.hex()


def unwrap(cbor: bytes) -> bytes:
    """What is in a byte string of CBOR."""
    head = {0x58: 2, 0x59: 3}[cbor[0]]
    return cbor[head:]


def wrap(data: bytes) -> bytes:
    return (struct.pack(">BB", 0x58, len(data)) if len(data) < 256 else struct.pack(">BH", 0x59, len(data))) + data


def read_file(blob: bytes) -> list[bytes]:
    """Of a file of ssh-keygen -O write-attestation: certificate, signature, authenticator data."""
    parts = []
    for _ in range(4):
        size, = struct.unpack(">I", blob[:4])
        parts.append(blob[4:4 + size])
        blob = blob[4 + size:]
    assert parts[0] == b"ssh-sk-attest-v01" and blob == bytes(8), (parts[0], blob)
    return parts[1:]


def write_file(certificate: bytes, signature: bytes, auth_data: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(each)) + each for each in (b"ssh-sk-attest-v01", certificate, signature, wrap(auth_data))) + bytes(8)


def credential(auth_data: bytes) -> tuple[bytes, bytes]:
    """The credential ID and the point of an ES256 key: WebAuthn 6.1 and 6.5.2."""
    size, = struct.unpack(">H", auth_data[53:55])
    cose = auth_data[55 + size:]
    x, y = cose.index(b"\x21\x58\x20") + 3, cose.index(b"\x22\x58\x20") + 3
    return auth_data[55:55 + size], b"\4" + cose[x:x + 32] + cose[y:y + 32]


def packed(token: Token, auth_data: bytes, challenge: bytes) -> bytes:
    """The file for a key, attested by this token in its maker's name."""
    return write_file(der(token.certificate), token.sign(auth_data + hashlib.sha256(challenge).digest()), auth_data)


def u2f(token: Token, auth_data: bytes, challenge: bytes) -> bytes:
    handle, point = credential(auth_data)
    message = b"\0" + auth_data[:32] + hashlib.sha256(challenge).digest() + handle + point
    return write_file(der(token.certificate), token.sign(message), auth_data)


def aaguid_text(aaguid: bytes) -> str:
    digits = aaguid.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def publish(folder, attestations: list[bytes]) -> None:
    """Files blob.jwt and root-r3.pem: metadata that list the makers of the tokens that made these, all of one model."""
    read = [read_file(each) for each in attestations]
    publisher = Publisher()
    (folder / "blob.jwt").write_bytes(publisher.blob([entry(unwrap(read[0][2])[37:53], [certificate for certificate, _, _ in read])]))
    (folder / "root-r3.pem").write_bytes(pem(publisher.root.certificate))


def entry(aaguid: bytes | None, roots, *, keys=("hardware", "secure_element"), reports=(("FIDO_CERTIFIED_L2", "2023-05-01"),), **more) -> dict:
    """One model in metadata. @param aaguid  None: a U2F token, known by `attestationCertificateKeyIdentifiers` in `more`"""
    statement = {"description": "Example Token Plus", "authenticatorVersion": 5, "protocolFamily": "fido2", "icon": "data:image/png;base64,AAAA",
                 "keyProtection": list(keys), "matcherProtection": ["on_chip"], "attachmentHint": ["external", "wired"],
                 "attestationTypes": ["basic_full"],
                 "attestationRootCertificates": [base64.b64encode(each if isinstance(each, bytes) else der(each)).decode() for each in roots]}
    if keys is None or keys == ():
        del statement["keyProtection"]
    made = {"metadataStatement": statement, "statusReports": [{"status": status, "effectiveDate": date} for status, date in reports],
            "timeOfLastStatusChange": "2023-05-01", **more}
    return {"aaguid": aaguid_text(aaguid), **made} if aaguid is not None else made


class Publisher:
    """Signs metadata as FIDO does: a JWS whose header has the certificates."""

    def __init__(self, *, kind: str = "rsa", host: str = HOST, **certificate):
        self.root = Issuer("Example Root R3", kind=kind)
        self.middle = Issuer("Example Extended Validation CA", self.root)
        self.key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
        self.kind = kind
        self.certificate = self.middle.issue(host, self.key.public_key(), host=host, **certificate)

    def blob(self, entries: list[dict], *, number: int = 77, next_update: str = "2049-12-01", header: dict | None = None, **more) -> bytes:
        payload = json.dumps({"legalHeader": "as it is", "no": number, "nextUpdate": next_update, "entries": entries, **more}).encode()
        return self.sign(payload, header)

    def sign(self, payload: bytes, header: dict | None = None) -> bytes:
        head = {"alg": "RS256" if self.kind == "rsa" else "ES256", "typ": "JWT",
                "x5c": [base64.b64encode(der(each)).decode() for each in (self.certificate, self.middle.certificate)]}
        head.update(header or {})
        text = f"{base64url(json.dumps(head).encode())}.{base64url(payload)}".encode()
        if self.kind == "rsa":
            signature = self.key.sign(text, padding.PKCS1v15(), hashes.SHA256())
        else:
            r, s = utils.decode_dss_signature(self.key.sign(text, ec.ECDSA(hashes.SHA256())))
            signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return text + b"." + base64url(signature).encode()
