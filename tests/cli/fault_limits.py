"""Limits that are real: a disk that is full, has no inodes left or is read-only, and the limits of a process."""

import dataclasses
import errno
import os
import pathlib
import shlex
import subprocess
import tempfile

from fault_kinds import Fault
from faults import Story, Trial, Wrong, tree_of
from harness import paths

# In a mount namespace of its own, $1 is a file system of these options ($2) with the world in it, which $3 is done to. The command runs, and
# when there is room again once more, with the arguments $4 if there is the file $5; not if there is $6. Nothing of it stays on the real disk.
_ON_DISK = """
disk=$1 again=$4 first=$5 never=$6
mount -t tmpfs -o "$2" tmpfs "$disk" && cp -a world/. "$disk" || exit 99
eval "$3"
stage=$PWD
shift 6
(cd "$disk" && "$@" >"$stage/out" 2>"$stage/err")
echo $? >status
cp -a "$disk/." left
mount -o remount,rw,size=1g,nr_inodes=100000 "$disk"
if [ -n "$never" ] && [ -e "$disk/$never" ]; then exit; fi
if [ -n "$first" ] && [ -e "$disk/$first" ]; then set -- "$@" $again; fi
(cd "$disk" && "$@" >"$stage/out2" 2>"$stage/err2")
echo $? >status2
"""
_PAGE = 4096


@dataclasses.dataclass(frozen=True)
class Limit:
    """Something that there is only so much of."""
    name: str
    number: int  # of the errno that says so
    amounts: tuple[int, ...]
    prlimit: str = ""  # the option; else it is the disk
    inodes: bool = False

    def fault(self) -> Fault:
        return Fault(self.name, ("limit",), number=self.number)


LIMITS = [
    Limit("full disk: pages left", errno.ENOSPC, tuple(range(10))),
    Limit("full disk: inodes left", errno.ENOSPC, tuple(range(10)), inodes=True),
    Limit("read-only disk", errno.EROFS, (0,)),
    Limit("limit of a file's size", errno.EFBIG, (*range(1, 2000, 97), *range(2000, 12000, 499)), "--fsize"),
    Limit("limit of open files", errno.EMFILE, tuple(range(4, 20)), "--nofile"),
]


class Limited:
    """Stories tried within limits."""

    def __init__(self, trial: Trial):
        self.trial, self.root = trial, trial.root

    def amounts(self, story: Story, limit: Limit) -> tuple[int, ...]:
        if not limit.prlimit:
            return limit.amounts if story.files and not story.inside else ()
        # With less the program does not even start.
        return tuple(each for each in limit.amounts if self.trial.run(("--version",), inside=("prlimit", f"{limit.prlimit}={each}", "--")).returncode == 0)

    def attempt(self, story: Story, limit: Limit, amount: int) -> bool:
        """@return whether the command noticed. @raises Wrong"""
        if limit.prlimit:
            return self.trial.attempt(story, limit.fault(), amount, limit=("prlimit", f"{limit.prlimit}={amount}", "--"))
        with tempfile.TemporaryDirectory(prefix="halligan-stage.") as stage:
            return self._on_disk(story, limit, amount, pathlib.Path(stage))

    def _on_disk(self, story: Story, limit: Limit, amount: int, stage: pathlib.Path) -> bool:
        for name in ("world", "left"):
            (stage / name).mkdir()
        everything = tree_of(self.root, ("fault.",))
        names = [self.root / name for name in everything if "/" not in name]
        subprocess.run(["cp", "-a", *names, stage / "world"], check=True)
        pages = sum((len(contents) + _PAGE - 1) // _PAGE for _, contents in everything.values())
        locked = limit.number == errno.EROFS
        room, left = (1 << 16, len(everything) + 2 + amount) if limit.inodes else (pages + (100 if locked else amount), 1 << 20)
        unshare = ["unshare", *([] if os.geteuid() == 0 else ["-r"]), "-m"]
        again, first = shlex.join(story.again or ()), story.files[0]
        subprocess.run([*unshare, "sh", "-c", _ON_DISK, "sh", self.root, f"size={max(1, room) * _PAGE},nr_inodes={left}",
                        f"mount -o remount,ro {self.root}" if locked else "", again, first, first if story.again is None else "",
                        paths.HALLIGAN, *story.argv], cwd=stage, env={**self.trial.env, **story.env}, check=True, stdin=subprocess.DEVNULL)
        return self._judge(story, limit, amount, stage)

    def _judge(self, story: Story, limit: Limit, amount: int, stage: pathlib.Path) -> bool:
        def ended(number: str) -> subprocess.CompletedProcess:
            return subprocess.CompletedProcess((), int((stage / f"status{number}").read_text()), *((stage / f"{name}{number}").read_text() for name in ("out", "err")))

        done, left = ended(""), Trial(self.trial.work, {**self.trial.env, **story.env}, self.trial.without, stage / "left")
        left.printed = self.trial.printed
        try:
            left.judge(story, limit.fault(), done, tree_of(self.root, self.trial.without), tree_of(stage / "left", self.trial.without))
            if (stage / "status2").exists():
                left.judge_again(story, ended("2"))
        except Wrong as wrong:
            raise Wrong(f"{story.name}, {limit.name}, {amount}: {wrong}\nstatus {done.returncode}\n{done.stdout}{done.stderr}") from None
        return done.returncode != story.status
