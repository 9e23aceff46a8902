"""`rawws-conformance list`, `show`, `export`: the cases themselves."""

from __future__ import annotations

import json
from pathlib import Path

import click

from rawws_conformance.cases import SuiteName
from rawws_conformance.cli.common import A_FILE, Chosen, Stop, cases_from_option, load_suite, suite_options
from rawws_conformance.exchange import document
from rawws_conformance.show import explain


@click.command("list")
@suite_options
def list_command(*, chosen: Chosen) -> None:
    """List cases: number, group, what each sends."""
    for case in load_suite(chosen).cases:
        click.echo(f"{case.id:8} {case.group}: {case.sends}")


@click.command("show")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@cases_from_option
def show_command(*, ids: tuple[str, ...], cases_from: Path | None) -> None:
    """Show what a case sends, octet by octet, what it expects, and why."""
    suite = load_suite(Chosen(SuiteName.ALL.value, ids, (), cases_from))
    click.echo("\n\n".join(explain(case) for case in suite.cases))


@click.command("export")
@click.option("--to", type=A_FILE, help="The file to write; without it, standard output.")
@click.option("--schema", "want_schema", is_flag=True, help="The JSON Schema of the format instead of the cases.")
@suite_options
def export_command(
    *,
    to: Path | None,
    want_schema: bool,
    chosen: Chosen,
) -> None:
    """Write cases as JSON, for runners in other languages."""
    if want_schema:
        from rawws_conformance.exchange import schema  # noqa: PLC0415 - beside its only use

        value = schema()
    else:
        suite = load_suite(chosen)
        value = document(suite.cases, suite.corpora, suite=suite.name)
    text = json.dumps(value, indent=1, ensure_ascii=False)
    if to is None:
        click.echo(text)
        return
    try:
        to.write_text(text + "\n", encoding="utf-8")
    except OSError as exc:
        raise Stop(f"{to} cannot be written: {exc.strerror}") from None
