"""The peer `websocket-client`: a blocking client without permessage-deflate; it has no server."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Sequence
from typing import Any, cast

import websocket
from websocket import ABNF

from tests.interop.peer import (
    DEADLINE,
    Agreed,
    Library,
    LoopThread,
    Message,
    Options,
    Parted,
    Peer,
    Refused,
    small_names,
)


class _WebsocketClientPeer(Peer):
    """A connection of `websocket-client`, which reads only while it is asked for something."""

    def __init__(self, connection: websocket.WebSocket) -> None:
        self._connection = cast("Any", connection)  # its annotations are few, and differ from version to version
        self._messages: deque[Message] = deque()
        self._closed: tuple[int, str] = (1006, "")
        headers = small_names([(str(name), str(value)) for name, value in self._connection.getheaders().items()])
        self.agreed = Agreed(
            subprotocol=self._connection.getsubprotocol(),
            extensions=headers.get("sec-websocket-extensions", ""),
            headers=headers,
        )

    def send(self, message: Message) -> None:
        self._connection.send(message, ABNF.OPCODE_TEXT if isinstance(message, str) else ABNF.OPCODE_BINARY)

    def send_fragments(self, fragments: Sequence[str] | Sequence[bytes]) -> None:
        opcode = ABNF.OPCODE_TEXT if isinstance(fragments[0], str) else ABNF.OPCODE_BINARY
        pieces = [piece.encode() if isinstance(piece, str) else piece for piece in fragments]
        for index, piece in enumerate(pieces):
            last = index == len(pieces) - 1
            self._connection.send_frame(ABNF.create_frame(piece, opcode if index == 0 else ABNF.OPCODE_CONT, int(last)))

    def receive(self) -> Message:
        while not self._messages:
            self._read()
        return self._messages.popleft()

    def _read(self) -> bytes | None:
        """Read one thing; the payload if it was a pong."""
        opcode, data = self._connection.recv_data(control_frame=True)
        assert isinstance(data, bytes)
        if opcode == ABNF.OPCODE_CLOSE:
            self.parted = True
            self._remember_close(data)
            raise Parted
        if opcode in {ABNF.OPCODE_TEXT, ABNF.OPCODE_BINARY}:
            self._messages.append(data.decode() if opcode == ABNF.OPCODE_TEXT else data)
        return data if opcode == ABNF.OPCODE_PONG else None

    def ping(self, payload: bytes) -> None:
        self._connection.ping(payload)
        while self._read() != payload:
            pass

    def close(self, code: int, reason: str) -> None:
        # Not its `close`, which does not tell what it was answered.
        self.parted = True
        self._connection.send_close(code, reason.encode())
        self._remember_close(self._next_close())

    def closed(self) -> tuple[int, str | None]:
        while not self.parted:
            try:
                self._read()
            except Parted:
                pass
        return self._closed

    def _next_close(self) -> bytes:
        while True:
            frame = self._connection.recv_frame()
            if frame.opcode == ABNF.OPCODE_CLOSE:
                data = frame.data
                assert isinstance(data, bytes)
                return data

    def _remember_close(self, data: bytes) -> None:
        self._closed = (struct.unpack("!H", data[:2])[0], data[2:].decode()) if data else (1005, "")

    def abandon(self) -> None:
        self._connection.shutdown()


def connect(_loop: LoopThread, url: str, options: Options) -> Peer:
    """A client, in the caller's own thread."""
    assert not options.deflate, "websocket-client knows no permessage-deflate"
    try:
        connection = websocket.create_connection(
            url,
            timeout=DEADLINE,
            sslopt={} if options.tls is None else {"context": options.tls},
            subprotocols=list(options.subprotocols) or None,
            header=[f"{name}: {value}" for name, value in options.headers],
            origin=options.origin,  # left alone, it sends the server's own
        )
    except websocket.WebSocketBadStatusException as exc:
        raise Refused(exc.status_code) from exc
    return _WebsocketClientPeer(connection)


# Whatever a Close says, it answers 1000.
LIBRARY = Library(
    name="websocket-client", connect=connect, deflates=False, fragments=True, answer=lambda _code, _reason: (1000, "")
)
