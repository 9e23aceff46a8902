"""Acceptance may come late: what has come by then is read as if it had come later."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rawws.core import WSConnection
from rawws.core.connection import SERVER
from rawws.core.errors import RemoteProtocolError
from rawws.core.events import AcceptConnection, Event
from rawws.core.failure import Failure
from rawws.core.limits import Limits
from rawws.core.session import Session
from rawws.testing import Cut, handshake
from rawws.testing.outcome import Part, join
from rawws.testing.strategies import Stream, cuts, limits, right_streams, streams

from fuzz.budget import examples

STREAMS = st.one_of(streams(), right_streams()).filter(
    lambda stream: stream.reader == "server" and len(stream.octets) < 20_000
)


def accepted_after(
    waits: int, stream: Stream, bounds: Limits, cut: Cut
) -> tuple[tuple[Part | Event, ...], Failure | None, str]:
    """What a server makes of a request and of frames, where it accepts after so many more pieces have come."""
    server = WSConnection(SERVER, limits=bounds)
    server.receive_data(handshake.request(b"/", b"Sec-WebSocket-Extensions: permessage-deflate"))
    [_] = server.events()
    extensions = [] if stream.agreement is None else [stream.agreement.extension()]
    told: list[Event] = []
    chunks = [*filter(None, cut(stream.octets)), *([None] if stream.ends else [])]
    for index, chunk in enumerate([*chunks, b""]):
        if index == waits or (index == len(chunks) and waits > index):
            server.send(AcceptConnection(extensions=list(extensions)))
            told += server.events()
        if server.state.name == "CLOSED":
            break
        if chunk is None or chunk:
            server.receive_data(chunk)
            told += server.events() if index >= waits else []
    return join(told), server.failure, server.state.name


@examples(2)
@given(STREAMS, limits(), cuts(), st.integers(1, 8))
def test_of_a_server(stream: Stream, bounds: Limits, cut: Cut, waits: int) -> None:
    """A server that lets a client wait reads, when it accepts at last, what it would have read at once."""
    stream = Stream(stream.reader, stream.octets, agreement=None)
    assert accepted_after(waits, stream, bounds, cut) == accepted_after(0, stream, bounds, cut)


@examples(1)
@given(st.integers(-2, 2), st.lists(st.integers(1, 40_000), max_size=3), st.booleans())
def test_what_may_wait_is_bounded(more: int, sizes: list[int], rejects: bool) -> None:  # noqa: FBT001  drawn
    """As many octets as `max_early_bytes` says may wait, and one more is refused, however they come."""
    server = WSConnection(SERVER, limits=Limits(max_early_bytes=50_000))
    server.receive_data(handshake.request())
    [_] = server.events()
    left = 50_000 + more
    failed = False
    for size in [*sizes, 1 << 20]:
        piece = bytes(min(size, left))
        left -= len(piece)
        if not piece:
            break
        try:
            server.receive_data(piece)
        except RemoteProtocolError:
            failed = True
            break
    assert failed == (more > 0)
    if failed or rejects:
        return
    server.send(AcceptConnection())
    assert server.connection is not None
    session = Session(server.connection)
    session.next_message()
    assert session.failure is not None
