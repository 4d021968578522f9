"""What is measured, a function for each section. Each adds to the result, which is the JSON that the run writes."""

import dataclasses
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

import limits
import material
import measure
from harness import paths, round_trips
from harness.softkey import Softkey
from harness.ssh import Sshd
from harness.work import USER, Work

PIN = "314159"
POLICY = "with the PIN at hand, mint asks the token whether the CA is bound to a policy"


@dataclasses.dataclass(frozen=True)
class Asked:
    """How much is run."""
    quick: bool = False
    long: bool = False
    most: int | None = None

    def sizes(self, *, most: int, long: int) -> list[int]:
        """From 1000 to 10^most, or to 10^long."""
        if self.quick:
            return [10, 30, 100]
        sizes = [10 ** power for power in range(3, (long if self.long else most) + 1)]
        return [size for size in sizes if self.most is None or size <= max(self.most, 1000)]

    def runs(self, size: int, seconds: float = 0) -> int:
        """@param seconds that one run will take, as far as that is known"""
        most = 2 if self.quick else 9 if size <= 1 else 5 if size <= 1000 else 3
        return max(2, min(most, int(600 / seconds))) if seconds else most

    def bearable(self, seconds: float) -> bool:
        """Whether a program that takes so long is run at all."""
        return seconds <= (600 if self.long else 60)


class Section:
    """Where a section puts its figures."""

    def __init__(self, name: str, work: Work, asked: Asked, result: dict):
        self.name, self.work, self.asked, self.result = name, work, asked, result
        self.took: dict[tuple, float] = {}  # each of a series, at its last size
        self.speeds: dict[str, dict] = {}   # --quick

    def compare(self, what: str, n: int | None, ours, theirs=None, *, peer: str = "", runs: int | None = None, steps: int = 10) -> dict:
        """Run what belongs to one figure, in turn. ours and theirs: functions of the run's number that return a Cost.
        @param steps how many times as long this size may take as the last one"""
        return self.compare_all(n, {what: ours}, theirs, peer=peer, runs=runs, steps=steps)[0]

    def compare_all(self, n: int | None, several: dict, theirs=None, *, peer: str = "", runs: int | None = None, steps: int = 10,
                    limit=None) -> list[dict]:
        """As compare(), for several of ours beside one of theirs.
        @param limit (algorithm, "sign" or "verify", how many are done)"""
        took = {name: self.took.get((peer, *several, name), 0) * steps for name in (*several, "theirs")}
        parts = dict(several)
        if theirs and self.asked.bearable(took["theirs"]):
            parts["theirs"] = theirs
        runs = runs or self.asked.runs(n or 1, sum(took[name] for name in parts))
        if limit and limits.available():
            parts["limit"] = lambda _: self.speed(limit[0])[limit[1]]
        results = measure.alternate(runs, parts)
        for name in took:
            self.took[peer, *several, name] = measure.figures(results[name])["seconds"]["median"] if name in results else took[name]
        return [self._add(what, n, results[what], results.get("theirs"), peer if theirs else "", limit, results.get("limit"))
                for what in several]

    def _add(self, what: str, n: int | None, ours, theirs, peer, limit, rates) -> dict:
        row = {"section": self.name, "what": what, "n": n, "runs": len(ours), "ours": measure.figures(ours), "peer": peer or None, "theirs": None,
               "ratio": None, "limit": None}
        if theirs:
            row |= {"theirs": measure.figures(theirs), "ratio": measure.ratio(ours, theirs)}
        if rates:
            algorithm, operation, count = limit
            row["limit"] = {
                "what": f"{algorithm} {operation}",
                "per_second": measure.figure(rate.clock for rate in rates),
                "percent": measure.figure(100 * count / cost.seconds / rate.clock for cost, rate in zip(ours, rates)),
                "cpu_percent": measure.figure(100 * count * limits.CORES / max(cost.cpu, 1e-6) / rate.cpu for cost, rate in zip(ours, rates)),
            }
        self.result["measurements"].append(row)
        print(f"bench: {self.name}: {what}{f', {n}' if n else ''}: {row['ours']['seconds']['median']:.4g} s", file=sys.stderr, flush=True)
        return row

    def speed(self, algorithm: str) -> dict:
        """Each time anew, so that what else the machine does weighs on both."""
        if not self.asked.quick:
            return limits.speed(algorithm)
        if algorithm not in self.speeds:
            self.speeds[algorithm] = limits.speed(algorithm)
        return self.speeds[algorithm]

    def command(self, *argv, env=None, cwd=None, statuses=(0,)):
        """A function that compare() can run."""
        return lambda _: measure.run(argv, env={**self.work.env, **(env or {})}, cwd=cwd or self.work.root, statuses=statuses)

    def grow(self, what: str, start: float, their_start: float | None = None) -> None:
        """The exponents of a series of which all sizes are measured. @param start seconds with a single one"""
        rows = [row for row in self.result["measurements"] if row["section"] == self.name and row["what"] == what and row["n"]]
        for who, began in (("ours", start), ("theirs", their_start)):
            points = [(row["n"], row[who]["seconds"]["median"]) for row in rows if row[who]]
            exponent = measure.growth(began, points) if began is not None else None
            if exponent is not None:
                self.result["growth"].append({"section": self.name, "what": what, "who": rows[0]["peer"] if who == "theirs" else "halligan",
                                              "exponent": exponent, "start_seconds": began, "sizes": [n for n, _ in points]})


