"""What is left when a disk, a clock, the memory or a signal spoils a command that writes: the quick part of tests/show/13-faults."""

import datetime
import json
import os
import random
import signal

import harness
from fault_stories import MINT, FaultWorld
from faults import FAULTS, Fault, Story, Trial, Wrong, calls, put_back, tree_of
from harness import paths

BY_NAME = {fault.name: fault for fault in FAULTS}
DISK = ["disk full for good", "fsync: input/output error", "rename: input/output error", "SIGTERM", "SIGKILL in a write"]
MEMORY = ["malloc: no memory", "malloc: no memory for good"]
# A story, faults, and how many calls of each fault at most.
QUICK = [("mint --force", DISK, 9), ("handoff open", DISK, 4), ("request", DISK, 3), ("revoke make --update", DISK, 2), ("sign --request", DISK, 3),
         ("mint, a ledger taken over", DISK[:2], 5), ("mint", MEMORY, 12), ("mint", ["write: short", "fsync: interrupted", "open to read: interrupted"], 3)]


class Spoilt(FaultWorld):
    def test_a_fault_at_calls_of_every_kind(self):
        self.tell_of_files()
        tried = noticed = 0
        for name, faults, most in QUICK:
            story = self.stories[name]
            counts = self.trial.count(story)
            for fault in (BY_NAME[each] for each in faults):
                for at in calls(fault, counts, most // 2, most - most // 2):
                    with self.subTest(story=name, fault=fault.name, call=at):
                        tried += 1
                        noticed += self.trial.attempt(story, fault, at, again=tried % 3 == 0)
        self.assertGreater(tried, 60)
        self.assertGreater(noticed, tried / 2)

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


class RealDisk(FaultWorld):
    """A file system that is full, has no inodes left, or may not be written to."""

    def full(self, story: Story, options: str, pages: int, then: str = "true"):
        """The world in a small file system of its own, with so many pages free; what is left, and how the command ended."""
        script = ('mount -t tmpfs -o "size=$1,nr_inodes=$2" tmpfs disk && cp -a world/. disk && head -c "$3" /dev/zero >disk/fault.fill; eval "$4"; shift 4; '
                  'cd disk; "$@" >../out 2>../err; status=$?; cd ..; mount -o remount,rw disk; rm disk/fault.fill; cp -a disk/. left; exit "$status"')
        world, left = self.work.path("world"), self.work.path("left")
        left.mkdir()
        used = sum((len(contents) + 4095) // 4096 for _, contents in tree_of(world, ()).values())
        size, inodes = options.split()
        unshare = ["unshare", *([] if os.geteuid() == 0 else ["-r"]), "-m"]
        env = {**self.env, "HOME": str(self.work.path("disk/home")), "TMPDIR": str(self.work.path("disk"))}
        done = self.work.run(*unshare, "sh", "-c", script, "sh", size, inodes, str(max(0, (int(size[:-1]) // 4 - used - pages) * 4096)), then,
                             paths.HALLIGAN, *story.argv, env=env)
        done.err, done.out = self.work.path("err").read_text(), self.work.path("out").read_text()
        return done, left

    def test_every_size(self):
        names = ("home", "new-ca", "new-ca.pub", "old", "old.pub", "old-cert.pub")
        world = self.work.path("world")
        world.mkdir()
        self.work.path("disk").mkdir()
        self.work.run("cp", "-a", *names, "world").expect()
        state = self.state("new-ca")
        story = Story("mint", (*MINT, "--ca", "new-ca", "-o", "old", "--force"), files=("old", "old.pub", "old-cert.pub"),
                      also=(f"{state}/ca.pub", f"{state}/ca.ledger", "new-ca.ledger"))
        before = tree_of(world, ())
        ended: dict[str, set[int]] = {}
        full = Fault("disk", ("write",), number=28)
        locked = Fault("disk", ("write",), number=30)
        inodes = len(before) + 3
        rows = [(full, "512k 500", pages, "true") for pages in range(10)] + [(full, f"512k {inodes + more}", 50, "true") for more in range(10)]
        rows += [(locked, "512k 500", 50, "mount -o remount,ro disk")]
        for fault, options, pages, then in rows:
            with self.subTest(options=options, pages=pages, then=then):
                done, left = self.full(story, options, pages, then)
                after = tree_of(left, ())
                trial = Trial(self.work, self.env, root=left)
                result = type("Done", (), {"returncode": done.status, "stdout": done.out, "stderr": done.err})
                try:
                    trial.judge(story, fault, result, before, after)
                finally:
                    self.work.run("rm", "-rf", "left").expect()
                ended.setdefault("locked" if fault is locked else options.split()[1] if pages == 50 else "pages", set()).add(done.status)
        self.assertEqual(ended["pages"], {0, 4})
        self.assertEqual(ended["locked"], {4})
        self.assertEqual({status for name, each in ended.items() if name.isdigit() for status in each}, {0, 4})


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

    def test_a_clock_that_jumps_during_the_run(self):
        now = datetime.datetime.now().timestamp()
        self.work.path("fault.counts").unlink(missing_ok=True)
        self.tell_of_files()
        story = self.stories["mint"]
        count = self.trial.count(story)["time"]
        self.assertGreater(count, 2)
        for then in (-now, -3600 * 24 * 365 * 20, 2**32 - now + 5, 2**33):
            for reading in range(1, count + 1):
                with self.subTest(then=then, reading=reading):
                    before = tree_of(self.work.root, self.trial.without)
                    done = self.trial.run(story.argv, LD_PRELOAD=self.trial.preload, FAULT_CALLS="time", FAULT_AT=str(reading), FAULT_LAST=str(1 << 40),
                                          FAULT_CLOCK_THEN=str(int(then)), **self.env)
                    after = tree_of(self.work.root, self.trial.without)
                    # A validity that no longer suits the time is refused: nothing is signed.
                    if done.returncode == 0:
                        self.trial.judge(story, BY_NAME["write: short"], done, before, after)
                    else:
                        self.assertIn(done.returncode, (2, 3))
                        self.assertRegex(done.stderr, "valid-after-within|time_t|before 1970|valid-before")
                        self.assertEqual(after, before)
                    put_back(self.work.root, before, after)


class Signals(FaultWorld):
    def test_at_random_moments(self):
        """At calls that come everywhere, chosen by chance: not between the steps on files alone."""
        self.tell_of_files()
        chosen = random.Random(13)
        story = self.stories["mint --force"]
        counts = self.trial.count(story)
        ended = set()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            fault = Fault(signal.Signals(number).name, ("memory", "time", "pin", "read", "open"), "signal", number)
            if number == signal.SIGKILL:
                fault = Fault("SIGKILL", fault.classes, "before")
            total = sum(counts[name] for name in fault.classes)
            for at in sorted(chosen.sample(range(1, total + 1), 8)):
                with self.subTest(fault=fault.name, at=at):
                    ended.add(self.trial.attempt(story, fault, at))
        self.assertIn(True, ended)


if __name__ == "__main__":
    harness.main()
