"""halligan drill --fetch-log at a whole system: from its journal, by whoever may read it."""

import json

import harness
from harness import booted, trees
from harness.drill import ACCEPTED, DrillCase

RELEASE = "bookworm"

# What anybody on the host may write into the journal and into syslog.
FORGED = "logger -t sshd 'LINE'; logger -t sshd-session 'LINE'"


class DrillBooted(DrillCase):
    def setUp(self):
        super().setUp()
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.work.path("own")).expect()
        public = self.work.path("own.pub").read_text()
        self.system = booted.Booted(self.work, trees.tree(RELEASE, "booted"), "web1", files={
            "/root/.ssh/authorized_keys": public, "/etc/ssh/ca.pub": self.work.path("ca.pub").read_text(),
            "/etc/ssh/sshd_config.d/ca.conf": "TrustedUserCAKeys /etc/ssh/ca.pub\n"})
        self.system.shell("useradd -m -s /bin/sh ops && install -d -m 700 -o ops ~ops/.ssh && "
                          "install -o ops -m 600 /root/.ssh/authorized_keys ~ops/.ssh/").expect()
        known = self.work.write("known", self.system.host_key() + "\n")
        self.ssh = self.work.write("booted_config", f"Host web1\n  HostName {self.system.address}\n  UserKnownHostsFile {known}\n"
                                   f"  IdentityFile {self.work.path('own')}\n")

    def at(self, *arguments, status: int = 0) -> dict:
        done = self.halligan("drill", "run", "--yes", "--json", "--no-alert", "--ca", self.work.path("ca"), "web1", "--fetch-log", *arguments,
                             "--", "-F", self.ssh).expect(status)
        return json.loads(done.out)["hosts"][0]

    def test_the_journal(self):
        root = self.at("--log-login", "root")
        self.assertTrue(root["log"]["line"].startswith(f"{ACCEPTED} root from "), root)
        stranger = self.at("--log-login", "ops", "--timeout", "4", status=1)
        self.assertEqual((stranger["log"]["line"], stranger["detail"]), ("", "that login may not read the host's log: --log-sudo, or the group adm"))
        self.system.shell("echo 'ops ALL=(root) NOPASSWD: ALL' >/etc/sudoers.d/ops && chmod 440 /etc/sudoers.d/ops; command -v sudo").expect()
        self.assertTrue(self.at("--log-login", "ops", "--log-sudo")["log"]["line"].startswith(ACCEPTED))
        self.system.run("usermod", "-aG", "adm", "ops").expect()
        member = self.at("--log-login", "ops")
        self.assertTrue(member["log"]["line"].startswith(ACCEPTED))
        # A host whose sshd no longer says anything, while somebody there says it instead.
        self.system.shell("echo 'LogLevel QUIET' >/etc/ssh/sshd_config.d/a.conf && systemctl restart ssh").expect()
        self.system.shell(FORGED.replace("LINE", member["log"]["line"])).expect()
        self.assertEqual(self.at("--log-login", "root", "--timeout", "4", status=1)["log"]["line"], "")
        print(f"drilled\tfrom the journal of a whole system, {root['log']['milliseconds'] / 1000:.2f} s after the login; by root, sudo and the "
              "group adm, and by nobody else", flush=True)


if __name__ == "__main__":
    if (missing := booted.problem() or trees.not_made(f"{RELEASE}-booted")):
        harness.skip(missing)
    harness.main(network=True)
