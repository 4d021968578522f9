#!/usr/bin/env -S /usr/bin/python3 -B
"""tests/bench/bench.py [--long] [BUILD]: counts and ratios against stock ssh-keygen, in one run on one machine.

Requests to the token and touches of each operation, ours and OpenSSH's built-in support; time, processor time and memory
of minting a certificate with `halligan mint` and with ssh-keygen, of certifying a thousand keys, and of inspecting 1,000
and 100,000 certificates of one stream; and what loading the provider costs. Nothing is gated on these numbers. Seconds are
noisy, ratios less so: each is the median of several runs that alternate between the two. With --long also the 100,000 under
an ed25519 CA, for which ssh-keygen -L takes five minutes.
"""

import argparse
import base64
import os
import pathlib
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
arguments = argparse.ArgumentParser(usage="bench.py [--long] [BUILD]")
arguments.add_argument("--long", action="store_true")
arguments.add_argument("build", nargs="?")
asked = arguments.parse_args()
if asked.build:
    os.environ["HALLIGAN_BUILD"] = os.path.abspath(asked.build)

from harness import paths, round_trips  # noqa: E402  (the path comes first)
from harness.softkey import Softkey  # noqa: E402
from harness.work import Work  # noqa: E402

RUNS = 15
MANY, MANY_RUNS = 1000, 5


def cost(commands, env, cwd) -> tuple[float, float, int]:
    """(seconds, processor seconds, largest resident KiB) of commands one after the other."""
    seconds = cpu = largest = 0
    for argv in commands:
        began = time.monotonic()
        child = subprocess.Popen([str(word) for word in argv], env=env, cwd=cwd, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            raise SystemExit(f"bench: {argv[0]} failed with {child.returncode}")
        seconds += time.monotonic() - began
        cpu += usage.ru_utime + usage.ru_stime
        largest = max(largest, usage.ru_maxrss)
    return seconds, cpu, largest


def trips(work: Work) -> None:
    measured = []
    for row in round_trips.ROWS:
        ours, builtin = round_trips.measure(work, row, lambda name, **options: Softkey(work, name, **options))
        measured.append((row, ours, builtin))
    print(round_trips.table(measured))


def minting(work: Work) -> None:
    token = Softkey(work, "bench")
    env = {**work.env, **token.env}
    folder = work.path("ca")
    folder.mkdir()
    work.run(paths.HALLIGAN, "ca", "init", "-d", folder, env=token.env).expect()
    ours = [[paths.HALLIGAN, "mint", "--ca", folder / "ca", "-I", "bench", "-n", "root", "-o", "ours", "--force", "--yes"]]
    stock = [["rm", "-f", "stock", "stock.pub", "stock-cert.pub"],
             ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "stock"],
             ["ssh-keygen", "-q", "-s", folder / "ca", "-I", "bench", "-n", "root", "-z", "1", "-V", "-5m:+60m", "stock.pub"]]
    results = {"halligan mint": [], "ssh-keygen": []}
    since = len(token.records())
    counts = {}
    for _ in range(RUNS):
        for name, commands in (("halligan mint", ours), ("ssh-keygen", stock)):
            results[name].append(cost(commands, env, work.root))
            counts[name] = len(token.records()) - since
            since = len(token.records())
    print(f"\n{'a key and its certificate':<28}{'ms':>8}{'CPU ms':>8}{'MiB':>7}{'requests':>10}{'processes':>11}")
    medians = {}
    for name, processes in (("halligan mint", 1), ("ssh-keygen", 3)):  # ssh-keygen twice, and its helper
        seconds, cpu, memory = (statistics.median(column) for column in zip(*results[name]))
        medians[name] = (seconds, cpu)
        print(f"{name:<28}{seconds * 1e3:>8.1f}{cpu * 1e3:>8.1f}{memory / 1024:>7.1f}{counts[name]:>10}{processes:>11}")
    (our_seconds, our_cpu), (seconds, cpu) = medians["halligan mint"], medians["ssh-keygen"]
    print(f"{'ratio, ssh-keygen / ours':<28}{seconds / our_seconds:>8.2f}{cpu / our_cpu:>8.2f}")
    token.stop()


def certificates(work: Work, kind: str, count: int) -> bytes:
    """Lines of certificates for keys of their own under one CA, by ssh-keygen."""
    folder = work.path(f"stream-{kind}")
    folder.mkdir()
    blob = lambda data: len(data).to_bytes(4, "big") + data
    names = []
    for number in range(count):
        key = base64.b64encode(blob(b"ssh-ed25519") + blob(os.urandom(32))).decode()
        names.append(f"{number}.pub")
        (folder / names[-1]).write_text(f"ssh-ed25519 {key} user{number}\n")
    work.run("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", folder / "ca").expect()
    work.run("ssh-keygen", "-q", "-s", "ca", "-I", "bench", "-n", "root", "-z", "+1", "-V", "-5m:+60m", *names, cwd=folder,
             timeout=300).expect()
    return b"".join((folder / f"{number}-cert.pub").read_bytes() for number in range(count))


