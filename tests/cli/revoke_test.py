"""halligan revoke: what it makes, ssh-keygen -Q judges the same, and a real sshd obeys; and what ssh-keygen made is kept."""

import json
import os
import random

import harness
from software_ca import SoftwareCa
from harness.work import USER
from world import key_pair


class Revoke(SoftwareCa):
    def revoke(self, *arguments, **options):
        return self.halligan(None, "revoke", *arguments, env={"HOME": self.work.path("."), "XDG_STATE_HOME": self.work.path("state")}, **options)

    def make(self, *arguments, name: str = "made.krl", ca: str = "software-ca"):
        return self.revoke("make", "--force", "-o", name, "--ca", f"{ca}.pub", *arguments).expect()

    def judge(self, *names: str, krl: str = "made.krl") -> list[bool]:
        """Which of these are revoked, by ours; ssh-keygen says the same of each."""
        done = self.revoke("check", "--json", krl, *names)
        ours = [json.loads(line)["revoked"] for line in done.out.splitlines()[1:]]
        self.assertEqual(done.status, 1 if any(ours) else 0, done.report())
        theirs = [self.work.run("ssh-keygen", "-Q", "-f", krl, name).status != 0 for name in names]
        self.assertEqual(ours, theirs, done.report())
        return ours

    def serial_certificates(self, serials) -> list[str]:
        """A certificate with each serial."""
        out = []
        for serial in serials:
            made = self.certificate("-I", f"id {serial}", "-n", USER, "-z", str(serial))
            name = f"s{serial}-cert.pub"
            os.rename(self.work.path(made), self.work.path(name))
            out.append(name)
        return out

    def test_serials_in_all_forms_and_at_their_edges(self):
        key_pair(self.work, "software-ca")
        top = 2**64 - 1
        rows = [[(7, 7)], [(1, 3)], [(1, top)], [(top - 1, top)], [(5, 5), (7, 7), (9, 9), (12, 12)], [(1, 1), (16384, 16384), (16386, 16390)],
                [(n, n) for n in range(1, 16400, 2)], [(n, n) for n in range(8, 200, 8)], [(1, 40), (42, 99), (2**40, 2**41)]]
        for seed in range(6):
            rng = random.Random(seed)
            rows.append([(n, n + rng.choice((0, 0, 1, 2, 30))) for n in rng.sample(range(1, 10 ** rng.randrange(2, 12)), 40)])
        for number, ranges in enumerate(rows):
            with self.subTest(number):
                words = [f"--serial={a}-{b}" if a != b else f"--serial={a}" for a, b in ranges]
                wide = [edge for a, b in (*ranges[:3], ranges[-1]) for edge in (a - 1, a, b, b + 1) if 0 < edge <= top]
                probes = sorted(set(wide))
                self.make(*words)
                direct = self.work.path("made.krl").read_bytes()
                self.work.write("serials", "# lost\n" + "".join(word.removeprefix("--serial=") + "\r\n" for word in words))
                self.make("--serials", "serials", name="listed.krl")
                # Apart from the version and the date of its header.
                self.assertEqual(self.work.path("listed.krl").read_bytes()[28:], direct[28:])
                want = [any(a <= n <= b for a, b in ranges) for n in probes]
                self.assertEqual(self.judge(*self.serial_certificates(probes)), want, (ranges, probes))

    def test_each_kind_of_entry_two_cas_and_no_serial(self):
        first = self.certificate("-I", "ann", "-n", USER, "-z", "7", name="ann")
        none = self.certificate("-I", "bob", "-n", USER, name="bob")
        other = self.certificate("-I", "ann", "-n", USER, "-z", "7", name="cid", ca="other-ca")
        names = (first, none, other, "ann.pub", "bob.pub", "software-ca.pub")
        rows = [(["--serial", "7"], [1, 0, 0, 0, 0, 0]), (["--key-id", "bob"], [0, 1, 0, 0, 0, 0]), (["--key-id", "bo"], [0] * 6),
                (["--key", "ann.pub"], [1, 0, 0, 1, 0, 0]), (["--certificate", first], [1, 0, 0, 0, 0, 0]),
                (["--certificate", none], [0, 1, 0, 0, 0, 0]), (["--certificate", other], [0, 0, 1, 0, 0, 0]),
                (["--ca-key", "software-ca.pub"], [1, 1, 0, 0, 0, 1]), (["--serial", "7", "--certificate", other], [1, 0, 1, 0, 0, 0])]
        for words, want in rows:
            with self.subTest(words):
                done = self.make(*words)
                self.assertEqual([int(each) for each in self.judge(*names)], want)
                self.assertEqual("no serial" in done.err, words == ["--certificate", none])
        self.assertEqual(self.work.path("made.krl").stat().st_mode & 0o777, 0o644)

    def test_lists_of_ssh_keygen_are_kept_and_versions_rise(self):
        one, two = self.serial_certificates((5, 9))
        key_pair(self.work, "lost")
        self.work.write("spec", "serial: 5\nid: mallory\n")
        self.work.run("ssh-keygen", "-q", "-k", "-f", "list.krl", "-z", "41", "-s", "software-ca.pub", "spec").expect()
        self.work.run("ssh-keygen", "-q", "-k", "-u", "-f", "list.krl", "lost.pub").expect()
        old = self.work.path("list.krl").read_bytes()
        self.revoke("make", "--update", "list.krl", "--ca", "software-ca.pub", "--serial", "9").expect()
        self.assertEqual(self.judge(one, two, "lost.pub", "software-ca.pub", krl="list.krl"), [True, True, True, False])
        shown = json.loads(self.revoke("check", "--json", "list.krl").expect().out)
        version = shown["version"]
        self.assertGreaterEqual(version, 1)
        self.assertEqual((shown["serials"], shown["key_ids"], shown["keys"]), (2, 1, 1))
        # From an older copy over the newer list: refused, and the newer one stays.
        self.work.path("copy.krl").write_bytes(old)
        newer = self.work.path("list.krl").read_bytes()
        self.revoke("make", "--update", "copy.krl", "-o", "list.krl", "--force", "--ca", "software-ca.pub", "--serial", "1").expect(1, err="newer")
        self.revoke("make", "-o", "list.krl", "--ca", "software-ca.pub", "--serial", "1").expect(3, err="list.krl exists")
        self.assertEqual(self.work.path("list.krl").read_bytes(), newer)
        self.revoke("make", "-o", "list.krl", "--force", "--ca", "software-ca.pub", "--serial", "1").expect()
        self.assertEqual(json.loads(self.revoke("check", "--json", "list.krl").expect().out)["version"], version + 1)

    def test_what_is_refused_writes_nothing(self):
        key_pair(self.work, "software-ca")
        self.work.write("any", "serial: 5\n")
        self.work.run("ssh-keygen", "-q", "-k", "-f", "any.krl", "-s", "none", "any").expect()
        self.work.path("cut.krl").write_bytes(self.work.path("any.krl").read_bytes()[:-1])
        ca = ("--ca", "software-ca.pub")
        self.work.write("bad", "5\n0\n")
        rows = [((*ca, "--serials", "bad"), 3, "line 2: serial 0"), ((*ca, "--serial", "0"), 2, "--key-id"), ((*ca, "--serial", "0-5"), 2, "--key-id"), ((*ca, "--serial", "9-5"), 2, "backwards"),
                ((*ca, "--serial", "x"), 2, "number"), ((*ca, "--serial", "1-"), 2, "number"), (ca, 2, "nothing to revoke"),
                (("--serial", "5"), 2, "--ca"), ((*ca, "--key", "nowhere"), 4, "nowhere"), ((*ca, "--certificate", "software-ca.pub"), 3, "software-ca.pub"),
                ((*ca, "--serial", "5", "--update", "any.krl"), 3, "any CA"), ((*ca, "--serial", "5", "--update", "cut.krl"), 3, "cut.krl"),
                ((*ca, "--until-now"), 4, "last serial")]
        for words, status, text in rows:
            with self.subTest(words):
                self.revoke("make", "-o", "new.krl", *words).expect(status, err=text)
                self.assertFalse(self.work.path("new.krl").exists())
        self.revoke("check", "cut.krl").expect(3)

    def test_sshd_refuses_the_revoked_and_takes_the_others(self):
        good = self.certificate("-I", "ann", "-n", USER, "-z", "7", "-V", "-5m:+1h", name="ann")
        bad = self.certificate("-I", "bob", "-n", USER, "-z", "9", "-V", "-5m:+1h", name="bob")
        self.make("--serial", "9", "--serial", "11-5000")
        sshd = self.sshd(f"TrustedUserCAKeys {self.work.path('software-ca.pub')}\nRevokedKeys {self.work.path('made.krl')}")
        lines = lambda key, name: f"  IdentityFile {self.work.path(key)}\n  CertificateFile {self.work.path(name)}"
        self.assertEqual(sshd.ssh(lines=lines("ann", good)).status, 0)
        sshd.refuse(lines=lines("bob", bad))

    def test_the_ledger_says_what_dies(self):
        token = self.token()
        ca = self.make_ca(token)
        for number in (1, 2):
            self.mint(token, ca, "--ledger", "the.ledger", file=f"m{number}").expect()
        shown = [self.inspect(f"m{number}-cert.pub") for number in (1, 2)]
        which = ("--ca", "ca/ca.pub", "--ledger", "the.ledger")
        plan = [json.loads(line) for line in self.revoke("plan", "--json", *which, "--serial", shown[0]["serial"]).expect().out.splitlines()]
        self.assertEqual([(each["serial"], each["revoked"]) for each in plan], [(shown[0]["serial"], True), (shown[1]["serial"], False)])
        self.revoke("plan", *which, "--serial", shown[0]["serial"]).expect(out="stays")
        self.revoke("make", "-o", "all.krl", *which, "--until-now").expect(1, err="every certificate that is valid now")
        self.assertFalse(self.work.path("all.krl").exists())
        self.revoke("make", "-o", "all.krl", *which, "--until-now", "--yes").expect()
        self.assertEqual(self.judge("m1-cert.pub", "m2-cert.pub", krl="all.krl"), [True, True])
        self.revoke("make", "-o", "one.krl", *which, "--serial", shown[0]["serial"]).expect(out="1 of 2")
        self.assertEqual(self.judge("m1-cert.pub", "m2-cert.pub", krl="one.krl"), [True, False])


if __name__ == "__main__":
    harness.main()
