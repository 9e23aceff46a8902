"""What a server does with one connection, from its first octet to its last."""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import trio

from rawws.core import WSConnection
from rawws.core.connection import SERVER, ConnectionState
from rawws.core.errors import RemoteProtocolError
from rawws.core.events import AcceptConnection, RejectConnection, RejectData, Request
from rawws.core.session import Session
from rawws.trio.census import Address, Census
from rawws.trio.opening import EndOfStream, Handshaker, Opened, linger
from rawws.trio.origins import origin_is_allowed
from rawws.trio.settings import Compression, make_extensions
from rawws.trio.transport import SocketTransport, TlsTransport, Transport
from rawws.trio.websocket import WebSocket

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rawws.core.limits import Limits
    from rawws.core.typing import Headers
    from rawws.trio.origins import Origins

_logger = logging.getLogger("rawws.server")

# Seconds for a refused client to read why.
_SECONDS_TO_LINGER = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """The arguments of `serve`, judged."""

    handler: Callable[[WebSocket], Awaitable[None]]
    ssl_context: ssl.SSLContext | None
    origins: Origins
    subprotocols: list[str]
    extra_headers: Headers
    compression: Compression
    limits: Limits


class Refused(Exception):
    """A request that is right, but not welcome.

    status_code: what to answer. reason: one sentence for the log and the body.
    """

    def __init__(self, status_code: int, reason: str) -> None:
        super().__init__(reason)
        self.status_code = status_code


