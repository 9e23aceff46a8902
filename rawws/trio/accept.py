"""What a server does with one connection, from its first octet to its last."""

from __future__ import annotations

import dataclasses
import logging
from typing import TYPE_CHECKING, cast

import trio

from rawws.core import WSConnection
from rawws.core.connection import SERVER
from rawws.core.credentials import hide_secrets
from rawws.core.ended import EndedBy
from rawws.core.errors import RemoteProtocolError
from rawws.core.session import Session
from rawws.trio.admission import Admission, Answered, Refused, Visitor
from rawws.trio.callbacks import AVAILABLE, Callbacks, OnMessage
from rawws.trio.census import Address, Census, Place
from rawws.trio.counts import Counts
from rawws.trio.errors import is_the_end_of
from rawws.trio.groups import no_group_of_one
from rawws.trio.http import response_octets
from rawws.trio.log import tell, tell_end
from rawws.trio.opening import EndOfStream, Handshaker, Opened, linger
from rawws.trio.stream_transport import StreamTransport
from rawws.trio.transport import SocketTransport, TlsTransport, Transport
from rawws.trio.websocket import WebSocket

if TYPE_CHECKING:
    from rawws.core.drain import Drain
    from rawws.trio.server_settings import Handler, ServerSettings

# Seconds for a refused client to read why.
_SECONDS_TO_LINGER = 1.0


