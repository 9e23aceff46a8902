"""Work and memory are bounded by a linear function of the octets that came, whatever the octets and however cut.

Work is counted in lines of Python that run, memory in octets that Python has allocated at one time. Neither depends on
the machine. Each count is also taken for a stream and for the same stream twice or four times over.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from rawws.core import WSConnection
from rawws.core.connection import CLIENT, SERVER
from rawws.core.errors import RemoteProtocolError
from rawws.core.events import AcceptConnection, Request
from rawws.core.limits import Limits
from rawws.core.session import Session
from rawws.testing import Cut
from rawws.testing.cuts import Chunk, bytewise
from rawws.testing.deflate import Agreement
from rawws.testing.frames import BINARY, FIN, RSV1, Frame, Role
from rawws.testing.strategies import (
    Head,
    Stream,
    bombs,
    cuts,
    header_values,
    limits,
    refusals,
    requests,
    responses,
    right_streams,
    roles,
    streams,
)
from rawws.testing.strategies.handshake import ACCEPT

from fuzz.budget import examples
from tests.core.lines_run import lines_run

#: Lines of Python for each octet, and on top of them for each stream: what the dearest streams cost, and half as much
#: again. They are met by one-octet fragments, fed octet by octet, under permessage-deflate.
LINES_PER_OCTET = 250
LINES_PER_STREAM = 2500

#: Octets of memory for each octet that came, and on top of that: inflation steps and windows (64 KiB each), objects.
MEMORY_PER_OCTET = 12
MEMORY_PER_STREAM = 768 * 1024


def feed(stream: Stream, bounds: Limits, chunks: list[Chunk]) -> None:
    """Feed a session, and take what it has to give."""
    session = Session(stream.connection(bounds))
    for chunk in chunks:
        session.receive(chunk, 0.0)
        while session.next_message() is not None:
            pass
        session.data_to_send()


class Peak(NamedTuple):
    """Octets that Python held at most, and in the end."""

    most: int
    left: int


def peak(function: Callable[[], object]) -> Peak:
    """What a call holds at one time, and what of it is still held when it returns."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        kept = function()
        left, most = tracemalloc.get_traced_memory()
        del kept
        return Peak(most - before, left - before)
    finally:
        tracemalloc.stop()


@examples(1)
@given(streams(), limits(), cuts())
def test_lines_of_a_stream(stream: Stream, bounds: Limits, cut: Cut) -> None:
    """Any stream, cut anyhow, runs at most so many lines of Python for each octet, before inflation and after it."""
    chunks = stream.chunks(cut)
    inflated = 0 if stream.agreement is None else 4 * (bounds.max_message_bytes or 10 << 20) // bounds.max_inflate_step
    if inflated > 20_000:
        # Steps of one octet under a limit of a mebibyte are a million events, as was asked for.
        return
    count = lines_run(lambda: feed(stream, bounds, chunks))
    assert count <= LINES_PER_OCTET * len(stream.octets) + LINES_PER_STREAM + 100 * inflated


REPEATED = Limits(max_message_bytes=None, max_control_burst=None)


@examples(0.6)
@given(right_streams(most=3), st.booleans())
def test_lines_of_a_stream_that_goes_on(stream: Stream, octet_by_octet: bool) -> None:  # noqa: FBT001  drawn
    """The same messages four times over run at most five times the lines."""
    octets = stream.octets[:400]
    cut = bytewise if octet_by_octet else (lambda data: [data])
    counts = []
    for times in (2, 8):
        again = Stream(stream.reader, octets * times, agreement=stream.agreement)
        counts.append(lines_run(lambda again=again: feed(again, REPEATED, again.chunks(cut))))  # type: ignore[misc]
    assert counts[1] <= 5 * counts[0] + 500


@examples(1)
@given(streams(), limits(), cuts())
def test_memory_of_a_stream(stream: Stream, bounds: Limits, cut: Cut) -> None:
    """Any stream holds at most so much memory for each octet that came, and what the limits allow one message."""
    chunks = stream.chunks(cut)
    allowed = min(bounds.max_message_bytes or 10 << 20, 10 << 20) if stream.agreement is not None else 0
    most = MEMORY_PER_OCTET * len(stream.octets) + MEMORY_PER_STREAM + 5 * allowed
    assert peak(lambda: feed(stream, bounds, chunks)).most <= most


@examples(0.3)
@given(bombs(), roles())
def test_memory_of_a_bomb(payload: bytes, reader: Role) -> None:
    """Few octets that inflate to millions hold no more than the limit and a few steps, and nothing once they failed."""
    octets = Frame(FIN | RSV1 | BINARY, payload).to(reader)
    stream = Stream(reader, octets, agreement=Agreement())
    bounds = Limits(max_message_bytes=100_000, max_inflate_step=4096)
    session = Session(stream.connection(bounds))

    def inflate() -> None:
        session.receive(stream.octets, 0.0)
        session.next_message()
        session.data_to_send()

    found = peak(inflate)
    assert found.most <= 3 * 100_000 + 300_000 + 2 * len(octets)
    if session.failure is not None:
        assert found.left <= 40_000


def open_server(octets: bytes, bounds: Limits, cut: Cut) -> WSConnection:
    """A server that reads a request, and accepts it where it may."""
    server = WSConnection(SERVER, limits=bounds)
    for chunk in filter(None, cut(octets)):
        try:
            server.receive_data(chunk)
        except RemoteProtocolError:
            break
        for event in server.events():
            if isinstance(event, Request):
                server.send(AcceptConnection())
    return server


HEADS = st.sampled_from([Limits(), Limits(max_header_bytes=500, max_headers=8)])
#: What a head costs in lines: it is looked at octet by octet at most once, and its fields a few times.
LINES_PER_HEAD_OCTET = 60
LINES_PER_HEAD = 4000


@examples(1)
@given(requests(), st.lists(header_values(), max_size=3), HEADS, cuts())
def test_work_of_a_request(head: Head, values: list[str], bounds: Limits, cut: Cut) -> None:
    """Any request, cut anyhow, runs a linear number of lines, and holds no more than its limit and a few objects."""
    lines = [f"Sec-WebSocket-Extensions: {value}".encode() for value in values]
    octets = Head((*head.lines, *lines), end_of_line=head.end_of_line).octets
    assert lines_run(lambda: open_server(octets, bounds, cut)) <= LINES_PER_HEAD_OCTET * len(octets) + LINES_PER_HEAD
    found = peak(lambda: open_server(octets, bounds, cut))
    assert found.most <= 40 * len(octets) + 96 * 1024


@examples(1)
@given(st.one_of(responses().map(lambda head: head.octets), refusals()), HEADS, cuts())
def test_work_of_a_response(response: bytes, bounds: Limits, cut: Cut) -> None:
    """Any response, cut anyhow, likewise; of a refusal's body no more is kept than the limit."""

    def read() -> WSConnection:
        client = WSConnection(CLIENT, limits=bounds)
        client.send(Request(host="h", target="/"))
        for chunk in filter(None, cut(response.replace(ACCEPT, b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))):
            try:
                client.receive_data(chunk)
            except RemoteProtocolError:
                break
            for _ in client.events():
                pass
        return client

    assert lines_run(read) <= LINES_PER_HEAD_OCTET * len(response) + LINES_PER_HEAD
    assert peak(read).most <= 40 * len(response) + 96 * 1024
