"""How a run ends: the reports, the summary, the exit status."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from rawws_conformance import reports
from rawws_conformance.cli.common import A_FILE, FAILED, USAGE, Stop, counts_as_failed, printable, summarise
from rawws_conformance.model import Case
from rawws_conformance.report import Run
from rawws_conformance.reports import verdicts
from rawws_conformance.reports.document import Json, ReportError

#: Regressions that the screen shows.
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where reports go, and what makes the exit status 1.

    strict: NON-STRICT and UNIMPLEMENTED count as failed, too. baseline: verdicts to be no worse than; then nothing else
    counts.
    """

    out: Path
    junit: Path | None = None
    strict: bool = False
    baseline: verdicts.Verdicts | None = None

    def case_files(self, cases: Sequence[Case]) -> reports.CaseFiles:
        """What writes the files of single cases."""
        return reports.CaseFiles(self.out, {case.id: case for case in cases})

    def write(self, runs: Sequence[Run], case_files: reports.CaseFiles) -> Json:
        """Write all reports, of which there may be some already. Raises OSError."""
        written = reports.complete(case_files, runs)
        if self.junit is not None:
            reports.write_junit(self.junit, written)
        return written


def output_options(command: Callable[..., object]) -> Callable[..., object]:
    """`--out`, `--junit`, `--baseline`, `--strict`; the command gets them as `outputs`."""

    @click.option(
        "--out",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path("reports"),
        show_default=True,
        help="Where reports go.",
    )
    @click.option("--junit", type=A_FILE, metavar="FILE", help="Write JUnit XML, too.")
    @click.option(
        "--baseline",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="A report.json or index.json: fail only where something got worse than in it.",
    )
    @click.option("--strict", is_flag=True, help="Count NON-STRICT and UNIMPLEMENTED as failed, too.")
    @functools.wraps(command)
    def wrapped(*, out: Path, junit: Path | None, baseline: Path | None, strict: bool, **others: object) -> object:
        return command(outputs=Outputs(out, junit, strict, load_baseline(baseline)), **others)

    return wrapped


def load_baseline(path: Path | None) -> verdicts.Verdicts | None:
    """The verdicts of a baseline, read before anything is played. Raises Stop."""
    if path is None:
        return None
    try:
        return verdicts.load(path)
    except ReportError as exc:
        raise Stop(str(exc)) from None


def conclude(runs: Sequence[Run], case_files: reports.CaseFiles, outputs: Outputs) -> int:
    """Write the reports, print the summary, give the exit status."""
    try:
        written = outputs.write(runs, case_files)
    except OSError as exc:
        written = None
        click.echo(f"The reports cannot be written to {exc.filename or outputs.out}: {exc.strerror}", err=True)
    for run in runs:
        summarise(run, strict=outputs.strict)
    if written is None:
        return USAGE
    places = [outputs.out / "index.html", outputs.out / "report.json", *([outputs.junit] if outputs.junit else [])]
    click.echo(f"Reports: {', '.join(map(str, places))}")
    if outputs.baseline is not None:
        return FAILED if _tell_regressions(outputs.baseline, verdicts.verdicts_of(written)) else 0
    return FAILED if any(counts_as_failed(run, strict=outputs.strict) for run in runs) else 0


def write_quietly(runs: Sequence[Run], case_files: reports.CaseFiles, outputs: Outputs) -> None:
    """Write the reports of a run that has shown nothing; what there is to say is said elsewhere."""
    try:
        outputs.write(runs, case_files)
    except OSError as exc:
        click.echo(f"The reports cannot be written to {exc.filename or outputs.out}: {exc.strerror}", err=True)


def _tell_regressions(baseline: verdicts.Verdicts, now: verdicts.Verdicts) -> int:
    """Print what got worse; how much did."""
    worse = verdicts.regressions(baseline, now)
    if not worse:
        click.echo("Nothing is worse than in the baseline.")
    for agent, case_id, words in worse[:_SHOWN]:
        click.echo(f"worse than in the baseline: {printable(agent)} {case_id}: {words}")
    if len(worse) > _SHOWN:
        click.echo(f"... and {len(worse) - _SHOWN} more.")
    return len(worse)
