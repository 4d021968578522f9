"""A laptop, and hosts whose sshd is to trust a CA: for the tests of halligan trust."""

import pathlib
import shlex

from harness.process import PATIENCE, Completed, Failure, until

CONFIG = "/etc/ssh/sshd_config"
DROP_IN = "/etc/ssh/sshd_config.d/10-halligan.conf"
CA_FILE = "/etc/ssh/halligan-ca.pub"
REVOKED = "/etc/ssh/halligan-revoked"
STATE = "/var/lib/halligan/trust"

# A state of the host, and whether apply must do it (True), must refuse it (a reason), by what it says.
BROKEN = [
    ("a malformed line before", "echo nonsense >/etc/ssh/c.pub; echo 'TrustedUserCAKeys /etc/ssh/c.pub' >/etc/ssh/sshd_config.d/5.conf", True),
    ("a BOM", "printf '\\357\\273\\277# x\\n' >/etc/ssh/c.pub; echo 'TrustedUserCAKeys /etc/ssh/c.pub' >/etc/ssh/sshd_config.d/5.conf", True),
    ("an empty line of CRLF", "printf '\\r\\n' >/etc/ssh/c.pub; echo 'TrustedUserCAKeys /etc/ssh/c.pub' >/etc/ssh/sshd_config.d/5.conf", True),
    ("NUL, a certificate", "printf '\\0x\\n' >/etc/ssh/c.pub; ssh-keygen -q -t ed25519 -N '' -f /root/k$$; ssh-keygen -q -s /root/k$$ -I x -n x /root/k$$.pub; "
     "cat /root/k$$-cert.pub >>/etc/ssh/c.pub; rm /root/k$$*; echo 'TrustedUserCAKeys /etc/ssh/c.pub' >/etc/ssh/sshd_config.d/5.conf", True),
    ("the file is not there", "echo 'TrustedUserCAKeys /etc/ssh/c.pub' >/etc/ssh/sshd_config.d/5.conf", True),
    ("a second directive", ": >/etc/ssh/c.pub; printf 'TrustedUserCAKeys /etc/ssh/c.pub\\nTrustedUserCAKeys /etc/ssh/d.pub\\n' >/etc/ssh/sshd_config.d/5.conf", True),
    ("ours by hand, later", "echo 'TrustedUserCAKeys /etc/ssh/c.pub' >>/etc/ssh/sshd_config", True),
    ("Match User with a file", ": >/etc/ssh/c.pub; printf 'Match User root\\nTrustedUserCAKeys /etc/ssh/c.pub\\n' >>/etc/ssh/sshd_config", True),
    ("Match User none", "printf 'Match User root\\nTrustedUserCAKeys none\\n' >>/etc/ssh/sshd_config", "the configuration would not be as planned"),
    ("none", "echo 'TrustedUserCAKeys none' >/etc/ssh/sshd_config.d/5.conf", "TrustedUserCAKeys is set to none"),
    ("mode 666", "cp /root/pristine/ssh_host_ed25519_key.pub /etc/ssh/c.pub; chmod 666 /etc/ssh/c.pub; echo 'TrustedUserCAKeys /etc/ssh/c.pub' >/etc/ssh/sshd_config.d/5.conf", "may be written to by others"),
    ("wrong owner", ": >/etc/ssh/c.pub; chown daemon /etc/ssh/c.pub; echo 'TrustedUserCAKeys /etc/ssh/c.pub' >/etc/ssh/sshd_config.d/5.conf", "not to root"),
    ("a symbolic link", "mkdir /etc/ssh/x; : >/etc/ssh/x/real; ln -s x/real /etc/ssh/c.pub; echo 'TrustedUserCAKeys /etc/ssh/c.pub' >/etc/ssh/sshd_config.d/5.conf", True),
    ("RevokedKeys in force", ": >/etc/ssh/r; echo 'RevokedKeys /etc/ssh/r' >/etc/ssh/sshd_config.d/5.conf", True),
    ("RevokedKeys has the CA", "echo REVOKE >/etc/ssh/r; echo 'RevokedKeys /etc/ssh/r' >/etc/ssh/sshd_config.d/5.conf", "revokes one of the CAs"),
    ("RevokedKeys none in Match", "printf 'Match User daemon\\nRevokedKeys none\\n' >>/etc/ssh/sshd_config", "for a file of that name"),
    ("principals without the name", "echo admin >/etc/ssh/p; echo 'AuthorizedPrincipalsFile /etc/ssh/p' >/etc/ssh/sshd_config.d/5.conf", "does not list the principal root"),
    ("principals not there", "echo 'AuthorizedPrincipalsFile /etc/ssh/p/%u' >/etc/ssh/sshd_config.d/5.conf", "does not list the principal root"),
    ("principals with CRLF", "printf 'root\\r\\n' >/etc/ssh/p; echo 'AuthorizedPrincipalsFile /etc/ssh/p' >/etc/ssh/sshd_config.d/5.conf", "CRLF"),
    ("principals have it", "printf 'admin\\nroot\\n' >/etc/ssh/p; echo 'AuthorizedPrincipalsFile /etc/ssh/p' >/etc/ssh/sshd_config.d/5.conf", True),
    ("principals below a folder of all", "mkdir /etc/ssh/d; chmod 777 /etc/ssh/d; echo root >/etc/ssh/d/p; echo 'AuthorizedPrincipalsFile /etc/ssh/d/p' >/etc/ssh/sshd_config.d/5.conf", "may be written to by others"),
    ("no sk and no ed25519", "echo 'CASignatureAlgorithms ecdsa-sha2-nistp256' >/etc/ssh/sshd_config.d/5.conf", "CASignatureAlgorithms lacks ssh-ed25519"),
    ("no certificates", "echo \"$(/usr/sbin/sshd -T | sed -n 's/^\\(pubkeyaccepted[a-z]*\\) .*/\\1/Ip') ssh-ed25519\" >/etc/ssh/sshd_config.d/5.conf", " lacks ssh-ed25519-cert"),  # by its name in this release
    ("no root", "printf 'Match User root Address 10.99.0.1\\nPermitRootLogin no\\n' >>/etc/ssh/sshd_config", True),
    ("AllowUsers", "echo 'AllowUsers root@10.6* daemon' >/etc/ssh/sshd_config.d/5.conf", True),
    ("two factors", "printf 'Match User daemon\\nAuthenticationMethods publickey,publickey\\n' >>/etc/ssh/sshd_config", True),
    ("no Include", "sed -i '/^Include/d' /etc/ssh/sshd_config", True),
    ("Include inside Match", "sed -i '/^Include/d' /etc/ssh/sshd_config; printf 'Match User nobody\\nInclude /etc/ssh/sshd_config.d/*.conf\\n' >>/etc/ssh/sshd_config", True),
    ("CRLF configuration", "sed -i 's/$/\\r/' /etc/ssh/sshd_config", True),
    ("no last newline", "printf 'UseDNS no' >>/etc/ssh/sshd_config", True),
    ("a drop-in of ours that lost a line", "echo 'TrustedUserCAKeys /etc/ssh/halligan-ca.pub' >/etc/ssh/sshd_config.d/10-halligan.conf", True),
    ("duplicate drop-ins", "for n in 10 11; do printf 'TrustedUserCAKeys /etc/ssh/halligan-ca.pub\\nRevokedKeys /etc/ssh/halligan-revoked\\n' >/etc/ssh/sshd_config.d/$n-halligan.conf; done; : >/etc/ssh/halligan-revoked", True),
    ("a second CA owner", "cp /root/pristine/ssh_host_ed25519_key.pub /etc/ssh/trustedca.pub; sed -i '1i TrustedUserCAKeys /etc/ssh/trustedca.pub' /etc/ssh/sshd_config", True),
    ("LocalPort", "printf 'Match LocalPort 2222\\nTrustedUserCAKeys none\\n' >>/etc/ssh/sshd_config", True),
]

