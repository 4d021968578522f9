"""Where a secret is: in the memory, environment or command line of which process. Needs root."""

import os
import re


def writable(process: int | str):
    """What is in the memory of a process, but for what it only reads."""
    for line in open(f"/proc/{process}/maps", encoding="utf-8", errors="replace"):
        begin, end, mode = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
        if not mode.startswith("rw"):
            continue
        with open(f"/proc/{process}/mem", "rb", 0) as memory:
            try:
                memory.seek(int(begin, 16))
                yield memory.read(int(end, 16) - int(begin, 16))
            except OSError:
                continue


def holders(secret: bytes, besides: set[int]) -> tuple[list[str], list[str]]:
    """@param besides  processes that may have it; this one may, and its parent, which is a copy of it (isolation.py)
    @return the command lines of those that have it, and of all that were looked at"""
    found, seen = [], []
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) in besides | {os.getpid(), os.getppid()}:
            continue
        try:
            text = open(f"/proc/{name}/cmdline", "rb").read().replace(b"\0", b" ").decode(errors="replace")
            environment = open(f"/proc/{name}/environ", "rb").read()
            memory = list(writable(name))
        except (ProcessLookupError, FileNotFoundError):
            continue  # it has ended
        seen.append(text)
        if any(secret in piece for piece in memory) or secret in environment or secret in text.encode():
            found.append(text)
    return found, seen
