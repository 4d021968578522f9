"""What the cores could do: `openssl speed -multi`."""

import dataclasses
import os
import re
import shutil
import subprocess

CORES = len(os.sched_getaffinity(0))
_NAMES = {"ed25519": "ed25519", "P-256": "ecdsap256", "RSA 3072": "rsa3072"}


@dataclasses.dataclass(frozen=True)
class Rate:
    """Operations in a second of all cores: by the clock, and with all of the cores' processor time."""
    clock: float
    cpu: float


def available() -> bool:
    return shutil.which("openssl") is not None


def speed(algorithm: str, seconds: int = 1) -> dict[str, Rate]:
    """{"sign": ..., "verify": ...} of a run that takes twice as many seconds. Each of its processes counts for so many seconds by the
    clock; how much of the processors they got meanwhile is asked of the kernel."""
    child = subprocess.Popen(["openssl", "speed", "-mr", "-seconds", str(seconds), "-multi", str(CORES), _NAMES[algorithm]],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with child.stdout:
        said = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    # +R8:COUNT:BITS:NAME:TIME, by each process; the first kind of count signs, the second verifies.
    counts: dict[int, list[int]] = {}
    for kind, count in re.findall(r"^\+R(\d+):(\d+):", said, re.M):
        counts.setdefault(int(kind), []).append(int(count))
    if child.returncode != 0 or len(counts) < 2 or any(len(each) != CORES for each in counts.values()):
        raise SystemExit(f"bench: openssl speed said what was not understood:\n{said}")
    share = (usage.ru_utime + usage.ru_stime) / (len(counts) * seconds * CORES)
    rates = [sum(counts[kind]) / seconds for kind in sorted(counts)]
    return {name: Rate(rate, rate / share) for name, rate in zip(("sign", "verify"), rates)}
