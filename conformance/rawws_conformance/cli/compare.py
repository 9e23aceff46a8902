"""`rawws-conformance diff` and `html`: reports beside each other."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from rawws_conformance.cli.common import FAILED, Stop, printable
from rawws_conformance.reports.document import ReportError, merge, read
from rawws_conformance.reports.files import write_file
from rawws_conformance.reports.page import page
from rawws_conformance.reports.verdicts import Change, Difference, compare, load

_REPORT = click.Path(path_type=Path)

#: Cases that one line names.
_NAMED = 12


@click.command("diff")
@click.argument("before", type=_REPORT)
@click.argument("after", type=_REPORT)
def diff_command(*, before: Path, after: Path) -> None:
    """Compare two reports, case by case.

    BEFORE and AFTER are files that a run has written (report.json, or index.json, also Autobahn's own), or the folders
    that hold them. Agents of one name are compared; where each report has only one agent, these two.

    Exit status 1 if something got worse, 0 if not.
    """
    try:
        old, new = load(before), load(after)
    except ReportError as exc:
        raise Stop(str(exc)) from None
    found = compare(old, new)
    if not found:
        names = " and ".join(", ".join(map(printable, sorted(each))) or "nobody" for each in (old, new))
        raise Stop(f"the reports have no agent in common: {names}")
    for difference in found:
        _tell(difference)
    for name, agents, others in (("BEFORE", old, new), ("AFTER", new, old)):
        if len(agents) > 1 or len(others) > 1:
            for agent in sorted(agents.keys() - others.keys()):
                click.echo(f"{printable(agent)}: only in {name}")
    sys.exit(FAILED if any(difference.worse for difference in found) else 0)


def _tell(difference: Difference) -> None:
    names = [printable(name) for name in dict.fromkeys([difference.before, difference.after])]
    worse, better, same = len(difference.worse), len(difference.better), difference.same
    click.echo(f"{' → '.join(names)}: {worse} worse, {better} better, {same} the same")
    listed: list[tuple[str, list[Change]]] = [
        ("worse", difference.worse),
        ("better", difference.better),
        ("changed", difference.other),
    ]
    for word, changes in listed:
        for change in changes:
            click.echo(f"  {word:8} {printable(str(change))}")
    for words, cases in (("only before", difference.only_before), ("only after", difference.only_after)):
        if cases:
            more = f" and {len(cases) - _NAMED} more" if len(cases) > _NAMED else ""
            click.echo(f"  {words}: {printable(' '.join(cases[:_NAMED]))}{more}")


@click.command("html")
@click.argument("reports", type=_REPORT, nargs=-1, required=True, metavar="REPORT...")
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The file to write.")
def html_command(*, reports: tuple[Path, ...], to: Path) -> None:
    """Write one HTML file with the agents of several reports side by side.

    REPORT is a report.json, or a folder that holds one.
    """
    try:
        merged = merge([read(path) for path in reports])
    except ReportError as exc:
        raise Stop(str(exc)) from None
    try:
        write_file(to, page(merged).encode("utf-8", "replace"))
    except OSError as exc:
        raise Stop(f"{to} cannot be written: {exc.strerror}") from None
    click.echo(f"{to}: {len(merged['runs'])} agents")
