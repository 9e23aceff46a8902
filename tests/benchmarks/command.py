"""The command line of the benchmarks: `python -m tests.benchmarks [ROW ...]`, which is what `make bench` runs."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.benchmarks import contenders
from tests.benchmarks.certificate import make_certificate
from tests.benchmarks.codec import contenders as codec_contenders
from tests.benchmarks.cpu import quietest_cpu
from tests.benchmarks.machine import describe
from tests.benchmarks.report import FOLDER, judge_all, merge, read, write
from tests.benchmarks.rows import CODEC_ROWS, ROWS, SERVER_ROWS, Row
from tests.benchmarks.run import Effort, Result, run_codec_rows, run_server_row
from tests.benchmarks.table import text_goals, text_table


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for, and print it."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("row", nargs="*", help="a row, or what the names of several begin with; default: all")
    parser.add_argument("--rounds", type=int, default=Effort.rounds)
    parser.add_argument("--seconds", type=float, default=Effort.seconds, help="of load for each, each round")
    parser.add_argument("--contenders", help="names with commas in between; default: all")
    parser.add_argument("--write", action="store_true", help="put these rows into docs/benchmarks/; a whole run does")
    parser.add_argument("--again", action="store_true", help="measure nothing: write the pages of the last run again")
    chosen = parser.parse_args(arguments)
    if chosen.again:
        write(*read())
        return 0
    if chosen.rounds < 1:
        parser.error("at least one round, please")
    if not chosen.seconds > 0:
        parser.error("more than no seconds, please")
    rows = [row for row in ROWS if not chosen.row or any(_names(name, row) for name in chosen.row)]
    if not rows:
        parser.error(f"no such row; there are {', '.join(row.name for row in ROWS)}")
    everybody = {contender.name for contender in (*contenders.CONTENDERS, *codec_contenders.CONTENDERS)}
    names = set(chosen.contenders.split(",")) if chosen.contenders else everybody
    if not names <= everybody:
        parser.error(f"no contender {', '.join(names - everybody)}; there are {', '.join(sorted(everybody))}")
    one_cpu()
    effort = Effort(chosen.rounds, chosen.seconds)
    results = []
    for result in measure(rows, names, effort):
        results.append(result)
        sys.stdout.write(text_table(result) + "\n")
        sys.stdout.flush()
    measured = [judged for judged in judge_all(results) if judged.value is not None]
    sys.stdout.write(text_goals(measured) + "\n")
    whole = len(rows) == len(ROWS) and names == everybody
    if chosen.write or (whole and effort.rounds >= Effort.rounds):
        write(results if whole else merge(results), effort, describe())
        sys.stdout.write(f"written to {FOLDER}\n")
    return 0


def measure(rows: Sequence[Row], names: set[str], effort: Effort) -> Iterator[Result]:
    """Measure rows with the contenders that are named."""
    codecs = [contender for contender in codec_contenders.CONTENDERS if contender.name in names]
    codec_rows = [row for row in CODEC_ROWS if row in rows]
    if codec_rows:
        yield from run_codec_rows(codec_rows, codecs, effort, _say)
    servers = [contender for contender in contenders.CONTENDERS if contender.name in names]
    with tempfile.TemporaryDirectory() as folder:
        certificate = make_certificate(Path(folder))
        for row in SERVER_ROWS:
            if row in rows:
                _say(row.name)
                yield run_server_row(row, servers, effort, certificate)


def one_cpu() -> None:
    """Keep this process, and those that it starts, on one CPU.

    Where server and client run on two, each message wakes the other CPU, which costs the sender as much as the rest of
    an echo does, and twice as much or half the next time. On one they take turns: the server's cost is its own, it does
    not depend on how fast the client is, and half a dozen other processes on the machine change it by a few per cent.
    """
    os.sched_setaffinity(0, {quietest_cpu(os.sched_getaffinity(0))})


def _say(text: str) -> None:
    sys.stderr.write(f"measuring {text}\n")


def _names(text: str, row: Row) -> bool:
    """Whether `text` means `row`: its name, or what that begins with."""
    return row.name == text or row.name.startswith(f"{text}-")
