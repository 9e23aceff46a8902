"""What a server does with one connection, from its first octet to its last."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import trio

from rawws.core import WSConnection
from rawws.core.connection import SERVER
from rawws.core.ended import EndedBy
from rawws.core.errors import RemoteProtocolError
from rawws.core.events import AcceptConnection, Request
from rawws.core.origin_policy import origin_is_allowed
from rawws.core.session import Session
from rawws.trio.callbacks import AVAILABLE, Callbacks, OnMessage
from rawws.trio.census import Address, Census, Place, show_address
from rawws.trio.compression import Compression, make_extensions
from rawws.trio.errors import is_the_end_of
from rawws.trio.groups import no_group_of_one
from rawws.trio.http import HTTPResponse, OnRequest, ask, http_request, response_octets
from rawws.trio.opening import EndOfStream, Handshaker, Opened, linger
from rawws.trio.stream_transport import StreamTransport
from rawws.trio.transport import SocketTransport, TlsTransport, Transport
from rawws.trio.websocket import WebSocket

if TYPE_CHECKING:
    from rawws.core.limits import Limits
    from rawws.core.origin_policy import Origins
    from rawws.core.typing import Headers

_logger = logging.getLogger("rawws.server")

# Seconds for a refused client to read why.
_SECONDS_TO_LINGER = 1.0


Handler = Callable[[WebSocket], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """The arguments of `serve`, judged."""

    handler: Handler | None
    on_message: OnMessage | None
    on_request: OnRequest | None
    ssl_context: ssl.SSLContext | None
    origins: Origins
    subprotocols: list[str]
    extra_headers: Headers
    compression: Compression
    limits: Limits


class Refused(Exception):
    """A request that is right, but not welcome.

    status_code: what to answer. reason: one sentence for the log and the body. response: the answer.
    """

    def __init__(self, status_code: int, reason: str) -> None:
        super().__init__(reason)
        self.response = HTTPResponse(status_code, f"{reason}\n".encode())


class Answered(Exception):
    """The application has an answer of its own: octets to send, then the end."""

    def __init__(self, octets: bytes) -> None:
        super().__init__()
        self.octets = octets


class Acceptor:
    """Takes sockets, does their opening handshakes, and runs the handler on what comes of them.

    nursery: where the connections' tasks run. open: the WebSockets that are open now. callbacks: who reads connections
    that have no task, None where each has one.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self.nursery: trio.Nursery | None = None
        self.open: set[WebSocket] = set()
        self._opening: set[trio.CancelScope] = set()
        self._closing: tuple[int, str] | None = None
        self._census = Census(settings.limits)
        self._handler = settings.handler or self._calling(cast("OnMessage", settings.on_message))
        self._places: dict[WebSocket, Place] = {}
        self.callbacks: Callbacks | None = None

    @staticmethod
    def _calling(on_message: OnMessage) -> Handler:
        """A handler that calls a plain function with each message, where there is no other way."""

        async def handler(websocket: WebSocket) -> None:
            async for message in websocket:
                on_message(websocket, message)

        return handler

    def make_callbacks(self) -> Callbacks | None:
        """Have connections read without tasks from now on, where that is wanted and possible."""
        if self.settings.on_message is not None and AVAILABLE:
            self.callbacks = Callbacks(self.settings.on_message, self._called_back)
        return self.callbacks

    async def accept_stream(self, stream: trio.abc.Stream) -> None:
        """Serve one connection on a stream that somebody else made."""
        transport = StreamTransport(stream)
        transport.start()
        with no_group_of_one():
            async with trio.open_nursery() as self.nursery:
                self._census.begin_handshake()
                await self._run(transport, None)

    def accept(self, raw: SocketTransport, peer: Address) -> None:
        """Begin with a new connection, or cut it at once where too many are being opened already."""
        if self.nursery is None:
            raise RuntimeError("an Acceptor needs a nursery first")
        if self._census.handshakes_full:
            # Not even an answer: what is scarce is the room to read a request in.
            _logger.warning("%s: cut: too many opening handshakes at once", show_address(peer))
            raw.close()
            return
        # Counted here: several connections are taken in one turn, before the first of their tasks has run.
        self._census.begin_handshake()
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

    async def _run(self, raw: SocketTransport | StreamTransport, peer: Address) -> None:
        """One connection, whose opening handshake is counted. Lets nothing out but cancellation."""
        place = self._census.admit(peer)
        websocket: WebSocket | None = None
        try:
            websocket = await self._open(raw, peer, place.full)
        finally:
            self._census.end_handshake()
            if websocket is None:
                place.leave()
        if websocket is not None:
            self._begin(websocket, place)

    def _begin(self, websocket: WebSocket, place: Place) -> None:
        """Hand an open connection to who serves it; `_finish` is where it ends."""
        self.open.add(websocket)
        self._places[websocket] = place
        if self.nursery is None:
            raise RuntimeError("an Acceptor needs a nursery first")
        callbacks = self.callbacks
        if callbacks is not None and not callbacks.closed and self._closing is None and websocket.fileno() >= 0:
            callbacks.add(websocket)
        else:
            # A task of its own, instead of this one: what an opening handshake has needed need not stay.
            self.nursery.start_soon(self._handle, websocket)

    async def _open(self, raw: SocketTransport | StreamTransport, peer: Address, full: str | None) -> WebSocket | None:
        """The opening handshake within its time; None where it came to nothing. Always gives the socket back then."""
        timeout = self.settings.limits.open_timeout
        websocket: WebSocket | None = None
        scope = trio.CancelScope() if timeout is None else trio.move_on_after(timeout)
        self._opening.add(scope)
        if self._closing is not None:
            # Taken in the turn in which the server began to close.
            scope.cancel()
        try:
            with scope:
                websocket = await self._shake_hands(raw, peer, full)
            if websocket is None and scope.cancelled_caught and self._closing is None:
                _logger.info("%s: no opening handshake within %s seconds", show_address(peer), timeout)
        except (OSError, EndOfStream) as exc:
            _logger.info("%s: the opening handshake failed: %s", show_address(peer), str(exc) or "the client went away")
        except Exception:
            # Of the application's: a callable for compression may raise whatever it likes.
            _logger.exception("%s: the opening handshake failed", show_address(peer))
        finally:
            self._opening.discard(scope)
            if websocket is None:
                raw.close()
        return websocket

    async def _shake_hands(
        self, raw: SocketTransport | StreamTransport, peer: Address, full: str | None
    ) -> WebSocket | None:
        transport = await self._secured(raw)
        ws = WSConnection(SERVER, limits=self.settings.limits)
        handshaker = Handshaker(transport, ws)
        try:
            request = await self._read_request(handshaker, peer, full)
            response = self._answer(request)
        except RemoteProtocolError as exc:
            _logger.info("%s: refused: %s", show_address(peer), ws.failure or exc)
            answer = b"" if exc.event_hint is None else ws.send(exc.event_hint)
        except Refused as exc:
            _logger.info("%s: refused with %d: %s", show_address(peer), exc.response.status_code, exc)
            answer = response_octets(ws, exc.response)
        except Answered as exc:
            answer = exc.octets
        else:
            await handshaker.send(ws.send(response))
            return WebSocket(transport, ws, Opened(request, response, peer))
        await handshaker.send(answer)
        await linger(transport, _SECONDS_TO_LINGER)
        return None

    async def _secured(self, raw: SocketTransport | StreamTransport) -> Transport:
        if self.settings.ssl_context is None or isinstance(raw, StreamTransport):
            return raw
        tls = TlsTransport(raw, self.settings.ssl_context)
        await tls.handshake()
        return tls

    async def _read_request(self, handshaker: Handshaker, peer: Address, full: str | None) -> Request:
        """The client's opening handshake.

        Raises RemoteProtocolError, Refused, and Answered where `on_request` had an answer.
        """
        error: RemoteProtocolError | None = None
        request: Request | None = None
        try:
            request = await handshaker.read_request()
        except RemoteProtocolError as exc:
            error = exc
        if full is not None:
            raise Refused(503, full)
        await self._ask_application(handshaker.ws, peer)
        if request is None:
            raise error or RuntimeError("neither a request nor an error")
        return request

    async def _ask_application(self, ws: WSConnection, peer: Address) -> None:
        """Let `on_request` see the request. Raises Answered where it has an answer."""
        on_request = self.settings.on_request
        head = ws.handshake.http_request
        request = None if head is None else http_request(head, peer)
        if on_request is None or request is None:
            return
        try:
            response = await ask(on_request, request)
            octets = b"" if response is None else response_octets(ws, response, head_only=request.method == "HEAD")
        except Exception as exc:
            _logger.exception("%s: on_request failed", show_address(peer))
            raise Refused(500, "internal error") from exc
        if response is not None:
            _logger.debug("%s: answered %s with %d", show_address(peer), request.target, response.status_code)
            raise Answered(octets)

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

    async def _handle(self, websocket: WebSocket) -> None:
        """Run the handler, and close the connection as it ends."""
        error: Exception | None = None
        try:
            if self._closing is None:
                await self._handler(websocket)
        except Exception as exc:  # noqa: BLE001  the application's own; told below
            error = exc
        finally:
            await self._finish(websocket, error)

    def _called_back(self, websocket: WebSocket, error: Exception | None) -> None:
        """A connection without a task has ended: closing it takes time, and so a task."""
        if self.nursery is None:
            raise RuntimeError("an Acceptor needs a nursery first")
        self.nursery.start_soon(self._finish, websocket, error)

    async def _finish(self, websocket: WebSocket, error: Exception | None) -> None:
        """Close a connection whose handler has ended."""
        code = 1000
        # How the connection ended is told below, once.
        if error is not None and not is_the_end_of(websocket, error):
            _logger.error("%s: the handler failed", show_address(websocket.remote_address), exc_info=error)
            code = 1011
        try:
            if self._closing is not None:
                await websocket.close(*self._closing)
            else:
                await websocket.close(code)
        finally:
            self.open.discard(websocket)
            place = self._places.pop(websocket, None)
            if place is not None:
                place.leave()
        ended = websocket.ended
        if ended is not None and not ended.normal and (ended.by is not EndedBy.LOCAL or ended.failure is not None):
            _logger.info("%s: %s", show_address(websocket.remote_address), ended)


def _header(request: Request, name: bytes) -> str | None:
    for field, value in request.extra_headers:
        if field.lower() == name:
            return value.decode("latin-1")
    return None
