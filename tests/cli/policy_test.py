"""What a CA refuses to sign, by which rule; what it shows before it signs; and who says yes."""

import json
import os
import time

import harness
from harness import paths
from world import World

COMMENTED = """{
  // Eight hours are enough for any night.
  "maximum_lifetime": "8h",
  "principals": ["root", "admin"],
  "key_id": "incident [0-9]+$",   /* who: incident NUMBER */
  "extensions": ["permit-pty"],
  "critical_options": { "source-address": "192.0.2.0/24" }
}
"""
ALLOWED = ("-I", "ann: incident 4711", "-n", "root", "-O", "source-address=192.0.2.0/24")


class Policy(World):
    def setUp(self):
        super().setUp()
        self.key = self.token()
        self.ca = self.make_ca(self.key)
        self.asked = len(self.key.records())

    def mint_with(self, *arguments, ours: bool = True, **options) -> harness.Completed:
        authority = ["--ca", self.ca] if ours else []
        return self.halligan(self.key, "mint", *authority, "-o", self.work.path("emergency"), "--force", *arguments,
                             **options)

    def test_each_rule_refuses_by_its_name_before_the_token_is_asked(self):
        self.work.write("ca/ca.policy", COMMENTED)
        rows = [
            ("maximum-lifetime", ALLOWED + ("-V", "-5m:+9h")),
            ("maximum-lifetime", ALLOWED + ("-V", "+5h:+14h")),
            ("valid-after-within", ALLOWED + ("-V", "+25h:+26h")),
            ("valid-after-within", ALLOWED + ("-V", "20990101:209901010100")),
            ("clock-skew", ALLOWED + ("-V", "-0s:+1h")),
            ("clock-skew", ALLOWED + ("-V", "-5m:+30s")),
            ("principals", ("-I", "ann: incident 1", "-n", "root,bob", "-O", "source-address=192.0.2.0/24")),
            ("key-id", ("-I", "ann: just so", "-n", "root", "-O", "source-address=192.0.2.0/24")),
            ("extensions", ALLOWED + ("-O", "permit-X11-forwarding")),
            ("extensions", ALLOWED + ("-O", "permit-agent-forwarding")),
            ("extensions", ALLOWED + ("-O", "extension:x@example.com")),
            ("critical-options", ("-I", "ann: incident 1", "-n", "root")),
            ("critical-options", ("-I", "ann: incident 1", "-n", "root", "-O", "source-address=198.51.100.0/24")),
            ("verify-required-on-software-key", ALLOWED + ("-O", "verify-required")),
        ]
        for rule, arguments in rows:
            with self.subTest(rule=rule, arguments=arguments):
                self.mint_with(*arguments).expect(3, out="", err=f"policy: {rule}: ")
        self.assertEqual(len(self.key.records()), self.asked)
        self.assertEqual([name for name in self.files() if name.startswith("emergency")], [])
        self.mint_with(*ALLOWED).expect(0)

    def test_what_holds_without_a_policy(self):
        rows = [
            (["-n", "root", "-V", "-5m:+25h"], "policy: maximum-lifetime: valid for 1505 min, at most 1440 min"),
            (["-n", "root", "-V", "always:forever"], "unbounded certificates are not allowed"),
            (["-n", "root", "-V", "-0s:+1h"], "policy: clock-skew: not valid yet for a host whose clock is 59 s behind"),
            (["-n", "root", "-O", "verify-required"], "policy: verify-required-on-software-key"),
            (["-n", "root", "-O", "extension:unheard-of@example.com"], "policy: extensions: unheard-of@example.com"),
            (["-n", "root", "-n", "a\tb"], "control characters"),
        ]
        for arguments, message in rows:
            with self.subTest(arguments):
                self.mint_with("-I", "x", *arguments).expect(3, out="", err=message)
        self.assertEqual(len(self.key.records()), self.asked)
        for arguments in (["-V", "+1h"], ["-V", "30m"], ["-V", "+5m:+10m"], ["-O", "permit-X11-forwarding"]):
            with self.subTest(arguments):
                self.mint_with("-I", "x", "-n", "root", *arguments).expect(0)

    def test_the_window_that_fits_is_named(self):
        for policy, window in (({"maximum_lifetime": "1h"}, "-5m:+55m"), ({"maximum_lifetime": "1h", "clock_skew": "10m"}, "-11m:+49m"),
                               ({"maximum_lifetime": "10m"}, "-1m:+9m")):
            with self.subTest(policy):
                self.policy("ca/ca", **policy)
                for arguments in ([], ["-V", "-0s:+1m"]):
                    done = self.mint_with("-I", "x", "-n", "root", *arguments).expect(3, err="policy: ")
                    self.assertIn(f": -V {window}\n", done.err)
                self.mint_with("-I", "x", "-n", "root", "-V", window).expect(0)

    def test_host_certificates(self):
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "host").expect()
        sign = ["sign", "--ca", self.ca, "-I", "web", "--host", "--force", "host.pub", "-n"]
        self.policy("ca/ca", hosts=[])
        self.halligan(self.key, *sign, "web1").expect(3, out="", err="policy: hosts: a certificate for the host web1 is not allowed")
        self.policy("ca/ca", hosts=["*.example.com", "web?"], principals=["root"])
        for name, status in (("web1", 0), ("a.example.com", 0), ("web10", 3), ("web1,example.com", 3), ("root", 3)):
            with self.subTest(name):
                self.halligan(self.key, *sign, name).expect(status)

    def test_key_ids_that_take_long_elsewhere(self):
        """Linear in the text, whatever the expression; and characters are characters."""
        self.policy("ca/ca", key_id="^(a|aa)+$|^Z.rich$")
        started = time.monotonic()
        self.mint_with("-I", "a" * 200 + "b", "-n", "root").expect(3, err="policy: key-id: ")
        self.assertLess(time.monotonic() - started, harness.SOON)
        self.mint_with("-I", "Z\u00fcrich", "-n", "root").expect(0)
        self.policy("ca/ca", key_id="(" * 20000 + ")" * 20000)
        self.mint_with("-I", "x", "-n", "root").expect(0)

    def test_a_policy_that_cannot_be_read_refuses_everything(self):
        rows = [("", "line 1, column 1: not JSON"), ("{\n  \"a\": x\n}", "line 2, column 8: not JSON"), ("[]", "expected a JSON object"), ('{"maximum_lifetim": 1}', "unknown member"),
                ('{"clock_skew": 1, "clock_skew": 2}', "appears twice"), ('{"clock_skew": -1}', "expected a duration"),
                ('{"clock_skew": "2d"}', "more than a day"), ('{"maximum_lifetime": "8 hours"}', "maximum_lifetime: "),
                ('{"principals": "root"}', "an array of names"), ('{"principals": ["root", 7]}', "an array of names"),
                ('{"key_id": "("}', "key_id: ("), ('{"key_id": "(a)\\\\1"}', "key_id: (a)"),
                (json.dumps({"key_id": "((a{1,255}){1,255}){1,255}"}), "key_id: ((a{1,255}"),
                ('{"hosts": "web1"}', "an array of names"), ('{"valid_after_within": "x"}', "valid_after_within: "), ('{"critical_options": {"force-command": false}}', "or true for a flag"),
                ('{"verify_required": "yes"}', "true or false"), ('{"a": ' * 9000, "not JSON"), ('{"a": 1e999}', "too large")]
        for text, message in rows:
            with self.subTest(text[:40]):
                self.work.write("ca/ca.policy", text)
                self.mint_with("-I", "x", "-n", "root").expect(3, out="", err=message)
        self.assertEqual(len(self.key.records()), self.asked)
        self.work.path("ca/ca.policy").unlink()
        self.mint_with("-I", "x", "-n", "root", "--policy", "missing").expect(4, err="missing")

    def test_a_policy_that_is_not_there_now_is_no_permission(self):
        """A link into what is not mounted, a pipe that nobody writes to, a CA that is named by a link."""
        policy = self.work.path("ca/ca.policy")
        policy.symlink_to(self.work.path("unmounted/ca.policy"))
        self.mint_with("-I", "x", "-n", "root").expect(4, out="", err="is a link to a file that does not exist")
        policy.unlink()
        os.mkfifo(policy)
        for arguments in ([], ["--policy", policy]):
            self.mint_with("-I", "x", "-n", "root", *arguments).expect(3, out="", err="is not a regular file")
        policy.unlink()
        strict = json.dumps({"principals": ["admin"]})
        policy.write_text(strict)
        for name, target in (("link", "ca/ca"), ("link2", "link"), ("link.pub", "ca/ca.pub")):
            self.work.path(name).symlink_to(target)
        for name in ("link", "link2"):
            with self.subTest(name):
                self.mint_with("--ca", name, "-I", "x", "-n", "root", ours=False).expect(3, out="", err="policy: principals")
        agent = self.agent(providers=paths.PROVIDER, env=self.key.env)
        self.work.run("ssh-add", "-q", "-S", paths.PROVIDER, self.ca, env={**self.key.env, **agent.env}).expect()
        asked = ["-U", "--ca", "link.pub", "-I", "x", "-o", self.work.path("emergency"), "-n"]
        self.halligan(None, "mint", *asked, "root", env=agent.env).expect(3, out="", err="policy: principals")
        self.halligan(None, "mint", *asked, "admin", env=agent.env).expect(0, err="created ledger ")
        self.assertTrue(self.work.ledger_of(self.ca).exists())
        # Which of two holds is not guessed.
        self.work.write("link.policy", "{}")
        done = self.mint_with("--ca", "link", "-I", "x", "-n", "admin", ours=False).expect(3, out="", err="beside the link")
        self.assertNotIn("created", done.err)
        self.mint_with("--ca", "link", "-I", "x", "-n", "root", "--policy", "link.policy", ours=False).expect(0)
        self.assertFalse(self.work.path("link.ledger").exists())
        self.assertEqual(len(self.work.ledger_of(self.ca).read_text().splitlines()), 3)

    def test_verification_is_asked_for_or_the_signature_is_thrown_away(self):
        """Ours asks of each signature; an agent asks as the key says, and ssh-agent does not tell before."""
        policy = self.policy(verify_required=True)
        agent = self.agent(providers=paths.PROVIDER, env=self.key.env)
        self.work.run("ssh-add", "-q", "-S", paths.PROVIDER, self.ca, env={**self.key.env, **agent.env}).expect()
        wanted = ["-I", "x", "-n", "root", "--policy", policy, "-o", self.work.path("emergency")]
        done = self.halligan(None, "mint", "--ca-agent", "--ca", f"{self.ca}.pub", *wanted, env=agent.env)
        done.expect(4, out="", err="policy: ca-verify-required")
        self.assertIn("discarded the CA's signature", done.err)
        self.assertEqual([name for name in self.files() if name.startswith("emergency")], [])
        self.mint_with("-I", "x", "-n", "root", "--policy", policy, pin=None).expect(5, out="", err="PIN")
        self.halligan(self.key, "mint", "--ca", self.ca, "--force", *wanted).expect(0)
        self.assertEqual(json.loads(self.work.ledger_of(self.ca).read_text().splitlines()[-1])["flags"], 5)


