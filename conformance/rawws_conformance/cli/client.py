"""`rawws-conformance client`: the fuzzing server."""

from __future__ import annotations

import signal
import socket
import ssl
import sys
from pathlib import Path

import click
import trio

# At once, and not where it is used: there Ctrl-C may come in the middle of an import.
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from rawws_conformance.cli.common import (
    FAILED,
    STOPPED,
    USAGE,
    Chosen,
    Stop,
    Suite,
    console,
    load_suite,
    printable,
    stoppable,
    suite_options,
)
from rawws_conformance.cli.ending import Outputs, conclude, output_options
from rawws_conformance.cli.running import run_in_trio
from rawws_conformance.model import Role
from rawws_conformance.runs.client import ClientRun, ListenFailed, listen
from rawws_conformance.runs.peer import Peer, PeerFailed, fill_in
from rawws_conformance.slices import Library
from rawws_conformance.verdict import Result

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("client")
@click.option("--host", default="localhost", show_default=True, help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=9001, show_default=True, help="0: one that is free.")
@click.option("--agent", metavar="NAME", help="How clients are called in reports, instead of the name they give.")
@click.option("--quick", is_flag=True, help="Fewer messages in groups 9, 12 and 13.")
@click.option("--run", "command", metavar="CMD", help="Run this driver, {port} and {url} filled in; end when it ends.")
@click.option("--once", is_flag=True, help="End when a client has asked for the reports.")
@click.option("--cert", type=_FILE, help="Certificate in PEM: listen for wss.")
@click.option("--key", type=_FILE, help="Its key in PEM, if it is not in the same file.")
@output_options
@suite_options
def client_command(
    *,
    host: str,
    port: int,
    agent: str | None,
    quick: bool,
    command: str | None,
    once: bool,
    cert: Path | None,
    key: Path | None,
    outputs: Outputs,
    chosen: Chosen,
) -> None:
    """Test clients: serve the URLs of Autobahn's fuzzing server, on which its drivers run unmodified.

    A driver asks /getCaseCount, connects to /runCase?case=N&agent=NAME for each case, sends every message back as it
    came until the connection ends, and at last connects to /updateReports?agent=NAME.

    \b
    rawws-conformance client --run 'node driver.js {port}'
    """  # noqa: D301 - click wants the character
    suite = load_suite(chosen, Role.CLIENT)
    context = tls_context(cert, key)
    sockets = sockets_on(host, port)
    url = url_of(host, sockets, tls=context is not None)
    run = ClientRun(
        cases=suite.cases,
        library=Library(suite.corpora),
        agent=agent,
        quick=quick,
        seconds=suite.seconds,
        context=context,
        once=once,
        target=url,
        suite=suite.name,
    )
    run.update = lambda runs: outputs.write(runs, outputs.case_files(suite.cases))
    driver = _Driver(command, host, sockets[0].getsockname()[1], url, outputs.out / "driver.log")
    try:
        with stoppable():
            click.echo(f"listening on {url}")
            sys.stdout.flush()
            stopped = run_in_trio(serve, run, sockets, len(suite.cases), driver)
    except KeyboardInterrupt:  # before, or after, the server listens to signals itself
        stopped = True
    sys.exit(_end(run, suite, outputs, driver, stopped=stopped))


def tls_context(cert: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """The server's side of TLS, where there is a certificate. Raises Stop."""
    if cert is None:
        if key is not None:
            raise Stop("--key needs --cert")
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(cert, key)
    except (ssl.SSLError, OSError) as exc:
        raise Stop(f"{cert} and its key cannot be used: {exc}") from None
    return context


def sockets_on(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen. Raises Stop."""
    try:
        return listen(host, port)
    except ListenFailed as exc:
        raise Stop(str(exc)) from None


def url_of(host: str, sockets: list[socket.socket], *, tls: bool) -> str:
    """Where clients find us."""
    name = f"[{host}]" if ":" in host else host
    return f"{'wss' if tls else 'ws'}://{name or 'localhost'}:{sockets[0].getsockname()[1]}"


class _Driver:
    """The command of `--run`. problem: what went wrong with it, in words. lost: it did not even start."""

    def __init__(self, command: str | None, host: str, port: int, url: str, log: Path) -> None:
        self.command = None if command is None else fill_in(command, host=host, port=port, url=url)
        self.problem: str | None = None
        self.lost = False
        self._log = log

    async def run(self) -> None:
        """Run it until it ends, or until we are cancelled."""
        if self.command is None:
            return
        try:
            with Peer(self.command, self._log) as peer:
                status = await trio.to_thread.run_sync(peer.wait, abandon_on_cancel=True)
                if status:
                    self.problem = f"the driver ended with status {status}{peer.last_words()}"
        except PeerFailed as exc:
            self.problem = str(exc)
            self.lost = True


async def serve(run: ClientRun, sockets: list[socket.socket], total: int, driver: _Driver | None = None) -> bool:
    """Serve until somebody wants the end: a client, the driver's end, Ctrl-C; whether it was that."""
    screen = console()
    signals: list[int] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[failed]}"))
    with Progress(*columns, console=screen, disable=not screen.is_terminal) as progress:
        run.told = _Bars(progress, total).told
        run.problem = lambda sentence: click.echo(printable(sentence), err=True)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_stop_on_signal, run, signals)
            if driver is not None and driver.command is not None:
                nursery.start_soon(_run_driver, run, driver)
            await run.serve(sockets)
            nursery.cancel_scope.cancel()
    return bool(signals)


async def _run_driver(run: ClientRun, driver: _Driver) -> None:
    await driver.run()
    await run.settle()
    run.stop()


async def _stop_on_signal(run: ClientRun, seen: list[int]) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for number in signals:
            seen.append(number)
            run.stop()


class _Bars:
    """A progress bar for each agent."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._tasks: dict[str, TaskID] = {}
        self._failed: dict[str, set[str]] = {}
        self._played: dict[str, set[str]] = {}

    def told(self, agent: str, result: Result) -> None:
        """A case has been played."""
        from rich.markup import escape  # noqa: PLC0415 - see `console`

        if agent not in self._tasks:
            self._tasks[agent] = self._progress.add_task(escape(printable(agent[:60])), total=self._total, failed="")
            self._failed[agent], self._played[agent] = set(), set()
        self._played[agent].add(result.case_id)
        (self._failed[agent].add if result.failed else self._failed[agent].discard)(result.case_id)
        failed = len(self._failed[agent])
        self._progress.update(
            self._tasks[agent], completed=len(self._played[agent]), failed=f"{failed} failed" if failed else ""
        )


def _end(run: ClientRun, suite: Suite, outputs: Outputs, driver: _Driver, *, stopped: bool) -> int:
    """The reports, and the exit status: where nothing was played, that of a peer that cannot be reached.

    stopped: with Ctrl-C. Without a driver that is how it ends; it counts where somebody had not played all cases.
    """
    found = run.runs()
    status = conclude(found, outputs.case_files(suite.cases), outputs)
    problems = [] if driver.problem is None else [driver.problem]
    missing = [
        f"{printable(each.agent)} played {len(each.results)} of {len(suite.cases)} cases"
        for each in found
        if driver.command is not None and not each.complete
    ]
    if not found:
        problems.append("No client has played a case.")
    for sentence in problems + missing:
        click.echo(sentence, err=True)
    if stopped and (driver.command is not None or not found or not all(each.complete for each in found)):
        return STOPPED
    if not found or driver.lost:
        return USAGE
    # The status of a driver that has played everything says nothing about its client.
    return status or (FAILED if missing else 0)
