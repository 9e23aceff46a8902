"""The sans-IO layer of websockets. It gives frames of octets; text is decoded here, as its other layers do."""

from __future__ import annotations

from websockets.extensions.base import Extension
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import Protocol, Side
from websockets.server import ServerProtocol

from tests.benchmarks.codec.cases import BROWSERS_REQUEST, Case, Codec
from tests.benchmarks.frames import TEXT

# What its servers ask of a client by default, and use themselves.
_WINDOW_BITS = 12


def make(case: Case) -> Codec:
    """A codec for the case."""
    if case.work == "handshake":
        return _Handshake()
    protocol = Protocol(Side.SERVER)
    if case.deflate:
        protocol.extensions = [_deflate()]
    return _Decoder(protocol, case) if case.work == "decode" else _Encoder(protocol, case)


def _deflate() -> Extension:
    """What its servers agree to by default when a browser offers."""
    factory = ServerPerMessageDeflateFactory(
        server_max_window_bits=_WINDOW_BITS, client_max_window_bits=_WINDOW_BITS, compress_settings={"memLevel": 5}
    )
    _parameters, extension = factory.process_request_params([("client_max_window_bits", None)], [])
    return extension


class _Decoder(Codec):
    def __init__(self, protocol: Protocol, case: Case) -> None:
        self._protocol = protocol
        self._feeds = case.feeds(_WINDOW_BITS)

    def run(self) -> None:
        self.results()

    def results(self) -> list[str | bytes]:
        protocol = self._protocol
        found: list[str | bytes] = []
        for data in self._feeds:
            protocol.receive_data(data)
            for event in protocol.events_received():
                assert isinstance(event, Frame)
                found.append(str(event.data, "utf-8") if event.opcode is Opcode.TEXT else bytes(event.data))
        return found


class _Encoder(Codec):
    def __init__(self, protocol: Protocol, case: Case) -> None:
        self._protocol = protocol
        self._payloads = case.payloads()
        self._send = protocol.send_text if case.opcode == TEXT else protocol.send_binary
        self._messages = case.messages()

    def run(self) -> None:
        self.results()

    def results(self) -> list[str | bytes]:
        send, take = self._send, self._protocol.data_to_send
        found: list[str | bytes] = []
        for message in self._messages:
            send(message.encode() if isinstance(message, str) else message)
            found.append(b"".join(take()))
        return found


class _Handshake(Codec):
    def run(self) -> None:
        self.results()

    def results(self) -> list[str | bytes]:
        found: list[str | bytes] = []
        for _ in range(50):
            protocol = ServerProtocol()
            protocol.receive_data(BROWSERS_REQUEST)
            (request,) = protocol.events_received()
            assert isinstance(request, Request)
            protocol.send_response(protocol.accept(request))
            found.append(b"".join(protocol.data_to_send()))
        return found
