"""What the suite costs, beside kosoku: python -m tests.conformance.beside_kosoku.benchmark, or make bench-conformance.

Both play the same cases against a new server each time, one after the other in every round. Writes
docs/benchmarks/conformance.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import sys
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from rawws_conformance.adapters.of_rawws import RawwsAdapter

from tests.benchmarks.figures import verdict
from tests.conformance.beside_kosoku.load import BUSY, SERVERS, Compared, compare
from tests.conformance.beside_kosoku.tools import (
    CACHE,
    KOSOKU,
    WITHOUT_DEFLATE,
    Cost,
    RunFailed,
    alone,
    environment,
    kosoku,
    ours,
    peer,
    play,
)
from tests.packages import ROOT, PackageError

PAGE = ROOT / "docs" / "benchmarks" / "conformance.md"
SERVER = "websockets"

#: kosoku's default is one case after the other; what it gains from more ends somewhere in here.
PARALLELISMS = (1, 2, 4, 8, 16, 32, 64)

#: For all 517 cases, whose time is the server's: enough to keep it busy.
_BUSY = 8

Costs = dict[str, list[Cost]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure everything, write the page; 0 when all runs came to their ends."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.beside_kosoku.benchmark")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of the short runs (default: 5)")
    parser.add_argument("--whole", type=int, default=1, help="rounds of all 517 cases (default: 1)")
    parser.add_argument("--loaded", nargs="*", default=SERVERS, help="servers to be judged under load, too")
    parser.add_argument("--to", type=Path, default=PAGE, help="the page to write")
    options = parser.parse_args(arguments)
    costs: Costs = {}
    busy = [_load()]
    try:
        python = environment()
        for _ in range(options.rounds):
            _short_round(costs, python)
        for _ in range(options.whole):
            _whole_round(costs, python)
        compared = [_under_load(server, python) for server in options.loaded]
    except (PackageError, RunFailed) as exc:
        sys.stdout.write(f"{exc}\n")
        return 1
    busy.append(_load())
    options.to.parent.mkdir(parents=True, exist_ok=True)
    options.to.write_text(page(costs, compared, busy), encoding="utf-8")
    sys.stdout.write(f"{options.to}\n")
    return 0


def _short_round(costs: Costs, python: Path) -> None:
    server = peer(SERVER)
    leave = [word for case in WITHOUT_DEFLATE for word in ("--exclude", case)]
    _note(costs, "301, ours", play(server, python, ours(_new("301-ours"), *leave)))
    for parallelism in PARALLELISMS:
        command = kosoku(_new("301-kosoku"), parallelism, *leave)
        _note(costs, f"301, kosoku {parallelism}", play(server, python, command))
    _note(costs, "quick, ours", play(server, python, ours(_new("quick-ours"), "--quick")))
    memory = [sys.executable, "-m", "rawws_conformance", "memory", "rawws", "--quick", "--out", str(_new("memory"))]
    _note(costs, "memory, ours", alone(memory))


def _whole_round(costs: Costs, python: Path) -> None:
    server = peer(SERVER)
    _note(costs, "517, ours", play(server, python, ours(_new("517-ours"))))
    _note(costs, "517, kosoku", play(server, python, kosoku(_new("517-kosoku"), _BUSY)))


def _under_load(server: str, python: Path) -> Compared:
    found = compare(server, python)
    idle, loaded = found.seconds
    sys.stdout.write(f"{server} under load: {len(found.differences)} of {found.cases} verdicts differ; ")
    sys.stdout.write(f"{idle:.0f} s, under load {loaded:.0f} s\n")
    sys.stdout.flush()
    return found


def _new(name: str) -> Path:
    """A folder for reports, as in a first run: to write over the files of an earlier one costs the file system more."""
    folder = CACHE / name
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def _note(costs: Costs, name: str, cost: Cost) -> None:
    costs.setdefault(name, []).append(cost)
    sys.stdout.write(f"{name}: {cost.wall:.2f} s, CPU {cost.tool:.2f} s, server's {cost.server:.2f} s\n")
    sys.stdout.flush()


def _load() -> float:
    return os.getloadavg()[0]


def _least(costs: Sequence[Cost]) -> float:
    return min(cost.wall for cost in costs)


class Goal(NamedTuple):
    """Something that was promised, as a sentence with the figures; and whether it is reached, a tie or missed."""

    text: str
    word: str


def goals(costs: Costs) -> Iterator[Goal]:
    """What was promised, and what came out."""
    best = min((name for name in costs if name.startswith("301, kosoku")), key=lambda name: _least(costs[name]))
    us, them = _least(costs["301, ours"]), _least(costs[best])
    text = f"The 301 cases outside 12 and 13 take {us:.2f} s; kosoku, at its best parallelism, which is"
    text += f" {best.split()[-1]}, takes {them:.2f} s. The goal is no more than that."
    yield Goal(text, verdict(us / them, 1.0))
    quick = _least(costs["quick, ours"])
    yield Goal(f"All 517 cases, `--quick`, take {quick:.1f} s. The goal is less than 20 s.", verdict(quick, 20.0))
    memory = min(cost.tool for cost in costs["memory, ours"])
    text = "All 517 cases, `--quick`, in memory against `rawws.core` at three cuts, take"
    yield Goal(f"{text} {memory:.1f} s of CPU. The goal is less than 15 s.", verdict(memory, 15.0))
    for ours_517, kosoku_517 in zip(costs.get("517, ours", ()), costs.get("517, kosoku", ()), strict=True):
        text = f"All 517 cases take {ours_517.tool:.0f} s of CPU; the server spent {ours_517.server:.0f} s, and kosoku"
        word = verdict(ours_517.tool / min(ours_517.server, kosoku_517.tool), 1.0)
        yield Goal(f"{text} {kosoku_517.tool:.0f} s. The goal is less than either.", word)


_HEAD = """\
# What the conformance suite costs