class Preview(World):
    def setUp(self):
        super().setUp()
        self.key = self.token()
        self.ca = self.make_ca(self.key)
        self.asked = len(self.key.records())
        self.command = [paths.HALLIGAN, "mint", "--ca", self.ca, "-I", "ann: incident 4711", "-n", "root,admin", "-O",
                        "source-address=192.0.2.0/24", "-o", self.work.path("emergency")]

    def test_it_is_shown_and_then_asked(self):
        with self.work.terminal(*self.command, env=self.key.env) as terminal:
            terminal.expect(r"Sign this certificate\? \[y/N\] ")
            self.assertEqual(len(self.key.records()), self.asked)
            terminal.type("y\n")
            done = terminal.wait(10)
        self.assertEqual(done.status, 0)
        fingerprint = self.work.run("ssh-keygen", "-l", "-f", "ca/ca.pub").expect().out.split()[1]
        for shown in ("Key ID      ann: incident 4711", "Principals  root, admin", "Serial      ", "Extensions  permit-pty",
                      "Critical    source-address=192.0.2.0/24", fingerprint):
            self.assertIn(shown, done.out.split("Sign this")[0])
        self.assertRegex(done.out, r"Validity    from \S+T\S+  \(\S+Z\)\s+to   \S+T\S+  \(\S+Z\)")

    def test_no_is_no(self):
        for answer in ("n\n", "\n"):
            with self.subTest(answer), self.work.terminal(*self.command, env=self.key.env) as terminal:
                terminal.expect(r"\[y/N\] ")
                terminal.type(answer)
                done = terminal.wait(10)
                self.assertEqual(done.status, 1)
                self.assertIn("not signed", done.out)
        self.assertEqual(len(self.key.records()), self.asked)
        self.assertFalse(self.work.path("emergency").exists())

    def test_nobody_to_ask(self):
        self.work.run(*self.command, env=self.key.env).expect(5, out="", err="confirm with --yes")
        done = self.work.run(*self.command, "--yes", env=self.key.env).expect(0)
        self.assertIn("Key ID      ann: incident 4711", done.err)
        self.assertFalse(self.work.path("emergency.tmp").exists())


if __name__ == "__main__":
    harness.main()
