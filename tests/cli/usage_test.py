"""What is typed wrong, or not at all: numbers, empty values, commands that are none, and closed descriptors."""

import itertools

import harness
from harness import paths
from world import World, key_pair


class Usage(World):
    def setUp(self):
        super().setUp()
        key_pair(self.work, "ca")
        self.command = [paths.HALLIGAN, "mint", "--ca", "ca", "-I", "x", "-n", "root", "-o", "emergency", "--force", "--yes"]

    def mint(self, *arguments, **options) -> harness.Completed:
        return self.work.run(*self.command, *arguments, **options)

    def refused(self, *arguments, message: str) -> harness.Completed:
        before = self.files()
        done = self.work.run(paths.HALLIGAN, *arguments).expect(2, out="", err=message)
        self.assertEqual(self.files(), before)
        return done

    def test_the_ledger_gets_nothing_that_is_said(self):
        """With a closed descriptor the next file that is opened would get its number."""
        for closed in (set(each) for count in range(4) for each in itertools.combinations((0, 1, 2), count)):
            with self.subTest(closed):
                self.work.path("emergency-cert.pub").unlink(missing_ok=True)
                redirects = " ".join(f"{number}>&-" for number in closed)
                done = self.work.run("sh", "-c", f'"$@" {redirects}', "sh", *self.command)
                # The certificate is there, and what could not be said of it is told by the status.
                done.expect(4 if 1 in closed else 0, err="standard output" if closed == {1} else None)
                self.assertIn("ssh-ed25519-cert-v01", self.work.path("emergency-cert.pub").read_text())
                self.work.run(paths.HALLIGAN, "ledger", "verify", "--ca", "ca.pub", "ca.ledger").expect()
        self.assertEqual(len(self.work.path("ca.ledger").read_text().splitlines()), 9)
        self.work.run("sh", "-c", '"$@" <&-', "sh", paths.HALLIGAN, "sign", "--ca", "ca", "--request", "-").expect_failure("")

    def test_numbers_are_digits(self):
        serial, logs = "from 0 to 9223372036854775807", ("ledger", "reconcile", "--ledger", "ca.ledger", "log")
        ours = [str(each) for each in self.command[1:]]
        rows = [((*ours, "-z", text), f'-z: "{text}" is no number {serial}')
                for text in ("-5", "+5", "010", "0x10", "1e3", "5 ", " 5", "9223372036854775808", "18446744073709551615",
                             "18446744073709551616", "five", "1.0", "\u0665")]
        rows += [((*logs, "--logins", text), f'--logins: "{text}" is no number from 0 to 4294967295')
                 for text in ("-1", "010", "4294967296")]
        rows += [(("sign", "--ca", "ca", "--request", "r", "--require", text), f'--require: "{text}" is no number from 1 to 16')
                 for text in ("-1", "0", "17", "02")]
        rows += [(("ledger", "show", "--ledger", "ca.ledger", text), f'NUMBER: "{text}" is no number from 0 to')
                 for text in ("18446744073709551616", "01")]
        rows += [((*ours, name, "-1"), name) for name in ("--pin-fd", "-b")]
        rows += [(("token", "pin", "set", "--new-pin-fd", "08"), "--new-pin-fd")]
        for arguments, message in rows:
            with self.subTest(arguments):
                self.refused(*arguments, message=message)
        self.mint("-z", "9223372036854775806").expect(0, out="9223372036854775806")
        self.mint("-z", "9223372036854775807").expect(0)
        self.mint().expect(0)

    def test_an_empty_value_is_not_a_missing_one(self):
        ours = [str(each) for each in self.command[1:]]
        request = ["sign", "--ca", "ca", "--request", "r"]
        self.work.write("r", self.work.run(paths.HALLIGAN, "request", "-n", "root", "-I", "x", "-o", "k").expect().out)
        rows = [(ours, name) for name in ("--policy", "--ledger", "--ca", "--provider", "--device", "-o", "--pin-fd", "-z")]
        rows += [(request, name) for name in ("--co-signers", "--code", "-I", "--max-age", "--request")]
        rows += [(["inspect", "ca.pub"], name) for name in ("--krl", "--ca", "--expires-in")]
        rows += [(["ledger", "verify", "ca.ledger"], name) for name in ("--head", "--known", "--made", "--ca")]
        rows += [(["co-sign", "r"], name) for name in ("--key", "--agent-key", "--code")]
        for arguments, name in rows:
            with self.subTest([arguments[0], name]):
                arguments = [each for at, each in enumerate(arguments) if name not in (each, arguments[at - 1])]
                self.refused(*arguments, name, "", message=f"{name}: the value is empty")
                if name.startswith("--"):
                    self.refused(*arguments, f"{name}=", "--json", message=f"{name}: the value is empty")
        self.mint("-n", "").expect_failure("")
        self.mint("--reason", "").expect()
        self.mint("--reason=").expect()
        self.mint("--reason=a=").expect()

    def test_a_command_that_is_none_is_named(self):
        rows = [(["mnt", "-I", "x"], '"mnt" is no command', "halligan --help"), (["help"], '"help" is no command', "halligan --help"),
                (["ca", "list"], '"list" is no command', "halligan ca --help"), (["token"], "halligan token wants a command",
                                                                                 "halligan token --help"),
                ([], "halligan wants a command", "halligan --help"),
                (["token", "pin", "--json"], '"--json" is no option of halligan token pin', "halligan token pin --help"),
                (["m\x1b[2J"], '"m\\', "halligan --help"), (["mint", "-I", "x", "-n", "root", "--frob"], "--frob", "see halligan mint --help"),
                (["ledger", "list", "--frob"], "--frob", "see halligan ledger list --help")]
        for arguments, message, hint in rows:
            with self.subTest(arguments):
                self.assertIn(hint, self.refused(*arguments, message=message).err)

    def test_options_that_would_be_passed_over(self):
        key_pair(self.work, "ben")
        self.refused("sign", "--ca", "ca", "-I", "x", "-n", "root", "--max-age", "1h", "ben.pub", message="--max-age requires --request")
        self.refused("request", "-n", "root", "-I", "x", "--key", "ben", "-o", "foo", message="excludes")


if __name__ == "__main__":
    harness.main()
