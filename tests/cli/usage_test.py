"""The command line: help, and what is typed wrong or not at all, as options, values, commands and descriptors."""

import itertools
import re

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
                self.work.run(paths.HALLIGAN, "ledger", "verify", "--ca", "ca.pub").expect()
        self.assertEqual(len(self.work.ledger_of("ca").read_text().splitlines()), 9)
        self.work.run("sh", "-c", '"$@" <&-', "sh", paths.HALLIGAN, "sign", "--ca", "ca", "--request", "-").expect_failure("")

    def test_numbers_are_digits(self):
        def number(name, text, least, most):
            return f'{name}: expected a number from {least} to {most}, not "{text}"'

        logs = ("ledger", "reconcile", "--ledger", "some.ledger", "log")
        ours = [str(each) for each in self.command[1:]]
        rows = [((*ours, "-z", text), number("--serial", text, 0, 9223372036854775807))
                for text in ("-5", "010", "0x10", "1e3", "5 ", " 5", "9223372036854775808", "18446744073709551615",
                             "18446744073709551616", "five", "1.0", "\u0665")]
        rows += [((*logs, "--logins", text), number("--logins", text, 0, 4294967295))
                 for text in ("-1", "010", "4294967296")]
        rows += [(("sign", "--ca", "ca", "--request", "r", "--require", text), number("--require", text, 1, 16))
                 for text in ("-1", "0", "17", "02")]
        rows += [(("ledger", "show", "--ledger", "some.ledger", text), number("NUMBER", text, 0, 18446744073709551615))
                 for text in ("18446744073709551616", "01")]
        rows += [((*ours, name, "-1"), f"{long}: expected a number")
                 for name, long in (("--pin-fd", "--pin-fd"), ("-b", "--bits"))]
        # Whatever halligan opens later could get that number.
        rows += [((*ours, "--pin-fd", "9"), "--pin-fd: descriptor 9 is not open"),
                 (("token", "pin", "set", "--new-pin-fd", "9"), "--new-pin-fd: descriptor 9 is not open")]
        rows += [(("token", "pin", "set", "--new-pin-fd", "08"), number("--new-pin-fd", "08", 0, 2147483647))]
        for arguments, message in rows:
            with self.subTest(arguments):
                self.refused(*arguments, message=message)
        self.mint("-z", "9223372036854775806").expect(0, err="9223372036854775806")
        self.mint("-z", "9223372036854775807").expect(0)
        self.mint().expect(0)

    def test_an_empty_value_is_not_a_missing_one(self):
        ours = [str(each) for each in self.command[1:]]
        request = ["sign", "--ca", "ca", "--request", "r"]
        self.work.write("r", self.work.run(paths.HALLIGAN, "request", "-n", "root", "-I", "x", "-o", "k").expect().out)
        rows = [(ours, name) for name in ("--policy", "--ledger", "--ca", "--provider", "--device", "-o", "--pin-fd", "-z")]
        rows += [(request, name) for name in ("--co-signers", "--code", "-I", "--max-age", "--request")]
        rows += [(["inspect", "ca.pub"], name) for name in ("--krl", "--ca", "--expires-in")]
        rows += [(["ledger", "verify", "some.ledger"], name) for name in ("--head", "--known", "--made", "--ca")]
        rows += [(["co-sign", "r"], name) for name in ("--key", "--agent-key", "--code")]
        long = {"-o": "--output", "-z": "--serial", "-I": "--key-id"}
        for arguments, name in rows:
            with self.subTest([arguments[0], name]):
                arguments = [each for at, each in enumerate(arguments) if name not in (each, arguments[at - 1])]
                message = f"{long.get(name, name)}: the value is empty"
                self.refused(*arguments, name, "", message=message)
                if name.startswith("--"):
                    self.refused(*arguments, f"{name}=", "--json", message=message)
        self.mint("-n", "").expect_failure("")
        self.mint("--reason", "").expect()
        self.mint("--reason=").expect()
        self.mint("--reason=a=").expect()

    def test_what_is_unknown_is_named_with_what_was_meant(self):
        rows = [
            (["mnt", "-I", "x"], 'unknown command "mnt"; did you mean mint?', "halligan --help"),
            (["frob"], 'unknown command "frob"\n', "halligan --help"),
            (["help", "frob"], 'unknown command "frob"\n', "halligan --help"),
            (["ca", "list"], 'unknown command "list"\n', "halligan ca --help"),
            (["ledger", "vrify"], 'unknown command "vrify"; did you mean verify?', "halligan ledger --help"),
            (["token", "keys", "remove"], 'unknown command "remove"', "halligan token keys --help"),
            (["ledger"], "missing subcommand", "halligan ledger --help"),
            (["token"], "missing subcommand", "halligan token --help"),
            (["token", "pin"], "missing subcommand", "halligan token pin --help"),
            (["token", "pin", "--yes"], "unknown option --yes", "halligan token pin --help"),
            (["--yes"], "unknown option --yes", "halligan --help"),
            (["m\x1b[2J"], 'unknown command "m\\x1b[2J"', "halligan --help"),
            (["mint", "-I", "x", "--princpals", "root"], "unknown option --princpals; did you mean --principals?",
             "halligan mint --help"),
            (["mint", "-I", "x", "-n", "root", "--frob"], "unknown option --frob\n", "halligan mint --help"),
            (["mint", "--princ", "root"], "unknown option --princ; did you mean --principals?", "halligan mint --help"),
            (["mint", "-Q"], "unknown option -Q\n", "halligan mint --help"),
            (["ledger", "list", "--frob"], "unknown option --frob", "halligan ledger list --help"),
            (["mint", "-n", "root"], "missing option --key-id", "halligan mint --help"),
            (["mint", "-I"], "--key-id requires a value", "halligan mint --help"),
            (["mint", "--yes=1"], "--yes takes no value", "halligan mint --help"),
            (["mint", "-I", "x", "-I", "y"], "--key-id is given twice", "halligan mint --help"),
            (["mint", "-t", "dsa"], '--type: expected ed25519, ecdsa, rsa, ed25519-sk or ecdsa-sk, not "dsa"', "halligan mint --help"),
            (["handoff", "send"], "missing argument FILE", "halligan handoff send --help"),
            (["handoff", "send", "a", "b"], 'unexpected argument "b"', "halligan handoff send --help"),
            (["help", "mint", "x"], 'unexpected argument "x"', "halligan mint --help"),
        ]
        for arguments, message, hint in rows:
            with self.subTest(arguments):
                err = self.refused(*arguments, message=f"halligan: {message}").err
                self.assertTrue(err.endswith(f"\n  see {hint}\n"), err)

    def test_accounts_come_from_the_words_or_the_configuration(self):
        err = self.refused("mint", "-I", "x", message="halligan: missing option --principals\n").err
        self.assertIn("name the accounts with -n, or set Principals for the CA in halligan(5)", err)

    def test_options_that_do_not_go_together(self):
        key_pair(self.work, "ben")
        grant = ("-n", "root", "-I", "x")
        rows = [
            (["sign", "--ca", "ca", *grant, "--max-age", "1h", "ben.pub"], "--max-age requires --request"),
            (["request", *grant, "--key", "ben", "-o", "foo"], "--output and --key cannot be combined"),
            (["request", *grant, "-o", "foo", "--agent-key", "b"], "--output and --agent-key cannot be combined"),
            (["mint", *grant, "--agent", "-o", "em"], "--agent and --output cannot be combined"),
            (["mint", *grant, "--confirm"], "--confirm requires --agent"),
            (["mint", *grant, "--no-ledger", "--ledger", "l"], "--no-ledger and --ledger cannot be combined"),
            (["ledger", "export", "--csv", "--json", "some.ledger"], "--csv and --json cannot be combined"),
        ]
        for arguments, message in rows:
            with self.subTest(arguments):
                self.refused(*arguments, message=message)


