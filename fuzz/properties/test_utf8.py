"""Text fails at the very octet that no UTF-8 can have there, whatever fragment it comes in, and not before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rawws.core.connection import CLIENT, SERVER, Connection
from rawws.core.events import Event
from rawws.testing import Role
from rawws.testing.cuts import at
from rawws.testing.frames import CONTINUATION, FIN, TEXT, Frame
from rawws.testing.outcome import Part, join
from rawws.testing.strategies import not_utf8, octets, roles, truncated

from fuzz.budget import examples
from fuzz.oracles.utf8 import first_bad_octet


@examples(6)
@given(roles(), st.one_of(not_utf8(), truncated(), octets()), st.lists(st.integers(0, 30), max_size=3))
def test_text_fails_at_once(reader: Role, data: bytes, places: list[int]) -> None:
    """Octet by octet and in any fragments: there is a failure from the first bad octet on, and none before it."""
    bad = first_bad_octet(data)
    connection = Connection(SERVER if reader == "server" else CLIENT, [])
    pieces = at(data, [place for place in places if place <= len(data)])
    told: list[Event] = []
    come = 0
    for index, piece in enumerate(pieces):
        last = index == len(pieces) - 1
        frame = Frame((CONTINUATION if index else TEXT) | (FIN if last else 0), piece).to(reader)
        head = len(frame) - len(piece)
        for stop in range(len(frame)):
            connection.receive_data(frame[stop : stop + 1])
            told += connection.events()
            come += stop >= head
            if bad is not None and come > bad:
                assert connection.failure is not None
                assert connection.failure.requirement == "6455-8.1-1"
                return
            # A character that is not complete is bad when the message is.
            assert connection.failure is None or (last and stop == len(frame) - 1 and bad == len(data))
    assert (connection.failure is None) == (bad is None)
    if bad is None:
        assert join(told) == (Part(data.decode(), complete=True),)
