"""The result as text and as Markdown: the same cells."""

import measure
from harness import round_trips

TITLES = {
    "mint": "mint: a key and its certificate by a CA on a token, beside ssh-keygen twice",
    "login": "login: the same, and in at a real sshd, beside ssh-keygen twice and ssh",
    "sign": "sign: many keys by a CA key in a file, beside ssh-keygen -s",
    "inspect": "inspect: a stream of certificates, each verified, beside ssh-keygen -L",
    "ledger": "ledger: of an ed25519 CA, with its logins in a log; a million are four ledgers",
    "revoke": "revoke: KRLs of n serials, beside ssh-keygen -k and -Q",
}
_HEADS = ("", "n", "ratio", "CPU", "limit", "CPU", "ours", "theirs")
_WIDTHS = (21, 8, 7, 7, 6, 6, 12, 13)


def seconds(value: float) -> str:
    return f"{value * 1e3:.1f}ms" if value < 0.0995 else f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f}s"


def times(value: float) -> str:
    return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f}x"


def _time(figures: dict | None) -> str:
    return f"{seconds(figures['seconds']['median'])} ±{measure.spread(figures['seconds']):.0%}" if figures else "-"


def label(row: dict) -> str:
    """Of a row that stands among those of other sections."""
    return row["what"] if row["what"].startswith(row["section"]) else f"{row['section']}: {row['what']}"


def cells(row: dict) -> list[str]:
    """Of one measurement: what, n, ratio of times and of processor times, percent of the limit by the clock and by processor time, times."""
    ratio, limit = row["ratio"], row["limit"]
    return [row["what"], str(row["n"] or 1), *([times(ratio[name]["median"]) for name in ("seconds", "cpu")] if ratio else ["-", "-"]),
            *([f"{limit[name]['median']:.0f}%" for name in ("percent", "cpu_percent")] if limit else ["-", "-"]),
            _time(row["ours"]), _time(row["theirs"])]


def series(result: dict) -> list[list[str]]:
    """Of each series its largest size: memory of both in MiB, and growth."""
    last = {(row["section"], row["what"]): row for row in result["measurements"]}
    growth = {(each["section"], each["what"], each["who"] == "halligan"): each for each in result["growth"]}
    lines = []
    for (section, what), row in last.items():
        exponents = [growth.get((section, what, ours)) for ours in (True, False)]
        lines.append([label(row), str(row["n"] or 1),
                      *(f"{row[who]['mib']['median']:.1f}" if row[who] else "-" for who in ("ours", "theirs")),
                      *(f"n^{each['exponent']:.2f}" if each else "-" for each in exponents)])
    return lines


def trips(result: dict) -> list[tuple]:
    return [(row["operation"], round_trips.Cost(**row["ours"]), round_trips.Cost(**row["theirs"]), row["floor"], row["reason"])
            for row in result["trips"]]


def facts(result: dict) -> list[str]:
    """What ran where."""
    machine = result["machine"]
    load = " → ".join(f"{value:.2f}" for value in machine["load"])
    return [f"{result['date']}, {machine['cores']} cores: {machine['model']}"[:80], f"load before and after: {load}",
            "; ".join(result["versions"].values()),
            *(f"limit: {rate:,.0f} {name}/s by openssl speed -multi {machine['cores']} ({count} runs)" for name, count, rate in limits(result))]


def limits(result: dict) -> list[tuple[str, int, float]]:
    """What openssl speed said, the median of all its medians."""
    rates: dict[str, list] = {}
    for row in result["measurements"]:
        if row["limit"]:
            rates.setdefault(row["limit"]["what"], []).append(row)
    return [(name, sum(row["runs"] for row in rows), measure.figure(row["limit"]["per_second"]["median"] for row in rows)["median"])
            for name, rows in rates.items()]


def load(result: dict) -> str:
    """What loading the provider costs."""
    return (f"loading libsk-halligan.so: {seconds(result['load']['seconds']['median'])} "
            f"±{measure.spread(result['load']['seconds']):.0%}, {result['load']['bytes'] / 1024:.0f} KiB on disk")


