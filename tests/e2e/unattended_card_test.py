"""halligan unlock, lock, checkpin, run and env with an OpenPGP card: the same story as with a token, and each trap of the field."""

import json
import os
import pathlib
import re
import signal

import harness
from harness import SOON, paths
from harness.memory import holders, writable
from harness.process import until
from harness.work import need
from unattended_card_world import BLOCKED, LOCKED, NO_AGENT, NO_TOKEN, PIN, UNLOCKED, USAGE, CardWorld


class Story(CardWorld):
    def test_locked_unlocked_pulled_back_and_locked_again(self):
        for keys in ("ed25519", "nistp256", "rsa2048"):
            with self.subTest(keys):
                self.bay(keys=keys, name=f"gnupg-{keys}")
                sshd = self.sshd_for_card()
                done = self.halligan("run", "--", *self.job(sshd)).expect(LOCKED, out="", err="did not run ssh: the OpenPGP card is locked")
                self.assertLess(done.seconds, SOON)
                self.halligan("run", "--skip", "--", *self.job(sshd)).expect(0, out="", err="skipped ssh")
                self.assertEqual(self.check(LOCKED)["pin_tries_left"], 3)
                shown = json.loads(self.unlock("--json").expect().out)
                self.assertEqual(shown["agent"], self.gnupg.ssh_env["SSH_AUTH_SOCK"])
                self.assertEqual(self.check(UNLOCKED)["keys"][0]["fingerprint"], shown["keys"][0]["fingerprint"])
                self.halligan("run", "--", *self.job(sshd)).expect(0, out="logged in")
                self.unlock().expect(0, err="is unlocked already")
                self.card.stop()
                self.check(NO_TOKEN)
                self.halligan("run", "--", *self.job(sshd)).expect(NO_TOKEN, out="", err="did not run ssh: no OpenPGP card")
                self.halligan("run", "--skip", "--", *self.job(sshd)).expect(NO_TOKEN)
                self.card.start()
                until(self.gnupg.is_ready, "scdaemon to see the card")
                self.check(LOCKED)
                self.unlock().expect()
                self.halligan("run", "--", *self.job(sshd, "exit 7")).expect(7)
                self.halligan("lock").expect(0, out="Locked")
                self.check(LOCKED)
                self.halligan("lock").expect(0, out="", err="nothing was unlocked")
                self.halligan("run", "--", *self.job(sshd)).expect(LOCKED)
                self.gnupg.stop()
                self.card.stop()

    def test_on_a_terminal_the_pin_is_asked_for_once(self):
        self.bay()
        with self.work.terminal(paths.HALLIGAN, "unlock", "--card", env=self.env) as terminal:
            terminal.expect("PIN of the OpenPGP card FFFE 00001501, 3 tries left: ")
            terminal.type(PIN + "\n")
            done = terminal.wait().expect(0)
        self.assertNotIn(PIN, done.out)
        self.check(UNLOCKED)
        self.halligan("lock").expect()
        with self.work.terminal(paths.HALLIGAN, "unlock", "--card", env=self.env) as terminal:
            terminal.expect(", 3 tries left: ")
            terminal.type("wrong-pin\n")
            done = terminal.wait().expect(5)
        self.assertIn("wrong PIN: 2 tries left", done.out)
        self.assertEqual(len(re.findall("PIN of the OpenPGP card", done.out)), 1)

    def test_it_waits_for_the_card(self):
        self.bay()
        self.card.stop()
        self.unlock().expect(4, err="no OpenPGP card")
        with self.work.terminal(paths.HALLIGAN, "unlock", "--card", "--wait", env=self.env) as terminal:
            terminal.expect("waiting for the card: no OpenPGP card")
            self.card.start()
            terminal.expect("3 tries left: ")
            terminal.type(PIN + "\n")
            terminal.wait().expect(0)
        self.check(UNLOCKED)

    def test_few_tries_and_none(self):
        self.bay()
        self.unlock(pin="short").expect(5, err="at least 6 characters")
        self.assertEqual(self.tries(), 3)
        self.unlock(pin="wrong-1").expect(5, err="wrong PIN: 2 tries left")
        before = len(self.card.records())
        self.unlock().expect(5, err="has 2 tries left")
        self.assertFalse([each for each in self.card.records()[before:] if each.startswith("VERIFY")])
        self.unlock("--force").expect()
        self.assertEqual(self.tries(), 3)
        self.halligan("lock").expect()
        for left in (2, 1, 0):
            self.unlock("--force", pin="wrong-pin").expect(5, err=f"{left} {'try' if left == 1 else 'tries'} left")
        self.assertEqual(self.check(BLOCKED)["pin_tries_left"], 0)
        self.unlock("--force").expect(5, err="is blocked")
        self.halligan("run", "--", "true").expect(BLOCKED, err="did not run true")

    def test_which_card(self):
        self.bay()
        self.unlock("00001501").expect()
        shown = self.check(UNLOCKED, "00001501")
        self.check(UNLOCKED, shown["keys"][0]["fingerprint"])
        self.check(NO_TOKEN, "00009999")
        self.unlock("00009999").expect(4, err="FFFE 00001501 is inserted, not 00009999")
        self.halligan("lock", "00009999").expect(4)
        for options in (["--ttl", "1h"], ["--device", "/dev/hidraw0"], ["--provider", "/x.so"], ["--agent", "/x"]):
            self.unlock(*options).expect(2, err="not for an OpenPGP card")
        self.halligan("checkpin", "--bogus").expect(USAGE)

    def test_the_key_is_permitted_on_a_host(self):
        """Locked or not, by a line that sshd obeys; another card, and a host that has the key by another line, are refused."""
        self.bay()
        folder = pathlib.Path(os.environ["HOME"]) / ".ssh"
        folder.mkdir(mode=0o700, exist_ok=True)
        file = folder / "authorized_keys"
        self.addCleanup(file.unlink, missing_ok=True)
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "mine").expect()
        file.write_text(mine := harness.public_part(self.work.path("mine")) + "\n")
        sshd = self.sshd("AuthorizedKeysFile .ssh/authorized_keys")
        config = sshd.ssh_config(f"  IdentityFile {self.work.path('mine')}")
        add = lambda *words: self.work.run(need(paths.HALLIGAN), "unattended", "setup", "--card", "host", "--yes", "--command", "echo the only one",  # noqa: E731
                                           *words, "--", "-F", config, env=self.env)
        line = (f'restrict,from="127.0.0.1",command="echo the only one" {" ".join(self.gnupg.public_line().split()[:2])} '
                "halligan card FFFE 00001501")
        add().expect(0, out=line)
        self.assertEqual(file.read_text(), f"{mine}{line}\n")
        add().expect(0, out="nothing to do")
        add("--from", "192.0.2.7").expect(3, err="by another line")
        add("--key", "00009999").expect(4, err="FFFE 00001501 is inserted, not 00009999")
        add("--agent", "/x").expect(2, err="not for an OpenPGP card")
        self.assertEqual(file.read_text(), f"{mine}{line}\n")
        self.unlock().expect()
        self.halligan("run", "--", *self.job(sshd, "echo another")).expect(0, out="the only one")

    def test_one_script_serves_both_worlds(self):
        """The script of a backup host, with a token and with a card: only the configuration differs."""
        self.bay()
        sshd = self.sshd_for_card()
        token = self.softkey(pin="both-worlds")
        agent = self.agent(env=token.env)
        asking = self.work.askpass("both-worlds")
        self.work.run("ssh-keygen", "-q", "-t", "ed25519-sk", "-N", "", "-f", "backup", "-O", "resident", "-O", "no-touch-required", "-O",
                      "application=ssh:backup", env={**token.env, **asking.env}).expect()
        sshd.authorize("restrict,no-touch-required " + harness.public_part(self.work.path("backup")))
        for name in ("backup", "backup.pub"):
            self.work.path(name).unlink()
        command = " ".join(map(str, self.job(sshd, "echo")[:-1]))
        script = self.work.write("backup-all", f"""#!/bin/sh
            halligan checkpin -q || exit 9
            eval "$(halligan env)"
            {command} 'echo by the environment' &&
            halligan run -- {command} 'echo by run'
            """, mode=0o700)
        configuration = self.work.home / ".config/halligan/config"
        configuration.parent.mkdir(parents=True)
        path = f"{paths.HALLIGAN.parent}:{self.work.env['PATH']}"
        worlds = {"token": ("", {**token.env, **agent.env}, "both-worlds"), "card": ("UnattendedCard yes\n", self.gnupg.env, PIN),
                  "this card": ("UnattendedCard 00001501\n", self.gnupg.env, PIN)}
        for name, (line, world, pin) in worlds.items():
            with self.subTest(name):
                configuration.write_text(line)
                env = {**world, "PATH": path}
                self.work.run(script, env=env).expect(9, out="")
                self.work.run(paths.HALLIGAN, "unlock", "--pin-fd", "0", stdin=pin.encode() + b"\n", env=env).expect()
                self.assertEqual(self.work.run(script, env=env).expect().out, "by the environment\nby run\n")
                self.work.run(paths.HALLIGAN, "lock", env=env).expect(0, out="Locked")
                self.work.run(script, env=env).expect(9, out="")
        configuration.write_text("UnattendedCard 00009999\n")
        self.work.run(paths.HALLIGAN, "checkpin", env=self.env).expect(NO_TOKEN, err="not 00009999")
        configuration.write_text("CA x\n  UnattendedCard yes\n")
        self.work.run(paths.HALLIGAN, "checkpin", env=self.env).expect(NO_AGENT, err="UnattendedCard in a block of a CA")