def trips(section: Section) -> None:
    rows = round_trips.ROWS[::6] if section.asked.quick else round_trips.ROWS
    for row in rows:
        ours, builtin = round_trips.measure(section.work, row, lambda name, **options: Softkey(section.work, name, **options))
        section.result["trips"].append({"operation": row.name, "ours": dataclasses.asdict(ours), "theirs": dataclasses.asdict(builtin),
                                        "peer": "built-in", "floor": row.floor, "reason": row.reason})


class Minting:
    """A CA on a token with a PIN, and the two ways to a certificate of it."""

    def __init__(self, section: Section, name: str, *options: str):
        self.section, self.work = section, section.work
        self.token = Softkey(self.work, name, pin=PIN)
        self.askpass = self.work.askpass(PIN)
        self.folder = self.work.path(f"{name}-ca")
        self.folder.mkdir()
        self.env = {**self.token.env, **self.askpass.env}
        self.work.run(paths.HALLIGAN, "ca", "init", "-d", self.folder, *options, env=self.env).expect()
        self.grant = ["-I", "bench", "-n", USER]

    def ours(self, *arguments) -> list:
        return [paths.HALLIGAN, "mint", "--yes", "--ca", self.folder / "ca", *self.grant, *arguments]

    def stock(self) -> list[list]:
        return [["rm", "-f", "stock", "stock.pub", "stock-cert.pub"],
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "stock"],
                ["ssh-keygen", "-q", "-s", self.folder / "ca", *self.grant, "-z", "1", "-V", "-5m:+60m", "stock.pub"]]

    def compare(self, what: str, ours: list[list], theirs: list[list], peer: str, floor: int, reason: str = "") -> None:
        """@param floor requests to the token that the protocol cannot do without"""
        section = self.section
        counts = [self.count(commands) for commands in (ours, theirs)]
        parts = [lambda _, commands=commands: measure.total([section.command(*argv, env=self.env)(0) for argv in commands])
                 for commands in (ours, theirs)]
        section.compare(what, None, parts[0], parts[1], peer=peer, runs=2 if section.asked.quick else 15)
        section.result["trips"].append({"operation": what, "ours": counts[0], "theirs": counts[1], "peer": peer,
                                        "floor": floor, "reason": reason})

    def count(self, commands: list[list]) -> dict:
        """Once, without the clock. rm is for us, and not counted."""
        since, asked = len(self.token.records()), len(self.askpass.questions())
        starts = round_trips.Starts(self.work)
        for argv in commands:
            self.work.run(*(argv if argv[0] == "rm" else starts.counted(*argv)), env=self.env).expect()
        records = self.token.records()[since:]
        return dataclasses.asdict(round_trips.Cost(len(records), sum(1 for record in records if round_trips.touched(record)),
                                                   len(self.askpass.questions()) - asked, starts.count()))


