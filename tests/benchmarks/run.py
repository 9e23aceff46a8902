"""Running a row: every contender once, then every contender again, so that what disturbs the machine disturbs all."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks.codec.contenders import CodecContender
from tests.benchmarks.contenders import Contender
from tests.benchmarks.figures import Figure
from tests.benchmarks.processes import BenchmarkError, ServerProcess, Worker
from tests.benchmarks.rows import ROUNDS_PER_START, CodecRow, Row, ServerRow


@dataclass(frozen=True)
class Effort:
    """How much to measure.

    rounds: of all contenders. seconds: of load, for each of them in each round. codec_seconds: of CPU, likewise.
    """

    rounds: int = 8
    seconds: float = 0.3
    codec_seconds: float = 0.025


@dataclass(frozen=True)
class Result:
    """What a row gave.

    figures: by name of the contender. answers: all that was measured, round by round. left_out: who is not in it, and
    why.
    """

    row: Row
    figures: dict[str, Figure]
    answers: dict[str, list[dict[str, Any]]]
    left_out: dict[str, str]


def missing(names: Sequence[str]) -> str | None:
    """Which of these modules are not installed, in words; None where all are."""
    absent = [name for name in names if importlib.util.find_spec(name) is None]
    return f"not installed: {', '.join(absent)}" if absent else None


@dataclass
class _Answers:
    """What has been measured in a row. Who fails is left out from there on, with the reason."""

    taking_part: list[str] = field(default_factory=list)
    answers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    def admit(self, name: str, reason_against: str | None) -> None:
        """Let a contender take part, or not."""
        if reason_against is None:
            self.taking_part.append(name)
            self.answers[name] = []
        else:
            self.left_out[name] = reason_against

    def leave_out(self, name: str, error: BenchmarkError) -> None:
        """Go on without a contender."""
        self.taking_part.remove(name)
        del self.answers[name]
        self.left_out[name] = str(error)

    def one_round(self, measure: Callable[[str], dict[str, Any]]) -> None:
        """Measure everybody once."""
        for name in tuple(self.taking_part):
            try:
                self.answers[name].append(measure(name))
            except BenchmarkError as exc:
                self.leave_out(name, exc)

    def result(self, row: Row, figure: Callable[[dict[str, Any]], float]) -> Result:
        """All of it. figure: from what was measured in one round to the figure of the row."""
        figures = {name: Figure(tuple(map(figure, answers))) for name, answers in self.answers.items()}
        return Result(row, figures, self.answers, self.left_out)


def run_server_row(row: ServerRow, contenders: Iterable[Contender], effort: Effort, certificate: str) -> Result:
    """Measure servers. certificate: a PEM file for the rows with TLS."""
    found = _Answers()
    by_name = {contender.name: contender for contender in contenders}
    for contender in by_name.values():
        if row.deflate or contender.plain:
            found.admit(contender.name, row.reason_against(contender) or missing(contender.needs))
    rounds = max(1, effort.rounds // row.one_round_of)
    for first in range(0, rounds, row.rounds_per_start):
        with ExitStack() as stack:
            client = stack.enter_context(Worker("tests.benchmarks.load"))
            servers: dict[str, ServerProcess] = {}
            for name in tuple(found.taking_part):
                try:
                    servers[name] = stack.enter_context(start_server(by_name[name], row, certificate))
                except BenchmarkError as exc:
                    found.leave_out(name, exc)

            def measure(name: str) -> dict[str, Any]:
                where = {"kind": row.kind, "port": servers[name].port, "pid": servers[name].pid}
                how = {"raw": by_name[name].raw, "tls": row.tls, "seconds": effort.seconds}
                return client.ask({**where, **row.load, **how})

            for _ in range(min(row.rounds_per_start, rounds - first)):
                found.one_round(measure)
    return found.result(row, lambda answer: float(answer[row.figure]) / answer[row.per] / row.scale)


def start_server(contender: Contender, row: ServerRow, certificate: str) -> ServerProcess:
    """The contender's server, as the row wants it. Raises BenchmarkError."""
    arguments = ["--deflate"] if row.deflate else []
    arguments += ["--broadcast"] if row.broadcast else []
    if row.tls:
        arguments += ["--certificate", certificate]
    return ServerProcess(f"tests.benchmarks.servers.{contender.module}", *arguments, isal="isal" in contender.needs)


def run_codec_rows(
    rows: Sequence[CodecRow], contenders: Iterable[CodecContender], effort: Effort, say: Callable[[str], None]
) -> list[Result]:
    """Measure codecs; all rows together, since their processes can do all of them. say: called with each row's name."""
    by_name = {contender.name: contender for contender in contenders}
    found = {row.name: _Answers() for row in rows}
    for row in rows:
        for contender in by_name.values():
            if row.case.deflate or contender.plain:
                found[row.name].admit(contender.name, missing(contender.needs))
    for first in range(0, effort.rounds, ROUNDS_PER_START):
        with ExitStack() as stack:
            workers = {
                contender.name: stack.enter_context(
                    Worker(
                        "tests.benchmarks.codec",
                        contender.module,
                        variables=contender.variables,
                        isal="isal" in contender.needs,
                    )
                )
                for contender in by_name.values()
                if not missing(contender.needs)
            }
            for row in rows:
                say(row.name)

                def measure(name: str) -> dict[str, Any]:
                    return workers[name].ask({**row.command, "seconds": effort.codec_seconds})

                for _ in range(min(ROUNDS_PER_START, effort.rounds - first)):
                    found[row.name].one_round(measure)
    return [found[row.name].result(row, lambda answer: float(answer["ns"]) / answer["messages"]) for row in rows]
