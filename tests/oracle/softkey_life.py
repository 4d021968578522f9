"""softkey's life as a process: starting, being killed, dying clients, the touch, the log, misbehaviour."""
import hashlib
import os
import pty
import select
import signal
import stat
import struct
import subprocess
import unittest

import softkey_process as sk

INIT, CBOR, CANCEL, KEEPALIVE, ERROR = 0x06, 0x10, 0x11, 0x3B, 0x3F
BROADCAST = 0xFFFFFFFF
SELECTION = b"\x0b"
GET_INFO = b"\x04"


class Wire:
    """A client that speaks in single reports."""

    def __init__(self, token):
        self.fd = os.open(token.link, os.O_RDWR | os.O_NOCTTY)
        self.channel = BROADCAST
        self.channel, = struct.unpack_from(">I", self.call(INIT, os.urandom(8)), 8)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.fd)

    def raw(self, data):
        os.write(self.fd, data)

    def send(self, command, data=b"", size=None):
        header = struct.pack(">BIBH", 0, self.channel, 0x80 | command, len(data) if size is None else size)
        self.raw((header + data).ljust(65, b"\0"))

    def _read(self, timeout):
        return os.read(self.fd, 64) if select.select([self.fd], [], [], timeout)[0] else None

    def report(self, timeout=sk.DEADLINE):
        """(channel, command, data) of the next message, whole; None if there is none. Where a new message begins before
        the last one was whole, the last one is given up: a new client's INIT makes softkey discard what is unread."""
        message = self._read(timeout)
        while message:
            channel, command, size = struct.unpack_from(">IBH", message)
            data = message[7:]
            while len(data) < size:
                message = self._read(timeout)
                if message is None or message[4] & 0x80 or message[:4] != struct.pack(">I", channel):
                    break
                data += message[5:]
            else:
                return channel, command & 0x7F, data[:size]
        return None

    def answer(self, command):
        """The data of the next answer to `command`; keep-alives and other channels are passed over."""
        while report := self.report():
            channel, got, data = report
            if channel == self.channel and got in (command, ERROR):
                return data if got == command else ("error", data[0])
        raise AssertionError("no answer")

    def call(self, command, data=b""):
        self.send(command, data)
        return self.answer(command)


