"""Whatever octets come and whatever is called: only LocalProtocolError and RemoteProtocolError leave the core.

"Whatever" is meant: octets that are no HTTP, calls in the wrong order, arguments of the wrong type. An error that is
neither of the two (or of `ParseFailed`, at the codec, which says so) would end somebody's process.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawws.core import WSConnection
from rawws.core.connection import CLIENT, SERVER, ConnectionType
from rawws.core.errors import LocalProtocolError, RemoteProtocolError, WrongType, WrongValue
from rawws.core.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Message,
    Ping,
    Pong,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)
from rawws.core.extensions import Extension, PerMessageDeflate
from rawws.core.frame_protocol import FrameProtocol, ParseFailed
from rawws.core.headers import parse_origin, same_origin
from rawws.core.limits import Limits
from rawws.core.negotiation import client_extensions_handshake, server_extensions_handshake
from rawws.core.session import Session
from rawws.core.utilities import split_comma_header
from rawws.testing import Cut, handshake
from rawws.testing.frames import close, text
from rawws.testing.handshake import accept_token, header
from rawws.testing.strategies import (
    Stream,
    cuts,
    header_values,
    limits,
    octets,
    refusals,
    requests,
    responses,
    right_requests,
    streams,
    surrogates,
    texts,
)
from rawws.testing.strategies.handshake import ACCEPT

from fuzz.budget import examples

DOCUMENTED = (LocalProtocolError, RemoteProtocolError)

#: What somebody could pass by mistake, for anything.
ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 1 << 65),
    st.floats(),
    texts(),
    surrogates(),
    octets(),
    st.just(memoryview(b"view")),
    st.just(bytearray(b"array")),
    st.just([]),
    st.just([("a", "b")]),
    st.just([(b"Host", b"x")]),
    st.just([1]),
    st.just(object()),
)


class Odd(Extension):
    """An extension that answers whatever it was told to answer."""

    name = "odd"

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def enabled(self) -> bool:
        """It is."""
        return True

    def offer(self) -> bool | str:
        """As it says."""
        return self.answer  # type: ignore[return-value]

    def accept(self, offer: str) -> bool | str | None:  # noqa: ARG002  wsproto's signature
        """As it says."""
        return self.answer  # type: ignore[return-value]


EXTENSIONS: st.SearchStrategy[Any] = st.one_of(
    st.just([]), st.builds(lambda: [PerMessageDeflate()]), ANYTHING.map(lambda answer: [Odd(answer)]), ANYTHING
)
HEADERS = st.one_of(st.just([]), st.lists(st.tuples(ANYTHING, ANYTHING), max_size=2), ANYTHING)
#: Every event with every field right or of any kind.
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(TextMessage, data=st.one_of(texts(), ANYTHING), message_finished=st.booleans()),
    st.builds(BytesMessage, data=st.one_of(octets(), ANYTHING), message_finished=st.booleans()),
    st.builds(Message, data=ANYTHING),
    st.builds(Ping, payload=st.one_of(octets(), ANYTHING, st.just(bytes(126)))),
    st.builds(Pong, payload=st.one_of(octets(), ANYTHING, st.just(bytes(126)))),
    st.builds(
        CloseConnection,
        code=st.one_of(st.sampled_from([0, 1000, 1001, 1004, 1005, 1006, 1015, 3000, 5000]), ANYTHING),
        reason=st.one_of(st.none(), texts(60), ANYTHING),
    ),
    st.builds(
        Request,
        host=st.one_of(st.sampled_from(["h", "bücher.example:1", "\u2024", "a" * 300, ""]), ANYTHING),
        target=st.one_of(st.just("/"), texts(), ANYTHING),
        extensions=EXTENSIONS,
        extra_headers=HEADERS,
        subprotocols=st.one_of(st.just([]), st.lists(texts(5), max_size=2), ANYTHING),
    ),
    st.builds(
        AcceptConnection,
        subprotocol=st.one_of(st.none(), texts(3), ANYTHING),
        extensions=EXTENSIONS,
        extra_headers=HEADERS,
    ),
    st.builds(
        RejectConnection,
        status_code=st.one_of(st.sampled_from([101, 204, 304, 403, 426, 600]), ANYTHING),
        headers=st.one_of(HEADERS, st.just([(b"content-length", b"3")]), st.just([("Transfer-Encoding", "chunked")])),
        has_body=st.booleans(),
    ),
    st.builds(RejectData, data=st.one_of(octets(), ANYTHING), body_finished=st.booleans()),
)

#: A 101 with a place for the token.
ACCEPTANCE = b"\r\n".join([
    b"HTTP/1.1 101 x", b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Accept: " + ACCEPT, b"", b""
])  # fmt: skip

#: One call: its name and its argument.
Call = tuple[str, Any]

RECEIVED = st.one_of(
    octets(),
    st.none(),
    requests().map(lambda head: head.octets),
    right_requests().map(lambda head: head.octets),
    responses().map(lambda head: head.octets),
    refusals(),
    streams().map(lambda stream: stream.octets),
    ANYTHING,
)
CALLS: st.SearchStrategy[list[Call]] = st.lists(
    st.one_of(
        st.tuples(st.just("send"), EVENTS),
        st.tuples(st.just("receive_data"), RECEIVED),
        st.tuples(st.just("events"), st.none()),
        st.tuples(st.just("initiate"), st.tuples(HEADERS, st.one_of(st.just(b"/"), ANYTHING))),
    ),
    min_size=1,
    max_size=8,
)


def documented(function: Callable[..., object], *arguments: object) -> bool:
    """Call it; whether it returned. Only the documented errors are caught."""
    try:
        function(*arguments)
    except DOCUMENTED:
        return False
    return True


#: Calls that bring a connection into one state after the other, so that not every run begins at the beginning.
BEGINNINGS: dict[ConnectionType, list[Call]] = {
    SERVER: [
        ("receive_data", handshake.request()),
        ("events", None),
        ("send", AcceptConnection()),
        ("receive_data", text("a").to("server") + close(1000).to("server")),
        ("events", None),
    ],
    CLIENT: [
        ("send", Request(host="h", target="/")),
        ("receive_data", ACCEPTANCE),
        ("events", None),
        ("receive_data", text("a").to("client") + close(1000).to("client")),
        ("events", None),
    ],
}


@examples(6)
@given(st.sampled_from([CLIENT, SERVER]), st.integers(0, 5), limits(), st.booleans(), CALLS)
def test_of_a_connection(
    role: ConnectionType,
    begun: int,
    bounds: Limits,
    skip: bool,  # noqa: FBT001  drawn
    calls: list[Call],
) -> None:
    """Any calls in any order with any arguments, in every state: no other error leaves a WSConnection.

    And what `send` refuses changes nothing.
    """
    ws = WSConnection(role, limits=bounds, skip_informational=skip)
    token = b""
    for name, argument in [*BEGINNINGS[role][:begun], *calls]:
        before = (ws.state, ws.failure)
        if name == "send":
            try:
                sent = ws.send(argument)
                assert type(sent) is bytes
                token = accept_token(header(sent, b"sec-websocket-key")) if isinstance(argument, Request) else token
            except LocalProtocolError:
                assert (ws.state, ws.failure) == before
        elif name == "receive_data":
            data = argument.replace(ACCEPT, token) if isinstance(argument, bytes) else argument
            documented(ws.receive_data, data)
        elif name == "events":
            for event in ws.events():
                assert isinstance(event, Event)
        else:
            documented(ws.initiate_upgrade_connection, *argument)


@examples(3)
@given(streams(), limits(), cuts(), st.lists(EVENTS, max_size=6))
def test_of_an_open_connection(stream: Stream, bounds: Limits, cut: Cut, sending: list[Event]) -> None:
    """Sending in between whatever comes: no other error leaves, and none at all leaves `events()`."""
    connection = stream.connection(bounds)
    for chunk in stream.chunks(cut):
        documented(connection.receive_data, chunk)
        for _ in connection.events():
            if sending:
                documented(connection.send, sending.pop())
    for event in sending:
        documented(connection.send, event)


CODES = st.one_of(st.sampled_from([1000, 1004, 1011]), ANYTHING)
SESSION_CALLS: st.SearchStrategy[list[Call]] = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.one_of(texts(), octets(), ANYTHING)),
        st.tuples(st.just("fragment"), st.tuples(st.one_of(texts(), octets(), ANYTHING), st.booleans())),
        st.tuples(st.just("ping"), st.one_of(octets(), ANYTHING)),
        st.tuples(st.sampled_from(["close", "fail"]), st.tuples(CODES, st.one_of(texts(), ANYTHING))),
        st.tuples(st.just("receive"), st.one_of(octets(), st.none())),
        st.tuples(st.just("take"), st.sampled_from(["next_message", "next_chunk", "read_ahead", "skip_rest"])),
        st.tuples(st.just("time"), st.sampled_from([0.0, 1.0, 25.0, 1e6])),
        st.tuples(st.just("flush"), st.none()),
    ),
    max_size=10,
)


def call_session(session: Session, call: Call, now: float) -> float:
    """Make one call; the time after it."""
    name, argument = call
    if name == "send":
        documented(session.send, argument)
    elif name == "fragment":
        documented(session.send_fragment, *argument)
    elif name == "ping":
        documented(lambda: session.ping(argument, now=now))
    elif name == "close":
        documented(lambda: session.close(*argument, now=now))
    elif name == "fail":
        documented(session.fail, *argument)
    # What comes from the network, or from the clock, raises nothing at all.
    elif name == "receive":
        session.receive(argument, now)
    elif name == "take":
        getattr(session, argument)()
    elif name == "time":
        now += argument
        session.on_deadline(now)
    else:
        assert all(type(data) is bytes for data in session.data_to_send())
    return now


@examples(4)
@given(streams(), limits(), cuts(), SESSION_CALLS)
def test_of_a_session(stream: Stream, bounds: Limits, cut: Cut, calls: list[Call]) -> None:
    """Any calls between whatever comes: what comes from outside raises nothing; wrong calls, LocalProtocolError."""
    session = Session(stream.connection(bounds))
    now = 0.0
    for chunk in stream.chunks(cut):
        if calls:
            now = call_session(session, calls.pop(), now)
        session.receive(chunk, now)
        session.next_message()
    for call in calls:
        now = call_session(session, call, now)
    deadline = session.next_deadline()
    assert deadline is None or isinstance(deadline, (int, float))


@examples(2)
@given(streams(), limits(), cuts())
def test_of_the_codec(stream: Stream, bounds: Limits, cut: Cut) -> None:
    """A FrameProtocol raises ParseFailed and nothing else, with a close code that may be sent."""
    extensions: list[Extension] = [] if stream.agreement is None else [stream.agreement.extension()]
    codes: set[int] = set()
    codec = FrameProtocol(stream.reader == "client", extensions, limits=bounds)
    for chunk in cut(stream.octets):
        codec.receive_bytes(chunk)
        try:
            for frame in codec.received_frames():
                assert frame.payload is not None
        except ParseFailed as exc:
            codes.add(int(exc.code))
    assert codes <= {1002, 1007, 1009}


@examples(3)
@given(st.lists(header_values(), max_size=3), st.booleans())
def test_of_the_negotiation(values: list[str], offered: bool) -> None:  # noqa: FBT001  drawn
    """Extension lists, well-formed or not: a server declines, a client raises RemoteProtocolError."""
    server_extensions_handshake(values, [PerMessageDeflate()])
    documented(client_extensions_handshake, values, [PerMessageDeflate()] if offered else [])
    for value in values:
        documented(split_comma_header, value.encode())


@examples(2)
@given(st.one_of(texts(40), st.text("htps:/[].%@0x1é\u2024-", max_size=30), surrogates()), texts(20), st.booleans())
def test_of_origins(origin: str, host: str, secure: bool) -> None:  # noqa: FBT001  drawn
    """Any text is an origin or none, and from here or not; nothing is raised."""
    parse_origin(origin)
    assert same_origin(origin, host, secure) in {True, False}


@pytest.mark.parametrize("error", [WrongType, WrongValue])
def test_wrong_arguments_are_local_errors(error: type[Exception]) -> None:
    """The two refinements are what they refine, so that one `except` catches all."""
    assert issubclass(error, LocalProtocolError)


def test_every_field_of_every_event_is_tried() -> None:
    """The events above are all events, with all their fields."""
    tried = {TextMessage, BytesMessage, Message, Ping, Pong, CloseConnection, Request, AcceptConnection}
    tried |= {RejectConnection, RejectData}
    assert {cls for cls in _subclasses(Event) if dataclasses.is_dataclass(cls)} == tried


def _subclasses(cls: type) -> set[type]:
    children: list[type] = cls.__subclasses__()
    return {cls, *(sub for child in children for sub in _subclasses(child))} - {Event}
