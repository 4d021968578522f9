"""Two machines and a network between them: request, voice code, sign, login; then every byte that crossed, and every file
on the other machines, is searched for the private key."""

import base64
import os
import pathlib
import re
import socket
import struct
import threading

import harness

PIN = "142857"
ETH_P_ALL = 3


class Capture:
    """Everything that passes a network card: TCP payloads, put together by connection and direction."""

    def __init__(self, interface: str):
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self._socket.bind((interface, 0))
        self._socket.settimeout(0.05)
        self.frames, self._ended = [], False
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                self.frames.append(self._socket.recv(65535))
            except TimeoutError:
                if self._ended:  # and nothing is left in the queue
                    return

    def stop(self) -> dict[tuple, bytes]:
        self._ended = True
        self._thread.join()
        self._socket.close()
        pieces: dict[tuple, dict[int, bytes]] = {}
        for frame in self.frames:
            if len(frame) < 54 or frame[12:14] != b"\x08\x00" or frame[23] != socket.IPPROTO_TCP:
                continue
            packet = frame[14:14 + struct.unpack("!H", frame[16:18])[0]]
            tcp = packet[(packet[0] & 15) * 4:]
            payload = tcp[(tcp[12] >> 4) * 4:]
            if payload:
                ports, sequence = struct.unpack("!HH", tcp[:4]), struct.unpack("!I", tcp[4:8])[0]
                pieces.setdefault((packet[12:20], ports), {})[sequence] = payload
        return {flow: b"".join(parts[at] for at in sorted(parts)) for flow, parts in pieces.items()}


def needles(key_file: str) -> list[bytes]:
    """What a private key looks like wherever it went: its seed as bytes, in hexadecimal and in base64 at each offset, and
    each line of its file but the first, which all such files have."""
    lines = key_file.strip().splitlines()[1:-1]
    data = base64.b64decode("".join(lines))
    public = data[data.index(b"ssh-ed25519") + 15:][:32]
    at = data.rindex(public)  # the pair: seed, then public key
    seed = data[at - 32:at]
    assert len(seed) == 32 and seed != public
    encoded = [base64.b64encode(b"\0" * shift + seed)[4 * bool(shift):40] for shift in range(3)]
    return [seed, seed.hex().encode(), *encoded, *(line.encode() for line in lines[1:])]


def found(wanted: list[bytes], text: bytes) -> bool:
    return any(needle in text for needle in wanted)


