"""The role halligan_trust with real Ansible on hosts with a real sshd: fresh, trusted, again, rotated, revoked, removed."""

import os
import re
import shutil
import unittest

from harness import paths
from harness.isolation import isolate, skip

HOSTS = ("web1", "db1", "mail1")
# Read before the stage covers the folders where the sources may be.
FILES = {file.relative_to(paths.SOURCE / "runbooks/ansible"): file.read_text() for file in (paths.SOURCE / "runbooks/ansible").rglob("*") if file.is_file()}


class Ansible(unittest.TestCase):
    @staticmethod
    def make_stage():
        from harness.stage import Stage
        return Stage(HOSTS)

    @classmethod
    def setUpClass(cls):
        cls.stage = cls.make_stage()
        cls.home = cls.stage.home("laptop")
        for name, text in FILES.items():
            file = cls.home / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        cls.laptop("mkdir", "-p", "-m", "700", ".ssh")
        cls.laptop("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", ".ssh/id_ed25519")
        for name in ("old", "new", "corporate"):
            cls.laptop("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", name)
            cls.laptop("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", f"by-{name}")
            cls.laptop("ssh-keygen", "-q", "-s", name, "-I", f"by {name}", "-n", "root", "-V", "-5m:+10h", "-z", "7", f"by-{name}.pub")
        key = (cls.home / ".ssh/id_ed25519.pub").read_text()
        for host in cls.stage.hosts.values():
            (host.home / ".ssh").mkdir(mode=0o700, exist_ok=True)
            (host.home / ".ssh/authorized_keys").write_text(key)
        corporate = cls.stage.hosts["db1"]
        (corporate.ssh / "corporate.pub").write_text((cls.home / "corporate.pub").read_text())
        (corporate.ssh / "sshd_config.d/50-corporate.conf").write_text("TrustedUserCAKeys /etc/ssh/corporate.pub\n")
        cls.on("db1", "systemctl reload ssh")
        cls.laptop("sh", "-c", "cat old.pub new.pub >both.pub; cat by-old-cert.pub by-new-cert.pub >canaries.pub")
        (cls.home / "inventory").write_text("[all]\n" + "".join(f"{name} ansible_host={name}.example.com\n" for name in HOSTS))

    @classmethod
    def tearDownClass(cls):
        cls.stage.close()

    @classmethod
    def laptop(cls, *argv):
        return cls.stage.run("laptop", *argv).expect()

    @classmethod
    def on(cls, host: str, script: str):
        return cls.stage.run(host, "sh", "-c", script).expect()

    def play(self, *arguments, status: int = 0, **variables) -> dict[str, dict[str, int]]:
        """@return of each host what the recap counts"""
        # All hosts at once, where the order does not matter: each task starts some programs.
        variables = {"serial": "100%", **variables}
        words = [word for name, value in variables.items() for word in ("-e", f"halligan_trust_{name}={value}")]
        done = self.stage.run("laptop", "env", "ANSIBLE_LOCALHOST_WARNING=false", "ANSIBLE_INVENTORY_UNPARSED_WARNING=false", "ansible-playbook", "-i", "inventory",
                              "trust.yml", *words, *arguments, timeout=600).expect(status)
        self.said = done.out
        recap = done.out.rsplit("PLAY RECAP", 1)[1]
        return {name: {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", counts)}
                for name, counts in re.findall(r"^(\w+)\s+: (.*)$", recap, re.M)}

    def logs_in(self, name: str) -> list[bool]:
        return [self.stage.run("laptop", "ssh", "-F", "none", "-i", f"by-{name}", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
                               f"root@{host}.example.com", "true").status == 0 for host in HOSTS]

    def changed(self, recap) -> list[int]:
        self.assertEqual([recap[host]["failed"] + recap[host]["unreachable"] for host in HOSTS], [0, 0, 0], self.said)
        return [recap[host]["changed"] for host in HOSTS]

    def state(self) -> list[str]:
        return [self.on(host, "find /etc/ssh -type f | sort | xargs sha256sum").out for host in HOSTS]

    def test_a_life(self):
        everybody, nobody = [True] * 3, [False] * 3
        before = self.state()
        # Looked at, and nothing is done.
        self.assertEqual(self.changed(self.play("--check", "--diff", ca="old.pub", canary="by-old-cert.pub")), [1, 1, 1])
        self.assertIn("+TrustedUserCAKeys /etc/ssh/halligan-ca.pub", self.said)
        self.assertEqual((self.state(), self.logs_in("old")), (before, nobody))
        # Fresh → trusted → the same again.
        self.laptop("mkdir", "-p", "snapshots")
        self.assertEqual(self.changed(self.play(ca="old.pub", canary="by-old-cert.pub", snapshots="snapshots")), [1, 1, 1])
        self.assertEqual(self.logs_in("old"), everybody)
        self.assertEqual(sorted(file.name for file in (self.home / "snapshots").iterdir()), sorted(f"{name}.json" for name in HOSTS))
        trusted = self.state()
        self.assertEqual(self.changed(self.play(ca="old.pub", canary="by-old-cert.pub")), [0, 0, 0])
        self.assertEqual(self.state(), trusted)
        # Rotated: the new one besides, then without the old one.
        self.assertEqual(self.changed(self.play(ca="both.pub", canary="canaries.pub")), [1, 1, 1])
        self.assertEqual((self.logs_in("old"), self.logs_in("new")), (everybody, everybody))
        self.assertEqual(self.changed(self.play(ca="old.pub", state="absent")), [1, 1, 1])
        self.assertEqual((self.logs_in("old"), self.logs_in("new")), (nobody, everybody))
        # Revoked.
        self.stage.run("laptop", "halligan", "revoke", "make", "--ca", "new.pub", "--serial", "7", "--yes", "-o", "revoked.krl").expect()
        self.assertEqual(self.changed(self.play(ca="new.pub", krl="revoked.krl")), [1, 1, 1])
        self.assertEqual(self.logs_in("new"), nobody)
        self.assertEqual(self.changed(self.play(ca="new.pub", krl="revoked.krl")), [0, 0, 0])
        # Removed; the CA of others was there all the time.
        self.assertEqual(self.changed(self.play(ca="new.pub", state="absent")), [1, 1, 1])
        self.assertEqual(self.logs_in("corporate"), [False, True, False])
        self.assertEqual(self.logs_in("new"), nobody)

    def test_one_bad_host_stops_the_roll_out(self):
        self.on("web1", "echo admin >/etc/ssh/p; echo 'AuthorizedPrincipalsFile /etc/ssh/p' >/etc/ssh/sshd_config.d/5.conf; systemctl reload ssh")
        before = self.state()
        recap = self.play(ca="old.pub", serial=1, status=2)
        self.assertIn("does not list the principal root", self.said)
        self.assertEqual((list(recap), recap["web1"]["failed"]), (["web1"], 1))
        # A canary of a CA that the host does not trust is found before anything is changed.
        self.on("web1", "rm /etc/ssh/p /etc/ssh/sshd_config.d/5.conf; systemctl reload ssh")
        before = self.state()
        recap = self.play(ca="old.pub", canary="by-corporate-cert.pub", serial=1, status=2)
        self.assertEqual((list(recap), recap["web1"]["failed"]), (["web1"], 1))
        self.assertEqual(self.state(), before)
        self.assertIn("halligan_trust_ca names the CA", (self.play(status=2), self.said)[1])


if __name__ == "__main__":
    if os.geteuid() != 0:
        skip("hosts of their own need root")
    if not shutil.which("ansible-playbook"):
        skip("ansible-playbook is missing: run ./setup ansible")
    isolate(network=True)
    from harness.stage import kernel_can
    if reason := kernel_can():
        skip(reason)
    unittest.main(verbosity=2)