def mint(section: Section) -> None:
    """A key and its certificate, by a CA key that requires a touch, and by one that requires the PIN too."""
    for what, options, floor, reason in (("mint", (), 3, ""), ("mint, PIN", ("--verify-required",), 5, POLICY)):
        world = Minting(section, what, *options)
        world.compare(what, [world.ours("-o", "ours", "--force")], world.stock(), "ssh-keygen", floor, reason)
        world.token.stop()


def login(section: Section) -> None:
    """The same, and in at a real sshd."""
    world = Minting(section, "login")
    sshd = Sshd(section.work, f"TrustedUserCAKeys {world.folder}/ca.pub\nMaxStartups 100")
    config = sshd.ssh_config(name="bench_config")
    ssh = ["ssh", "-F", config, "-i", "stock", "host", "true"]
    for what, options in (("login", []), ("login, --no-preflight", ["--no-preflight"])):
        world.compare(what, [world.ours("--ssh", "host", *options, "--", "-F", config, "true")], [*world.stock(), ssh], "ssh-keygen, ssh", 3)
    sshd.daemon.stop()
    world.token.stop()


def sign(section: Section) -> None:
    """Many keys in one process, by a CA key in a file: what a fleet of hosts is given at once."""
    asked, work = section.asked, section.work
    for kind in material.KINDS:
        ca = material.make_ca(work, kind)
        grant = ["-I", "bench", "-n", "root", "-V", "-5m:+60m"]
        with_ledger, without = f"{kind}, ledger", f"{kind}, no ledger"
        ours = [paths.HALLIGAN, "sign", "--yes", "--ca", ca, *grant]
        argvs = {with_ledger: [*ours, "--ledger", "ledger"], without: [*ours, "--no-ledger"],
                 "theirs": ["ssh-keygen", "-q", "-s", ca, *grant]}
        starts = {}
        for n in [1, *asked.sizes(most=4, long=5)]:
            source = work.path(f"keys-{n}-{kind}")
            names = material.keys(source, n)

            def one(number: int, what: str):
                # A folder of its own each time: ext4 searches long for a new inode after many were given back.
                folder = work.path(f"{kind} {what} {n} {number}")
                shutil.copytree(source, folder, copy_function=os.link)
                cost = section.command(*argvs[what], *names, cwd=folder)(0)
                made = sum(1 for name in os.listdir(folder) if name.endswith("-cert.pub"))
                if made != n:
                    raise SystemExit(f"bench: {what}: {made} certificates instead of {n}")
                if n > 10000:
                    shutil.rmtree(folder)
                return cost

            parts = {what: lambda number, what=what: one(number, what) for what in argvs}
            theirs = parts.pop("theirs")
            if n == 1:
                starts = {what: statistics.median(cost.seconds for cost in costs)
                          for what, costs in measure.alternate(asked.runs(1), {**parts, "theirs": theirs}).items()}
            else:
                section.compare_all(n, parts, theirs, peer="ssh-keygen", limit=(kind, "sign", n))
            shutil.rmtree(source)
        section.grow(with_ledger, starts[with_ledger])
        section.grow(without, starts[without], starts["theirs"])


def inspect(section: Section) -> None:
    """A stream of certificates; both verify every signature."""
    asked, work = section.asked, section.work
    for kind in material.KINDS:
        distinct = min(1000, asked.sizes(most=5, long=5)[0])
        some = material.certificates(work, kind, distinct)
        text, as_json = f"{kind}, text", f"{kind}, --json"
        starts = {}
        for n in [1, *asked.sizes(most=5, long=5)]:
            stream = work.path(f"stream-{kind}-{n}".replace(" ", "-"))
            with open(stream, "wb") as file:
                lines = some.splitlines(keepends=True)
                for done in range(0, n, distinct):
                    file.writelines(lines[:n - done])
            parts = {text: section.command(paths.HALLIGAN, "inspect", stream), as_json: section.command(paths.HALLIGAN, "inspect", "--json", stream)}
            theirs = section.command("ssh-keygen", "-L", "-f", stream)
            if n == 1:
                starts = {what: statistics.median(cost.seconds for cost in costs)
                          for what, costs in measure.alternate(asked.runs(1), {**parts, "theirs": theirs}).items()}
            else:
                section.compare_all(n, parts, theirs, peer="ssh-keygen -L", limit=(kind, "verify", n))
        section.grow(text, starts[text])
        section.grow(as_json, starts[as_json], starts["theirs"])


