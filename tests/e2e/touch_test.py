"""A touch that is awaited is seen, and can be given up: the token then stops blinking, and the next command works."""

import os
import pathlib
import re
import signal

import harness
from harness import paths

PIN = "112358"
SIGN = ("ssh-keygen", "-Y", "sign", "-n", "file", "-f")


class TouchCase(harness.Case):
    def make(self, token, *options: str, name: str = "key") -> pathlib.Path:
        flags = [argument for option in options for argument in ("-O", option)]
        self.work.run("ssh-keygen", "-q", "-t", "ecdsa-sk", "-N", "", "-f", name, *flags,
                      env={**token.env, **self.work.askpass(PIN).env}).expect()
        return self.work.path(name)

    def waiting(self, touch: str = "ask", **options):
        """A token that waits to be touched, and a key of it."""
        token = self.softkey(**options)
        key = self.make(token)
        token.replug(touch=touch)
        return token, key, self.work.write("data", "x\n")


class Seen(TouchCase):
    def test_one_line_on_the_terminal_counts_down_and_goes_away(self):
        token, key, data = self.waiting()
        with self.work.terminal(*SIGN, key, data, env=token.env) as terminal:
            token.wait_for_touch()
            first = terminal.expect(r"\r\x1b\[KTouch the token at .*\((\d+) s\)")[1]
            terminal.expect(rf"\r\x1b\[KTouch the token at .*\({int(first) - 1} s\)")
            token.press()
            done = terminal.wait()
        done.expect()
        drawn = re.search(r"Confirm user presence for key [^\n]*\n(.*)Write signature", done.out, re.S)[1]
        *lines, rest = drawn.removeprefix("\r\x1b[K").split("\r\x1b[K")
        self.assertEqual(rest, "", "something was left on the line")
        self.assertGreaterEqual(len(lines), 2)
        for line in lines:
            self.assertRegex(line, r"^Touch the token at [^\n]* to sign for ssh: \(\d+ s\) $")
            self.assertLess(len(line), 80)

    def test_it_says_what_the_touch_is_for(self):
        for options, words in ((("application=ssh:x",), "to make a key for ssh:x"),
                               (("resident", "application=ssh:y"), "to make the resident key ssh:y"),
                               (("application=ssh:\x1b[31m",), "to make a key for ssh:\\x1b[31m")):
            with self.subTest(words):
                token = self.softkey(words[-1], touch="ask")
                flags = [argument for option in options for argument in ("-O", option)]
                with self.work.terminal("ssh-keygen", "-t", "ecdsa-sk", "-N", "", "-f", f"key-{words[-1]}", *flags,
                                        columns=200, env=token.env) as terminal:
                    token.wait_for_touch()
                    # A wide terminal does not make it longer than 80 columns.
                    line = terminal.expect(r"Touch the token at [^\r]*\(\d+ s\)")[0]
                    self.assertLess(len(line), 80)
                    self.assertTrue(words in line or "..." in line, line)
                    token.press()
                    self.assertNotIn("\x1b[31m", terminal.wait().expect().out)

    def test_a_narrow_terminal_gets_a_line_that_fits(self):
        token, key, data = self.waiting()
        with self.work.terminal(*SIGN, key, data, env=token.env, columns=40) as terminal:
            token.wait_for_touch()
            self.assertEqual(len(terminal.expect(r"Touch the [^\r]*\(\d+ s\) ")[0]), 39)
            token.press()
            terminal.wait().expect()

    def test_without_a_terminal_one_line_after_a_second(self):
        token, key, data = self.waiting(touch="auto")
        at_once = self.work.run(*SIGN, key, stdin=b"x\n", env=token.env).expect()
        self.assertNotIn("halligan", at_once.err)
        token.replug(touch="1400")
        later = self.work.run(*SIGN, key, stdin=b"x\n", env=token.env).expect()
        self.assertEqual(later.err.count("halligan: touch the token at"), 1, later.err)
        self.assertIn("to sign for ssh:", later.err)
        self.assertNotIn("\r", later.err)


