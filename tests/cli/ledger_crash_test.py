"""The ledger when the program is killed, or the disk refuses, at every step: what was released is recorded."""

import json
import os
import signal
import subprocess

import harness
from harness import paths
from harness.process import die_with_parent
from harness.work import need
from world import World, key_pair

FAULT = paths.BUILD / "lib" / "fault.so"
ROUNDS = 200


class Crash(World):
    def setUp(self):
        super().setUp()
        self.key = self.token()
        self.ca = self.make_ca(self.key)
        self.ledger = self.work.ledger_of(self.ca)
        before = [paths.sanitizer_runtime(paths.HALLIGAN)] if paths.sanitized(paths.HALLIGAN) else []
        self.preload = ":".join([*before, str(need(FAULT))])

    def with_steps(self, arguments, **steps: str) -> subprocess.CompletedProcess:
        """Run with the steps on files interfered with; without the harness's askpass, which costs time."""
        env = {**self.work.env, **self.key.env, "LD_PRELOAD": self.preload, **steps}
        return subprocess.run([paths.HALLIGAN, *arguments], cwd=self.work.root, env=env, capture_output=True, text=True,
                              timeout=harness.PATIENCE, check=False, start_new_session=True, preexec_fn=die_with_parent)

    def mint_with(self, file: str, **steps: str) -> subprocess.CompletedProcess:
        return self.with_steps(["mint", "--ca", self.ca, "-I", file, "-n", "root", "-o", file, "--yes"], **steps)

    def released(self) -> set[str]:
        """The certificates that lie in the folder, without their comments."""
        return {" ".join(path.read_text().split()[:2]) for path in self.work.root.glob("*-cert.pub")}

    def recorded(self) -> set[str]:
        out = self.halligan(None, "ledger", "export", self.ledger, pin=None).expect().out
        return {record["certificate"] for record in map(json.loads, out.splitlines()) if record["kind"] == "certificate"}

    def verdict(self, *arguments) -> dict:
        return json.loads(self.halligan(None, "ledger", "verify", "--json", *arguments, self.ledger, pin=None).out)

    def test_killed_at_every_step_no_released_certificate_is_missing(self):
        step, ways, killed, whole, torn = 0, ["before", "torn", "after"], 0, 0, 0
        for number in range(ROUNDS):
            step += 1
            done = self.mint_with(f"m{number}", FAULT_AT=str(step), FAULT_HOW=ways[0])
            torn += "was cut off by a crash" in done.stderr
            if done.returncode == 0:  # past the last step: once more from the first, in another way
                whole, step, ways = whole + 1, 0, ways[1:] + ways[:1]
            else:
                self.assertEqual(done.returncode, -signal.SIGKILL, done.stderr)
                killed += 1
        torn += "was cut off by a crash" in self.mint_with("last").stderr
        self.assertGreater(killed, ROUNDS * 0.8)
        self.assertGreaterEqual(whole, 3, "not every way came to its end")
        self.assertGreater(torn, 0, "no record was torn")

        released, recorded = self.released(), self.recorded()
        self.assertGreater(len(released), whole)
        self.assertEqual(released - recorded, set())
        # Nothing is wrong but that the token signed more often than is recorded: each time it was killed in between.
        verdict = self.verdict()
        # counter-begin: the ledger began after one of these signatures.
        self.assertEqual({finding["code"] for finding in verdict["findings"]} - {"counter-begin"}, {"counter-gap", "counter-elsewhere"})
        signed = sum(record["ctap"] == "getAssertion" and record["status"] == "0x00:OK" for record in self.key.records())
        counters = verdict["counters"][0]
        # The first values may be before the first record, where no gap can be seen.
        unseen = counters["first"] - 2
        self.assertEqual(len(recorded) + counters["missing"] + unseen, signed)
        self.assertTrue(self.verdict("--known", f"0-{counters['last']}")["intact"])

    def test_when_a_step_fails_nothing_is_released_and_the_next_works(self):
        self.mint_with("first")
        step = failed = 0
        while True:
            step += 1
            before = self.released()
            done = self.mint_with(f"f{step}", FAULT_AT=str(step), FAULT_HOW="fail")
            if done.returncode == 0:
                break
            failed += 1
            self.assertEqual(done.returncode, 4, done.stderr)
            self.assertEqual(self.released(), before)
        self.assertGreater(failed, 10)
        # What was signed and could not be recorded is on record as a use: only one step fails each time.
        self.assertEqual({each["code"] for each in self.verdict()["findings"]}, {"not-released"})
        self.assertEqual(self.released() - self.recorded(), set())

    def test_interrupted_at_every_step_nothing_that_was_signed_is_off_the_record(self):
        self.mint_with("first")
        step = interrupted = 0
        while True:
            step += 1
            done = self.mint_with(f"i{step}", FAULT_AT=str(step), FAULT_HOW="signal")
            if done.returncode == 0:
                break
            self.assertEqual(done.returncode, -signal.SIGINT, done.stderr)
            interrupted += 1
        self.assertGreater(interrupted, 10)
        self.assertEqual(self.verdict("--made", self.ca.with_name("ca.json"))["findings"], [])
        self.assertEqual(self.released() - self.recorded(), set())

    def test_a_group_killed_at_every_step(self):
        ca, subject = key_pair(self.work, "file-ca"), key_pair(self.work, "ben").with_name("ben.pub").read_text()
        self.ledger = self.work.ledger_of("file-ca")
        self.with_steps(["sign", "--ca", ca, "-I", "x", "-n", "root", "ben.pub", "--yes"])
        self.work.path("ben-cert.pub").unlink()
        begun = self.ledger.read_text()
        step, ways, killed, whole, part = 0, ["before", "torn", "after"], 0, 0, 0
        # Those of the last round are synced together, and there are too many of its steps for every one.
        for count, stride in ((3, 1), (3, 1), (3, 1), (17, 5)):
            while True:
                step += stride
                for old in self.work.root.glob("g*"):
                    old.unlink()
                self.ledger.write_text(begun)  # a long one takes long to read
                files = [self.work.write(f"g{i}.pub", subject) for i in range(count)]
                done = self.with_steps(["sign", "--ca", ca, "-I", "x", "-n", "root", *files, "--yes"], FAULT_AT=str(step),
                                       FAULT_HOW=ways[0])
                certificates = self.released()
                released = len(certificates)
                recorded = {json.loads(line)["certificate"] for line in self.ledger.read_text().splitlines()
                            if line.endswith('"}') and '"kind":"certificate"' in line}
                self.assertEqual(certificates - recorded, set())
                if done.returncode == 0:
                    self.assertEqual(released, count)
                    self.assertTrue(self.verdict()["intact"])
                    whole, step, ways = whole + 1, 0, ways[1:] + ways[:1]
                    break
                self.assertEqual(done.returncode, -signal.SIGKILL, done.stderr)
                killed += 1
                part += 0 < released < count
        self.assertEqual(whole, 4)
        self.assertGreater(killed, 60)
        self.assertGreater(part, 0, "it was never killed while the files got their names")

    def test_the_record_is_on_the_disk_before_the_certificate_has_its_name(self):
        log = self.work.path("steps")
        self.mint_with("m", FAULT_LOG=str(log))
        steps = log.read_text().splitlines()
        released = steps.index("renameat2 m-cert.pub")
        written = max(i for i, step in enumerate(steps) if step == f"write {os.path.realpath(self.ledger)}")
        self.assertIn(f"fsync {os.path.realpath(self.ledger)}", steps[written:released])
        self.assertIn(f"fsync {os.path.realpath(self.ledger.parent)}", steps[written:released])

    def test_a_full_disk(self):
        self.mint_with("first")
        size = self.ledger.stat().st_size
        asked = self.ledger.read_bytes()
        script = f'ulimit -f {size // 512 + 1}; exec "$0" "$@"'  # blocks of 512 bytes: less than a record fits
        done = self.work.run("sh", "-c", script, paths.HALLIGAN, "mint", "--ca", self.ca, "-I", "x", "-n", "root", "-o", "full", "--yes",
                             env=self.key.env)
        done.expect(4, err="the certificate is not released: ledger: ")
        self.assertEqual(self.ledger.read_bytes(), asked)
        self.assertFalse(self.work.path("full-cert.pub").exists())


if __name__ == "__main__":
    harness.main()
