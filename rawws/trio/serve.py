"""The server: listen, shake hands, run a handler per connection, and close in good order."""

from __future__ import annotations

import errno
import inspect
import logging
import socket
from typing import TYPE_CHECKING

import trio

from rawws.core.limits import DEFAULT_LIMITS, Limits
from rawws.core.origin_policy import SAME_ORIGIN, Origins, check_origins
from rawws.core.outgoing import check_extra_fields, check_subprotocols
from rawws.trio.accept import Acceptor, Handler, ServerSettings
from rawws.trio.callbacks import OnMessage
from rawws.trio.compression import Compression
from rawws.trio.groups import no_group_of_one
from rawws.trio.http import OnRequest
from rawws.trio.listening import Listener, given_listeners, open_listeners
from rawws.trio.settings import (
    FROM_LIMITS,
    ExtraHeaders,
    Seconds,
    make_headers,
    make_limits,
    make_subprotocols,
)
from rawws.trio.transport import SocketTransport

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

    from rawws.trio.websocket import WebSocket

_logger = logging.getLogger("rawws.server")

# The process or the system has run out of something that other connections will give back.
_OUT_OF_RESOURCES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS})
_SECONDS_FOR_RESOURCES = 0.1


class Server:
    """A running server.

    port: of the first socket that listens, 0 for one without. addresses: (host, port) of those that have such. secure:
    whether it speaks TLS.
    """

    def __init__(self, listeners: list[Listener], acceptor: Acceptor) -> None:
        self._listeners = listeners
        self._acceptor = acceptor
        self._accepting = trio.CancelScope()
        self._done = trio.Event()
        self.secure = acceptor.settings.ssl_context is not None
        names = [listener.sock.getsockname() for listener in listeners]
        self.addresses: list[tuple[str, int]] = [name[:2] for name in names if isinstance(name, tuple)]

    @property
    def port(self) -> int:
        """The port of the first socket that listens, 0 where none has one."""
        return self.addresses[0][1] if self.addresses else 0

    @property
    def connections(self) -> frozenset[WebSocket]:
        """The connections that are open now."""
        return frozenset(self._acceptor.open)

    async def close(self, code: int = 1001, reason: str = "", timeout: float | None = None) -> None:  # noqa: ASYNC109  documented
        """Stop listening, close every connection, wait for the handlers, and cut what is left after `timeout` seconds.

        code, reason: for the Close frames. timeout: None for the limits' `close_timeout` and a second for the handlers.
        Cancelled, it cuts at once. Raises rawws.core.errors.WrongType or WrongValue for other codes and reasons.
        """
        self._acceptor.check_close(code, reason)
        self._stop_listening()
        if timeout is None:
            close_timeout = self._acceptor.settings.limits.close_timeout
            timeout = float("inf") if close_timeout is None else close_timeout + 1.0
        try:
            with trio.move_on_after(timeout), no_group_of_one():
                await self._acceptor.close_all(code, reason)
                await self._done.wait()
        finally:
            self._acceptor.cut_all()
        await self._done.wait()

    def _stop_listening(self) -> None:
        self._accepting.cancel()
        for listener in self._listeners:
            listener.close()

    async def run(self, task_status: trio.TaskStatus[Server]) -> None:
        """Accept connections until closed or cancelled; returns when the last handler has."""
        try:
            with no_group_of_one():
                await self._serve(task_status)
        finally:
            self._done.set()
            for listener in self._listeners:
                listener.close()

    async def _serve(self, task_status: trio.TaskStatus[Server]) -> None:
        async with trio.open_nursery() as handlers:
            self._acceptor.nursery = handlers
            callbacks = self._acceptor.make_callbacks()
            if callbacks is not None:
                handlers.start_soon(callbacks.run)
            async with trio.open_nursery() as listening:
                self._accepting = listening.cancel_scope
                for listener in self._listeners:
                    listening.start_soon(self._accept_from, listener)
                task_status.started(self)
            if callbacks is not None:
                callbacks.finish()

    async def _accept_from(self, listener: Listener) -> None:
        while True:
            try:
                accepted = await listener.accept()
            except trio.ClosedResourceError:
                return
            except OSError as exc:
                if exc.errno not in _OUT_OF_RESOURCES:
                    raise
                _logger.error("cannot accept a connection now: %s", exc)  # noqa: TRY400  no traceback
                await trio.sleep(_SECONDS_FOR_RESOURCES)
                continue
            for sock, address in accepted:
                self._acceptor.accept(SocketTransport(sock), address)


