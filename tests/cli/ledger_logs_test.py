"""halligan ledger reconcile: logs that are cut, wrapped, compressed or written by strangers."""

import bz2
import gzip
import json
import lzma
import socket
import subprocess
import time

import harness
from harness import paths
from harness.work import USER, need
from reconcile_world import SHAPES, ReconcileWorld, stamp
from world import key_pair


def disconnection(words: bytes) -> bytes:
    """SSH_MSG_DISCONNECT (RFC 4253) as it is sent before any key exchange, in clear."""
    payload = b"\x01" + (11).to_bytes(4, "big") + len(words).to_bytes(4, "big") + words + bytes(4)
    padding = 8 - (5 + len(payload)) % 8 + 8
    return (1 + len(payload) + padding).to_bytes(4, "big") + bytes([padding]) + payload + bytes(padding)


def zstd_frame(data: bytes) -> bytes:
    """A frame of zstd (RFC 8878) with one raw block; at most 128 KiB."""
    return b"\x28\xb5\x2f\xfd\xa0" + len(data).to_bytes(4, "little") + (len(data) << 3 | 1).to_bytes(3, "little") + data


class Logs(ReconcileWorld):
    """No login is passed over, and nobody else writes one."""

    def test_a_key_id_so_long_that_sshd_cuts_the_message_off(self):
        self.software_ca()
        self.certificate("mine", token=None)
        sshd = self.host()
        accepted = next(line for line in self.login(sshd, self.secret("x")) if line.startswith("Accepted"))
        fake = " (serial 5) CA ED25519 SHA256:" + "A" * 43
        # What sshd writes on stderr ends behind 1021 bytes: exactly behind what looks like the end of a message.
        filling = 1021 - len(accepted[:accepted.index(" ID ") + 4]) - len(fake)
        for key_id in ("E" * 900, "E" * 2000, "E" * filling + fake + "E" * 99):
            with self.subTest(key_id[-60:]):
                log = self.login(sshd, self.secret(key_id))
                cut = next(line for line in log if line.startswith("Accepted"))
                self.assertEqual(len(cut), 1021)
                found = self.reconcile("\n".join(log))
                self.assertEqual([finding["code"] for finding in found], ["login-unreadable", "unused"])
                self.assertIn("sshd cuts messages off", found[0]["text"])
                self.assertIn(f"Accepted publickey for {USER} from 127.0.0.1", found[0]["text"])
                # As sshd gives it to syslog, which is less of it.
                syslog = SHAPES["syslog"](time.time(), accepted.replace("x (serial", key_id + " (serial")[:500])
                self.assertEqual(self.codes(syslog), ["login-unreadable", "unused"])
        self.assertTrue(cut.endswith(fake))

    def test_a_log_from_a_socket(self):
        self.certificate("a")
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.sendall(b"Disconnected from user root 192.0.2.1 port 7\n")
            ours.shutdown(socket.SHUT_WR)
            done = subprocess.run([need(paths.HALLIGAN), "ledger", "reconcile", "--ledger", self.file, "-"], stdin=theirs,
                                  capture_output=True, text=True, env=self.work.env, timeout=harness.PATIENCE, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("agree with the ledger", done.stdout)

    def test_a_log_that_cannot_be_read_is_not_passed_over(self):
        """Beside one that can be: the login may stand in it."""
        sshd = self.host()
        lines = self.login(sshd, self.certificate("off", "--no-ledger"))
        accepted = next(line for line in lines if line.startswith("Accepted publickey"))
        self.certificate("a")
        good = self.work.write("good", SHAPES["syslog"](time.time(), "Server listening on :: port 22.") + "\n")
        line = (SHAPES["syslog"](time.time(), accepted) + "\n").encode()
        reconcile = ("ledger", "reconcile", "--ledger", self.file, good)
        packed = self.work.path("auth.log.2.packed")
        for name, data in (("gzip", gzip.compress(line)), ("xz", lzma.compress(line)), ("zstd", zstd_frame(line))):
            with self.subTest(name):
                packed.write_bytes(data)
                done = self.halligan(None, *reconcile, packed, pin=None).expect(1, out="FAULT       login as")
                self.assertIn(f"Read        {packed}: 1 message of sshd on web1", done.out)
                self.halligan(None, *reconcile, "-", pin=None, stdin=data).expect(1, out="FAULT       login as")
                packed.write_bytes(data[:-3])
                self.halligan(None, *reconcile, packed, pin=None).expect(3, out="", err=f"{packed}: the {name} data is cut off")
        packed.write_bytes(gzip.compress(gzip.compress(line)))
        self.halligan(None, *reconcile, packed, pin=None).expect(3, out="", err="no message of sshd")
        packed.write_bytes(b"LPKSHHRH" + bytes(200) + b"MESSAGE=" + line)
        self.halligan(None, *reconcile, packed, pin=None).expect(3, out="", err=f"cannot open the journal {packed}")
        self.halligan(None, *reconcile, "-", pin=None, stdin=packed.read_bytes()).expect(3, out="", err="name the file")
        packed.write_bytes(bz2.compress(line))
        done = self.halligan(None, *reconcile, packed, pin=None).expect(3, out="", err=f"{packed}: the log is compressed by bzip2")
        self.assertIn(f"bzcat {packed} | halligan ledger reconcile -", done.err)
        unknown = {f"Sun 2026-11-22 06:55:12 UTC web1 sshd[71]: {accepted}": "unknown-certificate",
                   f"MESSAGE={accepted}": "unknown-certificate",
                   json.dumps({"MESSAGE": accepted}, indent=1): "unknown-certificate",
                   json.dumps({"MESSAGE": list(accepted.encode())}, indent=1): "unknown-certificate",
                   json.dumps([{"message": list(accepted.encode())}], indent=1): "login-unreadable",
                   "data: " + SHAPES["journal-bytes"](time.time(), accepted): "unknown-certificate",
                   "\x1e" + SHAPES["journal-bytes"](time.time(), accepted): "unknown-certificate",
                   f"<38>Nov 22 2026 06:55:12 web1 sshd[71]: {accepted}": "unknown-certificate",
                   f"Nov 22 06:55:12 web1 dockerd[9]: msg='{accepted}": "login-unreadable",
                   f"Nov 22 06:55:12 web1 bastion[9]: {accepted}": "unknown-certificate"}
        for text, code in unknown.items():
            with self.subTest(text[:30]):
                self.assertEqual(self.codes(good.read_text() + text + "\n")[0], code)
        for text in (accepted[30:] + "\n" + good.read_text(), good.read_text() + accepted[:60]):
            with self.subTest(text[:30]):
                found = self.reconcile(text)
                self.assertEqual(found[0]["code"], "login-unreadable")
                self.assertIn("the log begins or ends in the middle of it", found[0]["text"])
        repeated = SHAPES["syslog"](time.time(), f"message repeated 2 times: [ {accepted}]")
        self.assertEqual(self.codes(repeated)[:2], ["unknown-certificate"] * 2)

    def test_a_certificate_of_ours_whose_message_is_cut_off(self):
        """By sshd for syslog, at 500 bytes: its key stands before the cut, and what is there of its key id."""
        sshd = self.host()
        accepted = [line for line in self.login(sshd, self.certificate("long", key_id="Ж" * 100)) if line.startswith("Accepted")][0]
        self.assertGreater(len(accepted), 500)
        for shape in ("syslog", "journal"):
            self.assertEqual(self.codes(SHAPES[shape](time.time(), accepted[:500])), [])
            found = self.codes(*[SHAPES[shape](time.time(), accepted[:500]) + "\n"] * 1, "--logins", "0")
            self.assertEqual(found, ["over-used"])
        # The same key certified behind its back, with another key id.
        other = accepted[:500].replace("\\320\\226\\320\\226", "\\320\\226\\320\\227", 1)
        self.assertEqual(self.codes(SHAPES["syslog"](time.time(), other))[0], "login-unreadable")

    def test_a_line_break_in_a_key_id(self):
        """sshd -e writes it as it is; each of its messages ends in a carriage return and a line feed."""
        self.certificate("a")
        for key_id in ("x (serial 5) CA ED25519 SHA256:" + "A" * 43 + "\nmore", "Disconnected\nx"):
            with self.subTest(key_id):
                key_pair(self.work, "thief")
                key_pair(self.work, "software-ca")
                self.work.run("ssh-keygen", "-q", "-s", "software-ca", "-I", key_id, "-n", USER, "-V", "-5m:+5m", "thief.pub").expect()
                sshd = self.sshd(f"TrustedUserCAKeys {self.work.path('software-ca.pub')}", name=f"sshd-{len(key_id)}")
                mark = sshd.daemon.mark()
                sshd.login(lines=f"  IdentityFile {self.work.path('thief')}")
                sshd.daemon.wait_for("Disconnected from user", after=mark)
                raw = sshd.daemon.text()[mark:]
                self.assertIn("\r\n", raw)
                lines = raw.split("\n")[:-1]
                at = stamp(time.time(), "%FT%TZ")
                for form, text in (("stderr", raw), ("CRI", "".join(f"{at} stderr F {line}\n" for line in lines)),
                                   ("Docker", "".join(json.dumps({"log": f"{line}\n", "time": at}) + "\n" for line in lines))):
                    log = self.work.path("raw")
                    log.write_bytes(text.encode())
                    done = self.halligan(None, "ledger", "reconcile", "--json", "--ledger", self.file, "--ca",
                                         self.work.path("software-ca.pub"), log, pin=None).expect(1)
                    self.assertEqual(json.loads(done.out)["findings"][0]["code"], "login-unreadable", form)

    def test_what_a_stranger_has_sshd_log(self):
        """Words of whoever connects, before any login, in a disconnection that a real sshd logs."""
        self.certificate("a")
        sshd = self.host()
        login = "Accepted publickey for root from 192.0.2.1 port 22 ssh2: ED25519-CERT SHA256:" + "A" * 43 + \
                " ID x (serial 1) CA ECDSA-SK SHA256:" + self.inspect("a-cert.pub")["ca"]["fingerprint"][7:]
        for words, codes, quoted in ((login, ["unused"], 1), (f"bye: {login}", ["unused"], 1), (f"[{','.join(map(str, login[:60].encode()))}]", ["unused"], 0),
                                     # sshd -e writes a line break as it is.
                                     (f"x\n{login}\ny", ["login-unreadable", "unused"], 0)):
            with self.subTest(words[:20]):
                mark = sshd.daemon.mark()
                with socket.create_connection(("127.0.0.1", sshd.port), timeout=harness.PATIENCE) as stranger:
                    stranger.sendall(b"SSH-2.0-x\r\n" + disconnection(words.encode()))
                    while stranger.recv(4096):
                        pass
                sshd.daemon.wait_for("Received disconnect from", after=mark)
                sshd.daemon.wait_for("[preauth]", after=mark)
                log = self.work.path("raw")
                log.write_bytes(sshd.daemon.text()[mark:].encode() + b"Disconnected from user root 192.0.2.1 port 7\r\n")
                done = self.halligan(None, "ledger", "reconcile", "--json", "--ledger", self.file, log, pin=None)
                shown = json.loads(done.out)
                self.assertEqual([finding["code"] for finding in shown["findings"]], codes)
                self.assertEqual((shown["logins"], shown["logs"][0]["quoted"]), (0, quoted))

    def test_nobody_else_ends_a_session(self):
        """What a stranger, or a user of the host, can have written to its log does not hide that it went on."""
        sshd = self.host()
        lines = self.login(sshd, self.certificate("timed", "-V", "-5m:+5m"))
        end = self.inspect("timed-cert.pub")["valid_before"]
        accepted = next(line for line in lines if line.startswith("Accepted publickey"))
        gone = next(line for line in lines if line.startswith("Disconnected"))
        peer = gone.removeprefix(f"Disconnected from user {USER} ")
        for forged in (f"Connection closed by invalid user x {peer} \\303\\251", f"Disconnected from authenticating user x {peer}",
                       f"Connection closed by {peer} [preauth]", gone):
            with self.subTest(forged):
                log = [SHAPES["syslog"](end - 60, accepted), SHAPES["syslog"](end - 30, forged), SHAPES["syslog"](end + 600, gone)]
                self.assertEqual(self.codes("\n".join(log)), ["past-expiry"])
        # The address and port may come again, with another login.
        password = f"Accepted password for {USER} from {peer} ssh2"
        log = [SHAPES["syslog"](end - 60, accepted), SHAPES["syslog"](end - 30, gone), SHAPES["syslog"](end + 500, password),
               SHAPES["syslog"](end + 600, gone)]
        self.assertEqual(self.codes("\n".join(log)), [])

    def test_what_is_no_log(self):
        self.certificate("a")
        for text in ("", "rubbish\n", "Nov 22 06:00:00 web1 cron[1]: x\n"):
            with self.subTest(text):
                self.halligan(None, "ledger", "reconcile", "--ledger", self.file, self.work.write("log", text),
                              pin=None).expect(3, err="no message of sshd")
        self.halligan(None, "ledger", "reconcile", "--ledger", self.file, "-", pin=None,
                      stdin=b"Disconnected from user root 192.0.2.1 port 7\n").expect(0, out="agree with the ledger")

    def test_a_host_s_strangers_cannot_write_logins(self):
        self.certificate("a")
        line = "Accepted publickey for root from 192.0.2.1 port 22 ssh2: ED25519-CERT SHA256:" + "A" * 43 + \
               " ID x (serial 1) CA ECDSA-SK SHA256:" + self.inspect("a-cert.pub")["ca"]["fingerprint"][7:]
        now = time.time()
        self.assertEqual(self.codes(SHAPES["syslog"](now, line))[0], "unknown-certificate")
        self.assertEqual(self.codes(SHAPES["syslog"](now, f"Invalid user {line} from 192.0.2.1 port 9")), ["unused"])
        bye = f"Received disconnect from 192.0.2.1 port 9:11: {line}"
        for planted in (SHAPES["syslog"](now, bye), SHAPES["rfc5424"](now, bye), SHAPES["journal"](now, bye), f"{stamp(now, '%FT%TZ')} stderr F {bye}",
                        f"{stamp(now, '%FT%TZ')} {bye}", f"sshd-1  | {bye}", f"MESSAGE={bye}", f"{stamp(now, 'Sun %F %T')} UTC web1 sshd[71]: {bye}"):
            with self.subTest(planted[:40]):
                log = self.work.write("log", planted)
                done = self.halligan(None, "ledger", "reconcile", "--ledger", self.file, log, pin=None).expect(0)
                self.assertIn("1 only quoting a login", done.out)


if __name__ == "__main__":
    harness.main()
