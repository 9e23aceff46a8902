"""`rawws-conformance wstest`: Autobahn's own command line, with its files and its exit statuses.

Exit status: 1 for a wrong command line or a spec that cannot be used, 130 for a run that was stopped with Ctrl-C,
otherwise 0, whatever the verdicts and also where a server could not be reached. Who wants to know reads `index.json`.
"""

from __future__ import annotations

import functools
import json
import ssl
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from rawws_conformance import __version__, reports
from rawws_conformance.cases import autobahn
from rawws_conformance.cli.client import serve, sockets_on, tls_context, url_of
from rawws_conformance.cli.common import STOPPED, Stop, Suite, printable
from rawws_conformance.cli.playing import play_cases
from rawws_conformance.cli.running import run_in_trio
from rawws_conformance.corpora import Corpora
from rawws_conformance.model import Case, Role
from rawws_conformance.report import Run, agent_from
from rawws_conformance.runs.client import ClientRun
from rawws_conformance.runs.tcp import ServerRun
from rawws_conformance.runs.wire import BadUrl, ConnectFailed, Target, parse_url
from rawws_conformance.slices import Library
from rawws_conformance.wstest import DEFAULTS, Server, Spec, SpecError, read_spec, spec_from

#: Autobahn's exit status for a wrong command line.
_USAGE = 1

#: Autobahn's other modes, none of which judges anything.
_OTHERS = (
    "echoserver", "echoclient", "broadcastclient", "broadcastserver", "testeeserver", "testeeclient", "massconnect",
    "serializer",
)  # fmt: skip


class _Command(click.Command):
    """A command whose every error of use has the exit status that Autobahn gives it."""

    def make_context(self, *arguments: Any, **others: Any) -> click.Context:  # noqa: ANN401 - whatever click passes
        """Read the command line."""
        with _as_autobahn():
            return super().make_context(*arguments, **others)

    def invoke(self, ctx: click.Context) -> object:
        """Run it."""
        with _as_autobahn():
            return super().invoke(ctx)


@contextmanager
def _as_autobahn() -> Iterator[None]:
    """An error of use, or of a spec, ends with Autobahn's exit status."""
    try:
        yield
    except click.ClickException as exc:
        exc.show()
        sys.exit(_USAGE)


def _versions(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
    if value and not ctx.resilient_parsing:
        click.echo(f"rawws-conformance {__version__}, with Autobahn's cases and spec files")
        ctx.exit()


_MODES = click.Choice(["fuzzingclient", "fuzzingserver", *_OTHERS])
_SPEC = click.Path(dir_okay=False, path_type=Path)
_PATH = click.Path(path_type=Path)
_PORT = click.IntRange(0, 65535)


@click.command("wstest", cls=_Command)
@click.option("-m", "--mode", type=_MODES, metavar="MODE", required=True, help="fuzzingclient or fuzzingserver.")
@click.option("-s", "--spec", "path", type=_SPEC, metavar="FILE", help="Spec file; MODE.json without it.")
@click.option("-w", "--wsuri", metavar="URL", help="Server to test where the spec names none.")
@click.option("-u", "--webport", type=_PORT, default=8080, help="Port of a page for browsers (8080); 0: none.")
@click.option("-k", "--key", type=_PATH, metavar="FILE", help="TLS key (fuzzingserver).")
@click.option("-c", "--cert", type=_PATH, metavar="FILE", help="TLS certificate (fuzzingserver).")
@click.option("-a", "--autobahnversion", is_flag=True, is_eager=True, expose_value=False, callback=_versions)
@click.option("--quick", is_flag=True, help="Fewer messages in groups 9, 12 and 13. (Not in Autobahn.)")
@click.option("--jobs", type=click.IntRange(1, 1000), default=32, help="Cases at the same time. (Not in Autobahn.)")
def wstest_command(
    *,
    mode: str,
    path: Path | None,
    wsuri: str | None,
    webport: int,
    key: Path | None,
    cert: Path | None,
    quick: bool,
    jobs: int,
) -> None:
    """Autobahn's command line: test the servers, or the clients, that a spec file names."""
    if mode in _OTHERS:
        raise Stop(f"the mode {mode} tests nothing, and is not offered; there are {' and '.join(DEFAULTS)}")
    spec = _load(mode, path, wsuri)
    for option in spec.ignored:
        click.echo(f"This option of the spec changes nothing here: {printable(option)}", err=True)
    try:
        cases = spec.select(autobahn())
    except SpecError as exc:
        raise Stop(str(exc)) from None
    if mode == "fuzzingclient":
        _fuzz_servers(spec, cases, quick=quick, jobs=jobs)
    else:
        chosen = (key or _path(spec.key), cert or _path(spec.cert))
        _fuzz_clients(spec, cases, *chosen, quick=quick, webport=webport)


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)


def _load(mode: str, path: Path | None, wsuri: str | None) -> Spec:
    """The spec; where it was not named and is not there, it is written first, as Autobahn does. Raises Stop."""
    given = path or Path(f"{mode}.json")
    defaults = dict(DEFAULTS[mode])
    try:
        if path is None and not given.exists():
            if wsuri is not None:
                defaults["servers"] = []
            given.write_text(json.dumps(defaults, indent=3) + "\n", encoding="utf-8")
            click.echo(f"{given} was not there and has been written")
        spec = read_spec(mode, given.read_bytes())
        if mode == "fuzzingclient" and not spec.servers:
            if wsuri is None:
                raise Stop(f"{given} names no server, and there is no -w")
            named = spec_from(mode, {"cases": [], "servers": [{"url": wsuri}]})
            return Spec(**{name: getattr(spec, name) for name in Spec.__slots__} | {"servers": named.servers})
    except OSError as exc:
        raise Stop(f"{given}: {exc.strerror}") from None
    except SpecError as exc:
        raise Stop(f"{given}: {exc}") from None
    return spec


