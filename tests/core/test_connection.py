"""RFC 6455 §5 to §7 as events: what embedders of wsproto rely on.

The states are tested in test_states_table, what octets mean in test_battery_frames.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from rawws.core.connection import CLIENT, SERVER, Connection, ConnectionState, ConnectionType
from rawws.core.errors import LocalProtocolError
from rawws.core.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Message,
    Ping,
    Pong,
    RejectConnection,
    Request,
    TextMessage,
)
from rawws.core.failure import Failure
from rawws.core.frame_protocol import CloseReason, Opcode
from rawws.core.limits import Limits
from rawws.core.session import Session

from tests.core.octets import (
    BINARY,
    CLOSE,
    CONTINUATION,
    FIN,
    PING,
    PONG,
    TEXT,
    Frame,
    binary,
    close,
    ping,
    take_apart,
    text,
)

OPEN, LOCAL_CLOSING, REMOTE_CLOSING, CLOSED = (
    ConnectionState.OPEN,
    ConnectionState.LOCAL_CLOSING,
    ConnectionState.REMOTE_CLOSING,
    ConnectionState.CLOSED,
)


def server(*frames: Frame, limits: Limits | None = None) -> Connection:
    """A server that has got these frames."""
    connection = Connection(SERVER, limits=limits or Limits())
    connection.receive_data(b"".join(frame.to("server") for frame in frames))
    return connection


# -- sending ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [CLIENT, SERVER])
def test_events_become_frames(role: ConnectionType) -> None:
    """Each event is the frame that §5 has for it; a client's are masked."""
    connection = Connection(role)
    sent = [
        (TextMessage("é"), FIN | TEXT, "é".encode()),
        (BytesMessage(b"\xff"), FIN | BINARY, b"\xff"),
        (TextMessage("a", message_finished=False), TEXT, b"a"),
        (Ping(b"1"), FIN | PING, b"1"),
        (Pong(b"2"), FIN | PONG, b"2"),
        (TextMessage("b", message_finished=False), CONTINUATION, b"b"),
        (TextMessage("c"), FIN, b"c"),
        (CloseConnection(1000, "bye"), FIN | CLOSE, b"\x03\xe8bye"),
    ]
    event: Any
    for event, first, payload in sent:
        (frame,) = take_apart(connection.send(event))
        assert (frame.first, frame.payload) == (first, payload)
        assert (frame.key is not None) is (role is CLIENT)


@pytest.mark.parametrize(
    "event",
    [
        TextMessage("\ud800"),
        TextMessage(7),  # type: ignore[arg-type]
        BytesMessage(None),  # type: ignore[arg-type]
        Message("data"),
        Ping(bytes(126)),
        Ping("text"),  # type: ignore[arg-type]
        Pong(bytes(126)),
        CloseConnection(999),
        CloseConnection(5000),
        CloseConnection(1000, "\ud800"),
        CloseConnection("1000"),  # type: ignore[arg-type]
        CloseConnection([1000]),  # type: ignore[arg-type]
        Request(host="h", target="/"),
        AcceptConnection(),
        RejectConnection(),
        Event(),
        None,
        "text",
    ],
)
def test_what_cannot_be_sent_changes_nothing(event: Event) -> None:
    """Only LocalProtocolError comes of it; the connection is as it was, before and inside a message."""
    if type(event) is Message:
        assert take_apart(Connection(SERVER).send(event))[0].first == FIN | TEXT  # wsproto sends it, too
        return
    connection = Connection(SERVER)
    with pytest.raises(LocalProtocolError):
        connection.send(event)
    assert connection.state is OPEN
    connection.send(TextMessage("a", message_finished=False))
    with pytest.raises(LocalProtocolError):
        connection.send(event)
    assert take_apart(connection.send(TextMessage("b")))[0].first == FIN
    assert connection.state is OPEN


