"""halligan ledger: what mint and sign record, and what verify finds when somebody has been at it."""

import base64
import csv
import datetime
import fcntl
import hashlib
import io
import json
import os
import re
import stat

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import harness
from harness import paths
from harness.work import need
from world import PIN, World


def seal(record: dict) -> str:
    """A line of the ledger from its members, as its format says; not by our program."""
    record = {name: value for name, value in record.items() if name != "sum"}
    body = json.dumps(record, separators=(",", ":"))
    return body[:-1] + ',"sum":"' + hashlib.sha256(body.encode()).hexdigest() + '"}'


def chained(records: list[dict]) -> str:
    """A whole chain made anew from these records: what somebody can do who knows the format."""
    lines, before = [], ""
    for number, record in enumerate(records):
        lines.append(seal({**record, "n": number, "prev": before}))
        before = hashlib.sha256(lines[-1].encode()).hexdigest()
    return "".join(line + "\n" for line in lines)


COLUMNS = ("chain machine record time serial type key_id principals valid_after valid_before critical_options extensions key ca "
           "counter flags search_counters reason request co_signature certificate hash kind without_policy purpose counters "
           "signed_hash").split()


def flat(value) -> str:
    """A member of the JSON as a field of the table."""
    if isinstance(value, list):
        options = bool(value) and isinstance(value[0], dict)
        return (" " if options else ",").join(map(flat, value))
    return "=".join(value.values()) if isinstance(value, dict) else str(value)


GAP = ["counter-gap", "counter-elsewhere", "counter-elsewhere"]  # the fault, and two notes that say where to look


def signature(record: dict) -> str:
    """That of an ecdsa-sk CA in a record's certificate, as a use or a search has it."""
    blob = base64.b64decode(record["certificate"].split()[1])
    return base64.b64encode(blob[blob.rindex(b"\0\0\0\x22sk-ecdsa-sha2-nistp256@openssh.com"):]).decode()


def string(data: bytes) -> bytes:
    """As SSH writes it."""
    return len(data).to_bytes(4, "big") + data


class InventedCa:
    """A security key in software: its counter is whatever its maker likes."""

    def __init__(self):
        self.key = Ed25519PrivateKey.generate()
        public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.blob = string(b"sk-ssh-ed25519@openssh.com") + string(public) + string(b"ssh:")

    def sign(self, message: bytes, counter: int, flags: int = 1) -> bytes:
        told = bytes([flags]) + counter.to_bytes(4, "big")
        signed = hashlib.sha256(b"ssh:").digest() + told + hashlib.sha256(message).digest()
        return string(b"sk-ssh-ed25519@openssh.com") + string(self.key.sign(signed)) + told

    def record(self, like: dict, counter: int) -> dict:
        """A certificate of its own, as a record between others."""
        number = lambda value, size=8: value.to_bytes(size, "big")
        kind = b"ssh-ed25519-cert-v01@openssh.com"
        body = (string(kind) + string(os.urandom(32)) + string(os.urandom(32)) + number(like["time"] + 1) + number(1, 4) +
                string(b"x") + string(string(b"root")) + number(1) + number(2) + string(b"") + string(b"") + string(b"") +
                string(self.blob))
        blob = body + string(self.sign(body, counter))
        return {"n": 0, "prev": "", "time": like["time"], "kind": "certificate", "counter": counter, "flags": 1,
                "certificate": kind.decode() + " " + base64.b64encode(blob).decode()}


