"""Whole messages in and out, and all that a transport would otherwise do by itself while a connection is open."""

from __future__ import annotations

import dataclasses

import pytest

from rawws.core.connection import SERVER, Connection, ConnectionState
from rawws.core.errors import LocalProtocolError
from rawws.core.failure import Fault
from rawws.core.limits import Limits
from rawws.core.session import Ended, EndedBy, PingHandle, Session, SessionStats

from tests.core.battery.frame_row import deflated
from tests.core.cuts import bytewise
from tests.core.extending import agreed
from tests.core.octets import (
    BINARY,
    CLOSE,
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
    take_apart,
    text,
)
from tests.core.sessions import LIMITS, client, exchange, feed, sent, server

# -- messages ---------------------------------------------------------------------------------------------------------


def test_what_came_with_the_handshake_is_read() -> None:
    """A message behind the 101 or the request is there before anything else comes."""
    early = text("early").to("server")
    session = Session(Connection(SERVER, trailing_data=early + early[:3]))
    assert not session.at_rest
    assert [session.next_message(), session.next_message()] == ["early", None]
    assert session.at_rest


def test_messages_cross() -> None:
    """Text comes out as str and binary as bytes, of any size, in order, both ways."""
    one, other = client(), server()
    messages: list[str | bytes] = ["é€😀", b"\xff", "", b"", "a" * 70_000, bytes(70_000)]
    for message in messages:
        one.send(message)
        other.send(message)
    assert exchange(one, other) == (messages, messages)
    one.send(bytearray(b"abc"))
    one.send(memoryview(b"abcd").cast("I"))
    assert exchange(one, other) == ([], [b"abc", b"abcd"])


def test_fragments_are_put_together() -> None:
    """A message in fragments comes out whole, once; control frames between them do no harm."""
    session = server()
    frames = [
        text(b"\xe2", fin=False),
        ping(b"1"),
        more(b"\x82"),
        more(),
        last(b"\xac!"),
        binary(b"", fin=False),
        last(),
    ]
    assert feed(session, *frames) == ["€!", b""]
    assert [frame.payload for frame in sent(session)] == [b"1"]


def test_fragments_are_sent() -> None:
    """§5.4: one message in several frames; a whole message must wait until it is complete."""
    one, other = client(), server()
    one.send_fragment("a", final=False)
    with pytest.raises(LocalProtocolError):
        one.send("b")
    with pytest.raises(LocalProtocolError):
        one.send_fragment(b"c", final=True)
    one.ping(b"?", now=0.0)
    one.send_fragment("", final=False)
    one.send_fragment("d", final=True)
    one.send("e")
    assert exchange(one, other)[1] == ["ad", "e"]
    one.send_fragment(b"f", final=True)
    assert [frame.first for frame in sent(one)] == [FIN | BINARY]


@pytest.mark.parametrize("wrong", [None, 7, ["a"], "\ud800", object()])
def test_what_cannot_be_sent(wrong: object) -> None:
    """Only LocalProtocolError comes of it, nothing goes out, and nothing has changed."""
    session = server()
    for send in (session.send, lambda data: session.send_fragment(data, final=False)):
        with pytest.raises(LocalProtocolError):
            send(wrong)  # type: ignore[arg-type]
    assert session.data_to_send() == []
    assert session.stats == SessionStats()
    session.send("a")
    assert [frame.first for frame in sent(session)] == [FIN | TEXT]


def test_what_was_complete_before_a_violation_is_delivered() -> None:
    """The messages come out first, and can be answered; the Close that says why goes out only then."""
    session = server()
    data = [text("a"), ping(b"1"), binary(b"b", fin=False), last(b"c"), text(b"\xff"), text("later")]
    session.receive(b"".join(frame.to("server") for frame in data), 0.0)
    assert session.next_message() == "a"
    session.send("answer")
    assert session.next_message() == b"bc"
    assert (session.ended, session.failure, session.state) == (None, None, ConnectionState.OPEN)
    session.send("answer")
    assert session.next_message() is None
    assert session.failure is not None
    assert session.ended == Ended(EndedBy.LOCAL, 1007, session.failure.message, session.failure, clean=False)
    assert session.must_drop
    frames = sent(session)
    assert [frame.first for frame in frames] == [FIN | TEXT, FIN | PONG, FIN | TEXT, FIN | CLOSE]
    assert frames[-1].payload[:2] == (1007).to_bytes(2, "big")
    assert feed(session, text("later")) == []
    assert session.data_to_send() == []
    for send in (lambda: session.send("a"), lambda: session.ping(now=0.0)):
        with pytest.raises(LocalProtocolError):
            send()