<!-- Written by `make bench-conformance`. -->

[rawws-conformance](../../conformance/README.md) and [kosoku](https://github.com/curioswitch/kosoku) {kosoku}, which
plays the same cases from Rust, against a server of `websockets` {websockets} each, started anew for every run, one
after the other in every round. Whatever a process does counts: its start, its imports, its reports. Two figures within
1.25 of each other are a tie, as in the [other benchmarks](index.md). Of the 301 cases four last two seconds in any
runner, since their scripts say so (6.4.1 to 6.4.4, against a server that does not fail at once); Python's start and the
imports take another 0.3 s. The 602 files of the report are written meanwhile.
"""

_FOOT = """\
Measured on {date}: {machine}, {cpus} CPUs, {system}, CPython {python}. The load average was {before:.1f} before
and {after:.1f} after: where others compete for the CPUs, the best of several rounds says more than their median.
`rawws.core` deflates in memory with {deflate}.
"""


def under_load(compared: Sequence[Compared]) -> str:
    """What load does to verdicts, as a section of the page."""
    if not compared:
        return ""
    rows = [
        f"| {each.server} | {each.cases} | {len(each.differences)} | {each.seconds[0]:.0f} | {each.seconds[1]:.0f} |"
        for each in compared
    ]
    listed = [
        f"- {each.server} {case_id}: {'/'.join(idle)}, under load {'/'.join(loaded)}"
        for each in compared
        for case_id, (idle, loaded) in each.differences.items()
    ]
    count = BUSY * (os.cpu_count() or 1)
    return _LOAD.format(count=count, rows="\n".join(rows)) + "\n".join(["", *listed] if listed else [])


_LOAD = """\
## Under load

Verdicts are to be the same on an idle machine and on a loaded one. All cases, Autobahn's and ours, quick, alone and
beside {count} processes that do nothing but count:

| server | cases | verdicts that differ | seconds | seconds under load |
|---|---|---|---|---|
{rows}
"""


def page(costs: Costs, compared: Sequence[Compared], busy: Sequence[float]) -> str:
    """The page of results. busy: load averages before and after."""
    head = _HEAD.format(kosoku=KOSOKU.partition("==")[2], websockets=peer(SERVER).version)
    listed = "\n".join(f"- **{goal.word.capitalize()}.** {goal.text}" for goal in goals(costs))
    rows = "\n".join(_row(name, each) for name, each in costs.items())
    foot = _FOOT.format(
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        machine=_machine(),
        cpus=os.cpu_count(),
        system=f"{platform.system()} {platform.release().partition('-')[0]}",
        python=platform.python_version(),
        before=busy[0],
        after=busy[-1],
        deflate="zlib" if RawwsAdapter.zlib_module is zlib else "isal",
    )
    titles = "| run | rounds | seconds, best (median) | CPU of the tool, best (median) | CPU of the server, median |"
    return f"{head}\n{listed}\n\n{titles}\n|---|---|---|---|---|\n{rows}\n\n{under_load(compared)}\n{foot}"


def _row(name: str, costs: Sequence[Cost]) -> str:
    def best(values: list[float]) -> str:
        return f"{min(values):.2f} ({statistics.median(values):.2f})"

    walls, tools = [cost.wall for cost in costs], [cost.tool for cost in costs]
    server = f"{statistics.median(cost.server for cost in costs):.2f}" if costs[0].server else "–"
    return f"| {name} | {len(costs)} | {best(walls)} | {best(tools)} | {server} |"


def _machine() -> str:
    """What the processor calls itself."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    sys.exit(main())