class Traps(CardWorld):
    """Each of facts about cards and about GnuPG's two versions, one at a time."""

    def test_the_card_is_never_asked_by_a_verify_without_a_pin(self):
        """On one card that asks answers 9000 and forgets the PIN. Nothing here sends it, so it does not matter."""
        self.bay("query-clears")
        self.unlock().expect()
        self.check(UNLOCKED)
        self.check(UNLOCKED)
        self.assertFalse([each for each in self.card.records() if re.match("VERIFY .* in=0 ", each)])
        # The trap is set: it is what a poll would do.
        self.gnupg.ask("SCD APDU 00200082")
        self.check(LOCKED)
        self.unlock().expect()
        self.check(UNLOCKED)

    def test_the_pin_of_the_right_key_is_verified(self):
        """GnuPG 2.4 verifies PW1 for signatures (81) until it has read the keys."""
        self.bay()
        self.gnupg.ask("SCD KILLSCD")
        until(self.gnupg.is_ready, "scdaemon to come back")
        self.unlock().expect()
        verified = [each for each in self.card.records() if each.startswith("VERIFY")]
        self.assertRegex(verified[0], "^VERIFY 0082 .* 9000$")
        self.check(UNLOCKED)

    def test_gnupg_believes_a_pin_that_the_card_has_forgotten(self):
        """CHECKPIN says OK then, and sends nothing."""
        self.bay(more=("--disturb", "forget"))
        self.unlock().expect()
        self.card.disturb()
        self.assertTrue(self.gnupg.ask(f"SCD CHECKPIN {self.gnupg.serial()}").strip().endswith("OK"))
        self.check(LOCKED)
        self.halligan("run", "--", "true").expect(LOCKED)
        self.unlock().expect()
        self.check(UNLOCKED)

    def test_another_program_has_selected_another_application(self):
        """Every command fails with 6D00 then, until scdaemon is ended."""
        self.bay()
        self.unlock().expect()
        self.card.disturb()
        self.assertIn("halligan unlock", self.check(NO_TOKEN)["hint"])
        self.unlock().expect()
        self.check(UNLOCKED)
        self.card.disturb()
        self.halligan("lock").expect(0, out="Locked")
        self.check(LOCKED)

    def test_gnupg_s_own_driver_finds_no_reader(self):
        """Since 2.3, without disable-ccid, scdaemon does not fall back to pcscd."""
        self.bay(scdaemon_lines=())
        needs_it = self.gnupg.is_new()
        shown = self.check(NO_TOKEN if needs_it else LOCKED)
        if needs_it:
            self.assertIn("disable-ccid", shown["hint"])
        (self.gnupg.home / "scdaemon.conf").write_text("disable-ccid\n")
        self.gnupg.ask("SCD KILLSCD")
        until(self.gnupg.is_ready, "scdaemon to come back")
        self.check(LOCKED)
        self.unlock().expect()

    def test_no_program_asks_for_the_pin(self):
        """Without pinentry-mode, GnuPG would start one, and wait for it."""
        pinentry = self.work.write("pinentry", f"#!/bin/sh\ntouch {self.work.path('was-asked')}\nexec sleep 600\n", mode=0o700)
        self.bay(pinentry=str(pinentry))
        self.assertLess(self.halligan("checkpin").expect(LOCKED).seconds, SOON)
        self.unlock(pin="wrong-pin").expect(5)
        self.unlock("--force").expect()
        self.check(UNLOCKED)
        self.assertFalse(self.work.path("was-asked").exists())

    def test_lock_waits_until_the_card_is_back(self):
        """GnuPG 2.2 has a broken pipe for three to four seconds after scdaemon was ended."""
        self.bay()
        self.unlock().expect()
        self.halligan("lock").expect(0, out="Locked")
        self.assertTrue(self.gnupg.is_ready())
        self.check(LOCKED)
        self.unlock().expect()

    def test_a_key_that_requires_a_touch(self):
        """A signature would wait for ever: it is not asked for."""
        self.bay("touch")
        self.assertIn("requires a touch", self.check(LOCKED)["reason"])
        self.unlock().expect(3, err="requires a touch for every signature")
        self.assertNotIn("AUTHENTICATE silent", self.card.records())

    def test_a_card_that_does_not_answer(self):
        self.bay("hang")
        self.check(LOCKED)
        done = self.unlock().expect(4, err="does not answer")
        self.assertLess(done.seconds, 2 * SOON)
        self.check(NO_TOKEN)
        self.card.restart()
        self.gnupg.ask("SCD KILLSCD")
        until(self.gnupg.is_ready, "scdaemon to come back")
        self.unlock().expect()

    def test_what_the_card_signs_is_verified(self):
        self.bay("bad-signature")
        self.unlock().expect(1, err="does not sign with its key")
        self.check(NO_AGENT)

    def test_a_card_without_a_key_and_one_without_counters(self):
        self.bay("empty")
        self.unlock().expect(3, err="has no authentication key")
        self.check(NO_AGENT)
        self.card.restart("--trap", "no-status")
        until(self.gnupg.is_ready, "scdaemon to see the card")
        self.check(NO_TOKEN)
        self.unlock().expect(4)

    def test_a_yubikey_s_pin_is_kept_and_that_is_said(self):
        self.bay("yubikey")
        done = self.unlock().expect()
        self.check(UNLOCKED)
        if self.gnupg.is_new():
            self.assertIn("GnuPG keeps the PIN of a YubiKey", done.err)
        else:
            self.assertNotIn("keeps the PIN", done.err)
        self.halligan("lock").expect(0, out="Locked")
        self.check(LOCKED)

    def test_keys_of_cards_that_are_not_inserted_are_listed_too(self):
        """The key is found by its blob: comments differ between versions, and a stub has none of another card."""
        self.bay()
        self.unlock().expect()
        self.card.stop()
        self.card = self.new_card(name="other", serial="00001502")
        until(self.gnupg.is_ready, "scdaemon to see the card")
        self.gnupg.run("ssh-add", "-L", env=self.gnupg.ssh_env)
        self.check(LOCKED)
        self.unlock().expect()
        self.assertEqual(self.check(UNLOCKED)["keys"][0]["fingerprint"].split(":")[0], "SHA256")
        self.check(NO_TOKEN, "00001501")


