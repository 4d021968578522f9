"""Data objects: BER-TLV, and what the card says of itself. Source: OpenPGP application 3.4.1, section 4.4."""

# Category, card service data, capabilities (chains, extended lengths), life cycle, status.
HISTORICAL = bytes.fromhex("0031c573c001c0059000")
# Change of the forced PW1 and of algorithms, GET CHALLENGE; no secure messaging; challenges, certificates and other objects.
CAPABILITIES = bytes.fromhex("540000ff080004000000")
UIF_OFF, UIF_ON, BUTTON = bytes.fromhex("0020"), bytes.fromhex("0120"), bytes.fromhex("810120")

AID_PREFIX = bytes.fromhex("d27600012401")
DEFAULT_RSA = bytes.fromhex("010800002000")
ED25519 = bytes.fromhex("162b06010401da470f01")
X25519 = bytes.fromhex("122b060104019755010501")
P256_SIGN, P256_DECRYPT = (bytes([number]) + bytes.fromhex("2a8648ce3d030107") for number in (0x13, 0x12))
ALGORITHMS = {"rsa2048": (DEFAULT_RSA, DEFAULT_RSA), "ed25519": (ED25519, X25519), "nistp256": (P256_SIGN, P256_DECRYPT)}

WRITABLE = {0x5B: 39, 0x5F2D: 8, 0x5F35: 1, 0x5F50: 255, 0x5E: 255, 0x0101: 255, 0x0103: 255, 0x7F21: 2048}


def tlv(tag: int, value: bytes) -> bytes:
    size = len(value)
    length = bytes([size]) if size < 0x80 else bytes([0x81, size]) if size < 0x100 else b"\x82" + size.to_bytes(2, "big")
    return tag.to_bytes(2 if tag > 0xFF else 1, "big") + length + value


def atr() -> bytes:
    """T=1, with the historical bytes; the last byte is the exclusive or of those from the second on."""
    head = bytes([0x3B, 0xF0 | len(HISTORICAL), 0x13, 0x00, 0x00, 0x81, 0x31, 0xFE, 0x45]) + HISTORICAL
    check = 0
    for byte in head[1:]:
        check ^= byte
    return head + bytes([check])


def algorithm_information() -> bytes:
    rows = b""
    for slot in range(3):
        for sign, decrypt in ALGORITHMS.values():
            rows += tlv(0xC1 + slot, decrypt if slot == 1 else sign)
    return tlv(0xFA, rows)
