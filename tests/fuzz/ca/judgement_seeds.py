"""Makes the seeds of the target judgement from the vectors, with ssh-keygen -k; run once, the result is kept.

Usage: python3 -B tests/fuzz/ca/judgement_seeds.py
"""

import base64
import pathlib
import re
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
VECTORS = ROOT / "tests" / "vectors" / "ssh"
CORPUS = ROOT / "tests" / "fuzz" / "corpus" / "judgement"

CERTIFICATES = ["ed25519-by-ed25519", "host", "odd-texts", "no-principals", "by-rsa-sha1", "ed25519-by-sk-ecdsa", "defaults"]
LISTS = ["", "serial: {serial}\n", "id: {id}\n", "serial: 1-18446744073709551615\n", "serial: 3\nserial: 5\nserial: 70\nid: x\n"]


def part(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


def main() -> None:
    CORPUS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        for name in CERTIFICATES:
            file = VECTORS / "certificates" / f"{name}.pub"
            shown = subprocess.run(["ssh-keygen", "-L", "-f", file], check=True, capture_output=True, env={"TZ": "UTC"}).stdout.decode()
            kind = name.rsplit("-by-", 1)[-1] if "-by-" in name else "rsa" if "rsa" in name else "ed25519"
            ca = (VECTORS / "keys" / f"{kind}.pub").read_bytes()
            serial, key_id = re.search(r"Serial: (\d+)", shown)[1], re.search(r'Key ID: "(.*)"', shown)[1]
            blob = base64.b64decode(file.read_text().split()[1])
            for number, text in enumerate(LISTS):
                (path / "spec").write_text(text.format(serial=serial, id=key_id))
                (path / "ca.pub").write_bytes(ca)
                made = subprocess.run(["ssh-keygen", "-q", "-k", "-f", path / "krl", "-s", path / "ca.pub", path / "spec"], check=False)
                krl = (path / "krl").read_bytes() if text and made.returncode == 0 else b""
                (path / "krl").unlink(missing_ok=True)
                moment = (1_768_000_000, 0, 2**40)[number % 3].to_bytes(8, "big")
                trusted = (b"", ca, b"@cert-authority *.example.org " + ca)[number % 3]
                (CORPUS / f"{name}-{number}").write_bytes(moment + part(trusted) + part(krl) + blob)


if __name__ == "__main__":
    main()