def test_a_message_in_chunks() -> None:
    """What has come of a message is given without waiting for the rest; the last chunk says so."""
    session = server()
    data = text("a").to("server") + text("€" * 10).to("server")
    session.receive(data[:15], 0.0)
    assert session.next_chunk() == ("a", True)
    told = []
    for octet in bytewise(data[15:]):
        session.receive(octet, 0.0)
        while (chunk := session.next_chunk()) is not None:
            told.append(chunk)
    assert "".join(str(part) for part, _ in told) == "€" * 10
    assert [final for _, final in told] == [False] * (len(told) - 1) + [True]
    assert len(told) > 5


def test_chunks_of_fragments_do_not_wait() -> None:
    """Whole fragments inside a message are given as soon as they have come, and those that came together as one."""
    session = server()
    for frames, chunk in (([binary(b"a", fin=False)], b"a"), ([more(b"b")], b"b"), ([more(b"c"), more(b"d")], b"cd")):
        session.receive(b"".join(frame.to("server") for frame in frames), 0.0)
        assert session.next_chunk() == (chunk, False)
        assert session.next_chunk() is None


def test_messages_that_wait_are_taken_in_their_order() -> None:
    """Whole or chunk by chunk, the first that came is the first to be taken."""
    session = server()
    session.receive(b"".join(text(word).to("server") for word in ("one", "two", "three", "four")), 0.0)
    session.read_ahead()
    assert session.next_chunk() == ("one", True)
    assert session.next_message() == "two"
    assert session.next_chunk() == ("three", True)
    assert session.next_message() == "four"
    assert session.next_chunk() is None


@pytest.mark.parametrize("at", ["begun", "ended", "behind"])
def test_the_rest_of_a_message_that_nobody_wants(at: str) -> None:
    """`next_message` skips what is left of a message whose first chunk was taken, however much of it has come."""
    session = server()
    session.receive(binary(b"a", fin=False).to("server"), 0.0)
    assert session.next_chunk() == (b"a", False)
    assert session.streaming
    assert session.next_chunk() is None
    rest, behind = more(b"b").to("server") + last(b"c").to("server"), text("next").to("server")
    if at != "begun":
        session.receive(rest + (behind if at == "behind" else b""), 0.0)
        session.read_ahead()
    told = [session.next_message()]
    assert session.streaming is False
    if at == "begun":
        session.receive(rest, 0.0)
        told.append(session.next_message())
    if at != "behind":
        session.receive(behind, 0.0)
        told.append(session.next_message())
    assert [message for message in told if message is not None] == ["next"]
    assert session.next_message() is None


@pytest.mark.parametrize("whole", [True, False])
def test_what_is_skipped_is_not_kept(whole: bool) -> None:
    """Neither a chunk nor a message comes of what is skipped, and its octets are dropped as they come."""
    session = server()
    session.receive(binary(b"a", fin=False).to("server"), 0.0)
    assert session.next_chunk() == (b"a", False)
    session.skip_rest()

    def take() -> str | bytes | tuple[str | bytes, bool] | None:
        return session.next_message() if whole else session.next_chunk()

    for frame in (more(b"b"), more(b"c"), last(b"d")):
        session.receive(frame.to("server"), 0.0)
        assert take() is None
        assert session.unfinished_bytes == 0
    session.receive(text("next").to("server"), 0.0)
    assert take() == ("next" if whole else ("next", True))


def test_what_is_skipped_may_end_behind_what_was_read_ahead() -> None:
    """The end of a skipped message that waits in the queue is dropped there, and what waits behind it is given."""
    session = server()
    session.receive(binary(b"a", fin=False).to("server"), 0.0)
    assert session.next_chunk() == (b"a", False)
    session.skip_rest()
    session.receive(last(b"b").to("server") + text("next").to("server"), 0.0)
    session.read_ahead()
    assert session.messages == [b"b", "next"]
    assert session.next_chunk() == ("next", True)
    assert session.next_chunk() is None


def test_a_skipped_message_may_never_end() -> None:
    """When the stream ends inside a message that is skipped, nothing is given, however often somebody asks."""
    session = server()
    session.receive(binary(b"a", fin=False).to("server"), 0.0)
    assert session.next_chunk() == (b"a", False)
    session.skip_rest()
    session.receive(None, 0.0)
    assert [session.next_message(), session.next_chunk()] == [None, None]
    assert session.ended is not None


