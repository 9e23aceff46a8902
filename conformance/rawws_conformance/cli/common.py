"""What the commands share."""

from __future__ import annotations

import functools
import json
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from rawws_conformance.cases import SuiteName, suite
from rawws_conformance.corpora import Corpora
from rawws_conformance.model import Case, Corpus, Role, Seconds
from rawws_conformance.report import Run, counts
from rawws_conformance.selection import UnknownCase, select

if TYPE_CHECKING:
    from rich.console import Console

FAILED, USAGE, STOPPED = 1, 2, 130

#: Failed cases that the summary on the screen explains; the report explains all.
_EXPLAINED = 40

A_FILE = click.Path(dir_okay=False, path_type=Path)

_Command = TypeVar("_Command", bound=Callable[..., object])


class Stop(click.ClickException):
    """A sentence for the user, and exit status 2."""

    exit_code = USAGE


class NoPeer(Stop):
    """There is nobody to test: a sentence about why."""


@dataclass(frozen=True, slots=True)
class Suite:
    """The cases to play, and what they need."""

    name: str
    cases: list[Case]
    corpora: Mapping[str, Corpus]
    seconds: Seconds


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the options say about cases: the suite, patterns of ids to take and to leave, and a file to read."""

    name: str = SuiteName.AUTOBAHN.value
    take: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    cases_from: Path | None = None


def cases_from_option(command: _Command) -> _Command:
    """`--cases-from`."""
    words = "Cases from a JSON file that `export` wrote."
    return click.option("--cases-from", type=A_FILE, metavar="FILE", help=words)(command)


def suite_options(command: Callable[..., object]) -> Callable[..., object]:
    """`--suite`, `--case`, `--exclude`, `--cases-from`; what they choose is the argument `chosen`."""
    take = "Take a case, or with * several (9.*). Repeatable."
    leave = "Leave out a case, or with * several. Repeatable."
    names = click.Choice([each.value for each in SuiteName])
    suites = "Autobahn's 517 cases, our own, or all of them."

    @click.option("--suite", "name", type=names, default="autobahn", show_default=True, help=suites)
    @click.option("--case", "take", multiple=True, metavar="ID", help=take)
    @click.option("--exclude", multiple=True, metavar="ID", help=leave)
    @cases_from_option
    @functools.wraps(command)
    def wrapped(
        *, name: str, take: tuple[str, ...], exclude: tuple[str, ...], cases_from: Path | None, **others: object
    ) -> object:
        return command(chosen=Chosen(name, take, exclude, cases_from), **others)

    return wrapped


def run_options(command: _Command) -> _Command:
    """`--agent`, `--quick`."""
    command = click.option("--quick", is_flag=True, help="Fewer messages in groups 9, 12 and 13.")(command)
    return click.option("--agent", metavar="NAME", help="How the peer is called in reports.")(command)


def load_suite(chosen: Chosen, role: Role | None = None) -> Suite:
    """The cases that the options choose, and of these the ones for peers of a role. Raises Stop."""
    cases: Mapping[str, Case]
    corpora: Mapping[str, Corpus] = Corpora()
    seconds = Seconds()
    name = chosen.name
    path = chosen.cases_from
    if path is None:
        cases = suite(name)
    else:
        name = path.stem
        cases, corpora, seconds = _read_cases(path)
    try:
        found = select(cases.values(), chosen.take, chosen.exclude)
    except UnknownCase as exc:
        hint = "" if path is not None or name == SuiteName.ALL else f" (of --suite {name}; there are others)"
        raise Stop(f"{exc}{hint}") from None
    found = [case for case in found if role is None or role in case.roles]
    if not found:
        raise Stop("these options leave no case to play")
    return Suite(name, found, corpora, seconds)


def _read_cases(path: Path) -> tuple[Mapping[str, Case], Mapping[str, Corpus], Seconds]:
    """Cases from a file that `export` wrote. Raises Stop."""
    from rawws_conformance.exchange import FormatError, read_document  # noqa: PLC0415 - few need it

    try:
        return read_document(json.loads(path.read_bytes()))
    except OSError as exc:
        raise Stop(f"{path} cannot be read: {exc.strerror}") from None
    except FormatError as exc:
        raise Stop(f"{path}: {exc}") from None
    except (ValueError, RecursionError) as exc:
        raise Stop(f"{path} is no JSON: {exc}") from None


@contextmanager
def stoppable() -> Iterator[None]:
    """SIGTERM raises KeyboardInterrupt, as SIGINT does, so that whoever cleans up for the one does so for the other."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def console() -> Console:
    """Where people read; progress and sentences go to standard error, so that standard output can be piped."""
    from rich.console import Console  # noqa: PLC0415 - `list | head` need not wait for rich

    return Console(stderr=True, highlight=False)


def counts_as_failed(run: Run, *, strict: bool) -> list[str]:
    """Ids of the cases that make the exit status 1."""
    return [result.case_id for result in run.in_order() if result.failed or (strict and not result.perfect)]


def summarise(run: Run, *, strict: bool) -> None:
    """Print what came out."""
    failed = set(counts_as_failed(run, strict=strict))
    shown = [result for result in run.in_order() if result.case_id in failed]
    for result in shown[:_EXPLAINED]:
        click.echo(f"{result.case_id:8} {result.behavior}/{result.close_behavior}: {printable(result.result)}")
        if result.close_result != result.result and result.close_behavior != "OK":
            click.echo(f"{'':8} {printable(result.close_result)}")
        for note in result.notes[:3]:
            click.echo(f"{'':8} {printable(note)}")
    if len(shown) > _EXPLAINED:
        click.echo(f"... and {len(shown) - _EXPLAINED} more; the report has all of them.")
    quick = " (quick)" if run.quick else ""
    click.echo(f"{run.agent}: {len(run.results)} cases{quick} in {run.duration:.1f} s")
    for behavior, closes in counts(run.results).items():
        ends = ", ".join(f"{number} {close}" for close, number in closes.items())
        click.echo(f"  {behavior:15} {sum(closes.values()):4}   closing: {ends}")
    if not run.complete:
        click.echo("The run was stopped; the cases that are missing were not played.")


def printable(text: str) -> str:
    """Text that came from a peer, without anything that a terminal would obey."""
    return "".join(char if char.isprintable() else "�" for char in text)
