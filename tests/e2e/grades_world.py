"""Hosts that say yes to a canary, and whether the login behind that yes works: for the tests of the grades of halligan prove."""

import json
import pathlib
import shlex

from harness.process import Completed, Failure

ACCOUNTS = ("root", "ann")
_MATCH = "printf 'Match User {}\\n{}\\n' >>/etc/ssh/sshd_config"


def match(account: str, line: str) -> str:
    return _MATCH.format(account, line)


def first(line: str) -> str:
    """The configuration begins with this line."""
    return f"sed -i '1i {line}' /etc/ssh/sshd_config"


def field(number: int, text: str) -> str:
    """A field of ann's line in shadow(5)."""
    return f"awk -F: -v OFS=: '$1 == \"ann\" {{ ${number} = \"{text}\" }} {{ print }}' /etc/shadow >/etc/s && cat /etc/s >/etc/shadow && rm /etc/s"


# What the host is like, whose login, what is done to it, the rule that keeps the grade at 1 (None: it is 2; "": the answer is no),
# and whether the real login gives a shell.
ROWS = [
    ("a good host", "root", "", None, True),
    ("a good host, another account", "ann", "", None, True),
    ("PermitRootLogin no", "root", first("PermitRootLogin no"), "root", False),
    ("PermitRootLogin forced-commands-only", "root", first("PermitRootLogin forced-commands-only"), "root", False),
    ("PermitRootLogin no in a Match block", "root", match("root", "PermitRootLogin no"), "root", False),
    ("a second method", "ann", match("ann", "KbdInteractiveAuthentication yes\\nAuthenticationMethods publickey,keyboard-interactive"), "methods", False),
    ("the account has expired", "ann", field(8, "1"), "pam", False),
    ("pam_access refuses", "ann", "sed -i '1i account required pam_access.so' /etc/pam.d/sshd; echo '-:ann:ALL' >/etc/security/access.conf", "pam", False),
    ("/etc/nologin", "ann", "echo closed >/etc/nologin", "pam", False),
    ("/run/nologin", "ann", "echo closed >/run/nologin", "pam", False),
    ("/etc/nologin, and root", "root", "echo closed >/etc/nologin", None, True),
    ("the password has aged", "ann", field(3, "1") + ";" + field(5, "30"), "pam", False),
    ("the password has to be changed", "ann", field(3, "0"), "pam", False),
    ("the shell is nologin", "ann", "sed -i 's,^\\(ann:.*\\):[^:]*$,\\1:/usr/sbin/nologin,' /etc/passwd", "session", False),
    ("no ChrootDirectory", "ann", match("ann", "ChrootDirectory /nowhere"), "chroot", False),
    ("ForceCommand", "ann", match("ann", "ForceCommand echo forced"), "forced-command", False),
    ("a command of the principals file", "ann", "echo 'command=\"echo forced\" ann' >/etc/ssh/names; " + match("ann", "AuthorizedPrincipalsFile /etc/ssh/names"),
     "", False),  # the canary has a command of its own
    ("AuthorizedPrincipalsCommand", "ann", "printf 'Match User ann\\nAuthorizedPrincipalsCommand /bin/echo ann\\nAuthorizedPrincipalsCommandUser nobody\\n' "
                                           ">>/etc/ssh/sshd_config", "principals", True),
    ("a locked password, UsePAM yes", "ann", field(2, "!"), None, True),
    ("a locked password, UsePAM no", "ann", field(2, "!") + "; sed -i 's/^UsePAM.*/UsePAM no/' /etc/ssh/sshd_config", "", False),
    ("UsePAM no", "ann", "sed -i 's/^UsePAM.*/UsePAM no/' /etc/ssh/sshd_config", None, True),
    ("UsePAM no and /etc/nologin", "ann", "sed -i 's/^UsePAM.*/UsePAM no/' /etc/ssh/sshd_config; echo closed >/etc/nologin", "nologin", False),
    ("DenyUsers", "ann", first("DenyUsers ann"), "", False),
    ("another CA", "ann", match("ann", "TrustedUserCAKeys none"), "", False),
    ("an edit that was not loaded", "root", "RELOAD; sleep 0.1; printf 'UseDNS no\\n' >>/etc/ssh/sshd_config", "pending", True),
]