def test_nothing_follows_our_close_but_pongs() -> None:
    """6455-5.5.1-2: no data behind a Close, no second Close; a pong is still owed (6455-5.5.2-1)."""
    connection = Connection(SERVER)
    connection.send(CloseConnection(1000))
    assert connection.state is LOCAL_CLOSING
    for event in (TextMessage("a"), BytesMessage(b"a"), Ping(), CloseConnection(1000)):
        with pytest.raises(LocalProtocolError):
            connection.send(event)
    with pytest.raises(LocalProtocolError):
        connection.send_data("a", final=True)
    connection.receive_data(ping(b"?").to("server"))
    for asked in connection.events():
        assert isinstance(asked, Ping)
        assert take_apart(connection.send(asked.response()))[0].payload == b"?"


def test_data_without_an_event() -> None:
    """`send_data` writes what `send` writes, and refuses what it refuses."""
    one, other = Connection(SERVER), Connection(SERVER)
    for data, final in (("a", False), ("b", True), (b"c", True), (b"", True)):
        event = TextMessage(data) if isinstance(data, str) else BytesMessage(data)
        event = dataclasses.replace(event, message_finished=final)
        assert one.send_data(data, final=final) == other.send(event)
    with pytest.raises(LocalProtocolError):
        one.send_data(7, final=True)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "body"),
    [(CloseReason.NO_STATUS_RCVD, b""), (0, b""), (1006, b"\x03\xe8"), (1015, b"\x03\xe8"), (1014, b"\x03\xf6")],
)
def test_the_mappings_of_close_codes(code: int, body: bytes) -> None:
    """What wsproto's users rely on: 1005 and 0 are an empty Close, other local codes 1000; 1014 is a registered one."""
    assert take_apart(Connection(SERVER).send(CloseConnection(code)))[0].payload == body


# -- receiving --------------------------------------------------------------------------------------------------------


def test_events_are_parsed_when_they_are_asked_for() -> None:
    """What the application does in answer to one event holds before the next is looked at."""
    connection = server(text("a"), ping(b"1"), text("b"), text(b"\xff"))
    events = connection.events()
    assert next(events) == TextMessage("a")
    assert next(events) == Ping(b"1")
    connection.send(Pong(b"1"))
    assert next(events) == TextMessage("b")
    assert (connection.state, connection.failure) == (OPEN, None)
    connection.send(TextMessage("answer"))
    assert isinstance(next(events), CloseConnection)
    assert connection.state is REMOTE_CLOSING
    assert list(events) == []


def test_an_iterator_may_be_left_and_another_taken() -> None:
    """No event is lost or told twice when several iterators take turns."""
    connection = server(*[text(str(number)) for number in range(10)])
    told = [next(connection.events()) for _ in range(4)]
    one, other = connection.events(), connection.events()
    told += [next(one), next(other), next(one), *other, *one]
    assert [event.data for event in told if isinstance(event, TextMessage)] == [str(number) for number in range(10)]


def test_octets_may_come_while_events_are_taken() -> None:
    """An iterator goes on with what has come since."""
    connection = server(text("a"))
    told = []
    for event in connection.events():
        told.append(event)
        if len(told) < 4:
            connection.receive_data(ping(b"%d" % len(told)).to("server"))
    assert told == [TextMessage("a"), Ping(b"1"), Ping(b"2"), Ping(b"3")]