# ------------------------------------------------------------------------------------------------------ fuzzingclient


class _Tls(ssl.SSLContext):
    """TLS that takes any certificate, as Autobahn does. name: for SNI, instead of the one in the URL."""

    name: str | None = None

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,  # noqa: FBT001, FBT002 - as the method of the standard library has it
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """As every context does it."""
        return super().wrap_bio(incoming, outgoing, server_side, self.name or server_hostname, session)


def _tls(hostname: str | None) -> ssl.SSLContext:
    context = _Tls(ssl.PROTOCOL_TLS_CLIENT)
    context.name = hostname
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _fuzz_servers(spec: Spec, cases: Sequence[Case], *, quick: bool, jobs: int) -> None:
    """Test one server after the other; then the reports of all."""
    library = Library(Corpora())
    runs: list[Run] = []
    for server, target in [(server, _target(server)) for server in spec.servers]:
        run = _fuzz_server(spec, server, target, cases, library, quick=quick, jobs=jobs)
        if run is None:
            continue
        while any(run.agent == other.agent for other in runs):
            run.agent += "_"  # two servers of one name; Autobahn keeps the last one only
        runs.append(run)
        if not run.complete:
            break
    _write(spec, runs, cases)
    if not all(run.complete for run in runs):
        sys.exit(STOPPED)


def _target(server: Server) -> Target:
    """Where a server is. Raises Stop where its URL is none."""
    try:
        return parse_url(server.url)
    except BadUrl as exc:
        raise Stop(str(exc)) from None


def _fuzz_server(
    spec: Spec, server: Server, target: Target, cases: Sequence[Case], library: Library, *, quick: bool, jobs: int
) -> Run | None:
    """Test one server; None where there is nobody."""
    chosen = [case for case in cases if server.agent is None or not spec.leaves_out(server.agent, case.id)]
    run = Run(agent="", target=server.url, role=Role.SERVER, quick=quick)
    playing = ServerRun(
        target=target,
        library=library,
        context=_tls(server.hostname) if target.tls else None,
        jobs=jobs,
        quick=quick,
        seconds=server.seconds,
        extra=server.headers,
        results=run.results,
        again=run.again,
    )
    try:
        suite = Suite("autobahn", chosen, Corpora(), server.seconds)
        run.complete, run.duration = run_in_trio(play_cases, playing, suite)
    except ConnectFailed as exc:
        click.echo(printable(f"{exc} ({server.url})"), err=True)
        return None
    run.agent = server.agent or agent_from(run.results.values())
    for case_id in [case_id for case_id in run.results if spec.leaves_out(run.agent, case_id)]:
        del run.results[case_id]  # its name became known only now
    return run


def _write(spec: Spec, runs: Sequence[Run], cases: Sequence[Case]) -> None:
    try:
        reports.write(Path(spec.outdir), runs, {case.id: case for case in cases})
    except OSError as exc:
        raise Stop(f"the reports cannot be written to {exc.filename or spec.outdir}: {exc.strerror}") from None
    for run in runs:
        failed = len(run.failed)
        click.echo(f"{printable(run.agent)}: {len(run.results)} cases, {failed} failed")
    click.echo(f"Reports: {Path(spec.outdir) / 'index.html'}, {Path(spec.outdir) / 'index.json'}")


# ------------------------------------------------------------------------------------------------------ fuzzingserver


def _fuzz_clients(
    spec: Spec, cases: Sequence[Case], key: Path | None, cert: Path | None, *, quick: bool, webport: int
) -> None:
    """Serve until somebody wants the end."""
    try:
        parts = urlsplit(spec.url)
        host, port = parts.hostname, parts.port
    except ValueError as exc:
        raise Stop(f"{spec.url!r} is no URL to listen on: {exc}") from None
    if parts.scheme not in {"ws", "wss"} or not host:
        raise Stop(f"{spec.url!r} is no URL to listen on: it should be ws://HOST:PORT")
    if parts.scheme == "wss" and cert is None:
        raise Stop(f"{spec.url} needs a certificate (-c, or cert in the spec)")
    tls = tls_context(cert, key) if parts.scheme == "wss" else None
    sockets = sockets_on(host, (443 if tls else 80) if port is None else port)
    url = url_of(host, sockets, tls=tls is not None)
    run = ClientRun(
        cases=cases,
        library=Library(Corpora()),
        quick=quick,
        seconds=spec.seconds,
        context=tls,
        target=url,
        protocols=spec.protocols,
        leaves_out=spec.leaves_out,
    )
    by_id = {case.id: case for case in cases}
    run.update = functools.partial(reports.write, Path(spec.outdir), cases=by_id)
    click.echo(f"listening on {url}")
    if webport and tls is None:
        try:
            sockets += sockets_on(host, webport)
        except Stop as exc:
            click.echo(f"no page for browsers: {exc.message}", err=True)
    sys.stdout.flush()
    run_in_trio(serve, run, sockets, len(cases))
    _write(spec, run.runs(), cases)
