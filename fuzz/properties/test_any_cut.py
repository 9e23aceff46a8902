"""No cut of a stream changes what comes of it: events, messages, answers, verdict, offset and the limit that is hit."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import cycle
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from rawws.core import WSConnection
from rawws.core.connection import CLIENT, SERVER, Connection
from rawws.core.events import Event, RejectData, Request
from rawws.core.failure import Failure
from rawws.core.limits import Limits
from rawws.core.session import Ended, Session
from rawws.testing import Cut
from rawws.testing.cuts import Carried, Carrier, Chunk, at, whole
from rawws.testing.deflate import Deflater, Style
from rawws.testing.frames import (
    BINARY,
    CONTINUATION,
    FIN,
    RSV1,
    TEXT,
    Frame,
    Role,
    binary,
    close,
    take_apart,
    text,
)
from rawws.testing.handshake import accept_token, header
from rawws.testing.outcome import Part, Received, join, run, run_session
from rawws.testing.strategies import (
    Head,
    Stream,
    agreements,
    carriers,
    cuts,
    limits,
    refusals,
    requests,
    responses,
    right_streams,
    roles,
    streams,
)
from rawws.testing.strategies.frames import filled
from rawws.testing.strategies.handshake import ACCEPT

from fuzz.budget import examples
from fuzz.opening import feed

SIZES = st.sampled_from([0, 1, 7, 299, 300, 301, 1000, 20_000])

SMALL_HEADS = st.sampled_from([Limits(), Limits(max_header_bytes=220), Limits(max_headers=6)])


@examples(4)
@given(streams(), limits(), cuts(), carriers())
def test_of_frames_gives_other_events(stream: Stream, bounds: Limits, cut: Cut, carry: Carrier) -> None:
    """Any cut gives a connection the same events after joining, the same failure, state, offset and limit.

    So does whatever carries the octets: bytes, arrays, or one buffer that is overwritten.
    """
    cut_up = run(stream.connection(bounds), carry(stream.chunks(cut)))
    assert cut_up == run(stream.connection(bounds), stream.chunks(whole))


def answers(data: bytes) -> list[tuple[int, bytes]]:
    """The frames that were sent, whatever their masks."""
    return [(frame.first, frame.payload) for frame in take_apart(data)]


@examples(3)
@given(streams(), limits(), cuts(), carriers())
def test_of_frames_gives_other_messages(stream: Stream, bounds: Limits, cut: Cut, carry: Carrier) -> None:
    """Any cut gives a session the same messages, the same answers, and the same end."""
    cut_up = run_session(Session(stream.connection(bounds)), carry(stream.chunks(cut)))
    in_one = run_session(Session(stream.connection(bounds)), stream.chunks(whole))
    assert cut_up._replace(sent=b"") == in_one._replace(sent=b"")
    assert answers(cut_up.sent) == answers(in_one.sent)


def chunked(session: Session, chunks: Iterable[Carried]) -> tuple[list[str | bytes], str | bytes, Ended | None]:
    """The messages that a session gives chunk by chunk, put together; what there is of an unfinished one; the end."""
    messages: list[str | bytes] = []
    begun: list[str | bytes] = []
    for chunk in chunks:
        session.receive(chunk, 0.0)
        while (taken := session.next_chunk()) is not None:
            begun.append(taken[0])
            if taken[1]:
                messages.append(_joined(begun))
                begun = []
    return messages, _joined(begun), session.ended


def _joined(pieces: list[str | bytes]) -> str | bytes:
    empty: str | bytes = "" if pieces and isinstance(pieces[0], str) else b""
    return empty.join(pieces)  # type: ignore[arg-type]


@examples(2)
@given(streams(), limits(), cuts(), carriers())
def test_of_frames_gives_other_chunks(stream: Stream, bounds: Limits, cut: Cut, carry: Carrier) -> None:
    """Any cut gives who takes messages chunk by chunk the same octets of the same messages, and the same end."""
    cut_up = chunked(Session(stream.connection(bounds)), carry(stream.chunks(cut)))
    in_one = chunked(Session(stream.connection(bounds)), stream.chunks(whole))
    assert cut_up == in_one
    # And whole messages are the same, whoever takes them.
    assert cut_up[0] == run_session(Session(stream.connection(bounds)), stream.chunks(whole)).messages


def landed(
    session: Session, chunks: list[Chunk], minimum: int, turns: list[bool], kind: type[bytes | bytearray]
) -> Received:
    """What comes of a stream where a transport reads large messages right to where they belong, whenever it is in turn.

    It need not: what it has read elsewhere, it hands over, as bytes or as an array.
    """
    messages: list[str | bytes] = []
    sent = b""
    in_place = cycle(turns)
    for chunk in chunks:
        rest = chunk
        while rest:
            room = session.receive_buffer(minimum)
            if room is None or not next(in_place):
                if room is not None:
                    session.buffer_received(0, 0.0)
                session.receive(kind(rest), 0.0)
                break
            count = min(len(room), len(rest))
            room[:count] = rest[:count]
            session.buffer_received(count, 0.0)
            rest = rest[count:]
            # A transport that gets nothing says so, and asks again.
            if session.receive_buffer(minimum) is not None:
                session.buffer_received(0, 0.0)
            while (message := session.next_message()) is not None:
                messages.append(message)
        if chunk is None:
            session.receive(None, 0.0)
        while (message := session.next_message()) is not None:
            messages.append(message)
        sent += b"".join(session.data_to_send())
    return Received(messages, session.ended, sent, session.must_drop)


@examples(3)
@given(
    st.one_of(streams(), right_streams()),
    limits(),
    cuts(),
    st.sampled_from([1, 10, 30_000]),
    st.lists(st.booleans(), min_size=1, max_size=3),
    st.sampled_from([bytes, bytearray]),
)
def test_of_frames_lands_elsewhere(
    stream: Stream,
    bounds: Limits,
    cut: Cut,
    minimum: int,
    turns: list[bool],
    kind: type[bytes | bytearray],
) -> None:
    """Any cut gives a transport that reads in place the same messages, answers and end as one that does not."""
    in_place = landed(Session(stream.connection(bounds)), stream.chunks(cut), minimum, turns, kind)
    in_one = run_session(Session(stream.connection(bounds)), stream.chunks(whole))
    assert in_place._replace(sent=b"") == in_one._replace(sent=b"")
    assert answers(in_place.sent) == answers(in_one.sent)


@examples(1)
@given(
    roles(),
    st.sampled_from([20, 126, 300, 65536]),
    st.lists(st.integers(2, 400), min_size=1, max_size=3),
    st.lists(st.booleans(), min_size=1, max_size=3),
    st.sampled_from([bytes, bytearray]),
)
def test_of_what_comes_behind_a_message_that_lands(
    reader: Role, size: int, places: list[int], turns: list[bool], kind: type[bytes | bytearray]
) -> None:
    """What follows a large message in one piece with its end is read, whoever has made room for the message."""
    octets = b"".join(frame.to(reader) for frame in (binary(filled(size, b"message")), text("behind"), close(1000)))
    pieces: list[Chunk] = [*at(octets, [place for place in places if place < size])]
    found = landed(Session(Stream(reader, octets).connection()), pieces, 1, turns, kind)
    assert found.messages == [filled(size, b"message"), "behind"]
    assert found.ended is not None
    assert found.ended.clean


@st.composite
def compressed_runs(draw: st.DrawFn) -> Stream:
    """Compressed messages of one small frame each, one behind the other; what is wrong with one stands at the end."""
    reader, agreement = draw(roles()), draw(agreements())
    deflater = Deflater(agreement, client=reader == "server")
    payloads = [
        (FIN | RSV1 | opcode, deflater.message([filled(size, b"message")], Style()))
        for opcode, size in draw(st.lists(st.tuples(st.sampled_from([TEXT, BINARY]), SIZES), min_size=1, max_size=6))
    ]
    wrong = [
        (FIN | RSV1 | TEXT, deflater.message([b"a\xff"])),
        (FIN | RSV1 | BINARY, b"\x06"),
        (FIN | RSV1 | BINARY, b"\xf2\x48"),
        (FIN | RSV1 | CONTINUATION, b""),
    ]
    payloads += draw(st.lists(st.sampled_from(wrong), max_size=1))
    octets = b"".join(Frame(first, payload).to(reader) for first, payload in payloads)
    return Stream(reader, octets, agreement=agreement)


@examples(2)
@given(
    compressed_runs(),
    st.sampled_from([Limits(), Limits(max_message_bytes=300), Limits(max_inflate_step=300)]),
    cuts(),
)
def test_of_a_run_of_compressed_messages(stream: Stream, bounds: Limits, cut: Cut) -> None:
    """Whether they come in one piece or in many, the same messages, failure and offset come of them."""
    cut_up, in_one = (Session(stream.connection(bounds)) for _ in range(2))
    found = [run_session(session, stream.chunks(way)) for session, way in ((cut_up, cut), (in_one, whole))]
    assert found[0]._replace(sent=b"") == found[1]._replace(sent=b"")
    assert cut_up.failure == in_one.failure
    assert cut_up._connection.offset == in_one._connection.offset


class Opened(NamedTuple):
    """What came of an opening handshake and the frames behind it."""

    events: tuple[Part | Event, ...]
    failure: Failure | None
    state: str
    error: str


def open_and_run(ws: WSConnection, chunks: list[bytes], *, ends: bool) -> Opened:
    """Feed a WSConnection; a server accepts as soon as it may."""
    events, error = feed(ws, chunks, ends=ends)
    return Opened(join(events), ws.failure, ws.state.name, error)


@examples(2)
@given(requests(), right_streams(deflate=False, most=2), SMALL_HEADS, cuts())
def test_of_a_request_gives_another_verdict(head: Head, stream: Stream, bounds: Limits, cut: Cut) -> None:
    """Any cut of a request and the frames behind it gives a server the same request, refusal, events and failure."""
    # What comes behind a request in one read waits for the answer, and is bounded (`max_early_bytes`); so it is short.
    octets = head.octets + (stream.octets[:50_000] if stream.reader == "server" else b"")
    cut_up = open_and_run(WSConnection(SERVER, limits=bounds), cut(octets), ends=stream.ends)
    assert cut_up == open_and_run(WSConnection(SERVER, limits=bounds), whole(octets), ends=stream.ends)


def asking(bounds: Limits, *, skip: bool) -> tuple[WSConnection, bytes]:
    """A client that has sent its request, and the token that answers it."""
    client = WSConnection(CLIENT, limits=bounds, skip_informational=skip)
    request = client.send(Request(host="h", target="/", subprotocols=["a"]))
    return client, accept_token(header(request, b"sec-websocket-key"))


@examples(2)
@given(
    st.one_of(responses().map(lambda head: head.octets), refusals()),
    right_streams(deflate=False, most=2),
    SMALL_HEADS,
    st.booleans(),
    cuts(),
)
def test_of_a_response_gives_another_verdict(
    response: bytes,
    stream: Stream,
    bounds: Limits,
    skip: bool,  # noqa: FBT001  drawn
    cut: Cut,
) -> None:
    """Any cut of a response and what follows gives a client the same acceptance, refusal, body, events and failure."""
    behind = stream.octets if stream.reader == "client" else b""
    found = []
    for way in (cut, whole):
        client, token = asking(bounds, skip=skip)
        opened = open_and_run(client, way(response.replace(ACCEPT, token) + behind), ends=stream.ends)
        found.append(_bodies_joined(opened, token))
    assert found[0] == found[1]


def _bodies_joined(opened: Opened, token: bytes) -> tuple[object, ...]:
    """The pieces of a refusal's body, too, are joined: they come as they were cut. The token is another every time."""
    parts = [event for event in opened.events if isinstance(event, RejectData)]
    body = b"".join(part.data for part in parts)
    rest = [event for event in opened.events if not isinstance(event, RejectData)]
    return (body, any(part.body_finished for part in parts), str(rest).replace(token.decode(), ""), opened[1:])


