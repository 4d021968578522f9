"""Private keys of the three slots: made, kept as PEM, and used as the card's algorithms want it."""

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, utils, x25519

from apdu import WRONG_DATA, Status
from objects import tlv

SLOTS = {0xB6: 0, 0xB8: 1, 0xA4: 2}  # control reference templates: signature, confidentiality, authentication
_HASHES = {32: hashes.SHA256(), 48: hashes.SHA384(), 64: hashes.SHA512(), 20: hashes.SHA1()}


def make(attributes: bytes):
    """A key of these algorithm attributes."""
    if attributes[0] == 0x01:
        return rsa.generate_private_key(public_exponent=65537, key_size=int.from_bytes(attributes[1:3], "big"))
    if attributes[0] == 0x16:
        return ed25519.Ed25519PrivateKey.generate()
    if attributes[1:].startswith(bytes.fromhex("2b0601040197550105")):
        return x25519.X25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP256R1())


def to_text(key) -> str:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


def from_text(text: str):
    return serialization.load_pem_private_key(text.encode(), None)


def public_template(key) -> bytes:
    """The public key as GENERATE ASYMMETRIC KEY PAIR gives it."""
    public = key.public_key()
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = public.public_numbers()
        return tlv(0x7F49, tlv(0x81, numbers.n.to_bytes(key.key_size // 8, "big")) + tlv(0x82, numbers.e.to_bytes(3, "big")))
    if isinstance(key, ec.EllipticCurvePrivateKey):
        point = public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    else:
        point = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return tlv(0x7F49, tlv(0x86, point))


def sign(key, data: bytes) -> bytes:
    """RSA: PKCS #1 v1.5 around a DigestInfo; ECDSA: r and s of a digest; Ed25519: of the data itself."""
    if isinstance(key, rsa.RSAPrivateKey):
        size = key.key_size // 8
        if not data or len(data) > size * 4 // 10:
            raise Status(WRONG_DATA)
        block = b"\0\1" + b"\xff" * (size - len(data) - 3) + b"\0" + data
        numbers = key.private_numbers()
        return pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n).to_bytes(size, "big")
    if isinstance(key, ec.EllipticCurvePrivateKey):
        if len(data) not in _HASHES:
            raise Status(WRONG_DATA)
        r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(utils.Prehashed(_HASHES[len(data)]))))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    raise Status(WRONG_DATA)