class TwoMachines(harness.Case):
    @classmethod
    def setUpClass(cls):
        from harness.stage import Stage
        cls.stage = Stage(("web1", "theirs"))
        cls.addClassCleanup(cls.stage.close)
        cls.web, cls.theirs = cls.stage.hosts["web1"], cls.stage.hosts["theirs"]
        cls.stage.join_networks()
        cls.trust()

    def report(self) -> str:
        return self.stage.report()

    @classmethod
    def trust(cls) -> None:
        """A CA on a token at the laptop, and web1 trusts it."""
        cls.stage.plug("blue", pin=PIN, touch="auto")
        read_end, write_end = os.pipe()
        os.write(write_end, PIN.encode() + b"\n")
        os.close(write_end)
        cls.stage.run("laptop", "mkdir", "ca").expect()
        cls.stage.run("laptop", "halligan", "ca", "init", "-d", "ca", "--pin-fd", str(read_end), pass_fds=(read_end,)).expect()
        os.close(read_end)
        (cls.web.ssh / "emergency-ca.pub").write_text((cls.stage.home("laptop") / "ca/ca.pub").read_text())
        (cls.web.ssh / "sshd_config.d/10-ca.conf").write_text("TrustedUserCAKeys /etc/ssh/emergency-ca.pub\n")
        cls.stage.run("web1", "systemctl", "reload", "ssh").expect()

    def cross(self, source: str | None, target: str | None) -> bytes:
        """A file of theirs crosses the network to us, or one of ours to them."""
        with socket.create_server((self.theirs.address.rsplit(".", 1)[0] + ".1", 0)) as server:
            server.settimeout(10)
            received = []

            def serve():
                connection, _ = server.accept()
                with connection:
                    if target:
                        connection.sendall(pathlib.Path(source).read_bytes())
                    else:
                        received.append(b"".join(iter(lambda: connection.recv(65536), b"")))

            thread = threading.Thread(target=serve)
            thread.start()
            address, port = server.getsockname()
            command = f"cat </dev/tcp/{address}/{port} >{target}" if target else f"cat {source} >/dev/tcp/{address}/{port}"
            self.stage.run("theirs", "bash", "-c", f"cd && {command}").expect()
            thread.join()
        return b"".join(received)

    def test_request_code_sign_login_and_no_key_crosses(self):
        capture = Capture("to-theirs")
        asked = self.stage.run("theirs", "bash", "-c", "cd && halligan request -n root -I 'sam: incident 4711' --host web1 "
                               "-o sam >sam.request").expect()
        code = re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", asked.err)[0]

        jo = self.stage.home("laptop")
        (jo / "sam.request").write_bytes(self.cross("sam.request", None))
        signed = self.stage.run("laptop", "halligan", "sign", "--ca", "ca/ca", "--request", "sam.request", "-n", "root",
                                "--code", code, "--yes").expect(err="sam: incident 4711")
        self.assertIn(code, signed.err)
        self.cross(str(jo / "sam-cert.pub"), "sam-cert.pub")

        (self.theirs.home / "known_hosts").write_text(f"{self.web.address} {self.web.public_key()}\n")
        login = ["ssh", "-F", "none", "-o", "IdentitiesOnly=yes", "-o", "UserKnownHostsFile=known_hosts", "-o",
                 "BatchMode=yes", "-i", "sam", f"root@{self.web.address}", "hostname"]
        self.assertEqual(self.stage.run("theirs", *login).expect().out, "web1\n")

        key_file = (self.theirs.home / "sam").read_text()
        wanted = needles(key_file)
        flows = capture.stop()
        # What must have crossed was seen: the request, the certificate, and the conversation with web1.
        self.assertGreaterEqual(len(flows), 4)
        crossed = b"\n".join(flows.values())
        self.assertIn(b"BEGIN HALLIGAN REQUEST", crossed)
        self.assertIn((jo / "sam-cert.pub").read_bytes(), crossed)
        self.assertIn(b"SSH-2.0-OpenSSH", crossed)
        self.assertFalse(found(wanted, crossed))
        self.assertFalse(found(wanted, b"".join(capture.frames)))

        everywhere = [path for folder in (jo, self.stage.folder, pathlib.Path("/tmp"), pathlib.Path("/home"))
                      for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
        holders = {str(path) for path in everywhere if found(wanted, path.read_bytes())}
        self.assertEqual(holders, {str(self.theirs.home / "sam")})
        self.assertTrue({jo / "sam.request", jo / "sam-cert.pub"} <= set(everywhere))

    def test_the_search_would_find_a_key_that_crosses(self):
        self.stage.run("theirs", "bash", "-c", "cd && ssh-keygen -q -t ed25519 -N '' -f leaked && "
                       "base64 -w 0 leaked >leaked.twice && "
                       "tail -n +2 leaked | head -n -1 | base64 -d >leaked.raw").expect()
        wanted = needles((self.theirs.home / "leaked").read_text())
        for file, seen in (("leaked", True), ("leaked.raw", True), ("leaked.pub", False)):
            with self.subTest(file):
                capture = Capture("to-theirs")
                self.cross(file, None)
                self.assertEqual(found(wanted, b"".join(capture.stop().values())), seen)

    def test_a_request_that_was_exchanged_on_the_way(self):
        request = "cd && halligan request -n root -I 'sam: incident 4711' -o {0} >{0}.request"
        honest = self.stage.run("theirs", "bash", "-c", request.format("sam2")).expect()
        code = re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", honest.err)[0]
        self.stage.run("theirs", "bash", "-c", request.format("mallory")).expect()
        (self.stage.home("laptop") / "it.request").write_bytes(self.cross("mallory.request", None))
        self.stage.run("laptop", "halligan", "sign", "--ca", "ca/ca", "--request", "it.request", "-n", "root", "--code", code,
                       "--yes").expect(1, out="", err="not the request that was read out")


if __name__ == "__main__":
    if os.geteuid() != 0:
        harness.skip("machines with networks of their own need root: sudo ctest --test-dir build/release -R two_machines")
    harness.main(network=True)