@examples(1)
@given(streams(), limits())
def test_nothing_is_read_twice(stream: Stream, bounds: Limits) -> None:
    """Asking for events again without new octets gives nothing, and changes nothing."""
    connection = stream.connection(bounds)
    for chunk in stream.chunks(whole):
        connection.receive_data(chunk)
        list(connection.events())
        before = (connection.state, connection.failure, connection.offset)
        assert list(connection.events()) == []
        assert (connection.state, connection.failure, connection.offset) == before


@examples(1)
@given(streams(), limits(), cuts())
def test_nothing_is_read_behind_an_end(stream: Stream, bounds: Limits, cut: Cut) -> None:
    """Behind a failure or a Close, whatever comes gives no event, sets no other failure, and is not kept."""
    connection = stream.connection(bounds)
    ended = False
    for chunk in stream.chunks(cut):
        if connection.state.name == "CLOSED":
            break
        failure = connection.failure
        connection.receive_data(chunk)
        told = list(connection.events())
        assert not (ended and told)
        if ended:
            assert connection.failure == failure
        ended = connection.state.name != "OPEN"
    if ended:
        assert not connection._proto.pending


@examples(0.5)
@given(roles(), st.integers(1, 200_000), st.floats(0, 1), st.integers(1, 200_000))
def test_room_is_given_for_what_is_missing(reader: Role, length: int, share: float, minimum: int) -> None:
    """Room for the rest of a large message is there where at least as much is missing as is worth while."""
    come = min(int(length * share), length - 1)
    data = binary(bytes(length)).to(reader)
    session = Session(Connection(SERVER if reader == "server" else CLIENT))
    session.receive(data[: len(data) - length + come], 0.0)
    assert session.next_message() is None
    room = session.receive_buffer(minimum)
    assert (room is not None) == (length - come >= minimum)
    if room is not None:
        session.buffer_received(0, 0.0)