def _settings(
    handler: Handler | None,
    *,
    on_message: OnMessage | None,
    on_request: OnRequest | None,
    ssl_context: ssl.SSLContext | None,
    origins: Origins,
    subprotocols: Sequence[str],
    extra_headers: ExtraHeaders,
    compression: Compression,
    limits: Limits,
) -> ServerSettings:
    """Judge the arguments of `serve`. Raises TypeError or ValueError."""
    check_origins(origins)
    if (handler is None) == (on_message is None):
        raise TypeError("serve needs a handler or on_message, and not both")
    if inspect.iscoroutinefunction(on_message):
        raise TypeError("on_message is a plain function; a coroutine function is a handler")
    return ServerSettings(
        handler=handler,
        on_message=on_message,
        on_request=on_request,
        ssl_context=ssl_context,
        origins=origins,
        # What cannot be sent is found out here, not at each connection.
        subprotocols=check_subprotocols(make_subprotocols(subprotocols)),
        extra_headers=check_extra_fields(make_headers(extra_headers)),
        compression=compression,
        limits=limits,
    )


async def serve_stream(
    handler: Handler | None,
    stream: trio.abc.Stream,
    *,
    on_message: OnMessage | None = None,
    on_request: OnRequest | None = None,
    origins: Origins = SAME_ORIGIN,
    subprotocols: Sequence[str] = (),
    extra_headers: ExtraHeaders = (),
    compression: Compression = True,
    limits: Limits = DEFAULT_LIMITS,
    ping_interval: Seconds = FROM_LIMITS,
    ping_timeout: Seconds = FROM_LIMITS,
    open_timeout: Seconds = FROM_LIMITS,
    close_timeout: Seconds = FROM_LIMITS,
) -> None:
    """Serve one connection on a stream that somebody else made, and close it; the keywords are those of `serve`.

    Raises TypeError or ValueError for wrong arguments, and nothing else but cancellation.
    """
    settings = _settings(
        handler,
        on_message=on_message,
        on_request=on_request,
        ssl_context=None,
        origins=origins,
        subprotocols=subprotocols,
        extra_headers=extra_headers,
        compression=compression,
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
    sockets: Sequence[socket.socket] = (),
    on_message: OnMessage | None = None,
    on_request: OnRequest | None = None,
    ssl_context: ssl.SSLContext | None = None,
    origins: Origins = SAME_ORIGIN,
    subprotocols: Sequence[str] = (),
    extra_headers: ExtraHeaders = (),
    compression: Compression = True,
    limits: Limits = DEFAULT_LIMITS,
    ping_interval: Seconds = FROM_LIMITS,
    ping_timeout: Seconds = FROM_LIMITS,
    open_timeout: Seconds = FROM_LIMITS,
    close_timeout: Seconds = FROM_LIMITS,
    task_status: trio.TaskStatus[Server] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve WebSocket until cancelled or closed; `nursery.start` gives the `Server`.

    handler: a coroutine function that is called with each open WebSocket. When it returns, the connection is closed
        with 1000; when it raises an Exception, that is logged and the connection is closed with 1011.
    on_message: in place of a handler, a plain function that is called with the WebSocket and each message, without a
        task per connection; it answers with `send_nowait`. It is called only while the network takes octets, so that
        one answer to each message always finds room. What it raises counts as for a handler.
    on_request: called with each HTTPRequest, of WebSocket or not; gives an HTTPResponse, or None to go on.
    host, port: where to listen; None for every interface, 0 for any free port.
    sockets: listen on these instead, which somebody else has bound (of a service manager, or one of several processes
        that share a port by SO_REUSEPORT); host is None and port 0 then. They are closed at the end.
    ssl_context: for wss.
    origins: SAME_ORIGIN, ANY_ORIGIN, or the origins that may connect, such as "https://example.com". Who sends no
        |Origin| is no browser and may connect in any case; `null` is foreign (RFC 6455 §10.2).
    subprotocols: what the server speaks, the most wanted first; the first one that the client offers is chosen.
    extra_headers: more fields for the response, as (name, value).
    compression: whether to accept permessage-deflate, or a callable that makes the extension to accept.
    limits: what one connection may cost. ping_interval, ping_timeout, open_timeout, close_timeout: seconds or None for
        never, in place of those in `limits`.

    Raises TypeError or ValueError for wrong arguments and OSError where it cannot listen.
    """
    settings = _settings(
        handler,
        on_message=on_message,
        on_request=on_request,
        ssl_context=ssl_context,
        origins=origins,
        subprotocols=subprotocols,
        extra_headers=extra_headers,
        compression=compression,
        limits=make_limits(
            limits,
            ping_interval=ping_interval,
            ping_timeout=ping_timeout,
            open_timeout=open_timeout,
            close_timeout=close_timeout,
        ),
    )
    listeners = given_listeners(sockets, host, port) if sockets else await open_listeners(host, port)
    server = Server(listeners, Acceptor(settings))
    await server.run(task_status)
