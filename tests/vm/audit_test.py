"""runbooks/alerts/audit.rules, judged by auditd and the kernel of a virtual machine: each change of what sshd trusts is recorded, with
who made it, and nothing else is."""

import pathlib
import re
import shutil
import tempfile

import harness
from harness import paths
from machine import Machine, file_system, missing

AUDITD = paths.SOURCE / "build/auditd"
RULES = paths.SOURCE / "runbooks/alerts/audit.rules"
# Debian's asks for a group that the guest lacks, and for space on a file system that is memory.
CONFIG = """log_file = /var/log/audit/audit.log
log_group = root
log_format = ENRICHED
flush = NONE
space_left = 2
admin_space_left = 1
"""
PREPARE = """
ln -s /run /var/run
mount -t tmpfs tmpfs /var/log/audit
echo old >/etc/ssh/halligan-ca.pub; : >/etc/ssh/halligan-revoked; : >/etc/ssh/sshd_config; : >/etc/ssh/sshd_config.d/10-halligan.conf
auditd && auditctl -R /rules
"""
# What is done, and the file that its record has to name.
CHANGES = [
    ("echo stranger >>/etc/ssh/halligan-ca.pub", "halligan-ca.pub"),
    ("echo new >/etc/ssh/new; mv /etc/ssh/new /etc/ssh/halligan-ca.pub", "halligan-ca.pub"),
    ("echo again >>/etc/ssh/halligan-ca.pub", "halligan-ca.pub"),  # the file that took its place is watched, too
    ("echo list >/run/list; mv /run/list /etc/ssh/halligan-revoked", "halligan-revoked"),
    ("rm /etc/ssh/halligan-revoked", "halligan-revoked"),
    ("chmod 666 /etc/ssh/halligan-ca.pub", "halligan-ca.pub"),
    ("echo 'PermitRootLogin no' >/etc/ssh/sshd_config.d/99.conf", "sshd_config.d/99.conf"),
    ("mv /etc/ssh/sshd_config.d/10-halligan.conf /etc/ssh/sshd_config.d/10-halligan.off", "sshd_config.d/10-halligan.conf"),
    ("ln -sf /tmp/mine /etc/ssh/sshd_config", "sshd_config"),
]
SEARCH = "ausearch --input-logs -k halligan-trust -i --start week-ago </dev/null"
# Logins by the CA, refused and not, and whatever only reads.
HARMLESS = """
cat /etc/ssh/halligan-ca.pub >/dev/null; ls -R /etc/ssh >/dev/null
for name in host ca key; do ssh-keygen -q -t ecdsa -N '' -f /tmp/$name; done
ssh-keygen -q -s /tmp/ca -I emergency -n root /tmp/key.pub
printf '%s\\n' 'Port 2222' 'HostKey /tmp/host' 'UsePAM no' 'PidFile /tmp/sshd.pid' 'KexAlgorithms ecdh-sha2-nistp256' 'TrustedUserCAKeys /tmp/ca.pub' >/tmp/config
/usr/sbin/sshd -f /tmp/config -E /tmp/sshd.log
until [ -s /tmp/sshd.pid ]; do sleep 0.05; done
[ "$(ssh -F none -p 2222 -o StrictHostKeyChecking=no -o BatchMode=yes -i /tmp/key root@127.0.0.1 echo in 2>/dev/null)" = in ] || exit
"""


class Audit(harness.Case):
    machine: Machine

    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="halligan-vm."))
        cls.addClassCleanup(shutil.rmtree, folder)
        made = file_system()
        for name in ("auditd", "auditctl", "ausearch"):
            made.program(AUDITD / "usr/sbin" / name, f"/usr/sbin/{name}")
        for name in ("/etc/audit/plugins.d", "/etc/ssh/sshd_config.d"):
            made.folder(name)
        made.folder("/var/log/audit", 0o700)
        made.file("/etc/audit/auditd.conf", CONFIG, 0o640)
        made.file("/rules", RULES.read_bytes(), 0o640)
        cls.machine = Machine(folder, made=made)
        cls.addClassCleanup(cls.machine.close)
        cls.machine.run(PREPARE, user="root").expect()

    def setUp(self):
        super().setUp()
        self._reporters.append(self.machine)

    def root(self, script: str) -> harness.Completed:
        return self.machine.run(script, user="root")

    def recorded(self, script: str, name: str) -> str:
        """What is found of it, as soon as auditd has written about this file. auditd appends to a log that was emptied."""
        self.root(f": >/var/log/audit/audit.log; {script}").expect()
        return self.root(f"until {SEARCH} >/tmp/found && grep -q 'name=/etc/ssh/{name} ' /tmp/found; do sleep 0.1; done; cat /tmp/found").expect().out

    def test_changes_are_recorded_and_nothing_else(self):
        self.assertRegex(self.root("auditctl -l").expect().out, r"dir=/etc/ssh .*key=halligan-trust|-w /etc/ssh.* -k halligan-trust")
        self.assertIn(f"\n#   {SEARCH}\n", RULES.read_text())
        for script, name in CHANGES:
            with self.subTest(script):
                found = self.recorded(script, name)
                self.assertRegex(found, rf"name=/etc/ssh/{re.escape(name)} .*\n(.*\n)*.*type=SYSCALL .* uid=root .* exe=/usr/bin/busybox .*key=halligan-trust")
        found = self.recorded(HARMLESS + "\necho end >>/etc/ssh/end", "end")
        self.assertEqual(set(re.findall("name=/etc/ssh/(\\S+)", found)), {"end"})
        self.assertNotIn("emergency", self.root("cat /var/log/audit/audit.log").out)
        print(f"audited\t{len(CHANGES)} changes recorded; a login by the CA and what only reads are not")


if __name__ == "__main__":
    reason = missing()
    if not reason and not (AUDITD / "usr/sbin/auditd").exists():
        reason = f"{AUDITD} is missing: ./setup fetches it"
    if reason:
        harness.skip(reason)
    harness.main()
