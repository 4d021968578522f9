"""No operation asks a token for more than OpenSSH's built-in support does, and none for more than we say."""

import harness
from harness import round_trips


class RoundTrips(harness.Case):
    def test_the_table(self):
        measured = []
        for row in round_trips.ROWS:
            with self.subTest(row.name):
                ours, builtin = round_trips.measure(self.work, row, self.softkey)
                measured.append((row.name, ours, builtin, row.floor, row.reason))
                self.assertEqual(ours.requests, row.ours)
                self.assertLessEqual(ours.requests, builtin.requests)
                self.assertLessEqual(ours.touches, builtin.touches)
                self.assertLessEqual(ours.pins, builtin.pins)
                self.assertEqual(ours.requests > row.floor, bool(row.reason), "more than the floor needs its reason")
        print("\n" + round_trips.table(measured))
        self.assertEqual(len(measured), len(round_trips.ROWS))


if __name__ == "__main__":
    harness.main()