def test_reading_ahead_stops_at_its_bounds() -> None:
    """Without anybody taking messages no more than so many, or so many octets, are parsed; then there is room again."""
    session = server(dataclasses.replace(LIMITS, max_queued_messages=5, max_queued_bytes=1000))
    session.receive(b"".join(text(str(n), fin=False).to("server") + last().to("server") for n in range(20)), 0.0)
    assert session.read_ahead() is False
    assert len(session.messages) == 5
    assert [session.next_message() for _ in range(20)] == [str(n) for n in range(20)]
    assert session.read_ahead() is True
    session.receive((binary(bytes(600), fin=False).to("server") + last().to("server")) * 5, 0.0)
    assert session.read_ahead() is False
    assert session.queued_bytes == 1200
    session.receive(ping(b"1").to("server"), 0.0)
    assert session.data_to_send() == []  # the ping waits behind what nobody has read
    while session.next_message() is not None:
        pass
    assert [frame.payload for frame in sent(session)] == [b"1"]


def test_a_full_queue_has_no_room() -> None:
    """As many messages as may wait are no reason to read on, though nothing is left to parse."""
    session = server(Limits(max_queued_messages=2))
    session.receive(text("one").to("server") + text("two").to("server"), 0.0)
    assert session.read_ahead() is False
    assert session.read_ahead() is False
    assert session.next_message() == "one"
    assert session.read_ahead() is True
    assert session.next_message() == "two"


def test_a_queue_that_is_just_full_takes_one_message_more() -> None:
    """So many octets may wait, and the message that goes beyond them; so many messages, and those that came as one."""
    fragmented = binary(b"12345", fin=False).to("server") + last().to("server")
    session = server(Limits(max_queued_bytes=10))
    session.receive(fragmented * 5, 0.0)
    assert session.read_ahead() is False
    assert session.queued_bytes == 15
    session = server(Limits(max_queued_messages=2))
    session.receive(text("plain").to("server") * 3 + fragmented, 0.0)
    assert session.read_ahead() is False
    assert session.messages == ["plain"] * 3


@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize("largest", [None, 10_000])
@pytest.mark.parametrize("size", [99, 100, 101, 5000])
@pytest.mark.parametrize("fragments", [True, False])
def test_what_nobody_takes_gathers_up_to_a_bound(
    streaming: bool, largest: int | None, size: int, fragments: bool
) -> None:
    """What is taken in chunks, or has no bound of its own, has room for as much as the queue; else for all of it."""
    session = server(Limits(max_queued_bytes=100, max_message_bytes=largest))
    if fragments or streaming:
        session.receive(binary(b"a", fin=False).to("server"), 0.0)
        assert session.read_ahead() is True
    if streaming:
        assert session.next_chunk() == (b"a", False)
    begun = fragments and not streaming
    frame = more(bytes(size - begun)) if fragments else last(bytes(size + 1)) if streaming else binary(bytes(size + 1))
    data = frame.to("server")
    session.receive(data if fragments else data[:-1], 0.0)
    room = size <= 100 or (largest is not None and not streaming)
    assert session.read_ahead() is room
    assert session.read_ahead() is room
    assert session.unfinished_bytes == size
    if fragments:
        # Behind what has no room nothing is looked at.
        session.receive(ping(b"1").to("server"), 0.0)
        session.read_ahead()
        assert session.has_data_to_send is room
    if not streaming:
        # Nor is there more room when somebody has waited for the whole in vain.
        assert session.next_message() is None
        assert session.at_rest
        assert session.read_ahead() is room


def test_what_is_unfinished_is_measured() -> None:
    """What has come of a message counts, and with it what has not been looked at."""
    session = server()
    session.receive(binary(b"abc", fin=False).to("server") + last(b"d").to("server")[:1], 0.0)
    assert session.read_ahead() is True
    assert session.unfinished_bytes == 3 + 1


def test_reading_ahead_inflates() -> None:
    """A compressed message of which all octets have come is read ahead, though nothing of it waits to be parsed."""
    session = Session(Connection(SERVER, [agreed()], limits=Limits(max_inflate_step=10)))
    data = Frame(FIN | RSV1 | BINARY, deflated(bytes(100))[0]).to("server")
    session.receive(data[:-1], 0.0)
    session.receive(data[-1:], 0.0)
    assert session.read_ahead() is True
    assert session.messages == [bytes(100)]


def test_reading_ahead_where_nothing_is_left() -> None:
    """There is room when all has been taken, however often somebody asks."""
    session = server()
    assert feed(session, text("a")) == ["a"]
    assert session.at_rest
    assert [session.read_ahead(), session.read_ahead()] == [True, True]