class Acceptor:
    """Takes sockets, does their opening handshakes, and runs the handler on what comes of them.

    nursery: where the connections' tasks run. open: the WebSockets that are open now.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self.nursery: trio.Nursery | None = None
        self.open: set[WebSocket] = set()
        self._opening: set[trio.CancelScope] = set()
        self._closing: tuple[int, str] | None = None
        self._census = Census(settings.limits)

    def accept(self, raw: SocketTransport) -> None:
        """Begin with a new connection, or cut it at once where too many are being opened already."""
        if self.nursery is None:
            raise RuntimeError("an Acceptor needs a nursery first")
        try:
            peer = raw.sock.getpeername()
        except OSError as exc:
            _logger.info("a connection ended before it began: %s", exc)
            raw.close()
            return
        if self._census.handshakes_full:
            # Not even an answer: what is scarce is the room to read a request in.
            _logger.warning("%s: cut: too many opening handshakes at once", peer)
            raw.close()
            return
        self.nursery.start_soon(self._run, raw, peer)

    @staticmethod
    def check_close(code: int, reason: str) -> None:
        """Raise WrongType or WrongValue for a code and reason that no Close frame may hold."""
        Session.check_close(code, reason)

    async def close_all(self, code: int, reason: str) -> None:
        """End the opening handshakes that go on, and do the closing handshake with everybody else."""
        self._closing = (code, reason)
        for scope in tuple(self._opening):
            scope.cancel()
        async with trio.open_nursery() as nursery:
            for websocket in tuple(self.open):
                nursery.start_soon(websocket.close, code, reason)

    def cut_all(self) -> None:
        """End everything now."""
        for scope in tuple(self._opening):
            scope.cancel()
        for websocket in tuple(self.open):
            websocket.cut()
        if self.nursery is not None:
            self.nursery.cancel_scope.cancel()

    # -- one connection -------------------------------------------------------------------------------------------

    async def _run(self, raw: SocketTransport, peer: Address) -> None:
        """One connection. Lets nothing out but cancellation."""
        with self._census.counted(peer) as full:
            with self._census.in_handshake():
                websocket = await self._open(raw, peer, full)
            if websocket is not None:
                await self._handle(websocket, peer)

    async def _open(self, raw: SocketTransport, peer: Address, full: str | None) -> WebSocket | None:
        """The opening handshake within its time; None where it came to nothing. Always gives the socket back then."""
        timeout = self.settings.limits.open_timeout
        websocket: WebSocket | None = None
        scope = trio.CancelScope() if timeout is None else trio.move_on_after(timeout)
        self._opening.add(scope)
        try:
            with scope:
                websocket = await self._shake_hands(raw, peer, full)
            if websocket is None and scope.cancelled_caught:
                _logger.info("%s: no opening handshake within %s seconds", peer, timeout)
        except (OSError, EndOfStream) as exc:
            _logger.info("%s: the opening handshake failed: %s", peer, str(exc) or "the client went away")
        finally:
            self._opening.discard(scope)
            if websocket is None:
                raw.close()
        return websocket

    async def _shake_hands(self, raw: SocketTransport, peer: Address, full: str | None) -> WebSocket | None:
        settings = self.settings
        transport: Transport = raw
        if settings.ssl_context is not None:
            tls = TlsTransport(raw, settings.ssl_context)
            await tls.handshake()
            transport = tls
        ws = WSConnection(SERVER, limits=settings.limits)
        handshaker = Handshaker(transport, ws)
        try:
            request = await handshaker.read_request()
            if full is not None:
                raise Refused(503, full)
            response = self._answer(request)
        except RemoteProtocolError as exc:
            _logger.info("%s: refused: %s", peer, ws.failure or exc)
            if exc.event_hint is not None:
                await handshaker.send(ws.send(exc.event_hint))
                await linger(transport, _SECONDS_TO_LINGER)
            return None
        except Refused as exc:
            _logger.info("%s: refused with %d: %s", peer, exc.status_code, exc)
            await handshaker.send(_refusal(ws, exc))
            await linger(transport, _SECONDS_TO_LINGER)
            return None
        await handshaker.send(ws.send(response))
        return WebSocket(transport, ws, Opened(request, response, peer))

    def _answer(self, request: Request) -> AcceptConnection:
        """What to answer to a request that keeps the protocol's rules. Raises Refused."""
        settings = self.settings
        if self._closing is not None:
            raise Refused(503, "the server is closing")
        origin = _header(request, b"origin")
        if not origin_is_allowed(origin, request.host, settings.origins, secure=settings.ssl_context is not None):
            raise Refused(403, "the origin is not allowed")
        offered = request.subprotocols
        return AcceptConnection(
            subprotocol=next((name for name in settings.subprotocols if name in offered), None),
            extensions=make_extensions(settings.compression),
            extra_headers=list(settings.extra_headers),
        )

    async def _handle(self, websocket: WebSocket, peer: Address) -> None:
        """Run the handler, and close the connection as it ends."""
        code = 1000
        self.open.add(websocket)
        try:
            if self._closing is None:
                await self.settings.handler(websocket)
        except Exception as exc:
            if _is_the_peers_doing(exc, websocket):
                _logger.info("%s: %s", peer, exc)
            else:
                _logger.exception("%s: the handler failed", peer)
                code = 1011
        finally:
            try:
                if self._closing is not None:
                    await websocket.close(*self._closing)
                else:
                    await websocket.close(code)
            finally:
                self.open.discard(websocket)
        ended = websocket.ended
        if ended is not None and ended.failure is not None:
            _logger.info("%s: failed: %s", peer, ended.failure)


def _header(request: Request, name: bytes) -> str | None:
    for field, value in request.extra_headers:
        if field.lower() == name:
            return value.decode("latin-1")
    return None


def _refusal(ws: WSConnection, refused: Refused) -> bytes:
    body = f"{refused}\n".encode()
    headers = [(b"Content-Type", b"text/plain; charset=utf-8"), (b"Content-Length", b"%d" % len(body))]
    head = ws.send(RejectConnection(refused.status_code, [*headers, (b"Connection", b"close")], has_body=True))
    return head + ws.send(RejectData(body))


def _is_the_peers_doing(exc: Exception, websocket: WebSocket) -> bool:
    """Whether a handler was ended by the end of its own connection: no fault of the handler's."""
    if isinstance(exc, ExceptionGroup):
        return all(_is_the_peers_doing(inner, websocket) for inner in exc.exceptions)
    if isinstance(exc, (trio.BrokenResourceError, trio.ClosedResourceError, trio.EndOfChannel)):
        return websocket.state is not ConnectionState.OPEN
    return False
