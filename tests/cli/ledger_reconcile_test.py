"""halligan ledger reconcile: what a real sshd logs, in the shapes that logs have, against the ledger."""

import base64
import json
import os
import time

import harness
from harness.work import USER
from ledger_test import chained
from reconcile_world import SHAPES, ReconcileWorld
from world import key_pair

NOISE = {
    "syslog": "Nov 22 06:00:00 web1 kernel: Accepted publickey for nobody\nNov 31 99:00:00 web1 sshd[1]: x\nrubbish\n",
    "journal": '{"MESSAGE":"Accepted publickey","_COMM":"logger","__REALTIME_TIMESTAMP":"1"}\n{"MESSAGE":7}\n{\n[[[\n',
}


class Reconcile(ReconcileWorld):
    """One sshd, a few certificates and their logins; then the log is told in many ways."""

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

    def test_the_serial_of_a_record_with_its_key_and_another_key_id(self):
        sshd = self.host()
        lines = self.certificate("mine", "-z", "1795000000000")
        self.halligan(self.key, "sign", "--ca", self.ca, "-I", "somebody else", "-n", USER, "-z", "1795000000000", "--no-ledger",
                      "--force", "mine.pub").expect()
        self.assertEqual(self.codes("\n".join(self.login(sshd, lines)))[0], "other-key")

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

    def test_whichever_processor_looks_at_a_record_a_fault_has_its_place(self):
        """More records than are given out at once; lines that are none among them, on both sides of where the next begin."""
        self.software_ca()
        key = key_pair(self.work, "one")
        names = [f"{number}.pub" for number in range(5000)]
        for name in names:
            os.link(f"{key}.pub", self.work.path(name))
        self.halligan(None, "sign", "--ca", self.ca, "-I", "many", "-n", USER, *names, pin=None).expect()
        records = [json.loads(line) for line in self.file.read_text().splitlines()]
        spoiled, damaged = [1, 17, 4095, 4096, 4097, 5000], [20, 4099]
        for number in spoiled:
            kind, blob = records[number]["certificate"].split()
            forged = bytearray(base64.b64decode(blob))
            forged[-5] ^= 1
            records[number]["certificate"] = f"{kind} {base64.b64encode(forged).decode()}"
        lines = chained(records).splitlines(keepends=True)
        for number in damaged:
            lines[number] = lines[number].replace("time", "tIme")
        self.file.write_text("".join(lines))
        told = json.loads(self.halligan(None, "ledger", "verify", "--json", self.file, pin=None).expect(1).out)["findings"]
        for findings in (told, self.reconcile("Disconnected from user root 192.0.2.1 port 7\n")):
            for code, numbers in (("signature-bad", spoiled), ("record-malformed", damaged)):
                self.assertEqual([finding["text"].split(":")[0] for finding in findings if finding["code"] == code],
                                 [f"record {number}" for number in numbers])
        self.assertEqual({finding["code"] for finding in told}, {"signature-bad", "record-malformed"})

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


if __name__ == "__main__":
    harness.main()
