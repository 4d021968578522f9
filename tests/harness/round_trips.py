"""What one operation costs in requests to the token, touches, PINs and processes: ours and OpenSSH's built-in support, side by side."""

import dataclasses
import re

from . import paths
from .mockdev import Mockdev
from .softkey import Softkey
from .work import Work, need

PIN = "173205"


@dataclasses.dataclass(frozen=True)
class Row:
    """One operation of ssh-keygen's."""
    name: str
    token: tuple[str, ...] = ()       # softkey's options
    pin: bool = False                 # the token has one
    others: tuple[str, ...] = ()      # further tokens that are plugged in: "before" or "after" it in the list
    prepare: tuple[tuple[str, ...], ...] = ()  # commands before, uncounted
    command: tuple[str, ...] = ()
    floor: int = 0                    # what the protocol cannot do without
    ours: int = 0                     # what we need; more than the floor only with a reason
    reason: str = ""


_SIGN = ("ssh-keygen", "-q", "-Y", "sign", "-f", "key", "-n", "file", "data")


def _make(*options: str, name: str = "key") -> tuple[str, ...]:
    return ("ssh-keygen", "-q", "-t", "ecdsa-sk", "-N", "", "-f", name, *options)


_MADE = [name + end for name in ("key", "second", "third") for end in ("", ".pub")] + ["data.sig"]

ROWS = (
    Row("enroll, no PIN", command=_make(), floor=3, ours=3),
    Row("enroll, PIN set, CTAP 2.0", token=("--ctap", "2.0"), pin=True, command=_make(), floor=7, ours=7),
    Row("enroll, PIN set, CTAP 2.1", pin=True, command=_make(), floor=3, ours=3),
    Row("enroll resident, PIN", pin=True, command=_make("-O", "resident"), floor=8, ours=8),
    Row("enroll resident, biometric", token=("--uv",), pin=True, command=_make("-O", "resident"), floor=6, ours=6),
    Row("sign, touch", prepare=(_make(),), command=_SIGN, floor=3, ours=3),
    Row("sign, no touch", prepare=(_make("-O", "no-touch-required"),), command=_SIGN, floor=3, ours=3),
    Row("sign, PIN", pin=True, prepare=(_make("-O", "verify-required"),), command=_SIGN, floor=5, ours=5),
    Row("load 1 resident key", pin=True, prepare=(_make("-O", "resident"),),
        command=("ssh-keygen", "-q", "-K", "-N", ""), floor=6, ours=6),
    Row("load 3 of 2 applications", pin=True,
        prepare=(_make("-O", "resident"), _make("-O", "resident", "-O", "user=b", name="second"),
                 _make("-O", "resident", "-O", "application=ssh:c", name="third")),
        command=("ssh-keygen", "-q", "-K", "-N", ""), floor=9, ours=9),
    Row("sign, 1st of 2 tokens", others=("after",), prepare=(_make(),), command=_SIGN, floor=4, ours=4),
    Row("sign, 2nd of 2 tokens", others=("before",), prepare=(_make(),), command=_SIGN, floor=7, ours=7),
    Row("sign, no touch, 2nd of 2", others=("before",), prepare=(_make("-O", "no-touch-required"),), command=_SIGN,
        floor=6, ours=6),
    Row("enroll resident, 2 tokens", pin=True, others=("after",), command=_make("-O", "resident"), floor=14, ours=14),
    Row("enroll, U2F token", token=("--ctap", "u2f"), command=_make(), floor=2, ours=2),
    Row("sign, U2F token", token=("--ctap", "u2f"), prepare=(_make(),), command=_SIGN, floor=2, ours=3,
        reason="libfido2 1.12 asks whether the handle is known before it asks for a touch"),
)


@dataclasses.dataclass(frozen=True)
class Cost:
    requests: int
    touches: int
    pins: int       # that were asked for
    processes: int  # that were started, askpass and the program itself among them

    def __str__(self) -> str:
        return f"{self.requests}/{self.touches}/{self.pins}/{self.processes}"


