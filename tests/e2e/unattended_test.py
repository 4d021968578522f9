"""halligan unlock, lock, checkpin and run: a resident key in a stock ssh-agent, its PIN, and logins with nobody there."""

import json
import os
import re
import time

import harness
from harness import SOON, paths
from harness.memory import holders, writable
from harness.process import until
from unattended_world import BLOCKED, LOCKED, NO_TOKEN, PIN, REPLUG, UNLOCKED, World


class Story(World):
    def test_locked_unlocked_pulled_back_and_locked_again(self):
        lines = [self.backup(), self.backup("ecdsa-sk", "second")]
        sshd = self.sshd_for(*(f"restrict,no-touch-required {line}" for line in lines))
        self.token.replug(touch="never")
        # Locked: at once, with a message of its own, and ssh is not started.
        done = self.halligan("run", "--", *self.job(sshd)).expect(LOCKED, out="", err="holds no unlocked key")
        self.assertIn("did not run ssh", done.err)
        self.assertLess(done.seconds, SOON)
        self.halligan("run", "--skip", "--", *self.job(sshd)).expect(0, out="", err="skipped ssh")
        self.assertEqual(self.check(LOCKED)["pin_tries_left"], 8)

        shown = json.loads(self.unlock("--json").expect().out)
        self.assertEqual({key["application"] for key in shown["keys"]}, {"ssh:backup", "ssh:second"})
        self.assertEqual(self.tries(), 8)
        checked = self.check(UNLOCKED)
        counters = [key["counter"] for key in checked["keys"]]
        self.assertEqual(sorted(counters), list(range(min(counters), max(counters) + 1)), "one signature for each key")
        self.assertGreater(min(counters), max(key["counter"] for key in shown["keys"]))
        self.halligan("run", "--", *self.job(sshd)).expect(0, out="logged in")
        self.halligan("run", "--key", "second", "--", *self.job(sshd, "exit 7")).expect(7)

        self.token.stop()
        self.check(NO_TOKEN)
        done = self.halligan("run", "--", *self.job(sshd)).expect(NO_TOKEN, out="", err="did not run ssh: no token at")
        self.assertLess(done.seconds, SOON)
        self.halligan("run", "--skip", "--", *self.job(sshd)).expect(NO_TOKEN)

        self.token.start()
        self.check(UNLOCKED)  # the agent has kept the handles
        self.unlock().expect()
        self.halligan("run", "--", *self.job(sshd)).expect(0, out="logged in")
        self.assertEqual(len(self.stock.list(self.work).splitlines()), 2)

        self.halligan("lock").expect(0, out="ssh:backup")
        self.check(LOCKED)
        self.halligan("lock").expect(0, out="", err="nothing was unlocked")
        self.halligan("run", "--", *self.job(sshd)).expect(LOCKED)

    def test_on_a_terminal_the_pin_is_asked_for_once(self):
        self.backup()
        with self.work.terminal(paths.HALLIGAN, "unlock", env=self.env) as terminal:
            terminal.expect("PIN of the token at [^:]*, 8 tries left: ")
            terminal.type(PIN + "\n")
            done = terminal.wait().expect(0)
        self.assertNotIn(PIN, done.out)
        self.check(UNLOCKED)
        with self.work.terminal(paths.HALLIGAN, "unlock", env=self.env) as terminal:
            terminal.expect(", 8 tries left: ")
            terminal.type("wrong-pin\n")
            done = terminal.wait().expect(5)
        self.assertIn("7 tries left", done.out)
        self.assertEqual(len(re.findall("PIN of the token", done.out)), 1)

    def test_without_a_terminal_systemd_asks_and_caches_nothing(self):
        self.backup()
        folder = self.work.path("programs")
        folder.mkdir()
        self.work.write("the-pin", PIN + "\n")
        script = self.work.write("programs/systemd-ask-password", f"#!/bin/sh\nprintf '%s\\n' \"$@\" >{self.work.path('asked')}\n"
                                 f"exec cat {self.work.path('the-pin')}\n", mode=0o700)
        self.halligan("unlock", env={"PATH": f"{script.parent}:{self.work.env['PATH']}"}).expect()
        asked = self.work.path("asked").read_text().splitlines()
        self.assertRegex(asked[-1], r"PIN of the token at .*, 8 tries left: ")
        self.assertIn("--no-tty", asked)
        for word in asked[:-1]:
            self.assertFalse(word.startswith(("--accept-cached", "--keyname")), word)
        self.assertIn("--timeout=90", asked)
        self.check(UNLOCKED)
        self.halligan("unlock", "--wait", env={"PATH": f"{script.parent}:{self.work.env['PATH']}"}).expect()
        self.assertIn("--timeout=0", self.work.path("asked").read_text().splitlines())
        script.write_text("#!/bin/sh\nexit 1\n")
        self.halligan("lock").expect()
        self.halligan("unlock", env={"PATH": f"{script.parent}:{self.work.env['PATH']}"}).expect(5, err="returned no PIN")
        self.assertEqual(self.tries(), 8)

    def test_it_waits_for_the_token(self):
        self.backup()
        self.token.stop()
        self.unlock().expect(4, err="no token at")
        with self.work.terminal(paths.HALLIGAN, "unlock", "--wait", env=self.env) as terminal:
            terminal.expect("waiting for the token: no token at")
            self.token.start()
            terminal.expect("8 tries left: ")
            terminal.type(PIN + "\n")
            terminal.wait().expect(0)
        self.check(UNLOCKED)

    def test_the_agent_forgets_in_time(self):
        self.backup()
        for seconds in (4, 15, 45):
            began = time.monotonic()
            shown = json.loads(self.unlock("--json", "--ttl", f"{seconds}s").expect().out)
            self.assertEqual(shown["lifetime"], seconds)
            held = self.stock.list(self.work)
            if time.monotonic() - began < seconds - 1:
                break
        self.assertTrue(held)
        until(lambda: not self.stock.list(self.work), "the agent to forget the key")
        self.assertGreaterEqual(time.monotonic() - began, seconds - 1)
        self.check(LOCKED)
        for bad in ("0", "x", "-5", "1y"):
            self.unlock("--ttl", bad).expect(2, err="--ttl")