class Acceptor:
    """Takes sockets, does their opening handshakes, and runs the handler on what comes of them.

    nursery: where the connections' tasks run. open: the WebSockets that are open now. counts: what has happened so far.
    callbacks: who reads connections that have no task, None where each has one.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self.nursery: trio.Nursery | None = None
        self.open: set[WebSocket] = set()
        self._snapshot: frozenset[WebSocket] | None = None
        self._opening: set[trio.CancelScope] = set()
        self._closing: tuple[int, str] | None = None
        self.admission = Admission(settings)
        self.counts = Counts()
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

    @property
    def connections(self) -> frozenset[WebSocket]:
        """Those in `open`, as a set that stays as it is; made anew when somebody has come or gone."""
        if self._snapshot is None:
            self._snapshot = frozenset(self.open)
        return self._snapshot

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
            tell(logging.WARNING, "cut", peer, "cut: too many opening handshakes at once")
            self.counts.cut += 1
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
        self.admission.closing = True
        for scope in tuple(self._opening):
            scope.cancel()
        async with trio.open_nursery() as nursery:
            for websocket in tuple(self.open):
                nursery.start_soon(websocket.close, code, reason)

    async def drain(self, drain: Drain) -> None:
        """Let nobody in any more, and close those who are in one after the other; returns when the last has gone."""
        self.admission.drain = drain
        began = trio.current_time()
        websockets = tuple(self.open)
        async with trio.open_nursery() as nursery:
            for websocket, moment in zip(websockets, drain.moments(len(websockets)), strict=True):
                await trio.sleep_until(began + moment)
                # Who has left by itself is closed again, which does nothing.
                nursery.start_soon(websocket.close, drain.code, drain.reason)

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
        """One connection, whose opening handshake is counted, from there to its end, unless it needs no task.

        Lets nothing out but cancellation, and what is no Exception.
        """
        place = self._census.admit(peer, is_proxy=self._is_proxy(peer))
        visitor = Visitor(peer, place, secure=self.settings.make_context is not None)
        websocket: WebSocket | None = None
        try:
            websocket = await self._open(raw, visitor)
        finally:
            self._census.end_handshake()
            if websocket is None:
                place.leave()
        # What the opening handshake has needed need not stay as long as the connection does.
        del raw, peer, visitor
        if websocket is None or self._begin(websocket, place):
            return
        error: Exception | None = None
        try:
            if self._closing is None:
                await self._handler(websocket)
        except Exception as exc:  # noqa: BLE001  the application's own; told by `_finish`
            error = exc
        finally:
            await self._finish(websocket, error)

    def _is_proxy(self, peer: Address) -> bool:
        """Whether this is a proxy that is trusted, so that others come from its address, too."""
        return isinstance(peer, tuple) and self.settings.trusted_proxies.trusts(str(peer[0]))

    def _begin(self, websocket: WebSocket, place: Place) -> bool:
        """Count an open connection, until `_finish`; whether it was given to the callbacks, and needs no task."""
        self.open.add(websocket)
        self._snapshot = None
        self.counts.opened += 1
        self._places[websocket] = place
        callbacks = self.callbacks
        if callbacks is None or callbacks.closed or self._closing is not None or websocket.fileno() < 0:
            return False
        callbacks.add(websocket)
        return True

    async def _open(self, raw: SocketTransport | StreamTransport, visitor: Visitor) -> WebSocket | None:
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
                websocket = await self._shake_hands(raw, visitor)
            if websocket is None and scope.cancelled_caught and self._closing is None:
                self._tell_failure(visitor, "no opening handshake", f"no opening handshake within {timeout} seconds")
        except (OSError, EndOfStream) as exc:
            sentence = f"the opening handshake failed: {str(exc) or 'the client went away'}"
            self._tell_failure(visitor, "opening handshake failed", sentence)
        except Exception as exc:  # noqa: BLE001  a callable for compression may raise whatever it likes
            self._tell_failure(visitor, "opening handshake failed", "the opening handshake failed", error=exc)
        finally:
            self._opening.discard(scope)
            if websocket is None:
                raw.close()
        return websocket

    async def _shake_hands(self, raw: SocketTransport | StreamTransport, visitor: Visitor) -> WebSocket | None:
        transport = await self._secured(raw)
        ws = WSConnection(SERVER, limits=self.settings.limits)
        handshaker = Handshaker(transport, ws)
        try:
            request, response = await self.admission.decide(handshaker, visitor)
        except RemoteProtocolError as exc:
            refusal = exc.event_hint
            status = getattr(refusal, "status_code", 400)
            self._tell_refusal(visitor, status, f"refused: {ws.failure or exc}")
            answer = b"" if refusal is None else ws.send(refusal)
        except Refused as exc:
            status = exc.response.status_code
            self._tell_refusal(visitor, status, f"refused with {status}: {exc}")
            answer = response_octets(ws, exc.response)
        except Answered as exc:
            self.counts.refused[exc.status_code] += 1
            sentence = f"answered with {exc.status_code}"
            tell(logging.DEBUG, "answered", visitor.address, sentence, status=exc.status_code)
            answer = exc.octets
        else:
            await handshaker.send(ws.send(response))
            # Whoever prints the request of a connection does not print passwords.
            shown = hide_secrets(request.extra_headers)
            if shown is not request.extra_headers:
                request = dataclasses.replace(request, extra_headers=shown)
            return WebSocket(transport, ws, Opened(request, response, visitor.address, self.settings.text_as_bytes))
        await handshaker.send(answer)
        await linger(transport, _SECONDS_TO_LINGER)
        return None

    def _tell_failure(self, visitor: Visitor, event: str, sentence: str, *, error: Exception | None = None) -> None:
        """error: one of this end's own, which its people want to see whole."""
        self.counts.failed += 1
        tell(logging.INFO if error is None else logging.ERROR, event, visitor.address, sentence, error=error)

    def _tell_refusal(self, visitor: Visitor, status: int, sentence: str) -> None:
        self.counts.refused[status] += 1
        tell(logging.INFO, "refused", visitor.address, sentence, status=status)

    async def _secured(self, raw: SocketTransport | StreamTransport) -> Transport:
        if self.settings.make_context is None or isinstance(raw, StreamTransport):
            return raw
        tls = TlsTransport(raw, self.settings.make_context())
        await tls.handshake()
        return tls

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
            tell(logging.ERROR, "handler failed", websocket.remote_address, "the handler failed", error=error)
            self.counts.handler_errors += 1
            code = 1011
        try:
            if self._closing is not None:
                await websocket.close(*self._closing)
            else:
                await websocket.close(code)
        finally:
            self.open.discard(websocket)
            self._snapshot = None
            self.counts.ended(websocket)
            place = self._places.pop(websocket, None)
            if place is not None:
                place.leave()
        ended = websocket.ended
        if ended is not None and not ended.normal and (ended.by is not EndedBy.LOCAL or ended.failure is not None):
            tell_end(websocket.remote_address, ended)
