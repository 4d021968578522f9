"""What is left when a disk, a clock, the memory or a signal spoils a command that writes files.

Every class of calls that a story makes is spoilt once, and every story is ended by one signal: the call and the way in which it goes
wrong are others in each story. tests/show/13-faults tries every way at every call, with every limit and at every amount of it.
"""

import datetime
import json

import harness
from fault_kinds import CLASSES, FAULTS
from fault_limits import LIMITS, Limited
from fault_pairs import each_pair
from fault_stories import MINT, FaultWorld
from faults import Wrong, tree_of

BY_NAME = {fault.name: fault for fault in FAULTS}


class Spoilt(FaultWorld):
    def test_every_call_of_every_story(self):
        self.tell_of_files()
        tried, noticed, classes = each_pair(self)
        self.assertGreater(tried, 300)
        self.assertGreater(noticed, tried / 3)
        self.assertLessEqual(set(CLASSES) - classes, {"map"})  # of the journal's library, where its files can be made

    def test_what_does_not_hold_is_seen(self):
        """The judge itself: each kind of damage, done on purpose."""
        self.tell_of_files()
        story, fault = self.stories["mint --force"], BY_NAME["write: disk full"]
        before = tree_of(self.work.root, self.trial.without)
        ledger = next(name for name in story.also if name.endswith("ca.ledger") and name.startswith("home"))
        full = "halligan: old: No space left on device\n"
        rows = [("gone", "old", None, full), ("left or changed", ".halligan-0", b"x", full), ("only", "old", b"x", full),
                ("lost records", ledger, b"{}\n", full), ("does not say", "", None, "halligan: something\n"),
                ("a bug", "", None, full + "report this as a bug\n")]
        for expected, name, contents, said in rows:
            with self.subTest(expected):
                after = dict(before)
                if name:
                    after.pop(name, None)
                if contents is not None:
                    after[name] = (0o100600, contents)
                done = type("Done", (), {"returncode": 4, "stdout": "", "stderr": said})
                with self.assertRaisesRegex(Wrong, expected):
                    self.trial.judge(story, fault, done, before, after)


class Limits(FaultWorld):
    def test_a_real_disk_and_limits_of_the_process(self):
        self.tell_of_files()
        limited, story = Limited(self.trial), self.stories["mint --force"]
        self.trial.count(story)
        for limit in LIMITS:
            ended = set()
            amounts = limited.amounts(story, limit)
            for amount in amounts[::max(1, len(amounts) // 4)]:
                with self.subTest(limit=limit.name, amount=amount):
                    ended.add(limited.attempt(story, limit, amount))
            self.assertEqual(ended, {True} if len(amounts) == 1 else {False, True}, limit.name)


class Clock(FaultWorld):
    """The clock of the C library, moved."""

    def at(self, moment: float, *argv, **more):
        offset = int(moment - datetime.datetime.now().timestamp())
        return self.trial.run(argv, LD_PRELOAD=self.trial.preload, FAULT_CLOCK=str(offset), **self.env, **more)

    def test_certificates_at_strange_times(self):
        now = datetime.datetime.now().timestamp()
        year = 365 * 86400
        serials = []
        moments = [0, 1, 400, now - 20 * year, now - 60, now, 2**31 - 10, 2**31 + 10, 2**32 - 400, 2**32 + 10, 2**33, now, 0, now - 1]
        for number, moment in enumerate(moments):
            with self.subTest(moment=moment):
                before = self.files()
                done = self.at(moment, *MINT, "--ca", "old-ca", "-o", f"m{number}", "--json")
                if moment < 300:  # five minutes earlier there is no time
                    self.assertEqual((done.returncode, self.files()), (2, before))
                    self.assertIn("before 1970", done.stderr)
                    continue
                self.assertEqual(done.returncode, 0, done.stderr)
                said = json.loads(done.stdout)
                self.assertLess(abs(said["valid_before"] - moment - 3600), 60)
                self.assertLess(abs(said["valid_after"] - moment + 300), 60)
                shown = self.work.run("ssh-keygen", "-L", "-f", f"m{number}-cert.pub").expect().out
                self.assertIn(f"Serial: {said['serial']}\n", shown)
                serials.append(said["serial"])
        self.assertEqual(serials, sorted(set(serials)))
        ledger = f"{self.state('old-ca')}/ca.ledger"
        for command in ("verify", "list", "export"):
            for moment in (0, now, 2**33):
                done = self.at(moment, "ledger", command, ledger)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    harness.main()