class Life(unittest.TestCase):
    def test_start_and_stop(self):
        with sk.folder() as folder:
            with sk.Softkey(folder) as token:
                self.assertEqual(stat.S_IMODE(os.stat(token.link).st_mode), 0o600)
                self.assertEqual(stat.S_IMODE(os.stat(token.state).st_mode), 0o700)
                self.assertEqual(stat.S_IMODE(os.stat(os.path.join(token.state, "state")).st_mode), 0o600)
                self.assertEqual(token.stop(), 0)
                self.assertFalse(os.path.lexists(token.link))
                self.assertIn("no protection for real keys", token.process.stderr.read())
            with sk.Softkey(folder) as token:
                token.process.send_signal(signal.SIGINT)
                self.assertEqual(token.process.wait(sk.DEADLINE), 0)

    def test_one_state_one_token(self):
        with sk.folder() as folder, sk.Softkey(folder) as token:
            second = sk.run(sk.SOFTKEY, "--state", token.state, "--pty", os.path.join(folder, "other"), check=False)
            self.assertEqual(second.returncode, 4)
            self.assertIn("is in use by another softkey", second.stderr)
            self.assertFalse(os.path.lexists(os.path.join(folder, "other")))

    def test_refuses_to_start(self):
        with sk.folder() as folder:
            with sk.Softkey(folder):
                pass
            state = os.path.join(folder, "token.state", "state")
            with open(state, "r+b") as file:
                file.seek(-1, os.SEEK_END)
                last = file.read(1)
                file.seek(-1, os.SEEK_END)
                file.write(bytes([last[0] ^ 1]))
            start = [sk.SOFTKEY, "--state", os.path.join(folder, "token.state"), "--pty", os.path.join(folder, "token")]
            damaged = sk.run(*start, check=False)
            self.assertEqual((damaged.returncode, "damaged softkey state" in damaged.stderr), (3, True))
            os.mkdir(os.path.join(folder, "token"))
            occupied = sk.run(*start, check=False)
            self.assertEqual((occupied.returncode, "is not a link" in occupied.stderr), (3, True))
            for bad in (["--touch", "maybe"], ["--misbehave", "nicely"], ["--ctap", "3"], ["--misbehave", "hang-after=x"]):
                self.assertEqual(sk.run(*start, *bad, check=False).returncode, 2, bad)

    def test_killed_and_started_again(self):
        with sk.folder() as folder:
            with sk.Softkey(folder, pin="1234") as token:
                sk.run("ssh-keygen", "-q", "-t", "ecdsa-sk", "-O", "device=" + token.link, "-N", "", "-f",
                       os.path.join(folder, "key"))
                token.kill()
                self.assertTrue(os.path.islink(token.link))  # nobody was left to remove it …
            with sk.Softkey(folder) as token:  # … and it is no obstacle
                self.assertRegex(sk.run("fido2-token", "-I", token.link).stdout, r"options: .*\bclientPin\b")

    def test_a_given_pin_is_kept(self):
        with sk.folder() as folder:
            with sk.Softkey(folder, pin="first"):
                pass
            with sk.Softkey(folder, pin="second") as token:
                wrong = sk.on_terminal(["fido2-token", "-L", "-r", token.link], [("Enter PIN", "second")], check=False)
                self.assertNotEqual(wrong.returncode, 0)
                self.assertIn("pin retries: 7", sk.run("fido2-token", "-I", token.link).stdout)
        with sk.folder() as folder, self.assertRaisesRegex(RuntimeError, "at least 4 characters"):
            sk.Softkey(folder, pin="abc")


class Clients(unittest.TestCase):
    def test_a_killed_client_leaves_no_trace(self):
        with sk.folder() as folder, sk.Softkey(folder) as token:
            with Wire(token) as dead:
                dead.send(CBOR, GET_INFO)  # never read
                token.wait_for_request(ctap="getInfo")
            with Wire(token) as client:
                self.assertEqual(client.call(CBOR, GET_INFO)[:1], b"\0")

    def test_a_client_killed_in_mid_write(self):
        with sk.folder() as folder, sk.Softkey(folder) as token:
            for torn in (b"\0", b"\0" + b"\x11" * 20, b"\0" * 64, b"\x80" * 40, b"\xff" * 64):
                with self.subTest(torn=torn), Wire(token) as dead:
                    dead.raw(torn)
                    select.select([], [], [], 0.15)  # what was torn off goes stale after a tenth of a second
                    with Wire(token) as client:
                        self.assertEqual(client.call(CBOR, GET_INFO)[:1], b"\0")

    def test_a_message_that_is_not_finished(self):
        with sk.folder() as folder, sk.Softkey(folder) as token, Wire(token) as client:
            client.send(CBOR, bytes(57), size=100)
            self.assertEqual(client.answer(CBOR), ("error", 0x05))
            self.assertEqual(client.call(CBOR, GET_INFO)[:1], b"\0")

    def test_two_clients_while_a_touch_is_awaited(self):
        with sk.folder() as folder, sk.Softkey(folder, "--touch", "never") as token, Wire(token) as first:
            first.send(CBOR, SELECTION)
            self.assertEqual(first.report(), (first.channel, KEEPALIVE, b"\x02"))
            with Wire(token) as second:
                self.assertEqual(second.call(CBOR, GET_INFO), ("error", 0x06))
                # Only the channel that waits can cancel.
                second.send(CANCEL)
                self.assertEqual(second.call(CBOR, GET_INFO), ("error", 0x06))
                token.touch()
                self.assertEqual(first.answer(CBOR), b"\0")
                self.assertEqual(second.call(CBOR, GET_INFO)[:1], b"\0")

    def test_init_on_its_channel_ends_a_wait(self):
        with sk.folder() as folder, sk.Softkey(folder, "--touch", "never") as token, Wire(token) as client:
            client.send(CBOR, SELECTION)
            self.assertEqual(client.report()[1], KEEPALIVE)
            client.call(INIT, os.urandom(8))
            self.assertEqual(client.call(CBOR, GET_INFO)[:1], b"\0")
            self.assertEqual(token.wait_for_request(ctap="selection")["status"], "aborted")

    def test_no_client_gets_the_pty_as_its_terminal(self):
        with sk.folder() as folder, sk.Softkey(folder) as token:
            # A session leader without a terminal, opening as libfido2 does.
            script = ("import os,sys\nos.setsid()\nos.open(sys.argv[1], os.O_RDWR)\n"
                      "try:\n os.open('/dev/tty', os.O_RDWR)\nexcept OSError:\n sys.exit(0)\nsys.exit(1)")
            pid = os.fork()
            if pid == 0:
                os.execv("/usr/bin/python3", ["python3", "-c", script, token.link])
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)