class Keys(World):
    def test_only_what_signs_without_a_person_and_is_no_ca(self):
        self.backup()
        self.enroll("careful", "ed25519-sk", "verify-required")
        self.enroll("emergency-ca", "ed25519-sk")
        self.enroll("other-ca", "ed25519-sk")
        configuration = self.work.home / ".config/halligan/config"
        configuration.parent.mkdir(parents=True)
        configuration.write_text("CA other\n  Application ssh:other-ca\n")
        done = self.unlock().expect()
        self.assertIn("left out ssh:other-ca: the key of a CA", done.err)
        self.assertIn("left out ssh:careful: requires the PIN for every signature", done.err)
        self.assertIn("left out ssh:emergency-ca: the key of a CA", done.err)
        self.assertEqual([key["application"] for key in self.check(UNLOCKED)["keys"]], ["ssh:backup"])
        self.unlock("careful").expect(3, err="requires the PIN for every signature")
        self.unlock("backup", "nobody").expect(4, err="no resident key nobody")
        self.unlock("ssh:emergency-ca").expect()
        self.assertEqual(len(self.check(UNLOCKED)["keys"]), 2)
        self.check(UNLOCKED, "ssh:backup")
        self.check(LOCKED, "backup", "third")
        self.halligan("lock", "backup").expect()
        self.assertEqual([key["application"] for key in self.check(UNLOCKED)["keys"]], ["ssh:emergency-ca"])
        self.check(LOCKED, "backup")

    def test_lock_leaves_other_keys(self):
        self.backup()
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "halligan unlock: not a token's", "-f", "soft").expect()
        self.work.run("ssh-add", "-q", "soft", env=self.stock.env).expect()
        self.enroll("theirs")
        askpass = self.work.askpass(PIN, "adding")
        self.unlock("backup").expect()
        self.work.run("ssh-add", "-K", env={**self.env, **askpass.env}).expect()  # takes over both keys, with its own comments
        self.unlock("backup").expect()
        before = set(self.stock.list(self.work).splitlines())
        self.halligan("lock").expect(0, out="ssh:backup")
        self.assertEqual(before - set(self.stock.list(self.work).splitlines()),
                         {line for line in before if line.endswith("halligan unlock: ssh:backup")})
        self.assertEqual(len(before), 3)

    def test_a_token_that_always_verifies(self):
        self.backup()
        self.token.stop()
        self.token._options.append("--always-uv")
        self.token.start()
        self.unlock().expect(4, err="no resident key that signs without a person")
        self.check(LOCKED)

    def test_an_empty_token_and_one_without_a_pin(self):
        self.unlock().expect(4, err="no resident key that signs without a person")
        bare = self.softkey("bare")
        self.unlock(env=bare.env).expect(3, err="no PIN is set")
        self.check(LOCKED, env=bare.env)


