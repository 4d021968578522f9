"""clang-tidy over every source file of a build but the unit tests and fuzz targets, once per content.

usage: tidy.py BUILD [--all]

A file that was clean is not looked at again while it, everything it includes, its command and .clang-tidy stay as they
are: BUILD/../tidy holds one empty stamp per clean content. BUILD is configured with clang and Ninja, whose lists of
includes name the headers; for what is not built there the compiler is asked.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def included(build: pathlib.Path) -> dict[str, list[str]]:
    """Object file → files that went into it, as Ninja recorded them."""
    text = subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, text=True, check=True).stdout
    table: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith(" "):
            table[name].append(line.strip())
        elif line:
            name = line.split(":")[0]
            table[name] = []
    return table


def asked(entry: dict) -> list[str]:
    """What the compiler says that a file includes."""
    words = [word for word in shlex.split(entry["command"]) if not word.endswith("/ccache")]
    for option in ("-o", "-MF", "-MT"):
        if option in words:
            at = words.index(option)
            del words[at:at + 2]
    text = subprocess.run([*(word for word in words if word not in ("-c", "-MD")), "-M", "-MT", "it"],
                          cwd=entry["directory"], capture_output=True, text=True, check=True).stdout
    return text.replace("\\\n", " ").split()[1:]


class Hashes:
    """The identity of a file: its content if it is ours, its size and time if it is the system's."""

    def __init__(self, build: pathlib.Path):
        self._build, self._known = build, {}

    def of(self, name: str) -> str:
        if name not in self._known:
            path = (self._build / name).resolve()
            if path.is_relative_to(SOURCE):
                self._known[name] = hashlib.sha256(path.read_bytes()).hexdigest()
            else:
                status = path.stat()
                self._known[name] = f"{path} {status.st_size} {status.st_mtime_ns}"
        return self._known[name]


def weight(file: str) -> int:
    """How much there is to look at: the bytes of a file, or of those that a unity file puts together."""
    path = pathlib.Path(file)
    names = re.findall(r'^#include "(/.+)"$', path.read_text(), re.M) if "/Unity/unity_" in file else []
    return sum(pathlib.Path(name).stat().st_size for name in names) or path.stat().st_size


def tidy(build: pathlib.Path, file: str) -> tuple[int, str]:
    done = subprocess.run(["clang-tidy", "--quiet", "-p", build, file], capture_output=True, text=True, check=False)
    # "12345 warnings generated." counts those of system headers that are not shown.
    noise = re.compile(r"^\d+ warnings? (generated|treated as errors)\.?$")
    said = "\n".join(line for line in done.stderr.splitlines() if not noise.match(line))
    return done.returncode, done.stdout + said


def main() -> int:
    build = pathlib.Path(sys.argv[1]).resolve()
    stamps = build.parent / "tidy"
    stamps.mkdir(exist_ok=True)
    rules = (SOURCE / ".clang-tidy").read_bytes()
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
    deps, hashes = included(build), Hashes(build)

    todo: dict[str, pathlib.Path] = {}
    # Not the unit tests: Catch2's macros cost as much as all of the product, and hide what there is to find. Nor the fuzz
    # targets: each is a page that drags in all headers of its layer.
    entries = [entry for entry in json.loads((build / "compile_commands.json").read_text())
               if not re.search(r"/tests/unit/|/fuzz_\w+\.dir/|/tests/fuzz/", entry["file"])]
    for entry in entries:
        key = hashlib.sha256(rules + version + entry["command"].encode())
        output = re.search(r" -o (\S+) ", entry["command"])
        for name in (output and deps.get(output[1])) or asked(entry):
            key.update(hashes.of(name).encode())
        stamp = stamps / key.hexdigest()
        if "--all" in sys.argv or not stamp.exists():
            todo[entry["file"]] = stamp
    if not entries:
        print("tidy: no source files")
        return 1

    began, bad = time.monotonic(), 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        # The longest first, so that all cores are busy until the end.
        order = sorted(todo.items(), key=lambda item: -weight(item[0]))
        running = {pool.submit(tidy, build, file): (file, stamp) for file, stamp in order}
        for future in concurrent.futures.as_completed(running):
            file, stamp = running[future]
            status, said = future.result()
            if status == 0:
                stamp.touch()
            else:
                bad += 1
                print(f"tidy: {os.path.relpath(file, SOURCE)}\n{said}", flush=True)
    print(f"tidy: {len(entries)} files, {len(todo)} looked at in {time.monotonic() - began:.0f} s, {bad} with findings")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
