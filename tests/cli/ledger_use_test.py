"""What makes the token count without a certificate: it is avoided or on record; and the counter is compared before release."""

import csv
import io
import json
import re
import shutil
import signal

import harness
from harness import paths
from ledger_test import GAP, LedgerCase, chained, signature
from world import requests

AHEAD = "by the CA's key or another key of the token"


PAGE = (paths.SOURCE / "ca-tool/man/halligan-ledger.5").read_text()


def documented(kind: str) -> list[str]:
    """The members that halligan-ledger(5) gives a record, in its order."""
    sections = {each.split("\n")[0]: re.findall(r"^\.It Cm ([a-z_]+)", each, re.M) for each in re.split(r"^\.S[sh] ", PAGE, flags=re.M)}
    own = {"ledger": "The first record of a chain", "certificate": "A certificate", "use": "A use"}[kind]
    *first, last = sections["Every record"]
    return [*first, *sections[own], last]


class Uses(LedgerCase):
    def records(self) -> list[dict]:
        return [json.loads(line) for line in self.file.read_text().splitlines()]

    def last(self, *arguments) -> dict:
        """The last record as `ledger export` shows it."""
        return json.loads(self.ledger("export", *arguments, self.file).expect().out.splitlines()[-1])

    def counted(self, since: int) -> int:
        """How many signatures the token has made since."""
        return sum(record["ctap"] in ("getAssertion", "getNextAssertion") and record["status"] == "0x00:OK"
                   for record in self.key.records()[since:])


class Format(Uses):
    def test_the_page_of_the_format(self):
        self.mint(self.key, self.ca, "--reason", "ticket 4711", file="one").expect()
        self.mint_some(1)
        for line in self.file.read_text().splitlines():
            record = json.loads(line)
            members = documented(record["kind"])
            self.assertEqual(list(record), [name for name in members if name in record])
            optional = members[members.index("searches"):-1] if record["kind"] == "certificate" else []
            self.assertEqual(set(members) - set(record) - set(optional), set())
        # The example, on all but the last record: what that one names
        before, last = self.file.read_text().splitlines()[-2:]
        example = re.search(r"tail -n 1 ca\.ledger \| tr .*", PAGE)[0].replace("\\e", "\\")
        self.work.write("ca.ledger", before + "\n")
        self.work.run("sh", "-c", example).expect(out=json.loads(last)["prev"])


class Avoided(Uses):
    def test_a_refused_init_signs_nothing(self):
        other = self.work.path("other")
        other.mkdir()
        self.mint_some(1)
        asked = len(self.key.records())
        self.halligan(self.key, "ca", "init", "-d", other).expect(3, err="already holds a resident key")
        self.assertEqual(self.counted(asked), 0)
        self.assertIn("credentialManagement", requests(self.key, asked))
        self.mint_some(1)
        self.assertEqual(self.codes("--made", self.ca.with_name("ca.json")), [])

    def test_nothing_else_of_ours_signs(self):
        self.mint_some(1)
        asked = len(self.key.records())
        folder = self.work.path("exported")
        folder.mkdir()
        self.halligan(self.key, "ca", "export", "-d", folder).expect()
        self.halligan(self.key, "token", "list").expect()
        self.halligan(self.key, "token", "info").expect()
        self.halligan(self.key, "token", "keys", "list").expect()
        self.halligan(self.key, "token", "keys", "rename", "ssh:emergency-ca", "--display-name", "renamed").expect()
        self.halligan(self.key, "token", "pin", "status").expect()
        self.halligan(self.key, "mint", "-I", "x", "-n", "root", "-V", "-5m:+2d", "-o", "no").expect(3, err="maximum-lifetime")
        self.assertEqual(self.counted(asked), 0)
        self.mint_some(1)
        self.assertEqual(self.codes("--made", self.ca.with_name("ca.json")), [])

    def test_the_making_of_another_ca_is_accounted_for_by_its_ca_json(self):
        self.mint_some(1)
        second = self.make_ca(self.key, "--application", "ssh:second", folder="second")
        self.mint(self.key, self.ca, file="after").expect(err="1 signature " + AHEAD)
        both = ("--ca", self.ca.with_name("ca.pub"), "--ca", second.with_name("ca.pub"))
        self.assertEqual(self.codes(*both), GAP)
        self.assertEqual(self.codes(*both, "--made", second.with_name("ca.json")), [])

    def test_a_token_that_can_look_only_by_signing_says_that_it_counted(self):
        """A fingerprint token of CTAP 2.0 without a PIN lists its keys by a gesture, which signs for each of them."""
        token = self.token("finger", pin=None, options=("--ctap", "2.0", "--uv"))
        self.make_ca(token, folder="first")
        other = self.work.path("other")
        other.mkdir()
        refused = self.halligan(token, "ca", "init", "-d", other).expect(3, err="already holds a resident key")
        self.assertRegex(refused.err, r"looking for a CA on this token took a signature, which it counted: \d+")
        self.assertIn("halligan ledger verify --known", refused.err)