# What a step of the change on the host does it with. A wrapper of each counts, and ends the change at a number.
STEPS = ("mv", "cp", "rm", "cat", "touch", "sync", "chmod", "chown", "cksum", "cmp", "dirname", "mkdir", "systemctl", "systemd-run", "setsid", "date")
_WRAPPER = """#!/bin/sh
# Counts, and at a number kills whoever is at work: before it, after it, or by cutting the connection.
[ -e /var/lib/halligan/trust/pending ] || exec REAL "$@"
n=$(($(/bin/cat /root/kill/count) + 1))
echo $n >/root/kill/count
[ $n = "$(/bin/cat /root/kill/at)" ] || exec REAL "$@"
how=$(/bin/cat /root/kill/how)
[ $how != after ] || REAL "$@"
session=$(/bin/sed 's/ .*//' /var/lib/halligan/trust/*/session 2>/dev/null | /usr/bin/tail -n 1)
[ -n "$session" ] || session=$PPID
: >/root/kill/done
if [ $how = cut ]; then
  while :; do
    up=$(/bin/sed -n 's/^PPid:[^0-9]*//p' /proc/$session/status)
    case $(/usr/bin/tr '\\0' ' ' </proc/$up/cmdline) in "sshd: "*"[listener]"* | *"/sshd "*) break ;; "sshd"*) kill -9 $session; session=$up; break ;; esac
    session=$up
  done
fi
kill -9 $session
[ $how != cut ] || exec REAL "$@"
exit 1
"""


