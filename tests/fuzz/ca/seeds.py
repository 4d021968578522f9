"""Makes the seeds of the targets ledger, sshd_log and planted_login from the vectors; run once, the result is kept.

Usage: python3 -B tests/fuzz/ca/seeds.py
"""

import base64
import hashlib
import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]
VECTORS = ROOT / "tests" / "vectors" / "ssh" / "certificates"
CORPUS = ROOT / "tests" / "fuzz" / "corpus"

START = {"n": 0, "prev": "", "time": 1795327817975, "kind": "ledger", "version": 1, "id": "0123456789abcdef" * 2,
         "machine": "laptop"}


def put(target: str, name: str, text: str) -> None:
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def body(members: dict) -> str:
    return json.dumps(members, separators=(",", ":")) + "\n"


def certificate(name: str, number: int, counter: int | None = None, **texts) -> str:
    line = " ".join((VECTORS / f"{name}.pub").read_text().split()[:2])
    signed = {} if counter is None else {"counter": counter, "flags": 1}
    return body({"n": number, "prev": "", "time": 1795327817975 + number, "kind": "certificate", **signed,
                 "certificate": line, **texts})


def counter(name: str) -> int:
    return int.from_bytes(base64.b64decode((VECTORS / f"{name}.pub").read_text().split()[1])[-4:], "big")


def search(name: str) -> str:
    """The certificate's own signature: of the right form, and by the right key."""
    blob = base64.b64decode((VECTORS / f"{name}.pub").read_text().split()[1])
    start = next(i for i in range(len(blob)) if blob[i + 4:].startswith(b"\0\0\0\x22sk-ecdsa") and
                 int.from_bytes(blob[i:i + 4], "big") == len(blob) - i - 4)
    return base64.b64encode(blob[start + 4:]).decode()


def use(name: str, number: int, **members) -> str:
    """What the certificate's CA signed, as a use: the signature over the same bytes proves it."""
    blob = base64.b64decode((VECTORS / f"{name}.pub").read_text().split()[1])
    signature = base64.b64decode(search(name))
    signed = blob[:len(blob) - len(signature) - 4]
    start = signed.rindex(b"\0\0\0\x22sk-ecdsa")
    ca = "sk-ecdsa-sha2-nistp256@openssh.com " + base64.b64encode(signed[start:]).decode()
    return body({"n": number, "prev": "", "time": 1795327817975 + number, "kind": "use", "ca": ca, "purpose": "why",
                 "hash": hashlib.sha256(signed).hexdigest(), "signatures": [search(name)], **members})


def main() -> None:
    by_ecdsa, by_ed25519 = "ed25519-by-sk-ecdsa", "ed25519-by-sk-ed25519"
    put("ledger", "start", body(START))
    put("ledger", "torn", body(START) + body(START)[:-20])
    put("ledger", "other-version", body({**START, "version": 2}))
    put("ledger", "software", body(START) + certificate("defaults", 1) + certificate("host", 2, reason="z\u00fcrich"))
    put("ledger", "tokens", body(START) + certificate(by_ecdsa, 1, counter(by_ecdsa), reason="4711", request="a\nb",
                                                      co_signature="c") + certificate(by_ed25519, 2, counter(by_ed25519)))
    put("ledger", "twice", body(START) + certificate(by_ecdsa, 1, counter(by_ecdsa)) * 2)
    put("ledger", "searched", body(START) + certificate(by_ecdsa, 1, counter(by_ecdsa), searches=[search(by_ecdsa)] * 2))
    put("ledger", "used", body(START) + use(by_ecdsa, 1) + certificate(by_ecdsa, 2, counter(by_ecdsa)))
    put("ledger", "used-first", body(START) + use(by_ecdsa, 1, begin=3) + use(by_ecdsa, 2))
    put("ledger", "begun", body(START) + certificate(by_ecdsa, 1, counter(by_ecdsa), without_policy="z\u00fcrich", begin=7))
    put("ledger", "merged", body(START) + certificate("rsa-by-ed25519", 1) + body({**START, "id": "f" * 32}) +
        certificate("rsa-by-ed25519", 1))
    put("ledger", "not-canonical", json.dumps(START) + "\n")

    print256 = "SHA256:" + "A" * 43
    accepted = (f"Accepted publickey for root from 192.0.2.1 port 50000 ssh2: ED25519-CERT {print256} "
                f"ID ann: 4711 \\303\\266 \\\\ (serial 1795327817975) CA ECDSA-SK {print256}")
    gone = "Disconnected from user root 192.0.2.1 port 50000"
    put("sshd_log", "stderr", f"{accepted}\r\n{gone}\r\n")
    put("sshd_log", "syslog", f"Nov  2 06:55:12 web1 sshd[71]: {accepted}\nNov 22 06:55:13 web1 sshd-session[71]: {gone}\n")
    put("sshd_log", "rsyslog", f"2026-11-22T06:55:12.123+01:00 web1 sshd[71]: {accepted}\n2026-11-22T06:55:12-0330 w sshd: x\n")
    put("sshd_log", "rfc5424", f'<38>1 2026-11-22T06:55:12Z web1 sshd 71 - [a@1 b="]\\" "] \ufeff{accepted}\n')
    journal = {"MESSAGE": accepted, "__REALTIME_TIMESTAMP": "1795327817975123", "_COMM": "sshd", "_HOSTNAME": "web1"}
    put("sshd_log", "journal", json.dumps(journal) + "\n" + json.dumps({**journal, "MESSAGE": list(gone.encode())}) + "\n")
    put("sshd_log", "hostile", accepted.replace("ann", "x (serial 7) CA ED25519 " + print256) + "\n" +
        accepted.replace("(serial 1795327817975)", "(serial 99999999999999999999)") + "\n")
    put("sshd_log", "partial", accepted.replace("Accepted", "Partial") + f"\n{accepted}\n{gone}\n")
    fake = accepted.replace("ann", "E" * 2000).replace("E (serial", "E (serial 5) CA ED25519 " + print256 + "(serial")
    put("sshd_log", "cut", fake[:500] + "\n" + fake[:1021] + "\n")
    pretty = json.dumps({**journal, "MESSAGE": list(accepted.encode())}, indent=1)
    put("sshd_log", "pretty", f"{pretty}\n{pretty[:900]}")
    put("sshd_log", "carriers", f"2026-11-22T06:55:12Z stderr F {accepted}\nweb-1  | {gone}\nMESSAGE={accepted}\n" +
        f"Sun 2026-11-22 06:55:12 UTC web1 sshd[71]: {accepted}\ndata: {json.dumps(journal)}\n\x1e{json.dumps(journal)}\n")

    for number in range(32):  # each byte chooses one thing, see planted_login.hpp
        folder = CORPUS / "planted_login"
        folder.mkdir(exist_ok=True)
        (folder / f"choices-{number:02}").write_bytes(hashlib.sha256(f"planted {number}".encode()).digest()[:24])


if __name__ == "__main__":
    main()
