"""A drill that is broken off: by Ctrl-C, by another signal, by the end of its machine. What happened stays on record."""

import json
import os
import pathlib
import signal
import sys

import harness
from harness import paths
from harness.drill import DrillCase, Listener
from harness.work import need

sys.path.insert(0, str(paths.SOURCE / "tests/cli"))
from json_reference import Reference  # noqa: E402: the folder of the tests of the command line

REFERENCE = Reference((paths.SOURCE / "docs/json.md").read_text())


class DrillStop(DrillCase):
    def setUp(self):
        super().setUp()
        self.temporary = self.work.path("tmp")
        self.temporary.mkdir()
        self.env["TMPDIR"] = str(self.temporary)
        self.env["XDG_RUNTIME_DIR"] = str(self.temporary)
        self.host("up")
        self.hosts["mute"] = Listener(self, b"")
        self.host("after")

    def mine(self) -> list[str]:
        """Programs that work for the drill: their arguments or their environment name the folder of the test."""
        found = []
        for folder in pathlib.Path("/proc").iterdir():
            if not folder.name.isdigit() or int(folder.name) == os.getpid():
                continue
            try:
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                environment = (folder / "environ").read_bytes()
            except OSError:
                continue
            if f"TMPDIR={self.temporary}".encode() in environment.split(b"\0"):
                found.append(words)
        return found

    def nothing_is_left(self) -> None:
        harness.until(lambda: not self.mine(), "the end of all programs of the drill")
        harness.until(lambda: not list(self.temporary.iterdir()), "an empty folder of temporary files")
        state = [each.name for each in self.file().parent.iterdir()] if list(self.work.path(".").glob("state/halligan/ca-*/ca.drills")) else []
        self.assertEqual([name for name in state if name.startswith(".")], [])

    def broken_off(self, outcomes: dict) -> dict:
        """The record says so, the ledger has the certificate, and the next drill finds nothing in its way."""
        self.assertEqual(len(self.records()), 1)
        record = json.loads(self.records()[0])
        self.assertEqual((record["broken_off"], self.outcomes(record)), ("interrupted", outcomes))
        self.halligan("ledger", "show", str(record["serial"])).expect(0, out=record["key_id"])
        self.assertEqual(REFERENCE.check("halligan drill run", self.report_of()), [])
        self.assertIn("broken off: interrupted", self.halligan("drill", "report").expect(0).out)
        self.assertEqual(self.status(1)["state"], "failed")
        self.assertIn("the last drill was broken off ", self.halligan("drill", "status").expect(1).out)
        self.nothing_is_left()
        self.drill("up")
        self.assertEqual(self.status(0)["state"], "fine")
        self.file().unlink()
        return record

    def test_a_signal_during_a_login(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number.name):
                # To this process alone: ssh is not told.
                drill = self.work.daemon("drill", [need(paths.HALLIGAN), *self.argv("--no-alert", "up", "mute", "after")], env=self.env)
                drill.wait_for("mute (2 of 3)")
                harness.until(lambda: self.hosts["mute"].held, "a connection to the host that says nothing")
                drill.process.send_signal(number)
                self.assertEqual(drill.process.wait(harness.PATIENCE), -number)
                self.assertIn("broken off, and recorded so in ", drill.text())
                record = self.broken_off({"up": ("opened", "not-asked"), "mute": ("not-reached", "not-asked"), "after": ("not-reached", "not-asked")})
                self.assertEqual([each["detail"] for each in record["hosts"]], ["", "broken off during this login", "broken off before this login"])
                self.hosts["mute"].held.clear()

    def test_ctrl_c_at_a_terminal(self):
        # To all of its process group: ssh hears it as well.
        terminal = self.work.terminal(need(paths.HALLIGAN), *self.argv("--no-alert", "up", "mute", "after"), env=self.env)
        terminal.expect(r"mute \(2 of 3\)")
        harness.until(lambda: self.hosts["mute"].held, "a connection to the host that says nothing")
        terminal.type("\x03")
        done = terminal.wait()
        self.assertEqual(done.status, -signal.SIGINT)
        self.assertIn("broken off, and recorded so in ", done.out)
        self.broken_off({"up": ("opened", "not-asked"), "mute": ("not-reached", "not-asked"), "after": ("not-reached", "not-asked")})

    def test_the_shell_sees_130(self):
        script = ('set -m; "$@" & child=$!; until grep -q "mute (2 of 2)" said; do sleep 0.05; done; kill -INT $child; wait $child; echo "status $?"')
        done = self.work.run("bash", "-c", f"exec 2>said; {script}", "bash", need(paths.HALLIGAN), *self.argv("--no-alert", "up", "mute"), env=self.env)
        self.assertIn("status 130\n", done.out)
        self.broken_off({"up": ("opened", "not-asked"), "mute": ("not-reached", "not-asked")})

    def test_at_the_question_for_the_alert(self):
        terminal = self.work.terminal(need(paths.HALLIGAN), *self.argv("up", "after"), env=self.env)
        terminal.expect(r"login to up arrive\? \[y/N\] ")
        terminal.type("y\n")
        terminal.expect(r"login to after arrive\? \[y/N\] ")
        terminal.type("\x03")
        self.assertEqual(terminal.wait().status, -signal.SIGINT)
        self.broken_off({"up": ("opened", "arrived"), "after": ("opened", "not-asked")})

    def test_during_a_person_s_own_commands(self):
        for options in (("--alert-check", "echo asked >&2; sleep 1000; true"), ("--no-alert", "--log-command", "echo asked >&2; sleep 1000; true")):
            with self.subTest(options[0]):
                drill = self.work.daemon("drill", [need(paths.HALLIGAN), *self.argv(*options, "up", "after")], env=self.env)
                drill.wait_for("asked")
                drill.process.send_signal(signal.SIGINT)
                self.assertEqual(drill.process.wait(harness.PATIENCE), -signal.SIGINT)
                record = json.loads(self.records()[0])
                self.assertEqual(["log" in each for each in record["hosts"]], [False, False])
                # The sleep of the command's shell is not ours to end.
                harness.until(lambda: {each.strip() for each in self.mine()} <= {"sleep 1000"}, "the end of all others")
                self.end_sleepers()
                self.broken_off({"up": ("opened", "not-asked"), "after": ("opened", "not-asked")})

    def end_sleepers(self) -> None:
        for folder in pathlib.Path("/proc").iterdir():
            try:
                if folder.name.isdigit() and f"TMPDIR={self.temporary}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                    os.kill(int(folder.name), signal.SIGKILL)
            except OSError:
                continue

    def test_before_a_certificate_there_is_nothing(self):
        arguments = [each for each in self.argv("--no-alert", "up") if each != "--yes"]
        terminal = self.work.terminal(need(paths.HALLIGAN), *arguments, env=self.env)
        terminal.expect(r"\[y/N\] ")
        terminal.type("\x03")
        self.assertEqual(terminal.wait().status, -signal.SIGINT)
        self.assertEqual(list(self.work.path(".").glob("state/halligan/ca-*/ca.*s")), [])
        self.nothing_is_left()

    def test_one_that_vanished_is_known_by_its_certificate(self):
        self.drill("up")
        policy = ("--policy", self.work.write("policy", '{"clock_skew": "1s"}'))
        drill = self.work.daemon("drill", [need(paths.HALLIGAN), *self.argv("--no-alert", *policy, "-V", "-5m:+4s", "mute")], env=self.env)
        drill.wait_for("mute (1 of 1)")
        drill.process.kill()
        drill.process.wait(harness.PATIENCE)
        self.assertEqual(len(self.records()), 1)
        # While its certificate is valid, a drill may be going on.
        harness.until(lambda: self.halligan("drill", "status").status == 1, "the end of the certificate")
        status = self.status(1)
        self.assertEqual((status["state"], status["good"], status["passed"]), ("lost", False, True))
        self.assertIn("a drill left no record: its certificate was signed ", self.halligan("drill", "status").expect(1).out)
        row = next(each for each in map(json.loads, self.halligan("doctor", "--json").out.splitlines()) if each["name"] == "drill")
        self.assertEqual((row["verdict"], row["mend"]), ("wrong", "halligan drill run up"))
        self.halligan("mint", "--yes", "--ca", self.work.path("ca"), "-I", "ann: no drill", "-n", "root", "-o", self.work.path("minted"), *policy, "-V",
                      "-5m:+4s").expect()
        self.drill("up", *policy)
        self.assertEqual(self.status(0)["state"], "fine")
        harness.until(lambda: not self.mine(), "the end of the agent of the drill that was killed")
        print("drilled\tkilled in the middle: known by its certificate", flush=True)


if __name__ == "__main__":
    harness.main()
