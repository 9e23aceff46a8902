"""Running a row: every contender once, then every contender again, so that what disturbs the machine disturbs all."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.contenders import Contender
from tests.benchmarks.figures import Figure
from tests.benchmarks.processes import BenchmarkError, ServerProcess, Worker
from tests.benchmarks.rows import Row

#: Servers are started anew after so many rounds: where a process's memory happens to lie makes some per cent.
ROUNDS_PER_START = 4


@dataclass(frozen=True)
class Effort:
    """How much to measure. rounds: of all contenders. seconds: of load, for each of them in each round."""

    rounds: int = 8
    seconds: float = 0.3


@dataclass(frozen=True)
class Result:
    """What a row gave.

    figures: by name of the contender. answers: all that the load client said, round by round. left_out: who is not in
    it, and why.
    """

    row: Row
    figures: dict[str, Figure]
    answers: dict[str, list[dict[str, Any]]]
    left_out: dict[str, str]


def run_row(
    row: Row, contenders: Iterable[Contender], effort: Effort, certificate: str, say: Callable[[str], None]
) -> Result:
    """Measure a row. certificate: a PEM file for the rows with TLS. say: called with a line now and then."""
    run = _Run(row, contenders, certificate)
    for first in range(0, effort.rounds, ROUNDS_PER_START):
        run.rounds(min(ROUNDS_PER_START, effort.rounds - first), effort.seconds)
        say(f"{row.name}: {min(first + ROUNDS_PER_START, effort.rounds)} of {effort.rounds} rounds")
    return run.result()


def missing(names: Sequence[str]) -> str | None:
    """Which of these modules are not installed, in words; None where all are."""
    absent = [name for name in names if importlib.util.find_spec(name) is None]
    return f"not installed: {', '.join(absent)}" if absent else None


class _Run:
    """The measurements of one row. Who fails is left out from there on, with the reason."""

    def __init__(self, row: Row, contenders: Iterable[Contender], certificate: str) -> None:
        self._row = row
        self._certificate = certificate
        self._left_out: dict[str, str] = {}
        self._answers: dict[str, list[dict[str, Any]]] = {}
        self._contenders: list[Contender] = []
        for contender in contenders:
            reason = row.reason_against(contender) or missing(contender.needs)
            if reason is None:
                self._contenders.append(contender)
                self._answers[contender.name] = []
            else:
                self._left_out[contender.name] = reason

    def rounds(self, count: int, seconds: float) -> None:
        """Start everybody, and measure all of them in turn, so many times."""
        row = self._row
        with ExitStack() as stack:
            client = stack.enter_context(Worker("tests.benchmarks.load"))
            servers: dict[str, ServerProcess] = {}
            for contender in tuple(self._contenders):
                try:
                    servers[contender.name] = stack.enter_context(start_server(contender, row, self._certificate))
                except BenchmarkError as exc:
                    self._leave_out(contender, exc)
            for _ in range(count):
                for contender in tuple(self._contenders):
                    server = servers[contender.name]
                    where = {"kind": row.kind, "port": server.port, "pid": server.pid}
                    how = {"raw": contender.raw, "tls": row.tls, "seconds": seconds}
                    try:
                        self._answers[contender.name].append(client.ask({**where, **row.load, **how}))
                    except BenchmarkError as exc:
                        self._leave_out(contender, exc)

    def _leave_out(self, contender: Contender, error: BenchmarkError) -> None:
        self._left_out[contender.name] = str(error)
        self._contenders.remove(contender)

    def result(self) -> Result:
        """What has been measured."""
        row = self._row
        figures = {
            contender.name: Figure(
                tuple(answer[row.figure] / answer[row.per] / row.scale for answer in self._answers[contender.name])
            )
            for contender in self._contenders
        }
        return Result(row, figures, self._answers, self._left_out)


def start_server(contender: Contender, row: Row, certificate: str) -> ServerProcess:
    """The contender's server, as the row wants it. Raises BenchmarkError."""
    arguments = ["--deflate"] if row.deflate else []
    if row.tls:
        arguments += ["--certificate", certificate]
    return ServerProcess(f"tests.benchmarks.servers.{contender.module}", *arguments)