def ledger(section: Section) -> None:
    """An ed25519 CA's ledgers, and a log where each certificate was used once. No other program does this: beside it stands the limit."""
    asked, work = section.asked, section.work
    starts = {}
    for n in [1, *asked.sizes(most=5, long=6)]:
        ledgers, log = material.ledgers_and_log(work, n)
        named = [word for each in ledgers for word in ("--ledger", each)]
        parts = {"ledger verify": section.command(paths.HALLIGAN, "ledger", "verify", *ledgers),
                 "ledger reconcile": section.command(paths.HALLIGAN, "ledger", "reconcile", *named, log)}
        if n == 1:
            starts = {what: statistics.median(cost.seconds for cost in costs)
                      for what, costs in measure.alternate(asked.runs(1), parts).items()}
        else:
            section.compare_all(n, parts, limit=("ed25519", "verify", n))
    for what, start in starts.items():
        section.grow(what, start)


def revoke(section: Section) -> None:
    """Lists of serials that do not touch one another, and what is on them."""
    asked, work = section.asked, section.work
    ca = material.make_ca(work, "ed25519")
    some = material.certificates(work, "ed25519", 10 if asked.quick else 1000)
    folder = work.path("certificates-ed25519")
    names = [folder / name for name in sorted(os.listdir(folder)) if name.endswith("-cert.pub")]
    everything = work.path("all")
    everything.write_bytes(some)
    make, one, many = "make a list", "check 1 key", f"check {len(names)} keys"
    starts: dict[str, list[float]] = {make: [], one: [], many: []}
    for n in [1, *asked.sizes(most=5, long=6)]:
        serials, spec, krl, other = (work.path(f"{name}-{n}") for name in ("serials", "spec", "krl", "other-krl"))
        numbers = [1000000 + 7 * number for number in range(n)]
        serials.write_text("".join(f"{number}\n" for number in numbers))
        spec.write_text("".join(f"serial: {number}\n" for number in numbers))
        ours = (paths.HALLIGAN, "revoke", "make", "--yes", "--force", "-o", krl, "--ca", f"{ca}.pub", "--serials", serials)
        # Both check our list: ssh-keygen refuses its own where a bitmap in it is longer than 2048 bytes ("bignum is too large").
        work.run(*ours, timeout=600).expect()
        rows = {make: (section.command(*ours), section.command("ssh-keygen", "-q", "-k", "-f", other, "-s", f"{ca}.pub", spec), "ssh-keygen -k"),
                one: (section.command(paths.HALLIGAN, "revoke", "check", krl, names[0]), section.command("ssh-keygen", "-Q", "-f", krl, names[0]),
                      "ssh-keygen -Q"),
                many: (section.command(paths.HALLIGAN, "revoke", "check", krl, everything),
                       section.command("ssh-keygen", "-Q", "-f", krl, *names), "ssh-keygen -Q")}
        for what, (ours, theirs, peer) in rows.items():
            if n == 1:
                costs = measure.alternate(asked.runs(1), {"ours": ours, "theirs": theirs})
                starts[what] = [statistics.median(cost.seconds for cost in costs[who]) for who in ("ours", "theirs")]
            else:
                section.compare(what, n, ours, theirs, peer=peer, steps=10 if what == make else 1)
    section.grow(make, *starts[make])


def load(section: Section) -> None:
    """dlopen in a fresh process each time: what ssh-sk-helper pays before its first call."""
    program = ("import ctypes,time,sys; began=time.perf_counter(); ctypes.CDLL(sys.argv[1]); "
               "print(time.perf_counter()-began)")
    times = [float(subprocess.run([sys.executable, "-c", program, str(paths.PROVIDER)], capture_output=True, text=True,
                                  check=True).stdout) for _ in range(2 if section.asked.quick else 15)]
    section.result["load"] = {"seconds": measure.figure(times), "bytes": pathlib.Path(paths.PROVIDER).stat().st_size}


ALL = {"trips": trips, "mint": mint, "login": login, "sign": sign, "inspect": inspect, "ledger": ledger, "revoke": revoke, "load": load}