class GradesWorld:
    """A client, and a host whose whole /etc is the test's.

    on(): lines of sh there, as root; client(): a program of the client's; reload(); snapshot(FILE): by halligan, on the host or
    over ssh; host: as prove names it; folder: the client's; login(): its options of ssh."""

    host: str
    folder: pathlib.Path
    program = "halligan"

    def on(self, script: str, status: int = 0) -> Completed:
        raise NotImplementedError

    def client(self, *argv) -> Completed:
        raise NotImplementedError

    def reload(self) -> str:
        """Lines of sh that make the host's sshd read its configuration, and wait for that."""
        raise NotImplementedError

    def snapshot(self, file: str) -> None:
        raise NotImplementedError

    def login(self, account: str) -> Completed:
        raise NotImplementedError

    def prepare(self) -> None:
        self.client("mkdir", "-p", "snapshots").expect()
        for name in ("ca", "emergency"):
            self.client("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", name).expect()
        self.client("ssh-keygen", "-q", "-s", "ca", "-I", "emergency", "-n", ",".join(ACCOUNTS), "-V", "-5m:+5h", "emergency.pub").expect()
        for account in ACCOUNTS:
            self.client(self.program, "prove", "--make", "--yes", "--ca", "ca", "--account", account, "--canaries", "canaries").expect()
        authority = shlex.quote((self.folder / "ca.pub").read_text().strip())
        # useradd would look at the machine's files where the host has none of its own.
        self.on("echo 'ann:x:4711:4711::/run/ann:/bin/sh' >>/etc/passwd; echo 'ann:x:4711:' >>/etc/group; echo 'ann:*:19000:0:99999:7:::' >>/etc/shadow;"
                f"mkdir -p /run/ann; chown 4711:4711 /run/ann; echo {authority} >/etc/ssh/ca.pub; printf '%s\\n' 'TrustedUserCAKeys /etc/ssh/ca.pub' "
                "'LogLevel VERBOSE' >/etc/ssh/new; ! sshd -T 2>/dev/null | grep -qi ^persourcepenalties || echo 'PerSourcePenalties no' >>/etc/ssh/new; cat /etc/ssh/sshd_config >>/etc/ssh/new; mv /etc/ssh/new /etc/ssh/sshd_config;"
                "rm -rf /run/pristine; cp -a /etc /run/pristine")

    def reset(self, script: str = "") -> None:
        """As at first, then changed by the script, and read by sshd."""
        for_now = script.replace("RELOAD", self.reload())
        self.on("rm -f /run/nologin; cp -a /run/pristine/. /etc/; rm -f /etc/nologin\n" + for_now + "\n" + ("" if "RELOAD" in script else self.reload()))

    def prove(self, *arguments, status: int | None = None) -> list[dict]:
        done = self.client(self.program, "prove", "--json", "--canaries", "canaries", *arguments, self.host)
        if status is not None:
            done.expect(status)
        return [json.loads(line) for line in done.out.splitlines()]

    def grade(self, account: str, *arguments) -> dict:
        answers = self.prove("-l", account, "--snapshots", "snapshots", *arguments)
        if len(answers) != 1:
            raise Failure(f"one answer is expected: {answers}")
        return answers[0]


def judge(world: GradesWorld, row) -> str:
    """One row. @return what was found, in words; a fault is a Failure"""
    name, account, script, rule, opens = row
    world.reset(script)
    world.snapshot("snapshots/host.json")
    answer = world.grade(account)
    done = world.login(account)
    shell = "in" in done.out.split()
    want = 2 if rule is None else 1 if rule else 0
    found = f"{answer['answer']}, grade {answer['grade']}" + (f", {answer['rule']}: {answer['why']}" if answer.get("rule") else "")
    words = f"{found}; the login {'gives a shell' if shell else 'gives none'}"
    if answer["grade"] != want or (rule and answer["rule"] != rule):
        raise Failure(f"{name}: expected grade {want} {rule or ''}, found {words}\n{done.report()}")
    if shell != opens or (answer["grade"] == 2 and not shell):
        raise Failure(f"{name}: {words}\n{done.report()}")
    if rule and not answer["next"]:
        raise Failure(f"{name}: nothing is said about what to do")
    return words
