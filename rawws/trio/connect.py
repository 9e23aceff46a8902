"""The client: from a URL to an open WebSocket."""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
from typing import TYPE_CHECKING

import trio

import rawws
from rawws.core import Limits, WSConnection
from rawws.core.connection import CLIENT
from rawws.core.errors import RemoteProtocolError
from rawws.core.events import AcceptConnection, RejectConnection, Request
from rawws.core.limits import DEFAULT_LIMITS
from rawws.trio.compression import Compression, make_extensions
from rawws.trio.errors import ConnectError, InvalidHandshake, OpenTimeout, Rejected
from rawws.trio.opening import EndOfStream, Handshaker, Opened
from rawws.trio.settings import (
    FROM_LIMITS,
    ExtraHeaders,
    Seconds,
    make_headers,
    make_limits,
    make_subprotocols,
)
from rawws.trio.stream_transport import StreamTransport
from rawws.trio.transport import SocketTransport, TlsTransport, Transport
from rawws.trio.url import parse_url
from rawws.trio.websocket import WebSocket

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

_logger = logging.getLogger("rawws.client")

_USER_AGENT = f"rawws/{rawws.__version__}"


class connect:  # noqa: N801  used like a function: `async with connect(url) as ws`
    """Connect to a WebSocket server; leaving the block closes the connection.

    url: ws://host[:port]/path or wss://….
    ssl_context: for wss; by default the system's authorities and the host's name are verified.
    subprotocols: what to offer, the most wanted first. extra_headers: more fields for the request, as (name, value).
    origin: the value of |Origin|, for servers that want one. user_agent: the value of |User-Agent|, None for none.
    stream: go over this stream instead of a new TCP connection; for wss TLS is spoken on it. It is closed at the end.
    compression: whether to offer permessage-deflate, or a callable that makes the extension to offer.
    limits: what the connection may cost. ping_interval, ping_timeout, open_timeout, close_timeout: seconds or None for
    never, in place of those in `limits`.

    Raises, before anything is sent, rawws.trio.InvalidURL, TypeError, ValueError or
    rawws.core.errors.LocalProtocolError for wrong arguments; then rawws.trio.ConnectError or one of its kinds. Leaving
    the block raises nothing of its own: an exception from the block comes out as itself, and makes the Close say 1011.
    """

    def __init__(
        self,
        url: str,
        *,
        ssl_context: ssl.SSLContext | None = None,
        subprotocols: Sequence[str] = (),
        extra_headers: ExtraHeaders = (),
        origin: str | None = None,
        user_agent: str | None = _USER_AGENT,
        stream: trio.abc.Stream | None = None,
        compression: Compression = True,
        limits: Limits = DEFAULT_LIMITS,
        ping_interval: Seconds = FROM_LIMITS,
        ping_timeout: Seconds = FROM_LIMITS,
        open_timeout: Seconds = FROM_LIMITS,
        close_timeout: Seconds = FROM_LIMITS,
    ) -> None:
        self._url = parse_url(url)
        if ssl_context is not None and not self._url.secure:
            raise ValueError("ssl_context is for wss:// URLs")
        self._ssl_context = ssl_context
        self._stream = stream
        self._limits = make_limits(
            limits,
            ping_interval=ping_interval,
            ping_timeout=ping_timeout,
            open_timeout=open_timeout,
            close_timeout=close_timeout,
        )
        headers = make_headers(extra_headers)
        if origin is not None:
            headers.append((b"Origin", origin.encode("ascii")))
        if user_agent is not None and not any(name.lower() == b"user-agent" for name, _ in headers):
            headers.append((b"User-Agent", user_agent.encode("ascii")))
        self._request = Request(
            host=self._url.host_header,
            target=self._url.target,
            extensions=make_extensions(compression),
            extra_headers=headers,
            subprotocols=make_subprotocols(subprotocols),
        )
        self._ws = WSConnection(CLIENT, limits=self._limits, skip_informational=True)
        # What cannot be sent is found out here, before the first packet.
        self._upgrade = self._ws.send(self._request)
        self._websocket: WebSocket | None = None

    async def __aenter__(self) -> WebSocket:
        if self._websocket is not None:
            raise RuntimeError("a connect() can be entered once")
        timeout = self._limits.open_timeout
        with trio.move_on_after(float("inf") if timeout is None else timeout):
            self._websocket = await self._open()
            return self._websocket
        raise OpenTimeout(f"no connection to {self._url.host_header} within {timeout} seconds")

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._websocket is not None:
            if isinstance(exc, Exception):
                # Cancelled, `close` has cut the connection; the block's own exception is what comes out.
                with contextlib.suppress(trio.Cancelled):
                    await self._websocket.close(1011)
            else:
                await self._websocket.aclose()

    async def _open(self) -> WebSocket:
        transport: Transport | None = None
        try:
            remote: object = None
            if self._stream is not None:
                transport = self._over_stream(self._stream)
            else:
                transport = raw = await self._open_socket()
                remote = raw.sock.getpeername()
                if self._url.secure:
                    transport = await self._start_tls(raw)
            handshaker = Handshaker(transport, self._ws)
            await handshaker.send(self._upgrade)
            answer = await handshaker.read_answer(self._limits.max_refusal_bytes)
            return self._established(transport, answer, remote)
        except BaseException as exc:
            if transport is not None:
                transport.close()
            # ValueError (UnicodeError included): a host that no resolver, or no certificate, can have the name of.
            if isinstance(exc, (OSError, EndOfStream, RemoteProtocolError, ValueError)):
                raise self._why(exc) from exc
            raise

    def _established(
        self, transport: Transport, answer: AcceptConnection | tuple[RejectConnection, bytes], remote: object
    ) -> WebSocket:
        if not isinstance(answer, AcceptConnection):
            refusal, body = answer
            raise Rejected(refusal.status_code, list(refusal.headers), body)
        _logger.debug("connected to %s", self._url.host_header)
        return WebSocket(transport, self._ws, Opened(self._request, answer, remote))

    def _over_stream(self, stream: trio.abc.Stream) -> StreamTransport:
        if self._url.secure:
            context = self._ssl_context or ssl.create_default_context()
            stream = trio.SSLStream(stream, context, server_hostname=self._url.host, https_compatible=True)
        transport = StreamTransport(stream)
        transport.start()
        return transport

    async def _open_socket(self) -> SocketTransport:
        stream = await trio.open_tcp_stream(self._url.host, self._url.port)
        trio_socket = stream.socket
        family, kind, protocol = trio_socket.family, trio_socket.type, trio_socket.proto
        return SocketTransport(socket.socket(family, kind, protocol, fileno=trio_socket.detach()))

    async def _start_tls(self, raw: SocketTransport) -> TlsTransport:
        context = self._ssl_context or ssl.create_default_context()
        transport = TlsTransport(raw, context, server_hostname=self._url.host)
        await transport.handshake()
        return transport

    def _why(self, exc: Exception) -> ConnectError:
        where = self._url.host_header
        if isinstance(exc, RemoteProtocolError):
            return InvalidHandshake(f"the answer of {where} is no WebSocket handshake: {exc}")
        if isinstance(exc, EndOfStream):
            return ConnectError(f"{where} closed the connection before it answered")
        if isinstance(exc, ssl.SSLError):
            return ConnectError(f"no TLS connection to {where}: {exc}")
        if isinstance(exc, ValueError):
            return ConnectError(f"no connection to {where}: that is no name of a host")
        return ConnectError(f"no connection to {where}: {exc}")
