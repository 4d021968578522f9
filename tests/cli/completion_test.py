"""What bash, zsh and fish offer with the built completions: the real shells, on a terminal or asked in their own way."""

import pathlib
import shlex

import harness
from harness import paths
from harness.work import need

COMPLETIONS = paths.BUILD / "completions"
COMMANDS = ["agent", "ca", "checkpin", "co-sign", "config", "doctor", "drill", "env", "explain", "handoff", "help", "inspect", "kit", "ledger", "lock", "mint", "prove", "request", "revoke", "run",
            "runbook", "sign", "status", "token", "trust", "unattended", "unlock"]
LEDGER = ["attest", "export", "list", "merge", "reconcile", "show", "verify"]

# halligan is a function here, and prints what was put on its command line.
PRINT = "halligan() { printf '<%s>' \"$@\"; printf ' end\\n'; }\n"


class Shell(harness.Case):
    """One shell: offered() are the words that it would put in the place of the last, unfinished one."""

    __test__ = False

    def setUp(self):
        super().setUp()
        self.files = self.work.path("files")
        (self.files / "ca-a").mkdir(parents=True)
        for name in ("ben.pub", "ca.json", "my key.pub"):
            (self.files / name).write_text("")

    def offered(self, line: str) -> list[str]:
        raise NotImplementedError


class Typed(Shell):
    """A shell on a terminal, with a key that inserts all that it offers at once."""

    ALL = "\x18a"  # Ctrl-X a
    terminal = None

    def start(self) -> harness.Terminal:
        raise NotImplementedError

    def offered(self, line: str) -> list[str]:
        """The line is then run: with nothing offered it is as it was typed."""
        if self.terminal is None:
            self.terminal = self.start()
        self.terminal.expect("ready> ")
        self.terminal.type(line + self.ALL + "\n")
        found = self.terminal.expect(r"^(<.*>) end$")[1]
        words = found[1:-1].split("><")
        typed = shlex.split(line)[1:]
        whole = typed if line.endswith(" ") else typed[:-1]
        self.assertEqual(words[:len(whole)], whole, line)
        rest = words[len(whole):]
        return sorted(rest if line.endswith(" ") or rest != typed[-1:] else [])


class Cases:
    """What every shell offers."""

    def test_commands(self):
        self.assertEqual(self.offered("halligan "), COMMANDS)
        self.assertEqual(self.offered("halligan mi"), ["mint"])
        self.assertEqual(self.offered("halligan ledger "), LEDGER)
        self.assertEqual(self.offered("halligan token keys "), ["delete", "list", "rename"])
        self.assertEqual(self.offered("halligan help led"), ["ledger"])
        self.assertEqual(self.offered("halligan help ledger ver"), ["verify"])

    def test_options(self):
        self.assertEqual(self.offered("halligan mint --pri"), ["--principals"])
        self.assertEqual(self.offered("halligan mint -n root --key"), ["--key-id"])
        self.assertEqual(self.offered("halligan --vers"), ["--version"])
        self.assertEqual(self.offered("halligan ledger verify --coun"), ["--counter"])
        # A name with a colon is one word.
        self.assertEqual(self.offered("halligan token keys delete ssh:emergency-ca --us"), ["--user"])

    def test_an_option_is_offered_once(self):
        self.assertEqual(self.offered("halligan mint -I x --key"), [])
        self.assertEqual(self.offered("halligan mint --policy=p --poli"), [])
        self.assertEqual(self.offered("halligan mint --force --forc"), [])
        self.assertEqual(self.offered("halligan mint --ssh web1 --ss"), ["--ssh"])

    def test_values(self):
        self.assertEqual(self.offered("halligan mint --type "), ["ecdsa", "ecdsa-sk", "ed25519", "ed25519-sk", "rsa"])
        self.assertEqual(self.offered("halligan mint -t e"), ["ecdsa", "ecdsa-sk", "ed25519", "ed25519-sk"])
        self.assertEqual(self.offered("halligan ledger verify --counter per"), ["per-key"])

    def test_a_value_is_no_option(self):
        self.assertEqual(self.offered("halligan mint --key-id "), [])

    def test_files_and_folders(self):
        files = [each.rstrip("/") for each in self.offered("halligan inspect ")]
        self.assertEqual(files, ["ben.pub", "ca-a", "ca.json", "my key.pub"])
        self.assertEqual(self.offered("halligan sign --policy ca.j"), ["ca.json"])
        self.assertEqual([each.rstrip("/") for each in self.offered("halligan ca init --directory ")], ["ca-a"])
        self.assertEqual([each.rstrip("/") for each in self.offered("halligan ca init -d ")], ["ca-a"])


