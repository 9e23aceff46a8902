"""Large messages that are awaited whole; binary ones are read straight to where they are needed."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawws.core.connection import CLIENT, SERVER, Connection, ConnectionState
from rawws.core.events import BytesMessage, CloseConnection
from rawws.core.extensions import Extension
from rawws.core.limits import Limits
from rawws.core.octet_session import OctetSession
from rawws.core.session import Session

from tests.core.cuts import at, run_session
from tests.core.extending import agreed
from tests.core.lines_run import lines_run
from tests.core.octets import FIN, Frame, Role, binary, close, last, more, ping, text
from tests.core.peak import peak
from tests.core.sessions import ROLES, frames_in, octets

LIFTED = Limits(max_message_bytes=None)
KIB = 1024


def connection(role: Role, limits: Limits = LIFTED, extensions: list[Extension] | None = None) -> Connection:
    """A connection that has just been opened."""
    return Connection(SERVER if role == "server" else CLIENT, extensions, limits=limits)


def read_in_place(session: Session, chunks: list[bytes], minimum: int) -> list[str | bytes]:
    """Feed a session as a transport does that reads into its room wherever it gives some; take the messages."""
    messages = []
    for chunk in chunks:
        rest = chunk
        while rest:
            room = session.receive_buffer(minimum)
            if room is None:
                session.receive(rest, 0.0)
                rest = b""
            else:
                count = min(len(room), len(rest))
                room[:count] = rest[:count]
                session.buffer_received(count, 0.0)
                rest = rest[count:]
            while (message := session.next_message()) is not None:
                messages.append(message)
    return messages


_frames = st.sampled_from([
    binary(b"a" * 10),
    binary(bytes(range(256)) * 3),
    binary(b"b" * 70_000),
    binary(b""),
    text("Hello"),
    text("é" * 500),
    text(b"a" * 500 + b"\xff"),
    text("a" * 50_000),
    text("aé€\U0001f600" * 5000),
    text("é" * 20_000 + "a"),
    text(b"a" * 40_000 + b"\xff" + b"a" * 1000),
    text(b"a" * 40_000 + b"\xed\xa0\x80" + b"a" * 1000),
    text(b"a" * 40_000 + b"\xe2\x82"),
    binary(b"c" * 300, fin=False),
    more(b"d" * 300),
    last(b"e" * 300),
    ping(b"1"),
    close(1000),
    binary(b"f" * 100_000),
    Frame(0x83, b"a"),
])  # fmt: skip


@settings(derandomize=True, deadline=None, max_examples=200)
@given(
    role=st.sampled_from(ROLES),
    frames=st.lists(_frames, max_size=6),
    cut=st.integers(0, 400),
    places=st.lists(st.integers(0, 200_000), max_size=8),
    minimum=st.sampled_from([1, 2, 100, 1000, 65_536]),
    limit=st.sampled_from([None, 20, 500, 80_000]),
    deflate=st.booleans(),
)
def test_reading_in_place_says_what_reading_says(  # noqa: PLR0917  hypothesis names them
    role: Role, frames: list[Frame], cut: int, places: list[int], minimum: int, limit: int | None, deflate: bool
) -> None:
    """At any cut: the same messages, answers, failure, offset and end, handed over or read in place."""
    data = octets(role, *frames)[: -cut or None]
    limits = Limits(max_message_bytes=limit)

    def session() -> Session:
        return Session(connection(role, limits, [agreed()] if deflate else []))

    one, other = session(), session()
    expected = run_session(one, [data])
    assert read_in_place(other, at(data, places), minimum) == expected.messages
    assert frames_in(b"".join(other.data_to_send())) == frames_in(expected.sent)
    assert (other.ended, other.failure, other.stats) == (one.ended, one.failure, one.stats)
    assert other._connection.offset == one._connection.offset
    assert run_session(other, [None]).ended == run_session(one, [None]).ended


# Characters of each length, cut anywhere.
CHARACTERS = "aé€\U0001f600" * 4000


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("sent", "payload"), [(binary, b"a" * 100_000), (text, CHARACTERS)])
def test_a_large_message_is_one_frame(
    role: Role, sent: Callable[[str | bytes], Frame], payload: str | bytes
) -> None:
    """`next_frame(whole=True)` gives nothing of it until all has come, and then all."""
    data = sent(payload).to(role)
    end = connection(role)
    for start in range(0, len(data), 999):
        assert end.next_frame(whole=True) is None
        end.receive_data(data[start : start + 999])
    frame = end.next_frame(whole=True)
    assert frame is not None
    assert (frame.payload, frame.frame_finished, frame.message_finished) == (payload, True, True)
    assert end.at_rest is False
    assert end.next_frame(whole=True) is None
    assert end.at_rest
    assert end.offset == len(data)


@pytest.mark.parametrize("role", ROLES)
def test_a_session_waits_for_large_text(role: Role) -> None:
    """It gives nothing of it until all has come, however its characters are cut, and then all, as str or as octets."""
    data = text(CHARACTERS).to(role)
    for kind, expected in ((Session, CHARACTERS), (OctetSession, CHARACTERS.encode())):
        session = kind(connection(role))
        for start in range(0, len(data) - 999, 999):
            session.receive(data[start : start + 999], 0.0)
            assert session.next_message() is None
            assert session.receive_buffer(1) is None
            assert session.unfinished_bytes >= start
        session.receive(data[start + 999 :], 0.0)
        assert session.next_message() == expected
        assert session.at_rest
        assert session.stats.messages_received == 1


@pytest.mark.parametrize("how", ["whole", "octet by octet", "behind what is wrong"])
@pytest.mark.parametrize("wrong", [b"\xff", b"\xed\xa0", b"\xe2\x41", b"\xc0"])
def test_large_text_fails_with_its_first_wrong_octet(wrong: bytes, how: str) -> None:
    """What came before it is there for who takes chunks, and nothing behind it is awaited."""
    data = text(b"a" * 40_000 + wrong + b"a" * 40_000).to("server")
    for taking in ("messages", "chunks"):
        session = Session(connection("server"))
        start = 14 + 40_000 - 10
        session.receive(data[:start], 0.0)
        assert session.next_message() is None
        assert session.unfinished_bytes == 40_000 - 10
        assert session.failure is None
        stop = start + 10 + len(wrong)
        if how == "octet by octet":
            for place in range(start, stop):
                assert session.failure is None
                session.receive(data[place : place + 1], 0.0)
                if taking == "messages":
                    assert session.next_message() is None
        elif how == "whole":
            session.receive(data[start:stop], 0.0)
        else:
            session.receive(data[start:stop], 0.0)
            session.receive(data[stop : stop + 500], 0.0)
            session.receive(data[stop + 500 :], 0.0)
        if taking == "chunks":
            chunks = ""
            while (chunk := session.next_chunk()) is not None:
                chunks += str(chunk[0])
            assert chunks == "a" * 40_000
        else:
            assert session.next_message() is None
        assert session.failure is not None
        assert (session.failure.requirement, session.failure.offset) == ("6455-8.1-1", 0)


@pytest.mark.parametrize("landed", [False, True])
def test_who_asks_for_parts_gets_them(landed: bool) -> None:
    """What has come of a message that was awaited whole is given in part to who asks for parts, and then the rest."""
    data = binary(b"a" * 1000).to("server")
    end = connection("server")
    end.receive_data(data[:500])
    assert end.next_frame(whole=True) is None
    assert not end.at_rest
    if landed:
        room = end.receive_buffer(1)
        assert room is not None
        end.buffer_received(0)
    part = end.next_frame()
    assert part is not None
    assert (part.payload, part.frame_finished) == (b"a" * 492, False)
    assert end.next_frame() is None
    assert end.at_rest
    end.receive_data(data[500:])
    rest = end.next_frame(whole=True)
    assert rest is not None
    assert (rest.payload, rest.message_finished) == (b"a" * 508, True)


def test_a_session_gives_chunks_as_they_come() -> None:
    """`next_chunk` does not wait for the whole, also after `read_ahead` has, and `next_message` skips what is left."""
    data = binary(b"a" * 1000).to("server")
    session = Session(connection("server"))
    session.receive(data[:500], 0.0)
    assert session.read_ahead()
    assert session.next_chunk() == (b"a" * 492, False)
    assert session.receive_buffer(1) is None
    session.receive(data[500:] + text("next").to("server"), 0.0)
    assert session.next_message() == "next"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", [binary, text])
def test_a_chunk_is_given_when_only_the_header_had_come(role: Role, kind: Callable[..., Frame]) -> None:
    """Who takes chunks, and has looked when there was a header and nothing else, is given what comes behind it."""
    data = kind(b"a" * 100_000).to(role)
    for awaited in (False, True):
        session = Session(connection(role))
        session.receive(data[: len(data) - 100_000], 0.0)
        assert not awaited or session.next_message() is None
        assert session.next_chunk() is None
        chunks = []
        for place in range(len(data) - 100_000, len(data), 20_000):
            session.receive(data[place : place + 20_000], 0.0)
            chunk = session.next_chunk()
            assert chunk is not None
            chunks.append((len(chunk[0]), chunk[1]))
        assert chunks == [(20_000, False)] * 4 + [(20_000, True)]


@pytest.mark.parametrize(
    "begin",
    [
        text("a" * 1000).to("server")[:500],
        binary(b"a" * 1000, fin=False).to("server")[:500],
        binary(b"a" * 1000).to("server")[:5],
        (binary(b"a" * 10, fin=False).to("server") + last(b"a" * 1000).to("server"))[:500],
        ping(b"a" * 100).to("server")[:50],
        binary(b"a").to("server"),
        b"",
    ],
)
def test_room_is_given_for_whole_binary_messages_only(begin: bytes) -> None:
    """Text fails at its first wrong octet, fragments are put together, and before a header is whole nobody knows."""
    end = connection("server")
    end.receive_data(begin)
    while end.next_frame(whole=True) is not None:
        pass
    assert end.receive_buffer(1) is None
    end.buffer_received(0)


def test_room_is_given_for_enough_only() -> None:
    """Less than the transport finds worth while is not read in place."""
    end = connection("server")
    end.receive_data(binary(b"a" * 1000).to("server")[:508])
    assert end.receive_buffer(1) is None  # nobody has asked for the message yet
    assert end.next_frame(whole=True) is None
    assert end.receive_buffer(501) is None
    room = end.receive_buffer(500)
    assert room is not None
    assert len(room) == 500
    end.buffer_received(1)
    assert end.receive_buffer(500) is None


def test_octets_behind_the_message_are_not_lost() -> None:
    """Octets that are handed over while a message is read in place go to it first, and then to what follows."""
    data = binary(b"a" * 1000).to("server")
    session = Session(connection("server"))
    session.receive(data[:100], 0.0)
    assert session.next_message() is None
    assert session.receive_buffer(1) is not None
    session.buffer_received(0, 0.0)
    session.receive(data[100:] + text("next").to("server") + b"\x81", 0.0)
    assert session.next_message() == b"a" * 1000
    assert session.next_message() == "next"
    assert session._connection.buffered_bytes == 1


@pytest.mark.parametrize("closing", [False, True])
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
@pytest.mark.parametrize(("sent", "payload"), [(binary, b"a" * 40_000), (text, "a" * 40_000)])
def test_octets_behind_the_message_may_come_in_pieces(
    sent: Callable[[str | bytes], Frame],
    payload: str | bytes,
    kind: Callable[[bytes], bytes | bytearray | memoryview],
    closing: bool,
) -> None:
    """What comes in one piece with the end of a message that was awaited is there also when the next piece has come."""
    data = sent(payload).to("server")
    session = Session(connection("server"))
    session.receive(data[:500], 0.0)
    assert session.next_message() is None
    if closing:
        session.close(now=0.0)
    session.receive(kind(data[500:] + text("one").to("server")), 0.0)
    session.receive(text("two").to("server"), 0.0)
    session.receive(kind(text("three").to("server")), 0.0)
    assert [session.next_message() for _ in range(5)] == [payload, "one", "two", "three", None]


@pytest.mark.parametrize("how", ["failure", "end"])
def test_the_room_goes_with_the_connection(how: str) -> None:
    """When nothing more will be read there is no room, and what lay there is forgotten."""
    session = Session(connection("server"))
    session.receive(binary(b"a" * 1000).to("server")[:100], 0.0)
    assert session.next_message() is None
    room = session.receive_buffer(1)
    assert room is not None
    if how == "failure":
        session.fail(1011, "enough")
    else:
        session.receive(None, 0.0)
        assert session.next_message() is None
        assert session.state is ConnectionState.CLOSED
    session.buffer_received(0, 0.0)
    assert session.receive_buffer(1) is None
    assert session._connection.buffered_bytes == 0


def test_an_extension_that_is_not_ours_gets_every_part() -> None:
    """What changes payloads as they come is shown them as they come."""

    class Counting(Extension):
        name = "counting"

        def enabled(self) -> bool:
            return True

        def offer(self) -> bool:
            return True

    end = connection("client", extensions=[Counting()])
    end.receive_data(binary(b"a" * 1000).to("client")[:500])
    frame = end.next_frame(whole=True)
    assert frame is not None
    assert len(frame.payload) == 496
    assert end.receive_buffer(1) is None


@pytest.mark.parametrize("come", [0, 1, 1000, 200_000])
def test_memory_is_given_for_what_has_come(come: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A header that announces 2⁶²-1 octets, under lifted limits, gets 64 KiB or a few times what has come."""
    monkeypatch.setattr("rawws.core.landing._spare", [])
    end = connection("server")
    octets = Frame(FIN | 2, bytes(come), (1 << 62) - 1).to("server")

    def read() -> None:
        end.receive_data(octets)
        assert end.next_frame(whole=True) is None
        room = end.receive_buffer(1)
        assert room is not None
        assert len(room) >= 1
        end.buffer_received(0)

    assert peak(read) < 80 * KIB + 7 * come