class LedgerCase(World):
    def setUp(self):
        super().setUp()
        self.key = self.token()
        self.ca = self.make_ca(self.key)
        self.file = self.work.ledger_of(self.ca)

    def ledger(self, *arguments) -> harness.Completed:
        return self.halligan(None, "ledger", *arguments, pin=None)

    def verdict(self, *arguments, file=None) -> dict:
        done = self.ledger("verify", "--json", *arguments, file or self.file)
        verdict = json.loads(done.out)
        self.assertEqual(done.status, 0 if verdict["intact"] else 1)
        return verdict

    def codes(self, *arguments, file=None) -> list[str]:
        return [finding["code"] for finding in self.verdict(*arguments, file=file)["findings"]]

    def mint_some(self, count: int, **options) -> None:
        for _ in range(count):
            self.minted = getattr(self, "minted", 0) + 1
            self.mint(self.key, self.ca, file=f"m{self.minted}", **options).expect()


class Recording(LedgerCase):
    def test_each_certificate_has_a_record(self):
        self.mint(self.key, self.ca, "--reason", "ticket 4711, \"Zürich\"", file="one").expect(out=f"Ledger      {self.file}, record 1")
        for name in ("a", "b"):
            self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name).expect()
        self.halligan(self.key, "sign", "--ca", self.ca, "-I", "two", "-n", "root,admin", "a.pub", "b.pub").expect()
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o600)
        rows = [json.loads(line) for line in self.ledger("export", self.file).expect().out.splitlines()]
        files = ["one-cert.pub", "a-cert.pub", "b-cert.pub"]
        self.assertEqual([row["certificate"] for row in rows],
                         [" ".join(self.work.path(name).read_text().split()[:2]) for name in files])
        shown = [self.inspect(name) for name in files]
        for row, certificate in zip(rows, shown):
            for name in ("serial", "key_id", "valid_after", "valid_before", "valid_from", "valid_to", "principals",
                         "critical_options", "extensions"):
                self.assertEqual(row[name], certificate[name])
            self.assertEqual(row["counter"], certificate["signature"]["counter"])
            self.assertEqual(row["flags"], 1)
            self.assertEqual(row["key"], certificate["key"]["fingerprint"])
            self.assertEqual(row["ca"], certificate["ca"]["fingerprint"])
        self.assertEqual([row["reason"] for row in rows], ["ticket 4711, \"Zürich\"", "", ""])
        self.assertEqual([row["record"] for row in rows], [1, 2, 3])
        self.assertEqual([datetime.datetime.fromisoformat(row["time"]).timestamp() for row in rows], [row["time_unix"] for row in rows])
        serials = [row["serial"] for row in rows]
        self.assertEqual(serials, sorted(set(serials)))

        # csv, read by somebody else's reader, is the same table
        table = list(csv.DictReader(io.StringIO(self.ledger("export", "--csv", self.file).expect().out)))
        self.assertEqual([list(line) for line in table], [COLUMNS] * 3)
        self.assertEqual(table, [{name: flat(row.get(name, "")) for name in COLUMNS} for row in rows])
        listed = self.ledger("list", self.file).expect().out
        lines = listed.splitlines()
        self.assertLessEqual(max(map(len, lines)), 80, listed)
        minute = r"\d{4}-\d\d-\d\d \d\d:\d\d"
        self.assertEqual(lines[1], "record  signed            until             principals    key ID")
        self.assertRegex(lines[2], fr"^     1  {minute}  {minute}  root          ann: incident 4711$")
        self.assertRegex(lines[4], fr"^     3  {minute}  {minute}  root, admin   two$")
        self.assertEqual(len(lines), 5)
        wide = self.ledger("list", "--wide", self.file).expect().out.splitlines()
        self.assertEqual(wide[1].split(), ["record", "signed", "until", "serial", "counter", "principals", "key", "ID"])
        self.assertRegex(wide[2], fr'^     1  \S+  \S+ +{serials[0]} .* {rows[0]["counter"]}  root          ann: incident 4711'
                                  r'  \(ticket 4711, "Zürich"\)$')
        self.halligan(self.key, "mint", "--ca", self.ca, "-I", "x" * 60, "-n", "a-very-long-account,root", "-o", "long").expect()
        self.assertLessEqual(max(map(len, self.ledger("list", self.file).expect().out.splitlines())), 80)
        self.assertIn("  a-very-lo...  xxxxxxxxxxxxxxxxxxx...\n", self.ledger("list", self.file).expect().out)
        self.assertIn("x" * 60, self.ledger("list", "-w", self.file).expect().out)
        for number in ("1", str(serials[0])):
            for arguments in ((number, self.file), ("--ledger", self.file, number)):  # the second: its old form
                self.ledger("show", *arguments).expect(out="Reason      ticket 4711")
        self.ledger("show", "77", self.file).expect(1, err="no certificate has the serial or record number 77")
        self.assertEqual(self.verdict("--ca", self.ca.with_name("ca.pub"))["findings"], [])

    def test_what_comes_out_names_its_record(self):
        mine = {"file": str(self.file)}
        done = json.loads(self.mint(self.key, self.ca, "--json").expect().out)
        self.assertEqual(done["ledger"], {**mine, "record": 1})
        for name in ("a", "b"):
            self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name).expect()
        sign = ("-I", "two", "-n", "root", "--json", "--force", "a.pub", "b.pub")
        one_by_one = self.halligan(self.key, "sign", "--ca", self.ca, *sign).expect().out
        self.assertEqual([json.loads(line)["ledger"] for line in one_by_one.splitlines()],
                         [{**mine, "record": 2}, {**mine, "record": 3}])
        # A CA that wants no touch signs them together.
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "soft").expect()
        together = self.halligan(None, "sign", "--ca", "soft", *sign, pin=None).expect().out
        recorded = [json.loads(line) for line in together.splitlines()]
        self.assertEqual([each["ledger"]["record"] for each in recorded], [1, 2])
        shown = self.ledger("show", "--ledger", recorded[1]["ledger"]["file"], "2", "--json").expect().out
        self.assertEqual(json.loads(shown)["serial"], recorded[1]["serial"])
        self.assertNotIn("ledger", json.loads(self.mint(self.key, self.ca, "--json", "--no-ledger", file="off").expect().out))

    def test_serials_rise_whatever_the_clock_and_the_letters_say(self):
        self.mint(self.key, self.ca, "-z", "9999999999999", file="future").expect()
        self.mint(self.key, self.ca, file="next").expect()
        self.assertEqual(self.inspect("next-cert.pub")["serial"], 10000000000000)
        asked = len(self.key.records())
        for serial in ("4711", "10000000000000"):
            self.mint(self.key, self.ca, "-z", serial, file="low").expect(3, err="is not above 10000000000000")
        self.assertEqual(len(self.key.records()), asked)
        self.assertFalse(self.work.path("low").exists())
        self.assertEqual(self.codes(), [])

    def test_where_it_is(self):
        home, state = self.work.ledger_of(self.ca), self.work.path("state")
        other = state / "halligan" / home.parent.name / "ca.ledger"
        rows = [([], {}, home), ([], {"XDG_STATE_HOME": str(state)}, other), ([], {"XDG_STATE_HOME": "state"}, home),
                (["--ledger", self.work.path("mine")], {}, self.work.path("mine"))]
        for i, (arguments, env, file) in enumerate(rows):
            with self.subTest(env):
                self.halligan(self.key, "mint", "-I", "x", "-n", "root", "-o", f"w{i}", *arguments, env=env).expect(
                    out=f"Ledger      {file}, record")
                self.assertTrue(file.exists())
        for folder in (state / "halligan", other.parent):
            self.assertEqual(stat.S_IMODE(folder.stat().st_mode), 0o700)
        self.assertEqual(other.with_name("ca.pub").read_text().split(), self.work.path("ca/ca.pub").read_text().split()[:2])
        self.assertEqual(self.halligan(None, "ledger", "list", pin=None).expect().out.count("  root          x\n"), 2)
        for name in ("HOME", "XDG_STATE_HOME"):
            self.work.env[name] = "nowhere"
        self.halligan(self.key, "mint", "-I", "x", "-n", "root", "-o", "homeless").expect(2, err="there is no place for it")
        self.halligan(None, "ledger", "list", pin=None).expect(2, err="cannot find the ledger")

    def test_without_a_ledger_it_says_so_and_the_counter_tells(self):
        self.mint_some(1)
        before = self.file.read_bytes()
        done = self.mint(self.key, self.ca, "--no-ledger", file="secret").expect(err="this certificate will not be recorded (--no-ledger)")
        self.assertNotIn("Ledger", done.out)
        self.assertEqual(self.file.read_bytes(), before)
        self.mint(self.key, self.ca, "--no-ledger", "--reason", "x", file="s2").expect(2, err="--reason needs a ledger")
        self.mint_some(1)
        self.assertEqual(self.codes(), GAP)

    def test_what_was_signed_before_the_first_record(self):
        made = self.ca.with_name("ca.json")
        self.mint(self.key, self.ca, "--no-ledger", file="secret").expect()
        self.mint_some(2)
        self.assertEqual(self.codes(), ["counter-begin"])  # noted then; without ca.json the ledger alone could not tell
        self.assertEqual(self.codes("--made", made), GAP)
        self.assertIn("1 unrecorded signature by this CA key or another key of its token since the key was made",
                      self.verdict("--made", made)["findings"][0]["text"])
        counter = json.loads(made.read_text())["counter"]
        self.assertEqual(self.codes("--made", made, "--known", str(counter + 1)), [])
        other = self.work.write("other.json", made.read_text().replace(f'"counter": {counter}', '"counter": "x"'))
        self.ledger("verify", "--made", other, self.file).expect(3, err="other.json: its counter is not a 32-bit number")
        none = self.work.write("none.json", re.sub(r'\n *"counter": \d+,', "", made.read_text()))
        self.ledger("verify", "--made", none, self.file).expect(3, err="it has no counter")

    def test_what_cannot_be_recorded_is_not_touched_for(self):
        self.work.write("target", "")
        self.work.path("link").symlink_to("target")
        loose = self.work.write("loose", "")
        loose.chmod(0o622)
        os.mkfifo(self.work.path("pipe"))
        merged = self.work.write("junk", "junk\n")
        rows = [("nowhere/ledger", 4, "nowhere: "), ("link", 3, "is a symbolic link"), ("loose", 3, "is writable by others"),
                ("pipe", 3, "is not a regular file"), ("junk", 3, "not a ledger"), (self.work.home, 4, "directory"),
                (self.work.write("notes", "a line without an end"), 3, "is not a ledger")]
        asked = len(self.key.records())
        for file, status, message in rows:
            with self.subTest(file):
                done = self.mint(self.key, self.ca, "--ledger", file, file="not").expect(status, out="", err=message)
                self.assertIn("ledger", done.err)
                self.assertFalse(self.work.path("not").exists())
        for reason in ("two\nlines", "x" * 1025):
            self.mint(self.key, self.ca, "--reason", reason, file="not").expect(3, err="--reason: a reason")
        self.assertEqual(len(self.key.records()), asked)
        self.assertEqual(merged.read_text(), "junk\n")
        self.assertEqual(self.work.path("notes").read_text(), "a line without an end")
        self.assertEqual(self.work.path("target").read_text(), "")

    def test_two_at_one_time_wait_for_one_another(self):
        self.mint_some(1)
        with open(self.file, "rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            second = self.work.daemon("second", [need(paths.HALLIGAN), "mint", "--ca", self.ca, "-I", "x", "-n", "root", "-o",
                                                 self.work.path("waited"), "--yes"], env=self.key.env)
            second.wait_for("another halligan is writing to")
            self.assertFalse(self.work.path("waited").exists())
            fcntl.flock(held, fcntl.LOCK_UN)
        second.wait_for("record 2")
        self.assertEqual(self.codes(), [])


