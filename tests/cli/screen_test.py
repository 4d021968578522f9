"""What a screen adds: colour where it is seen as such, and a pager for what is longer; nothing of it in files and pipes."""

import harness
from harness import paths
from harness.work import need
from world import key_pair

ALARM, PLAIN = "\x1b[31m", "\x1b[0m"


class Screen(harness.Case):
    def setUp(self):
        super().setUp()
        ca, key = key_pair(self.work, "ca"), key_pair(self.work, "user")
        self.work.run("ssh-keygen", "-q", "-s", ca, "-I", "over", "-n", "root", "-V", "20200101:20200102", f"{key}.pub").expect()
        self.file = self.work.path("user-cert.pub")

    def shown(self, *arguments, env=None) -> harness.Completed:
        with self.work.terminal(need(paths.HALLIGAN), "inspect", *arguments, self.file, env={"PAGER": "cat", **(env or {})}) as terminal:
            return terminal.wait()

    def test_what_is_over_is_red_where_red_is_seen(self):
        self.assertRegex(self.shown().expect().out, r"State       \x1b\[31mexpired \d+ days ago\x1b\[0m")
        for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            with self.subTest(env):
                self.assertNotIn("\x1b", self.shown(env=env).expect(out="expired").out)
        self.assertIn(ALARM, self.shown(env={"NO_COLOR": ""}).expect().out)
        for done in (self.work.run(paths.HALLIGAN, "inspect", self.file, env={"TERM": "xterm"}), self.shown("--json")):
            self.assertNotIn("\x1b", done.expect().out)

    def test_a_stranger_s_sequences_stay_escaped(self):
        evil = f"red {ALARM}VALID{PLAIN}"
        self.work.run("ssh-keygen", "-q", "-s", "ca", "-I", evil, "-n", "root", f"{self.work.root}/user.pub").expect()
        text = self.shown().expect().out
        self.assertIn("Key ID      red \\x1b[31mVALID\\x1b[0m", text)

    def test_long_output_goes_through_the_pager(self):
        pager = self.work.write("pager", "#!/bin/sh\ntr a-z A-Z; exit 3\n", mode=0o700)
        done = self.shown(env={"PAGER": str(pager)}).expect(0)  # the status is the command's
        self.assertIn("KEY ID      OVER", done.out)
        for arguments, env in ((["--no-pager"], {"PAGER": str(pager)}), (["--json"], {"PAGER": str(pager)}), ([], {"PAGER": ""}),
                               ([], {"PAGER": str(pager), "TERM": "dumb"})):
            with self.subTest(arguments=arguments, env=env):
                self.assertNotIn("KEY", self.shown(*arguments, env=env).expect().out)
        piped = self.work.run(paths.HALLIGAN, "inspect", self.file, env={"PAGER": str(pager)})
        self.assertNotIn("KEY", piped.expect().out)

    def test_errors_belong_to_what_is_paged_and_the_status_is_kept(self):
        pager = self.work.write("pager", "#!/bin/sh\nsed 's/^/> /'\n", mode=0o700)
        done = self.shown(self.work.path("missing"), env={"PAGER": str(pager)}).expect(4)
        self.assertRegex(done.out, r"> halligan: .*missing(?s:.)*> File ")

    def test_who_quits_the_pager_has_seen_enough(self):
        many = self.work.write("many", self.file.read_text() * 3000)
        self.file = many
        pager = self.work.write("pager", "#!/bin/sh\nhead -n 3 >/dev/null; exec <&-; echo quit\n", mode=0o700)
        done = self.shown(env={"PAGER": str(pager)}).expect(0)
        self.assertEqual(done.out.strip(), "quit")

    def test_without_less_nothing_changes(self):
        folder = self.work.path("bin")
        folder.mkdir()
        with self.work.terminal(paths.HALLIGAN, "inspect", self.file, env={"PATH": str(folder)}) as terminal:
            terminal.wait().expect(out="Key ID      over")

    def test_less_as_git_uses_it(self):
        folder = self.work.path("bin")
        folder.mkdir()
        self.work.write("bin/less", "#!/bin/sh\n/bin/cat; echo \"LESS=$LESS\"\n", mode=0o700)
        for env, options in (({}, "LESS=FRX"), ({"LESS": "S"}, "LESS=S")):
            with self.work.terminal(paths.HALLIGAN, "inspect", self.file, env={"PATH": f"{folder}:/usr/bin:/bin", **env}) as terminal:
                terminal.wait().expect(out=options)


if __name__ == "__main__":
    harness.main()
