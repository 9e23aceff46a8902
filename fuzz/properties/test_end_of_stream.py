"""However a connection ends, its end is told once, whatever a transport says afterwards."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rawws.core.connection import ConnectionState
from rawws.core.events import CloseConnection, Event
from rawws.testing import Cut
from rawws.testing.frames import close
from rawws.testing.strategies import Stream, cuts, right_streams, streams

from fuzz.budget import examples

STREAMS = st.one_of(right_streams(), streams()).filter(lambda stream: len(stream.octets) < 20_000)


@examples(2)
@given(STREAMS, st.booleans(), st.booleans(), cuts(), st.integers(1, 3))
def test_is_told_once(stream: Stream, peer_closes: bool, we_close: bool, cut: Cut, ends: int) -> None:  # noqa: FBT001  drawn
    """A Close, a violation or the end of TCP: one of them is told, and nothing behind it, however often TCP ends."""
    connection = stream.connection()
    octets = stream.octets + (close(1000).to(stream.reader) if peer_closes else b"")
    told: list[Event] = []
    if we_close:
        connection.send(CloseConnection(code=1001))
    for piece in [*cut(octets), *[None] * ends]:
        if piece is not None and (not piece or connection.state is ConnectionState.CLOSED):
            continue
        connection.receive_data(piece)
        told += connection.events()
    assert [isinstance(event, CloseConnection) for event in told].count(True) == 1
    assert isinstance(told[-1], CloseConnection)