class Tokens(World):
    def test_two_tokens_in_the_host(self):
        self.backup()
        other = self.softkey("other", pin=PIN)
        both = {"HALLIGAN_DEVICE": f"{self.token.path}:{other.path}"}
        agent = self.agent(name="both", env=both)
        env = {**both, **agent.env}
        self.unlock(env=env).expect(2, err="choose one with --device")
        self.check(LOCKED, env=env)
        self.unlock("--device", self.token.path, env=env).expect()
        before = self.token.records()[-1]
        self.check(UNLOCKED, env=env)
        self.assertNotEqual(self.token.records()[-1].line, before.line)
        self.token.stop()
        self.assertIn("does not sign with the key", self.check(NO_TOKEN, env=env)["reason"])

    def test_tokens_that_misbehave_or_are_old(self):
        """Each with a key that it made while it behaved. Status of unlock, what it says, and then of checkpin."""
        rows = ((("--ctap", "2.0"), 0, "", UNLOCKED), (("--misbehave", "credmgmt-only-0a"), 0, "", UNLOCKED),
                (("--misbehave", "credmgmt-only-41"), 0, "", UNLOCKED), (("--misbehave", "foreign-resident"), 0, "", UNLOCKED),
                (("--misbehave", "unknown-resident"), 0, "left out", UNLOCKED), (("--misbehave", "hostile-names"), None, "", None),
                (("--misbehave", "bad-signature"), 1, "does not sign with its key", LOCKED),
                (("--misbehave", "wrong-rpid-hash"), 5, "does not get a signature", LOCKED),
                (("--misbehave", "garbage-cbor"), None, "", None), (("--misbehave", "truncated-cbor"), None, "", None),
                (("--misbehave", "counter-back"), 0, "", UNLOCKED), (("--misbehave", "cut-applications"), 4, "cut the application", LOCKED),
                (("--misbehave", "endless-keepalive"), None, "", None))
        for number, (options, status, message, then) in enumerate(rows):
            with self.subTest(options):
                token = self.softkey(f"odd{number}", pin=PIN)
                self.enroll(f"job{number}-of-a-host-whose-name-is-long", "ecdsa-sk", "no-touch-required", token=token)
                token.stop()
                token._options += options
                token.start()
                agent = self.agent(name=f"odd-agent{number}", env=token.env)
                env = {**token.env, **agent.env}
                done = self.unlock(env=env)
                self.assertIn(done.status, (status,) if status is not None else (0, 1, 3, 4, 5), done.report())
                self.assertIn(message, done.err, done.report())
                if done.status != 0:
                    self.assertEqual(agent.list(self.work), "", done.report())
                checked = self.halligan("checkpin", env=env)
                self.assertIn(checked.status, (then,) if then is not None else range(6), checked.report())
                self.assertLess(checked.seconds, SOON)
                token.stop()
                agent.daemon.stop()


class Pins(World):
    def test_few_tries_left_and_none(self):
        self.backup()
        self.unlock(pin="short-no").expect(5, err="7 tries left")
        self.unlock(pin="abc").expect(5)  # cannot be a PIN: it is not sent
        self.assertEqual(self.tries(), 7)
        self.unlock(pin="wrong-2").expect(5, err="6 tries left")
        self.unlock(pin="wrong-3").expect(5)
        shown = self.check(REPLUG)
        self.assertEqual(shown["pin_tries_left"], 5)
        before = self.token.requests()
        self.unlock().expect(5, err="is blocked until it is replugged")
        self.assertNotIn("getPinToken", "".join(record["sub"] for record in self.token.records()[before:]))
        self.halligan("run", "--", "true").expect(REPLUG, err="did not run true")
        self.token.replug()
        self.check(LOCKED)
        for left in (4, 3, 2):
            self.unlock(pin="wrong-pin").expect(5)
        self.token.replug()
        self.assertEqual(self.tries(), 2)
        before = self.token.requests()
        self.unlock().expect(5, err="has 2 tries left")
        self.assertTrue(all("Token" not in record["sub"] for record in self.token.records()[before:]))
        self.unlock("--force").expect()
        self.assertEqual(self.tries(), 8)
        self.halligan("lock").expect()
        for _ in range(3):
            for _ in range(3):
                self.unlock("--force", pin="wrong-pin")
            self.token.replug()
        self.assertEqual(self.check(BLOCKED)["pin_tries_left"], 0)
        self.unlock("--force").expect(5, err="blocked for good")

    def test_it_is_in_no_memory_no_file_and_no_environment(self):
        if os.geteuid() != 0:
            return
        self.backup()
        sshd = self.sshd_for(f"restrict,no-touch-required {self.enroll('other', 'ed25519-sk', 'no-touch-required')}")
        self.unlock().expect()
        # While a job runs: the agent, its helpers, run and ssh are there.
        job = self.work.daemon("job", [paths.HALLIGAN, "run", "--", *map(str, self.job(sshd, "echo running; sleep 600"))], env=self.env)
        job.wait_for("running")
        found, seen = holders(PIN.encode(), {self.token.daemon.process.pid})
        self.assertEqual(found, [])
        self.assertTrue(any(text.startswith("ssh-agent") for text in seen), seen)
        self.assertTrue(any(text.startswith("ssh ") for text in seen), seen)
        self.assertTrue(any("halligan run" in text for text in seen), seen)
        # The search finds what is there: the agent has the provider's path.
        self.assertTrue(any(os.path.realpath(paths.PROVIDER).encode() in piece
                            for piece in writable(self.stock.daemon.process.pid)))
        for file in self.work.root.rglob("*"):
            if file.is_file() and not file.name.endswith(".pin") and self.token.state not in file.parents:
                self.assertNotIn(PIN.encode(), file.read_bytes(), file)


if __name__ == "__main__":
    harness.main()
