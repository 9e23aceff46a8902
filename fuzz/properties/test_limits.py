"""Limits are exact: what reaches one is taken, one more is refused, and what came before is told in both cases."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from hypothesis import given

from rawws.core import WSConnection
from rawws.core.connection import SERVER
from rawws.core.errors import RemoteProtocolError
from rawws.core.events import CloseConnection
from rawws.core.failure import Failure
from rawws.core.limits import Limits
from rawws.testing import Cut
from rawws.testing.cuts import Carrier
from rawws.testing.frames import CLOSE, CONTINUATION, take_apart
from rawws.testing.outcome import run
from rawws.testing.strategies import Head, Stream, carriers, cuts, right_requests, right_streams

from fuzz.budget import examples

NONE = Limits(max_message_bytes=None, max_control_burst=None)


def size_of(message: object) -> int:
    """Octets of a message; 0 for an event that is none."""
    return len(message.encode()) if isinstance(message, str) else len(message) if isinstance(message, bytes) else 0


def check(stream: Stream, name: str, most: int, cut: Cut, carry: Carrier) -> None:
    """A stream that needs `most` of something: with that limit it is told whole, with one less it is refused."""
    assert stream.told is not None
    enough = run(stream.connection(replace(NONE, **{name: most})), carry(stream.chunks(cut)))
    assert enough.messages == list(stream.told)
    if most > 0:
        outcome = run(stream.connection(replace(NONE, **{name: most - 1})), carry(stream.chunks(cut)))
        assert outcome.failure is not None
        assert (outcome.failure.limit, outcome.failure.close_code) == (name, 1009)
        told, last = outcome.messages[:-1], outcome.messages[-1]
        assert isinstance(last, CloseConnection)
        assert told == list(stream.told[: len(told)])


@examples(3)
@given(right_streams(), cuts(), carriers())
def test_of_messages(stream: Stream, cut: Cut, carry: Carrier) -> None:
    """The largest message of a stream is the smallest `max_message_bytes` that lets it through, compressed or not."""
    assert stream.told is not None
    check(stream, "max_message_bytes", max(map(size_of, stream.told), default=0), cut, carry)


@examples(2)
@given(right_streams(), cuts(), carriers())
def test_of_frames(stream: Stream, cut: Cut, carry: Carrier) -> None:
    """The largest payload of a data frame is the smallest `max_frame_bytes` that lets a stream through."""
    most = max((len(frame.payload) for frame in take_apart(stream.octets) if frame.opcode < CLOSE), default=0)
    check(stream, "max_frame_bytes", most, cut, carry)


@examples(2)
@given(right_streams(), cuts(), carriers())
def test_of_fragments(stream: Stream, cut: Cut, carry: Carrier) -> None:
    """The message of the most fragments decides which `max_fragments` is enough."""
    counts = [0]
    for frame in take_apart(stream.octets):
        if frame.opcode < CLOSE:
            counts.append(counts[-1] + 1 if frame.opcode == CONTINUATION else 1)
    check(stream, "max_fragments", max(counts), cut, carry)


def failure_of_request(octets: bytes, bounds: Limits, cut: Cut) -> Failure | None:
    """What a server has against a request; None where it is told."""
    server = WSConnection(SERVER, limits=bounds)
    with suppress(RemoteProtocolError):
        for chunk in filter(None, cut(octets)):
            server.receive_data(chunk)
        assert len(list(server.events())) == 1
    return server.failure


@examples(2)
@given(right_requests(), cuts())
def test_of_heads(head: Head, cut: Cut) -> None:
    """The smallest `max_header_bytes` that takes a request is its length, the smallest `max_headers` its fields."""
    octets = head.octets
    for name, most in (("max_header_bytes", len(octets)), ("max_headers", len(head.lines) - 1)):
        assert failure_of_request(octets, replace(Limits(), **{name: most}), cut) is None
        failure = failure_of_request(octets, replace(Limits(), **{name: most - 1}), cut)
        assert failure is not None
        assert (failure.limit, failure.status_code) == (name, 431)
