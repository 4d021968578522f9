"""The result as a chart: one SVG without scripts, for light and for dark surroundings."""

import math
import pathlib
import re

import report

# Colours in light surroundings, and what each becomes in dark ones.
_INK, _FAINT, _PAPER, _FASTER, _SLOWER, _PART = "#1b1f24", "#c9d1d9", "#fefefe", "#2f6fb0", "#b8560f", "#4d7a3a"
_DARK = {_INK: "#e6edf3", _FAINT: "#3d444d", _PAPER: "#0d1117", _FASTER: "#64a8f0", _SLOWER: "#f0a35e", _PART: "#8cc474"}
_ROW = 0.27  # inches


def bars(result: dict, member: str, key: str) -> list[tuple[str, int | None, dict]]:
    """("sign: P-256, ledger", n, figure) of the largest size of each series that has one."""
    rows = {(row["section"], row["what"]): row for row in result["measurements"] if row[member]}
    return [(report.label(row), row["n"], row[member][key]) for row in rows.values()]


def _panel(axes, rows: list[tuple[str, int | None, dict]], title: str, colours: list[str], labels: list[str], start: float) -> None:
    places = range(len(rows))
    widths = [figure["median"] - start for _, _, figure in rows]
    errors = [[figure["median"] - figure["least"] for _, _, figure in rows], [figure["most"] - figure["median"] for _, _, figure in rows]]
    axes.barh(places, widths, left=start, height=0.62, color=colours, xerr=errors, error_kw={"ecolor": _INK, "elinewidth": 0.9, "capsize": 2})
    axes.set_yticks(places, [f"{name}, n = {n:,}" if n else name for name, n, _ in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold")
    axes.tick_params(axis="y", length=0)
    axes.xaxis.grid(True, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    for place, label in zip(places, labels):
        axes.annotate(label, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=9)


def _ratios(axes, rows) -> None:
    from matplotlib.ticker import FixedLocator, NullLocator
    medians = [figure["median"] for _, _, figure in rows]
    _panel(axes, rows, "Times as fast as OpenSSH's program, by the clock (log scale)",
           [_FASTER if median >= 1 else _SLOWER for median in medians], [report.times(median) for median in medians], 1)
    axes.set_xscale("log")
    ends = [min([0.5, *(figure["least"] for _, _, figure in rows)]) / 1.1, max([2, *(figure["most"] for _, _, figure in rows)]) * 1.1]
    axes.set_xlim(*ends)
    ticks = [digit * 10.0 ** power for power in range(-3, 5) for digit in (1, 2, 5) if ends[0] <= digit * 10.0 ** power <= ends[1]]
    if len(ticks) > 9:
        ticks = [tick for tick in ticks if math.log10(tick).is_integer()]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticklabels([f"{tick:g}x" for tick in ticks])
    axes.axvline(1, color=_INK, linewidth=1.2)


def _limits(axes, rows, cores: int) -> None:
    _panel(axes, rows, f"Percent of what openssl speed -multi {cores} does, by the clock", [_PART] * len(rows),
           [f"{figure['median']:.0f}%" for _, _, figure in rows], 0)
    axes.set_xlim(0, max([104, *(figure["most"] * 1.02 for _, _, figure in rows)]))
    axes.set_xticks(range(0, 101, 20), [f"{tick}%" for tick in range(0, 101, 20)])
    axes.axvline(100, color=_INK, linewidth=1.2)


def _styled(svg: str, title: str) -> str:
    """A title for readers who do not see it, and the colours of dark surroundings, which win over those of each element."""
    rules = "".join(f'[style*="{what}: {light}"]{{{what}:{dark}!important}}' for light, dark in _DARK.items() for what in ("fill", "stroke"))
    svg = re.sub(r"('DejaVu Sans'), '[^;]*?(sans-serif)", r"\1, \2", svg)
    begin = svg.index(">", svg.index("<svg")) + 1
    return f"{svg[:begin]}\n <title>{title}</title>\n <style>@media (prefers-color-scheme: dark){{{rules}}}</style>{svg[begin:]}"


def missing() -> str | None:
    """What draw() lacks to draw anything."""
    try:
        import matplotlib
    except ImportError:
        return "python3-matplotlib is not installed: run ./setup bench"
    matplotlib.use("svg")
    return None


def draw(result: dict, path: pathlib.Path) -> str | None:
    """Write the chart. Returns why there is none."""
    if why := missing():
        return why
    from matplotlib import pyplot
    ratios, limits = bars(result, "ratio", "seconds"), bars(result, "limit", "percent")
    panels = [(rows, draw_panel) for rows, draw_panel in
              ((ratios, _ratios), (limits, lambda axes, rows: _limits(axes, rows, result["machine"]["cores"]))) if rows]
    if not panels:
        return "none of these sections has a ratio"
    style = {"svg.fonttype": "none", "svg.hashsalt": "halligan", "font.size": 9, "figure.facecolor": _PAPER, "axes.facecolor": _PAPER,
             "text.color": _INK, "axes.labelcolor": _INK, "xtick.color": _INK, "ytick.color": _INK, "axes.edgecolor": _FAINT, "grid.color": _FAINT,
             "axes.titlecolor": _INK}
    with pyplot.rc_context(style):
        heights = [len(rows) + 2 for rows, _ in panels]
        figure, axes = pyplot.subplots(len(panels), 1, squeeze=False, figsize=(9, _ROW * sum(heights) + 0.7), height_ratios=heights, layout="constrained")
        for (rows, draw_panel), place in zip(panels, axes[:, 0]):
            draw_panel(place, rows)
        machine = result["machine"]
        figure.supxlabel(f"{result['date']} · {machine['cores']} cores: {machine['model']} · {result['versions']['openssh']} · "
                         "thin lines: least and most", fontsize=8, x=0.01, ha="left")
        figure.savefig(path, metadata={"Date": None, "Creator": None})
        pyplot.close(figure)
    path.write_text(_styled(path.read_text(), "Halligan beside OpenSSH and beside what the cores can do"))
    return None
