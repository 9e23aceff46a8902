"""`rawws-conformance server URL`."""

from __future__ import annotations

import ssl
import sys

import click

from rawws_conformance.cli.common import (
    STOPPED,
    Chosen,
    NoPeer,
    Stop,
    Suite,
    load_suite,
    printable,
    run_options,
    stoppable,
    suite_options,
)
from rawws_conformance.cli.ending import Outputs, conclude, output_options, write_quietly
from rawws_conformance.cli.launch import started
from rawws_conformance.cli.playing import Meanwhile, play_cases
from rawws_conformance.cli.running import run_in_trio
from rawws_conformance.model import Role
from rawws_conformance.report import UNKNOWN, Run, agent_from
from rawws_conformance.runs.tcp import ServerRun
from rawws_conformance.runs.wire import ConnectFailed
from rawws_conformance.slices import Library


@click.command("server")
@click.argument("url", required=False)
@click.option("--run", "command", metavar="CMD", help="Start this server for the run, {port} filled in; stop it after.")
@click.option("--jobs", type=click.IntRange(1, 1000), default=32, show_default=True, help="Cases at the same time.")
@click.option("--header", multiple=True, metavar="NAME:VALUE", help="A header field for the request. Repeatable.")
@click.option("--ca", type=click.Path(exists=True, dir_okay=False), help="Certificate authority for wss, in PEM.")
@click.option("--insecure", is_flag=True, help="Accept any certificate for wss.")
@run_options
@output_options
@suite_options
def server_command(
    *,
    url: str | None,
    command: str | None,
    jobs: int,
    header: tuple[str, ...],
    ca: str | None,
    insecure: bool,
    agent: str | None,
    quick: bool,
    outputs: Outputs,
    chosen: Chosen,
) -> None:
    """Test a server that sends every message back as it came.

    URL is ws://HOST:PORT/PATH or wss://...

    \b
    rawws-conformance server --run './echo-server --port {port}'
    """  # noqa: D301 - click wants the character
    suite = load_suite(chosen, Role.SERVER)
    fields = tuple(map(_header, header))
    run = Run(agent=agent or UNKNOWN, target=url or "", role=Role.SERVER, quick=quick, suite=suite.name)
    case_files = outputs.case_files(suite.cases)
    try:
        with stoppable(), started(command, url, outputs.out / "server.log") as (run.target, target):
            playing = ServerRun(
                target=target,
                library=Library(suite.corpora),
                context=_tls(ca, insecure=insecure) if target.tls else None,
                jobs=jobs,
                quick=quick,
                seconds=suite.seconds,
                extra=fields,
                results=run.results,
                again=run.again,
            )
            run.complete, run.duration = run_in_trio(play_cases, playing, suite, Meanwhile(run, case_files, agent))
    except ConnectFailed as exc:
        _write_nothing(run, suite, outputs)
        raise Stop(printable(f"{exc} ({run.target})")) from None
    except NoPeer:
        _write_nothing(run, suite, outputs)
        raise
    except KeyboardInterrupt:
        run.complete = False
    run.agent = agent or agent_from(run.results.values(), UNKNOWN)
    status = conclude([run], case_files, outputs)
    sys.exit(status if run.complete else STOPPED)


def _write_nothing(run: Run, suite: Suite, outputs: Outputs) -> None:
    """The reports of a run that came to nothing: those of an older one shall not be taken for them."""
    run.complete = False
    write_quietly([run], outputs.case_files(suite.cases), outputs)


def _tls(ca: str | None, *, insecure: bool) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca)
    except (ssl.SSLError, OSError) as exc:
        raise Stop(f"{ca} holds no certificate in PEM: {exc}") from None
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip() or not line.isprintable():
        raise Stop(f"{line!r} is no header field; it should be NAME:VALUE")
    return name.strip(), value.strip()
