"""halligan mint: the files, the touch, the refusals, and nothing left behind."""

import os
import re
import signal
import stat

import harness
from harness import paths
from world import PIN, World, requests


class Mint(World):
    def test_one_block_before_the_touch_and_a_short_one_after(self):
        token = self.token()
        ca = self.make_ca(token)
        done = self.mint(token, ca).expect()
        lines = done.out.splitlines()
        self.assertEqual([line.split("  ")[0] for line in lines], ["File", "Valid", "Log in", "Ledger"])
        self.assertRegex(lines[1], r"^Valid       until \d{4}-\d\d-\d\dT\S+, (59|60) min left$")
        self.assertIn("To be signed:\n  Key ID      ann: incident 4711\n", done.err)
        jump = self.mint(token, ca, "-O", "permit-port-forwarding", file="j").expect().out
        self.assertRegex(jump, r"by a jump   ssh -i \S+/j -o IdentitiesOnly=yes root@HOST \\\n"
                               r' +-o ProxyCommand="ssh -i \S+/j -o IdentitiesOnly=yes \\\n'
                               r' +-W %h:%p root@JUMP"\n')

    def test_quiet(self):
        token = self.token()
        ca = self.make_ca(token)
        self.mint(token, ca).expect()  # it tells of the new ledger
        done = self.mint(token, ca, "-q", file="q").expect()
        self.assertEqual((done.out, done.err), ("", ""))
        self.assertTrue(self.work.path("q-cert.pub").exists())
        self.work.run("cp", "q.pub", "s.pub").expect()
        signed = self.halligan(token, "sign", "--ca", ca, "-I", "x", "-n", "root", "--quiet", "s.pub").expect()
        self.assertEqual((signed.out, signed.err), ("", ""))
        self.mint(token, ca, "-q", file="q").expect(3, err="exists")
        self.mint(token, ca, "-q", "--json", file="r").expect(2)

    def test_three_files_in_one_touch_and_three_requests(self):
        token = self.token()
        ca = self.make_ca(token)
        since = len(token.records())
        self.mint(token, ca).expect(out="Log in      ssh -i")
        self.assertEqual(requests(token, since), ["INIT", "getInfo", "getAssertion"])
        modes = {name: stat.S_IMODE(self.work.path(name).stat().st_mode)
                 for name in ("emergency", "emergency.pub", "emergency-cert.pub")}
        self.assertEqual(modes, {"emergency": 0o600, "emergency.pub": 0o644, "emergency-cert.pub": 0o644})

    def test_every_type_of_key_is_one_that_ssh_keygen_takes(self):
        token = self.token()
        ca = self.make_ca(token)
        rows = [("ed25519", None, "256", "ED25519"), ("ecdsa", None, "256", "ECDSA"), ("ecdsa", "384", "384", "ECDSA"),
                ("ecdsa", "521", "521", "ECDSA"), ("rsa", None, "3072", "RSA"), ("rsa", "2048", "2048", "RSA")]
        for kind, bits, size, label in rows:
            with self.subTest(f"{kind} {bits}"):
                file = f"key-{kind}-{bits}"
                self.mint(token, ca, "-t", kind, *(["-b", bits] if bits else []), file=file).expect()
                shown = self.work.run("ssh-keygen", "-l", "-f", f"{file}-cert.pub").expect().out
                self.assertTrue(shown.startswith(size + " "), shown)
                self.assertIn(f"({label}-CERT)", shown)
                public = self.work.run("ssh-keygen", "-y", "-f", file).expect().out.split()[:2]
                self.assertEqual(public, self.work.path(f"{file}.pub").read_text().split()[:2])

    def test_ssh_keygen_and_inspect_agree_field_by_field(self):
        policy = self.policy(maximum_lifetime=5_000_000_000, extensions=["permit-pty", "permit-agent-forwarding",
                                                                   "no-touch-required", "x@example.com"])
        for kind in ("ecdsa-sk", "ed25519-sk"):
            with self.subTest(kind):
                token = self.token(kind)
                ca = self.make_ca(token, "-t", kind, folder=f"ca-{kind}")
                self.mint(token, ca, "--policy", policy, "-n", "admin", "-V", "20260101:20991231235959", "-z", "4711", "-O",
                          "force-command=uptime", "-O", "source-address=192.0.2.0/24", "-O", "permit-agent-forwarding",
                          "-O", "no-touch-required", "-O", "extension:x@example.com=y", file=f"key-{kind}").expect()
                self.assertEqual(self.shown_by_keygen(f"key-{kind}-cert.pub"), self.shown_by_inspect(f"key-{kind}-cert.pub"))

    def shown_by_keygen(self, file: str) -> dict:
        text = self.work.run("ssh-keygen", "-L", "-f", file, env={"TZ": "UTC"}).expect().out
        field = lambda pattern: re.search(pattern, text).group(1)
        listed = lambda name: [line.strip() for line in re.search(rf"{name}: ?\n((?: {{16}}.*\n?)*)", text).group(1).splitlines()]
        return {
            "type": field(r"Type: (\S+) user certificate"), "key": field(r"Public key: \S+ (\S+)"),
            "ca": field(r"Signing CA: \S+ (\S+)"), "signature": field(r"\(using (\S+)\)"),
            "key_id": field(r'Key ID: "(.*)"'), "serial": int(field(r"Serial: (\d+)")),
            "from": field(r"Valid: from (\S+)"), "to": field(r"Valid: from \S+ to (\S+)"),
            "principals": listed("Principals"), "critical": listed("Critical Options"),
            "extensions": [line.split(" UNKNOWN")[0] for line in listed("Extensions")],
        }

    def shown_by_inspect(self, file: str) -> dict:
        json = self.inspect(file)
        self.assertIs(json["signature"]["valid"], True)
        words = lambda option: option["name"] + (f" {option['value']}" if "value" in option else "")
        return {
            "type": json["certificate_type"], "key": json["key"]["fingerprint"], "ca": json["ca"]["fingerprint"],
            "signature": json["signature"]["algorithm"], "key_id": json["key_id"], "serial": json["serial"],
            "from": json["valid_from"].rstrip("Z"), "to": json["valid_to"].rstrip("Z"), "principals": json["principals"],
            "critical": [words(option) for option in json["critical_options"]],
            "extensions": [option["name"] for option in json["extensions"]],
        }

    def test_the_default_is_an_hour_from_five_minutes_ago_and_a_terminal(self):
        token = self.token()
        ca = self.make_ca(token)
        self.mint(token, ca).expect()
        shown = self.inspect("emergency-cert.pub")
        self.assertEqual(shown["valid_before"] - shown["valid_after"], 65 * 60)
        self.assertIs(shown["valid_now"], True)
        self.assertEqual(shown["extensions"], [{"name": "permit-pty"}])
        self.assertEqual(shown["critical_options"], [])

    def test_from_the_token_alone_with_its_pin_asked_for_once(self):
        token = self.token()
        self.make_ca(token, "--verify-required")
        askpass = self.work.askpass(PIN)
        self.halligan(token, "mint", "-I", "x", "-n", "root", pin=None, env=askpass.env).expect()
        self.assertEqual(askpass.questions(), ["PIN of the token: "])

    def test_the_pin_by_descriptor(self):
        token = self.token()
        self.make_ca(token)
        for given, status in ((PIN, 0), ("000000", 5)):
            with self.subTest(given):
                read_end, write_end = os.pipe()
                os.write(write_end, f"{given}\n".encode())
                os.close(write_end)
                self.halligan(token, "mint", "-I", "x", "-n", "root", "-o", f"out-{status}", "--pin-fd", str(read_end),
                              pin=None, pass_fds=(read_end,)).expect(status)
                os.close(read_end)

    def test_what_is_refused_costs_no_request_and_leaves_no_file(self):
        token = self.token()
        ca = self.make_ca(token)
        before, asked = self.files(), len(token.records())
        rows = [
            (["-V", "always:forever"], 3, "unbounded certificates are not allowed"),
            (["-V", "3h:2h"], 2, "-V: "),
            (["-V", "+5m:-5m"], 2, "-V: "),
            (["-n", "root"], 3, "principal root is named twice"),
            (["-z", "0"], 3, "serial 0 cannot be revoked"),
            (["-O", "permit-everything"], 2, "-O: "),
            (["-O", "source-address=192.0.2.1/24"], 2, "-O: "),
            (["-t", "dsa"], 2, "-t"),
            (["-t", "rsa", "-b", "1024"], 2, "2048"),
            (["-t", "ed25519", "-b", "512"], 2, "-b: the size of an Ed25519 key is fixed"),
            (["-t", "ecdsa", "-b", "255"], 2, "-b: an ECDSA key has 256, 384 or 521 bits"),
            (["--shoe-size", "44"], 2, "--shoe-size"),
        ]
        for arguments, status, message in rows:
            with self.subTest(arguments):
                self.mint(token, ca, *arguments).expect(status, out="", err=message)
                self.assertEqual(self.files(), before)
        rows = [(["-I", "", "-n", "root"], 2, "--key-id: the value is empty"), (["-I", "x", "-n", ""], 2, "--principals: the value is empty"),
                (["-I", "a\nb", "-n", "root"], 3, r"key ID a\x0ab: control characters"), (["-n", "root"], 2, "missing option --key-id")]
        for arguments, status, message in rows:
            with self.subTest(arguments):
                self.halligan(token, "mint", "--ca", ca, *arguments).expect(status, out="", err=message)
        self.assertEqual(len(token.records()), asked)

    def test_existing_files_stay(self):
        token = self.token()
        ca = self.make_ca(token)
        for name in ("emergency", "emergency.pub", "emergency-cert.pub"):
            with self.subTest(name):
                file = self.work.write(name, "precious")
                asked = len(token.records())
                self.mint(token, ca).expect(3, err=f"{name} exists")
                self.assertEqual(file.read_text(), "precious")
                self.assertEqual(len(token.records()), asked)
                file.unlink()
        self.work.write("emergency", "old")
        self.mint(token, ca, "--force").expect()
        self.work.run("ssh-keygen", "-y", "-f", "emergency").expect()

    def test_the_wrong_files_as_ca(self):
        token = self.token()
        ca = self.make_ca(token)
        open_to_all = self.work.write("open", ca.read_text(), mode=0o644)
        rows = [(ca.with_name("ca.pub"), 3, "ca.pub"),
                (self.work.path("none"), 4, "none"), (self.work.write("junk", "junk"), 3, "junk"), (open_to_all, 3, "open")]
        for file, status, message in rows:
            with self.subTest(file):
                self.mint(token, file).expect(status, err=message)
                self.assertFalse(self.work.path("emergency").exists())