def inspecting(work: Work) -> None:
    """A stream of certificates through `halligan inspect --json` and `ssh-keygen -L`; both verify every signature."""
    print(f"\n{'inspecting certificates':<32}{'ms':>8}{'CPU ms':>8}")
    few, both = ((1000, 5),), ((1000, 5), (100000, 1))
    for kind, sizes in (("ed25519", both if asked.long else few), ("rsa", both), ("ecdsa", both)):
        thousand = certificates(work, kind, 1000)
        for count, runs in sizes:
            stream = work.path("stream")
            with open(stream, "wb") as file:
                for _ in range(count // 1000):
                    file.write(thousand)
            commands = {"halligan inspect": [paths.HALLIGAN, "inspect", "--json", stream],
                        "ssh-keygen -L": ["ssh-keygen", "-L", "-f", stream]}
            results = {name: [] for name in commands}
            for _ in range(runs):
                for name, command in commands.items():
                    results[name].append(cost([command], work.env, work.root))
            medians = {}
            for name, rows in results.items():
                medians[name] = seconds, cpu = [statistics.median(column) for column in zip(*rows)][:2]
                print(f"{f'{name}, {count} {kind}':<32}{seconds * 1e3:>8.0f}{cpu * 1e3:>8.0f}")
            (our_seconds, our_cpu), (seconds, cpu) = medians.values()
            print(f"{'ratio, ssh-keygen / ours':<32}{seconds / our_seconds:>8.2f}{cpu / our_cpu:>8.2f}")


def signing_many(work: Work) -> None:
    """A thousand keys in one process, by a CA key in a file: what a fleet of hosts is given at once."""
    work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "many").expect()
    subject = work.path("many.pub").read_text()
    keys = [f"k{i:04}.pub" for i in range(1, MANY + 1)]
    print(f"\n{f'{MANY} keys in one process':<28}{'CA':<9}{'s':>7}{'CPU s':>7}{'ratio':>7}{'CPU':>7}")
    for kind in ("ed25519", "ecdsa", "rsa"):
        ca = work.path(f"ca-{kind}")
        work.run("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", ca).expect()
        grant = ["-I", "bench", "-n", "root"]
        ours = [paths.HALLIGAN, "sign", "--yes", "--ca", ca, *grant]
        commands = {"ssh-keygen": ["ssh-keygen", "-q", "-s", ca, *grant, *keys],
                    "halligan sign": [*ours, "--ledger", "ledger", *keys],
                    "halligan sign --no-ledger": [*ours, "--no-ledger", *keys]}
        results = {name: [] for name in commands}
        for number in range(MANY_RUNS):
            for name, argv in commands.items():
                # A folder of its own each time: ext4 searches long for a new inode after many were given back.
                folder = work.path(f"{kind} {name} {number}")
                folder.mkdir()
                for key in keys:
                    (folder / key).write_text(subject)
                results[name].append(cost([argv], work.env, folder)[:2])
                if len(list(folder.glob("*-cert.pub"))) != MANY:
                    raise SystemExit(f"bench: {name} did not write {MANY} certificates")
        medians = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in results.items()}
        stock = medians["ssh-keygen"]
        for name, (seconds, cpu) in medians.items():
            print(f"{name:<28}{kind:<9}{seconds:>7.2f}{cpu:>7.2f}{stock[0] / seconds:>7.2f}{stock[1] / cpu:>7.2f}")


def loading() -> None:
    """dlopen in a fresh process each time: what ssh-sk-helper pays before its first call."""
    program = ("import ctypes,time,sys; began=time.perf_counter(); ctypes.CDLL(sys.argv[1]); "
               "print(time.perf_counter()-began)")
    times = [float(subprocess.run([sys.executable, "-c", program, str(paths.PROVIDER)], capture_output=True, text=True,
                                  check=True).stdout) for _ in range(RUNS)]
    print(f"\nloading libsk-halligan.so: {statistics.median(times) * 1e3:.1f} ms, "
          f"{paths.PROVIDER.stat().st_size / 1024:.0f} KiB on disk")


def main() -> None:
    work = Work()
    try:
        trips(work)
        minting(work)
        signing_many(work)
        inspecting(work)
        loading()
    finally:
        work.close()


if __name__ == "__main__":
    main()
