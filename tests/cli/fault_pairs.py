"""Of the faults a few: every class of calls in every story, each time with the next way to go wrong and at another call; and every fourth time
the command is run again afterwards."""

import collections
import dataclasses
import itertools

from fault_kinds import CLASSES, FAULTS

_ANOTHER = 7919  # a prime: calls all over the run


def each_pair(world) -> tuple[int, int, set[str]]:
    """@param world  a FaultWorld that has told its stories
    @return how many faults were tried, how many of them the command noticed, and of which classes they were"""
    ways = {kind: itertools.cycle([fault for fault in FAULTS if kind in fault.classes and (fault.how in ("fail", "short", "clock"))]) for kind in CLASSES}
    ends = itertools.cycle([fault for fault in FAULTS if fault.how == "signal" or fault.kills])
    met: collections.Counter[str] = collections.Counter()
    tried = noticed = 0
    for number, story in enumerate(world.stories.values(), 1):
        counts = world.trial.count(story)
        chosen = [dataclasses.replace(next(ways[kind]), classes=(kind,)) for kind in CLASSES if counts[kind]]
        chosen += [next(end for end in ends if any(counts[kind] for kind in end.classes))]
        for fault in chosen:
            total = sum(counts[kind] for kind in fault.classes)
            with world.subTest(story=story.name, fault=fault.name, classes=fault.classes):
                tried += 1
                met.update(fault.classes)
                noticed += world.trial.attempt(story, fault, 1 + number * _ANOTHER % total, again=tried % 4 == 0)
    return tried, noticed, set(met)