class TouchOnTerminal(unittest.TestCase):
    def ask(self, answer):
        """softkey --touch ask on a terminal of its own; every question gets this answer. Returns ssh-keygen's exit status
        and the statuses of makeCredential."""
        with sk.folder() as folder:
            link, log = os.path.join(folder, "token"), os.path.join(folder, "log")
            pid, master = pty.fork()
            if pid == 0:
                os.execv(sk.SOFTKEY, [sk.SOFTKEY, "--state", os.path.join(folder, "s"), "--pty", link, "--log", log,
                                      "--touch", "ask", "--name", "safe-token", "--up-timeout", "20000"])
            shown, client, question = b"", None, b"[Enter = touch, n = no] "
            try:
                while client is None or client.poll() is None:
                    if not select.select([master], [], [], 0.05)[0]:
                        continue
                    shown += os.read(master, 4096)
                    if client is None and b"ready on" in shown:
                        client = subprocess.Popen(
                            ["ssh-keygen", "-q", "-t", "ecdsa-sk", "-O", "device=" + link, "-O", "application=ssh:ask",
                             "-N", "", "-f", os.path.join(folder, "k")], stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                    if question in shown:
                        self.assertIn(b"safe-token: touch to make a credential for ssh:ask?", shown)
                        shown = shown.replace(question, b"")
                        os.write(master, answer)
            finally:
                os.kill(pid, signal.SIGTERM)
                os.waitpid(pid, 0)
                os.close(master)
            with open(log, encoding="utf-8") as file:
                statuses = [field.split("=")[1] for line in file if "ctap=makeCredential" in line
                            for field in line.split() if field.startswith("status=")]
            return client.returncode, statuses

    def test_enter_touches(self):
        self.assertEqual(self.ask(b"\n"), (0, ["0x00:OK"]))

    def test_n_refuses(self):
        status, statuses = self.ask(b"n\n")
        self.assertNotEqual(status, 0)
        self.assertEqual(set(statuses), {"0x27:OPERATION_DENIED"})


class Log(unittest.TestCase):
    def test_one_line_per_request_and_no_secret(self):
        with sk.folder() as folder, sk.Softkey(folder, pin="topsecret") as token:
            sk.on_terminal(["fido2-token", "-L", "-r", token.link], [("Enter PIN", "topsecret")], check=False)
            requests = token.requests()
            self.assertEqual([r["hid"] for r in requests[:2]], ["INIT", "CBOR"])
            self.assertEqual(requests[-1]["sub"], "enumerateRPsBegin")
            self.assertEqual(requests[-1]["status"], "0x2e:NO_CREDENTIALS")
            keys = ["time", "channel", "hid", "ctap", "sub", "in", "out", "status", "up", "uv", "rk", "rp"]
            for request in requests:
                self.assertEqual(list(request), keys)
            with open(token.log, encoding="utf-8") as log:
                self.assertNotIn("topsecret", log.read())


class Misbehaviour(unittest.TestCase):
    """Each one is seen on the wire, or by the client that it makes fail."""

    def enroll(self, token, folder):
        return sk.run("ssh-keygen", "-q", "-t", "ecdsa-sk", "-O", "device=" + token.link, "-N", "", "-f",
                      os.path.join(folder, "key"), check=False)

    def test_enrolling_fails_and_ends(self):
        for name in ("garbage-cbor", "truncated-cbor", "wrong-sequence", "other-answer", "oversized-length",
                     "bad-signature", "wrong-rpid-hash", "vanish-on-touch"):
            with self.subTest(name=name), sk.folder() as folder, sk.Softkey(folder, "--misbehave", name) as token:
                self.assertNotEqual(self.enroll(token, folder).returncode, 0)
        with sk.folder() as folder, sk.Softkey(folder) as token:
            self.assertEqual(self.enroll(token, folder).returncode, 0)

    def test_without_getinfo_the_built_in_support_falls_back_to_u2f(self):
        with sk.folder() as folder, sk.Softkey(folder, "--misbehave", "getinfo-fails") as token:
            self.assertEqual(self.enroll(token, folder).returncode, 0)
            self.assertEqual([(r["hid"], r["status"]) for r in token.requests()][1:],
                             [("CBOR", "0x7f:OTHER"), ("MSG", "0x9000:OK")])
        with sk.folder() as folder, sk.Softkey(folder, "--misbehave", "getinfo-fails", "--always-uv") as token:
            self.assertNotEqual(self.enroll(token, folder).returncode, 0)

    def test_no_answer(self):
        for name, last in (("wrong-channel", None), ("hang-after=1", "silent"), ("endless-keepalive", None)):
            with self.subTest(name=name), sk.folder() as folder, sk.Softkey(folder, "--misbehave", name) as token, \
                    Wire(token) as client:
                self.assertEqual(client.call(CBOR, GET_INFO)[:1], b"\0")
                command = SELECTION if name != "endless-keepalive" else b"\x01\xa0"
                client.send(CBOR, command)
                report = client.report(1.0 if last else sk.DEADLINE)
                if name == "wrong-channel":
                    self.assertNotEqual(report[0], client.channel)
                elif name == "endless-keepalive":
                    self.assertEqual(report, (client.channel, KEEPALIVE, b"\x01"))
                    client.send(CANCEL)
                    self.assertEqual(client.report()[1], KEEPALIVE)
                else:
                    self.assertIsNone(report)
                    self.assertEqual(token.wait_for_request(status="silent")["out"], "0")

    def test_vanishing_takes_the_link_along(self):
        with sk.folder() as folder, sk.Softkey(folder, "--misbehave", "vanish-on-touch") as token:
            self.enroll(token, folder)
            token.process.wait(sk.DEADLINE)
            self.assertFalse(os.path.lexists(token.link))

    def test_counter_goes_back(self):
        with sk.folder() as folder, sk.Softkey(folder, "--misbehave", "counter-back") as token, Wire(token) as client:
            counters = []
            for _ in range(2):
                # {1: hash, 2: {"id": "a"}, 3: {"id": b"u"}, 4: [{"alg": -7, "type": "public-key"}]}
                request = (b"\x01\xa4\x01\x58\x20" + bytes(32) + b"\x02\xa1\x62id\x61a\x03\xa1\x62id\x41u"
                           b"\x04\x81\xa2\x63alg\x26\x64type\x6apublic-key")
                client.send(CBOR, request[:57], size=len(request))
                client.raw((struct.pack(">BIB", 0, client.channel, 0) + request[57:]).ljust(65, b"\0"))
                answer = client.answer(CBOR)
                start = answer.index(hashlib.sha256(b"a").digest()) + 33
                counters.append(int.from_bytes(answer[start:start + 4], "big"))
            self.assertLess(counters[1], counters[0])


if __name__ == "__main__":
    sk.main()
