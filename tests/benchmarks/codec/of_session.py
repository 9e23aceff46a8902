"""rawws.core by its own face, `Session`: whole messages in and out, without events."""

from __future__ import annotations

from rawws.core.connection import SERVER, Connection
from rawws.core.extensions import Extension
from rawws.core.session import Session
from rawws.trio.compression import DefaultDeflate

from tests.benchmarks.codec.cases import CannotDo, Case, Codec
from tests.benchmarks.frames import BROWSERS_OFFER


def make(case: Case) -> Codec:
    """A codec for the case."""
    if case.work == "handshake":
        raise CannotDo("a Session begins behind the opening handshake")
    extensions: list[Extension] = []
    if case.deflate:
        extensions.append(DefaultDeflate())
        extensions[0].accept(BROWSERS_OFFER.decode())
    session = Session(Connection(SERVER, extensions))
    return _Decoder(session, case) if case.work == "decode" else _Encoder(session, case)


class _Decoder(Codec):
    def __init__(self, session: Session, case: Case) -> None:
        self._session = session
        self._feeds = case.feeds()

    def run(self) -> None:
        session, messages = self._session, self._session.messages
        for data in self._feeds:
            session.receive(data, 0.0)
            # As rawws.trio does: those that wait are taken where they wait.
            while True:
                while messages:
                    messages.pop(0)
                if session.at_rest or session.next_message() is None:
                    break

    def results(self) -> list[str | bytes]:
        session = self._session
        found: list[str | bytes] = []
        for data in self._feeds:
            session.receive(data, 0.0)
            while (message := session.next_message()) is not None:
                found.append(message)
        return found


class _Encoder(Codec):
    """Message by message, each taken to the network at once."""

    def __init__(self, session: Session, case: Case) -> None:
        self._session = session
        self._messages = case.messages()

    def run(self) -> None:
        send, take = self._session.send, self._session.data_to_send
        for message in self._messages:
            send(message)
            take()

    def results(self) -> list[str | bytes]:
        found: list[str | bytes] = []
        for message in self._messages:
            self._session.send(message)
            found.append(b"".join(self._session.data_to_send()))
        return found