@pytest.mark.parametrize("in_place", [False, True])
def test_octet_by_octet_is_linear(in_place: bool) -> None:
    """Twice the octets of a message that is awaited whole, each of its own, run twice the lines."""

    def read(size: int) -> None:
        session = Session(connection("server"))
        data = binary(bytes(size)).to("server")
        chunks = at(data, range(len(data)))
        if in_place:
            assert read_in_place(session, chunks, 1) == [bytes(size)]
        else:
            assert run_session(session, chunks).messages == [bytes(size)]

    assert lines_run(lambda: read(1200)) < 2.5 * lines_run(lambda: read(600))


def test_random_transports_agree() -> None:
    """Transports that change their mind about how to read, in the middle of messages, lose nothing."""
    rng = random.Random(1)
    messages = [rng.randbytes(rng.choice([0, 5, 200, 66_000, 300_000])) for _ in range(30)]
    data = b"".join(binary(message).to("server") for message in messages)
    session = Session(connection("server"))
    got: list[str | bytes] = []
    position = 0
    while position < len(data):
        size = rng.choice([1, 100, 10_000, 65_536])
        room = session.receive_buffer(rng.choice([1, 1000, 100_000])) if rng.random() < 0.7 else None
        if room is None:
            session.receive(data[position : position + size], 0.0)
            position += size
        else:
            count = min(len(room), size)
            room[:count] = data[position : position + count]
            session.buffer_received(count, 0.0)
            position += count
        while (message := session.next_message()) is not None:
            got.append(message)
    assert got == messages


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_a_message_ends_with_whatever_kind_of_octets(kind: Callable[[bytes], bytes | bytearray | memoryview]) -> None:
    """A message that lands is told as soon as its last octets come, whatever holds them, and with what is behind it."""
    for frame, message in ((binary(b"a" * 100_000), b"a" * 100_000), (text("a" * 100_000), "a" * 100_000)):
        data = frame.to("server") + text("b").to("server")
        for place in (99_000, len(data) - 7, len(data)):
            session = Session(connection("server"))
            session.receive(data[:50_000], 0.0)
            assert session.next_message() is None
            session.receive(kind(data[50_000:place]), 0.0)
            session.receive(kind(data[place:]), 0.0)
            assert [session.next_message(), session.next_message()] == [message, "b"]


def test_events_come_in_parts_also_when_somebody_waited_for_the_whole() -> None:
    """Who takes events gets what has come, though a message was awaited whole before."""
    end = connection("server")
    end.receive_data(binary(b"a" * 1000).to("server")[:508])
    assert end.next_frame(whole=True) is None
    (event,) = end.events()
    assert event == BytesMessage(b"a" * 500, frame_finished=False, message_finished=False)


@pytest.mark.parametrize("size", [1000, 100_000])
def test_what_has_landed_is_told_before_the_end(size: int) -> None:
    """Who takes events gets what had come of a message that was awaited whole when the peer has gone."""
    end = connection("server")
    end.receive_data(binary(b"a" * size).to("server")[:508])
    assert end.next_frame(whole=True) is None
    assert end.receive_buffer(1) is not None
    end.buffer_received(0)
    come = end.buffered_bytes
    end.receive_data(None)
    assert list(end.events()) == [
        BytesMessage(b"a" * come, frame_finished=False, message_finished=False),
        CloseConnection(1006),
    ]