class Recorded(Uses):
    def test_a_search_whose_touch_does_not_come(self):
        other = self.token("other")
        several = {"HALLIGAN_DEVICE": f"{other.path}:{self.key.path}", "HALLIGAN_TIMEOUT": "1"}
        self.mint_some(1)
        self.key.replug(touch="never")
        self.mint(self.key, self.ca, file="never", env=several).expect(5)
        use = self.last()
        record = self.records()[-1]
        self.assertEqual(list(record), [name for name in documented("use") if name in record])
        self.assertEqual((use["kind"], use["purpose"], use["signed_hash"]),
                         ("use", "search for the token that holds the CA", None))
        self.key.replug(touch="auto")
        self.mint_some(1)
        minted = self.last()
        self.assertEqual([minted["counter"]], [use["counters"][0] + 1])
        self.assertEqual(self.codes("--made", self.ca.with_name("ca.json")), [])

    def test_a_signature_that_a_rule_refuses(self):
        """An agent does not ask for the PIN: the signature is made, and the policy discards it."""
        self.mint_some(1)
        agent = self.agent(name="holder", env=self.key.env)
        self.work.run("ssh-add", "-q", self.ca, env=agent.env).expect()
        policy = self.policy(verify_required=True)
        done = self.mint(self.key, self.ca.with_name("ca.pub"), "-U", "--policy", policy, file="no", env=agent.env)
        done.expect(4, err="policy: ca-verify-required: discarded the CA's signature")
        self.assertIn(f"recorded as a use in {self.file}, record 2", done.err)
        self.assertFalse(self.work.path("no").exists())
        use = self.last()
        self.assertTrue(use["purpose"].startswith("certificate not released: policy: ca-verify-required"), use)
        self.assertRegex(use["signed_hash"], "^[0-9a-f]{64}$")
        self.mint_some(1)
        self.assertEqual(self.codes("--made", self.ca.with_name("ca.json")), ["not-released"])
        self.assertEqual(self.last()["counter"], use["counters"][0] + 1)
        self.assertIn("  no certificate    -             certificate not rel...\n", self.ledger("list", self.file).expect().out)
        self.assertRegex(self.ledger("list", "--wide", self.file).expect().out,
                         rf"  no certificate .*  {use['counters'][0]}  - +certificate not released: policy: ca-verify-required")
        self.ledger("show", "2", self.file).expect(out="Use         no certificate: certificate not released: policy:")
        table = list(csv.DictReader(io.StringIO(self.ledger("export", "--csv", self.file).expect().out)))
        self.assertEqual([line["kind"] for line in table], ["certificate", "use", "certificate"])
        self.assertEqual([table[1][name] for name in ("purpose", "counters", "signed_hash", "serial", "hash")],
                         [use["purpose"], str(use["counters"][0]), use["signed_hash"], "", use["hash"]])

    def test_a_signature_that_does_not_verify_proves_nothing(self):
        self.mint_some(1)
        self.key.stop()
        rows = [("bad-signature", 1, "the CA's signature: the signature does not verify"),
                ("wrong-rpid-hash", 4, "a signature for another application")]
        for misbehaviour, status, message in rows:
            with self.subTest(misbehaviour):
                self.discarded(misbehaviour, status, message)

    def discarded(self, misbehaviour: str, status: int, message: str) -> None:
        bad = harness.Softkey(self.work, "token", pin=None, options=("--misbehave", misbehaviour))
        self.addCleanup(bad.stop)
        done = self.mint(bad, self.ca, file="bad").expect(status, err=message)
        bad.stop()
        self.assertRegex(done.err, r"the token counted \d+, which is on no record: its signature was discarded")
        self.assertEqual(len(self.records()), 2)

    def test_a_full_disk(self):
        self.mint_some(1)
        rows = [(1200, r"the token counted \d+: recorded as a use in ", ["not-released"]),  # room for a use, and no certificate
                (0, r"the token counted \d+, which is on no record: .*File too large", ["not-released", *GAP])]
        for room, words, codes in rows:
            with self.subTest(room):
                blocks = (self.file.stat().st_size + room) // 512 + 1
                done = self.work.run("sh", "-c", f'ulimit -f {blocks}; exec "$0" "$@"', paths.HALLIGAN, "mint", "--ca", self.ca, "-I", "x",
                                     "-n", "root", "-o", "full", "--reason", "y" * 1000, "--yes", env=self.key.env)
                done.expect(4, err="the certificate is not released: ledger: ")
                self.assertRegex(done.err, words)
                self.assertFalse(self.work.path("full").exists())
                self.mint_some(1)
                self.assertEqual(self.codes(), codes)

    def test_ctrl_c_after_the_touch_leaves_a_record(self):
        """From the touch to the record it waits; whichever comes first, nothing is missing."""
        self.mint_some(1)
        for number in range(4):
            self.key.replug(touch="ask")
            daemon = self.work.daemon(f"asked{number}", [paths.HALLIGAN, "mint", "--ca", self.ca, "-I", "x", "-n", "root", "-o",
                                                         self.work.path(f"asked{number}"), "--yes"], env=self.key.env)
            self.key.wait_for_touch()
            self.key.press()
            self.assertIn(daemon.stop(signal.SIGINT), (0, -signal.SIGINT))
            self.key.replug(touch="auto")
            self.mint_some(1)
            self.assertEqual(self.codes("--made", self.ca.with_name("ca.json")), [])

    def test_an_older_ledger_goes_on(self):
        """Records of before uses, and a use that somebody else wrote."""
        self.mint_some(2)
        records = self.records()
        self.assertEqual([sorted(set(record) & {"begin", "without_policy"}) for record in records], [[]] * 3)
        self.assertEqual(chained(records), self.file.read_text())

    def test_a_use_that_was_not_made_fills_no_gap(self):
        self.mint_some(1)
        self.mint(self.key, self.ca, "--no-ledger", file="behind").expect()
        self.mint_some(1)
        self.assertEqual(self.codes(), GAP)
        first, one, three = self.records()
        public = " ".join(self.ca.with_name("ca.pub").read_text().split()[:2])
        forged = {"n": 0, "prev": "", "time": one["time"], "kind": "use", "ca": public, "purpose": "a search",
                  "signatures": [signature(one)]}
        file = self.work.write("forged", chained([first, one, forged, three]))
        self.assertEqual(self.codes(file=file), ["use-bad", *GAP])
        strange = {**forged, "kind": "wish"}
        file = self.work.write("strange", chained([first, one, strange, three]))
        self.assertIn("record-malformed", self.codes(file=file))
        self.mint(self.key, self.ca, "--ledger", file, file="not").expect(3, err='unsupported record kind "wish"')


