"""wsproto before the judge."""

from __future__ import annotations

from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Message,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.extensions import PerMessageDeflate
from wsproto.utilities import RemoteProtocolError


class WsprotoAdapter:
    """`wsproto.WSConnection` as an echo."""

    def __init__(self, role: str) -> None:
        self._is_server = role == "server"
        self._ws = WSConnection(ConnectionType.SERVER if self._is_server else ConnectionType.CLIENT)
        self._started = self._is_server
        self._parts: list[str] | list[bytes] = []
        self.closed = False

    def receive(self, data: bytes | None) -> bytes:
        """Octets in, octets out."""
        if not self._started:
            self._started = True
            offer = PerMessageDeflate(client_no_context_takeover=True)
            return self._ws.send(Request(host="localhost", target="/", extensions=[offer]))
        if not self._is_closed():
            try:
                self._ws.receive_data(data)
            except RemoteProtocolError as exc:
                # Of an opening handshake: a server has been told what to answer, and a client just goes.
                self.closed = True
                return self._ws.send(exc.event_hint) if self._is_server and exc.event_hint is not None else b""
            out = b"".join([self._answer(event) for event in self._ws.events()])
            self.closed = self.closed or self._is_closed()
            return out
        self.closed = True
        return b""

    def _is_closed(self) -> bool:
        return self._ws.state is ConnectionState.CLOSED

    def _answer(self, event: object) -> bytes:
        if isinstance(event, Request):
            return self._ws.send(AcceptConnection(extensions=[PerMessageDeflate()]))
        if isinstance(event, RejectConnection):
            self.closed = True
        if isinstance(event, Message):
            self._parts.append(event.data)
            if not event.message_finished:
                return b""
            parts, self._parts = self._parts, []
            if isinstance(event, TextMessage):
                return self._ws.send(TextMessage("".join(parts)))  # type: ignore[arg-type]
            return self._ws.send(BytesMessage(b"".join(parts)))  # type: ignore[arg-type]
        if isinstance(event, Ping):
            return self._ws.send(event.response())
        if isinstance(event, CloseConnection):
            # A Close from the peer, or a violation; either way the server ends TCP behind its own Close.
            self.closed = self._is_server
            if self._ws.state in {ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING}:
                return self._ws.send(event.response())
        return b""