class Verifying(LedgerCase):
    def setUp(self):
        super().setUp()
        self.mint_some(4)
        self.lines = self.file.read_text().splitlines()
        self.records = [json.loads(line) for line in self.lines]

    def changed(self, lines: list[str], *arguments) -> list[str]:
        """The codes of the findings on a ledger of these lines."""
        return self.codes(*arguments, file=self.work.write("changed", "".join(line + "\n" for line in lines)))

    def texts(self, file) -> str:
        return "\n".join(finding["text"] for finding in self.verdict(file=file)["findings"])

    def test_the_format_is_what_it_says(self):
        self.assertEqual([seal(record) for record in self.records], self.lines)
        self.assertEqual(chained(self.records), self.file.read_text())

    def test_intact(self):
        self.ledger("verify", self.file).expect(0, out="Ledger      intact")
        verdict = self.verdict()
        self.assertEqual((verdict["intact"], verdict["findings"]), (True, []))
        self.assertEqual(verdict["chains"][0]["head"], hashlib.sha256(self.lines[-1].encode()).hexdigest())
        self.assertEqual([verdict["counters"][0][name] for name in ("profile", "guessed", "signatures", "missing")],
                         ["global", True, 4, 0])

    def test_a_flipped_byte(self):
        text = bytearray(self.file.read_bytes())
        for at in range(0, len(text), 97):
            text[at] ^= 1
            changed = self.work.path("changed")
            changed.write_bytes(text)
            text[at] ^= 1
            number = bytes(text[:at]).count(b"\n")
            with self.subTest(at):
                done = self.ledger("verify", changed).expect(1, out="NOT INTACT")
                self.assertRegex(done.out, rf"FAULT       record {number}: |cut off")

    def test_a_record_removed_moved_inserted_repeated(self):
        a, b, c, d, e = self.lines
        self.assertEqual(self.changed([a, b, d, e]), ["chain-order", *GAP])
        self.assertEqual(self.texts(self.work.path("changed")).splitlines()[0], "record 3: record 2 is missing before it")
        self.assertEqual(self.changed([a, d, e]), ["chain-order"])
        self.assertEqual(self.changed([b, c, d, e]), ["chain-order", "chain-start"])
        self.assertIn("chain-order", self.changed([a, c, b, d, e]))
        self.assertIn("counter-back", self.changed([a, c, b, d, e]))
        self.assertIn("chain-order", self.changed([a, b, c, c, d, e]))
        # A start that claims to follow on something: what was before it is gone.
        lines = [seal({**self.records[0], "prev": "0" * 64})]
        for record in self.records[1:]:
            lines.append(seal({**record, "prev": hashlib.sha256(lines[-1].encode()).hexdigest()}))
        self.assertIn("chain-start", self.changed(lines))
        foreign = seal({**self.records[2], "reason": "inserted"})
        self.assertIn("chain-order", self.changed([a, b, c, foreign, d, e]))
        self.assertEqual(self.changed([a, b, foreign, d, e]), ["chain-broken"])
        self.assertEqual(self.changed([a, b, c, "", d, e])[0], "record-malformed")

    def test_the_end_cut_off(self):
        head = self.verdict()["chains"][0]["head"]
        self.assertEqual(self.changed(self.lines[:-1]), [])  # nothing in the file can tell
        self.assertEqual(self.changed(self.lines[:-1], "--head", head), ["head-missing"])
        self.assertEqual(self.changed(self.lines, "--head", head), [])
        self.ledger("verify", "--head", "abc", self.file).expect(2, err="--head")
        torn = self.work.write("torn", self.file.read_text()[:-10])
        self.assertEqual(self.codes(file=torn), ["line-cut"])

    def test_a_chain_made_anew_without_a_record_is_betrayed_by_the_token(self):
        anew = self.work.write("anew", chained(self.records[:2] + self.records[3:]))
        self.assertEqual(self.codes(file=anew), GAP)
        self.assertIn("record 2: 1 unrecorded signature", self.texts(anew))
        counter = json.loads(self.lines[2])["counter"]
        self.assertEqual(self.codes("--known", str(counter), file=anew), [])
        self.assertEqual(self.codes("--known", f"{counter + 1}-{counter + 9}", file=anew), GAP)

    def test_a_record_with_another_certificate_in_it(self):
        forged = json.loads(self.lines[2])
        forged["counter"] = 9
        self.assertIn("record-malformed", self.codes(file=self.work.write("f", chained(self.records[:2] + [forged]))))
        kind, blob = json.loads(self.lines[2])["certificate"].split()
        raw = bytearray(base64.b64decode(blob))
        raw[raw.index(b"root")] ^= 1
        forged = {**self.records[2], "certificate": kind + " " + base64.b64encode(raw).decode()}
        file = self.work.write("g", chained(self.records[:2] + [forged] + self.records[3:]))
        self.assertEqual(self.codes(file=file), ["signature-bad"])

    def test_signed_behind_its_back(self):
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "thief").expect()
        self.work.run("ssh-keygen", "-q", "-s", self.ca, "-I", "x", "-n", "root", "thief.pub",
                      env={**self.key.env, **self.work.askpass(PIN).env}).expect()
        self.mint_some(1)
        done = self.ledger("verify", self.file).expect(1)
        self.assertIn("FAULT       record 5: 1 unrecorded signature", done.out)
        self.assertIn("since record 4 (counter 6)", done.out)

    def test_another_ca(self):
        other = self.token("other")
        second = self.make_ca(other, folder="second")
        self.mint(other, second, "--ledger", self.file, file="by-other").expect()
        publics = [self.ca.with_name("ca.pub"), second.with_name("ca.pub")]
        self.assertEqual(self.codes("--ca", publics[0]), ["authority-unknown"])
        self.assertEqual(self.codes("--ca", publics[0], "--ca", publics[1]), [])
        self.assertEqual(self.codes("--ca", publics[1]), ["authority-unknown"] * 4)

    def test_profiles_of_counters(self):
        self.assertEqual(self.codes("--counter", "zero"), ["counter-not-zero"] * 4 + ["counter-zero"])
        # Two CAs on one token: each has gaps, which the other fills, unless the token counts for each key.
        second = self.make_ca(self.key, "--application", "ssh:second", folder="second")
        self.mint(self.key, second, "--ledger", self.file, file="s1").expect()
        self.mint_some(1)
        self.mint(self.key, second, "--ledger", self.file, file="s2").expect()
        # The second CA key itself took a count.
        both = ("--ca", self.ca.with_name("ca.pub"), "--ca", second.with_name("ca.pub"))
        self.assertEqual(self.codes("--counter", "global", *both), GAP)
        self.assertEqual(self.codes("--counter", "per-key", *both), ["counter-gap"] + GAP)
        self.assertEqual(self.codes("--counter", "global", "--known", "6", *both), [])
        self.assertEqual(self.codes("--known", "6", *both), [])
        # Nobody vouches for the other one.
        self.assertEqual(self.codes("--known", "6"), ["counter-gap"] + GAP)

    def test_a_ca_that_is_invented_fills_no_gap(self):
        self.mint(self.key, self.ca, "--no-ledger", file="behind").expect()
        self.mint_some(1)
        self.assertEqual(self.codes(), GAP)
        records = [json.loads(line) for line in self.file.read_text().splitlines()]
        forged = InventedCa().record(records[4], counter=records[4]["counter"] + 1)
        file = self.work.write("forged", chained(records[:5] + [forged] + records[5:]))
        for arguments in ((), ("--made", self.ca.with_name("ca.json")), ("--counter", "global")):
            self.assertEqual(self.codes(*arguments, file=file), GAP)

    def test_made_by_another_ca(self):
        second = self.make_ca(self.key, "--application", "ssh:second", folder="second")
        self.assertEqual(self.codes("--made", second.with_name("ca.json")), ["counter-start"])

    def test_what_is_no_ledger(self):
        for text in ("", "junk\n", "junk"):
            with self.subTest(text):
                self.ledger("verify", self.work.write("x", text)).expect(3, err="not a ledger")
        self.ledger("verify", self.work.path("none")).expect(4, err="none")


