"""halligan ledger reconcile: what a real sshd logs, in the shapes that logs have, against the ledger."""

import base64
import bz2
import datetime
import gzip
import json
import lzma
import socket
import subprocess
import time

import harness
from harness import paths
from harness.work import USER, need
from ledger_test import chained
from world import World, key_pair


def stamp(moment: float, pattern: str) -> str:
    return datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime(pattern)


def zstd_frame(data: bytes) -> bytes:
    """A frame of zstd (RFC 8878) with one raw block; at most 128 KiB."""
    return b"\x28\xb5\x2f\xfd\xa0" + len(data).to_bytes(4, "little") + (len(data) << 3 | 1).to_bytes(3, "little") + data


# One line of sshd as it stands in a log, in UTC.
SHAPES = {
    "syslog": lambda at, line: f"{stamp(at, '%b %e %H:%M:%S')} web1 sshd[71]: {line}",
    "rsyslog": lambda at, line: f"{stamp(at, '%Y-%m-%dT%H:%M:%S')}.123456+00:00 web1 sshd[71]: {line}",
    "short-precise": lambda at, line: f"{stamp(at, '%b %e %H:%M:%S')}.123456 web1 /usr/sbin/sshd[71]: {line}",
    "short-unix": lambda at, line: f"{int(at)}.123456 web1 sshd[71]: {line}",
    "rfc3164": lambda at, line: f"<38>{stamp(at, '%b %e %H:%M:%S')} web1 sshd[71]: {line}",
    "short-iso": lambda at, line: f"{stamp(at + 5400, '%Y-%m-%dT%H:%M:%S')}+0130 web1 sshd-session[71]: {line}",
    "rfc5424": lambda at, line: f"<38>1 {stamp(at, '%Y-%m-%dT%H:%M:%SZ')} web1 sshd 71 - [a@1 b=\"]\\\" \"] {line}",
    "journal": lambda at, line: json.dumps({"MESSAGE": line, "__REALTIME_TIMESTAMP": str(int(at * 1e6)), "_COMM": "sshd",
                                            "_HOSTNAME": "web1", "_PID": "71"}),
    "journal-bytes": lambda at, line: json.dumps({"MESSAGE": list(line.encode()), "__REALTIME_TIMESTAMP": str(int(at * 1e6)),
                                                  "SYSLOG_IDENTIFIER": "sshd", "_HOSTNAME": "web1"}),
}
NOISE = {
    "syslog": "Nov 22 06:00:00 web1 kernel: Accepted publickey for nobody\nNov 31 99:00:00 web1 sshd[1]: x\nrubbish\n",
    "journal": '{"MESSAGE":"Accepted publickey","_COMM":"logger","__REALTIME_TIMESTAMP":"1"}\n{"MESSAGE":7}\n{\n[[[\n',
}