def test_reading_ahead_answers_pings_and_closes() -> None:
    """Pongs and the answer to a Close go out while messages wait, and the messages are still there."""
    session = server()
    session.receive(b"".join(frame.to("server") for frame in (text("a"), ping(b"1"), text("b"), close(1000))), 0.0)
    assert session.read_ahead() is True
    assert [frame.first for frame in sent(session)] == [FIN | PONG, FIN | CLOSE]
    assert session.ended is not None
    assert [session.next_message(), session.next_message(), session.next_message()] == ["a", "b", None]


def test_counts() -> None:
    """What went through, whole and in fragments."""
    session = server()
    feed(session, text("ab"), binary(b"cde", fin=False), ping(), last(b"f"), pong(), binary(bytes(70_000)))
    session.send("abcd")
    session.send_fragment(b"e", final=False)
    session.send_fragment(b"f", final=True)
    session.ping(now=0.0)
    assert session.stats == SessionStats(3, 2, 70_006, 6, 1, 1, 1)


def test_a_message_is_encoded_at_once() -> None:
    """`encode` gives and counts what `send` queues, behind what waits already; not inside a fragmented message."""
    session = server()
    (frame,) = take_apart(session.encode("one"))
    assert (frame.first, frame.payload) == (FIN | TEXT, b"one")
    session.send("two")
    assert [frame.payload for frame in take_apart(session.encode(b"three"))] == [b"two", b"three"]
    assert session.data_to_send() == []
    assert session.stats == SessionStats(messages_sent=3, bytes_sent=11)
    session.send_fragment("four", final=False)
    assert len(sent(session)) == 1
    with pytest.raises(LocalProtocolError):
        session.encode("five")
    assert session.stats == SessionStats(messages_sent=3, bytes_sent=15)


# -- control frames ---------------------------------------------------------------------------------------------------


def test_pings_are_answered_in_their_place() -> None:
    """6455-5.5.3-1: a pong with the same octets for each, in order."""
    session = server()
    session.send("before")
    feed(session, ping(b"1"), ping(b"\xff" * 125), ping())
    session.send("behind")
    frames = sent(session)
    assert [frame.first for frame in frames] == [FIN | TEXT, FIN | PONG, FIN | PONG, FIN | PONG, FIN | TEXT]
    assert [frame.payload for frame in frames[1:4]] == [b"1", b"\xff" * 125, b""]


def test_pongs_that_wait_are_bounded() -> None:
    """§5.5.3: a flood that nobody takes from the queue leaves 64 pongs, the last of which answers the latest ping."""
    session = server()
    session.send("kept")
    feed(session, *[ping(b"%d" % number) for number in range(500)])
    session.send("kept, too")
    frames = sent(session)
    assert [frame.payload for frame in frames if frame.first == FIN | TEXT] == [b"kept", b"kept, too"]
    pongs = [frame.payload for frame in frames if frame.first == FIN | PONG]
    assert pongs == [b"%d" % number for number in range(63)] + [b"499"]
    feed(session, ping(b"500"))
    assert [frame.payload for frame in sent(session)] == [b"500"]


def test_pongs_are_told_from_what_cannot_wait() -> None:
    """Whether anything is to be sent, and whether that is nothing but pongs, which may wait for room."""
    session = server()
    assert (session.has_data_to_send, session.owes_only_pongs) == (False, True)
    feed(session, ping(b"1"), ping(b"2"))
    assert (session.has_data_to_send, session.owes_only_pongs) == (True, True)
    session.send("a")
    assert (session.has_data_to_send, session.owes_only_pongs) == (True, False)
    session.data_to_send()
    assert (session.has_data_to_send, session.owes_only_pongs) == (False, True)
    session.send("b")
    assert (session.has_data_to_send, session.owes_only_pongs) == (True, False)


def test_a_flood_of_control_frames_ends_the_connection() -> None:
    """Beyond the burst, without data to pay for it, it is 1008, with the place of the frame that was too much."""
    session = server(dataclasses.replace(LIMITS, max_control_burst=10))
    frames = [text("a"), *[ping(b"1"), pong(b"2")] * 10]
    assert feed(session, *frames) == ["a"]
    assert session.failure is not None
    assert (session.failure.requirement, session.failure.limit) == ("6455-10.4-1", "max_control_burst")
    assert (session.failure.fault, session.failure.offset) == (Fault.REMOTE, 7 + 10 * 7)
    assert session.ended == Ended(EndedBy.LOCAL, 1008, session.failure.message, session.failure, clean=False)
    assert sent(session)[-1].payload[:2] == (1008).to_bytes(2, "big")


