"""rawws.core's sending without events: `Connection.send_data`."""

from __future__ import annotations

from rawws.core.connection import SERVER, Connection

from tests.benchmarks.codec.cases import CannotDo, Case, Codec


def make(case: Case) -> Codec:
    """A codec for the case."""
    if case.work != "encode" or case.deflate:
        raise CannotDo("only sends")
    return _Encoder(case)


class _Encoder(Codec):
    def __init__(self, case: Case) -> None:
        self._connection = Connection(SERVER)
        self._messages = case.messages()

    def run(self) -> None:
        send = self._connection.send_data
        for message in self._messages:
            send(message)

    def results(self) -> list[str | bytes]:
        return [self._connection.send_data(message) for message in self._messages]
