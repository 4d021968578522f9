"""Runbooks are Markdown; their fenced steps are typed at the stage exactly as printed.

    ```sh laptop             a step: typed line by line at this place's shell (laptop, colleague, a host's name);
                             "$ " begins a command, which a backslash continues; each must end with status 0
    ```text                  what a person should see: its lines appear, in this order, in what the last step printed;
                             … stands for anything

What a reader does with hands, and what a test must know besides, stands in HTML comments, which no reader sees:

    <!-- test: plug NAME -->             this token goes into the laptop
    <!-- test: unplug -->
    <!-- test: carry PLACE FILE PLACE FILE -->   somebody sends somebody a file (paths from their homes)
    <!-- test: answer REGEX => TEXT --> the next step asks this and the person types that; in order
    <!-- test: answer REGEX => heard REGEX -->    the same, with what the last step showed somebody (the group of REGEX)
    <!-- test: exit N -->               the next step's last command ends with this status instead
    <!-- test: not run: REASON -->      the next fence is shown and not executed

A fence that is none of these is an error: a runbook has no step that nobody tried.
"""

import dataclasses
import re

from .process import Failure

_COMMENT = re.compile(r"<!-- test: (.+?) -->\s*$")
_FENCE = re.compile(r"^```(.*)$")


@dataclasses.dataclass
class Step:
    """One thing that happens, at a line of the runbook."""
    line: int
    action: str  # run, plug, unplug, carry
    words: list[str] = dataclasses.field(default_factory=list)  # arguments of plug and carry
    place: str = ""
    text: str = ""
    answers: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    status: int = 0
    seen: list[tuple[int, str]] = dataclasses.field(default_factory=list)  # (line, text that must be printed)


def parse(text: str, name: str) -> list[Step]:
    """The steps of a runbook. @errors Failure with NAME:LINE for whatever nobody would execute."""
    steps: list[Step] = []
    answers: list[tuple[str, str]] = []
    status, not_run = 0, False
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        where = f"{name}:{number}"
        if "<!--" in line and not _COMMENT.match(line):
            raise Failure(f"{where}: a comment that is no direction for the test: {line.strip()}")
        if comment := _COMMENT.match(line):
            words = comment[1].split()
            if words[0] in ("plug", "unplug", "carry"):
                if len(words) != {"plug": 2, "unplug": 1, "carry": 5}[words[0]]:
                    raise Failure(f"{where}: {words[0]} takes other words")
                steps.append(Step(number, words[0], words[1:]))
            elif words[0] == "answer" and " => " in comment[1]:
                pattern, reply = comment[1][len("answer "):].split(" => ", 1)
                answers.append((pattern.strip(), reply.strip()))
            elif words[0] == "exit" and len(words) == 2:
                status = int(words[1])
            elif re.match(r"not run: \S", comment[1]):
                not_run = True
            else:
                raise Failure(f"{where}: unknown direction: {comment[1]}")
            continue
        fence = _FENCE.match(line)
        if not fence:
            continue
        first, body = number, []
        while number < len(lines) and not lines[number].startswith("```"):
            body.append(lines[number])
            number += 1
        if number == len(lines):
            raise Failure(f"{where}: a fence that does not end")
        number += 1
        words = fence[1].split()
        if not_run:
            not_run = False
        elif words[:1] == ["sh"] and len(words) == 2:
            steps.append(Step(first, "run", [], words[1], commands(body, f"{name}:{first + 1}"), answers, status))
            answers, status = [], 0
        elif words == ["text"]:
            runs = [step for step in steps if step.action == "run"]
            if not runs:
                raise Failure(f"{where}: nothing was run before this output")
            runs[-1].seen += [(first + 1 + i, seen) for i, seen in enumerate(body) if seen.strip()]
        else:
            raise Failure(f"{where}: a fence of kind {fence[1]!r} that nothing executes")
    if answers or status or not_run:
        raise Failure(f"{name}: a direction at the end that belongs to no step")
    if not any(step.action == "run" for step in steps):
        raise Failure(f"{name}: no step")
    return steps


def commands(body: list[str], where: str) -> str:
    """What is typed: the lines without "$ ". @errors Failure for a line that neither begins nor continues a command"""
    typed = []
    for line in body:
        continued = bool(typed) and typed[-1].endswith("\\")
        if line.startswith("$ ") == continued:
            raise Failure(f"{where}: a line that is no command: {line!r}")
        typed.append(line if continued else line[2:])
    return "\n".join(typed)


def check_seen(step: Step, printed: str, name: str) -> None:
    """The lines that a person should see appear in order. @errors Failure with the first that does not"""
    # A line that the program wiped from the screen (a countdown) is not there any more.
    rest = [line.rstrip() for line in re.sub(r"[^\n]*\x1b\[K", "", printed).split("\n")]
    for number, wanted in step.seen:
        pattern = re.compile(r".*".join(re.escape(part) for part in wanted.strip().split("…")))
        for index, line in enumerate(rest):
            if pattern.fullmatch(line.strip()):
                rest = rest[index + 1:]
                break
        else:
            raise Failure(f"{name}:{number}: a person should see {wanted.strip()!r}, but the step printed:\n{printed}")


def answers_now(step: Step, last_printed: str) -> list[tuple[str, str]]:
    """The step's answers, with what was heard put in. @errors Failure if nobody could have read that out"""
    found = []
    for prompt, reply in step.answers:
        if reply.startswith("heard "):
            read_out = re.search(reply[len("heard "):], last_printed)
            if not read_out:
                raise Failure(f"nothing like {reply!r} in what the step before printed:\n{last_printed}")
            reply = read_out[1]
        found.append((prompt, reply))
    return found


def play(steps: list[Step], stage, name: str, patience: float) -> None:
    """Execute the steps, waiting so many seconds for each command at most. @errors Failure with NAME:LINE"""
    printed = ""
    for step in steps:
        where = f"{name}:{step.line}"
        try:
            if step.action == "plug":
                stage.plug(step.words[0])
            elif step.action == "unplug":
                stage.unplug()
            elif step.action == "carry":
                stage.carry(*step.words)
            else:
                status, command, printed = stage.shell(step.place).step(step.text, answers_now(step, printed), patience)
                if status != step.status:
                    last = f" of {command!r}" if command else ""
                    raise Failure(f"status {status}{last}, expected {step.status}; it printed:\n{printed}")
                if command and not step.text.rstrip().endswith(command):
                    raise Failure(f"{command!r} is not the step's last command; it printed:\n{printed}")
                check_seen(step, printed, name)
        except (Failure, OSError) as error:
            text = str(error)
            raise Failure(text if text.startswith(name + ":") else f"{where}: {text}") from None


def mutants(steps: list[Step]) -> list[tuple[int, str, str]]:
    """Ways to break the steps' text, one for each step: (index, line as it was, line as it becomes)."""
    found = []
    for index, step in enumerate(steps):
        if step.action != "run":
            continue
        for line in step.text.split("\n"):
            code = line.split("  #")[0]  # what stands for the reader behind it
            words = list(re.finditer(r"[A-Za-z][A-Za-z0-9_.-]*[a-z]", code))
            if words and not line.lstrip().startswith("#"):
                last = words[-1]
                letter = "x" if line[last.end() - 1] != "x" else "y"
                found.append((index, line, line[:last.end() - 1] + letter + line[last.end():]))
                break
    return found
