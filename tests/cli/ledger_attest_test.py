"""halligan ledger attest: a report for an auditor, derived again by ledger verify, and its signature by ssh-keygen alone."""

import hashlib
import json
import os
import pathlib
import re
import time

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

import harness
from harness import paths
from reconcile_world import SHAPES, ReconcileWorld
from world import key_pair

DRILLS = (pathlib.Path(__file__).resolve().parents[1] / "fuzz" / "corpus" / "drill" / "file").read_text()[1:]  # of a real drill


def at(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def resealed(text: str) -> str:
    """Each part with the SHA-256 and the number of its lines, as somebody writes them who changes a report."""
    head, *parts = re.split(r"^-- part ", text.removesuffix("-- end\n"), flags=re.M)
    for part in parts:
        first, _, body = part.partition("\n")
        kind, _, _, name = first.split(" ", 3)
        head += f"-- part {kind} {body.count(chr(10))} {hashlib.sha256(body.encode()).hexdigest()} {name}\n{body}"
    return head + "-- end\n"


class Report(ReconcileWorld):
    def attest(self, *arguments, file: str = "report", ledger=None, status: int = 0):
        return self.halligan(None, "ledger", "attest", ledger or self.file, "-o", self.work.path(file), *arguments, pin=None).expect(status)

    def verify(self, *arguments, file: str = "report", status: int = 0):
        return self.halligan(None, "ledger", "verify", self.work.path(file), *arguments, pin=None).expect(status)

    def until(self) -> list:
        return ["--to", at(time.time() + 3600)]

    def numbers(self, file: str = "report", **options) -> dict:
        return {each["name"]: each["found"] for each in json.loads(self.verify("--json", file=file, **options).out)["numbers"]}

    def summary(self, *arguments, **options) -> dict:
        return json.loads(self.attest("--json", *arguments, **options).out)["summary"]

    def log(self, lines: list[str], name: str = "web1.log") -> pathlib.Path:
        return self.work.write(name, "".join(SHAPES["rfc5424"](time.time(), line) + "\n" for line in lines))

    def test_what_happened_is_in_it_and_both_verifiers_agree(self):
        sshd = self.host()
        used = self.login(sshd, self.certificate("used", "--reason", "disk full", key_id="jo: incident 4711"))
        self.certificate("spare", key_id="ann: not needed")
        log = self.log(["Server listening on 0.0.0.0 port 22.", *used])
        auditor = key_pair(self.work, "operator")
        said = json.loads(self.attest("--log", log, "--made", self.ca.with_name("ca.json"), "--ca", f"{self.ca}.pub", "--key", auditor, "--json",
                                      *self.until()).out)
        report = self.work.path("report")
        self.assertEqual(said["sha256"], hashlib.sha256(report.read_bytes()).hexdigest())
        self.assertIs(said["signed"], True)
        expected = {"certificates": 2, "canaries": 0, "uses": 0, "unused": 1, "logs": 1, "logins": 1, "logins_matched": 1, "logins_unmatched": 0,
                    "unrecorded_signatures": 0, "faults": 0, "drills": 0, "answers": 0}
        self.assertEqual({name: said["summary"][name] for name in expected}, expected)
        text = report.read_text()
        for words in ("Key ID      jo: incident 4711\n", "Reason      disk full\n", "Key ID      ann: not needed\n", "Logins      none in these logs\n",
                      "Gaps        0 unrecorded signatures", "Login       "):
            self.assertIn(words, text)
        self.assertRegex(text, r"Login +\S+ on web1 from 127\.0\.0\.1 at 20")
        # The ledger is in it as it is.
        self.assertIn(self.file.read_text(), text)
        self.verify().expect(out="Report      holds\n")
        self.verify("--ca", f"{self.ca}.pub", "--head", json.loads(self.halligan(None, "ledger", "verify", "--json", self.file, pin=None).out)["chains"][0]["head"])
        signers = self.work.write("signers", "operator@example.com " + auditor.with_suffix(".pub").read_text())
        check = ["ssh-keygen", "-Y", "verify", "-f", signers, "-I", "operator@example.com", "-n", "halligan-audit", "-s", self.work.path("report.sig")]
        self.work.run(*check, stdin=report.read_bytes()).expect(0, out='Good "halligan-audit" signature')
        self.assertNotEqual(self.work.run(*check, stdin=report.read_bytes().replace(b"4711", b"4712")).status, 0)
        # The records, taken out by hand, are a ledger.
        part = re.search(r"^-- part ledger (\d+) \w+ [^\n]*\n((?:.*\n)*?)(?=-- )", text, re.M)
        self.work.write("again.ledger", part[2])
        self.halligan(None, "ledger", "verify", self.work.path("again.ledger"), pin=None).expect(0, out="intact")

    def test_the_token_may_sign_it(self):
        self.certificate("used")
        env = {**self.key.env, "SSH_SK_PROVIDER": str(paths.PROVIDER)}
        self.halligan(self.key, "ledger", "attest", self.file, "-o", self.work.path("report"), "--key", self.ca, *self.until(), env=env).expect(0)
        signers = self.work.write("signers", "ca " + self.ca.with_name("ca.pub").read_text())
        self.work.run("ssh-keygen", "-Y", "verify", "-f", signers, "-I", "ca", "-n", "halligan-audit", "-s", self.work.path("report.sig"),
                      stdin=self.work.path("report").read_bytes()).expect(0, out="Good")

    def test_the_same_inputs_give_the_same_bytes(self):
        self.certificate("used")
        ending = self.until()
        for name in ("one", "two"):
            self.attest(*ending, file=name)
        self.assertEqual(self.work.path("one").read_bytes(), self.work.path("two").read_bytes())
        # What is recorded after the period changes nothing.
        past = ["--to", at(time.time() - 1)]
        time_before = self.work.path("old")
        self.attest(*past, file="nothing", status=1)
        self.assertFalse(self.work.path("nothing").exists())
        self.assertFalse(time_before.exists())

    def test_faults_are_told_and_make_the_status_1(self):
        sshd = self.host()
        secret = self.login(sshd, self.certificate("secret", "--no-ledger"))
        self.certificate("used")
        said = self.summary("--log", self.log(secret), "--made", self.ca.with_name("ca.json"), *self.until(), status=1)
        self.assertEqual((said["logins"], said["logins_matched"], said["logins_unmatched"], said["unrecorded_signatures"]), (1, 0, 1, 1))
        text = self.work.path("report").read_text()
        self.assertIn("no record of its certificate", " ".join(text.split()))
        done = self.verify(status=1).expect(1, out="holds, and tells of faults")
        self.assertNotIn("FALSE", done.out)

    def test_every_changed_byte_is_found(self):
        self.certificate("used")
        self.attest(*self.until())
        report = self.work.path("report")
        good = report.read_bytes()
        statuses = {1: 0, 3: 0}
        for place in [*range(0, len(good), 61), len(good) - 1]:
            bad = bytearray(good)
            bad[place] ^= 1
            report.write_bytes(bad)
            done = self.halligan(None, "ledger", "verify", report, pin=None)
            self.assertIn(done.status, statuses, (place, bad[place - 20:place + 20], done))
            statuses[done.status] += 1
        self.assertGreater(statuses[1], 3)  # the text, which has no sum of its own
        self.assertGreater(statuses[3], 20)
        for cut in (1, 30, len(good) // 2, len(good) - 8, len(good) - 1):
            report.write_bytes(good[:cut])
            self.assertEqual(self.halligan(None, "ledger", "verify", report, pin=None).status, 3, cut)
        report.write_bytes(good + b"more\n")
        self.verify(status=3)

    def test_whoever_seals_it_anew_still_contradicts_its_parts(self):
        self.certificate("one")
        self.certificate("two")
        self.attest(*self.until())
        report = self.work.path("report")
        good = report.read_text()
        self.assertEqual(resealed(good), good)
        last = re.findall(r'^\{"n":2,.*\n', good, re.M)[0]
        rows = [('"certificates":2', '"certificates":1', "FALSE       certificates: 1, and it is 2"),
                ('"unrecorded_signatures":0,', "", "FALSE       unrecorded_signatures: nothing, and it is 0"),
                ('"faults":0', '"faults":' + "[" * 100000 + "]" * 100000, "FALSE       faults: not a number"), ("Key ID      id of two", "Key ID      id of two!", "FALSE       text"),
                (last, "", "FALSE       certificates: 2, and it is 1"), ('"flags":1', '"flags":0', "FAULT")]
        for old, new, words in rows:
            with self.subTest(words):
                self.assertIn(old, good)
                report.write_text(resealed(good.replace(old, new, 1)))
                self.verify(status=1).expect(1, out=words)
        head = json.loads(self.halligan(None, "ledger", "verify", "--json", self.file, pin=None).out)["chains"][0]["head"]
        # A report that was made without the last record is whole: what shows that is its head, or its signature.
        self.work.write("cut.ledger", "".join(self.file.read_text().splitlines(True)[:-1]))
        self.attest(*self.until(), "--force", ledger=self.work.path("cut.ledger"))
        self.verify()
        self.verify("--head", head, status=1).expect(1, out="records were removed")
        # Whose CA it is, is for the auditor to say.
        key_pair(self.work, "other-ca")
        self.verify("--ca", self.work.path("other-ca.pub"), status=1).expect(1, out="signed by another CA")

    def test_a_ledger_still_comes_through_a_pipe(self):
        self.certificate("used")
        self.work.run("sh", "-c", f"cat {self.file} | {paths.HALLIGAN} ledger verify /dev/stdin").expect(0, out="intact")

    def test_the_period(self):
        sshd = self.host()
        used = self.login(sshd, self.certificate("used"))
        now = int(time.time())
        early = self.summary("--to", at(now + 3600), "--from", at(now + 1800), "--log", self.log(used))
        self.assertEqual((early["certificates"], early["logins"], early["unused"]), (0, 0, 0))
        self.assertIn("Period      ", self.work.path("report").read_text())
        self.assertEqual(self.summary("--to", at(now + 3600), "--from", at(now - 3600), "--log", self.log(used), "--force")["certificates"], 1)
        for wrong in (("--from", at(now), "--to", at(now)), ("--to", "forever"), ("--from", "soon")):
            self.attest(*wrong, "--force", status=2)

    def test_drills_and_proofs(self):
        self.certificate("used")
        drills = self.work.write("ca.drills", DRILLS)
        began = [json.loads(line)["time"] // 1000 for line in DRILLS.splitlines()]
        proof = self.work.write("proof.json", '{"host":"web1","good":true}\n{"host":"db1","good":false}')
        ending = ["--to", at(max(time.time(), *began) + 3600)]
        said = self.summary("--drills", drills, "--proof", proof, *ending)
        self.assertEqual((said["drills"], said["answers"], said["answers_good"]), (len(began), 2, 1))
        self.assertGreater(said["drills"], 0)
        self.assertIn("Drill       ", self.work.path("report").read_text())
        self.verify()
        self.attest("--proof", self.work.write("bad", "{}\n"), "--force", *ending, status=3).expect(3, err="not what halligan prove --json prints")
        spoilt = self.work.write("spoilt.drills", DRILLS.replace('"passed"', '"failed"').replace("quarterly", "quarterlx"))
        self.attest("--drills", spoilt, "--force", *ending, status=3)

    def test_what_cannot_be_used(self):
        self.certificate("used")
        self.attest(*self.until())
        self.attest(*self.until(), status=3).expect(3, err="--force")
        self.attest("--log", self.work.write("empty", "no sshd here\n"), "--force", *self.until(), status=3).expect(3, err="no message of sshd")
        self.attest("--timezone", "Nowhere/Town", "--force", *self.until(), status=2)
        self.attest("--key", self.work.path("missing"), file="signed", *self.until(), status=4)
        self.assertFalse(self.work.path("signed").exists())
        self.verify(self.file, status=3)

    def test_a_log_says_the_same_whole_and_in_the_report(self):
        """reconcile reads the whole log, the report what counts of it: the same logins and findings."""
        sshd = self.host()
        lines = []
        for name in ("one", "two"):
            lines += self.login(sshd, self.certificate(name, "-V", "-5m:+5m"))
        secret = self.login(sshd, self.certificate("secret", "--no-ledger"))
        noise = [f"Invalid user x{number} from 192.0.2.{number} port 5" for number in range(200)]
        log = self.log([*noise, *lines, *noise, *secret, "Accepted publickey for root from"])
        theirs = json.loads(self.halligan(None, "ledger", "reconcile", "--json", "--ledger", self.file, "--timezone", "UTC", log, pin=None).expect(1).out)
        said = self.summary("--log", log, *self.until(), status=1)
        self.assertEqual(said["logins"], theirs["logins"])
        report = json.loads(self.verify("--json", status=1).out)
        logs = [each for each in report["findings"] if each["code"] not in ("counter-gap", "counter-elsewhere")]
        self.assertEqual(logs, [each for each in theirs["findings"] if each["code"] != "unused"])
        self.assertLess(self.work.path("report").read_text().count("Invalid user"), 3)

    def test_ten_times_the_records_take_ten_times_the_room(self):
        self.software_ca()
        sizes, seconds = [], []
        for count in (1000, 10000):
            keys = [ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
                    for _ in range(count)]
            ledger = self.work.path(f"many-{count}.ledger")
            folder = self.work.path(f"keys-{count}")
            folder.mkdir()
            for number, key in enumerate(keys):
                (folder / f"{number}.pub").write_bytes(key + b"\n")
            self.halligan(None, "sign", "--ca", self.ca, "-I", "many", "-n", "root", "-q", "--ledger", ledger,
                          *(f"{number}.pub" for number in range(count)), pin=None, cwd=folder, timeout=harness.PATIENCE * 4).expect()
            began = time.monotonic()
            said = self.summary(*self.until(), file=f"report-{count}", ledger=ledger)
            self.verify(file=f"report-{count}")
            seconds.append(time.monotonic() - began)
            self.assertEqual(said["certificates"], count)
            sizes.append(os.path.getsize(self.work.path(f"report-{count}")))
        print(f"1,000 and 10,000 records: {sizes} bytes, {[round(each, 2) for each in seconds]} s to make and verify")
        self.assertLess(sizes[1], 10.5 * sizes[0])
        self.assertLess(seconds[1], 40 * seconds[0])


if __name__ == "__main__":
    harness.main()
