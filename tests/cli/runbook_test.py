"""halligan runbook: what a person sees, what is on record, and how it goes on after an interruption."""

import json
import os
import pathlib
import re
import signal

import harness
from harness import paths, Terminal

PAGE = """# Small

```sh laptop
$ WHO=world    # whom to greet
$ cd /; LASTS='a b'
```

## Greet

```sh laptop
$ echo "hello $WHO"; echo "$PWD $LASTS"
```

```text
hello …
/ a b
```

*No greeting*? Speak up.
"""
RUN, FAULT = r"^Run it\? .*\] \Z", r"NOT AS EXPECTED: (.*)\n(?:.*\n)*.*q = stop\] \Z"


class Runbook(harness.Case):
    def setUp(self):
        super().setUp()
        self.work.root.chmod(0o755)
        (self.work.path("pages")).mkdir(mode=0o755)

    def page(self, text: str, name: str = "small") -> pathlib.Path:
        return self.work.write(f"pages/{name}.md", text, mode=0o644)

    def step(self, commands: str, more: str = "", place: str = "laptop") -> str:
        return f"# Page\n\n```sh {place}\n$ {commands}\n```\n{more}"

    def walk(self, page, *arguments, **options) -> Terminal:
        return Terminal([paths.HALLIGAN, "runbook", "run", *arguments, page], env={**self.work.env, "TERM": "xterm", "NO_COLOR": "1"},
                        cwd=self.work.root, **options)

    def halligan(self, *arguments, **options):
        return self.work.run(paths.HALLIGAN, "runbook", *arguments, **options)

    def transcripts(self, name: str = "small") -> list[pathlib.Path]:
        return sorted((self.work.home / ".local/state/halligan/runbooks").glob(f"{name}-*.jsonl"))

    def records(self, name: str = "small") -> list[dict]:
        self.halligan("check", self.transcripts(name)[-1])
        return [json.loads(line) for line in self.transcripts(name)[-1].read_text().splitlines()]

    def run_all(self, page, steps: int) -> harness.Completed:
        with self.walk(page) as terminal:
            for _ in range(steps):
                while terminal.expect(rf"^\w+, .*\]: \Z|{RUN}")[0].endswith("]: "):
                    terminal.type("\n")
                terminal.type("\n")
            return terminal.wait()

    def test_a_walk_from_the_first_step_to_the_last(self):
        page = self.page(PAGE)
        with self.walk(page) as terminal:
            terminal.expect(r"^Step 1 of 2, on laptop:\n\$ WHO=world    # whom to greet\n")
            terminal.expect(r"^WHO, whom to greet \[world\]: \Z")
            terminal.type("Ann O'Hara $(id)\n")
            terminal.expect(RUN)
            terminal.type("\n")
            terminal.expect(r"^As expected\.\n")
            terminal.expect(RUN)
            terminal.type("y\n")
            terminal.expect(r"^hello Ann O'Hara \$\(id\)\n/ a b\nAs expected\.\n")
            done = terminal.wait().expect(0, out="2 of 2 as expected")
        file = self.transcripts()[0]
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        self.assertEqual([each.suffix for each in file.parent.iterdir()], [".jsonl"], "the shells' state is gone")
        self.halligan("check", file).expect(0, out="unchanged\n")
        self.halligan("check", page, "--ran", file).expect(0, out="well-formed\n")
        last = self.records()[-1]
        self.assertEqual((last["kind"], last["ran"], last["steps"]), ("end", 2, 2))
        self.assertRegex(done.out, r"SHA-256 +[0-9a-f]{64}\n")

    def test_what_is_not_as_expected(self):
        for commands, expected, wrong in [("false", "", "exit status 1, not 0, of: false"), ("echo bye", "hello", "this line did not appear: hello"),
                                          ("false\n$ true", "", "exit status 1, not 0, of: false"), ("exit 3", "", "the shell has ended")]:
            with self.subTest(commands):
                page = self.page(self.step(commands, f"\n```text\n{expected}\n```\n\n*Bad*? Do that.\n" if expected else "\n*Bad*? Do that.\n"))
                with self.walk(page, "--new") as terminal:
                    terminal.expect(RUN)
                    terminal.type("\n")
                    self.assertIn(wrong, terminal.expect(FAULT)[0])
                    self.assertIn("What to do then:\n*Bad*? Do that.\n", terminal.screen())
                    terminal.type("\n")  # again
                    terminal.expect(FAULT)
                    terminal.type("g\n")
                    terminal.expect(r"^Why go on\? \Z|Why go on\? \Z")
                    terminal.type("\n")
                    terminal.expect(r"Why go on\? \Z")
                    terminal.type("it is known\n")
                    terminal.wait().expect(1, out="0 of 1 as expected, 1 not")
                self.assertIn({"kind": "accept", "step": 1, "reason": "it is known"},
                              [{name: each.get(name) for name in ("kind", "step", "reason")} for each in self.records()])
                self.halligan("check", page, "--ran", self.transcripts()[-1]).expect(1, out=":4: step 1 was not run\n")

    def test_a_word_that_was_mistyped(self):
        with self.walk(self.page(self.step("WORD=one  # a word\n$ [ $WORD = two ]"))) as terminal:
            terminal.expect(r"^WORD, a word \[one\]: \Z")
            terminal.type("tow\n")
            terminal.expect(RUN)
            terminal.type("\n")
            terminal.expect(FAULT)
            terminal.type("a\n")
            terminal.expect(r"^WORD, a word \[tow\]: \Z")
            terminal.type("two\n")
            terminal.expect(r"^As expected\.\n")
            terminal.wait().expect(0)

    def test_a_status_that_is_expected(self):
        self.run_all(self.page("# x\n\n<!-- test: exit 3 -->\n\n```sh laptop\n$ true\n$ (exit 3)\n```\n"), 1).expect(0)

    def test_skipped_stopped_and_gone_on(self):
        page = self.page(PAGE)
        with self.walk(page) as terminal:
            terminal.expect(r"\]: \Z")
            terminal.type("there\n")
            terminal.expect(RUN)
            terminal.type("\n")
            terminal.expect(RUN)
            terminal.type("what?\n")
            terminal.expect(RUN)
            terminal.type("q\n")
            terminal.wait().expect(1, out="1 of 2 as expected")
        with self.walk(page) as terminal:
            terminal.expect(r"^Step 1 was done earlier: not run again\.\n")
            terminal.expect(RUN)
            terminal.type("\n")
            terminal.expect(r"^hello there\n/ a b\nAs expected\.\n")  # variables and folder are as they were
            terminal.wait().expect(0, out="2 of 2")
        self.assertEqual(len(self.transcripts()), 1)
        with self.walk(page) as terminal:  # it was finished: from the beginning
            terminal.expect(r"\]: \Z")
            terminal.type("\n")
            terminal.expect(RUN)
            terminal.type("s\n")
            terminal.expect(r"Why skip it\? \Z")
            terminal.type("no need\n")
            terminal.expect(RUN)
            terminal.type("q\n")
            terminal.wait().expect(1, out="0 of 2 as expected, 1 skipped")
        with self.walk(page, "--from", "1") as terminal:
            terminal.expect(r"^WHO, whom to greet \[world\]: \Z")
            terminal.type("all\n")
            terminal.expect(RUN)
            terminal.type("\n")
            terminal.expect(RUN)
            terminal.type("\n")
            terminal.expect(r"^hello all\n")
            terminal.wait().expect(0, out="2 of 2")
        self.halligan("run", page, "--from", "1", "--new").expect(2)

    def test_killed_in_the_middle_of_a_step(self):
        page = self.page("# x\n\n```sh laptop\n$ KEPT=7\n```\n\n```sh laptop\n$ echo $KEPT; [ -e go ] || sleep 1000\n```\n")
        for sent, left in ((signal.SIGTERM, "interrupted"), (signal.SIGHUP, "interrupted"), (signal.SIGKILL, "begin")):
            with self.subTest(sent), self.walk(page, "--new") as terminal:
                terminal.expect(RUN)
                terminal.type("\n")
                terminal.expect(RUN)
                terminal.type("\n")
                terminal.expect(r"^7\n")
                os.kill(terminal.process.pid, sent)
                self.assertEqual(terminal.process.wait(harness.PATIENCE), -sent)
                if sent != signal.SIGKILL:
                    self.assertFalse(terminal.echo_is_off(), "the terminal is as it was")
                self.assertEqual(self.records()[-1]["kind"], left)
        (self.work.root / "go").touch()
        with self.walk(page) as terminal:
            terminal.expect(r"^Step 1 was done earlier")
            terminal.expect(RUN)
            terminal.type("\n")
            terminal.expect(r"^7\nAs expected\.\n")
            terminal.wait().expect(0)

    def test_ctrl_c_ends_the_command_alone(self):
        with self.walk(self.page(self.step("echo on; sleep 1000"))) as terminal:
            terminal.expect(RUN)
            terminal.type("\n")
            terminal.expect(r"^on\n")
            terminal.type("\x03")
            self.assertIn("exit status 130", terminal.expect(FAULT)[0])
            terminal.type("q\n")
            terminal.wait().expect(1)

    def test_what_is_typed_is_on_no_record(self):
        """Nor is a PIN that was typed before its prompt, which the terminal showed."""
        page = self.page(self.step("read -rp 'Name: ' NAME; echo; sleep 0.01; stty -echo; read -rp 'PIN: ' _; stty echo; echo; echo \"got $NAME\"", "\n```text\ngot Annabel\n```\n"))
        with self.walk(page) as terminal:
            terminal.expect(RUN)
            terminal.type("\n")
            terminal.expect(r"^Name: \Z")
            terminal.type("Annabel\n314159\n")
            terminal.wait().expect(0)
        kept = self.transcripts()[0].read_text()
        self.assertIn("got (typed)", kept)
        for word in ("314159", "Annabel"):
            self.assertNotIn(word, kept)

    def test_programs_have_a_terminal_of_the_person_s_size(self):
        with self.walk(self.page(self.step("[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && stty size </dev/tty")), columns=97) as terminal:
            terminal.expect(RUN)
            terminal.type("\n")
            terminal.expect(r"^24 97\nAs expected\.\n")
            terminal.wait().expect(0)

    def test_typed_ahead_is_no_answer(self):
        page = self.page("# x\n\n```sh laptop\n$ echo one; read -rp '? ' X\n```\n\n```sh laptop\n$ echo two\n```\n")
        with self.walk(page) as terminal:
            terminal.expect(RUN)
            terminal.type("\n")
            terminal.expect(r"^\? \Z")
            terminal.type("x\nq\nrm -r /nonexistent\nq")
            terminal.expect(RUN)
            terminal.type("\n")
            terminal.expect(r"^two\nAs expected\.\n")
            terminal.wait().expect(0)

    def test_another_place(self):
        page = self.page(self.step("pwd; HERE=1", "\n```text\n/…\n```\n\n```sh web1\n$ echo $HERE\n```\n\n```text\n1\n```\n", "web1"))
        with self.walk(page, "--at", "web1=env -C / sh -c") as terminal:
            terminal.expect(RUN)
            terminal.type("\n")
            terminal.expect(r"^/\n")
            terminal.expect(RUN)
            terminal.type("\n")
            terminal.wait().expect(0)
        with self.walk(page, "--new") as terminal:
            terminal.expect(r"How do you get a shell on web1\?(.|\n)*yourself\) \Z")
            terminal.type("\n")
            terminal.expect(r"^You should see there:\n  /…\n")
            terminal.expect(r"^Type it there\. As expected\? .*\] \Z")
            terminal.type("\n")
            terminal.expect(r"^Type it there\. As expected\? .*\] \Z")
            terminal.type("\n")
            terminal.wait().expect(0, out="2 of 2 as expected (2 by hand)")
        self.halligan("check", page, "--ran", self.transcripts()[-1]).expect(1, out="step 1 was not run")
        with self.walk(page, "--new", "--at", "web1=false") as terminal:
            terminal.expect(RUN)
            terminal.type("\n")
            self.assertIn("the shell has ended", terminal.expect(FAULT)[0])
            terminal.type("q\n")
            terminal.wait().expect(1)

    def test_without_a_terminal(self):
        self.halligan("run", self.page(PAGE)).expect(5, err="no terminal to ask at")
        self.assertEqual(self.transcripts(), [])

    def test_usage(self):
        for arguments, status, says in [(["--at", "web1"], 2, "expected PLACE=COMMAND"), (["--from", "0"], 2, "expected a number")]:
            self.halligan("run", *arguments, self.page(PAGE)).expect(status, err=says)
        with self.walk(self.page(PAGE), "--at", "web2=sh -c") as terminal:
            terminal.wait().expect(2, out="no step is at web2")
        with self.walk(self.page(PAGE), "--from", "3") as terminal:
            terminal.wait().expect(2, out="has 2 steps")

    def test_names_and_how_they_begin(self):
        self.page(PAGE)
        self.page(PAGE, "smart")
        self.page("# About\n", "README")
        self.work.path("pages").rename(self.work.path("runbooks"))
        self.halligan("list").expect(0, out="small                2 steps  Small\nsmart                2 steps  Small\n")
        self.halligan("show", "smal").expect(0, out='$ echo "hello $WHO"')
        self.halligan("show", "sma").expect(4, err='several runbooks begin with "sma"\n  choose one of small, smart\n')
        self.halligan("show", "large").expect(4, err='no runbook "large"')
        self.work.path("runbooks").rename(self.work.path("pages"))
        self.halligan("list").expect(4, err="no runbooks")

    def test_a_runbook_that_another_may_change_is_not_run(self):
        page = self.page(PAGE)
        page.chmod(0o666)
        self.halligan("run", page).expect(3, err="writable by others")
        page.chmod(0o644)
        page.parent.chmod(0o777)
        self.halligan("run", page).expect(3, err="another user may change")
        page.parent.chmod(0o755)
        if os.geteuid() == 0:
            os.chown(page, 1234, 1234)
            self.halligan("run", page).expect(3, err="belongs to another user")

    def test_a_transcript_that_was_changed_is_not_gone_on_with(self):
        page = self.page(PAGE)
        with self.walk(page) as terminal:
            terminal.expect(r"\]: \Z")
            terminal.type("\n")
            terminal.expect(RUN)
            terminal.type("\n")
            terminal.expect(RUN)
            terminal.type("q\n")
            terminal.wait()
        file = self.transcripts()[0]
        text = file.read_text()
        file.write_text(text.replace('"as_expected":true', '"as_expected":null', 1))
        self.halligan("check", file).expect(3, err="something was changed")
        with self.walk(page) as terminal:
            terminal.wait().expect(3, out="begin a new walk with --new")
        file.write_text(text)
        file.chmod(0o666)
        with self.walk(page) as terminal:
            terminal.wait().expect(3, out="writable by others")
        file.chmod(0o600)
        self.page(PAGE + "\nMore.\n")
        with self.walk(page) as terminal:
            terminal.expect(r"^The runbook was changed since")
            terminal.expect(r"\]: \Z")

    def test_check(self):
        env = self.with_halligan()
        for commands, says in [("echo 'x", ":4: bash: line"), ("no-such-program x", "this computer has no program no-such-program"),
                               ("true | no-such | cat", "no program no-such\n"), ("x=1 no-such", "no program no-such\n"),
                               ("echo $NAME", "no step before it sets NAME"), ("echo \"${NAME}\"", "sets NAME"),
                               ("read -rsp 'PIN: ' PIN", "typed unseen would be kept"), ("NAME='a b'", "no comment saying what it is"),
                               ("halligan mnt --yes", "mnt"), ("halligan ledger lst \"$HOME\"", "lst"), ("true && halligan kit prnt x", "prnt")]:
            with self.subTest(commands):
                self.halligan("check", self.page(self.step(commands)), env=env).expect(1, out=says)
        for commands in ["NAME=1 # x\n$ echo \"$NAME\" '$OTHER' \\$OTHER2", "read -rp '? ' NAME\n$ cat <<<$NAME >/dev/null # $OTHER",
                         "halligan ledger list --json 4711 | cat\n$ halligan inspect cert.pub", "NAME=$(date)\n$ echo $NAME", "X=1 true",
                         "for each in a b; do echo $each; done", "if true; then echo x; else echo y; fi", "[ -e x ] && ! grep -q 'no-such|x' y || true"]:
            with self.subTest(commands):
                self.halligan("check", self.page(self.step(commands)), env=env).expect(0, out="well-formed\n")
        self.halligan("check", self.page(self.step("no-such", place="web1"))).expect(0)
        self.halligan("check", self.page("# x\n")).expect(3, err="small.md: no step")

    def with_halligan(self) -> dict[str, str]:
        self.work.path("bin").mkdir()
        (self.work.path("bin") / "halligan").symlink_to(paths.HALLIGAN)
        return {"PATH": f"{self.work.path('bin')}:{self.work.env['PATH']}"}

    def test_the_project_s_own_runbooks_are_well_formed(self):
        env = self.with_halligan()
        pages = [page for page in (paths.SOURCE / "runbooks").glob("*.md") if page.stem != "README"]
        self.assertGreater(len(pages), 5)
        for page in pages:
            text = page.read_bytes()
            copy = self.page(text.decode(), page.stem)
            self.work.run(paths.HALLIGAN, "runbook", "check", copy, env=env).expect(0, out="well-formed\n")
            shown = self.work.run(paths.HALLIGAN, "runbook", "show", copy).expect(0).out
            fenced = {line.strip() for line in text.decode().splitlines()}
            self.assertEqual([line for line in shown.splitlines() if len(line) > 80 and line.strip() not in fenced], [])


if __name__ == "__main__":
    harness.main()
