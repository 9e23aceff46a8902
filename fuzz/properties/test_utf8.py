"""Text fails at the very octet that no UTF-8 can have there, whatever fragment it comes in, and not before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rawws.core.connection import CLIENT, SERVER, Connection
from rawws.core.events import Event
from rawws.core.session import Session
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


@examples(2)
@given(
    roles(),
    st.sampled_from([40_000, 66_000]),
    st.one_of(not_utf8(), truncated(), octets(), st.text(max_size=6).map(str.encode)),
    st.sampled_from([0, 1, 9000]),
    st.lists(st.integers(-10, 30), max_size=6),
    st.booleans(),
)
def test_large_text_fails_at_once(
    reader: Role, before: int, data: bytes, behind: int, places: list[int], in_chunks: bool  # noqa: FBT001  drawn
) -> None:
    """So it is where a session awaits a large message in one frame whole; who takes chunks gets all that was right."""
    payload = b"a" * before + data + b"z" * behind
    bad = first_bad_octet(data + b"z" * min(behind, 1))
    bad = None if bad is None else before + bad
    frame = Frame(FIN | TEXT, payload).to(reader)
    head = len(frame) - len(payload)
    session = Session(Connection(SERVER if reader == "server" else CLIENT, []))
    come = 0
    for piece in at(frame, [head + 20_000, *(head + before + place for place in places)]):
        session.receive(piece, 0.0)
        come += len(piece)
        if come == len(frame) or (bad is not None and come - head > bad):
            break
        assert session.next_message() is None
        assert session.failure is None
    taken = [chunk for chunk, _ in iter(session.next_chunk, None)] if in_chunks else [session.next_message() or ""]
    if bad is None:
        assert "".join(map(str, taken)) == payload.decode()
        assert session.failure is None
        return
    assert session.failure is not None
    assert (session.failure.requirement, session.failure.offset) == ("6455-8.1-1", 0)
    # Of a character that was begun nothing is told.
    assert "".join(map(str, taken)) == (payload[:bad].decode(errors="ignore") if in_chunks else "")
