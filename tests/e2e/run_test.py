"""halligan mint --run: any program that uses an ssh-agent gets one of its own, which holds the certificate while it runs."""

import os
import shlex

import harness
from harness import paths
from harness.work import USER, need

PIN = "271828"


class Run(harness.Case):
    def setUp(self):
        super().setUp()
        self.token = self.softkey("token", pin=PIN)
        self.folder = self.work.path("run")
        for folder in (self.work.path("ca"), self.folder):
            folder.mkdir(mode=0o700)
        self.env = {**self.token.env, **self.work.askpass(PIN).env, "XDG_RUNTIME_DIR": str(self.folder)}
        self.work.run(need(paths.HALLIGAN), "ca", "init", "-d", "ca", env=self.env).expect()
        self.web1 = self.sshd(f"TrustedUserCAKeys {self.work.root}/ca/ca.pub\nSubsystem sftp internal-sftp", name="web1")
        self.config = self.web1.ssh_config("  IdentitiesOnly no\n  IdentityAgent SSH_AUTH_SOCK\n")

    def argv(self, *command) -> list:
        return [need(paths.HALLIGAN), "mint", "--yes", "--ca", "ca/ca", "-I", "jo: 4711", "-n", USER, "--run", "--", *command]

    def mint(self, *command, env=None) -> harness.Completed:
        done = self.work.run(*self.argv(*command), env={**self.env, **(env or {})})
        self.assertEqual(os.listdir(self.folder), [], "nothing is left")
        return done

    def test_programs_that_speak_ssh(self):
        remote, local = self.work.path("remote"), self.work.write("local", "through\n")
        remote.mkdir()
        ssh = f"ssh -F {self.config}"
        batch = self.work.write("batch", f"put {local} {remote}/sftp\n")
        self.work.run("git", "init", "-q", "--bare", remote / "repository").expect()
        rows = [["scp", "-F", self.config, local, f"host:{remote}/scp"],
                ["sftp", "-F", self.config, "-b", batch, "host"],
                ["rsync", "-e", ssh, local, f"host:{remote}/rsync"],
                ["ssh", "-F", self.config, "host", f"cp {local} {remote}/ssh"],
                ["env", f"GIT_SSH_COMMAND={ssh}", "git", "clone", "-q", f"host:{remote}/repository", self.work.path("clone")]]
        for command in rows:
            with self.subTest(command[0]):
                self.mint(*command).expect(0)
        for name in ("scp", "sftp", "rsync", "ssh"):
            self.assertEqual((remote / name).read_text(), "through\n")
        self.assertTrue((self.work.path("clone") / ".git").is_dir())
        self.assertEqual(len([each for each in self.token.records() if each["ctap"] == "getAssertion" and each["up"] == "1"]), len(rows))

    def test_its_standard_streams_and_status_are_its_own(self):
        done = self.mint("sh", "-c", "cat; echo talk >&2; exit 7").expect(7, out="")
        self.assertTrue(done.err.endswith("talk\n"))
        self.mint("sh", "-c", "kill -TERM $$").expect(128 + 15)

    def test_the_agent_holds_one_certificate_and_no_agent_of_the_user_s_is_named(self):
        everyday = self.agent(name="everyday")
        done = self.mint("sh", "-c", "ssh-add -l; echo pid:$SSH_AGENT_PID.; echo $SSH_AUTH_SOCK",
                         env={**everyday.env, "SSH_AGENT_PID": str(everyday.daemon.process.pid)}).expect(0)
        keys = [line for line in done.out.splitlines() if "SHA256" in line]
        self.assertEqual([line.split()[-1] for line in keys if "CERT" in line], ["(ED25519-CERT)"])
        self.assertIn("pid:.\n", done.out)
        self.assertNotIn(str(everyday.socket), done.out)
        self.assertEqual(everyday.list(self.work), "")

    def test_what_cannot_run_costs_no_touch(self):
        asked = len(self.token.records())
        rows = [([], 2, "--run: no command"), (["no-such-program"], 4, "cannot run no-such-program"),
                (["./local"], 4, "cannot run ./local")]
        for command, status, message in rows:
            with self.subTest(message):
                self.mint(*command).expect(status, err=message)
        self.assertEqual(len(self.token.records()), asked)
        for flag in (["--ssh", "web1"], ["--agent"], ["-o", "x"], ["--json"]):
            with self.subTest(flag):
                argv = self.argv("true")
                self.work.run(*argv[:-3], *flag, *argv[-3:], env=self.env).expect(2)

    def test_ctrl_c_is_for_the_program(self):
        script = f"trap 'exit 9' INT; echo there; while :; do sleep 0.05; done"
        with self.work.terminal(*self.argv("sh", "-c", script), env=self.env) as terminal:
            terminal.expect("^there")
            terminal.type("\x03")
            done = terminal.wait()
        self.assertEqual(done.status, 9)
        self.assertEqual(os.listdir(self.folder), [])

    def test_words_reach_it_as_they_are(self):
        words = ["a b", "", "$HOME", "--run", "*"]
        done = self.mint("printf", "<%s>", *words).expect(0)
        self.assertEqual(done.out, "".join(f"<{word}>" for word in words))
        self.assertEqual(shlex.split(shlex.join(words)), words)


if __name__ == "__main__":
    harness.main()