class TrustWorld:
    """What the tests ask of a host and of the laptop, whatever the host is made of.

    target: as ssh takes it; home: the laptop's; laptop(): a command there; on(): lines of sh on the host."""

    target: str
    home: pathlib.Path

    def laptop(self, *argv, timeout: float = 120) -> Completed:
        raise NotImplementedError

    def on(self, script: str, status: int = 0) -> Completed:
        raise NotImplementedError

    def prepare(self) -> None:
        """Keys and certificates on the laptop; a host that takes the laptop's key."""
        self.laptop("mkdir", "-p", "-m", "700", ".ssh").expect()
        self.laptop("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "laptop key", "-f", ".ssh/id_ed25519").expect()
        for name in ("ca", "corporate"):
            self.laptop("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", name).expect()
            self.laptop("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", f"by-{name}").expect()
            self.laptop("ssh-keygen", "-q", "-s", name, "-I", f"by {name}", "-n", "root,daemon", "-V", "-5m:+10h", f"by-{name}.pub").expect()
        self.laptop("cp", "by-ca-cert.pub", "canary-cert.pub").expect()
        key = (self.home / ".ssh/id_ed25519.pub").read_text().strip()
        self.on(f"umask 077; mkdir -p /root/.ssh; echo {shlex.quote(key)} >/root/.ssh/authorized_keys; cp -a /etc/ssh /root/pristine")

    def reset(self) -> None:
        """The host as it was at first."""
        self.drain()
        self.on("rm -rf /var/lib/halligan /etc/ssh/* && cp -a /root/pristine/. /etc/ssh/ && systemctl reload ssh")
        self.until_it_answers()

    def until_it_answers(self) -> None:
        until(lambda: self.login().status == 0, "the host's answer")

    def break_by(self, script: str) -> None:
        ca = (self.home / "ca.pub").read_text().strip()
        self.on(script.replace("REVOKE", shlex.quote(ca)) + "\nsystemctl reload ssh")
        self.until_it_answers()

    def trust(self, command: str, *arguments, timeout: float = 120) -> Completed:
        more = () if command in ("rollback", "snapshot") else ("--ca", "ca.pub")
        return self.laptop(self.program, "trust", command, self.target, *more, *arguments, timeout=timeout)

    program = "halligan"

    def drain(self) -> None:
        """Whatever keeps the host's log from filling a pipe."""

    def apply(self, *arguments) -> Completed:
        return self.trust("apply", "--yes", "--canary", "canary-cert.pub", *arguments)

    def apply_after_one_that_ended(self) -> Completed:
        """The session that was ended may not be gone yet: its change is not finished then."""
        tries: list[Completed] = []
        # If it had armed the host's own rollback, that comes after two minutes.
        until(lambda: tries.append(self.apply()) or "another change is not finished" not in tries[-1].out, "the end of a session", 3 * PATIENCE)
        return tries[-1]

    def state(self) -> str:
        """Every file of the host's configuration with all that may not change."""
        return self.on("find /etc/ssh | sort | while read -r f; do stat -c '%n %F %a %u %g %Y %h' \"$f\"; "
                       "[ ! -f \"$f\" ] || sha256sum <\"$f\"; getfattr -d -m - \"$f\" 2>/dev/null; done; true").out

    def login(self, *options) -> Completed:
        return self.laptop("ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=20", *options, self.target, "echo in")

    def login_by(self, name: str) -> Completed:
        return self.login("-o", "UserKnownHostsFile=.ssh/known_hosts", "-i", f"by-{name}", "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none",
                          "-o", "IdentityFile=none")

    def loaded(self) -> str:
        return self.on("stat -c %y /run/sshd.pid").out

    # --- ended at any step

    def install_wrappers(self) -> None:
        script = "mkdir -p /root/kill && "
        for name in STEPS:
            script += (f"if real=$(command -v {name}); then cat >/root/kill/{name} <<'EOF'\n{_WRAPPER}EOF\n"
                       f"sed -i \"s,REAL,$real,g\" /root/kill/{name}; chmod 755 /root/kill/{name}; fi\n")
        self.on(script)

    def path_of_wrappers(self) -> str:
        return "SetEnv PATH=/root/kill:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    def apply_ended_at(self, at: int, how: str) -> tuple[bool, str]:
        """Apply, ended at that step. @return was it; and what became of the host: "as before" or "trusts" """
        self.on(f"rm -f /root/kill/done; echo 0 >/root/kill/count; echo {at} >/root/kill/at; echo {how} >/root/kill/how")
        before = self.state()
        done = self.apply("--deadline", "5")
        ended = self.on("if test -e /root/kill/done; then echo yes; fi").out.strip() == "yes"
        # Whatever has begun is taken back or kept. Ended before its timer was there, it has not begun, and nothing is done.
        busy = f"for d in {STATE}/*/; do if [ -e $d/begun ] && [ -e $d/armed ] || [ -e $d/undoing ]; then echo busy; fi; done"
        until(lambda: "busy" not in self.on(busy).out, "the end of the change")
        self.drain()
        if self.login().status != 0:
            raise Failure(f"LOCKED OUT: ended {how} step {at}\n{done.report()}")
        if self.state() == before:
            return ended, "as before"
        if self.login_by("ca").status != 0:
            raise Failure(f"neither as before nor trusting: ended {how} step {at}\n{done.report()}")
        return ended, "trusts"


def judge(world: TrustWorld, name: str, script: str, expected) -> str:
    """One broken state. @return what became of it; a fault is a Failure"""
    world.reset()
    world.break_by(script)
    before = world.state()
    done = world.apply()
    if world.login().status != 0:
        raise Failure(f"LOCKED OUT: {name}\n{done.report()}")
    if expected is True:
        done.expect(0, out="accepted")
        world.login_by("ca").expect(0, out="in")
        world.apply().expect(0, out="nothing to change")
        world.trust("rollback", "--yes").expect(0)
        outcome = "trusts"
    else:
        done.expect(1, out=expected)
        outcome = f"refused: {expected}" if "Taken back" not in done.out else f"taken back: {expected}"
    if world.state() != before:
        raise Failure(f"not as before: {name}\n{done.report()}")
    world.login().expect(0, out="in")
    return outcome
