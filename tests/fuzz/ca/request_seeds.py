"""Makes the seeds of the request, agent and bundle targets' corpora with the programs themselves; run once, the result is
kept.

Usage: HALLIGAN_BUILD=build/dev python3 -B tests/fuzz/ca/request_seeds.py
"""

import base64
import os
import pathlib
import socket
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
CORPUS = ROOT / "tests" / "fuzz" / "corpus"
HALLIGAN = pathlib.Path(os.environ["HALLIGAN_BUILD"]).resolve() / "bin" / "halligan"
CO_SIGN = "halligan-co-sign@v1"


def put(target: str, name: str, data: bytes) -> None:
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def run(*argv, stdin: bytes = b"") -> bytes:
    return subprocess.run([str(each) for each in argv], input=stdin, capture_output=True, check=True).stdout


def body(text: bytes) -> bytes:
    return base64.b64decode(b"".join(text.strip().splitlines()[1:-1]))


def ask(connection: socket.socket, message: bytes) -> bytes:
    connection.sendall(len(message).to_bytes(4, "big") + message)
    size = int.from_bytes(connection.recv(4, socket.MSG_WAITALL), "big")
    return connection.recv(size, socket.MSG_WAITALL)


def string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def requests() -> None:
    for kind in ("ed25519", "ecdsa", "rsa"):
        run("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", kind, "-f", kind)
        plain = run(HALLIGAN, "request", "-n", "root,admin", "-I", "ben: 4711", "--host", "web1", "--key", kind)
        put("ssh_request", f"{kind}-text", plain)
        put("ssh_request", kind, body(plain))
        pathlib.Path("ben.request").write_bytes(plain)
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"ann-{kind}")
        put("ssh_request", f"{kind}-co-signed", body(run(HALLIGAN, "co-sign", "--yes", "ben.request", "--key", f"ann-{kind}")))
        signature = body(run("ssh-keygen", "-Y", "sign", "-f", kind, "-n", CO_SIGN, stdin=b"message"))
        put("ssh_agent", f"2-{kind}", b"\x02" + signature)
        public = pathlib.Path(f"{kind}.pub").read_text()
        put("ssh_agent", f"3-{kind}", f'\x03# list\nann {public}\nben,cleo namespaces="file,{CO_SIGN}" {public}'.encode())
    put("ssh_agent", "3-options", b'\x03ann cert-authority,valid-before="20300101" ssh-ed25519 AAAA\n')


def agent() -> None:
    daemon = subprocess.Popen(["ssh-agent", "-D", "-a", "agent"], stdout=subprocess.PIPE)
    try:
        daemon.stdout.readline()
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect("agent")
            put("ssh_agent", "0-empty", b"\x00" + ask(connection, b"\x0b"))
            for kind in ("ed25519", "ecdsa", "rsa"):
                subprocess.run(["ssh-add", "-q", kind], env={**os.environ, "SSH_AUTH_SOCK": "agent"}, check=True)
                blob = base64.b64decode(pathlib.Path(f"{kind}.pub").read_text().split()[1])
                put("ssh_agent", f"1-{kind}", b"\x01" + ask(connection, b"\x0d" + string(blob) + string(b"x") + b"\0\0\0\4"))
            put("ssh_agent", "0-three", b"\x00" + ask(connection, b"\x0b"))
            put("ssh_agent", "1-refused", b"\x01" + ask(connection, b"\x0d" + string(b"none") + string(b"x") + b"\0\0\0\0"))
    finally:
        daemon.terminate()
        daemon.wait()


def bundles() -> None:
    pathlib.Path("known_hosts").write_text("web1 " + pathlib.Path("ed25519.pub").read_text())
    for kind, names in (("ed25519", "root"), ("rsa", "$(id),root")):
        run("ssh-keygen", "-q", "-s", "ecdsa", "-I", "ann", "-n", names, "-V", "-5m:+60m", "-z", "1", f"{kind}.pub")
        run(HALLIGAN, "handoff", "seal", "-i", kind, "--to", "ed25519.pub", "--known-hosts", "known_hosts", "--host", "web1",
            "-o", f"{kind}.age")
        put("bundle", kind, run("age", "-d", "-i", "ed25519", f"{kind}.age"))
    header = bytearray((CORPUS / "bundle" / "ed25519").read_bytes()[:512])
    put("bundle", "header", bytes(header))
    header[156] = ord("2")
    put("bundle", "link", bytes(header) + b"\0" * 1024)
    names = ("handoff/README", "handoff/emergency")
    source = (CORPUS / "bundle" / "ed25519").read_bytes()
    two, at = b"", 0
    for _ in names:
        size = 512 + -(-int(source[at + 124:at + 135], 8) // 512) * 512
        two, at = two + source[at:at + size], at + size
    put("bundle", "two", two + b"\0" * 1024)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        requests()
        agent()
        bundles()


if __name__ == "__main__":
    main()
