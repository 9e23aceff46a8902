"""Serving: listen, shake hands, run a handler per connection; or do so with one stream that somebody else made."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence

import trio

from rawws.core.limits import DEFAULT_LIMITS, Limits
from rawws.core.origin_policy import SAME_ORIGIN, Origins
from rawws.trio.accept import Acceptor
from rawws.trio.callbacks import OnMessage
from rawws.trio.compression import Compression
from rawws.trio.http import OnRequest
from rawws.trio.listening import given_listeners, open_listeners, open_unix_listener
from rawws.trio.server import Server
from rawws.trio.server_settings import Handler, Subprotocols, Tls, make_server_settings
from rawws.trio.settings import FROM_LIMITS, ExtraHeaders, Seconds, make_limits


async def serve_stream(
    handler: Handler | None,
    stream: trio.abc.Stream,
    *,
    on_message: OnMessage | None = None,
    on_request: OnRequest | Sequence[OnRequest] | None = None,
    origins: Origins = SAME_ORIGIN,
    trusted_proxies: Sequence[str] = (),
    readiness_path: str | None = None,
    subprotocols: Subprotocols = (),
    extra_headers: ExtraHeaders = (),
    compression: Compression = True,
    text_as_bytes: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    ping_interval: Seconds = FROM_LIMITS,
    ping_timeout: Seconds = FROM_LIMITS,
    open_timeout: Seconds = FROM_LIMITS,
    close_timeout: Seconds = FROM_LIMITS,
) -> None:
    """Serve one connection on a stream that somebody else made, and close it; the keywords are those of `serve`.

    Raises TypeError or ValueError for wrong arguments, and nothing else but cancellation.
    """
    settings = make_server_settings(
        handler,
        on_message=on_message,
        on_request=on_request,
        ssl_context=None,
        origins=origins,
        trusted_proxies=trusted_proxies,
        readiness_path=readiness_path,
        subprotocols=subprotocols,
        extra_headers=extra_headers,
        compression=compression,
        text_as_bytes=text_as_bytes,
        limits=make_limits(
            limits,
            ping_interval=ping_interval,
            ping_timeout=ping_timeout,
            open_timeout=open_timeout,
            close_timeout=close_timeout,
        ),
    )
    await Acceptor(settings).accept_stream(stream)


async def serve(
    handler: Handler | None,
    host: str | None,
    port: int,
    *,
    unix_path: str | os.PathLike[str] | None = None,
    sockets: Sequence[socket.socket] = (),
    on_message: OnMessage | None = None,
    on_request: OnRequest | Sequence[OnRequest] | None = None,
    ssl_context: Tls | None = None,
    origins: Origins = SAME_ORIGIN,
    trusted_proxies: Sequence[str] = (),
    readiness_path: str | None = None,
    subprotocols: Subprotocols = (),
    extra_headers: ExtraHeaders = (),
    compression: Compression = True,
    text_as_bytes: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    ping_interval: Seconds = FROM_LIMITS,
    ping_timeout: Seconds = FROM_LIMITS,
    open_timeout: Seconds = FROM_LIMITS,
    close_timeout: Seconds = FROM_LIMITS,
    task_status: trio.TaskStatus[Server] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve WebSocket until cancelled or closed; `nursery.start` gives the `Server`.

    handler: a coroutine function that is called with each open WebSocket, or `Routes`. When it returns, the connection
        is closed with 1000; when it raises an Exception, that is logged and the connection is closed with 1011.
    on_message: in place of a handler, a plain function that is called with the WebSocket and each message, without a
        task per connection; it answers with `send_nowait`. It is called only while the network takes octets, so that
        one answer to each message always finds room. What it raises counts as for a handler.
    on_request: called with each HTTPRequest, of WebSocket or not; gives an HTTPResponse, or None to go on. A list of
        such functions is asked one after the other.
    host, port: where to listen; None for every interface, 0 for any free port.
    unix_path: listen on a Unix socket of this path instead; host is None and port 0 then.
    sockets: listen on these instead, which somebody else has bound (of a service manager, or one of several processes
        that share a port by SO_REUSEPORT); host is None and port 0 then. They are closed at the end.
    ssl_context: for wss; or what gives a context for each connection when it is called, such as `CertificateFiles`.
    origins: SAME_ORIGIN, ANY_ORIGIN, or the origins that may connect, such as "https://example.com",
        "https://*.example.com" or compiled patterns; or a function of an origin and a host that decides. Who sends no
        |Origin| is no browser and may connect in any case; `null` is foreign (RFC 6455 §10.2).
    trusted_proxies: addresses and networks of proxies that say by |X-Forwarded-For| and |X-Forwarded-Proto| whom they
        speak for; "unix" for such that come over a Unix socket.
    readiness_path: a GET of this path is answered with 200, and with 503 while the server drains or closes.
    subprotocols: what the server speaks, the most wanted first; the first one that the client offers is chosen. Or a
        function of what it offers and its HTTPRequest, which chooses one or None.
    extra_headers: more fields for the response, as (name, value).
    compression: whether to accept permessage-deflate, or a callable that makes the extension to accept.
    text_as_bytes: give text messages as bytes, which are valid UTF-8, and cannot be told from binary ones then.
    limits: what one connection may cost. ping_interval, ping_timeout, open_timeout, close_timeout: seconds or None for
        never, in place of those in `limits`.

    Raises TypeError or ValueError for wrong arguments and OSError where it cannot listen.
    """
    settings = make_server_settings(
        handler,
        on_message=on_message,
        on_request=on_request,
        ssl_context=ssl_context,
        origins=origins,
        trusted_proxies=trusted_proxies,
        readiness_path=readiness_path,
        subprotocols=subprotocols,
        extra_headers=extra_headers,
        compression=compression,
        text_as_bytes=text_as_bytes,
        limits=make_limits(
            limits,
            ping_interval=ping_interval,
            ping_timeout=ping_timeout,
            open_timeout=open_timeout,
            close_timeout=close_timeout,
        ),
    )
    if unix_path is not None:
        listeners = [open_unix_listener(unix_path, host, port, sockets)]
    else:
        listeners = given_listeners(sockets, host, port) if sockets else await open_listeners(host, port)
    server = Server(listeners, Acceptor(settings))
    await server.run(task_status)
