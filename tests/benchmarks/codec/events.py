"""wsproto's face, which rawws.core has, too: `receive_data`, `events`, `send`."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from tests.benchmarks.codec.cases import BROWSERS_REQUEST, Case, Codec
from tests.benchmarks.frames import BROWSERS_OFFER, TEXT


def make(case: Case, package: ModuleType, **keywords: Any) -> Codec:
    """The codec of `package`, which is wsproto or rawws.core. keywords: for its connection."""
    if case.work == "handshake":
        return _Handshake(package)
    extensions = []
    if case.deflate:
        extensions.append(package.extensions.PerMessageDeflate())
        extensions[0].accept(BROWSERS_OFFER.decode())
    connection = package.connection.Connection(package.ConnectionType.SERVER, extensions, **keywords)
    if case.work == "decode":
        return _Decoder(connection, case)
    make_event = package.events.TextMessage if case.opcode == TEXT else package.events.BytesMessage
    return _Encoder(connection, make_event, case)


class _Decoder(Codec):
    def __init__(self, connection: Any, case: Case) -> None:
        self._connection = connection
        self._feeds = case.feeds()

    def run(self) -> None:
        connection = self._connection
        for data in self._feeds:
            connection.receive_data(data)
            for _event in connection.events():
                pass

    def results(self) -> list[str | bytes]:
        found: list[str | bytes] = []
        parts: list[Any] = []
        for data in self._feeds:
            self._connection.receive_data(data)
            for event in self._connection.events():
                parts.append(event.data)
                if event.message_finished:
                    found.append(parts[0] if len(parts) == 1 else type(parts[0])().join(parts))
                    parts.clear()
        return found


class _Encoder(Codec):
    """One event for each message, as one has to make it."""

    def __init__(self, connection: Any, make_event: Any, case: Case) -> None:
        self._send = connection.send
        self._make_event = make_event
        self._messages = case.messages()

    def run(self) -> None:
        send, make_event = self._send, self._make_event
        for message in self._messages:
            send(make_event(message))

    def results(self) -> list[str | bytes]:
        return [self._send(self._make_event(message)) for message in self._messages]


class _Handshake(Codec):
    def __init__(self, package: ModuleType) -> None:
        self._package = package

    def run(self) -> None:
        self.results()

    def results(self) -> list[str | bytes]:
        package = self._package
        found: list[str | bytes] = []
        for _ in range(50):
            connection = package.WSConnection(package.ConnectionType.SERVER)
            connection.receive_data(BROWSERS_REQUEST)
            next(connection.events())
            found.append(connection.send(package.events.AcceptConnection()))
        return found