class GivenUp(TouchCase):
    def cancelled(self, token) -> bool:
        return any("KEEPALIVE_CANCEL" in record["status"] for record in token.records())

    def next_command_works(self, token, key):
        with self.work.terminal(*SIGN, key, self.work.write("next", "y\n"), env=token.env) as terminal:
            token.wait_for_touch()
            token.press()
            done = terminal.wait(10).expect()
        self.assertLess(done.seconds, 3)

    def test_control_c_in_ssh_keygen(self):
        token, key, data = self.waiting()
        with self.work.terminal(*SIGN, key, data, env=token.env) as terminal:
            token.wait_for_touch()
            terminal.expect(r"Touch the token at .*\(\d+ s\)")
            terminal.type("\x03")
            done = terminal.wait(10)
        self.assertEqual(done.status, -signal.SIGINT)
        self.assertNotIn("cancelled", done.out)
        harness.until(lambda: self.cancelled(token), "the token's CANCEL")
        self.next_command_works(token, key)

    def test_control_c_in_ssh(self):
        token, key, _ = self.waiting()
        sshd = self.sshd()
        sshd.authorize(harness.public_part(key))
        config = sshd.ssh_config(f"  SecurityKeyProvider {paths.PROVIDER}\n  IdentityFile {key}")
        with self.work.terminal("ssh", "-F", config, "host", "true", env=token.env) as terminal:
            token.wait_for_touch()
            terminal.expect(r"Touch the token at .*\(\d+ s\)")
            terminal.type("\x03")
            done = terminal.wait(10)
        self.assertEqual(done.status, -signal.SIGINT)
        harness.until(lambda: self.cancelled(token), "the token's CANCEL")
        self.next_command_works(token, key)

    def test_control_c_while_a_token_is_chosen(self):
        left, right = self.softkey("left", touch="ask"), self.softkey("right", touch="ask")
        env = {"HALLIGAN_DEVICE": f"{left.path}:{right.path}"}
        with self.work.terminal("ssh-keygen", "-t", "ecdsa-sk", "-N", "", "-f", "key", env=env) as terminal:
            left.wait_for_touch()
            right.wait_for_touch()
            terminal.type("\x03")
            self.assertEqual(terminal.wait(10).status, -signal.SIGINT)
        for token in (left, right):
            harness.until(lambda: self.cancelled(token), f"the CANCEL of {token.name}")

    def test_a_program_that_is_killed_takes_the_wait_with_it(self):
        token, key, data = self.waiting()
        with self.work.terminal(*SIGN, key, data, env=token.env) as terminal:
            token.wait_for_touch()
            os.kill(terminal.process.pid, signal.SIGKILL)
            harness.until(lambda: self.cancelled(token), "the token's CANCEL")
        self.next_command_works(token, key)

    def test_a_signal_that_is_ignored_stays_ignored(self):
        token, key, data = self.waiting()
        with self.work.terminal(*SIGN, key, data, env=token.env,
                                preexec=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)) as terminal:
            token.wait_for_touch()
            terminal.type("\x03")
            terminal.expect(r"\^C")  # the terminal has seen it, and sent its signal
            token.press()
            terminal.wait().expect()
        self.assertFalse(self.cancelled(token))


