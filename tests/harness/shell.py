"""A shell that stays open, at which steps are typed line by line, as a person does."""

import re
import time

from .process import PATIENCE, Failure
from .terminal import Terminal

_PROMPT = "@stage:$?@ "
_PROMPT_SEEN = re.compile(r"@stage:(\d+)@ $")
_MORE_SEEN = re.compile(r"@stage\+@ $")


class Shell:
    """bash on a terminal. Variables, functions and the current folder last from step to step."""

    def __init__(self, prefix: list[str], *, env: dict[str, str], cwd):
        self._terminal = Terminal([*prefix, "bash", "--noprofile", "--norc", "--noediting", "-i"],
                                  env={**env, "PS1": _PROMPT, "PS2": "@stage+@ "}, cwd=cwd, columns=200)
        self._wait([], PATIENCE)

    def _wait(self, answers: list[tuple[str, str]], timeout: float) -> int | None:
        """Answer what is asked until the shell wants the next line: its status, or None if it wants more of this one."""
        deadline = time.monotonic() + timeout
        while True:
            text = self._terminal.untaken()
            done, more = _PROMPT_SEEN.search(text), _MORE_SEEN.search(text)
            if done or more:
                self._terminal.expect(r"@stage(\+|:\d+)@ \Z")
                return int(done[1]) if done else None
            if answers and re.search(answers[0][0], text, re.M):
                pattern, reply = answers.pop(0)
                self._terminal.expect(pattern)
                self._terminal.type(reply + "\n")
                continue
            left = deadline - time.monotonic()
            if left <= 0:
                asked = f" (still to be answered: {answers[0][0]!r})" if answers else ""
                raise Failure(f"no prompt within {timeout} s{asked}; the screen since the last one:\n{text}")
            self._terminal.more(left)

    def step(self, text: str, answers: list[tuple[str, str]] = (), timeout: float = PATIENCE) -> tuple[int, str, str]:
        """Type a step's lines, answering prompts in order.
        @return the status of its first command that failed, or 0; that command; all that was printed"""
        answers, printed = list(answers), ""
        command: list[str] = []
        for line in text.rstrip("\n").split("\n"):
            start = len(self._terminal.screen())
            command.append(line)
            self._terminal.type(line + "\n")
            status = self._wait(answers, timeout)
            output = self._terminal.screen()[start:]
            printed += re.sub(r"@stage(\+|:\d+)@ $", "", output.split("\n", 1)[1] if "\n" in output else "")
            if status is None:
                continue
            if status != 0:
                return status, "\n".join(command), printed
            command = []
        if command:
            raise Failure(f"the step ends in the middle of a command: {command}")
        if answers:
            raise Failure(f"nobody asked for {answers[0][0]!r}; the step printed:\n{printed}")
        return 0, "", printed

    def report(self) -> str:
        return self._terminal.report()

    def close(self) -> None:
        self._terminal.close()
