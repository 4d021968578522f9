"""A command with a fault at every one of its calls to the system, one at a time, and what has to hold afterwards.

The faults come from the preloaded fault.cpp. A story is a command in a world that is put back before each try. After each try:
what existed is as it was or completely the new, what is new is whole, no temporary file is left, every certificate that lies
there is on record, ledgers verify, the message names the cause and the exit status is that of halligan(1), and the same command
works when it is run again.
"""

import collections.abc
import dataclasses
import json
import os
import pathlib
import re
import signal
import stat
import struct
import subprocess

import harness
from fault_kinds import CLASSES, Fault
from harness import paths
from harness.work import need

UNREACHABLE = 4
_STUCK = -signal.SIGALRM  # what stands for the status of a program that waits for ever in libcrypto
_OF_ANOTHER_PROGRAM = re.compile(r"(?m)^halligan: .*\b(askpass|ssh-agent|agent|age|ssh|wormhole|shell)\b")  # it has the limits, too
_NOT_BEGUN = "error while loading shared libraries"  # what the shell around it ends with is 127


@dataclasses.dataclass(frozen=True)
class Outside:
    """What a command changes that is not in files: a token, an agent, a host."""
    look: collections.abc.Callable[[], str]  # in words
    done: str  # how it looks when all is well
    allowed: tuple[str, ...]  # how it may look after a fault
    reset: collections.abc.Callable[[], None]


@dataclasses.dataclass(frozen=True)
class Story:
    """A command that writes, and what it may leave."""
    name: str
    argv: tuple
    files: tuple[str, ...] = ()  # written together: all of them or none
    also: tuple[str, ...] = ()  # may be written whatever becomes of the others, each whole
    status: int = 0  # when all is well
    again: tuple | None = ()  # arguments more, when it is run again and its files are there; None: it is not run again if there is their folder
    once: str = ""  # what it says when it is run again and has recorded a certificate that was not written
    inside: tuple = ()  # what runs it
    env: dict = dataclasses.field(default_factory=dict)
    codes: tuple[str, ...] = ()  # findings of `ledger verify` that are no fault of the ledger's
    whole: dict = dataclasses.field(default_factory=dict)  # of a ledger that was torn: what must not be lost
    stdin: bytes = b""
    prints: bool = False  # what it prints is the answer: it is all there, or the status says that it is not
    helper: str = ""  # what is said when a process of its own is ended by the fault instead
    rows: bool = False  # it makes checks, and one that cannot be made is a row that says why
    outside: Outside | None = None
    refused: bool = False  # nothing that goes wrong makes it succeed
    most: int = 0  # tries of each fault, where a try takes long


_A_BUG = "report this as a bug"


def _timeless(text: str) -> str:
    """What is printed is the same a minute later."""
    return re.sub(r"\d+ (\w+) left", r"N \1 left", text)


class Wrong(Exception):
    """What does not hold."""


Tree = dict[str, tuple[int, bytes]]


def tree_of(root: pathlib.Path, without: tuple[str, ...]) -> Tree:
    """Everything below: the mode, and the contents or where a link leads. Sockets and what programs of the test write are left out."""
    found: Tree = {}
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = os.path.join(folder, name)
            short = os.path.relpath(path, root)
            if short.startswith(without):
                continue
            mode = os.lstat(path).st_mode
            if stat.S_ISREG(mode):
                found[short] = (mode, pathlib.Path(path).read_bytes())
            elif stat.S_ISLNK(mode):
                found[short] = (mode, os.readlink(path).encode())
            elif stat.S_ISDIR(mode):
                found[short] = (mode, b"")
    return found


def put_back(root: pathlib.Path, want: Tree, have: Tree) -> None:
    """Make the folder as it was."""
    for name in sorted(set(have) - set(want), reverse=True):
        path = root / name
        path.rmdir() if stat.S_ISDIR(have[name][0]) else path.unlink()
    for name, (mode, contents) in want.items():
        if have.get(name) == (mode, contents):
            continue
        path = root / name
        if name in have and not stat.S_ISDIR(mode):
            path.unlink()
        if stat.S_ISDIR(mode):
            path.mkdir(exist_ok=True)
        elif stat.S_ISLNK(mode):
            path.symlink_to(contents.decode())
            continue
        else:
            path.write_bytes(contents)
        path.chmod(stat.S_IMODE(mode))


