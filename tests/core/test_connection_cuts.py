"""Any octets, cut anywhere, have one meaning; and what has been read or refused holds no memory."""

from __future__ import annotations

import random
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawws.core.connection import CLIENT, SERVER, Connection
from rawws.core.events import (
    CloseConnection,
    Ping,
    Pong,
    TextMessage,
)
from rawws.core.limits import Limits

from tests.core.battery.frame_row import deflated
from tests.core.cuts import Part, around, bytewise, cuttings, join, run
from tests.core.extending import agreed
from tests.core.octets import (
    BINARY,
    FIN,
    PING,
    PONG,
    RSV1,
    TEXT,
    Frame,
    binary,
    close,
    last,
    more,
    ping,
    pong,
    text,
)

#: See pyproject.toml.
pytestmark = pytest.mark.battery

# -- any octets, any cut ----------------------------------------------------------------------------------------------

LIMITS = Limits(max_message_bytes=200, max_fragments=5, max_inflate_step=50)


def streams() -> st.SearchStrategy[bytes]:
    """Frames as a careless peer sends them, and junk."""
    payloads = st.binary(max_size=6) | st.sampled_from(
        [
            "é€😀".encode(),
            b"\xe2\x82",
            b"\xf0\x9f",
            b"\xff",
            b"\x03\xe8",
            b"a" * 120,
            *deflated(b"Hello" * 30, b"Hello" * 30),
        ]
    )
    firsts = st.sampled_from(
        [
            FIN | TEXT,
            TEXT,
            FIN | BINARY,
            BINARY,
            0,
            0,
            FIN,
            FIN,
            FIN | PING,
            FIN | PONG,
            FIN | RSV1 | TEXT,
            RSV1 | BINARY,
        ]
    )
    rare = st.integers(0, 255)
    kinds = st.one_of(firsts, firsts, firsts, rare)
    frames = st.tuples(kinds, payloads).map(lambda parts: Frame(*parts).to("server"))
    return st.builds(lambda parts, junk: b"".join(parts) + junk, st.lists(frames, max_size=7), st.binary(max_size=4))


@settings(derandomize=True, deadline=None, max_examples=250)
@given(data=streams(), deflate=st.booleans(), end=st.booleans())
def test_any_octets_have_one_meaning(data: bytes, deflate: bool, end: bool) -> None:
    """Whatever comes, no error leaves the core, and every cut gives the same events, failure, offset and state."""
    outcomes = [
        run(Connection(SERVER, [agreed()] if deflate else [], limits=LIMITS), [*chunks, *([None] if end else [])])
        for chunks in cuttings(data, seed=data, times=3)
    ]
    assert all(outcome == outcomes[0] for outcome in outcomes)


@pytest.mark.parametrize("role", ["client", "server"])
def test_noise_is_survived(role: str) -> None:
    """Random octets, with every first octet there is, are told by one Close at most, and no other error."""
    rng = random.Random(6455)
    for first in range(256):
        data = bytes((first,)) + rng.randbytes(40)
        outcome = run(Connection(CLIENT if role == "client" else SERVER), bytewise(data))
        assert outcome == run(Connection(CLIENT if role == "client" else SERVER), [data])
        assert sum(isinstance(event, CloseConnection) for event in outcome.events) <= 1


def test_every_place_of_a_conversation_may_be_cut() -> None:
    """A long conversation of all kinds of frames, cut once at each of its octets: always the same."""
    hello, again = deflated(b"Hello", b"Hello")
    frames = [
        text("é€😀"), binary(b""), ping(b"1"), Frame(FIN | RSV1 | TEXT, hello), text("€"[:1], fin=False), pong(b"2"),
        more(), last("é"), Frame(RSV1 | BINARY, again[:2]), ping(b"3"), more(again[2:]), last(), binary(b"x" * 130),
        close(4000, "bye"), text("later"),
    ]  # fmt: skip
    data = b"".join(frame.to("server") for frame in frames)
    outcome = run(Connection(SERVER, [agreed()]), [data])
    assert outcome.messages == [
        "é€😀", b"", Ping(b"1"), "Hello", Pong(b"2"), "€é", Ping(b"3"), b"Hello", b"x" * 130,
        CloseConnection(4000, "bye"),
    ]  # fmt: skip
    for chunks in around(data, range(0, len(data), 3)):
        assert run(Connection(SERVER, [agreed()]), chunks) == outcome


def test_adjacent_events_are_joined_by_message() -> None:
    """The comparison of these tests can fail: it tells two messages from one, and finished from unfinished."""
    one = [TextMessage("a", message_finished=False), TextMessage("b")]
    two = [TextMessage("a"), TextMessage("b")]
    assert join(one) == (Part("ab", complete=True),)
    assert join(two) == (Part("a", complete=True), Part("b", complete=True))
    assert join([one[0], Ping(), one[1]]) == (Part("a", complete=False), Ping(), Part("b", complete=True))


# -- memory -----------------------------------------------------------------------------------------------------------


def test_memory_is_given_back_after_a_failure() -> None:
    """Behind a violation neither the octets that had come, nor those that come, nor a window are kept."""
    bomb = deflated(random.Random(7).randbytes(60_000))[0]
    tracemalloc.start()
    try:
        connection = Connection(SERVER, [agreed()])
        connection.receive_data(Frame(RSV1 | BINARY, bomb).to("server"))
        for _ in connection.events():
            pass
        connection.receive_data(Frame(FIN | 3).to("server") + bytes(1 << 20))
        held = tracemalloc.get_traced_memory()[0]
        assert [type(event) for event in connection.events()] == [CloseConnection]
        left = tracemalloc.get_traced_memory()[0]
        for _ in range(10):
            connection.receive_data(bytes(1 << 20))
        assert held > 1 << 20
        assert left < 20_000
        assert tracemalloc.get_traced_memory()[0] < 20_000
    finally:
        tracemalloc.stop()


def test_an_idle_connection_is_small() -> None:
    """A connection that has seen a few messages holds a few KiB, with our deflate agreed on or without."""
    connections = []
    run(Connection(SERVER, [agreed()]), [text("warm").to("server")])
    tracemalloc.start()
    try:
        for _ in range(50):
            connection = Connection(SERVER, [agreed()])
            connection.receive_data(text("Hello").to("server") + ping().to("server"))
            assert len(list(connection.events())) == 2
            connections.append(connection)
        assert tracemalloc.get_traced_memory()[0] / len(connections) < 6 * 1024
    finally:
        tracemalloc.stop()
