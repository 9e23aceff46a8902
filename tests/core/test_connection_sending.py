"""Sending without events: the quick way, the vectored way, and the way by events say the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawws.core import WSConnection
from rawws.core.connection import CLIENT, SERVER, Connection, ConnectionState
from rawws.core.errors import LocalProtocolError
from rawws.core.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Message,
    Ping,
    Request,
    TextMessage,
)
from rawws.core.frame_protocol import MAX_FRAME_PAYLOAD
from rawws.core.prepared import PreparedMessage
from rawws.core.session import Session

from tests.core.extending import agreed
from tests.core.octets import BINARY, FIN, RSV1, TEXT, Role, close, take_apart
from tests.core.sessions import ROLES

LARGE = 32 * 1024


class Text(str):
    """A str of somebody's own."""

    __slots__ = ()


class Octets(bytes):
    """A bytes of somebody's own."""

    __slots__ = ()


def connection(role: Role, *, deflate: bool = False, threshold: int = 0) -> Connection:
    """A connection that has just been opened."""
    return Connection(CLIENT if role == "client" else SERVER, [agreed(threshold=threshold)] if deflate else [])


def outcome(end: Connection, how: str, data: Any, *, final: bool) -> object:  # noqa: ANN401  also what cannot be sent
    """The frames that come of sending `data`, without their keys; or the class of the error."""
    try:
        if how == "event":
            sent = end.send(Message(data, message_finished=final))
        elif how == "buffers":
            sent = b"".join(end.send_buffers(data, final))
        else:
            sent = end.send_data(data, final)
    except LocalProtocolError as exc:
        return type(exc)
    frames = take_apart(sent)
    assert all((frame.key is None) is not end.client for frame in frames)
    return [(frame.first, frame.payload) for frame in frames]


_data = (
    st.sampled_from(["", "a", "é" * 100, Text("own"), "a\ud800", "a" * LARGE, "€" * LARGE])
    | st.sampled_from([b"", b"a", b"\xff" * 200, Octets(b"own"), bytearray(b"b"), memoryview(b"cd")[::2], bytes(LARGE)])
    | st.sampled_from([None, 5, ["a"]])
)
_steps = st.one_of(
    st.tuples(st.sampled_from(["direct", "buffers", "event"]), _data, st.booleans()),
    st.sampled_from([("direct", "a", True), ("ping", b"", True), ("close", b"", True), ("closed", b"", True)]),
)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(role=st.sampled_from(ROLES), deflate=st.booleans(), steps=st.lists(_steps, max_size=8))
def test_every_way_of_sending_says_the_same(role: Role, deflate: bool, steps: list[tuple[str, Any, bool]]) -> None:
    """Whatever is sent, in whatever order, with closes between: the same frames and the same errors either way."""
    ends = {how: connection(role, deflate=deflate) for how in ("direct", "buffers", "event", "as it comes")}
    for step, data, final in steps:
        for end in ends.values():
            if step == "ping" and end.state is ConnectionState.OPEN:
                end.send(Ping(b"1"))
            elif step == "close" and end.state is ConnectionState.OPEN:
                end.send(CloseConnection(1000))
            elif step == "closed" and end.state is ConnectionState.OPEN:
                end.receive_data(close(1000).to(role))
                list(end.events())
        if step not in {"ping", "close", "closed"}:
            told = [outcome(end, step if how == "as it comes" else how, data, final=final) for how, end in ends.items()]
            assert told[1:] == told[:1] * 3
    assert len({end.state for end in ends.values()}) == 1


@pytest.mark.parametrize("role", ROLES)
def test_a_large_payload_is_not_copied(role: Role) -> None:
    """A server gives the caller's own bytes behind their header; a client has to mask them."""
    data = bytes(LARGE)
    buffers = connection(role).send_buffers(data)
    assert len(buffers) == (1 if role == "client" else 2)
    assert (buffers[-1] is data) is (role == "server")
    assert len(connection(role).send_buffers(data[1:])) == 1
    [frame] = take_apart(b"".join(buffers))
    assert (frame.first, frame.payload) == (FIN | BINARY, data)


