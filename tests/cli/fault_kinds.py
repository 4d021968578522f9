"""What can go wrong with a call to the system: the ways that fault.cpp knows, and which calls are chosen."""

import dataclasses
import errno
import signal

CLASSES = ("write", "output", "sync", "truncate", "rename", "exchange", "link", "unlink", "create", "unnamed", "open", "folder", "mode", "read",
           "memory", "pin", "time", "process", "list", "look", "close", "lock", "random", "map")
STEPS = ("write", "sync", "truncate", "rename", "exchange", "link", "unlink", "create", "unnamed", "folder", "mode")
ANYWHERE = ("memory", "time", "pin", "read", "open", "list", "look", "close", "lock", "random", "process", "output")
FOR_EVER = 1 << 40
_DAY = 86400


@dataclasses.dataclass(frozen=True)
class Fault:
    """One way in which calls of these classes go wrong."""
    name: str
    classes: tuple[str, ...]
    how: str = "fail"
    number: int = 0  # of the errno or of the signal; seconds of the clock
    lasting: bool = False  # that call and all after it
    harmless: bool = False  # the command has to do its work all the same

    def variables(self, at: int) -> dict[str, str]:
        shared = {"FAULT_CALLS": ",".join(self.classes), "FAULT_AT": str(at), "FAULT_LAST": str(FOR_EVER if self.lasting else at)}
        if self.how == "clock":
            return {**shared, "FAULT_CLOCK_THEN": str(self.number)}
        return {**shared, "FAULT_HOW": self.how, "FAULT_SIGNAL" if self.how == "signal" else "FAULT_ERRNO": str(self.number)}

    @property
    def kills(self) -> bool:
        return self.how in ("before", "after", "torn")

    @property
    def of_memory(self) -> bool:
        return self.classes == ("memory",)


def _fails(name: str, classes: str, number: int, **more) -> Fault:
    return Fault(name, tuple(classes.split()), "fail", number, **more)


def _interrupted(call: str, classes: str) -> Fault:
    return _fails(f"{call}: interrupted", classes, errno.EINTR, harmless=True)


FAULTS = [
    _fails("write: disk full", "write", errno.ENOSPC),
    _fails("disk full for good", "write create unnamed folder", errno.ENOSPC, lasting=True),
    _fails("write: over the quota", "write", errno.EDQUOT, lasting=True),
    _fails("write: input/output error", "write", errno.EIO),
    _interrupted("write", "write"),
    Fault("write: short", ("write",), "short", harmless=True),
    _fails("fsync: input/output error", "sync", errno.EIO),
    _fails("fsync: disk full", "sync", errno.ENOSPC),
    _interrupted("fsync", "sync"),
    _fails("ftruncate: input/output error", "truncate", errno.EIO),
    _interrupted("ftruncate", "truncate"),
    _fails("rename: input/output error", "rename exchange", errno.EIO),
    _fails("renameat2: not supported", "exchange", errno.EINVAL, lasting=True, harmless=True),
    _fails("link: disk full", "link", errno.ENOSPC),
    _fails("link: too many", "link", errno.EMLINK),
    _fails("unlink: read-only", "unlink", errno.EROFS),
    _fails("open to write: read-only", "create unnamed", errno.EROFS, lasting=True),
    _fails("open to write: no descriptors", "create unnamed", errno.EMFILE),
    _interrupted("open to write", "create unnamed"),
    _fails("O_TMPFILE: not supported", "unnamed", errno.EOPNOTSUPP, lasting=True, harmless=True),
    _fails("open to read: no descriptors", "open", errno.EMFILE),
    _fails("open to read: input/output error", "open", errno.EIO),
    _interrupted("open to read", "open"),
    _fails("mkdir: read-only", "folder", errno.EROFS),
    _fails("chmod: not permitted", "mode", errno.EPERM),
    _fails("read: input/output error", "read", errno.EIO),
    _interrupted("read", "read"),
    Fault("read: short", ("read",), "short", harmless=True),
    _fails("readdir: input/output error", "list", errno.EIO),
    _interrupted("readdir", "list"),
    _fails("stat: input/output error", "look", errno.EIO),
    _fails("close: input/output error", "close", errno.EIO, harmless=True),
    _interrupted("close", "close"),
    _fails("flock: no locks", "lock", errno.ENOLCK),
    _interrupted("flock", "lock"),
    _fails("getrandom: not permitted", "random", errno.EPERM),
    _interrupted("getrandom", "random"),
    _fails("mmap: no memory", "map", errno.ENOMEM),
    _fails("standard output: disk full", "output", errno.ENOSPC),
    _interrupted("standard output", "output"),
    _fails("mlock: no memory", "pin", errno.ENOMEM, lasting=True, harmless=True),
    _fails("pipe, socket, spawn: no descriptors", "process", errno.EMFILE),
    _fails("malloc: no memory", "memory", errno.ENOMEM),
    _fails("malloc: no memory for good", "memory", errno.ENOMEM, lasting=True),
    Fault("clock: a day back", ("time",), "clock", -_DAY, lasting=True),
    Fault("clock: a day forward", ("time",), "clock", _DAY, lasting=True),
    Fault("clock: an hour back, once", ("time",), "clock", -3600),
    Fault("clock: twenty years forward", ("time",), "clock", 20 * 365 * _DAY, lasting=True),
    Fault("SIGINT", STEPS, "signal", signal.SIGINT),
    Fault("SIGTERM", STEPS, "signal", signal.SIGTERM),
    Fault("SIGHUP", STEPS, "signal", signal.SIGHUP),
    Fault("SIGINT anywhere", ANYWHERE, "signal", signal.SIGINT),
    Fault("SIGTERM anywhere", ANYWHERE, "signal", signal.SIGTERM),
    Fault("SIGHUP anywhere", ANYWHERE, "signal", signal.SIGHUP),
    Fault("SIGKILL before", STEPS, "before"),
    Fault("SIGKILL in a write", STEPS, "torn"),
    Fault("SIGKILL after", STEPS, "after"),
    Fault("SIGKILL anywhere", ANYWHERE, "before"),
]


def calls(fault: Fault, counts: dict[str, int], every: int = 0, spread: int = 0) -> list[int]:
    """Which calls to spoil: all, or the first `every` and then `spread` of the others, as evenly as possible."""
    total = sum(counts[name] for name in fault.classes)
    if not spread or total <= every + spread:
        return list(range(1, total + 1))
    rest = total - every
    return [*range(1, every + 1), *(every + 1 + i * rest // spread for i in range(spread))]
