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
from rawws.cli.log import address, say_where, start_logging
from rawws.cli.parameters import allowed_origin, path, size, subprotocol
from rawws.cli.problem import Problem, run_trio, sentence_of
from rawws.cli.show import print_error
from rawws.cli.tls import server_context
from rawws.cli.workers import END_SIGNALS, ENDED_BY_SIGNAL, follow_leash, inherited_sockets, run_workers
from rawws.core.limits import DEFAULT_LIMITS, Limits
from rawws.trio import ANY_ORIGIN, SAME_ORIGIN, HTTPRequest, HTTPResponse, Server, serve

if TYPE_CHECKING:
    import ssl

    from rawws.core.origin_policy import Origins


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options, judged."""

    app: App
    sockets: Sequence[socket.socket]
    host: str
    port: int
    ssl_context: ssl.SSLContext | None
    origins: Origins
    subprotocols: Sequence[str]
    compression: bool
    limits: Limits
    health: str | None


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
@click.option("--tls-cert", metavar="FILE", help="Serve wss:// with this certificate chain (PEM).")
@click.option("--tls-key", metavar="FILE", help="The certificate's key (PEM), if it is not in the same file.")
@click.option(
    "--origin", "origins", metavar="ORIGIN", type=allowed_origin, multiple=True,
    help="Let pages of this origin in, such as https://example.com, or `any`; may be repeated. By default, pages of "
    "this server's own origin.",
)
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
)  # fmt: skip
@click.pass_obj
def serve_command(
    arguments: Sequence[str],
    /,
    *,
    app: str | None,
    host: str,
    port: int,
    tls_cert: str | None,
    tls_key: str | None,
    origins: Sequence[str],
    subprotocols: Sequence[str],
    no_compression: bool,
    max_message: int | None,
    max_fragments: int | None,
    health: str | None,
    workers: int,
    descriptors: Sequence[int],
    leash: bool,
    **bounds: float | None,
) -> int:
    """Serve WebSocket until interrupted. Without --app, every message is sent back.

    The first line of output is `listening on ws://HOST:PORT/`. Each connection that was refused or failed is one line
    on stderr. SIGINT (Ctrl-C) and SIGTERM close all connections with 1001 (going away); a second one cuts them.
    """
    settings = Settings(
        app=App(handler=echo) if app is None else load_app(app),
        sockets=inherited_sockets(descriptors),
        host=host,
        port=port,
        ssl_context=server_context(tls_cert, tls_key),
        origins=_origins(origins),
        subprotocols=subprotocols,
        compression=not no_compression,
        limits=_limits(max_message_bytes=max_message, max_fragments=max_fragments, **bounds),
        health=health,
    )
    start_logging()
    if workers > 1:
        if descriptors:
            raise Problem("--workers share a port that they bind themselves; it is either that or --fd")
        secure = settings.ssl_context is not None
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


def _healthy(path: str, request: HTTPRequest) -> HTTPResponse | None:
    return HTTPResponse(200, b"ok\n") if request.path == path else None


async def _run(settings: Settings, *, leash: bool) -> int:
    # Signals are caught before anybody is told that the server is there.
    with trio.open_signal_receiver(*END_SIGNALS) as signals:
        async with trio.open_nursery() as nursery:
            server = await _listen(nursery, settings)
            if leash:
                nursery.start_soon(follow_leash)
            else:
                for host, port in server.addresses:
                    say_where(host, port, secure=server.secure)
            return await _until_signalled(nursery, server, signals)
    return 0


async def _listen(nursery: trio.Nursery, settings: Settings) -> Server:
    """Start the server. Raises Problem where it cannot listen."""
    start = functools.partial(
        serve,
        settings.app.handler,
        None if settings.sockets else settings.host,
        0 if settings.sockets else settings.port,
        sockets=settings.sockets,
        on_message=settings.app.on_message,
        ssl_context=settings.ssl_context,
        origins=settings.origins,
        subprotocols=settings.subprotocols,
        compression=settings.compression,
        limits=settings.limits,
        on_request=None if settings.health is None else functools.partial(_healthy, settings.health),
    )
    try:
        server: Server = await nursery.start(start)
    except (OSError, ValueError) as exc:
        where = "an inherited socket" if settings.sockets else address(settings.host, settings.port)
        raise Problem(f"cannot listen on {where}: {sentence_of(exc)}") from exc
    return server


async def _until_signalled(nursery: trio.Nursery, server: Server, signals: AsyncIterator[int]) -> int:
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
        nursery.start_soon(_close, server, nursery.cancel_scope)
    return status


async def _close(server: Server, serving: trio.CancelScope) -> None:
    await server.close(1001, "the server is shutting down")
    serving.cancel()
