"""Breaks one trust decision at a time (table.py) and runs the tests that look at it.

Usage: run.py BUILD_FOLDER [NUMBER...]; the folder is this script's own, and keeps its build. The last line is how many were
killed. Status 1: fewer than 95 %, or one that survives is not explained; 2: the table does not fit the source.
"""

import pathlib
import shutil
import subprocess
import sys

from table import MUTANTS

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENOUGH = 0.95
LONGEST = 900  # seconds for the tests of one mutant: one that hangs is killed


def prepare(folder: pathlib.Path) -> None:
    """A copy of what git has here, with what ./setup unpacked, built once."""
    tracked = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], check=True, capture_output=True).stdout.split(b"\0")
    for name in (name.decode() for name in tracked if name):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_bytes() != (ROOT / name).read_bytes():
            shutil.copy2(ROOT / name, target)
    (folder / "build").mkdir(exist_ok=True)
    for name in ("openssh-server", "smartcard", "journal-remote", "vm-kernel"):
        if (ROOT / "build" / name).exists() and not (folder / "build" / name).exists():
            (folder / "build" / name).symlink_to(ROOT / "build" / name)
    # Without warnings: what the compiler would call unused is not noticed by a test.
    subprocess.run(["cmake", "--preset", "dev", "-DBUILD_TESTING=ON", "-DHALLIGAN_UNIT_TESTS=ON", "-DCMAKE_CXX_FLAGS=-w"], cwd=folder,
                   check=True, capture_output=True)
    build(folder, check=True)


def build(folder: pathlib.Path, check: bool = False) -> bool:
    done = subprocess.run(["ninja", "-C", "build/dev"], cwd=folder, capture_output=True, text=True)
    if check and done.returncode != 0:
        sys.exit(done.stdout[-3000:])
    return done.returncode == 0


def survives(folder: pathlib.Path, tests: str) -> bool:
    try:
        done = subprocess.run(["ctest", "--test-dir", "build/dev", "-j2", "--stop-on-failure", "-R", f"^({tests})"], cwd=folder,
                              capture_output=True, text=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return False
    if "No tests were found" in done.stdout + done.stderr:
        sys.exit(f"no test is called {tests}")
    return done.returncode == 0


def main() -> int:
    folder = pathlib.Path(sys.argv[1]).resolve()
    chosen = [int(number) for number in sys.argv[2:]] or range(1, len(MUTANTS) + 1)
    for file, old, *_ in MUTANTS:
        if (ROOT / file).read_text().count(old) != 1:
            print(f"{file}: not exactly once in it: {old}")
            return 2
    prepare(folder)
    killed, unexplained, explained = 0, [], 0
    for number in chosen:
        file, old, new, tests, *why = MUTANTS[number - 1]
        source = folder / file
        whole = source.read_text()
        source.write_text(whole.replace(old, new))
        try:
            if not build(folder):
                print(f"{number}: does not compile: {new}")
                return 2
            alive = survives(folder, tests)
        finally:
            source.write_text(whole)
        word = "killed" if not alive else "equivalent" if why else "SURVIVES"
        print(f"{number:3} {word:10} {file}: {old[:70]}", flush=True)
        killed += not alive
        explained += bool(alive and why)
        if alive and not why:
            unexplained.append(number)
    build(folder)
    count = len(list(chosen)) - explained
    print(f"{killed} of {count} killed ({100 * killed // max(count, 1)} %)"
          + (f", {explained} equivalent" if explained else "") + (f"; not noticed: {unexplained}" if unexplained else ""))
    return 0 if killed >= ENOUGH * count and not unexplained else 1


if __name__ == "__main__":
    sys.exit(main())