class Reconcile(World):
    """One sshd, a few certificates and their logins; then the log is told in many ways."""

    def setUp(self):
        super().setUp()
        self.key = self.token()
        self.ca = self.make_ca(self.key)
        self.file = self.work.ledger_of(self.ca)

    def host(self, level: str = "INFO"):
        return self.sshd(f"TrustedUserCAKeys {self.ca}.pub\nLogLevel {level}", name=f"sshd-{level}")

    def certificate(self, name: str, *arguments, key_id: str | None = None, ca=None, token=None) -> str:
        self.halligan(token or self.key, "mint", "--ca", ca or self.ca, "-I", key_id or f"id of {name}", "-n", USER, "-o",
                      self.work.path(name), *arguments).expect()
        return f"  IdentityFile {self.work.path(name)}"

    def login(self, sshd, lines: str) -> list[str]:
        """Log in; the lines of sshd about this, the end of the connection among them."""
        mark = sshd.daemon.mark()
        sshd.login(lines=lines)
        sshd.daemon.wait_for("Disconnected from user", after=mark)
        return [line.rstrip("\r") for line in sshd.daemon.text()[mark:].splitlines()]

    def reconcile(self, log: str, *arguments, status: int | None = None, env=None) -> list[dict]:
        done = self.halligan(None, "ledger", "reconcile", "--json", "--ledger", self.file, *arguments,
                             self.work.write("log", log), pin=None, env={"TZ": "UTC", **(env or {})})
        found = json.loads(done.out)["findings"]
        faults = any(finding["severity"] == "fault" for finding in found)
        self.assertEqual(done.status, (1 if faults else 0) if status is None else status)
        return found

    def codes(self, *arguments, **options) -> list[str]:
        return [finding["code"] for finding in self.reconcile(*arguments, **options)]

    def test_what_sshd_says_itself(self):
        for level in ("INFO", "VERBOSE"):
            with self.subTest(level):
                sshd = self.host(level)
                used = self.login(sshd, self.certificate(f"used-{level}", key_id="zoë \\ 1) (serial 7) CA x"))
                self.certificate(f"spare-{level}")
                found = self.reconcile("\n".join(used))
                self.assertEqual([finding["code"] for finding in found if f"spare-{level}" in finding["text"]], ["unused"])
                self.assertEqual({finding["code"] for finding in found}, {"unused", "time-missing"})
                # A certificate that is on no record, by this CA and by another.
                secret = self.login(sshd, self.certificate(f"secret-{level}", "--no-ledger"))
                found = self.reconcile("\n".join(used + secret))
                self.assertEqual(found[0]["code"], "unknown-certificate")
                self.assertIn(f'key ID "id of secret-{level}"', found[0]["text"])

    def test_over_used_and_from_several_places(self):
        sshd = self.host()
        lines = self.certificate("often")
        log = [line for _ in range(3) for line in self.login(sshd, lines)]
        self.assertEqual(self.codes("\n".join(log)), ["time-missing"])
        self.assertEqual(self.codes("\n".join(log), "--logins", "2"), ["over-used", "time-missing"])
        self.assertEqual(self.codes("\n".join(log), "--logins", "3"), ["time-missing"])
        moved = "\n".join(log[:-2]).replace("127.0.0.1", "192.0.2.9") + "\n" + "\n".join(log)
        self.assertEqual(self.codes(moved), ["several-addresses", "time-missing"])

    def test_shapes_of_logs_and_the_end_of_a_certificate(self):
        sshd = self.host()
        lines = self.login(sshd, self.certificate("timed", "-V", "-5m:+5m"))
        end = self.inspect("timed-cert.pub")["valid_before"]
        accepted = next(line for line in lines if line.startswith("Accepted publickey"))
        gone = [line for line in lines if line.startswith(("Disconnected", "Received disconnect"))]
        self.assertEqual(len(gone), 2)
        for name, shape in SHAPES.items():
            with self.subTest(name):
                noise = NOISE.get(name, "")

                def told(login: float, logout: float | None, later: float | None = None) -> list[str]:
                    text = noise + shape(login, accepted) + "\n"
                    text += "".join(shape(logout, line) + "\n" for line in gone) if logout else ""
                    return self.codes(text + (shape(later, "Server listening on :: port 22.") if later else ""))

                self.assertEqual(told(end - 60, end), [])
                self.assertEqual(told(end - 60, None), [])
                self.assertEqual(told(end - 60, end - 30, end + 900), [])
                self.assertEqual(told(end - 60, end + 60), [], "clocks differ")
                self.assertEqual(told(end - 60, end + 61), ["past-expiry"])
                self.assertEqual(told(end - 60, end + 600), ["past-expiry"])
                self.assertEqual(told(end - 60, None, end + 600), ["end-unknown"])
                self.assertEqual(told(end + 60, end + 61), ["outside-validity"])
                self.assertEqual(told(end - 601, end - 600), ["outside-validity"])
        # The end of another connection is not the end of this one.
        other = SHAPES["syslog"](end - 10, gone[-1] + "1")
        late = SHAPES["syslog"](end + 600, gone[-1])
        self.assertEqual(self.codes("\n".join([SHAPES["syslog"](end - 60, accepted), other])), [])
        found = self.reconcile("\n".join([SHAPES["syslog"](end - 60, accepted), other, late]))
        self.assertIn("10 min after the certificate of record 1 expired", found[0]["text"])

    def test_the_serial_of_a_record_with_another_key(self):
        sshd = self.host()
        self.certificate("mine", "-z", "1795000000000")
        forged = self.login(sshd, self.certificate("forged", "--no-ledger", "-z", "1795000000000"))
        self.assertEqual(self.codes("\n".join(forged))[0], "other-key")

    def test_other_cas_are_not_ours_unless_we_say_so(self):
        other = self.token("other")
        second = self.make_ca(other, folder="second")
        self.certificate("mine")
        sshd = self.sshd(f"TrustedUserCAKeys {second}.pub\nLogLevel INFO")
        log = "\n".join(self.login(sshd, self.certificate("theirs", "--no-ledger", ca=second, token=other)))
        self.assertEqual(self.codes(log), ["unused"])
        self.assertEqual(self.codes(log, "--ca", f"{second}.pub")[0], "unknown-certificate")

    def test_an_sshd_that_writes_md5_fingerprints(self):
        sshd = self.sshd(f"TrustedUserCAKeys {self.ca}.pub\nFingerprintHash md5")
        recorded = self.login(sshd, self.certificate("mine"))
        secret = self.login(sshd, self.certificate("secret", "--no-ledger"))
        accepted = next(line for line in recorded if line.startswith("Accepted publickey"))
        self.assertIn("-CERT MD5:", accepted)
        self.assertEqual(self.codes("\n".join(recorded)), ["time-missing"])
        self.assertEqual(self.codes("\n".join(secret)), ["unknown-certificate", "unused", "time-missing"])
        # Of another CA, and as sshd before 6.8 wrote it.
        digits = accepted.rpartition(" MD5:")[2]
        for theirs in ("MD5:" + digits[::-1], digits[::-1]):
            self.assertEqual(self.codes("\n".join(recorded).replace("MD5:" + digits, theirs)), ["unused"])
        self.assertEqual(self.codes("\n".join(recorded).replace("MD5:" + digits, digits)), ["time-missing"])

    def test_several_ledgers_account_for_one_log(self):
        sshd = self.host()
        laptop = self.work.path("laptop.ledger")
        log = "\n".join(self.login(sshd, self.certificate("a")) + self.login(sshd, self.certificate("b", "--ledger", laptop)))
        self.assertEqual(self.codes(log)[0], "unknown-certificate")
        self.assertEqual(self.codes(log, "--ledger", laptop), ["time-missing"])

    def secret(self, key_id: str) -> str:
        """A certificate that ssh-keygen made with the CA key, off the record; its lines for ssh."""
        key_pair(self.work, "thief")
        self.work.run("ssh-keygen", "-q", "-s", self.ca, "-I", key_id, "-n", USER, "-V", "-5m:+5m", "-z", "77", "thief.pub").expect()
        return f"  IdentityFile {self.work.path('thief')}"

    def software_ca(self) -> None:
        """Another CA in place of the token's, for ssh-keygen to sign with."""
        self.ca, self.file = key_pair(self.work, "file-ca"), self.work.ledger_of("file-ca")

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

    def test_a_certificate_as_one_of_several_methods(self):
        self.software_ca()
        plain = key_pair(self.work, "plain")
        sshd = self.sshd(f"TrustedUserCAKeys {self.ca}.pub\nAuthenticationMethods publickey,publickey")
        sshd.authorize(plain.with_name("plain.pub").read_text())
        self.certificate("mine", "-V", "-5m:+5m", token=None)
        log = self.login(sshd, self.secret("off the record") + f"\n  IdentityFile {plain}")
        found = self.reconcile("\n".join(log))
        self.assertEqual([finding["code"] for finding in found], ["unknown-certificate", "unused", "time-missing"])
        self.assertIn("partial login as", found[0]["text"])
        # On record, and the end of the connection is the end of it.
        log = self.login(sshd, f"  IdentityFile {self.work.path('mine')}\n  IdentityFile {plain}")
        end = self.inspect("mine-cert.pub")["valid_before"]
        told = [SHAPES["syslog"](end - 60, line) for line in log]
        self.assertEqual(self.codes("\n".join(told)), [])
        self.assertEqual(self.codes("\n".join([*told, SHAPES["syslog"](end + 600, "Server listening on :: port 22.")])), [])
        # Two certificates, one behind the other: both are used, and both end with the connection.
        self.certificate("second", "-V", "-5m:+5m", token=None)
        log = self.login(sshd, "\n".join(f"  IdentityFile {self.work.path(name)}" for name in ("mine", "second")))
        end = self.inspect("mine-cert.pub")["valid_before"]
        told = [SHAPES["syslog"](end - 60, line) for line in log]
        self.assertEqual(self.codes("\n".join([*told, SHAPES["syslog"](end + 600, "Server listening on :: port 22.")])), [])

    def test_a_record_that_the_ca_did_not_sign_explains_nothing(self):
        self.software_ca()
        self.certificate("mine", token=None)
        sshd = self.host()
        log = "\n".join(self.login(sshd, self.secret("evil")))
        kind, blob = self.work.path("thief-cert.pub").read_text().split()[:2]
        forged = bytearray(base64.b64decode(blob))
        forged[-5] ^= 1
        records = [json.loads(line) for line in self.file.read_text().splitlines()]
        for certificate, codes in ((blob, ["unused", "time-missing"]),
                                   (base64.b64encode(forged).decode(), ["signature-bad", "unknown-certificate", "unused", "time-missing"])):
            record = {**records[1], "certificate": f"{kind} {certificate}"}
            self.file.write_text(chained([records[0], record, records[1]]))
            self.assertEqual(self.codes(log), codes)

    def test_a_damaged_ledger_agrees_with_nothing(self):
        self.software_ca()
        lines = "Disconnected from user root 192.0.2.1 port 7\n"
        for name in ("a", "b"):
            self.certificate(name, token=None)
        whole = self.file.read_text().splitlines(keepends=True)
        self.assertEqual(self.codes(lines), ["unused"] * 2)
        for text, code in ((whole[0] + whole[2], "chain-order"), (whole[0] + whole[1].replace("time", "tIme") + whole[2], "record-malformed"),
                           ("".join(whole)[:-9], "line-cut"), ("".join(whole)[:-1], "newline-missing")):
            with self.subTest(code):
                self.file.write_text(text)
                self.assertEqual(self.codes(lines)[0], code)

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

    def test_the_order_of_the_logs_does_not_matter(self):
        sshd = self.host()
        lines = self.login(sshd, self.certificate("timed", "-V", "-5m:+5m"))
        end = self.inspect("timed-cert.pub")["valid_before"]
        accepted = next(line for line in lines if line.startswith("Accepted publickey"))
        gone = next(line for line in lines if line.startswith("Disconnected"))
        syslog = SHAPES["syslog"]
        older = self.work.write("older", syslog(end - 60, accepted) + "\n")
        newer = self.work.write("newer", syslog(end - 30, gone) + "\n" + syslog(end + 900, "Server listening on :: port 22.") + "\n")
        again = self.work.write("journal", SHAPES["journal"](end - 60, accepted) + "\n")
        answers = []
        for logs in ([older, newer], [newer, older], [newer, again, older]):
            done = self.halligan(None, "ledger", "reconcile", "--json", "--logins", "1", "--ledger", self.file, *logs, pin=None,
                                 env={"TZ": "UTC"}).expect(0)
            shown = json.loads(done.out)
            answers.append((shown["findings"], shown["logins"]))
            self.assertEqual([log["file"] for log in shown["logs"]], [str(log) for log in logs])
        self.assertEqual(answers, [([], 1)] * 3, "the journal tells of the same login once more")
        # The log was rotated within one second.
        at_once = self.work.write("at-once", syslog(end - 60, gone) + "\n" + syslog(end + 900, "Server listening on :: port 22.") + "\n")
        for logs in ([older, at_once], [at_once, older]):
            done = self.halligan(None, "ledger", "reconcile", "--json", "--ledger", self.file, *logs, pin=None, env={"TZ": "UTC"}).expect(0)
            self.assertEqual(json.loads(done.out)["findings"], [])
        done = self.halligan(None, "ledger", "reconcile", "--ledger", self.file, older, newer, pin=None, env={"TZ": "UTC"}).expect(0)
        self.assertIn(f"Read        {newer}: 2 messages of sshd on web1\n            from ", done.out)

    def test_the_end_that_pam_logs(self):
        """It names no connection: the process that logged the login logs it, too."""
        sshd = self.host()
        lines = self.login(sshd, self.certificate("timed", "-V", "-5m:+5m"))
        end = self.inspect("timed-cert.pub")["valid_before"]
        accepted = next(line for line in lines if line.startswith("Accepted publickey"))
        closed = f"pam_unix(sshd:session): session closed for user {USER}"
        password = f"Accepted password for {USER} from 192.0.2.1 port 7 ssh2"

        def told(*events) -> list[str]:
            return self.codes("\n".join(SHAPES[shape](moment, line).replace("[71]", f"[{process}]").replace('"71"', f'"{process}"')
                                        for shape, moment, process, line in events))

        later = ("syslog", end + 900, 9, "Server listening on :: port 22.")
        for shape in ("syslog", "journal"):
            with self.subTest(shape):
                begun = (shape, end - 60, 71, accepted)
                self.assertEqual(told(begun, (shape, end - 30, 71, closed), later), [])
                self.assertEqual(told(begun, (shape, end + 600, 71, closed)), ["past-expiry"])
                # Of another process, in the words of a stranger, and of a later session with the same process ID.
                self.assertEqual(told(begun, (shape, end - 30, 72, closed), later), ["end-unknown"])
                self.assertEqual(told(begun, (shape, end - 30, 71, f"Invalid user {closed} from 192.0.2.1 port 9"), later), ["end-unknown"])
                self.assertEqual(told(begun, (shape, end - 30, 71, f"pam_unix(sshd:auth): x (sshd:session): session closed for user {USER}"), later),
                                 ["end-unknown"])
                self.assertEqual(told(begun, (shape, end + 500, 71, password), (shape, end + 600, 71, closed)), ["end-unknown"])

    def test_one_host_under_two_names(self):
        sshd = self.host()
        accepted = next(line for line in self.login(sshd, self.certificate("a")) if line.startswith("Accepted publickey"))
        now = time.time()
        short = self.work.write("short", SHAPES["syslog"](now, accepted) + "\n")
        for other, logins in ((SHAPES["journal"](now, accepted), 1), (SHAPES["journal"](now, accepted).replace('"71"', '"72"'), 2),
                              (SHAPES["journal"](now + 60, accepted), 2)):
            long = self.work.write("long", other.replace("web1", "web1.example.org") + "\n")
            for logs in ((short, long), (long, short)):
                done = self.halligan(None, "ledger", "reconcile", "--json", "--ledger", self.file, *logs, pin=None, env={"TZ": "UTC"}).expect(0)
                self.assertEqual(json.loads(done.out)["logins"], logins)

    def test_the_zone_of_a_log_that_names_none(self):
        sshd = self.host()
        accepted = next(line for line in self.login(sshd, self.certificate("timed", "-V", "-5m:+5m")) if line.startswith("Accepted"))
        end = self.inspect("timed-cert.pub")["valid_before"]
        utc = self.work.write("utc", SHAPES["syslog"](end - 60, accepted) + "\n")
        zoned = self.work.write("zoned", SHAPES["rsyslog"](end - 60, accepted) + "\n")

        def reconciled(log, zone: str, *arguments):
            return self.halligan(None, "ledger", "reconcile", "--json", "--ledger", self.file, *arguments, log, pin=None, env={"TZ": zone})

        def codes(done) -> list[str]:
            return [finding["code"] for finding in json.loads(done.out)["findings"]]

        # Kolkata is at +05:30 all year, so that a log of UTC is judged five and a half hours off.
        self.assertEqual(codes(reconciled(utc, "Asia/Kolkata").expect(1)), ["outside-validity"])
        self.assertEqual(codes(reconciled(utc, "Asia/Kolkata", "--timezone", "UTC").expect(0)), [])
        self.assertEqual(codes(reconciled(utc, "UTC", "--timezone", "Asia/Kolkata").expect(1)), ["outside-validity"])
        self.assertEqual(codes(reconciled(zoned, "UTC", "--timezone", "Asia/Kolkata").expect(0)), [])
        for wrong in ("Mars/Olympus", "Europe", "../../../etc/localtime", "tzdata.zi"):
            with self.subTest(wrong):
                done = self.halligan(None, "ledger", "reconcile", "--ledger", self.file, "--timezone", wrong, utc, pin=None)
                done.expect(2, out="", err=f'--timezone: unknown time zone "{wrong}"')

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
