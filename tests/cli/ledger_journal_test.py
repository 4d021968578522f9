"""halligan ledger reconcile: journals, as systemd's own program writes them, in files, in folders and as this computer's."""

import os
import time

import harness
from harness import paths
from harness.work import need
from reconcile_world import SHAPES, ReconcileWorld

MACHINE, FIRST, SECOND = "1" * 32, "a" * 32, "b" * 32  # the computer's ID; boot IDs
WRITER = "usr/lib/systemd/systemd-journal-remote"


def entry(at: float, message: str, boot: str = FIRST, **fields: str) -> bytes:
    """In the journal's export format."""
    known = {"__REALTIME_TIMESTAMP": str(int(at * 1e6)), "__MONOTONIC_TIMESTAMP": str(int(at * 1e6) - 17 * 10**14), "_BOOT_ID": boot,
             "_HOSTNAME": "web1", "_PID": "71", "_UID": "0", "_COMM": "sshd", "SYSLOG_IDENTIFIER": "sshd", **fields}
    text = b"".join(f"{name}={value}\n".encode() for name, value in known.items() if value)
    data = message.encode()
    return text + b"MESSAGE\n" + len(data).to_bytes(8, "little") + data + b"\n\n"


class Journals(ReconcileWorld):
    def setUp(self):
        super().setUp()
        self.certificate("first")  # so that there is a ledger
        self.sshd_of_all = self.host()
        self.work.path("etc").mkdir()
        self.work.write("etc/machine-id", MACHINE + "\n")

    def journal(self, name: str, *entries: bytes):
        file = self.work.path(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        self.work.write("export", "").write_bytes(b"".join(entries))
        self.work.run(paths.SOURCE / "build" / "journal-remote" / WRITER, "-o", file, "export").expect()
        return file

    def judge(self, *arguments, status: int, **options):
        return self.halligan(None, "ledger", "reconcile", "--ledger", self.file, *arguments, pin=None, **options).expect(status)

    def own(self, *arguments, status: int, **options):
        """With the folder var-log as this computer's /var/log."""
        script = 'mount --bind etc /etc && mount --bind var-log /var/log && mount -t tmpfs tmpfs /run && exec "$@"'
        inside = ["unshare", *([] if os.geteuid() == 0 else ["-r"]), "-m", "sh", "-c", script, "sh"]
        return self.work.run(*inside, need(paths.HALLIGAN), "ledger", "reconcile", "--ledger", self.file, "--journal", *arguments,
                             **options).expect(status)

    def own_journal(self, *entries: bytes):
        return self.journal(f"var-log/journal/{MACHINE}/system.journal", *entries)

    def accepted(self, name: str, *arguments) -> str:
        lines = self.login(self.sshd_of_all, self.certificate(name, *arguments))
        return next(line for line in lines if line.startswith("Accepted publickey"))

    def test_a_file_and_a_folder(self):
        now = time.time()
        known, unknown = self.accepted("known"), self.accepted("off", "--no-ledger")
        good = self.journal("good/a.journal", entry(now - 9, "Server listening on :: port 22."), entry(now, known))
        for path in (good, good.parent):
            with self.subTest(path):
                done = self.judge(path, status=0)
                self.assertIn(f"Read        {path}: 2 messages of sshd on web1\n", done.out)
                self.assertIn("Logins      1 by certificates of these CAs", done.out)
        # A second file in the folder; a login in a file of its own or told of twice counts as in any other log.
        self.journal("good/b.journal", entry(now + 5, unknown, _PID="72"))
        self.judge(good, status=0)
        self.assertIn("no record of its certificate", self.judge(good.parent, status=1).out)
        line = self.work.write("auth.log", SHAPES["short-unix"](now, known) + "\n")
        self.assertIn("Logins      1 by certificates", self.judge(good, line, status=0).out)

    def test_who_wrote_an_entry(self):
        now = time.time()
        unknown = self.accepted("off", "--no-ledger")
        listening = entry(now - 9, "Server listening on :: port 22.")
        rows = [({}, 1), ({"_COMM": "sshd-session"}, 1), ({"_COMM": "", "SYSLOG_IDENTIFIER": "", "_SYSTEMD_UNIT": "ssh.service"}, 1),
                ({"_COMM": "", "_EXE": "/usr/sbin/sshd"}, 1), ({"_COMM": "rsyslogd"}, 1),
                ({"_COMM": "dockerd", "SYSLOG_IDENTIFIER": "c0ffee", "CONTAINER_ID": "c0ffee"}, 1),
                ({"_COMM": "logger", "_UID": "1000"}, 0), ({"_UID": "1000"}, 0), ({"_COMM": "cron", "SYSLOG_IDENTIFIER": "cron"}, 0)]
        for number, (fields, status) in enumerate(rows):
            with self.subTest(fields):
                done = self.judge(self.journal(f"{number}.journal", listening, entry(now, unknown, **fields)), status=status)
                self.assertEqual("only quoting a login" in done.out, status == 0)
        repeated = self.journal("repeated.journal", entry(now, f"message repeated 12 times: [ {self.accepted('often')}]"))
        self.assertIn("was used for 12 logins", self.judge(repeated, status=1).out)
        # Longer than what journalctl shows of a field without --all
        long = self.journal("long.journal", entry(now, "Invalid user " + "x" * 100000 + " from ::1 port 7"), entry(now, unknown))
        self.assertIn("no record of its certificate", self.judge(long, status=1).out)

    def test_this_computer_s(self):
        now = time.time()
        known, unknown = self.accepted("known"), self.accepted("off", "--no-ledger")
        self.work.path("var-log").mkdir()
        self.own(status=3)  # nothing is in it
        self.own_journal(entry(now - 999, unknown, _PID="7"), entry(now, known, SECOND))
        self.assertIn("no record of its certificate", self.own(status=1).out)
        for boot, status in (("0", 0), (SECOND, 0), ("-1", 1), (FIRST, 1)):
            with self.subTest(boot):
                self.assertIn("Read        journal: 1 message of sshd on web1\n", self.own("--boot", boot, status=status).out)
        for boot, words in (("-2", "the journal has no boot -2"), ("c" * 32, "has no boot " + "c" * 32), ("1", "a boot ID"), ("x", "a boot ID")):
            with self.subTest(boot):
                self.assertIn(words, self.own("--boot", boot, status=4 if "has no" in words else 2).err)

    def test_from_run_to_run(self):
        now = time.time()
        entries = [entry(now - 60, self.accepted("known"))]
        self.own_journal(*entries)
        cursor = self.work.path("cursor")
        self.own("--cursor-file", cursor, status=0)
        saved = cursor.read_text()
        self.assertRegex(saved, r"^s=[0-9a-f]+;i=[0-9a-f]+;.*\n$")
        self.assertEqual(cursor.stat().st_mode & 0o777, 0o600)
        self.assertIn("Read        journal: 0 messages of sshd", self.own("--cursor-file", cursor, status=0).out)
        self.assertEqual(cursor.read_text(), saved)
        # The journal goes on, in another file.
        self.journal(f"var-log/journal/{MACHINE}/later.journal", entry(now, self.accepted("off", "--no-ledger")))
        self.assertIn("Read        journal: 1 message of sshd", self.own("--cursor-file", cursor, status=1).out)
        self.assertNotEqual(cursor.read_text(), saved)
        self.own("--cursor-file", cursor, status=0)
        # What a run cannot judge, the next one reads again.
        before = cursor.read_text()
        self.own("--cursor-file", cursor, "no-such-log", status=4)
        self.assertEqual(cursor.read_text(), before)
        # Another journal is there: whatever came between is not.
        self.work.path(f"var-log/journal/{MACHINE}/later.journal").unlink()
        self.own_journal(entry(now + 9, "Server listening on :: port 22."))
        self.assertIn("entries that came after the cursor are no longer there, until", self.own("--cursor-file", cursor, status=1).out)
        self.own("--cursor-file", cursor, status=0)

    def test_what_cannot_be_read(self):
        now = time.time()
        good = self.own_journal(entry(now, self.accepted("known")))
        cursor = self.work.write("cursor", "nonsense\n", mode=0o600)
        self.assertIn("not a cursor of a journal", self.own("--cursor-file", cursor, status=3).err)
        cursor.chmod(0o666)
        self.assertIn("cursor", self.own("--cursor-file", cursor, status=3).err)
        self.own("--cursor-file", "no/such/cursor", status=4)
        self.halligan(None, "ledger", "reconcile", "--ledger", self.file, "--boot", "0", good, pin=None).expect(2, err="--journal")
        self.halligan(None, "ledger", "reconcile", "--ledger", self.file, pin=None).expect(2, err="name a LOG, or give --journal")
        data = good.read_bytes()
        for name, bad in (("short", data[:100]), ("cut", data[:len(data) // 2]), ("magic", b"LPKSHHRH" + bytes(4000))):
            with self.subTest(name):
                file = self.work.write(f"{name}.journal", "")
                file.write_bytes(bad)
                self.assertIn(str(file), self.judge(file, status=3).err)
            with self.subTest(name, beside="a good one"):
                self.journal("mixed/good.journal", entry(time.time(), "Server listening on :: port 22."))
                self.work.path("mixed/other.journal").write_bytes(bad)
                self.assertIn("mixed/other.journal", self.judge(self.work.path("mixed"), status=3).err)
        empty = self.work.path("empty")
        empty.mkdir()
        self.assertIn("contains no message of sshd", self.judge(empty, status=3).err)
        if os.geteuid() != 0:
            good.chmod(0)
            self.assertIn("Permission denied", self.own(status=4).err)


if __name__ == "__main__":
    harness.main()
