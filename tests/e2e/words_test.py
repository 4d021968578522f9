"""The provider's words reach somebody, also where stderr is caught; and a PIN that cannot be right is not sent."""

import os
import pathlib
import signal

import harness
from harness import paths

PIN = "p\u00e4sswort"


class Words(harness.Case):
    def make(self, token, *options: str, name: str = "key") -> pathlib.Path:
        flags = [argument for option in options for argument in ("-O", option)]
        self.work.run("ssh-keygen", "-q", "-t", "ed25519-sk", *flags, "-N", "", "-f", name,
                      env={**token.env, **self.work.askpass(PIN).env}).expect()
        return self.work.path(name)

    def agent_with(self, token, key, env=None, **options):
        agent = self.agent(env={**token.env, **(env or {})}, **options)
        self.work.run("ssh-add", "-q", key, env=agent.env).expect()
        return agent

    def sign(self, agent, key) -> harness.Completed:
        return self.work.run("ssh-keygen", "-q", "-Y", "sign", "-f", f"{key}.pub", "-n", "file", self.work.write("data", "x\n"), env=agent.env)

    def test_git_at_a_terminal(self):
        token = self.softkey()
        key = self.make(token)
        token.replug(touch="never")
        self.work.write(".gitconfig", f"[user]\nname = a\nemail = a@b\nsigningkey = {key}\n[gpg]\nformat = ssh\n")
        env = {**token.env, "GIT_CONFIG_GLOBAL": str(self.work.path(".gitconfig")), "SSH_SK_PROVIDER": str(paths.PROVIDER)}
        self.work.run("git", "init", "-q", "repository", env=env).expect()
        self.work.write("repository/file", "x\n")
        self.work.run("git", "-C", "repository", "add", "file", env=env).expect()
        with self.work.terminal("git", "-C", "repository", "commit", "-q", "-S", "-m", "one", env=env) as terminal:
            terminal.expect(r"Touch the token at \S+ to sign for ssh: \(\d+ s\)")
            os.kill(token.daemon.process.pid, signal.SIGUSR1)
            done = terminal.wait().expect(0)
        self.assertNotIn("halligan: touch", done.out)
        self.assertTrue(done.out.rstrip("\n").endswith("\x1b[K"), done.out)  # what was drawn is gone

    def test_nobody_can_be_asked_for_the_pin(self):
        token = self.softkey(pin=PIN)
        key = self.make(token, "verify-required")
        program = self.work.askpass(PIN).env["SSH_ASKPASS"]
        nothing = {"SSH_ASKPASS": "", "DISPLAY": "", "WAYLAND_DISPLAY": "", "SSH_ASKPASS_REQUIRE": ""}
        in_path = {"PATH": f"{pathlib.Path(program).parent}:{os.environ['PATH']}"}
        # an agent asks by askpass alone, and by that only with a display or where it is forced
        rows = [({}, False), ({"SSH_ASKPASS": program}, False), ({"DISPLAY": ":0"}, False),
                ({"SSH_ASKPASS": program, "SSH_ASKPASS_REQUIRE": "never", "DISPLAY": ":0"}, False),
                ({"SSH_ASKPASS": "/nowhere", "DISPLAY": ":0"}, False), ({"SSH_ASKPASS": "no-such-program", "DISPLAY": ":0"}, False),
                ({"SSH_ASKPASS": program, "DISPLAY": ":0"}, True), ({"SSH_ASKPASS": program, "SSH_ASKPASS_REQUIRE": "force"}, True),
                ({"SSH_ASKPASS": pathlib.Path(program).name, "DISPLAY": ":0", **in_path}, True)]
        for number, (env, asks) in enumerate(rows):
            with self.subTest(env):
                agent = self.agent_with(token, key, {**nothing, **env}, name=f"agent{number}")
                done = self.sign(agent, key)
                self.assertEqual(done.status == 0, asks, done.report())
                agent.daemon.stop()
                self.assertEqual("nobody can be asked for it: set SSH_ASKPASS" in agent.daemon.text(), not asks)
                self.assertEqual("requires the PIN" in agent.daemon.text(), not asks)

    def test_wayland_alone_is_asked_at_by_newer_releases_only(self):
        token = self.softkey(pin=PIN)
        key = self.make(token, "verify-required")
        program = self.work.askpass(PIN).env["SSH_ASKPASS"]
        agent = self.agent_with(token, key, {"SSH_ASKPASS": program, "DISPLAY": "", "WAYLAND_DISPLAY": "w", "SSH_ASKPASS_REQUIRE": ""})
        self.sign(agent, key)
        agent.daemon.stop()
        self.assertIn("with WAYLAND_DISPLAY alone, only OpenSSH 10.0 and later ask for it: set SSH_ASKPASS_REQUIRE=force", agent.daemon.text())

    def test_a_pin_at_standard_input(self):
        token = self.softkey(pin=PIN)
        key = self.make(token, "verify-required")
        env = {**token.env, "DISPLAY": "", "WAYLAND_DISPLAY": "", "SSH_ASKPASS_REQUIRE": "never"}
        data = self.work.write("data", "x\n")
        for source, signs in ((f"printf '{PIN}\\n' |", True), ("</dev/null", False)):
            with self.subTest(source):
                done = self.work.run("sh", "-c", f"{source} ssh-keygen -q -Y sign -f {key} -n file {data}", env=env)
                self.assertEqual(done.status == 0, signs, done.report())
                self.assertEqual("nobody can be asked" in done.err, not signs, done.err)
                data.with_name("data.sig").unlink(missing_ok=True)

    def tries(self, token) -> int:
        shown = self.work.run("fido2-token", "-I", token.path).expect().out
        return int(shown.split("pin retries: ")[1].split()[0])

    def test_a_pin_is_sent_as_tokens_have_it_or_not_at_all(self):
        token = self.softkey(pin=PIN)
        enroll = ("ssh-keygen", "-q", "-t", "ed25519-sk", "-O", "resident", "-N", "")
        for typed, works in ((PIN.encode("latin-1"), False), (b"\xff\xfe12345", False), ("pa\u0308sswort".encode(), True),
                             (PIN.encode(), True)):
            with self.subTest(typed):
                answer = self.work.write("answer", "")
                answer.write_bytes(typed + b"\n")
                program = self.work.write("ask", f"#!/bin/sh\ncat {answer}\n", mode=0o700)
                env = {**token.env, "SSH_ASKPASS": str(program), "SSH_ASKPASS_REQUIRE": "force"}
                name = f"key{typed.hex()}"
                done = self.work.run(*enroll, "-O", f"application=ssh:{typed.hex()[:8]}", "-f", name, env=env)
                listed = self.work.run(paths.HALLIGAN, "token", "keys", "list", env=env)
                self.assertEqual((done.status == 0, listed.status == 0), (works, works), done.report() + listed.report())
                self.assertEqual(self.tries(token), 8)
                if not works:
                    self.assertIn("the PIN is not UTF-8 text", done.err)
                    self.assertIn("the PIN is not UTF-8 text", listed.err)

    def test_what_cannot_be_asked_of_a_token_is_said_in_words(self):
        token = self.softkey(pin=PIN)
        env = {**token.env, **self.work.askpass(PIN).env}
        rows = [("application=ssh:\udcff", "the application is not UTF-8 text"), ("user=j\udcf6rg", "the user is not UTF-8 text"),
                ("application=ssh:" + "x" * 3000, "the application has 3004 bytes"), ("application=ssh:" + "x" * 9000, "at most 1024")]
        for option, words in rows:
            with self.subTest(words):
                done = self.work.run("ssh-keygen", "-q", "-t", "ed25519-sk", "-O", "resident", "-O", option, "-N", "", "-f", "none", env=env)
                done.expect_failure(words)
                self.assertNotIn("FIDO_ERR", done.err)
        self.assertFalse(self.work.path("none").exists())


if __name__ == "__main__":
    harness.main()
