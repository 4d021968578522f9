"""What the tests of the PIN holder share: a token with keys that require the PIN, an agent, and the holder's socket."""

import json
import pathlib
import socket
import struct

import harness
from harness import SOON
from harness.process import until
from unattended_world import World

SIGN, STATUS, LOCK, SIGNED, REFUSED, STATUS_IS = 1, 2, 3, 129, 130, 131

def text(data: bytes) -> bytes:
    return struct.pack(">H", len(data)) + data


def frame(kind: int, body: bytes = b"", version: int = 1) -> bytes:
    return struct.pack(">IBB", 2 + len(body), version, kind) + body


class Held(World):
    def setUp(self):
        super().setUp()
        self.runtime = self.work.path("runtime")
        self.runtime.mkdir(mode=0o700)
        self.env = {**self.env, "XDG_RUNTIME_DIR": str(self.runtime)}
        self.stock.daemon.stop()
        self.stock = self.agent(name="with-runtime", env=self.env)
        self.env.update(self.stock.env)
        self.socket = self.runtime / "halligan" / "pin-holder"

    def careful(self, name: str = "careful", kind: str = "ed25519-sk", *options: str) -> str:
        return self.enroll(name, kind, "no-touch-required", "verify-required", *options)

    def hold(self, *arguments, **options) -> harness.Completed:
        return self.unlock("--hold-pin", "1h", *arguments, **options)

    def server(self, line: str) -> harness.Sshd:
        """One that takes signatures only if the PIN was verified."""
        return self.sshd_for(f"restrict,no-touch-required,verify-required {line}")

    def job(self, sshd, command: str = "echo logged in") -> list:
        return [*super().job(sshd, command)[:-2], "-o", "BatchMode=yes", "host", command]

    def logs_in(self, sshd) -> None:
        self.work.run(*self.job(sshd), env=self.env).expect(0, out="logged in")

    def refused(self, sshd) -> None:
        done = self.work.run(*self.job(sshd), env=self.env).expect(255, err="Permission denied")
        self.assertLess(done.seconds, SOON)

    def held(self, status: int, *arguments) -> dict:
        """checkpin says so, and nobody is asked for a touch."""
        before = self.token.requests()
        done = self.halligan("checkpin", "--json", *arguments).expect(status)
        self.assertLess(done.seconds, SOON)
        self.assertTrue(all(record["up"] != "1" for record in self.token.records()[before:]))
        return json.loads(done.out)

    def connect(self) -> socket.socket:
        peer = socket.socket(socket.AF_UNIX)
        self.addCleanup(peer.close)
        peer.settimeout(SOON)
        peer.connect(str(self.socket))
        return peer

    def ask(self, message: bytes) -> bytes:
        """What the holder answers, without the length; nothing if it closes the connection."""
        with self.connect() as peer:
            try:
                peer.sendall(message)
                with peer.makefile("rb") as stream:
                    head = stream.read(4)
                    return stream.read(struct.unpack(">I", head)[0]) if len(head) == 4 else b""
            except ConnectionError:
                return b""

    def process(self) -> int:
        with self.connect() as peer:
            return struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]

    def gone(self, process: int) -> None:
        def ended() -> bool:
            try:
                return pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
            except (FileNotFoundError, ProcessLookupError):
                return True
        until(ended, "the PIN holder to end")

    def sends_pins(self, before: int) -> int:
        return sum("Token" in record["sub"] for record in self.token.records()[before:])
