"""What programs cost, and how to compare: alternating runs, medians, spread, growth."""

import ctypes
import dataclasses
import math
import os
import pathlib
import signal
import statistics
import subprocess
import time

_TRACEME, _CONT, _SETOPTIONS = 0, 7, 0x4200
_OPTION_EXIT, _EVENT_EXIT = 0x40, 6
_libc = ctypes.CDLL(None, use_errno=True)


@dataclasses.dataclass(frozen=True)
class Cost:
    """Of commands one after the other: both times with all their children's, the memory without."""
    seconds: float
    cpu: float
    mib: float  # most that one of them held in memory


def _ptrace(request: int, pid: int, data: int = 0) -> None:
    if _libc.ptrace(request, pid, None, ctypes.c_void_p(data)) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def _most_memory(pid: int) -> float:
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def run(argv, *, env, cwd, statuses=(0,)) -> Cost:
    """One command. The process stops when it begins and when it ends: the clock runs between, and what is read at the end is the
    memory of this program alone. ru_maxrss would begin with what Python held when it forked."""
    argv = [str(word) for word in argv]
    with open(os.path.join(cwd, ".stderr"), "w+b") as errors:
        child = subprocess.Popen(argv, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
                                 start_new_session=True, preexec_fn=lambda: _libc.ptrace(_TRACEME, 0, None, None))
        os.waitpid(child.pid, 0)
        _ptrace(_SETOPTIONS, child.pid, _OPTION_EXIT)
        began, mib, deliver = time.monotonic(), 0.0, 0
        while True:
            _ptrace(_CONT, child.pid, deliver)
            _, status, usage = os.wait4(child.pid, 0)
            if not os.WIFSTOPPED(status):
                break
            deliver = os.WSTOPSIG(status)
            if status >> 8 == signal.SIGTRAP | _EVENT_EXIT << 8:
                mib, deliver = _most_memory(child.pid), 0
        seconds = time.monotonic() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in statuses:
            errors.seek(0)
            raise SystemExit(f"bench: {' '.join(argv[:12])} failed with {child.returncode}: {errors.read().decode()[-2000:]}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, mib)


def total(costs: list[Cost]) -> Cost:
    return Cost(sum(each.seconds for each in costs), sum(each.cpu for each in costs), max(each.mib for each in costs))


def alternate(runs: int, parts: dict) -> dict[str, list]:
    """What each of the named functions gave in each run: first all of them once, then all again."""
    results = {name: [] for name in parts}
    for number in range(runs):
        for name, function in parts.items():
            results[name].append(function(number))
    return results


def figure(values) -> dict:
    values = list(values)
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def spread(figure: dict) -> float:
    """Half of what lies between the least and the most, as a part of the median."""
    return (figure["most"] - figure["least"]) / 2 / figure["median"] if figure["median"] else 0.0


def figures(costs: list[Cost]) -> dict:
    return {name: figure(getattr(cost, name) for cost in costs) for name in ("seconds", "cpu", "mib")}


def ratio(ours: list[Cost], theirs: list[Cost]) -> dict:
    """How many times as long theirs takes: the ratio of each pair of neighbours, and of these the median."""
    return {name: figure(getattr(b, name) / max(getattr(a, name), 1e-6) for a, b in zip(ours, theirs)) for name in ("seconds", "cpu")}


def growth(start: float, points: list[tuple[int, float]]) -> float | None:
    """The exponent e of seconds = start + c * n^e: the slope of the straight line that fits log(seconds - start) over log(n) best, by
    least squares. None with fewer than three sizes that take longer than the start."""
    logs = [(math.log(n), math.log(seconds - start)) for n, seconds in points if seconds > start]
    if len(logs) < 3:
        return None
    slope, _ = statistics.linear_regression(*zip(*logs))
    return slope
