"""What the cores could do: `openssl speed -multi`."""

import ctypes
import dataclasses
import os
import re
import shutil
import signal
import subprocess
import time

CORES = len(os.sched_getaffinity(0))
_PR_SET_CHILD_SUBREAPER = 36
_NAMES = {"ed25519": "ed25519", "P-256": "ecdsap256", "RSA 3072": "rsa3072"}


@dataclasses.dataclass(frozen=True)
class Rate:
    """Operations in a second of all cores: by the clock, and with all of the cores' processor time."""
    clock: float
    cpu: float


def available() -> bool:
    return shutil.which("openssl") is not None


def speed(algorithm: str, seconds: int = 1) -> dict[str, Rate]:
    """{"sign": ..., "verify": ...}, in a little more than twice as many seconds. Each process counts for so many seconds by the clock; how
    much of the processors they got meanwhile is what they leave to whoever waits for them. OpenSSL 3.5 goes on with an RSA key, for what nobody asked."""
    # The first process may end before it has waited for the others: they then become ours.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    began = time.monotonic()
    child = subprocess.Popen(["openssl", "speed", "-mr", "-seconds", str(seconds), "-multi", str(CORES), _NAMES[algorithm]],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
    # +R8:COUNT:BITS:NAME:TIME, by each process; the first kind of count signs, the second verifies.
    counts: dict[int, list[int]] = {}
    said = []
    with child.stdout:
        while line := child.stdout.readline():
            said.append(line)
            if match := re.match(r"\+R(\d+):(\d+):", line):
                counts.setdefault(int(match[1]), []).append(int(match[2]))
            first = sorted(counts)[:2]
            if len(first) == 2 and all(len(counts[kind]) == CORES for kind in first):
                break
        else:
            raise SystemExit(f"bench: openssl speed said what was not understood:\n{''.join(said)}")
        took = time.monotonic() - began
        os.killpg(child.pid, signal.SIGKILL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    while True:
        try:
            _, _, usage = os.wait4(-child.pid, 0)
        except ChildProcessError:
            break
        cpu += usage.ru_utime + usage.ru_stime
    share = cpu / (took * CORES)
    return {name: Rate(sum(counts[kind]) / seconds, sum(counts[kind]) / seconds / share) for name, kind in zip(("sign", "verify"), first)}