@pytest.mark.parametrize("size", [10, 5000, 300_000])
@pytest.mark.parametrize("view", ["B", "b", "c", "?", "I", "@I", "2 rows", "every other"])
@pytest.mark.parametrize("face", ["events", "session"])
def test_a_view_of_anything_is_its_octets(face: str, view: str, size: int) -> None:
    """A memoryview of any format and shape brings the octets that it shows, also of a message that lands."""
    payload = bytes(range(256)) * (size // 256) + bytes(size % 256)
    octets = binary(payload).to("server") + ping(b"behind").to("server")
    octets += ping(bytes(-(len(octets) + 6) % 4)).to("server")
    received: list[object] = []
    connection = Connection(SERVER)
    session = Session(connection)
    for at in range(0, len(octets), 4096):
        piece = octets[at : at + 4096]
        if view == "2 rows":
            shown = memoryview(piece).cast("B", (2, len(piece) // 2))
        elif view == "every other":
            shown = memoryview(bytes(octet for each in piece for octet in (each, 0)))[::2]
        else:
            shown = memoryview(piece).cast(view)  # type: ignore[call-overload]  # one of its formats
        if face == "session":
            session.receive(shown, 0.0)
            received += iter(session.next_message, None)
        else:
            connection.receive_data(shown)
            received += [event.data for event in connection.events() if isinstance(event, BytesMessage)]
    assert b"".join(received) == payload  # type: ignore[arg-type]  # bytes
    assert connection.offset == len(octets)


def test_a_view_of_one_octet_is_that_octet() -> None:
    """A memoryview without a dimension has no length, and one octet, also of a message that lands."""
    data = binary(bytes(40_000)).to("server")
    session = Session(Connection(SERVER))
    for at in (*range(10), len(data) - 2, len(data) - 1):
        session.receive(memoryview(data[at : at + 1]).cast("B", ()), 0.0)
        if at == 9:
            session.receive(data[10:-2], 0.0)
        assert session.next_message() == (bytes(40_000) if at == len(data) - 1 else None)


def test_what_came_with_the_handshake_is_read() -> None:
    """Octets behind the 101 or the request are the first of the connection."""
    connection = Connection(CLIENT, trailing_data=text("early").to("client") + ping().to("client")[:1])
    assert list(connection.events()) == [TextMessage("early")]
    connection.receive_data(ping().to("client")[1:])
    assert list(connection.events()) == [Ping(b"")]


def test_the_peer_s_close_can_be_answered_once() -> None:
    """The event has a response; then the connection is CLOSED, and octets are a mistake of ours."""
    connection = server(close(1001, "bye"), text("later"))
    (event,) = connection.events()
    assert event == CloseConnection(1001, "bye")
    assert isinstance(event, CloseConnection)
    connection.receive_data(text("later").to("server"))
    assert list(connection.events()) == []
    assert take_apart(connection.send(event.response()))[0].payload == b"\x03\xe9bye"
    assert connection.state is CLOSED
    with pytest.raises(LocalProtocolError):
        connection.receive_data(b"")
    with pytest.raises(LocalProtocolError):
        connection.send(event.response())


def test_a_subclass_may_append_events() -> None:
    """Embedders put events of their own into `_events`: they come out in their order."""

    class Chatty(Connection):
        def receive_data(self, data: bytes | bytearray | memoryview | None) -> None:
            super().receive_data(data)
            self._events.append(Pong(b"mine"))

    connection = Chatty(CLIENT)
    connection.receive_data(text("a").to("client"))
    assert list(connection.events()) == [Pong(b"mine"), Pong(b"mine"), TextMessage("a")]


def test_a_message_is_not_copied_event_by_event() -> None:
    """A chunk that completes no frame is one event, whatever its size, and one that holds many frames one each."""
    connection = Connection(CLIENT)
    data = binary(bytes(200_000)).to("client")
    counts = []
    for start in range(0, len(data), 65536):
        connection.receive_data(data[start : start + 65536])
        counts.append(len(list(connection.events())))
    assert counts == [1, 1, 1, 1]


def test_a_connection_is_at_rest_when_all_has_been_told() -> None:
    """With half a frame it is; with octets that nobody has looked at, and with an end that nobody was told of, not."""
    connection = Connection(connection_type=SERVER, extensions=[], trailing_data=b"", limits=Limits())
    connection.receive_data(text("ab").to("server")[:4])
    assert connection.at_rest is False
    assert list(connection.events()) == []
    assert connection.at_rest is True
    connection.receive_data(None)
    assert connection.at_rest is False
    assert list(connection.events()) == [CloseConnection(CloseReason.ABNORMAL_CLOSURE)]


def test_what_a_flag_means_is_said() -> None:
    """Limits, and whether to wait for the whole of a message, are given by name."""
    connection = server(binary(b"ab")._replace(come=7))
    with pytest.raises(TypeError):
        connection.next_frame(True)  # type: ignore[call-arg]
    assert connection.next_frame(whole=True) is None
    with pytest.raises(TypeError):
        Connection(SERVER, [], b"", Limits())  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("frame", "code"), [(close(1001, "bye"), 1001), (Frame(0x83), 1002), (text(b"\xff"), 1007), (None, 1006)]
)
def test_an_end_is_one_whole_frame(frame: Frame | None, code: int) -> None:
    """A Close frame, and what stands in for one at a violation or at the end of the stream, are complete."""
    connection = server(*([frame] if frame else [text("a")._replace(come=3)]))
    if frame is None:
        connection.receive_data(None)
    told = connection.next_frame()
    assert told is not None
    assert (told.opcode, told.payload[0]) == (Opcode.CLOSE, code)
    assert (told.frame_finished, told.message_finished) == (True, True)
    assert connection.next_frame() is None


# -- the end of the stream --------------------------------------------------------------------------------------------


def test_an_end_without_a_close_is_1006_once() -> None:
    """6455-7.1.5-1; told a second time it is no news."""
    connection = server(text("a"))
    assert list(connection.events()) == [TextMessage("a")]
    connection.receive_data(None)
    assert connection.state is CLOSED
    connection.receive_data(None)
    assert list(connection.events()) == [CloseConnection(CloseReason.ABNORMAL_CLOSURE)]
    connection.receive_data(None)
    assert list(connection.events()) == []
    assert connection.failure is None


def test_what_came_before_the_end_is_told_first() -> None:
    """Whole messages and a Close that nobody has looked at yet come out before the end, and instead of it."""
    connection = server(text("a"), ping(b"1"), binary(b"b")._replace(come=7))
    connection.receive_data(None)
    events = connection.events()
    assert next(events) == TextMessage("a")
    assert connection.state is OPEN
    connection.send(TextMessage("answer"))
    assert [type(event) for event in events] in ([Ping, CloseConnection], [Ping, BytesMessage, CloseConnection])
    assert connection.state is CLOSED

    connection = server(text("a"), close(1000, "bye"))
    connection.receive_data(None)
    assert list(connection.events()) == [TextMessage("a"), CloseConnection(1000, "bye")]
    assert connection.state is CLOSED
    connection.receive_data(None)
    assert list(connection.events()) == []


def test_the_state_does_not_depend_on_when_events_are_taken() -> None:
    """Close and end of stream, looked at together or one after the other: CLOSED, and one event."""
    for between in (True, False):
        connection = server(close(1000))
        told = list(connection.events()) if between else []
        connection.receive_data(None)
        told += connection.events()
        assert told == [CloseConnection(1000, "")]
        assert connection.state is CLOSED


# -- failures ---------------------------------------------------------------------------------------------------------


def test_failing_for_a_reason_of_one_s_own() -> None:
    """`fail` stops reading and lets one Close out; it is a no-op once the connection has failed or ended."""
    failure = Failure("6455-10.4-1", "too much", 1008, offset=3)
    connection = server(text("a"), text("b", fin=False), text("c")._replace(come=3))
    assert next(connection.events()) == TextMessage("a")
    connection.fail(failure)
    assert (connection.state, connection.failure) == (REMOTE_CLOSING, failure)
    assert list(connection.events()) == []
    connection.fail(dataclasses.replace(failure, message="again"))
    assert connection.failure is failure
    assert take_apart(connection.send(CloseConnection(1008)))[0].payload == b"\x03\xf0"
    assert connection.state is CLOSED

    closing = server()
    closing.send(CloseConnection(1000))
    closing.fail(failure)
    assert (closing.state, closing.failure) == (CLOSED, failure)

    over = server(close(1000))
    list(over.events())
    over.fail(failure)
    assert over.failure is None


def test_the_event_of_a_failure_can_be_sent_back() -> None:
    """A violation is told as the very Close to send: embedders answer it with `response()`."""
    for frame, code in ((Frame(0x83), 1002), (text(b"\xff"), 1007), (binary(bytes(11)), 1009)):
        connection = server(frame, limits=Limits(max_message_bytes=10))
        (event,) = connection.events()
        assert isinstance(event, CloseConnection)
        assert event.code == code
        assert type(event.code) is CloseReason
        assert take_apart(connection.send(event.response()))[0].payload[:2] == code.to_bytes(2, "big")


def test_what_a_connection_says_of_itself() -> None:
    """Its text names the role and the state."""
    assert repr(Connection(CLIENT)) == "Connection(client=True, state=ConnectionState.OPEN)"
    assert Connection(SERVER).client is False
