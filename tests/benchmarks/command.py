"""The command line of the benchmarks: `python -m tests.benchmarks [ROW ...]`, which is what `make bench` runs."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.certificate import make_certificate
from tests.benchmarks.contenders import BY_NAME
from tests.benchmarks.rows import ROWS, Row
from tests.benchmarks.run import Effort, run_row
from tests.benchmarks.table import text_table


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for, and print it."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("row", nargs="*", help="a row, or the beginning of several; default: all")
    parser.add_argument("--rounds", type=int, default=Effort.rounds)
    parser.add_argument("--seconds", type=float, default=Effort.seconds, help="of load for each, each round")
    parser.add_argument("--contenders", help="names with commas in between; default: all")
    chosen = parser.parse_args(arguments)
    rows = [row for row in ROWS if not chosen.row or any(_names(name, row) for name in chosen.row)]
    if not rows:
        parser.error(f"no such row; there are {', '.join(row.name for row in ROWS)}")
    names = chosen.contenders.split(",") if chosen.contenders else list(BY_NAME)
    for name in names:
        if name not in BY_NAME:
            parser.error(f"no contender {name!r}; there are {', '.join(BY_NAME)}")
    contenders = [BY_NAME[name] for name in names]
    effort = Effort(chosen.rounds, chosen.seconds)
    one_cpu()
    with tempfile.TemporaryDirectory() as folder:
        certificate = make_certificate(Path(folder))
        for row in rows:
            result = run_row(row, contenders, effort, certificate, _say)
            sys.stdout.write(text_table(result) + "\n")
            sys.stdout.flush()
    return 0


def one_cpu() -> None:
    """Keep this process, and those that it starts, on one CPU.

    Where server and client run on two, each message wakes the other CPU, which costs the sender as much as the rest of
    an echo does, and twice as much or half the next time. On one they take turns: the server's cost is its own, it does
    not depend on how fast the client is, and half a dozen other processes on the machine change it by a few per cent.
    """
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _names(text: str, row: Row) -> bool:
    """Whether `text` means `row`: its name, or that of its group."""
    return row.name == text or row.name.startswith(f"{text}-")