@pytest.mark.parametrize("data", [[text("a")], [text("a", fin=False), last()], [binary(b"", fin=False), last(b"a")]])
def test_data_frames_pay_for_control_frames(data: list[Frame]) -> None:
    """A peer that sends data may ping as often as it sends."""
    session = server(dataclasses.replace(LIMITS, max_control_burst=2))
    for _ in range(200):
        feed(session, *data, *[ping()] * len(data))
    assert session.failure is None


def test_time_pays_for_control_frames() -> None:
    """At the allowed rate a peer may ping for ever."""
    session = server(dataclasses.replace(LIMITS, max_control_burst=2, control_frames_per_second=10.0))
    for number in range(300):
        feed(session, ping(), now=number / 10)
    assert session.failure is None
    for _ in range(10):
        feed(session, ping(), now=30.0)
    assert session.failure is not None


def test_a_ping_of_ours_tells_its_time() -> None:
    """The handle learns the round-trip time from its pong, whoever waits is told, and `latency` is the latest."""
    told: list[PingHandle] = []
    one, other = server(on_pong=told.append), client()
    first, second = one.ping(b"mine", now=1.0), one.ping(now=2.0)
    assert (first.payload, first.sent_at, first.rtt, one.latency) == (b"mine", 1.0, None, None)
    assert first.payload != second.payload
    exchange(one, other, now=5.0)
    assert told == [first, second]
    assert (first.rtt, second.rtt, one.latency) == (4.0, 3.0, 3.0)


def test_a_ping_s_payload_is_its_own() -> None:
    """One that is in flight is refused, and may be used again when its pong has come; wrong ones go nowhere."""
    session = server()
    session.ping(b"1", now=0.0)
    for wrong in (b"1", bytearray(b"1"), bytes(126), "text", 7):
        with pytest.raises(LocalProtocolError):
            session.ping(wrong, now=0.0)  # type: ignore[arg-type]
    assert len(sent(session)) == session.stats.pings_sent == 1
    feed(session, pong(b"1"))
    session.ping(memoryview(b"1"), now=0.0)  # type: ignore[arg-type]
    assert [frame.first for frame in sent(session)] == [FIN | PING]


# -- keepalive --------------------------------------------------------------------------------------------------------


def test_silence_is_asked_about_and_then_given_up() -> None:
    """A ping after the interval; after the timeout 1011, and the network connection is to be dropped."""
    session = server(now=100.0)
    assert session.next_deadline() == 120.0
    session.on_deadline(110.0)
    assert session.data_to_send() == []
    session.on_deadline(120.0)
    assert [frame.first for frame in sent(session)] == [FIN | PING]
    assert session.stats.pings_sent == 1
    assert session.next_deadline() == 125.0
    session.on_deadline(125.0)
    assert session.failure is not None
    assert (session.failure.close_code, session.failure.limit) == (1011, "ping_timeout")
    assert session.ended == Ended(EndedBy.LOCAL, 1011, session.failure.message, session.failure, clean=False)
    assert session.must_drop
    assert session.next_deadline() is None
    assert [frame.first for frame in sent(session)] == [FIN | CLOSE]


def test_any_octet_keeps_a_connection_alive() -> None:
    """Half a frame is a sign of life, and a pong answers the question."""
    session = server()
    session.receive(text("abc").to("server")[:3], 15.0)
    assert session.next_deadline() == 35.0
    session.on_deadline(35.0)
    (asked,) = sent(session)
    session.receive(text("abc").to("server")[3:] + pong(asked.payload).to("server"), 36.0)
    assert session.next_message() == "abc"
    assert session.next_message() is None
    assert session.latency == 1.0
    assert session.next_deadline() == 56.0
    session.heard(60.0)
    assert session.next_deadline() == 80.0


def test_the_time_begins_at_nought() -> None:
    """A session that is told no time counts from 0; whoever is told of pongs says so by name."""
    connection = Connection(SERVER, limits=LIMITS)
    session = Session(connection)
    assert (session.heard_at, session.next_deadline()) == (0.0, 20.0)
    assert Session(connection=connection, now=3.0).heard_at == 3.0
    with pytest.raises(TypeError):
        Session(connection, 0.0, print)  # type: ignore[call-arg]


def test_octets_that_were_read_in_place_are_a_sign_of_life() -> None:
    """So are those that land in the room that was given, if there were any."""
    session = server()
    data = binary(bytes(100_000)).to("server")
    session.receive(data[:50_000], 10.0)
    assert session.next_message() is None
    for now, count, heard_at in ((15.0, 1, 15.0), (16.0, 0, 15.0)):
        room = session.receive_buffer(1)
        assert room is not None
        room[:count] = data[50_000 : 50_000 + count]
        session.buffer_received(count, now)
        assert session.heard_at == heard_at
        assert session.next_deadline() == heard_at + 20.0