def test_octets_that_may_change_are_copied() -> None:
    """What is given for the network is bytes, whatever the caller does with its buffer afterwards."""
    data = bytearray(LARGE)
    for payload in (data, memoryview(data)):
        buffers = connection("server").send_buffers(payload)
        assert [type(buffer) for buffer in buffers] == [bytes, bytes]
        data[0] = 1
        assert take_apart(b"".join(buffers))[0].payload == bytes(LARGE)
        data[0] = 0


def test_a_session_hands_large_messages_on_as_they_are() -> None:
    """Behind a header of their own, in their order, with what the session has to say besides."""
    session = Session(Connection(SERVER))
    large = bytes(100_000)
    session.send("before")
    session.send(large)
    session.send("a" * 100_000)
    session.ping(b"1", now=0.0)
    session.send_fragment(large, final=False)
    session.send_fragment(large, final=True)
    out = session.data_to_send()
    assert sum(data is large for data in out) == 3
    frames = take_apart(b"".join(out))
    assert [frame.first for frame in frames] == [0x81, 0x82, 0x81, 0x89, 0x02, 0x80]
    assert session.stats.bytes_sent == 6 + 4 * 100_000
    least = bytes(LARGE)
    session.send(least)
    assert session.data_to_send()[-1] is least
    with pytest.raises(TypeError):
        session.send(5)  # type: ignore[arg-type]
    assert session.data_to_send() == []


@pytest.mark.parametrize("role", ROLES)
def test_a_message_is_text_or_binary_by_its_type(role: Role) -> None:
    """6455-5.6: a str goes out as text and bytes as binary, with the message's end unless it is said otherwise."""
    end = connection(role)
    sent = [end.send_data("a"), end.send_data(b"a"), end.send(TextMessage("a")), end.send(BytesMessage(b"a"))]
    assert [take_apart(data)[0].first for data in sent] == [FIN | TEXT, FIN | BINARY] * 2


def test_compression_is_not_overtaken() -> None:
    """Where permessage-deflate was agreed on, it sees every message."""
    end = connection("server", deflate=True)
    assert take_apart(end.send_data("a" * 100))[0].first == FIN | RSV1 | TEXT
    assert take_apart(b"".join(end.send_buffers(bytes(LARGE))))[0].first == FIN | RSV1 | BINARY


@pytest.mark.parametrize("message", ["a" * 99, "a" * 100, "a" * 101, b"a" * 99, b"a" * 100, b"a" * 101])
def test_a_threshold_is_the_least_that_is_compressed(message: str | bytes) -> None:
    """Exactly from so many octets on a message is compressed, whichever way it is sent."""
    first = FIN | (TEXT if isinstance(message, str) else BINARY) | (RSV1 if len(message) >= 100 else 0)
    for send in (
        Connection.send_data,
        lambda end, data: b"".join(end.send_buffers(data)),
        lambda end, data: end.send(Message(data)),
        lambda end, data: end.send_prepared(PreparedMessage(data)),
    ):
        assert take_apart(send(connection("server", deflate=True, threshold=100), message))[0].first == first


@pytest.mark.parametrize(
    ("role", "threshold", "below"), [("server", None, MAX_FRAME_PAYLOAD), ("server", 100, 100), ("client", None, 0)]
)
def test_what_goes_out_plain(role: Role, threshold: int | None, below: int) -> None:
    """`plain_below` says it from the beginning, is 0 inside a message and for good after a Close."""
    end = connection(role, deflate=threshold is not None, threshold=threshold or 0)
    assert end.plain_below == below
    end.send_data("a", final=False)
    assert end.plain_below == 0
    end.send_data("b", final=True)
    assert end.plain_below == below
    end.send(CloseConnection(1000))
    assert end.plain_below == 0


def test_a_wsconnection_sends_the_same() -> None:
    """The event goes through the whole endpoint as it goes through its connection."""
    client, server = WSConnection(CLIENT), WSConnection(SERVER)
    with pytest.raises(LocalProtocolError):
        client.send(TextMessage("too early"))
    server.receive_data(client.send(Request(host="localhost", target="/")))
    assert len(list(server.events())) == 1
    client.receive_data(server.send(AcceptConnection()))
    assert len(list(client.events())) == 1
    assert server.send(TextMessage("a")) == connection("server").send_data("a")
    client.receive_data(server.send(TextMessage("b")))
    assert list(client.events()) == [TextMessage("b")]
