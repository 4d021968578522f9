"""halligan trust on a host with a real sshd: planned, applied, proven, taken back; whatever happens, the ordinary login works."""

import json
import os
import pathlib
import re
import shlex
import sys
import unittest

import harness
from harness import paths
from harness.isolation import isolate, skip
from trust_world import BROKEN, CA_FILE, DROP_IN, REVOKED, TrustWorld, judge

sys.path.insert(0, str(paths.SOURCE / "tests/cli"))
from json_reference import Reference, objects  # noqa: E402: the folder of the tests of the command line

# Of the broken states those that ./check tries; tests/show/14-trust-matrix tries all, on whole systems.
SAMPLE = ("a malformed line before", "Match User none", "no Include", "a symbolic link")


class OnStage(TrustWorld):
    """Its host is one of the stage's."""

    target = "root@web1.example.com"

    def __init__(self):
        from harness.stage import Stage
        self.stage = Stage(("web1",))
        self.home = self.stage.home("laptop")
        self.host = self.stage.hosts["web1"]
        self.prepare()

    def laptop(self, *argv, timeout: float = 120):
        return self.stage.run("laptop", *argv, timeout=timeout)

    def on(self, script: str, status: int = 0):
        return self.stage.run("web1", "sh", "-c", script).expect(status)

    def drain(self):
        self.host.daemon.text()

    def login_by(self, name: str):
        return self.login("-F", "none", "-i", f"by-{name}", "-o", "IdentitiesOnly=yes")


