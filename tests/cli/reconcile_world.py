"""What the tests of `halligan ledger reconcile` share: one sshd, certificates and their logins, and the shapes of logs."""

import datetime
import json

from harness.work import USER
from world import World, key_pair


def stamp(moment: float, pattern: str) -> str:
    return datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime(pattern)


# One line of sshd as it stands in a log, in UTC.
SHAPES = {
    "syslog": lambda at, line: f"{stamp(at, '%b %e %H:%M:%S')} web1 sshd[71]: {line}",
    "rsyslog": lambda at, line: f"{stamp(at, '%Y-%m-%dT%H:%M:%S')}.123456+00:00 web1 sshd[71]: {line}",
    "short-precise": lambda at, line: f"{stamp(at, '%b %e %H:%M:%S')}.123456 web1 /usr/sbin/sshd[71]: {line}",
    "short-unix": lambda at, line: f"{int(at)}.123456 web1 sshd[71]: {line}",
    "short-full": lambda at, line: f"{stamp(at, '%a %Y-%m-%d %H:%M:%S')} UTC web1 sshd[71]: {line}",
    "rfc3164": lambda at, line: f"<38>{stamp(at, '%b %e %H:%M:%S')} web1 sshd[71]: {line}",
    "short-iso": lambda at, line: f"{stamp(at + 5400, '%Y-%m-%dT%H:%M:%S')}+0130 web1 sshd-session[71]: {line}",
    "rfc5424": lambda at, line: f"<38>1 {stamp(at, '%Y-%m-%dT%H:%M:%SZ')} web1 sshd 71 - [a@1 b=\"]\\\" \"] {line}",
    "journal": lambda at, line: json.dumps({"MESSAGE": line, "__REALTIME_TIMESTAMP": str(int(at * 1e6)), "_COMM": "sshd",
                                            "_HOSTNAME": "web1", "_PID": "71"}),
    "journal-bytes": lambda at, line: json.dumps({"MESSAGE": list(line.encode()), "__REALTIME_TIMESTAMP": str(int(at * 1e6)),
                                                  "SYSLOG_IDENTIFIER": "sshd", "_HOSTNAME": "web1"}),
}


class ReconcileWorld(World):
    def setUp(self):
        super().setUp()
        self.key = self.token()
        self.ca = self.make_ca(self.key)
        self.file = self.work.ledger_of(self.ca)

    def host(self, level: str = "INFO"):
        return self.sshd(f"TrustedUserCAKeys {self.ca}.pub\nLogLevel {level}", name=f"sshd-{level}")

    def certificate(self, name: str, *arguments, key_id: str | None = None, ca=None, token=None) -> str:
        self.halligan(token or self.key, "mint", "--ca", ca or self.ca, "-I", key_id or f"id of {name}", "-n", USER, "-o",
                      self.work.path(name), *arguments).expect()
        return f"  IdentityFile {self.work.path(name)}"

    def login(self, sshd, lines: str) -> list[str]:
        """Log in; the lines of sshd about this, the end of the connection among them."""
        mark = sshd.daemon.mark()
        sshd.login(lines=lines)
        sshd.daemon.wait_for("Disconnected from user", after=mark)
        return [line.rstrip("\r") for line in sshd.daemon.text()[mark:].splitlines()]

    def reconcile(self, log: str, *arguments, status: int | None = None, env=None) -> list[dict]:
        done = self.halligan(None, "ledger", "reconcile", "--json", "--ledger", self.file, *arguments,
                             self.work.write("log", log), pin=None, env={"TZ": "UTC", **(env or {})})
        found = json.loads(done.out)["findings"]
        faults = any(finding["severity"] == "fault" for finding in found)
        self.assertEqual(done.status, (1 if faults else 0) if status is None else status)
        return found

    def codes(self, *arguments, **options) -> list[str]:
        return [finding["code"] for finding in self.reconcile(*arguments, **options)]

    def secret(self, key_id: str) -> str:
        """A certificate that ssh-keygen made with the CA key, off the record; its lines for ssh."""
        key_pair(self.work, "thief")
        self.work.run("ssh-keygen", "-q", "-s", self.ca, "-I", key_id, "-n", USER, "-V", "-5m:+5m", "-z", "77", "thief.pub").expect()
        return f"  IdentityFile {self.work.path('thief')}"

    def software_ca(self) -> None:
        """Another CA in place of the token's, for ssh-keygen to sign with."""
        self.ca, self.file = key_pair(self.work, "file-ca"), self.work.ledger_of("file-ca")
