"""Runbooks are walked through with `halligan runbook run` on a terminal: what it asks is answered as a person would.

halligan-runbook(1) describes the form of a runbook. What a reader does with hands is in its comments, which
`halligan runbook show --json` hands on as directions of the step that they precede:

    plug NAME                    this token goes into the laptop
    unplug
    carry PLACE FILE PLACE FILE  somebody sends somebody a file (paths from their homes)
    answer REGEX => TEXT         the step asks this and the person types that; in order
    answer REGEX => heard REGEX  the same, with what the last step showed somebody (the group of REGEX)
"""

import json
import re
import shlex

from . import paths
from .process import Failure, run
from .terminal import Terminal

_ASKED = r"^\w+, [^\n]* \[[^\n]*\]: \Z"
_WHETHER = r"^Run it\? \[[^\n]*\] \Z"
_AS_EXPECTED = r"^As expected\.\n"
_NOT_AS_EXPECTED = r"NOT AS EXPECTED[^\n]*(?:\n[^\n]*)*?q = stop\] \Z"


def steps_of(file) -> list[dict]:
    """The objects of `runbook show --json`. @errors Failure if the runbook is malformed"""
    shown = run([paths.HALLIGAN, "runbook", "show", "--json", file]).expect().out
    return [json.loads(line) for line in shown.splitlines()]


def _answers(step: dict) -> list[tuple[str, str]]:
    split = [each[len("answer "):].split(" => ", 1) for each in step["directions"] if each.startswith("answer ")]
    return [(pattern.strip(), reply.strip()) for pattern, reply in split]


def _by_hand(stage, directions: list[str]) -> None:
    for direction in directions:
        words = direction.split()
        if words[0] == "plug":
            stage.plug(words[1])
        elif words[0] == "unplug":
            stage.unplug()
        elif words[0] == "carry":
            stage.carry(*words[1:])


class Walk:
    """One walk through a runbook that is on the stage."""

    def __init__(self, stage, name: str, steps: list[dict], patience: float):
        self.stage, self.name, self.steps, self.patience = stage, name, steps, patience
        self.printed = ""  # by the last step

    def go(self) -> str:
        """From the first step to the last. @return the path of the transcript. @errors Failure with NAME:LINE"""
        with self._started() as self.terminal:
            for step in self.steps:
                try:
                    self._take(step)
                except (Failure, OSError) as error:
                    raise Failure(f"{self.name}.md:{step['line']}: {error}") from None
            _by_hand(self.stage, self.steps[-1]["afterwards"])
            done = self.terminal.wait(self.patience).expect(0, out=f"{len(self.steps)} of {len(self.steps)} as expected")
            return re.search(r"^Transcript +(\S+)$", done.out, re.M)[1]

    def _started(self) -> Terminal:
        places = {step["place"] for step in self.steps}
        people = sorted(filter(self.stage.is_person, places)) or ["laptop"]
        me = people[0]
        if len(people) == 1 and (me == "laptop" or all(self._logs_in(me, place) for place in places - {me})):
            ways = {place: f"ssh -t root@{place}.example.com" for place in places - {me}}
            if me != "laptop":
                ways[me] = "sh -c"
            prefix, env = self.stage.argv(me)
            home = self.stage.home(me)
        else:  # only root is two people at once, or on hosts that no longer let this one in
            ways = {place: self.stage.way(place) for place in places}
            prefix, env, home = [], self.stage.environment("root"), "/"
        at = [word for place, way in ways.items() for word in ("--at", f"{place}={way}")]
        return Terminal([*prefix, "halligan", "runbook", "run", "--new", *at, self.name], env=env, cwd=home, columns=200)

    def _logs_in(self, me: str, place: str) -> bool:
        return self.stage.run(me, "ssh", "-o", "BatchMode=yes", f"root@{place}.example.com", "true").status == 0

    def _take(self, step: dict) -> None:
        self.terminal.expect(rf"^Step {step['step']} of {len(self.steps)}, on {step['place']}:$", self.patience)
        _by_hand(self.stage, step["directions"])
        while self.terminal.expect(f"{_ASKED}|{_WHETHER}", self.patience)[0].endswith("]: "):
            self.terminal.type("\n")  # what the page says
        begin = len(self.terminal.screen())
        self.terminal.type("\n")
        for pattern, reply in _answers(step):
            if reply.startswith("heard "):
                heard = re.search(reply[len("heard "):], self.printed)
                if not heard:
                    raise Failure(f"nothing like {reply!r} in what the step before printed:\n{self.printed}")
                reply = heard[1]
            if not re.search(pattern, self._next(f"{pattern}|{_AS_EXPECTED}"), re.M):
                raise Failure(f"nobody asked for {pattern!r}; the step printed:\n{self.terminal.screen()[begin:]}")
            self.terminal.type(reply + "\r")  # what the key sends; a program that draws dialogs takes no other
        self._next(_AS_EXPECTED)
        self.printed = self.terminal.screen()[begin:]

    def _next(self, pattern: str) -> str:
        found = self.terminal.expect(f"{pattern}|{_NOT_AS_EXPECTED}", self.patience)[0]
        if "NOT AS EXPECTED" in found:
            raise Failure(f"{found}\n{self.terminal.report()}")
        return found


def quoted(prefix: list) -> str:
    """A way to a place, as `--at` takes it."""
    return shlex.join([*map(str, prefix), "sh", "-c"])


def mutants(text: str, steps: list[dict]) -> list[tuple[int, str, str]]:
    """Ways to break the steps' text, one for each step: (index, line as it was, line as it becomes)."""
    found = []
    lines = text.split("\n")
    for index, step in enumerate(steps):
        for line in lines[step["line"] - 1:]:
            if line.startswith("```"):
                break
            code = line.split("  #")[0]  # what stands for the reader behind it
            words = list(re.finditer(r"[A-Za-z][A-Za-z0-9_.-]*[a-z]", code))
            if words:
                last = words[-1]
                letter = "x" if line[last.end() - 1] != "x" else "y"
                found.append((index, line, line[:last.end() - 1] + letter + line[last.end():]))
                break
    return found


def broken(text: str, steps: list[dict], mutant: tuple[int, str, str]) -> str:
    """The runbook with that line."""
    index, old, new = mutant
    lines = text.split("\n")
    at = lines.index(old, steps[index]["line"] - 1)
    return "\n".join([*lines[:at], new, *lines[at + 1:]])
