"""What a person reads at 24 rows and 80 columns: all of a command's words at once, and none cut but a path that is longer.

--show prints the screens.
"""

import re
import sys

import harness
from harness import paths
from harness.work import USER, need

PIN = "271828"
ROWS, COLUMNS = 24, 80
SHOW = "--show" in sys.argv


def rows_of(text: str) -> list[str]:
    """The lines as a terminal shows them: what a carriage return overwrites is gone, long ones go on in the next row."""
    rows = []
    for line in text.rstrip("\n").split("\n"):
        shown = ""
        for piece in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line).split("\r"):
            shown = piece + shown[len(piece):]
        shown = shown.rstrip()
        rows += [shown[at:at + COLUMNS] for at in range(0, max(len(shown), 1), COLUMNS)]
    return rows


class Screens(harness.Case):
    def setUp(self):
        super().setUp()
        self.token = self.softkey("t", pin=PIN)
        self.work.env |= self.token.env
        self.work.path("ca").mkdir()
        self.work.run(need(paths.HALLIGAN), "ca", "init", "-d", "ca", env=self.work.askpass(PIN).env).expect()

    def fits(self, title: str, arguments, answers=(), *, status: int = 0, env=None) -> list[str]:
        """Run it at a terminal; its rows, which fit the screen. @param answers what is waited for, and what is typed then"""
        with self.work.terminal(paths.HALLIGAN, *arguments, env=env) as terminal:
            for question, answer in answers:
                terminal.expect(question)
                terminal.type(answer + "\n")
            done = terminal.wait().expect(status)
        rows = rows_of(done.out)
        if SHOW:
            print(f"\n--- {title}: {len(rows)} rows", *rows, sep="\n| ")
        self.assertLessEqual(len(rows), ROWS, done.out)
        for line in done.out.split("\n"):
            wide = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line.rsplit("\r", 1)[-1])
            # how long a path is, is the user's choice
            self.assertLessEqual(len(" ".join(word for word in wide.split(" ") if not word.startswith("/"))), COLUMNS, wide)
        return rows

    def spec(self, *more: str) -> list[str]:
        return ["-I", "ann: incident 4711", "-n", USER, *more]

    def test_a_minted_key(self):
        self.fits("mint --yes, the CA on the token", ["mint", "--yes", *self.spec("-o", "a")], [("PIN of the token: ", PIN)])
        rows = self.fits("mint, asked", ["mint", *self.spec("-o", "b", "--ca", "ca/ca", "-O", "permit-port-forwarding")],
                         [(r"\[y/N\]", "y")])
        self.assertIn("by a jump   ssh -i b -o IdentitiesOnly=yes root@HOST \\", rows)

    def test_a_jump_host_s_command_can_be_copied(self):
        sshd = self.sshd(f"TrustedUserCAKeys {self.work.path('ca')}/ca.pub")
        config = sshd.ssh_config("  IdentityAgent none")
        for name in ("emergency", "it's my $HOME `key`"):
            with self.subTest(name):
                done = self.work.run(paths.HALLIGAN, "mint", "--yes", "--ca", "ca/ca", *self.spec("-o", name, "-O", "permit-port-forwarding"))
                command = re.search(r"by a jump   (ssh (?:.*\\\n){2}.*)\n", done.expect().out).group(1)
                words = command.replace("JUMP", "host").replace("HOST", "host").replace("ssh -i", f"ssh -F {config} -i")
                self.work.run("sh", "-c", f"{words} echo through").expect(out="through")

    def test_a_login(self):
        sshd = self.sshd(f"TrustedUserCAKeys {self.work.path('ca')}/ca.pub")
        config = sshd.ssh_config()
        self.fits("mint --ssh", ["mint", "--yes", "--ca", "ca/ca", *self.spec("--ssh", "host", "--", "-F", str(config), "echo", "in")])

    def test_a_request(self):
        asked = self.work.run(paths.HALLIGAN, "request", *self.spec("-o", "new")).expect()
        self.work.write("asked", asked.out)
        rows = self.fits("sign --request", ["sign", "--ca", "ca/ca", "--request", "asked"], [(r"\[y/N\]", "y")])
        self.assertEqual(len([row for row in rows if "Did they read out" in row]), 1)

    def test_two_tokens(self):
        other = self.softkey("u", pin=PIN)
        both = {"HALLIGAN_DEVICE": f"{self.token.path}:{other.path}"}
        self.fits("mint, two tokens", ["mint", "--yes", *self.spec("-o", "c")], [("PIN of the token: ", PIN)], env=both)

    def test_a_new_pin(self):
        fresh = self.softkey("v")
        rows = self.fits("token pin set, three tries", ["token", "pin", "set"],
                         [("New PIN for [^:]*: ", "1"), ("New PIN for [^:]*: ", "123"), ("New PIN for [^:]*: ", "31415"), ("again: ", "31415")], env=fresh.env)
        self.assertIn("characters or more", rows[0])
        rows = self.fits("token pin change", ["token", "pin", "change"],
                         [("Old PIN of [^:]*: ", "31415"), ("New PIN for [^:]*: ", "27182"), ("again: ", "27182")], env=fresh.env)
        self.assertIn("characters or more", rows[0])

    def test_what_is_listed(self):
        for number in range(3):
            self.work.run(paths.HALLIGAN, "mint", "--yes", "--ca", "ca/ca", *self.spec("-o", f"k{number}")).expect()
        pager = {"PAGER": "cat"}
        self.fits("ledger list", ["ledger", "list"], env=pager)
        self.fits("inspect", ["inspect", "k0-cert.pub"], env=pager)
        self.fits("token list", ["token", "list"])
        self.fits("halligan", [])
        self.fits("a mistake", ["mint", "--princpals", "root"], status=2)


if __name__ == "__main__":
    if SHOW:
        sys.argv.remove("--show")
    harness.main()
