"""Makes the seeds of the ssh targets' corpora from the vectors; run once, the result is kept.

Usage: python3 -B tests/fuzz/ssh/seeds.py
"""

import base64
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
VECTORS = ROOT / "tests" / "vectors" / "ssh"
CORPUS = ROOT / "tests" / "fuzz" / "corpus"

TEXTS = {
    b"\x00": ["-5m:+60m", "+52w", "30m", "20260101:20260201", "202607011200Z:20260801235959UTC", "0x10:0xffffffffffffffff",
              "always:forever", "20260308023000:20260309", "20261101013000:+1w2d3h4m5s"],
    b"\x01": ["1w2d3h4m5s", "2147483647", "90"],
    b"\x02": ["192.0.2.0/24,2001:db8::/32", "::1", "10.0.0.1/8", "::ffff:192.0.2.1/128"],
    b"\x03": ["clear\npermit-pty\nno-x11-forwarding", "force-command=ls -l\nsource-address=10.0.0.0/8\nverify-required",
              "critical:a@b=c\nextension:d@e\nno-touch-required\ntouch-required"],
    b"\x04": ["critical:a@b=c\nextension:d@e", "permit-pty"],
}


def put(target: str, name: str, data: bytes) -> None:
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


FOREIGN = {
    "pkcs8-ed25519": ["openssl", "genpkey", "-algorithm", "ed25519"],
    "pkcs8-rsa": ["openssl", "genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:1024"],
    "pkcs1": ["openssl", "genrsa", "-traditional", "1024"],
    "sec1": ["openssl", "ecparam", "-name", "prime256v1", "-genkey"],
    "encrypted": ["openssl", "genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:x"],
    "rfc4716": ["ssh-keygen", "-e", "-m", "RFC4716", "-f", str(VECTORS / "keys" / "ed25519.pub")],
    "public-rsa": ["ssh-keygen", "-e", "-m", "PEM", "-f", str(VECTORS / "keys" / "rsa.pub")],
    "public-ecdsa": ["ssh-keygen", "-e", "-m", "PKCS8", "-f", str(VECTORS / "keys" / "ecdsa256.pub")],
}


def foreign_key(arguments: list[str]) -> bytes:
    return subprocess.run(arguments, check=True, capture_output=True).stdout


def blob(text: str) -> bytes:
    return base64.b64decode(text.split()[1])


def main() -> None:
    for path in sorted((VECTORS / "certificates").glob("*.pub")):
        data = blob(path.read_text())
        put("ssh_certificate", path.stem, data)
        # The signature is the last string; its length stands in front of it and nothing behind it.
        for size in range(60, 700):
            if data[-size - 4:-size] == size.to_bytes(4, "big") and data[-size:-size + 3] == b"\0\0\0":
                put("ssh_signature", path.stem, data[-size:])
                break
    for path in sorted((VECTORS / "keys").glob("*.pub")):
        put("ssh_public_key", path.stem, blob(path.read_text()))
        put("ssh_public_key_line", path.stem, path.read_bytes())
    put("ssh_public_key_line", "host-certificate", (VECTORS / "certificates" / "host.pub").read_bytes())
    put("ssh_public_key_line", "options", b'command="ls" ' + (VECTORS / "keys" / "ed25519.pub").read_bytes())
    put("ssh_public_key_line", "comments", b"# a\r\n\n" + (VECTORS / "keys" / "ed25519.pub").read_bytes() + b"\r\n")
    for path in sorted((VECTORS / "keys").iterdir()):
        if path.suffix:
            continue
        text = path.read_text()
        put("ssh_key_file", path.stem, text.encode())
        if "OPENSSH" in text:
            put("ssh_key_file", path.stem + "-inside", base64.b64decode("".join(text.splitlines()[1:-1])))
    for name, arguments in FOREIGN.items():
        put("foreign_key", name, foreign_key(arguments))
    for first, texts in TEXTS.items():
        for number, text in enumerate(texts):
            put("ssh_text", f"{first[0]}-{number}", first + text.encode())


if __name__ == "__main__":
    main()