class Agents(CardWorld):
    def test_dead_hung_missing_and_without_loopback(self):
        self.bay()
        self.unlock().expect()
        agent = self.gnupg.pid
        os.kill(agent, signal.SIGSTOP)
        until(lambda: pathlib.Path(f"/proc/{agent}/stat").read_text().rpartition(")")[2].split()[0] == "T", "gpg-agent to stop")
        try:
            self.assertIn("does not answer", self.check(NO_AGENT)["reason"])
        finally:
            os.kill(agent, signal.SIGCONT)
        self.check(UNLOCKED)
        self.gnupg.stop()
        self.check(NO_AGENT)
        self.halligan("env").expect(4, out="")
        self.halligan("checkpin", env={"GNUPGHOME": "/nowhere"}).expect(NO_AGENT)
        self.halligan("checkpin", env={"PATH": "/nowhere"}).expect(NO_AGENT, err="gpgconf")
        # unlock starts it; checkpin and run do not.
        self.unlock().expect()
        self.check(UNLOCKED)
        self.gnupg.run("gpgconf", "--kill", "gpg-agent").expect()

    def test_one_that_may_not_be_answered_for(self):
        self.bay(agent_lines=("no-allow-loopback-pinentry",))
        self.check(LOCKED)
        self.unlock().expect(4, err="does not let halligan answer")
        self.assertEqual(self.tries(), 3)

    def test_another_users_agent_and_folder(self):
        if os.geteuid() != 0:
            return
        self.bay()
        self.unlock().expect()
        os.chmod(self.gnupg.home, 0o777)
        self.work.root.chmod(0o755)
        self.check(NO_AGENT)
        os.chmod(self.gnupg.home, 0o700)
        self.check(UNLOCKED)

    def test_the_pin_is_in_no_memory_no_file_and_no_environment(self):
        if os.geteuid() != 0:
            return
        self.bay()
        sshd = self.sshd_for_card()
        self.unlock().expect()
        job = self.work.daemon("job", [paths.HALLIGAN, "run", "--card", "--", *map(str, self.job(sshd, "echo running; sleep 600"))],
                               env=self.env)
        job.wait_for("running")
        found, seen = holders(PIN.encode(), {self.card.daemon.process.pid})
        self.assertEqual(found, [])
        self.assertTrue(any("halligan run" in text for text in seen), seen)
        for program in ("gpg-agent", "scdaemon", "pcscd"):
            self.assertTrue(any(program in text for text in seen), seen)
        for file in [*self.work.root.glob("*"), *self.work.home.rglob("*"), *self.gnupg.home.rglob("*")]:
            if file.is_file() and file != self.card.state:
                self.assertNotIn(PIN.encode(), file.read_bytes(), file)
        # The search finds what is there: the agent has the name of its socket.
        self.assertTrue(any(b"S.gpg-agent.ssh" in piece for piece in writable(self.gnupg.pid)))
        # And GnuPG 2.2 alone leaves the PIN there.
        if not self.gnupg.is_new():
            job.stop()
            self.halligan("lock").expect()
            self.assertTrue(self.gnupg.unlock(PIN).endswith("OK\n"))
            self.assertTrue(any("gpg-agent" in text for text in holders(PIN.encode(), {self.card.daemon.process.pid})[0]))


if __name__ == "__main__":
    if os.geteuid() != 0:
        harness.skip("pcscd for the test alone needs root: sudo ctest --test-dir build/release -R e2e.unattended_card")
    harness.main(network=True)