class Bash(Cases, Typed):
    def start(self) -> harness.Terminal:
        script = need(COMPLETIONS / "halligan.bash")
        self.work.write("rc", f"PS1='ready> '\n{PRINT}. {shlex.quote(str(script))}\n"
                        "bind '\"\\C-xa\": insert-completions'\nbind 'set enable-bracketed-paste off'\n")
        return self.work.terminal(paths.program("bash"), "--noprofile", "--rcfile", self.work.path("rc"), "-i",
                                  env={"HISTFILE": ""}, columns=400, cwd=self.files)

    def test_a_value_behind_an_equals_sign(self):
        self.assertEqual(self.replies("halligan mint --type=e"), ["ed25519", "ecdsa", "ed25519-sk", "ecdsa-sk"])
        self.assertEqual(self.replies("halligan mint --type="), ["ed25519", "ecdsa", "rsa", "ed25519-sk", "ecdsa-sk"])
        self.assertEqual(self.replies("halligan mint --type=e", breaks=" "), ["--type=ed25519", "--type=ecdsa", "--type=ed25519-sk", "--type=ecdsa-sk"])

    def test_letters_are_offered_beside_names(self):
        offered = self.replies("halligan mint -")
        for name in ("-I", "--key-id", "-n", "--principals", "-h", "--help", "--pin-fd"):
            self.assertIn(name, offered)

    def test_the_cursor_in_the_middle_of_the_line(self):
        self.assertEqual(self.replies("halligan mi", behind=" -I x"), ["mint"])

    def replies(self, line: str, behind: str = "", breaks: str | None = None) -> list[str]:
        """COMPREPLY, as bash would set it with these word breaks."""
        breaks = " \t\n\"'><=;|&(:" if breaks is None else breaks
        words, word = [], ""
        for each in line + behind + " ":
            if each == " " or each in breaks:
                words += [word] if word else []
                words += [each] if each != " " else []
                word = ""
            else:
                word += each
        before = self.count(line, breaks)
        done = self.work.run(
            "bash", "--norc", "-c", f". {shlex.quote(str(need(COMPLETIONS / 'halligan.bash')))}\n"
            "COMP_WORDBREAKS=$1 COMP_LINE=$2 COMP_POINT=$3 COMP_CWORD=$4; shift 4; COMP_WORDS=(\"$@\")\n"
            "_halligan; printf '%s\\n' \"${COMPREPLY[@]}\"", "bash", breaks, line + behind, str(len(line)), str(before),
            *words, cwd=self.files)
        return done.expect(err="").out.split()

    @staticmethod
    def count(line: str, breaks: str) -> int:
        """The number of the word at the end of the line, as bash counts them."""
        number, inside = -1, False
        for each in line:
            if each == " ":
                inside = False
            elif each in breaks:
                number, inside = number + 1, False
            else:
                number, inside = number + (not inside), True
        return number + (line[-1] == " ")


class Zsh(Cases, Typed):
    def start(self) -> harness.Terminal:
        need(COMPLETIONS / "_halligan")
        self.work.write(".zshrc", f"""
PS1='ready> '
unsetopt zle_bracketed_paste prompt_cr prompt_sp beep
unset zle_bracketed_paste
{PRINT}
fpath=({shlex.quote(str(COMPLETIONS))} $fpath)
autoload -Uz compinit && compinit -u -D
zle -C all-matches complete-word _generic
bindkey '^Xa' all-matches
zstyle ':completion:all-matches:*' insert true
zstyle ':completion:all-matches::::' completer _all_matches _complete
""")
        return self.work.terminal(paths.program("zsh"), "-d", "-i", columns=400, cwd=self.files,
                                  env={"ZDOTDIR": str(self.work.root), "HISTFILE": ""})


class Fish(Cases, Shell):
    def offered(self, line: str) -> list[str]:
        script = need(COMPLETIONS / "halligan.fish")
        done = self.work.run(paths.program("fish"), "--no-config", "-c",
                             f"source {shlex.quote(str(script))}; complete -C {shlex.quote(line)}", cwd=self.files)
        rows = [row.split("\t") for row in done.expect(err="").out.splitlines()]
        for row in rows:
            if not pathlib.Path(self.files, row[0].split("=")[-1]).exists():
                self.assertEqual(len(row), 2, f"{row[0]} is not described")
        # fish 4 also offers what has the word somewhere within.
        return sorted(row[0] for row in rows if row[0].startswith(line.split(" ")[-1]))

    def test_a_value_behind_an_equals_sign(self):
        self.assertEqual(self.offered("halligan mint --type=e"), ["--type=ecdsa", "--type=ecdsa-sk", "--type=ed25519", "--type=ed25519-sk"])
        self.assertEqual(self.offered("halligan ca init --directory="), ["--directory=ca-a/"])
        self.assertEqual(self.offered("halligan mint --policy=be"), ["--policy=ben.pub"])


class Described(harness.Case):
    def test_summaries_are_in_the_scripts(self):
        for name in ("_halligan", "halligan.fish"):
            self.assertIn("make a key and its certificate, with one touch", need(COMPLETIONS / name).read_text())


def load_tests(loader, *_):
    """Shell and Typed are no tests of their own."""
    import unittest
    return unittest.TestSuite(loader.loadTestsFromTestCase(each) for each in (Bash, Zsh, Fish, Described))


if __name__ == "__main__":
    for shell in ("bash", "zsh", "fish"):
        paths.program(shell)  # ./setup installs them: one that is missing is a failure
    harness.main()
