"""The third grade of halligan prove on a real sshd: what the last drill opened, and everything that must not count as that. And the
map of several CAs and accounts."""

import json
import os
import re
import sys
import unittest

from harness.drill import reseal
from harness import paths
from harness.isolation import isolate, skip
from grades_world import first, match

sys.path.insert(0, str(paths.SOURCE / "tests/cli"))
from json_reference import Reference  # noqa: E402: the folder of the tests of the command line

HOST = "web1.example.com"
DAY = 86400


class Drills(unittest.TestCase):
    reference = Reference((paths.SOURCE / "docs/json.md").read_text())
    world = None

    @classmethod
    def setUpClass(cls):
        from prove_grades_test import OnStage
        cls.world = OnStage()

    @classmethod
    def tearDownClass(cls):
        cls.world.stage.close()

    def setUp(self):
        self.world.reset()
        self.world.client("rm", "-rf", ".local", "snapshots").expect()
        self.world.client("mkdir", "snapshots").expect()

    def drill(self, account: str = "ann", status: int = 0, host: str = HOST, ca: str = "ca") -> dict:
        done = self.world.client(self.world.program, "drill", "run", "--json", "--yes", "--ca", ca, "--no-alert", "-n", "root,ann", "-l", account, host,
                                 "--", "-F", "none").expect(status)
        return json.loads(done.out)

    def ask(self, *arguments, account: str = "ann", status: int = 0) -> dict:
        answers = self.world.prove("-l", account, *arguments, status=status)
        self.assertEqual(len(answers), 1, answers)
        self.assertEqual(self.reference.check("halligan prove", answers[0]), [])
        return answers[0]

    def grade(self, *arguments, grade: int, rule: str = "", account: str = "ann", status: int = 0) -> dict:
        answer = self.ask(*arguments, account=account, status=status)
        self.assertEqual((answer["answer"], answer["grade"], answer["drill_rule"]), ("yes", grade, rule), answer)
        self.assertEqual(bool(answer["drill_why"]), bool(rule))
        return answer

    def record(self):
        found = list(self.world.folder.glob(".local/state/halligan/ca-*/ca.drills"))
        self.assertEqual(len(found), 1, found)
        return found[0]

    def rewrite(self, **members) -> None:
        line = json.loads(self.record().read_text().splitlines()[0])
        self.record().write_text(reseal({**line, **members}) + "\n")

    def test_what_a_drill_opened(self):
        self.grade(grade=1, rule="no-drill")
        drill = self.drill()
        key = self.world.stage.run("web1", "ssh-keygen", "-l", "-f", "/etc/ssh/ssh_host_ed25519_key.pub").expect().out.split()[1]
        self.assertEqual([(each["account"], each["name"], each["port"], each["host_key"]) for each in drill["hosts"]], [("ann", HOST, 22, key)])
        self.assertEqual(self.grade(grade=3)["drill"], drill["ended"])
        done = self.world.client(self.world.program, "prove", "--canaries", "canaries", "-l", "ann", "--prometheus", "m.prom", "--html", "p.html", HOST).expect(0)
        self.assertRegex(done.out, r"yes, grade 3\n    opened by a drill .* ago\n1 answers")
        metrics = (self.world.folder / "m.prom").read_text()
        self.assertIn('account="ann",ca="ca",canary="ordinary"} 3\n', metrics)
        self.assertIn(f'halligan_prove_drill_timestamp_seconds{{host="{HOST}",port="22",account="ann",ca="ca",canary="ordinary"}} {drill["ended"]}\n', metrics)
        self.assertRegex((self.world.folder / "p.html").read_text(), "opened by a drill .* ago<")
        self.grade(grade=1, rule="no-drill", account="root")
        # A copy of the record serves whoever has none, for instance the computer that asks every hour.
        self.world.client("cp", str(self.record()), "copy").expect()
        self.world.client("rm", "-rf", ".local").expect()
        self.grade(grade=1, rule="no-drill")
        self.grade("--drills", "copy", grade=3)
        (self.world.folder / "copy").chmod(0o666)
        self.grade("--drills", "copy", grade=1, rule="drill-record")

    def test_a_drill_lets_root_in_where_an_emergency_does_not(self):
        self.world.reset(first("PermitRootLogin forced-commands-only"))
        self.drill("root")
        self.assertNotEqual(self.world.login("root").status, 0)
        self.grade(grade=1, rule="root-not-settled", account="root")
        self.world.snapshot("snapshots/host.json")
        answer = self.grade("--snapshots", "snapshots", grade=1, rule="closed-since", account="root", status=1)
        self.assertEqual(answer["rule"], "root")
        self.world.reset()
        self.world.snapshot("snapshots/host.json")
        self.grade("--snapshots", "snapshots", grade=3, account="root")
        self.assertEqual(self.world.login("root").status, 0)

    def test_what_was_found_since_is_stronger(self):
        self.drill()
        self.world.reset(match("ann", "KbdInteractiveAuthentication yes\\nAuthenticationMethods publickey,keyboard-interactive"))
        self.world.snapshot("snapshots/host.json")
        self.assertFalse(self.ask("--snapshots", "snapshots", status=1)["good"])
        # A step that no snapshot knows is settled by the login that was made through it, and by no earlier one.
        self.world.reset("sed -i '1i account required pam_access.so' /etc/pam.d/sshd")
        self.world.snapshot("snapshots/host.json")
        taken = json.loads((self.world.folder / "snapshots/host.json").read_text())["taken"]
        self.rewrite(time=(taken - 60) * 1000)
        self.assertEqual(self.grade("--snapshots", "snapshots", grade=1, rule="open-since")["rule"], "pam")
        self.rewrite(time=(taken + 60) * 1000)
        self.assertEqual(self.grade("--snapshots", "snapshots", grade=3)["rule"], "pam")

    def test_a_later_drill_that_failed(self):
        self.drill()
        self.world.reset(match("ann", "TrustedUserCAKeys none"))
        self.assertEqual(self.drill(status=1)["hosts"][0]["outcome"], "refused")
        self.world.reset()
        answer = self.grade(grade=1, rule="drill-failed")
        self.assertIn("did not open it", answer["drill_why"])
        self.assertEqual(answer["drill_next"], f"halligan drill run -l ann {HOST}")
        self.drill()
        self.grade(grade=3)

    def test_a_drill_of_another_ca(self):
        self.world.client("ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-C", "spare", "-f", "spare").expect()
        self.addCleanup(self.world.client, "rm", "spare", "spare.pub", "both")
        public = (self.world.folder / "spare.pub").read_text().strip()
        self.world.reset(f"echo '{public}' >>/etc/ssh/ca.pub")
        self.world.client("cp", "canaries", "both").expect()
        self.world.client(self.world.program, "prove", "--make", "--yes", "--ca", "spare", "--account", "ann", "--canaries", "both").expect()
        self.drill(ca="spare")
        argv = ["prove", "--canaries", "both", "-l", "ann", HOST]
        answers = {each["ca_name"]: each for each in map(json.loads, self.world.client(self.world.program, *argv, "--json").expect(0).out.splitlines())}
        self.assertEqual({name: (each["grade"], each["drill_rule"]) for name, each in answers.items()}, {"ca": (1, "no-drill"), "spare": (3, "")})
        # The map of the same: which account of which host does not take which CA.
        argv = ["prove", "--canaries", "both", "--map", HOST, "gone.example.com", "--timeout", "2"]
        done = self.world.client(self.world.program, *argv, "--html", "p.html").expect(4)
        self.assertTrue(all(len(line) <= 80 for line in done.out.splitlines()), done.out)
        self.assertRegex(done.out, r"^A  ca: 2 of 4\nB  spare: 1 of 4\n")
        self.assertEqual(re.findall(r"^(\S+) +(ann|root) +(\S+) +(\S+)$", done.out, re.M),
                         [("gone.example.com", "ann", "?", "?"), ("gone.example.com", "root", "?", "-"), (HOST, "root", "1", "-"), (HOST, "ann", "1", "3")])
        self.assertIn("\nnext: halligan prove --make --account root --ca FILE\n", done.out)
        self.assertTrue(done.out.endswith("1 of 4 accept every CA\n"), done.out)
        rows = [json.loads(line) for line in self.world.client(self.world.program, *argv, "--json").expect(4).out.splitlines()]
        for row in rows:
            self.assertEqual(self.reference.check("prove row", row), [])
        self.assertEqual([[each["state"] for each in row["cas"]] for row in rows],
                         [["unknown", "unknown"], ["unknown", "no-canary"], ["accepted", "no-canary"], ["accepted", "opened"]])
        page = (self.world.folder / "p.html").read_text()
        self.assertEqual(re.findall(r'<th scope="col">(ca|spare): (\d of 4)</th>', page), [("ca", "2 of 4"), ("spare", "1 of 4")])
        self.assertIn('<td class="good" data-name="spare">3: opened by a drill</td>', page)
        self.assertIn('<td class="unknown" data-name="spare">no canary, so not asked</td>', page)
        # What a configured CA lacks is named, too.
        (self.world.folder / "config").write_text("CA third\nPublicKey emergency.pub\n")
        done = self.world.client(self.world.program, "prove", "--canaries", "both", "--map", "--config", "config", HOST).expect(0)
        self.assertIn("C  third: 0 of 2\n", done.out)
        self.assertIn("next: halligan prove --make --account ann --ca third\n", done.out)
        # A host that cannot be asked is known by its snapshot, if there is one.
        self.world.snapshot("snapshots/host.json")
        snapshot = json.loads((self.world.folder / "snapshots/host.json").read_text())
        (self.world.folder / "snapshots/host.json").write_text(json.dumps({**snapshot, "host": "root@gone.example.com"}) + "\n")
        done = self.world.client(self.world.program, "prove", "--canaries", "canaries", "-l", "root", "--map", "gone.example.com", "--snapshots", "snapshots",
                                 "--timeout", "2").expect(4)
        self.assertRegex(done.out, r"\ngone\.example\.com +root +\(2\)\n")
        self.assertIn("(...)   by the snapshot of that name alone\n", done.out)

    def test_another_host_key(self):
        self.drill()
        self.addCleanup(self.world.reset)
        self.world.reset("rm /etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key")
        public = self.world.stage.run("web1", "cat", "/etc/ssh/ssh_host_ed25519_key.pub").expect().out.split()[:2]
        (self.world.folder / "known").write_text(f"{HOST} {' '.join(public)}\n")
        self.grade("--known-hosts", "known", grade=1, rule="drill-of-another-key")

    def test_a_banner_does_not_lend_another_host_s_key(self):
        lie = "debug1: Server host key: ssh-ed25519 SHA256:" + "A" * 43 + "\\ndebug1: SSH2_MSG_NEWKEYS received\\nAuthenticated to web1"
        self.world.reset(f"printf '{lie}\\n' >/etc/ssh/banner; " + first("Banner \\/etc\\/ssh\\/banner"))
        drill = self.drill()
        self.assertEqual((drill["hosts"][0]["outcome"], drill["hosts"][0]["host_key"]), ("opened", ""))
        self.grade(grade=1, rule="drill-of-another-key")

    def test_records_that_count_for_nothing(self):
        drill = self.drill()
        whole = self.record().read_text()
        line = json.loads(whole)
        host = line["hosts"][0]
        now = drill["ended"]
        rows = {"a byte": (whole.replace('"opened"', '"Opened"'), "drill-record"), "cut": (whole[:-1], "drill-record"), "no record": ("{}\n", "drill-record"),
                "a missing one before": (reseal({**line, "n": 1, "prev": "0" * 64}) + "\n", "drill-record"),
                "no port": (reseal({**line, "hosts": [{**host, "port": 0}]}) + "\n", "drill-record"),
                "a port that is none": (reseal({**line, "hosts": [{**host, "port": 65558}]}) + "\n", "drill-record"),
                "a name that deceives": (reseal({**line, "hosts": [{**host, "name": "web1\u202e"}]}) + "\n", "drill-record"),
                "no host key": (reseal({**line, "hosts": [{**host, "host_key": ""}]}) + "\n", "drill-of-another-key"),
                "old": (reseal({**line, "time": (now - 91 * DAY) * 1000}) + "\n", "old-drill"),
                "of the future": (reseal({**line, "time": (now + DAY) * 1000}) + "\n", "drill-of-the-future"),
                "of another CA": (reseal({**line, "ca": "SHA256:" + "A" * 43}) + "\n", "no-drill"),
                "of another account": (reseal({**line, "hosts": [{**host, "account": "root"}]}) + "\n", "no-drill"),
                "at another port": (reseal({**line, "hosts": [{**host, "port": 2222}]}) + "\n", "drill-of-another-name"),
                "of another host": (reseal({**line, "hosts": [{**host, "name": "web2", "host": "web2"}]}) + "\n", "drill-of-another-name")}
        for name, (text, rule) in rows.items():
            with self.subTest(name):
                self.record().write_text(text)
                self.grade(grade=1, rule=rule)
        self.record().write_text(reseal({**line, "time": (now - 10 * DAY + 7200) * 1000}) + "\n")
        self.grade(grade=3)
        self.grade("--drill-age", "9", grade=1, rule="old-drill")
        (self.world.folder / "config").write_text("CA ca\nDrillAge 9\n")
        self.grade("--config", "config", grade=1, rule="old-drill")
        self.grade("--config", "config", "--drill-age", "10", grade=3)
        print(f"drilled\t{len(rows) + 3} records that give no third grade")


if __name__ == "__main__":
    if os.geteuid() != 0:
        skip("hosts of their own need root")
    isolate(network=True)
    from harness.stage import kernel_can
    if reason := kernel_can():
        skip(reason)
    unittest.main(verbosity=2)
