"""Who talks to the PIN holder, and what says that it is one: hostile messages, silence, other users, liars."""

import base64
import contextlib
import os
import signal
import socket
import struct
import time

import harness
from harness import SOON
from pin_holder_world import REFUSED, SIGN, SIGNED, STATUS, STATUS_IS, LOCK, Held, frame, text
from unattended_world import LOCKED, PIN


class Strangers(Held):
    def test_hostile_messages(self):
        line = self.careful()
        sshd = self.server(line)
        self.hold().expect()
        process, before = self.process(), self.token.requests()
        handle = b"h" * 64
        sign = lambda application, key: frame(SIGN, bytes([1, 0]) + bytes(32) + text(application) + text(key))
        rows = [b"", b"\0", b"\0\0\0\0", b"\xff\xff\xff\xff", struct.pack(">I", 70000), frame(STATUS, b"x"), frame(STATUS, version=2),
                frame(0), frame(9), frame(SIGNED), frame(SIGN), frame(SIGN, bytes([2, 0]) + bytes(32)), frame(SIGN, b"\1\2" + bytes(32)),
                sign(b"", handle), sign(b"ssh:careful", b""), sign(b"ssh:\0careful", handle), frame(LOCK, b"\xff"),
                frame(LOCK, b"\1" + struct.pack(">H", 5000) + b"x" * 5000), frame(STATUS) + b"more", b"GET / HTTP/1.1\r\n\r\n",
                os.urandom(300)]
        for row in rows:
            with self.subTest(row[:40]):
                peer = self.connect()
                peer.sendall(row)
                if not row or len(row) < 4:
                    peer.shutdown(socket.SHUT_WR)
                self.assertEqual(self.closed(peer), b"")
        for row in (sign(b"ssh:careful", handle), sign(b"ssh:other", handle), sign(b"example.org", handle)):
            answer = self.ask(row)
            self.assertEqual((answer[1], answer[2]), (REFUSED, 1), answer)
        self.assertEqual(self.token.requests(), before, "nothing of it reached the token")
        self.assertEqual(self.process(), process)
        self.assertEqual(self.ask(frame(STATUS))[1], STATUS_IS)
        self.logs_in(sshd)

    def closed(self, peer) -> bytes:
        try:
            return peer.recv(100)
        except ConnectionError:
            return b""

    def test_the_right_handle_for_another_application(self):
        """A page of the web gets no signature, nor does a key of the other type."""
        self.work.run("ssh-keygen", "-q", "-t", "ed25519-sk", "-N", "", "-f", "held", "-O", "resident", "-O", "verify-required", "-O",
                      "application=ssh:held", env={**self.token.env, **self.work.askpass(PIN, "enrolling").env}).expect()
        data = base64.b64decode("".join(self.work.path("held").read_text().splitlines()[1:-1]))
        flags = data.rindex(b"ssh:held") + len(b"ssh:held")
        handle = data[flags + 5:flags + 5 + struct.unpack(">I", data[flags + 1:flags + 5])[0]]
        self.hold().expect()
        before = self.token.requests()
        for algorithm, application in ((1, b"ssh:other"), (1, b"example.org"), (0, b"ssh:held"), (1, b"ssh:held\xff")):
            answer = self.ask(frame(SIGN, bytes([algorithm, 0]) + bytes(32) + text(application) + text(handle)))
            self.assertEqual((answer[1], answer[2]), (REFUSED, 1), application)
        self.assertEqual(self.token.requests(), before, "nothing of it reached the token")
        self.assertEqual(self.ask(frame(SIGN, bytes([1, 0]) + bytes(32) + text(b"ssh:held") + text(handle)))[1], SIGNED)

    def test_those_who_say_nothing_hold_up_nobody(self):
        sshd = self.server(self.careful())
        self.hold().expect()
        peers = [self.connect() for _ in range(24)]
        for peer in peers[::2]:
            with contextlib.suppress(ConnectionError):  # the first ones had to make room
                peer.sendall(b"\0\0\0\x10\1")
        began = time.monotonic()
        self.logs_in(sshd)
        self.assertLess(time.monotonic() - began, SOON)
        for peer in peers:
            self.assertEqual(self.closed(peer), b"")

    def test_other_users(self):
        if os.geteuid() != 0:
            return
        sshd = self.server(self.careful())
        self.hold().expect()
        self.work.root.chmod(0o755)
        knock = self.work.write("knock", "import socket, sys\npeer = socket.socket(socket.AF_UNIX)\npeer.settimeout(20)\n"
                                "try: peer.connect(sys.argv[1])\nexcept PermissionError: print('kept out'); raise SystemExit\n"
                                f"try:\n    peer.sendall({frame(STATUS)!r})\n    print(peer.recv(100))\nexcept ConnectionError: print(b'')\n", mode=0o644)
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/python3", knock, self.socket]
        self.assertEqual(self.work.run(*nobody, cwd="/").expect().out, "kept out\n")
        for each in (self.runtime, self.socket.parent):
            each.chmod(0o755)
        self.socket.chmod(0o666)
        self.assertEqual(self.work.run(*nobody, cwd="/").expect().out, "b''\n", "by who asks, whatever the folders permit")
        # And nobody asks in folders that others can enter.
        self.refused(sshd)
        for each in (self.runtime, self.socket.parent):
            each.chmod(0o700)
        self.logs_in(sshd)

    def test_a_holder_of_another_user_is_not_asked(self):
        if os.geteuid() != 0:
            return
        sshd = self.server(self.careful())
        self.hold().expect()
        self.token_holder = self.process()
        os.kill(self.token_holder, signal.SIGKILL)
        self.gone(self.token_holder)
        self.socket.unlink()
        # Bound by root, listening as nobody: the kernel tells who called listen().
        fake = self.work.daemon("fake", ["/usr/bin/python3", "-u", "-c", "import os, socket, sys\none = socket.socket(socket.AF_UNIX)\n"
                                         "one.bind(sys.argv[1])\nos.setgid(65534)\nos.setuid(65534)\none.listen()\nprint('listens')\n"
                                         "while True:\n    peer, _ = one.accept()\n    print('asked', peer.recv(100))\n", self.socket])
        fake.wait_for("listens")
        self.refused(sshd)
        self.assertIn("is another user's", self.held(LOCKED)["reason"])
        self.assertNotIn("asked b'\\x00", fake.text())

    def test_a_holder_that_lies(self):
        """Whatever it says, ssh gets a signature that verifies, or none; and nothing hangs."""
        sshd = self.server(self.careful())
        self.hold().expect()
        process = self.process()
        os.kill(process, signal.SIGKILL)
        self.gone(process)
        good = frame(SIGNED, bytes([4]) + bytes(4) + text(b"token") + text(bytes(64)) + text(b""))
        rows = (good, frame(SIGNED, bytes([0]) + good[7:]), frame(SIGNED, bytes([4]) + bytes(4) + text(b"t") + text(b"\1") + text(b"\1")),
                frame(STATUS_IS, bytes(8) + text(b"") + b"\0"), frame(REFUSED, b"\0" + text(b"\x1b[31mno")), b"", b"\xff\xff\xff\xff", b"\0\0\0\x08\1")
        status = frame(STATUS_IS, bytes(8) + text(b"liar") + b"\0")
        for number, row in enumerate((b"", *rows)):  # the first lies about its state as well
            with self.subTest(number):
                self.socket.unlink(missing_ok=True)
                liar = self.work.daemon(f"liar{number}", [
                    "/usr/bin/python3", "-u", "-c", "import socket, sys\none = socket.socket(socket.AF_UNIX)\none.bind(sys.argv[1])\n"
                    f"one.listen()\nprint('listens')\nwhile True:\n    peer, _ = one.accept()\n    asked = peer.recv(500)[5]\n"
                    f"    peer.sendall({status!r} if asked == {STATUS} and {number} else {row!r})\n"
                    "    peer.close()\n", self.socket])
                liar.wait_for("listens")
                self.refused(sshd)
                self.held(LOCKED)
                liar.stop()


if __name__ == "__main__":
    harness.main()
