"""halligan prove --snapshots on a real sshd: what a yes does not prove is never of grade 2, and a login that works is."""

import base64
import json
import os
import sys
import unittest

from harness import paths
from harness.isolation import isolate, skip
from grades_world import ROWS, GradesWorld, judge

sys.path.insert(0, str(paths.SOURCE / "tests/cli"))
from json_reference import Reference  # noqa: E402: the folder of the tests of the command line


class OnStage(GradesWorld):
    """Its host is one of the stage's; its snapshots are taken there, by somebody who came from the laptop."""

    host = "web1.example.com"

    def __init__(self):
        from harness.stage import Stage
        self.stage = Stage(("web1",))
        self.folder = self.stage.home("laptop")
        self.daemon = self.stage.hosts["web1"].daemon
        # All of /etc is the host's own, so that nothing here is the machine's.
        self.on("cp -a /etc /run/etc && mount --bind /run/etc /etc")
        self.prepare()

    def client(self, *argv):
        return self.stage.run("laptop", *argv)

    def on(self, script: str, status: int = 0):
        return self.stage.run("web1", "sh", "-c", script).expect(status)

    def reload(self) -> str:
        return "systemctl reload ssh"

    def snapshot(self, file: str, came_from: str = "10.64.1.1") -> None:
        came = [f"SSH_CONNECTION={came_from} 40000 10.64.1.2 22"] if came_from else []
        text = self.stage.run("web1", "env", *came, "halligan", "trust", "snapshot", "--local", "--account", "root,ann").expect().raw
        (self.folder / file).write_bytes(text)
        os.chown(self.folder / file, 1000, 1000)

    def login(self, account: str):
        return self.client("ssh", "-F", "none", "-i", "emergency", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", f"{account}@{self.host}", "echo in")


class Grades(unittest.TestCase):
    reference = Reference((paths.SOURCE / "docs/json.md").read_text())
    world = None

    @classmethod
    def setUpClass(cls):
        cls.world = OnStage()

    @classmethod
    def tearDownClass(cls):
        cls.world.stage.close()

    def change(self, **members):
        """Of the snapshot's own members, not of what the host said."""
        file = self.world.folder / "snapshots/host.json"
        text = json.loads(file.read_text())
        text.update(members)
        file.write_text(json.dumps(text) + "\n")
        return text

    def grade(self, *arguments, grade: int, rule: str = "", account: str = "root") -> dict:
        answer = self.world.grade(account, *arguments)
        self.assertEqual((answer["answer"], answer["grade"], answer["rule"]), ("yes", grade, rule), answer)
        return answer

    def fresh(self, script: str = "", **options):
        self.world.reset(script)
        self.world.snapshot("snapshots/host.json", **options)

    def test_what_a_yes_does_not_prove(self):
        seen = {2: 0, 1: 0, 0: 0}
        for row in ROWS:
            with self.subTest(row[0]):
                judge(self.world, row)
                seen[2 if row[3] is None else 1 if row[3] else 0] += 1
                # Read, so that the log never fills its pipe.
                self.world.daemon.text()
        self.assertGreater(min(seen.values()), 2)

    def test_a_snapshot_counts_for_its_own_host_and_for_some_time(self):
        self.fresh()
        self.grade(grade=2)
        taken = json.loads((self.world.folder / "snapshots/host.json").read_text())["taken"]
        self.change(taken=taken - 31 * 86400)
        self.assertIn("31 days old", self.grade(grade=1, rule="old-snapshot")["why"])
        self.change(taken=taken - 3 * 86400)
        self.grade("--snapshot-age", "2", grade=1, rule="old-snapshot")
        config = self.world.folder / "config"
        config.write_text("SnapshotAge 2\n")
        self.grade("--config", "config", grade=1, rule="old-snapshot")
        self.grade("--config", "config", "--snapshot-age", "4", grade=1, rule="validity")  # and its clock, as it seems
        self.change(taken=taken + 86400)
        self.grade(grade=1, rule="old-snapshot")
        self.world.client(self.world.program, "prove", "--snapshots", "snapshots", "--snapshot-age", "0", "x").expect(2, err="--snapshot-age")
        config.write_text("SnapshotAge soon\n")
        self.world.client(self.world.program, "prove", "--canaries", "canaries", "--config", "config", "x").expect(3, err="SnapshotAge: expected a number")

    def test_the_host_s_clock(self):
        self.fresh()
        taken = json.loads((self.world.folder / "snapshots/host.json").read_text())["taken"]
        for behind, rule in ((200, ""), (900, "validity"), (-290, ""), (-4000, "validity")):
            with self.subTest(behind):
                self.change(taken=taken + behind)
                answer = self.world.grade("root")
                if behind > 300:  # then it is the snapshot that seems to be of the future
                    self.assertEqual(answer["rule"], "old-snapshot")
                else:
                    self.assertEqual(answer["rule"], rule, answer)

    def test_the_snapshot_of_another_host(self):
        self.fresh()
        file = self.world.folder / "snapshots/host.json"
        self.change(host="root@web1.example.com")
        # Another key, and it is another host, whatever it is called and whatever its file is.
        self.world.on("ssh-keygen -q -t ed25519 -N '' -f /run/other")
        mine, other = (self.world.on(f"ssh-keygen -l -f {name}").out.split()[1] for name in ("/etc/ssh/ssh_host_ed25519_key", "/run/other"))
        text = json.loads(file.read_text())
        facts = base64.b64decode(text["facts"]).decode()
        self.assertIn(mine, facts)
        self.change(facts=base64.b64encode(facts.replace(mine, other).encode()).decode())
        self.grade(grade=1, rule="snapshot-of-another-host")
        self.change(host="root@db1")
        answer = self.grade(grade=1, rule="no-snapshot")
        self.assertEqual(answer["next"], "halligan trust snapshot root@web1.example.com --account root --force -o FILE")
        self.assertNotIn("snapshot", answer)
        # The newest of several counts; of hosts that share a key the one of that name.
        self.change(facts=text["facts"], host="root@db1")
        self.grade(grade=2)
        other_file = self.world.folder / "snapshots/other.json"
        other_file.write_text(json.dumps({**text, "host": "mail1"}) + "\n")
        os.chown(other_file, 1000, 1000)
        self.grade(grade=1, rule="shared-host-key")
        other_file.write_text(json.dumps({**text, "host": "ann@web1.example.com"}) + "\n")
        self.grade(grade=2)
        other_file.unlink()

    def test_from_where(self):
        self.fresh("printf 'Match Address !10.64.1.1,*\\nPermitRootLogin no\\n' >>/etc/ssh/sshd_config", came_from="")
        self.grade(grade=1, rule="address")
        self.grade("--from", "10.64.1.1", grade=2)
        self.assertEqual(self.grade("--from", "10.64.1.9", grade=1, rule="root")["place"][-1:].isdigit(), True)
        self.fresh("printf 'Match Address !10.64.1.1,*\\nPermitRootLogin no\\n' >>/etc/ssh/sshd_config")
        self.grade(grade=2)
        self.world.client(self.world.program, "prove", "--snapshots", "snapshots", "--from", "home", "x").expect(2, err="not an address")

    def test_what_cannot_be_used_is_said_and_counts_for_nothing(self):
        self.fresh()
        file = self.world.folder / "snapshots/host.json"
        whole = file.read_bytes()
        for name, change, error in (("cut", lambda: file.write_bytes(whole[:-200]), "not a snapshot"),
                                    ("no facts", lambda: self.change(facts="eA=="), "cannot be read"),
                                    ("open", lambda: file.chmod(0o666), "others"), ("empty", lambda: file.write_bytes(b""), "no snapshot")):
            with self.subTest(name):
                file.write_bytes(whole)
                file.chmod(0o600)
                change()
                done = self.world.client(self.world.program, "prove", "--json", "--canaries", "canaries", "-l", "root", "--snapshots", "snapshots", self.world.host)
                done.expect(0, err=error)
                self.assertEqual((json.loads(done.out)["grade"], json.loads(done.out)["rule"]), (1, "no-snapshot"))
        file.unlink()
        self.world.client(self.world.program, "prove", "--canaries", "canaries", "--snapshots", "absent", self.world.host).expect(4, err="absent")
        self.assertNotIn("rule", self.world.prove("-l", "root", status=0)[0])

    def test_reports(self):
        self.fresh("sed -i '1i PermitRootLogin no' /etc/ssh/sshd_config")
        done = self.world.client(self.world.program, "prove", "--canaries", "canaries", "--snapshots", "snapshots", "--prometheus", "m.prom", "--html", "p.html",
                                 self.world.host).expect(1)
        lines = done.out.splitlines()
        self.assertIn("yes, grade 1, LOGIN REFUSED", lines[1])
        self.assertIn("    PermitRootLogin is no (/etc/ssh/sshd_config:1)", lines)
        self.assertIn("    next: set PermitRootLogin prohibit-password", lines)
        self.assertIn("yes, grade 2", lines[-2])
        met = set()
        for each in self.world.prove("--snapshots", "snapshots", status=1):
            self.assertEqual(self.reference.check("halligan prove", each), [])
            met |= set(each)
        self.assertLessEqual({"rule", "why", "place", "next", "snapshot", "snapshot_at"}, met)
        metrics = (self.world.folder / "m.prom").read_text()
        for text in ('account="root",ca="ca",canary="ordinary"} 1\n', 'account="ann",ca="ca",canary="ordinary"} 2\n', "halligan_prove_snapshot_timestamp_seconds{"):
            self.assertIn(text, metrics)
        page = (self.world.folder / "p.html").read_text()
        self.assertIn("PermitRootLogin is no (/etc/ssh/sshd_config:1)<br>Next: <code>set PermitRootLogin prohibit-password</code>", page)
        # What a host calls its files is only text.
        self.fresh("mv /etc/ssh/ca.pub '/etc/ssh/<b>\x1b[31m.pub'; sed -i 's,^TrustedUserCAKeys.*,TrustedUserCAKeys \"/etc/ssh/<b>\x1b[31m.pub\",' /etc/ssh/sshd_config;"
                   "printf 'Match User ann\\nForceCommand <script>\x1b[31m\\n' >>/etc/ssh/sshd_config")
        done = self.world.client(self.world.program, "prove", "--canaries", "canaries", "--snapshots", "snapshots", "--html", "p.html", self.world.host).expect(0)
        page = (self.world.folder / "p.html").read_text()
        self.assertIn("ForceCommand", page)
        for text in ("<b>", "<script", "\x1b"):
            self.assertNotIn(text, page)
        self.assertNotIn("\x1b", done.out)


if __name__ == "__main__":
    if os.geteuid() != 0:
        skip("hosts of their own need root")
    isolate(network=True)
    from harness.stage import kernel_can
    if reason := kernel_can():
        skip(reason)
    unittest.main(verbosity=2)
