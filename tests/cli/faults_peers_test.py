"""What is left when a disk, a clock, the memory or a signal spoils a command that changes a token, an agent or a host, or needs one.

As in faults_test.py: every class of calls of every story once. tests/show/13-faults tries every way at every call.
"""

import harness
from fault_pairs import each_pair
from fault_peer_stories import WORLDS
from fault_record_stories import RECORD_WORLDS, RecordWorld


class Spoilt(RecordWorld):
    def test_every_call_of_every_story(self):
        worlds = [each for each in (*WORLDS, *RECORD_WORLDS) if each != "tell_of_files"]
        self.assertEqual(len(worlds), 10)
        for each in worlds:
            world = RecordWorld()
            world.setUp()
            try:
                getattr(world, each)()
                tried, noticed, _ = each_pair(world)
                self.assertGreater(tried, 8, each)
                self.assertGreater(noticed, tried / 5, each)
            finally:
                world.doCleanups()


if __name__ == "__main__":
    harness.main()
