"""The picture of the results: for each row, the cost of each contender as a multiple of what rawws costs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from tests.benchmarks.run import Result
from tests.benchmarks.table import OURS

Theme = Literal["light", "dark"]

#: Ink, ink on bars, and the bars of rawws, of the floors and of the others; on no ground, so that the page's own shows.
_COLOURS: dict[str, dict[str, str]] = {
    "light": {"ink": "#1f2328", "on": "#ffffff", "ours": "#0a7d5c", "floor": "#b3bac2", "others": "#5b8fd6"},
    "dark": {"ink": "#e6edf3", "on": "#0d1117", "ours": "#2fbf91", "floor": "#6e7681", "others": "#6ea8fe"},
}

#: What is drawn; the rest is in the tables.
_ROWS = (
    "echo-1", "echo-64", "echo-64-apart", "echo-100c", "echo-1000c", "echo-1MiB", "echo-wss", "echo-deflate",
    "broadcast-500", "storm-plain", "storm-tls", "idle-plain", "idle-deflate", "idle-wss", "decode-text-16",
    "decode-text-16-frame", "decode-binary-1MiB", "encode-text-16",
)  # fmt: skip

_COLUMNS = 2

# Times rawws: what is longer ends here.
_LONGEST = 5.0

# Inches: a bar, what a panel needs besides its bars, and a column.
_BAR, _REST, _WIDTH = 0.21, 0.6, 4.8


def draw(results: Sequence[Result], theme: Theme, path: Path) -> None:
    """Draw the rows that were measured. path: a file whose suffix says what kind it is to be."""
    import matplotlib as mpl
    from matplotlib.figure import Figure as Canvas

    found = [result for name in _ROWS for result in results if result.row.name == name and result.figures]
    lines = [found[start : start + _COLUMNS] for start in range(0, len(found), _COLUMNS)]
    heights = [max(len(result.figures) for result in line) * _BAR + _REST for line in lines]
    settings = {"svg.fonttype": "none", "svg.hashsalt": "rawws", "font.size": 8.0, "font.family": "sans-serif"}
    with mpl.rc_context(settings):
        canvas = Canvas(figsize=(_WIDTH * _COLUMNS, sum(heights) + 0.5), layout="constrained")
        grid = canvas.add_gridspec(len(lines), _COLUMNS, height_ratios=heights)
        for down, line in enumerate(lines):
            room = max(len(result.figures) for result in line)
            for across, result in enumerate(line):
                _panel(canvas.add_subplot(grid[down, across]), result, room, _COLOURS[theme])
        title = "cost as a multiple of rawws; shorter is cheaper"
        canvas.suptitle(title, color=_COLOURS[theme]["ink"], fontsize=10, x=0.01, ha="left")
        canvas.savefig(path, transparent=True, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=110)


def _panel(axes: Any, result: Result, room: int, colours: dict[str, str]) -> None:
    """One row: a bar for each contender, the cheapest on top, with room for as many as its neighbour has."""
    figures = sorted(result.figures.items(), key=lambda item: item[1].least)
    ours = result.figures[OURS].least if OURS in result.figures else figures[0][1].least
    names = [name for name, _figure in figures]
    values = [figure.least / ours for _name, figure in figures]
    # One bar ten times as long as the others would hide them: the longest ones end at the edge.
    longest = min(max(values), _LONGEST)
    bars = [min(value, longest) for value in values]
    axes.barh(names, bars, color=[colours[_kind(name)] for name in names], height=0.74)
    for place, (value, (_name, figure)) in enumerate(zip(values, figures, strict=True)):
        text = f"{value:.2f}×   {_figure(figure.least)}"
        if value > longest:
            axes.text(longest * 0.985, place, f"{text} …", color=colours["on"], va="center", ha="right", fontsize=8)
        else:
            axes.text(value + longest * 0.015, place, text, color=colours["ink"], va="center", ha="left", fontsize=8)
    axes.set_xlim(0, longest * 1.35)
    axes.set_ylim(room - 0.5, -0.6)
    axes.set_title(f"{result.row.title} ({result.row.unit})", color=colours["ink"], fontsize=9, loc="left")
    axes.tick_params(colors=colours["ink"], length=0, labelsize=8)
    axes.set_xticks([])
    for side in axes.spines.values():
        side.set_visible(False)


def _kind(name: str) -> str:
    """Which colour a contender has."""
    if name.startswith("rawws"):
        return "ours"
    return "floor" if name.startswith("raw-") else "others"


def _figure(value: float) -> str:
    """A figure in three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