class Compared(Uses):
    """Before release: what does not follow on the record is said, and refused if the policy wants that."""

    def test_what_follows_is_silent(self):
        for number in range(3):
            done = self.mint(self.key, self.ca, file=f"m{number}").expect()
            self.assertNotIn("counter", done.err)

    def test_the_counter_has_two_rows(self):
        self.mint_some(2)
        fingerprint = json.loads(self.ca.with_name("ca.json").read_text())["fingerprint"]
        self.ledger("verify", self.file).expect(out=f"Counter     {fingerprint}\n            global (guessed), 2 signatures with ")

    def test_signed_behind_its_back(self):
        self.mint_some(1)
        self.mint(self.key, self.ca, "--no-ledger", file="secret").expect()
        done = self.mint(self.key, self.ca, file="next").expect(err=f"1 signature {AHEAD} is off the record")
        self.assertEqual(done.err.count("counter"), 1)
        self.assertIn(f"in record 1 of {self.file}", done.err)
        self.assertNotIn("counter", self.mint(self.key, self.ca, file="after").expect().err)

    def test_the_end_cut_off(self):
        self.mint_some(3)
        lines = self.file.read_text().splitlines(keepends=True)
        self.file.write_text("".join(lines[:2]))
        self.mint(self.key, self.ca, file="next").expect(err=f"2 signatures {AHEAD} are off the record")
        # All of it cut off: what ca.json says of the making of the key is still there.
        self.file.unlink()
        done = self.mint(self.key, self.ca, file="anew").expect(err=f"{self.file} begins here: 4 signatures before it")
        self.assertIn("created ledger", done.err)
        counter = self.last()["counter"]
        self.assertEqual(self.records()[1]["begin"], counter - 1)
        self.assertNotIn("counter", self.mint(self.key, self.ca, file="m5").expect().err)
        self.assertEqual(self.codes(), ["counter-begin"])
        self.assertIn(f"counters 1 to {counter - 1} are before this ledger", self.verdict()["findings"][0]["text"])
        self.assertEqual(self.codes("--made", self.ca.with_name("ca.json")), GAP)

    def clone(self) -> harness.Softkey:
        """A copy of the token with all that it knows, as it is now; the first one is put away."""
        self.key.stop()
        shutil.copytree(self.key.state, self.work.path("clone.state"))
        (self.work.path("clone.state") / "lock").unlink(missing_ok=True)
        clone = self.softkey("clone")
        return clone

    def test_a_copy_of_the_token(self):
        self.mint_some(1)
        copy = self.clone()
        self.mint(copy, self.ca, file="by-copy").expect()
        self.key.start()
        done = self.mint(self.key, self.ca, file="by-first").expect(err="the token is a copy, or was copied")
        self.assertRegex(done.err, r"the token's counter is (\d+), not above \1 in record 2 of ")
        self.assertEqual(self.codes(), ["counter-back"])

    def test_strict_lets_a_new_ledger_begin(self):
        """On a fresh laptop there is nothing to follow on: it is said, and recorded."""
        policy = self.policy(counter="strict")
        self.mint_some(2)
        fresh = self.work.path("fresh.ledger")
        done = self.mint(self.key, self.ca, "--policy", policy, "--ledger", fresh, file="f1").expect(0)
        self.assertIn("begins here", done.err)
        done = self.mint(self.key, self.ca, "--policy", policy, "--ledger", fresh, file="f2").expect(0)
        self.assertNotIn("counter", done.err)

    def test_strict_releases_nothing(self):
        policy = self.policy(counter="strict")
        self.mint(self.key, self.ca, "--policy", policy, file="one").expect()
        self.mint(self.key, self.ca, "--no-ledger", file="secret").expect()
        refused = self.mint(self.key, self.ca, "--policy", policy, file="two")
        refused.expect(1, err="the certificate is not released: policy: counter: the token's counter is")
        self.assertIn("recorded as a use in", refused.err)
        self.assertFalse(self.work.path("two").exists())
        self.assertEqual(self.last()["kind"], "use")
        # It is on record now: the next one follows, and the gap stays for verify to find.
        self.mint(self.key, self.ca, "--policy", policy, file="three").expect()
        self.assertEqual(self.codes(), ["not-released", *GAP])
        # A copy is refused until it has passed what is on record.
        copy = self.clone()
        self.mint(copy, self.ca, file="by-copy-1").expect()
        self.mint(copy, self.ca, file="by-copy-2").expect()
        self.key.start()
        for number in range(2):
            self.mint(self.key, self.ca, "--policy", policy, file=f"back{number}").expect(1, err="the token is a copy, or was copied")
            self.assertFalse(self.work.path(f"back{number}").exists())
        self.mint(self.key, self.ca, "--policy", policy, "--no-ledger", file="off").expect(
            3, err="policy: counter: this CA's counter is compared with its ledger")
        self.mint(self.key, self.ca, "--policy", self.policy("bad", counter="loose"), file="off").expect(
            3, err='counter: expected "warn" or "strict"')

    def test_a_token_that_counts_backwards(self):
        token = self.token("back", options=("--misbehave", "counter-back"))
        ca = self.make_ca(token, folder="backward")
        self.mint(token, ca, file="b1").expect()
        self.mint(token, ca, file="b2").expect(err="the token is a copy, or was copied")

    def test_several_tokens_and_their_searches_follow(self):
        other = self.token("other")
        several = {"HALLIGAN_DEVICE": f"{other.path}:{self.key.path}", "HALLIGAN_TIMEOUT": "5"}
        policy = self.policy(counter="strict", verify_required=True)
        for number in range(2):
            done = self.mint(self.key, self.ca, "--policy", policy, file=f"s{number}", env=several).expect()
            self.assertNotIn("counter", done.err)


if __name__ == "__main__":
    harness.main()
