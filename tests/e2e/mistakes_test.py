"""Ten mistakes of a person at 3 am: what each is told, and that no touch is spent where it could be known before.

mistakes_test.py --show prints what is said.
"""

import os
import sys

import harness
from harness import paths
from harness.work import USER, need

PIN = "271828"
SHOW = "--show" in sys.argv


class Mistakes(harness.Case):
    def setUp(self):
        super().setUp()
        self.token = self.softkey("token", pin=PIN)
        self.work.path("ca").mkdir()
        self.halligan("ca", "init", "-d", "ca").expect()
        self.web1 = self.sshd(f"TrustedUserCAKeys {self.work.root}/ca/ca.pub", name="web1")

    def halligan(self, *arguments, token=None, env=None, **options) -> harness.Completed:
        token = token or self.token
        return self.work.run(need(paths.HALLIGAN), *arguments, env={**token.env, **self.work.askpass(PIN).env, **(env or {})}, **options)

    def mint(self, *arguments, ssh=(), host="web1", lines="", sshd=None, **options) -> harness.Completed:
        sshd = sshd or self.web1
        config = self.work.write("config", f"Host *\n{lines}\n  HostName 127.0.0.1\n  Port {sshd.port}\n"
                                 f"  UserKnownHostsFile {sshd.known_hosts}\n  GlobalKnownHostsFile /dev/null\n  ConnectTimeout 20\n")
        return self.halligan("mint", "--yes", "-q", "-I", "jo: 4711", "-n", USER, "--ssh", host, *arguments, "--", "-F", config, *ssh, "true",
                             **options)

    def told(self, mistake: str, done: harness.Completed, status: int, *lines: str, touches: int = 0) -> None:
        """These lines end what is said."""
        said = [line for line in done.expect(status).err.splitlines() if not line.startswith("halligan: created ledger")]
        if SHOW:
            print(f"\n{mistake}:", *(f"  {line}" for line in said), sep="\n", flush=True)
        for wanted, line in zip(lines, said[-len(lines):], strict=True):
            self.assertIn(wanted, line)
        for line in said:
            if str(self.work.root) not in line:
                self.assertLessEqual(len(line), 160, line)
        now = len([each for each in self.token.records() if each["ctap"] == "getAssertion" and each["up"] == "1"])
        self.assertEqual(now, touches, "touches")

    def test_01_the_wrong_directory(self):
        done = self.halligan("mint", "--yes", "-I", "x", "-n", "root", "-o", "emergency/em")
        self.told("1 wrong directory", done, 4, "emergency: No such file or directory", "make that folder, or choose another place with -o")

    def test_02_leftover_files(self):
        policy = self.work.write("policy", '{"clock_skew": 0}')
        self.halligan("mint", "--yes", "-I", "x", "-n", "root", "-V", "-1m:+1s", "--policy", policy).expect()
        harness.until(lambda: "expired" in self.work.run(paths.HALLIGAN, "inspect", "emergency-cert.pub").out, "its end")
        done = self.halligan("mint", "--yes", "-I", "x", "-n", "root")
        self.told("2 leftover files", done, 3, "emergency exists; its certificate expired", "choose another name with -o, or replace it "
                  "with --force", touches=1)

    def test_03_the_wrong_account(self):
        self.told("3 wrong account", self.mint(host="ubuntu@web1"), 2, "web1: the account ubuntu is not among the certificate's principals",
                  f"--ssh {USER}@web1")

    def test_04_an_unknown_host_key(self):
        nobody = self.work.write("nobody", "")
        self.told("4 unknown host key", self.mint(lines=f"  UserKnownHostsFile {nobody}"), 1, "web1: its host key is not known",
                  "--accept-new")

    def test_05_a_dead_proxy(self):
        done = self.mint(lines="  ProxyCommand false")
        self.told("5 dead proxy", done, 255, "the ProxyCommand of your configuration gave no connection", touches=1)

    def test_06_a_closed_port(self):
        done = self.mint(ssh=["-o", "StrictHostKeyChecking=no", "-p", "1"])
        self.told("6 closed port", done, 4, "web1 (127.0.0.1, port 1): cannot connect: Connection refused", "check address and port")

    def test_07_a_host_that_was_never_prepared(self):
        done = self.mint(sshd=self.sshd(name="stranger"))
        self.told("7 unprepared host", done, 255, "web1 refused the certificate: it does not trust this CA", touches=1)

    def test_08_the_wrong_token(self):
        other = self.softkey("other", pin=PIN)
        done = self.halligan("mint", "--yes", "-I", "x", "-n", "root", token=other)
        self.told("8 wrong token", done, 4, "holds no key for ssh:emergency-ca", "")

    def test_09_two_tokens(self):
        other = self.softkey("other", pin=PIN, touch="never")
        env = {"HALLIGAN_DEVICE": f"{other.path}:{self.token.path}"}
        done = self.halligan("mint", "--yes", "-q", "-I", "x", "-n", "root", env=env).expect(0)
        if SHOW:
            print("\n9 two tokens:", *(f"  {line}" for line in done.err.splitlines()), sep="\n", flush=True)
        self.assertIn(f"2 tokens, {other.path} or {self.token.path}: type the PIN of the one to use, and touch it", done.err)

    def test_10_an_expired_certificate(self):
        done = self.mint("-V", "20200101:20200102", "--no-preflight")
        self.told("10 expired certificate", done, 1, "the certificate would be expired already", "mint a longer one: -V -5m:+60m")


if __name__ == "__main__":
    sys.argv = [each for each in sys.argv if each != "--show"]
    os.umask(0o077)
    harness.main()