class Help(World):
    """What every command says of itself; its options are read as a person reads them."""

    def help(self, *command) -> str:
        done = self.work.run(paths.HALLIGAN, *command, "--help").expect(0)
        self.assertEqual(done.err, "")
        self.assertEqual(self.work.run(paths.HALLIGAN, "help", *command).expect(0).out, done.out)
        return done.out

    def commands(self) -> list[tuple[list[str], str]]:
        """Every command and group with its help."""
        found, todo = [], [[]]
        while todo:
            command = todo.pop(0)
            text = self.help(*command)
            found.append((command, text))
            if " COMMAND [OPTION...]" in text:
                listed = re.findall(r"^  ([a-z-]+) {2,}\w", text, re.M)
                self.assertGreater(len(listed), 1, text)
                todo += [[*command, name] for name in listed]
        return found

    def test_halligan_alone_prints_its_help(self):
        text = self.help()
        self.assertEqual(self.work.run(paths.HALLIGAN).expect(0).out, text)
        self.assertEqual(self.work.run(paths.HALLIGAN, "-h").expect(0).out, text)
        self.assertLess(len(text.splitlines()), 24, "does not fit a terminal with a prompt below it")
        self.assertRegex(self.work.run(paths.HALLIGAN, "--version").expect(0).out, r"^halligan \d+\.\d+\.\d+\n$")

    def test_every_help_has_an_example_and_fits_80_columns(self):
        commands = self.commands()
        self.assertGreater(len(commands), 25)
        for command, text in commands:
            with self.subTest(command):
                self.assertEqual([line for line in text.splitlines() if len(line) > 80], [])
                name = " ".join(["halligan", *command])
                self.assertIn(f"\nUsage: {name} ", text)
                self.assertEqual(text.count("\n\nExamples:\n"), 1)
                self.assertIn(name, text.split("\n\nExamples:\n")[1])
                self.assertNotIn("\n\n\n", text)
                self.assertRegex(text, r"\A[A-Z].*\.\n\nUsage: ")

    def test_every_option_has_a_long_name_and_a_letter_of_its_own(self):
        seen = 0
        for command, text in self.commands():
            rows = re.findall(r"^  (?:-(\w), |    )(--[a-z-]+)?", text, re.M)
            rows = [row for row in rows if row != ("", "")]
            with self.subTest(command):
                self.assertTrue(all(long for _, long in rows), rows)
                letters = [letter for letter, _ in rows if letter]
                self.assertEqual(len(set(letters)), len(letters), letters)
                self.assertNotIn("h", letters)
                letters_of_yes = [letter for letter, long in rows if long == "--yes"]
                self.assertEqual(letters_of_yes, ["y"] * ("--yes" in text.split()))
                # Every name that is shown is one that is known.
                for letter, long in rows:
                    done = self.work.run(paths.HALLIGAN, *command, f"{long}=", "--help")
                    self.assertNotIn("unknown", done.err)
                seen += len(rows)
        self.assertGreater(seen, 100)


if __name__ == "__main__":
    harness.main()
