"""The sans-IO layer of websockets before the judge."""

from __future__ import annotations

from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    ServerPerMessageDeflateFactory,
)
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import Event, State
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

_MOST_OCTETS = 64 << 20


class WebsocketsAdapter:
    """`websockets.server.ServerProtocol` or `websockets.client.ClientProtocol` as an echo."""

    def __init__(self, role: str) -> None:
        self._protocol: ServerProtocol | ClientProtocol
        if role == "server":
            self._protocol = ServerProtocol(
                extensions=[ServerPerMessageDeflateFactory(server_max_window_bits=12, client_max_window_bits=12)],
                max_size=_MOST_OCTETS,
            )
        else:
            self._protocol = ClientProtocol(
                parse_uri("ws://localhost/"),
                extensions=[
                    ClientPerMessageDeflateFactory(client_no_context_takeover=True, client_max_window_bits=True),
                ],
                max_size=_MOST_OCTETS,
            )
            self._protocol.send_request(self._protocol.connect())
        self._opcode = Opcode.TEXT
        self._parts: list[bytes] = []
        self.closed = False

    def receive(self, data: bytes | None) -> bytes:
        """Octets in, octets out."""
        protocol = self._protocol
        if data is None:
            protocol.receive_eof()
        elif data:
            protocol.receive_data(data)
        for event in protocol.events_received():
            self._answer(event)
        pieces = protocol.data_to_send()
        # An empty piece stands for the end of the sending direction.
        self.closed = b"" in pieces or (protocol.close_expected() and isinstance(protocol, ServerProtocol))
        return b"".join(pieces)

    def _answer(self, event: Event) -> None:
        protocol = self._protocol
        if isinstance(event, Request) and isinstance(protocol, ServerProtocol):
            protocol.send_response(protocol.accept(event))
        elif isinstance(event, Frame) and event.opcode in {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}:
            if event.opcode is not Opcode.CONT:
                self._opcode, self._parts = event.opcode, []
            self._parts.append(bytes(event.data))
            if event.fin and protocol.state is State.OPEN:
                self._echo(b"".join(self._parts))

    def _echo(self, payload: bytes) -> None:
        if self._opcode is Opcode.BINARY:
            self._protocol.send_binary(payload)
            return
        try:
            payload.decode()  # the sans-IO layer leaves this to whoever uses it
        except UnicodeDecodeError as exc:
            self._protocol.fail(CloseCode.INVALID_DATA, str(exc)[:100])
        else:
            self._protocol.send_text(payload)