class Failures(World):
    """The token at its worst: each its own message and exit code, in time, nothing left, and the next command works."""

    def setUp(self):
        super().setUp()
        self.key = self.token()
        self.ca = self.make_ca(self.key)

    def settle(self):
        """After a failure there is no file, and the next command works."""
        self.assertEqual([name for name in self.files() if name.startswith("emergency")], [])
        self.key.replug(touch="auto")
        self.mint(self.key, self.ca, file="next").expect()

    def test_no_token(self):
        self.key.stop()
        self.mint(self.key, self.ca).expect(4, err="no token at")
        self.key.start()
        self.settle()

    def test_another_token(self):
        other = self.token("other")
        self.mint(other, self.ca).expect(4, err="does not hold this key")
        self.settle()

    def test_wrong_pin(self):
        self.halligan(self.key, "mint", "-I", "x", "-n", "root", pin="000000").expect(5, err="too many wrong PINs")
        self.settle()

    def test_wrong_pin_by_descriptor_burns_one_try(self):
        read_end, write_end = os.pipe()
        os.write(write_end, b"000000\n")
        os.close(write_end)
        self.halligan(self.key, "mint", "-I", "x", "-n", "root", "--pin-fd", str(read_end), pin=None,
                      pass_fds=(read_end,)).expect(5, err="7 tries left")
        os.close(read_end)
        self.settle()

    def test_eight_wrong_pins_block_for_good(self):
        def mint(pin):
            return self.halligan(self.key, "mint", "-I", "x", "-n", "root", "-o", self.work.path("emergency"),
                                 pin=pin)

        for _ in range(2):
            mint("000000").expect(5, err="until it is replugged")
            mint(PIN).expect(5, err="until it is replugged")
            self.key.replug()
        mint("000000").expect(5, err="is locked for good")
        self.key.replug()
        done = mint(PIN).expect(5, err="is locked for good")
        self.assertIn("use the other token", done.err)
        self.assertEqual([name for name in self.files() if name.startswith("emergency")], [])

    def test_a_touch_that_nobody_gives(self):
        self.key.replug(touch="never")
        done = self.mint(self.key, self.ca, env={"HALLIGAN_TIMEOUT": "2"}).expect(5, err="waiting for a touch on the token at")
        self.assertIn("touch the token at", done.err)
        self.assertLess(done.seconds, 6)
        self.settle()

    def test_the_token_goes_away_while_it_waits(self):
        self.key.replug(touch="never")
        with self.terminal() as terminal:
            terminal.expect("Touch the token at")
            self.key.kill()
            done = terminal.wait(10)
        self.assertEqual(done.status, 4)
        self.assertIn("disappeared while in use", done.out)
        self.key.start(touch="auto")
        self.settle()

    def test_ctrl_c_cancels_on_the_token_and_dies_of_it(self):
        self.key.replug(touch="never")
        with self.terminal() as terminal:
            terminal.expect(r"Touch the token at .* to sign the certificate \(\d+ s\)")
            terminal.type("\x03")
            done = terminal.wait(10)
        self.assertEqual(done.status, -signal.SIGINT)
        self.assertIn("cancelled", done.out)
        self.assertIn("KEEPALIVE_CANCEL", self.key.records()[-1]["status"])
        self.settle()

    def test_the_countdown_counts_and_goes_away(self):
        self.key.replug(touch="1500")
        with self.terminal() as terminal:
            first = int(terminal.expect(r"\((\d+) s\)").group(1))
            second = int(terminal.expect(r"\((\d+) s\)").group(1))
            done = terminal.wait(20)
        self.assertEqual((done.status, second), (0, first - 1))
        self.assertIn("\x1b[K", done.out)

    def terminal(self):
        return self.work.terminal(paths.HALLIGAN, "mint", "--ca", self.ca, "-I", "x", "-n", "root", "-o", "emergency",
                                  "--yes", env=self.key.env)


if __name__ == "__main__":
    harness.main()