def touched(record) -> bool:
    """A touch was given: for a key, for a signature, or (CTAP 2.0: a makeCredential that is refused) to choose the token."""
    if record["ctap"] == "makeCredential":
        return record["status"][:4] in ("0x00", "0x31")
    return record["status"].endswith(":OK") and (record["ctap"] in ("selection", "REGISTER") or record["up"] == "1")


class Starts:
    """Counts the processes that a command starts, with its own: those that become another program."""

    def __init__(self, work: Work):
        self._log = work.path("started")
        self._log.unlink(missing_ok=True)

    def counted(self, *argv) -> tuple:
        return ("strace", "-f", "-qq", "-e", "trace=execve", "-e", "signal=none", "-A", "-o", self._log, *argv)

    def count(self) -> int:
        return len(set(re.findall(r"^(\d+) +(?:execve\(|<\.\.\. execve resumed).* = 0$", self._log.read_text(), re.M)))


def _asked(work: Work, token: Softkey, begin: int) -> list:
    """Its requests since. It is asked once more and that left out: what was cancelled it may have been still busy with."""
    work.run(need(paths.HALLIGAN), "token", "info", "--device", token.path).expect()
    records = token.records()[begin:]
    last = max(index for index, record in enumerate(records) if record["hid"] == "INIT")
    return records[:last]


def _count(work: Work, tokens: list[Softkey], prepare, run, row: Row) -> Cost:
    askpass = work.askpass(PIN)
    for command in row.prepare:
        prepare(*command, env=askpass.env).expect()
    since = [len(token.records()) for token in tokens]
    askpass, starts = work.askpass(PIN), Starts(work)
    run(*starts.counted(*row.command), env=askpass.env).expect()
    records = [record for token, begin in zip(tokens, since) for record in _asked(work, token, begin)]
    return Cost(len(records), sum(1 for record in records if touched(record)), len(askpass.questions()), starts.count())


def _runner(work: Work, kind: str, tokens: list[Softkey]):
    """Runs programs that find exactly these tokens, with our provider or with the built-in one."""
    if kind == "builtin":
        return Mockdev(work, *tokens).run
    device = {"HALLIGAN_DEVICE": ":".join(str(token.path) for token in tokens)}
    return lambda *argv, env: work.run(*argv, env={**env, **device})


def measure(work: Work, row: Row, start) -> tuple[Cost, Cost]:
    """(ours, built-in). @param start makes a token: start(name, pin=…, options=…, touch=…)"""
    work.write("data", "what is signed\n")
    costs = []
    for kind in ("ours", "builtin"):
        name, pin = f"{kind}-{ROWS.index(row)}", PIN if row.pin else None
        token = start(name, pin=pin, options=row.token)
        # Nobody touches the others.
        others = {where: start(f"{name}-{where}", pin=pin, touch="never") for where in row.others}
        tokens = [each for each in (others.get("before"), token, others.get("after")) if each]
        for made in [*work.root.glob("id_*_rk*"), *(work.path(name) for name in _MADE)]:
            made.unlink(missing_ok=True)
        costs.append(_count(work, tokens, _runner(work, kind, [token]), _runner(work, kind, tokens), row))
        for each in tokens:
            each.stop()
    return costs[0], costs[1]


HEADING = "requests/touches/PINs/processes"


def table(rows) -> str:
    """rows of (name, ours, built-in, floor, reason) as text, within 80 columns."""
    lines = [f"{HEADING:<31}{'ours':>13}{'OpenSSH':>13}{'ratio':>9}{'floor':>8}"]
    for name, ours, builtin, floor, reason in rows:
        lines.append(f"{name:<31}{ours!s:>13}{builtin!s:>13}{builtin.requests / ours.requests:>8.2f}x{floor:>8}")
        if reason:
            lines.append(f"  {reason}"[:80])
    return "\n".join(lines)
