"""What `make bench` leaves in docs/benchmarks/: a page for people, the figures of every round, and a picture."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks import contenders
from tests.benchmarks.codec import contenders as codec_contenders
from tests.benchmarks.figures import Figure
from tests.benchmarks.goals import GOALS, Judged, judge
from tests.benchmarks.plot import draw
from tests.benchmarks.processes import ROOT
from tests.benchmarks.rows import ROWS, CodecRow
from tests.benchmarks.run import Effort, Result
from tests.benchmarks.table import bound_words, noise, text_table

FOLDER = ROOT / "docs" / "benchmarks"

_INTRODUCTION = """\
# Benchmarks

What rawws costs beside others. `make bench` measures all of it anew and writes this page; `make bench ONLY="echo-64
storm" ROUNDS=2` prints a part and writes nothing. Why some promises are missed, and what lies beneath them, is in
[floors](floors.md).

<picture>
  <source media="(prefers-color-scheme: dark)" srcset="results-dark.svg">
  <img alt="Bars: the cost of each server as a multiple of rawws, row by row" src="results-light.svg">
</picture>
"""

_METHOD = """\
## How it is measured

- **CPU, not time.** What counts is the CPU time of the server's process, user and system, in nanoseconds (the clock of
  that process), for one message or one connection. Memory is the proportional share (PSS) that the process holds, after
  less before, for one connection.
- **In turns.** Every contender is measured once, then every contender again, so that what disturbs the machine disturbs
  all. What disturbs only ever adds: the least of all rounds is the figure, and the median shows how much there was of
  it. Figures within 1.25 of each other are a tie (≈).
- **One CPU.** Server and client take turns on one. On two, each message wakes the other CPU, which costs the sender as
  much as the rest of an echo does, and varies by a factor of two. So no figure depends on how fast the client is, and
  rates per second of the clock would tell nothing.
- **The client is neutral**: raw sockets in a process of its own, frames that were made beforehand, an opening handshake
  as short as the RFC allows, and every octet that comes back is checked. With so many in flight, it sends anew as many
  messages as have come back whole, with one `send`; where they are sent by themselves, and over TLS, with one for each,
  so that a server that answers in lumps is not given lumps in return.
- **Everybody at their best**: the settings stand below. Compression is off where the row is without. The raw servers
  answer any request with a canned response and send back the octets that they get, masked as they are: they are floors,
  not WebSockets.
- The programs: `tests/benchmarks/servers/` (a server each), `tests/benchmarks/codec/` (what is measured without a
  network), `tests/benchmarks/load/` (the client), `tests/benchmarks/goals.py` (the promises).
"""


def write(results: Sequence[Result], effort: Effort, machine: dict[str, str], folder: Path = FOLDER) -> None:
    """Write all of it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.md").write_text(page(results, effort, machine), encoding="utf-8")
    (folder / "results.json").write_text(_document(results, effort, machine), encoding="utf-8")
    for theme in ("light", "dark"):
        draw(results, theme, folder / f"results-{theme}.svg")


def read(folder: Path = FOLDER) -> tuple[list[Result], Effort, dict[str, str]]:
    """What was written, but for the answers of the load client. Raises OSError, or KeyError where rows have gone."""
    document = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    rows = {row.name: row for row in ROWS}
    results = []
    for found in document["rows"]:
        figures = {name: Figure(tuple(figure["rounds"])) for name, figure in found["figures"].items()}
        results.append(Result(rows[found["name"]], figures, {}, found["left_out"]))
    return results, Effort(document["rounds"]), document["machine"]


def merge(results: Sequence[Result], folder: Path = FOLDER) -> list[Result]:
    """These rows, and of all others what was written before, in the order of the rows."""
    found = {result.row.name: result for result in (*read(folder)[0], *results)}
    return [found[row.name] for row in ROWS if row.name in found]


def judge_all(results: Sequence[Result]) -> list[Judged]:
    """How each promise came out."""
    by_name = {result.row.name: result for result in results}
    return [judge(goal, by_name) for goal in GOALS]


def page(results: Sequence[Result], effort: Effort, machine: dict[str, str]) -> str:
    """The page for people."""
    judged = judge_all(results)
    counted = ", ".join(f"{sum(one.word == word for one in judged)} {word}" for word in ("reached", "tie", "missed"))
    everything = "\n\n".join(text_table(result) for result in results)
    figures = [figure for result in results for figure in result.figures.values()]
    parts = [
        _INTRODUCTION,
        f"## What rawws promises\n\n{counted}.\n",
        _goals_table(judged),
        f"{_METHOD}\n## Where\n\n{effort.rounds} rounds; a figure's median lay {noise(figures):.0%} above its least.\n",
        _table(["what", "which"], [[name, value] for name, value in machine.items()]),
        "## Who\n",
        _contenders_table(),
        f"## Everything\n\n```text\n{everything}\n```\n",
    ]
    return "\n".join(parts)


def _goals_table(judged: Sequence[Judged]) -> str:
    rows = []
    for one in judged:
        bound, value = bound_words(one)
        rows.append([f"`{one.goal.row}`", one.goal.words, bound, value, one.word])
    return _table(["row", "promise", "bound", "measured", ""], rows)


def _contenders_table() -> str:
    servers = [[f"`{one.name}`", "server", one.settings] for one in contenders.CONTENDERS]
    codecs = [[f"`{one.name}`", "codec", one.settings] for one in codec_contenders.CONTENDERS]
    return _table(["who", "what", "settings"], servers + codecs)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown, in columns also for who reads it as text."""
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    lines = [_cells(head, widths), "|" + "|".join("-" * (width + 2) for width in widths) + "|"]
    return "\n".join([*lines, *(_cells(row, widths) for row in rows), ""])


def _cells(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"


def _document(results: Sequence[Result], effort: Effort, machine: dict[str, str]) -> str:
    """Everything that was measured, for programs."""
    document = {
        "machine": machine,
        "rounds": effort.rounds,
        "goals": [
            {"row": one.goal.row, "who": one.goal.who, "words": one.goal.words, "bound": one.goal.bound,
             "against": list(one.goal.against), "value": one.value, "verdict": one.word}
            for one in judge_all(results)
        ],
        "rows": [
            {
                "name": result.row.name,
                "title": result.row.title,
                "unit": result.row.unit,
                "network": not isinstance(result.row, CodecRow),
                "figures": {
                    name: {"least": figure.least, "median": figure.median, "rounds": list(figure.rounds)}
                    for name, figure in result.figures.items()
                },
                "left_out": result.left_out,
            }
            for result in results
        ],
    }  # fmt: skip
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