def _line(values, widths) -> str:
    return f"{values[0]:<{widths[0]}}" + "".join(f"{value:>{width}}" for value, width in zip(values[1:], widths[1:]))


def text(result: dict) -> str:
    """Within 80 columns."""
    lines = facts(result)
    if result["trips"]:
        lines += ["", round_trips.table(trips(result))]
    for section, title in TITLES.items():
        rows = [row for row in result["measurements"] if row["section"] == section]
        if rows:
            lines += ["", title, _line(_HEADS, _WIDTHS), *(_line(cells(row), _WIDTHS) for row in rows)]
    if result["measurements"]:
        widths = (32, 9, 10, 10, 9, 10)
        lines += ["", _line(("memory (MiB) and growth", "n", "ours", "theirs", "ours", "theirs"), widths),
                  *(_line(each, widths) for each in series(result))]
    if result["load"]:
        lines += ["", load(result)]
    if not result["chart"]:
        lines += ["", f"no chart: {result['no_chart']}"]
    return "\n".join(lines) + "\n"


READING = """\
How to read it:

- A *ratio* says how many times as long the other program takes for the same work: above 1x, ours is faster. It is the median of the
  ratios of neighbours in time, ours and theirs in turn, so what else the machine does meanwhile weighs little. The first is by the
  clock, the second by the processor time of all cores. For round trips it is their requests divided by ours.
- *limit* says which part of what `openssl speed -multi` does on the same cores is reached, for the algorithm's signatures or
  verifications alone. `openssl speed` runs in turn with ours. The first is by the clock, the second by processor time.
- Times are medians of the runs; ± is half of what lies between the shortest and the longest.
- *Memory* is the most that the program itself held, at the largest size.
- *Growth* is the exponent e of start + c·n^e: the slope of the straight line that fits log(time - start) over log(n) best (least
  squares), where start is the time for a single one. 1.00 is linear. It takes three sizes or more.
- A program that would take longer than a minute (ten with `--long`) is not run; the place is then empty.
- Streams that are longer than 1000 certificates repeat them; nothing remembers a certificate that it has verified.
- *Sign* checks each key and verifies each of its own signatures, and gives no file its name before all are on the disk; ssh-keygen
  does none of these. Where a signature costs least, P-256, the two checks are half of our instructions (by callgrind).
"""


def _table(heads, rows) -> list[str]:
    return ["| " + " | ".join(heads) + " |", "|---" + "|---:" * (len(heads) - 1) + "|", *("| " + " | ".join(row) + " |" for row in rows)]


def markdown(result: dict, command: str) -> str:
    lines = ["# Performance", "", f"The output of `{command}`: nothing here is typed by hand, and nothing is gated on it.", "",
             *(f"- {line}" for line in facts(result)), "", READING]
    if result["chart"]:
        lines += [f"![Ratios and percent of the limit]({result['chart']})", ""]
    if result["trips"]:
        lines += ["## Round trips", "", "Requests to the token, touches, PINs and processes of each operation. The floor is what the protocol takes in requests.", "",
                  *_table(("operation", "ours", "theirs", "which is", "ratio", "floor"),
                          [(name, str(ours), str(theirs), row["peer"], times(theirs.requests / ours.requests), str(floor))
                           for (name, ours, theirs, floor, _), row in zip(trips(result), result["trips"])]), "",
                  *(f"{name}: {reason}." for name, _, _, _, reason in trips(result) if reason), ""]
    for section, title in TITLES.items():
        rows = [row for row in result["measurements"] if row["section"] == section]
        if rows:
            name, _, about = title.partition(": ")
            lines += [f"## {name.capitalize()}", "", f"{about[0].upper()}{about[1:]}.", "",
                      *_table(("", "n", "ratio", "CPU ratio", "limit", "CPU limit", "ours", "theirs"), map(cells, rows)), ""]
    if result["measurements"]:
        lines += ["## Memory and growth", "", *_table(("", "n", "ours, MiB", "theirs, MiB", "growth, ours", "growth, theirs"), series(result)), ""]
    if result["load"]:
        lines += ["## The provider", "", f"{load(result).capitalize()}.", ""]
    return "\n".join(lines)