class Trust(unittest.TestCase):
    maxDiff = None
    reference = Reference((paths.SOURCE / "docs/json.md").read_text())
    world = None
    fault = ""  # the last that doctor has named

    @classmethod
    def setUpClass(cls):
        cls.world = OnStage()

    @classmethod
    def tearDownClass(cls):
        cls.world.stage.close()

    def setUp(self):
        self.world.reset()
        for name in ("trust", "apply", "state", "login", "login_by", "loaded", "on"):
            setattr(self, name, getattr(self.world, name))
        self.host, self.home = self.world.host, self.world.home

    def laptop(self, *argv):
        return self.world.laptop(*argv).expect()

    def run(self, result=None):
        known = len(result.failures) + len(result.errors) if result else 0
        result = super().run(result)
        if result and self.world and len(result.failures) + len(result.errors) > known:
            print(self.world.stage.report()[-4000:])
        return result

    def test_plan_shows_and_changes_nothing(self):
        before = self.state()
        done = self.trust("plan").expect(0, out="+TrustedUserCAKeys /etc/ssh/halligan-ca.pub")
        for text in ("+++ " + DROP_IN, "+++ " + CA_FILE, "root: trustedusercakeys none → " + CA_FILE, "Reload      yes"):
            self.assertIn(text, done.out)
        plan = json.loads(self.trust("plan", "--json").expect().out)
        self.assertEqual((plan["state"], plan["reload"], plan["refusals"]), ("no", True, []))
        self.assertEqual([each["path"] for each in plan["changes"]], [CA_FILE, REVOKED, DROP_IN])
        self.trust("status").expect(1, out="In force    no")
        self.assertEqual(self.state(), before)
        self.on("test ! -e /var/lib/halligan")

    def doctor(self, name: str = "", before: str = "") -> str:
        """What doctor finds wrong of the host is this and nothing else, or nothing. @return what it says mends it"""
        script = f"{before or ':'} >&2 || exit 9; halligan doctor --json --config doctor.conf --host {self.world.target}"
        done = self.world.laptop("sh", "-c", script).expect(1 if name else 0)
        found = {each["name"]: each for each in objects(done.raw)}
        self.assertEqual(list(found), ["host", "host-clock", "host-sshd", "host-trust"])
        self.assertEqual([each for each in found if found[each]["verdict"] == "wrong"], [name] if name else [], found)
        self.assertEqual([self.reference.check("halligan doctor", each) for each in found.values()], [[]] * 4)
        if name or before:  # tests/show/16-doctor counts
            self.fault = name or self.fault
            print(f"planted {self.fault}: on a host\t{'named' if name else 'mended by its command'}", flush=True)
        return found[name]["mend"] if name else ""

    def test_doctor_and_what_it_says_to_do(self):
        (self.home / "doctor.conf").write_text(f"CA ca\nPublicKey {self.home}/ca.pub\n")
        command = self.doctor("host-trust")
        self.assertEqual(command, f"halligan trust apply {self.world.target} --yes")
        self.doctor(before=f"{command} --config doctor.conf")
        # A clock that is late, as far as the host's date(1) says; the kernel has only one.
        self.on("printf '%s\\n' '#!/bin/sh' 'case $1 in -s) exec rm /usr/local/bin/date ;; +%s) echo $(($(/bin/date +%s) - 300)) ;;' "
                "'*) exec /bin/date \"$@\" ;; esac' >/usr/local/bin/date; chmod 755 /usr/local/bin/date")
        command = self.doctor("host-clock")
        self.assertEqual(command, f"ssh {self.world.target} \"date -s @$(date +%s)\"")
        self.doctor(before=command.replace("$(date", "$(/bin/date"))
        # sshd takes no signature of such a CA: what mends it is a line in its configuration, by hand.
        self.on("echo 'CASignatureAlgorithms ecdsa-sha2-nistp256' >/etc/ssh/sshd_config.d/5.conf; systemctl reload ssh")
        self.world.until_it_answers()
        self.assertEqual(self.doctor("host-sshd"), "add it to CASignatureAlgorithms, or omit that CA")
        self.on("rm /etc/ssh/sshd_config.d/5.conf; systemctl reload ssh")
        self.world.until_it_answers()
        self.doctor()

    def test_apply_twice_then_remove(self):
        before = self.state()
        self.apply().expect(0, out="root: accepted")
        self.login_by("ca").expect(0, out="in")
        self.login().expect(0, out="in")
        self.trust("status").expect(0, out="In force    yes")
        self.assertEqual(self.on(f"stat -c '%a %U' {CA_FILE} {REVOKED} {DROP_IN}").out, "644 root\n" * 3)
        applied, loaded = self.state(), self.loaded()
        self.apply().expect(0, out="nothing to change")
        self.assertEqual((self.state(), self.loaded()), (applied, loaded))
        self.trust("remove", "--yes").expect(0, out="Applied")
        self.login_by("ca").expect(255)
        self.login().expect(0, out="in")
        self.assertEqual(re.sub(r" \d{10} \d+$", "", self.state(), flags=re.M), re.sub(r" \d{10} \d+$", "", before, flags=re.M))
        self.trust("remove", "--yes").expect(0, out="nothing to change")

    def test_rollback_is_identical(self):
        before = self.state()
        self.apply().expect()
        self.trust("rollback", "--yes").expect(0, out="Applied")
        self.assertEqual(self.state(), before)
        self.login_by("ca").expect(255)
        self.login().expect(0, out="in")
        self.trust("rollback", "--yes").expect(0, out="nothing to change")

    def test_a_foreign_authority_is_kept(self):
        corporate = (self.home / "corporate.pub").read_text().rstrip("\n")
        for name, text in (("no newline", corporate), ("comments", f"# ours\n\n{corporate} \n"), ("CRLF", f"{corporate}\r\n"),
                           ("a bad line after it", f"{corporate}\ncert-authority x\n")):
            with self.subTest(name):
                self.world.reset()
                (self.host.ssh / "corporate-ca.pub").write_bytes(text.encode())
                (self.host.ssh / "sshd_config.d/50-corporate.conf").write_text("TrustedUserCAKeys /etc/ssh/corporate-ca.pub\n")
                self.on("systemctl reload ssh")
                before = self.state()
                self.login_by("corporate").expect(0, out="in")
                self.apply().expect(0, out="accepted")
                for each in ("ca", "corporate"):
                    self.login_by(each).expect(0, out="in")
                self.apply().expect(0, out="nothing to change")
                self.trust("rollback", "--yes").expect()
                self.assertEqual(self.state(), before)
                self.login_by("corporate").expect(0, out="in")
                self.apply().expect()
                self.trust("remove", "--yes").expect()
                self.login_by("corporate").expect(0, out="in")
                self.login_by("ca").expect(255)

    def test_broken_states(self):
        rows = [row for row in BROKEN if row[0] in SAMPLE]
        self.assertEqual(len(rows), len(SAMPLE))
        for name, script, expected in rows:
            with self.subTest(name):
                judge(self.world, name, script, expected)

    def test_ended_between_steps(self):
        """At some steps; tests/show/14-trust-matrix takes each."""
        self.world.install_wrappers()
        self.addCleanup(self.on, "rm -f /root/pristine/sshd_config.d/00-steps.conf")
        self.on(f"echo '{self.world.path_of_wrappers()}' >/root/pristine/sshd_config.d/00-steps.conf")
        ended = 0
        for at, how in ((12, "before"), (40, "after"), (52, "cut"), (60, "before")):
            with self.subTest(at, how=how):
                self.world.reset()
                was, _ = self.world.apply_ended_at(at, how)
                ended += was
                self.on("echo 0 >/root/kill/at")
                self.world.apply_after_one_that_ended().expect(0)
                self.login_by("ca").expect(0, out="in")
        self.assertGreater(ended, 2)

    def test_principals_are_added_when_asked(self):
        self.on("echo admin >/etc/ssh/p; echo 'AuthorizedPrincipalsFile /etc/ssh/p' >/etc/ssh/sshd_config.d/5.conf; systemctl reload ssh")
        before = self.state()
        self.apply("--principals").expect(0, out="accepted")
        self.assertEqual(self.on("cat /etc/ssh/p").out, "admin\nroot\n")
        self.trust("rollback", "--yes").expect()
        self.assertEqual(self.state(), before)

    def test_principals_that_an_account_links_elsewhere(self):
        """Root reads nothing for the account that it cannot read itself, and writes nothing below its folders."""
        self.on("echo no-secret-leaves-root >/etc/ssh/secret; chmod 600 /etc/ssh/secret; install -d -o daemon /etc/ssh/d; ln -s /etc/ssh/secret /etc/ssh/d/p;"
                "echo 'AuthorizedPrincipalsFile /etc/ssh/d/p' >/etc/ssh/sshd_config.d/5.conf; systemctl reload ssh")
        before = self.state()
        done = self.trust("plan", "--account", "daemon", "--principals", "--json")
        done.expect(1, out="daemon may not read /etc/ssh/d/p")
        self.assertNotIn("no-secret", done.out + done.err)
        self.on("rm /etc/ssh/d/p; echo admin >/etc/ssh/d/p; chown daemon /etc/ssh/d/p; sleep 0.1; systemctl reload ssh")
        self.trust("plan", "--account", "daemon", "--principals").expect(1, out="/etc/ssh/d does not belong to root")
        self.on("rm -r /etc/ssh/d /etc/ssh/secret /etc/ssh/sshd_config.d/5.conf; systemctl reload ssh")
        self.assertNotEqual(before, self.state())

    def test_a_process_that_calls_itself_sshd(self):
        """Anybody gives a process any title, of a setuid program too: its words are not run as root."""
        self.on("printf '#!/bin/sh\\nid >>/root/taken\\n' >/tmp/evil; chmod 755 /tmp/evil; cp /bin/sleep /tmp/setuid; chmod 4755 /tmp/setuid")
        title = "sshd: /tmp/evil -D -o x;/tmp/evil [listener] 0 of 10-100 startups"
        try:
            for program in ("/bin/sleep", "/tmp/setuid"):
                started = f"exec setpriv --reuid=1 --regid=1 --clear-groups bash -c {shlex.quote(f'exec -a {shlex.quote(title)} {program} 300')}"
                self.on(f"{started} </dev/null >/dev/null 2>&1 & until grep -q listener /proc/$!/cmdline; do sleep 0.05; done")
            self.trust("plan").expect(0)
            self.assertNotIn("/tmp/evil", self.trust("snapshot").expect().out)
            self.on("test ! -e /root/taken")
        finally:
            self.on("pkill -U 1; rm -f /tmp/evil /tmp/setuid")

    def test_json(self):
        canary = ["--yes", "--canary", "canary-cert.pub"]
        for command, arguments in (("plan", []), ("apply", canary), ("remove", ["--yes"]), ("rollback", ["--yes"])):
            done = self.trust(command, *arguments, "--json").expect()
            for each in objects(done.raw):
                self.assertEqual(self.reference.check(f"halligan trust {command}", each), [], done.report())
                plan = each if command == "plan" else each["plan"]
                self.assertGreater(len(plan["changes"]), 0)

    def test_pending_edits_of_others(self):
        self.on("sleep 0.1; echo 'UseDNS no' >>/etc/ssh/sshd_config")
        before = self.state()
        self.apply().expect(1, out="was changed after sshd had read it")
        self.assertEqual(self.state(), before)
        self.apply("--activate-pending").expect(0, out="accepted")

    def test_a_broken_configuration_is_not_touched(self):
        self.on("echo 'NoSuchKeyword yes' >>/etc/ssh/sshd_config")
        before = self.state()
        self.apply("--activate-pending").expect(1, out="does not accept its own configuration")
        self.assertEqual(self.state(), before)
        self.login().expect(0, out="in")

    def test_a_certificate_that_is_refused_takes_it_back(self):
        """What a command on the host says is not known before."""
        self.on("printf 'AuthorizedPrincipalsCommand /bin/false\\nAuthorizedPrincipalsCommandUser nobody\\n' >/etc/ssh/sshd_config.d/5.conf; systemctl reload ssh")
        before = self.state()
        done = self.apply().expect(1, out="Taken back")
        self.assertIn("canary-cert.pub for root: refused", done.out)
        self.assertEqual(self.state(), before)
        self.login().expect(0, out="in")
        self.trust("apply", "--yes").expect(0, out="no certificate was named")

    def test_a_certificate_that_proves_nothing_is_found_before(self):
        """A good change is not taken back because the host refuses a certificate that it would refuse in any case."""
        sign = lambda name, *words: self.laptop("sh", "-c", f"cp by-ca.pub {name}.pub && ssh-keygen -q -s {words[0]} -I {name} "  # noqa: E731
                                                + shlex.join(words[1:]) + f" {name}.pub")
        sign("late", "ca", "-n", "root", "-V", "-2h:-1h")
        sign("early", "ca", "-n", "root", "-V", "+1h:+2h")
        sign("other", "ca", "-n", "daemon", "-V", "-5m:+1h")
        sign("host", "ca", "-h", "-n", "root", "-V", "-5m:+1h")
        sign("far", "ca", "-n", "root", "-V", "-5m:+1h", "-O", "source-address=203.0.113.0/24")
        sign("odd", "ca", "-n", "root", "-V", "-5m:+1h", "-O", "critical:nobody@example.org")
        sign("seven", "ca", "-n", "root", "-V", "-5m:+1h", "-z", "7")
        self.laptop("sh", "-c", "printf 'serial: 7\\n' >spec; ssh-keygen -q -k -f seven.krl -z 7 -s ca.pub spec; : >nothing")
        # The signature of another certificate.
        self.laptop("python3", "-c", "import base64; a, b = (base64.b64decode(open(n + '-cert.pub').read().split()[1]) for n in ('seven', 'other'));"
                    "open('forged-cert.pub', 'w').write('ssh-ed25519-cert-v01@openssh.com ' + base64.b64encode(a[:-64] + b[-64:]).decode())")
        before = self.state()
        for name, status, words, more in (("late-cert.pub", 3, "expired", ()), ("early-cert.pub", 3, "is not valid yet", ()),
                                          ("host-cert.pub", 3, "is for hosts", ()), ("odd-cert.pub", 3, "nobody@example.org", ()),
                                          ("forged-cert.pub", 3, "the CA's signature", ()), ("nothing", 3, "there is no certificate in it", ()),
                                          ("by-corporate-cert.pub", 1, "will not trust its CA", ()),
                                          ("other-cert.pub", 1, "no certificate of --canary is for root", ()),
                                          ("far-cert.pub", 1, "not for logins from", ()),
                                          ("seven-cert.pub", 1, f"{REVOKED} revokes it, by its serial, 7", ("--krl", "seven.krl"))):
            with self.subTest(name):
                good = () if name.startswith("other") else ("--canary", "canary-cert.pub")
                done = self.trust("apply", "--yes", *good, "--canary", name, *more).expect(status)
                self.assertIn(words, done.out + done.err)
                self.assertEqual(self.state(), before)
                self.on("test ! -e /var/lib/halligan")
        # Each account is asked about those that name it, and the list on the host counts.
        self.trust("apply", "--yes", "--account", "root,daemon", "--canary", "other-cert.pub", "--canary", "seven-cert.pub").expect(0)
        self.apply("--krl", "seven.krl").expect(0)
        self.trust("remove", "--yes").expect(0)
        done = self.trust("apply", "--yes", "--canary", "seven-cert.pub").expect(1)
        self.assertIn(f"{REVOKED} revokes it", done.out)
        self.assertNotIn("Taken back", done.out)

    def test_canaries_that_are_to_be_revoked_are_not_asked_about(self):
        self.laptop("sh", "-c", "halligan prove --make --yes --ca ca --ledger both.ledger --account root --revoked --canaries both.pub")
        self.trust("apply", "--yes", "--canary", "both.pub").expect(0, out="root: accepted", err="to be revoked are not asked about")
        self.trust("remove", "--yes").expect(0)
        self.laptop("sh", "-c", "tail -n 1 both.pub >only.pub; ssh-keygen -L -f only.pub | grep halligan-canary-revoked")
        self.trust("apply", "--yes", "--canary", "only.pub").expect(3, err="its canaries are to be revoked")

    def test_a_login_that_stops_working_takes_it_back(self):
        """The list revokes the person's own key."""
        self.laptop("ssh-keygen", "-q", "-k", "-f", "mine.krl", "-z", "7", ".ssh/id_ed25519.pub")
        self.apply().expect()
        before = self.state()
        self.apply("--krl", "mine.krl").expect(1, out="a new login does not work")
        self.assertEqual(self.state(), before)
        self.login().expect(0, out="in")

    def test_lists(self):
        self.laptop("sh", "-c", "printf 'serial: 5\\n' >spec; ssh-keygen -q -k -f five.krl -z 5 -s ca.pub spec; "
                                "ssh-keygen -q -k -f four.krl -z 4 -s ca.pub spec")
        self.on("mv /etc/ssh/ssh_host_*_key.pub /root/")  # sshd needs the private half alone, and the look at a list neither
        self.apply("--krl", "five.krl").expect(0, out="List")
        installed = self.on(f"sha256sum <{REVOKED}").out
        self.assertEqual(installed, self.laptop("sh", "-c", "sha256sum <five.krl").out)
        loaded = self.loaded()
        self.apply("--krl", "five.krl").expect(0, out="nothing to change")
        self.apply("--krl", "four.krl").expect(1, out="the list has version 4")
        self.assertEqual(self.loaded(), loaded)
        self.laptop("sh", "-c", "head -c 60 five.krl >half.krl; printf '%s' \"$(cat ca.pub)\" >ca.list")
        self.apply("--krl", "half.krl").expect(3)
        self.apply("--krl", "ca.list").expect(1, out="revokes a CA")
        self.assertEqual(self.on(f"sha256sum <{REVOKED}").out, installed)

    def test_the_record(self):
        self.apply().expect()
        line = (self.home / ".local/state/halligan/trust.jsonl").read_text().splitlines()[-1]
        record = json.loads(line)
        self.assertEqual((record["outcome"], record["host"], record["login"]), ("applied", self.world.target, True))
        self.assertEqual([record[when]["root"]["trustedusercakeys"] for when in ("before", "after")], ["none", CA_FILE])
        self.assertEqual([each["step"] for each in record["steps"]],
                         ["staged", "armed", "contents", "directives", "checked", "reloaded", "applied", "login", "asked", "kept"])
        self.assertIn(self.laptop("ssh-keygen", "-l", "-f", "/etc/ssh/ssh_known_hosts").out.split()[1], record["host_keys"])

    def test_two_at_once(self):
        """While one waits to be kept, another is refused."""
        self.on("mkdir -p /var/lib/halligan/trust/one && echo one >/var/lib/halligan/trust/pending && "
                       "cd /var/lib/halligan/trust/one && : >armed && echo $(($(date +%s) + 100)) >deadline")
        before = self.state()
        self.apply().expect(1, out="another change is not finished")
        self.assertEqual(self.state(), before)

    def test_a_script_for_other_hands(self):
        script = self.trust("plan", "--sh").expect().out
        file = self.host.home / "by-hand"
        file.write_text(script)
        if pathlib.Path("/usr/bin/shellcheck").exists():
            harness.run(["shellcheck", "-s", "sh", file], env=os.environ).expect()
        before = self.state()
        for shell in ("dash", "busybox sh", "bash --posix"):
            with self.subTest(shell):
                if not pathlib.Path("/usr/bin", shell.split()[0]).exists():
                    continue
                done = self.on(f"echo no | {shell} /root/by-hand", 1)
                self.assertIn("undone no", done.out)
                self.assertEqual(self.state(), before)
                self.on("rm -rf /var/lib/halligan")
        self.assertIn("kept", self.on("echo keep | sh /root/by-hand").out)
        file.write_text(self.trust("plan", "--sh").expect(0, out="nothing to change").out)
        self.on("sh /root/by-hand")
        self.login_by("ca").expect(0, out="in")

    def test_snippets(self):
        for flag, text in (("--cloud-init", "#cloud-config"), ("--nixos", "services.openssh.extraConfig")):
            done = self.trust("plan", flag).expect(0, out=text)
            self.assertIn((self.home / "ca.pub").read_text().split()[1], done.out)

    def test_mistakes(self):
        halligan = lambda *words: self.world.laptop("halligan", "trust", *words)  # noqa: E731
        halligan("plan", "--ca", "ca.pub").expect(2, err="missing argument HOST")
        halligan("plan", "--local", self.world.target, "--ca", "ca.pub").expect(2, err="do not go together")
        halligan("apply", "--local", "--ca", "ca.pub", "--canary", "canary-cert.pub").expect(2, err="--canary and --local do not go together")
        halligan("plan", self.world.target).expect(2, err="no CA is named")
        halligan("plan", self.world.target, "--ca", "by-ca-cert.pub").expect(3)
        halligan("plan", self.world.target, "--ca", "ca.pub", "--account", "a b").expect(2, err="not a name of an account")
        halligan("plan", "root@nowhere.invalid", "--ca", "ca.pub").expect(4)
        halligan("apply", self.world.target, "--ca", "ca.pub").expect(5, err="confirm with --yes")
        halligan("plan", self.world.target, "--ca", "ca.pub", "--account", "nobody-here").expect(1, out="there is no account")


if __name__ == "__main__":
    if os.geteuid() != 0:
        skip("hosts of their own need root")
    isolate(network=True)
    from harness.stage import kernel_can
    if reason := kernel_can():
        skip(reason)
    unittest.main(verbosity=2)