def _waits_in_libcrypto(pid: int) -> bool:
    """Its only thread waits for something that lies in libcrypto's own memory."""
    if len(os.listdir(f"/proc/{pid}/task")) != 1:
        return False
    words = pathlib.Path(f"/proc/{pid}/syscall").read_text().split()
    if words[0] not in ("202", "98"):  # futex: of amd64, and of arm64 and riscv64
        return False
    name = ""
    for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
        begin, end = (int(each, 16) for each in line.split()[0].split("-"))
        name = line.split()[5] if len(line.split()) > 5 else name  # without one: what follows a library's data is its own
        if begin <= int(words[1], 16) < end:
            return "/libcrypto.so" in name
    return False


class Trial:
    """The stories of one world, tried."""

    def __init__(self, work, env: dict, without: tuple[str, ...] = (), root: pathlib.Path | None = None):
        """@param without  beginnings of the names that are not halligan's: what a token or an askpass helper writes
        @param root        the world, if it is not the whole work folder"""
        self.work, self.root = work, root or work.root
        self.env = {**work.env, **env}
        self.counts = work.path("fault.counts")
        self.without = ("fault.", *without)
        before = [paths.sanitizer_runtime(paths.HALLIGAN)] if paths.sanitized(paths.HALLIGAN) else []
        for number in (signal.SIGINT, signal.SIGHUP):  # ignored in the background and under nohup, and then by every program
            signal.signal(number, signal.SIG_DFL)
        self.printed: dict[str, str] = {}
        self.crashes = self.misnamed = 0  # of memory: in libcrypto and cmark, and by what libraries make of it
        self.preload = ":".join([*before, str(need(paths.BUILD / "lib" / "fault.so"))])

    def run(self, argv, stdin: bytes = b"", inside: tuple = (), **variables: str) -> subprocess.CompletedProcess:
        return self.start((*inside, paths.HALLIGAN, *argv), stdin, {**self.env, **variables})

    def start(self, argv, stdin: bytes = b"", env: dict | None = None) -> subprocess.CompletedProcess:
        """As Work.run(), without preexec_fn: that copies this interpreter for each of thousands of programs."""
        with subprocess.Popen([str(word) for word in argv], cwd=self.root, env=env or self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, start_new_session=True) as child:
            try:
                out, err = child.communicate(stdin, timeout=harness.PATIENCE)
                status = child.returncode
            except subprocess.TimeoutExpired:
                stuck = _waits_in_libcrypto(child.pid)
                child.kill()
                out, err = child.communicate()
                if not stuck:
                    raise
                status = _STUCK
        return subprocess.CompletedProcess(child.args, status, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))

    def count(self, story: Story) -> dict[str, int]:
        """How many calls of each class the command makes when all is well; the world is as before."""
        before = tree_of(self.root, self.without)
        self.counts.unlink(missing_ok=True)
        done = self.run(story.argv, story.stdin, story.inside, LD_PRELOAD=self.preload, FAULT_COUNTS=str(self.counts), **story.env)
        if done.returncode != story.status:
            raise Wrong(f"{story.name}: without a fault, status {done.returncode}\n{done.stderr}")
        after = tree_of(self.root, self.without)
        self.printed[story.name] = done.stdout
        for name in story.files:
            if name not in after:
                raise Wrong(f"{story.name}: without a fault, no file {name}")
        self._judge_outside(story, done.returncode)
        put_back(self.root, before, after)
        if story.outside:
            story.outside.reset()
        return dict(zip(CLASSES, struct.unpack(f"{len(CLASSES)}Q", self.counts.read_bytes())))

    def attempt(self, story: Story, fault: Fault, at: int, *, again: bool = True, limit: tuple = ()) -> bool:
        """One try. @param limit  the program that sets one. @return whether the command noticed. @raises Wrong"""
        before = tree_of(self.root, self.without)
        done = self.run(story.argv, story.stdin, (*story.inside, *limit), LD_PRELOAD=self.preload, **story.env, **fault.variables(at))
        after = tree_of(self.root, self.without)
        try:
            self.judge(story, fault, done, before, after)
            if again and (after != before or story.outside):  # else it is run as it was before the fault
                self.run_again(story, after)
        except Wrong as wrong:
            raise Wrong(f"{story.name}, {fault.name}, call {at}: {wrong}\nstatus {done.returncode}\n{done.stdout}{done.stderr}") from None
        finally:
            put_back(self.root, before, tree_of(self.root, self.without))
            if story.outside:
                story.outside.reset()
        return done.returncode != story.status

    def _judge_outside(self, story: Story, status: int) -> None:
        if not story.outside:
            return
        seen = story.outside.look()
        if status == story.status and seen != story.outside.done:
            raise Wrong(f"it says that all is well, and {seen}")
        if seen not in (story.outside.done, *story.outside.allowed):
            raise Wrong(f"left outside: {seen}")

    def run_again(self, story: Story, after: Tree) -> None:
        there = any(name in after for name in story.files)
        if story.again is None and story.files and (there or any(os.path.dirname(name) in after for name in story.files)):
            return
        if story.again is None and story.outside and story.outside.look() == story.outside.done:
            return
        self.judge_again(story, self.run((*story.argv, *(story.again if there else ())), story.stdin, story.inside, **story.env))

    @staticmethod
    def judge_again(story: Story, done) -> None:
        if done.returncode != story.status and not (story.once and story.once in done.stderr):
            raise Wrong(f"run again, it ends with {done.returncode}: {done.stderr}")

    def judge(self, story: Story, fault: Fault, done, before: Tree, after: Tree) -> None:
        self._judge_message(story, fault, done)
        if story.prints and done.returncode == story.status and fault.how != "clock" and _timeless(done.stdout) != _timeless(self.printed[story.name]):
            raise Wrong(f"it says that all is well, and prints less or other than\n{self.printed[story.name]}")
        self._judge_outside(story, done.returncode)
        gone = set(before) - set(after)
        if gone:
            raise Wrong(f"gone: {sorted(gone)}")
        changed = {name for name in after if after[name] != before.get(name)}
        strange = {name for name in changed - set(story.files) - set(story.also) if not self._is_expected(name, story, fault, before, after)}
        if strange:
            raise Wrong(f"left or changed: {sorted(strange)}")
        written = changed & set(story.files)
        if written and written != set(story.files) and not fault.kills:
            raise Wrong(f"only {sorted(written)} of {story.files} are new")
        if done.returncode == story.status and written != set(story.files):
            raise Wrong(f"it says that all is well, and {sorted(set(story.files) - written)} are not written")
        for name in changed:
            self._judge_file(name, story, fault, before, after)
        self._judge_record(written, after)
        said_so = "but not delivered" in done.stderr or fault.kills or fault.how == "signal" or fault.of_memory
        nothing_made = not written and story.files or story.outside and story.outside.look() != story.outside.done
        if done.returncode != story.status and nothing_made and self._certificates(after) > self._certificates(before) and not said_so:
            raise Wrong("it recorded a certificate that it did not write, and does not say so")

    def _judge_message(self, story: Story, fault: Fault, done) -> None:
        status, said = done.returncode, done.stderr
        if status == story.status:
            return
        if fault.kills or fault.how == "signal":
            expected = -(signal.SIGKILL if fault.kills else fault.number)
            if status != expected and not (story.helper and re.search(story.helper, said)):
                raise Wrong(f"status {status}, not {expected}")
            return
        if fault.how == "clock":  # what it refuses, it says
            if status not in (1, 2, 3) or not said + done.stdout or _A_BUG in said:
                raise Wrong(f"status {status}")
            return
        # libcrypto 3.0 does not look whether it got its locks; that of 3.5 waits for its own beginning if it did not.
        # cmark ends the program.
        if fault.of_memory and (status in (-signal.SIGSEGV, _STUCK) or status == -signal.SIGABRT and "[cmark]" in said):
            self.crashes += 1
            return
        if story.refused and status == 0:
            raise Wrong("it did what it refuses when nothing goes wrong")
        if fault.harmless:
            raise Wrong(f"it should have gone on: status {status}")
        reason = os.strerror(fault.number)
        if fault.of_memory:
            reason = "out of memory"
            if reason not in said and status in (1, 3, 4, 70):  # OpenSSL, libssh, libfido2 and libcbor call it something else
                self.misnamed += 1
                status, reason = UNREACHABLE, "libssh does not say why" if "libssh does not" in done.stdout else "halligan: "
        if fault.classes == ("limit",) and (status in (UNREACHABLE, 5) and _OF_ANOTHER_PROGRAM.search(said) or status == 127 and _NOT_BEGUN in said):
            return
        if fault.classes == ("look",) and "cannot read all of" in said:  # libsystemd does not say why
            reason = "see why: journalctl --verify"
        if fault.classes == ("random",):  # OpenSSL does not say why, and libfido2 not even what
            reason = next((words for words in ("libfido2 failed", "PRNG error") if words in said + done.stdout), "no random bytes")
        if story.rows and status == 1 and reason in done.stdout:
            return
        if status != UNREACHABLE:
            raise Wrong(f"status {status}, not {UNREACHABLE}")
        if reason not in said + done.stdout:
            raise Wrong(f"the message does not say {reason!r}")
        if _A_BUG in said:
            raise Wrong("it calls that a bug")

    @staticmethod
    def _is_expected(name: str, story: Story, fault: Fault, before: Tree, after: Tree) -> bool:
        """Folders above what may be written; a file under its temporary name where nobody could remove it, and after SIGKILL a scratch folder."""
        if stat.S_ISDIR(after[name][0]) and any(other.startswith(name + "/") for other in (*story.files, *story.also)):
            return True
        hidden = os.path.basename(name).startswith((".halligan-", "halligan-agent.")) and name not in before
        return hidden and (fault.kills or fault.classes == ("unlink",)) or name.startswith("halligan.") and name not in before and fault.kills

    def _judge_file(self, name: str, story: Story, fault: Fault, before: Tree, after: Tree) -> None:
        mode, contents = after[name]
        path = self.root / name
        if not stat.S_ISREG(mode) or os.path.basename(name).startswith(".halligan-"):
            return
        if name.endswith(".ledger"):
            old = story.whole.get(name, before.get(name, (0, b""))[1])
            if not contents.startswith(old):
                raise Wrong(f"{name} lost records")
            if fault.kills:  # cut off: mended by the next one, which run_again() sees
                return
            self._verify(name, story)
        elif b"PRIVATE KEY" in contents:
            self._passes(name, "ssh-keygen", "-y", "-P", "", "-f", path)
            if mode & 0o077:
                raise Wrong(f"{name} can be read by others")
        elif name.endswith("-cert.pub"):
            self._passes(name, "ssh-keygen", "-L", "-f", path)
        elif name.endswith(".pub"):
            self._passes(name, "ssh-keygen", "-l", "-f", path)
        elif name.endswith(".krl"):
            self._passes(name, "ssh-keygen", "-Q", "-l", "-f", path)
        elif name.endswith(".json"):
            json.loads(contents)
        elif not contents:
            raise Wrong(f"{name} is empty")

    def _passes(self, name: str, *argv) -> None:
        done = self.start(argv)
        if done.returncode != 0:
            raise Wrong(f"{name} is not whole: {done.stderr}")

    def _verify(self, name: str, story: Story) -> None:
        done = self.run(("ledger", "verify", "--json", name))
        if done.returncode not in (0, 1):
            raise Wrong(f"{name} does not verify: {done.stderr}")
        verdict = json.loads(done.stdout)
        codes = {finding["code"] for finding in verdict["findings"]}
        if not verdict["intact"] and codes - set(story.codes):
            raise Wrong(f"{name} does not verify: {done.stdout}")

    @staticmethod
    def _certificates(tree: Tree) -> int:
        """How many are on record."""
        return sum(contents.count(b'"kind":"certificate"') for name, (_, contents) in tree.items()
                   if name.endswith("/ca.ledger") and stat.S_ISREG(tree[name][0]))

    @staticmethod
    def _judge_record(written: set[str], after: Tree) -> None:
        ledgers = b"".join(contents for name, (_, contents) in after.items() if name.endswith(".ledger"))
        for name in written:
            if name.endswith("-cert.pub") and after[name][1].split()[1] not in ledgers:
                raise Wrong(f"{name} is on no record")