class Grace(TouchCase):
    def test_a_token_that_comes_is_waited_for(self):
        token, key, data = self.waiting(touch="auto")
        token.stop()
        for argv in ((*SIGN, key, data), ("ssh-keygen", "-t", "ecdsa-sk", "-N", "", "-f", "other")):
            with self.subTest(argv[1]):
                with self.work.terminal(*argv, env=token.env) as terminal:
                    terminal.expect(r"Insert your token: no token at .*\(\d+ s\)")
                    token.start()
                    done = terminal.wait(10).expect()
                self.assertLess(done.seconds, 10)
                token.stop()

    def test_a_halligan_command_waits_as_well(self):
        token = self.softkey(pin=PIN)
        self.make(token, "resident", "application=ssh:emergency-ca")
        token.stop()
        self.work.path("ca").mkdir(mode=0o700)
        with self.work.terminal(paths.HALLIGAN, "ca", "export", "-d", "ca", env=token.env) as terminal:
            terminal.expect(r"Insert your token: no token at .*\(\d+ s\)")
            token.start()
            terminal.expect("PIN of the token: ")
            terminal.type(PIN + "\n")
            terminal.wait(10).expect()

    def test_a_link_whose_target_comes_later(self):
        """Nothing changes in the folder that is watched: udev makes the link, and the node is elsewhere."""
        token, key, data = self.waiting(touch="auto")
        token.stop()
        link = self.work.path("links") / "blue"
        link.parent.mkdir()
        link.symlink_to(token.path)
        with self.work.terminal(*SIGN, key, data, env={"HALLIGAN_DEVICE": str(link)}) as terminal:
            terminal.expect("Insert your token")
            token.start()
            terminal.wait(10).expect()

    def test_a_terminal_that_takes_no_control_sequences(self):
        token, key, data = self.waiting()
        token.stop()
        for term in ("dumb", None):
            env = {**token.env, **({"TERM": term} if term else {})}
            argv = (*SIGN, key, data) if term else ("env", "-u", "TERM", *SIGN, key, data)
            with self.subTest(term), self.work.terminal(*argv, env=env) as terminal:
                terminal.expect(r"insert your token: no token at \S+ \(\d+ s\)")
                token.start()
                terminal.expect(r"touch the token at \S+ within \d+ s to sign for ssh:")
                token.wait_for_touch()
                token.press()
                done = terminal.wait(10).expect()
                self.assertNotIn("\x1b", done.out)
                self.assertNotIn("\r\r", done.out)
            token.stop()
            data.with_name("data.sig").unlink()

    def test_where_the_folder_of_the_device_is_not_there_yet(self):
        token, key, data = self.waiting(touch="auto")
        token.stop()
        token.path = self.work.path("made-later") / "token"
        with self.work.terminal(*SIGN, key, data, env=token.env) as terminal:
            terminal.expect("Insert your token")
            token.path.parent.mkdir()
            token.start()
            terminal.wait(10).expect()

    def test_control_c_ends_it(self):
        token, key, data = self.waiting(touch="auto")
        token.stop()
        with self.work.terminal(*SIGN, key, data, env=token.env) as terminal:
            terminal.expect("Insert your token")
            terminal.type("\x03")
            done = terminal.wait(5)
        self.assertEqual(done.status, -signal.SIGINT)
        self.assertNotIn("halligan: ", done.out)

    def test_it_ends_and_says_what_was_missing(self):
        token, key, data = self.waiting(touch="auto")
        token.stop()
        with self.work.terminal(*SIGN, key, data, env={**token.env, "HALLIGAN_GRACE": "1"}) as terminal:
            done = terminal.wait(10)
        self.assertNotEqual(done.status, 0)
        self.assertIn("\r\x1b[Khalligan: no token at", done.out)
        self.assertGreater(done.seconds, 1)
        with self.work.terminal(*SIGN, key, data, env={**token.env, "HALLIGAN_GRACE": "0"}) as terminal:
            done = terminal.wait(10)
        self.assertNotIn("Insert", done.out)
        self.assertLess(done.seconds, 10)

    def test_without_a_terminal_it_fails_at_once(self):
        token, key, _ = self.waiting(touch="auto")
        token.stop()
        done = self.work.run(*SIGN, key, stdin=b"x\n", env=token.env).expect_failure("no token at")
        self.assertLess(done.seconds, 10)
        self.assertNotIn("Insert", done.err)


if __name__ == "__main__":
    harness.main()
