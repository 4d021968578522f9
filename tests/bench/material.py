"""What is measured: certificates, ledgers and logs, thousands of them, made without our program."""

import base64
import hashlib
import json
import os
import pathlib
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from harness.work import Work

KINDS = {"ed25519": ("-t", "ed25519"), "P-256": ("-t", "ecdsa", "-b", "256"), "RSA 3072": ("-t", "rsa", "-b", "3072")}
_DAY = 86400
_CERTIFICATES = 250_000  # of a ledger, which has at most 256 MiB


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def public_key(blob: bytes) -> str:
    return f"ssh-ed25519 {base64.b64encode(blob).decode()}"


def _blob(key: Ed25519PrivateKey) -> bytes:
    return _string(b"ssh-ed25519") + _string(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def some_key() -> bytes:
    """The blob of a public key whose private key nobody has. It has to be a point of the curve."""
    return _blob(Ed25519PrivateKey.generate())


def make_ca(work: Work, kind: str) -> pathlib.Path:
    """A CA key in a file."""
    path = work.path("ca-" + kind.replace(" ", "-"))
    if not path.exists():
        work.run("ssh-keygen", "-q", *KINDS[kind], "-N", "", "-C", "bench", "-f", path).expect()
    return path


def keys(folder: pathlib.Path, count: int) -> list[str]:
    """Files of public keys, each of its own."""
    folder.mkdir()
    names = [f"{number:06}.pub" for number in range(1, count + 1)]
    for name in names:
        (folder / name).write_text(f"{public_key(some_key())} {name}\n")
    return names


def certificates(work: Work, kind: str, count: int) -> bytes:
    """Lines of certificates for keys of their own under one CA, by ssh-keygen."""
    folder = work.path(f"certificates-{kind}")
    names = keys(folder, count)
    work.run("ssh-keygen", "-q", "-s", make_ca(work, kind), "-I", "bench", "-n", "root", "-z", "+1", "-V", "-5m:+60m", *names, cwd=folder,
             timeout=600).expect()
    return b"".join((folder / name.replace(".pub", "-cert.pub")).read_bytes() for name in names)


def _seal(body: str) -> str:
    """A line of the ledger, from its JSON."""
    return f'{body[:-1]},"sum":"{hashlib.sha256(body.encode()).hexdigest()}"}}'


def ledgers_and_log(work: Work, count: int) -> tuple[list[pathlib.Path], pathlib.Path]:
    """The ledgers of a CA that issued so many certificates, and the log of a host where each of them was used once."""
    log = work.path(f"{count}.log")
    ca = Ed25519PrivateKey.generate()
    ca_blob = _blob(ca)
    ca_print = base64.b64encode(hashlib.sha256(ca_blob).digest()).decode().rstrip("=")
    begin = int(time.time()) - 300 * _DAY
    kind = b"ssh-ed25519-cert-v01@openssh.com"
    extensions = b"".join(_string(b"permit-" + name) + _string(b"") for name in (b"X11-forwarding", b"agent-forwarding",
                                                                                 b"port-forwarding", b"pty", b"user-rc"))
    ledgers = []
    with open(log, "w", encoding="ascii") as lines:
        for first in range(0, count, _CERTIFICATES):
            ledgers.append(work.path(f"{count}-{len(ledgers)}.ledger"))
            with open(ledgers[-1], "w", encoding="ascii") as records:
                line = _seal(json.dumps({"n": 0, "prev": "", "time": begin * 1000, "kind": "ledger", "version": 1, "id": os.urandom(16).hex(),
                                         "machine": "bench"}, separators=(",", ":")))
                records.write(line + "\n")
                for n in range(first + 1, min(first + _CERTIFICATES, count) + 1):
                    at = begin * 1000 + n * 20000
                    key = some_key()
                    body = (_string(kind) + _string(os.urandom(32)) + key[15:] + at.to_bytes(8, "big") + (1).to_bytes(4, "big") +
                            _string(b"bench %d" % n) + _string(_string(b"root")) + (at // 1000 - 300).to_bytes(8, "big") +
                            (at // 1000 + 3600).to_bytes(8, "big") + _string(b"") + _string(extensions) + _string(b"") + _string(ca_blob))
                    blob = body + _string(_string(b"ssh-ed25519") + _string(ca.sign(body)))
                    line = _seal(f'{{"n":{n - first},"prev":"{hashlib.sha256(line.encode()).hexdigest()}","time":{at},"kind":"certificate",'
                                 f'"certificate":"{kind.decode()} {base64.b64encode(blob).decode()}"}}')
                    records.write(line + "\n")
                    stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000000+00:00", time.gmtime(at // 1000 + 60))
                    later = time.strftime("%Y-%m-%dT%H:%M:%S.000000+00:00", time.gmtime(at // 1000 + 600))
                    key_print = base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")
                    port, process = 1024 + n % 60000, 100 + n
                    lines.write(f"{stamp} web1 sshd[{process}]: Accepted publickey for root from 192.0.2.1 port {port} ssh2: ED25519-CERT "
                                f"SHA256:{key_print} ID bench {n} (serial {at}) CA ED25519 SHA256:{ca_print}\n"
                                f"{later} web1 sshd[{process}]: Disconnected from user root 192.0.2.1 port {port}\n")
    return ledgers, log
