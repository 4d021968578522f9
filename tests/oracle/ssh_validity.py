"""-V: our parser and ssh-keygen -s agree on a table in two time zones, and where they do not, it is written down here."""

import datetime
import time
import unittest
import zoneinfo

from ssh_oracle import Case, certificate_times

ZONES = ["UTC", "America/New_York"]
FOREVER = 2**64 - 1
_CLOCK_REALTIME_COARSE = 5  # linux/time.h; Python does not name it

ALIKE = [
    "-5m:+60m", "+1h:+2h", "-1h30m:+1h", "-1w2d3h4m5s:+1", "+5:+10", "+0:+1", "-1:+1", "+52w", "+1h", "+90", "+1h30", "+1D",
    "20260101:20260201", "202601011200:202601011201", "20260101120000:20260101120001", "20261225:20270103120000",
    "20260101Z:20260201Z", "20260701Z:20260801UTC", "202607011200z:20260702utc", "20280229:20280301", "20260101:+0s",
    "0x0:0x10", "0x695f8000:0x69870d00", "0xABCDEF:0xabcdefabcdef", "always:forever", "always:+1h", "-1h:forever",
    "20260101Z:forever", "always:20260101Z", "20261101120000:20261102",
]
REFUSED = [
    "", ":", "+1h:", ":+1h", "always", "-1h", "+", "+1y", "+h", "+1h:+1h", "+2h:+1h", "forever:always", "always:always",
    "forever:forever", "20261301Z:forever", "202601012400Z:forever", "2026-01-01:forever", "2026010112:forever", "0x:0x10",
    "0xzz:0x99", "20260101:20260101", "1h:2h", "+2147483648", "+99999999999999999999", "20260101ZZ:forever", "yesterday",
    "20260132:forever", "20260001:forever", "-5m:later",
]


def local(zone, *fields):
    return int(datetime.datetime(*fields, tzinfo=zoneinfo.ZoneInfo(zone)).timestamp())


# What ssh-keygen 9.2 does otherwise, and later ones in part no more: text, zone, its answer, ours (None: refused). It reads a wall-clock time in summer as
# winter time, an hour late; it carries dates that do not exist over into the next month; it takes blanks and a second sign.
DIFFERENT = [
    ("20260701:20260702", "America/New_York", (local("America/New_York", 2026, 7, 1, 1), local("America/New_York", 2026, 7, 2, 1)),
     (local("America/New_York", 2026, 7, 1), local("America/New_York", 2026, 7, 2))),
    ("20260308023000:20260309Z", "America/New_York", (local("America/New_York", 2026, 3, 8, 3, 30), local("UTC", 2026, 3, 9)), None),
    ("20260230Z:20260401Z", "UTC", (local("UTC", 2026, 3, 2), local("UTC", 2026, 4, 1)), None),
    ("20260101235960Z:20260401Z", "UTC", (local("UTC", 2026, 1, 2), local("UTC", 2026, 4, 1)), None),
]
STRICTER = ["++1h", "+ 1h", "+1h +1m"]
OURS_ALONE = ["30m", "1h30m"]


class Validity(Case):
    def setUp(self):
        super().setUp()
        self.ca = self.keygen_key("ssh-ed25519", "ca")
        self.subject = self.keygen_key("ssh-ed25519", "subject")

    def theirs(self, text, zone):
        """What ssh-keygen makes of it, or None, and the seconds at which it may have looked at the clock."""
        certificate = self.work / "subject-cert.pub"
        certificate.unlink(missing_ok=True)
        # The clock of time(2), which ssh-keygen reads: it lags behind time.time() by up to a tick.
        before = int(time.clock_gettime(_CLOCK_REALTIME_COARSE))
        done = self.keygen("-q", "-s", self.ca, "-I", "x", "-n", "a", "-V", text, f"{self.subject}.pub", zone=zone, status=None)
        seconds = range(before, int(time.time()) + 1)
        if done.returncode != 0:
            self.assertFalse(certificate.exists())
            return None, seconds
        return certificate_times(certificate), seconds

    def ours(self, text, zone, now):
        done = self.tool("validity", now, text, zone=zone, status=None)
        if done.returncode == 0:
            after, before = done.stdout.split()
            return int(after), int(before)
        self.assertEqual(done.returncode, 2, done.stderr)
        return None

    def test_alike(self):
        for zone in ZONES:
            for text in ALIKE:
                with self.subTest(text=text, zone=zone):
                    theirs, seconds = self.theirs(text, zone)
                    self.assertIsNotNone(theirs)
                    self.assertIn(theirs, [self.ours(text, zone, now) for now in seconds])

    def test_refused_by_both(self):
        for text in REFUSED:
            with self.subTest(text=text):
                theirs, seconds = self.theirs(text, "UTC")
                self.assertIsNone(theirs)
                self.assertIsNone(self.ours(text, "UTC", seconds[0]))

    def test_different_on_purpose(self):
        for text, zone, theirs, ours in DIFFERENT:
            with self.subTest(text=text, zone=zone):
                self.assertIn(self.theirs(text, zone)[0], (theirs, ours))
                self.assertEqual(self.ours(text, zone, 1), ours)

    def test_stricter_and_wider(self):
        for text in STRICTER:
            with self.subTest(text=text):
                # ssh-keygen 9.2 takes these, 10.0 does not.
                self.assertIsNone(self.ours(text, "UTC", 10**9))
        for text in OURS_ALONE:
            with self.subTest(text=text):
                self.assertIsNone(self.theirs(text, "UTC")[0])
                self.assertEqual(self.ours(text, "UTC", 10**9), self.ours("+" + text, "UTC", 10**9))

    def test_wall_clock_times_are_pythons(self):
        """Every month's first noon in two zones with summer time, by the zone database and not by mktime."""
        for zone in ("America/New_York", "Europe/Berlin"):
            for month in range(1, 13):
                with self.subTest(zone=zone, month=month):
                    noon = local(zone, 2026, month, 1, 12)
                    self.assertEqual(self.ours(f"2026{month:02}011200:forever", zone, 1), (noon, FOREVER))


if __name__ == "__main__":
    unittest.main()
