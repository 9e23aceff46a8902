"""`rawws serve`: a server to talk to."""

from __future__ import annotations

import functools
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click
import trio

from rawws.cli.app import App, echo, load_app
from rawws.cli.durations import DURATIONS, duration_options, given
from rawws.cli.log import address, say_unix, say_where, start_logging
from rawws.cli.operating import (
    RELOAD_SIGNAL,
    Goodbye,
    answers,
    drain_seconds,
    network,
    reload_when_asked,
)
from rawws.cli.parameters import allowed_origin, path, size, subprotocol
from rawws.cli.problem import Problem, run_trio, sentence_of
from rawws.cli.show import print_error
from rawws.cli.tls import server_context
from rawws.cli.workers import END_SIGNALS, ENDED_BY_SIGNAL, follow_leash, inherited_sockets, run_workers
from rawws.core.limits import DEFAULT_LIMITS, Limits
from rawws.trio import ANY_ORIGIN, SAME_ORIGIN, CertificateFiles, Server, serve

if TYPE_CHECKING:
    from rawws.core.origin_policy import Origins
    from rawws.trio.http import OnRequest
    from rawws.trio.metrics import Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options, judged."""

    app: App
    sockets: Sequence[socket.socket]
    unix_path: str | None
    host: str
    port: int
    certificate: CertificateFiles | None
    origins: Origins
    trusted_proxies: Sequence[str]
    subprotocols: Sequence[str]
    compression: bool
    limits: Limits
    on_request: Sequence[OnRequest]
    metrics: Metrics | None
    readiness: str | None
    goodbye: Goodbye

    @property
    def where(self) -> str:
        """Where to listen, for people."""
        if self.unix_path is not None:
            return f"unix:{self.unix_path}"
        return "an inherited socket" if self.sockets else address(self.host, self.port)


@click.command("serve", short_help="Run a server: an echo, or your own handler.")
@click.option(
    "--app", metavar="MODULE:FUNCTION",
    help="Serve this instead of an echo: an async function of one WebSocket, or a plain one of that and a message.",
)
@click.option(
    "--host", metavar="HOST", default="127.0.0.1", show_default=True,
    help="Where to listen; 0.0.0.0 or :: for everybody.",
)
@click.option(
    "--port", metavar="PORT", type=click.IntRange(0, 65535), default=8765, show_default=True,
    help="0 takes any free one.",
)
@click.option("--unix", metavar="PATH", help="Listen on a Unix socket instead of --host and --port.")
@click.option("--tls-cert", metavar="FILE", help="Serve wss:// with this certificate chain (PEM). SIGHUP reloads it.")
@click.option("--tls-key", metavar="FILE", help="The certificate's key (PEM), if it is not in the same file.")
@click.option(
    "--origin", "origins", metavar="ORIGIN", type=allowed_origin, multiple=True,
    help="Let pages of this origin in, such as https://example.com or https://*.example.com, or `any`; may be "
    "repeated. By default, pages of this server's own origin.",
)
@click.option(
    "--trust-proxy", "trusted_proxies", metavar="NETWORK", type=network, multiple=True,
    help="Believe X-Forwarded-For and X-Forwarded-Proto of proxies at this address or network, or `unix`; may be "
    "repeated.",
)
@click.option("--passwords", metavar="FILE", help="Let in only who knows a line USER:PASSWORD of this file.")
@click.option(
    "--subprotocol", "subprotocols", metavar="NAME", type=subprotocol, multiple=True,
    help="Speak this; may be repeated, the most wanted first.",
)
@click.option("--no-compression", is_flag=True, help="Do not accept permessage-deflate.")
@click.option(
    "--max-message", metavar="SIZE", type=size,
    help="Octets of the largest message to accept, such as 65536 or 64MiB; 1MiB by default.",
)
@click.option(
    "--max-fragments", metavar="N", type=click.IntRange(min=1),
    help="Fragments of a message; by default as many as fit into the memory of the largest one.",
)
@click.option(
    "--max-connections", metavar="N", type=click.IntRange(min=1), help="Connections in all; a further one gets 503."
)
@click.option(
    "--max-connections-per-address", metavar="N", type=click.IntRange(min=1),
    help="Connections from one address; a further one gets 503.",
)
@duration_options("open_timeout", "close_timeout", "ping_interval", "ping_timeout")
@click.option(
    "--workers", metavar="N", type=click.IntRange(min=1), default=1, show_default=True,
    help="Processes that share the port; the system gives each its part of the connections. Limits hold for each.",
)
@click.option(
    "--fd", "descriptors", metavar="N", type=click.IntRange(min=0), multiple=True,
    help="Listen on this inherited socket instead of --host and --port, such as a service manager's; may be repeated.",
)
@click.option("--leash", is_flag=True, hidden=True)
@click.option(
    "--health", metavar="PATH", type=path, help="Answer a GET of this path with 200, such as /healthz."
)
@click.option("--ready", metavar="PATH", type=path, help="The same, but with 503 once the server is to end.")
@click.option("--metrics", metavar="PATH", type=path, help="Answer a GET of this path with OpenMetrics text.")
@click.option(
    "--drain", metavar="SECONDS", type=drain_seconds, default="0", show_default=True,
    help="At the end, close the connections one by one over so long, and send away whoever comes meanwhile.",
)
@click.option(
    "--retry-after", metavar="SECONDS", type=click.IntRange(min=0),
    help="While draining, tell clients to come back after so long.",
)
@click.option("--log-json", is_flag=True, help="Log in JSON, with fields.")  # fmt: skip
@click.pass_obj
def serve_command(
    arguments: Sequence[str],
    /,
    *,
    app: str | None,
    host: str,
    port: int,
    unix: str | None,
    tls_cert: str | None,
    tls_key: str | None,
    origins: Sequence[str],
    trusted_proxies: Sequence[str],
    passwords: str | None,
    subprotocols: Sequence[str],
    no_compression: bool,
    max_message: int | None,
    max_fragments: int | None,
    health: str | None,
    ready: str | None,
    metrics: str | None,
    drain: float,
    retry_after: int | None,
    log_json: bool,
    workers: int,
    descriptors: Sequence[int],
    leash: bool,
    **bounds: float | None,
) -> int:
    """Serve WebSocket until interrupted. Without --app, every message is sent back.

    The first line of output is `listening on ws://HOST:PORT/`. Each connection that was refused or failed is one line
    on stderr. SIGINT (Ctrl-C) and SIGTERM close all connections with 1001 (going away), or drain; a second one cuts
    them.
    """
    if unix is not None and (descriptors or workers > 1):
        raise Problem("--unix is one socket of one process; it is either that or --fd or --workers")
    on_request, telling = answers(health, metrics, passwords)
    settings = Settings(
        app=App(handler=echo) if app is None else load_app(app),
        sockets=inherited_sockets(descriptors),
        unix_path=unix,
        host=host,
        port=port,
        certificate=server_context(tls_cert, tls_key),
        origins=_origins(origins),
        trusted_proxies=trusted_proxies,
        subprotocols=subprotocols,
        compression=not no_compression,
        limits=_limits(max_message_bytes=max_message, max_fragments=max_fragments, **bounds),
        on_request=on_request,
        metrics=telling,
        readiness=ready,
        goodbye=Goodbye(drain, retry_after),
    )
    start_logging(as_json=log_json)
    if workers > 1:
        if descriptors:
            raise Problem("--workers share a port that they bind themselves; it is either that or --fd")
        secure = settings.certificate is not None
        return run_trio(functools.partial(run_workers, arguments, workers, host, port, secure=secure))
    return run_trio(functools.partial(_run, settings, leash=leash))


def _origins(origins: Sequence[str]) -> Origins:
    if "any" in origins:
        return ANY_ORIGIN
    return origins or SAME_ORIGIN


def _limits(**bounds: float | None) -> Limits:
    """The limits with what was given: a duration of None is "never", any other None is the default."""
    durations = given({name: bounds.pop(name) for name in tuple(bounds) if name in DURATIONS})
    return replace(DEFAULT_LIMITS, **durations, **{name: bound for name, bound in bounds.items() if bound is not None})  # type: ignore[arg-type]


async def _run(settings: Settings, *, leash: bool) -> int:
    # Signals are caught before anybody is told that the server is there.
    with trio.open_signal_receiver(*END_SIGNALS) as signals, trio.open_signal_receiver(RELOAD_SIGNAL) as reloads:
        async with trio.open_nursery() as nursery:
            server = await _listen(nursery, settings)
            if settings.metrics is not None:
                settings.metrics.add(server)
            nursery.start_soon(reload_when_asked, reloads, settings.certificate)
            if leash:
                nursery.start_soon(follow_leash)
            else:
                for host, port in server.addresses:
                    say_where(host, port, secure=server.secure)
                if settings.unix_path is not None:
                    say_unix(settings.unix_path)
            return await _until_signalled(nursery, server, signals, settings.goodbye)
    return 0


async def _listen(nursery: trio.Nursery, settings: Settings) -> Server:
    """Start the server. Raises Problem where it cannot listen."""
    start = functools.partial(
        serve,
        settings.app.handler,
        None if settings.sockets or settings.unix_path else settings.host,
        0 if settings.sockets or settings.unix_path else settings.port,
        unix_path=settings.unix_path,
        sockets=settings.sockets,
        on_message=settings.app.on_message,
        ssl_context=settings.certificate,
        origins=settings.origins,
        trusted_proxies=settings.trusted_proxies,
        readiness_path=settings.readiness,
        subprotocols=settings.subprotocols,
        compression=settings.compression,
        limits=settings.limits,
        on_request=settings.on_request,
    )
    try:
        server: Server = await nursery.start(start)
    except (OSError, ValueError) as exc:
        raise Problem(f"cannot listen on {settings.where}: {sentence_of(exc)}") from exc
    return server


async def _until_signalled(
    nursery: trio.Nursery, server: Server, signals: AsyncIterator[int], goodbye: Goodbye
) -> int:
    """Wait for a signal and close; at the second one, cut. The exit status."""
    status = 0
    closing = False
    async for number in signals:
        if closing:
            status = ENDED_BY_SIGNAL + number
            nursery.cancel_scope.cancel()
            break
        closing = True
        count = len(server.connections)
        if count:
            print_error(f"closing {count} connection{'s' if count > 1 else ''}; a second signal cuts")
        nursery.start_soon(_close, server, goodbye, nursery.cancel_scope)
    return status


async def _close(server: Server, goodbye: Goodbye, serving: trio.CancelScope) -> None:
    await goodbye.say(server)
    serving.cancel()