class Searching(LedgerCase):
    """Several tokens: the one with the CA is found by a signature without a touch, which is counted, and on record."""

    def setUp(self):
        super().setUp()
        self.other = self.token("other")
        self.several = {"HALLIGAN_DEVICE": f"{self.other.path}:{self.key.path}", "HALLIGAN_TIMEOUT": "5"}
        # Where the holder would be remembered it would be asked first; here the order stays.
        for number in range(3):
            self.mint(self.key, self.ca, file=f"m{number}", env=self.several).expect()
        self.records = [json.loads(line) for line in self.file.read_text().splitlines()]

    def test_the_counter_has_no_gap(self):
        made = self.ca.with_name("ca.json")
        self.assertEqual([len(record.get("searches", ())) for record in self.records], [0, 1, 1, 1])
        counters = [record["counter"] for record in self.records[1:]]
        self.assertEqual(counters, [counters[0], counters[0] + 2, counters[0] + 4])
        self.assertEqual(self.codes("--made", made), [])
        self.assertEqual(json.loads(self.ledger("show", "--ledger", self.file, "1", "--json").expect().out)["search_counters"],
                         [counters[0] - 1])
        self.ledger("show", "1", self.file).expect(0, out=f"Searches    for the token: counter {counters[0] - 1}")
        # What is signed behind its back is a gap as ever.
        self.mint(self.key, self.ca, "--no-ledger", file="behind").expect()
        self.mint(self.key, self.ca, file="last", env=self.several).expect()
        self.assertEqual(self.codes("--made", made), GAP)

    def test_a_pin_that_is_asked_for_in_between(self):
        """Found, asked for its PIN, found again: both are on record."""
        policy = self.policy(verify_required=True)
        self.mint(self.key, self.ca, "--policy", policy, file="verified", env=self.several).expect()
        self.assertEqual(self.codes("--made", self.ca.with_name("ca.json")), [])
        self.assertEqual(json.loads(self.file.read_text().splitlines()[-1])["flags"], 5)

    def test_searches_that_were_not_made(self):
        first, second, third = self.records[1:]
        rows = [({**second, "searches": first["searches"]}, GAP),  # another one's
                ({**second, "searches": [self.changed(second["searches"][0])]}, ["search-bad"] + GAP),
                ({**second, "searches": [self.invented(second["counter"] - 1)]}, ["record-malformed"]),
                ({name: value for name, value in second.items() if name != "searches"}, GAP)]
        for forged, codes in rows:
            with self.subTest(codes):
                file = self.work.write("forged", chained([self.records[0], first, forged, third]))
                found = self.codes(file=file)
                self.assertEqual(found[:len(codes)], codes)

    def test_records_that_are_malformed(self):
        good = self.records[1]
        for searches in ([], ["!"], [1], "x", [base64.b64encode(b"junk").decode()], good["searches"] * 65):
            with self.subTest(str(searches)[:20]):
                file = self.work.write("forged", chained([self.records[0], {**good, "searches": searches}]))
                self.assertIn("record-malformed", self.codes(file=file))

    @staticmethod
    def changed(search: str) -> str:
        """The same with its counter changed."""
        blob = bytearray(base64.b64decode(search))
        blob[-1] ^= 0x80
        return base64.b64encode(blob).decode()

    @staticmethod
    def invented(counter: int) -> str:
        return base64.b64encode(InventedCa().sign(b"\0", counter, flags=0)).decode()


if __name__ == "__main__":
    harness.main()
