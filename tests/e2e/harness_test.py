"""The harness itself: what the other end-to-end tests take for granted."""

import os
import select
import signal
import subprocess
import sys
import unittest

import harness


class Programs(harness.Case):
    def test_a_wrong_exit_status_shows_command_status_and_both_outputs(self):
        done = self.work.run("sh", "-c", "echo to-out; echo to-err >&2; exit 3")
        with self.assertRaises(harness.Failure) as caught:
            done.expect(0)
        for part in ("sh -c", "exit: 3", "to-out", "to-err", "expected 0"):
            self.assertIn(part, str(caught.exception))

    def test_a_program_that_hangs_is_ended_at_its_deadline(self):
        with self.assertRaisesRegex(harness.Failure, "not finished after 0.2 s"):
            self.work.run("sleep", "60", timeout=0.2)

    def test_a_program_without_a_terminal_cannot_open_one(self):
        self.work.run("sh", "-c", "exec </dev/tty").expect_failure("/dev/tty")

    def test_a_prompt_on_the_terminal_is_answered_unseen(self):
        script = "stty -echo; printf 'secret: '; read x; stty echo; echo; echo \"got $x\" | tr a-z n-za-m"
        done = self.work.converse("bash", "-c", script, answers=[("secret: ", "hunter2")])
        self.assertIn("uhagre2", done.expect().out)
        self.assertNotIn("hunter2", done.out)

    def test_a_prompt_that_never_comes_fails_with_what_was_on_the_screen(self):
        with self.assertRaisesRegex(harness.Failure, "(?s)did not appear.*something else"):
            self.work.converse("echo", "something else", answers=[("PIN: ", "1")])

    def test_a_daemon_dies_with_the_test_program(self):
        # A test program starts a daemon, prints its process id and is killed the hard way.
        script = ("import harness, os, signal\n"
                  "work = harness.Work()\n"
                  "daemon = work.daemon('sleeper', ['sleep', '600'])\n"
                  "print(daemon.process.pid, work.root, flush=True)\n"
                  "os.kill(os.getpid(), signal.SIGKILL)\n")
        done = subprocess.run([sys.executable, "-B", "-c", script], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, -signal.SIGKILL, done.stderr)
        pid, folder = done.stdout.split()
        self.addCleanup(subprocess.run, ["rm", "-r", folder], check=True)
        try:
            handle = os.pidfd_open(int(pid))
        except ProcessLookupError:
            return
        gone, _, _ = select.select([handle], [], [], 10)  # readable once the process has ended
        os.close(handle)
        self.assertTrue(gone, f"process {pid} still runs")


class World(unittest.TestCase):
    def test_who_has_lost_their_parent_is_taken_in(self):
        """Where a parent would have to wait for them, a whole system that is switched off does, too."""
        orphan = harness.run(["sh", "-c", "true >&2 & echo $!"]).expect().out.strip()
        harness.until(lambda: not os.path.exists(f"/proc/{orphan}"), "the end of the orphan")

    def test_root_has_a_home_and_a_run_folder_of_its_own(self):
        if os.geteuid() != 0:
            self.assertNotEqual(os.getpid(), 1)
            return
        self.assertEqual(os.getppid(), 1)
        self.assertEqual(os.listdir("/run"), ["sshd"])
        self.assertIn("halligan-test.", os.path.expanduser("~root"))


class Ssh(harness.Case):
    def setUp(self):
        super().setUp()
        self.key = self.work.path("key")
        self.work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key).expect()

    def test_a_key_that_is_authorized_logs_in_and_another_is_refused(self):
        sshd = self.sshd()
        sshd.refuse(lines=f"IdentityFile {self.key}", log="Failed publickey")
        sshd.authorize(harness.public_part(self.key))
        sshd.login(lines=f"IdentityFile {self.key}")

    def test_a_reload_takes_up_a_changed_configuration(self):
        sshd = self.sshd()
        sshd.authorize(harness.public_part(self.key))
        with open(sshd.config_file, "a", encoding="utf-8") as file:
            file.write("PubkeyAuthentication no\nHostbasedAuthentication yes\n")
        sshd.login(lines=f"IdentityFile {self.key}")
        sshd.reload()
        sshd.refuse(lines=f"IdentityFile {self.key}")

    def test_an_agent_of_our_own_holds_the_key(self):
        sshd, agent = self.sshd(), self.agent()
        sshd.authorize(harness.public_part(self.key))
        self.assertEqual(agent.list(self.work), "")
        self.work.run("ssh-add", "-q", self.key, env=agent.env).expect()
        self.assertIn(harness.public_part(self.key).split()[1], agent.list(self.work))
        sshd.login(lines=f"IdentityAgent {agent.socket}\nIdentitiesOnly no\nIdentityFile none")

    def test_a_failure_shows_what_sshd_said(self):
        sshd = self.sshd()
        sshd.refuse(lines=f"IdentityFile {self.key}")
        self.assertIn("Failed publickey", self.report())


if __name__ == "__main__":
    harness.main()
