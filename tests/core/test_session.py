"""Whole messages in and out, and all that a transport would otherwise do by itself while a connection is open."""

from __future__ import annotations

import dataclasses

import pytest

from rawws.core.connection import ConnectionState
from rawws.core.errors import LocalProtocolError
from rawws.core.failure import Fault
from rawws.core.limits import Limits
from rawws.core.session import Ended, EndedBy, PingHandle, SessionStats

from tests.core.cuts import bytewise
from tests.core.octets import (
    BINARY,
    CLOSE,
    FIN,
    PING,
    PONG,
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
from tests.core.sessions import LIMITS, client, exchange, feed, sent, server

# -- messages ---------------------------------------------------------------------------------------------------------


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
