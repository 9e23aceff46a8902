"""The core against `rawws.spec.states`: every row, by every way into its state, whole and octet by octet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from wsproto.utilities import LocalProtocolError, RemoteProtocolError, generate_accept_token

from rawws.core import ConnectionType, WSConnection
from rawws.core.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Pong,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)
from rawws.spec import RECEIVING, SENDABLE, SENDING, STATES, Receiving, Sending

ROLES = ("client", "server")
REQUEST = (
    b"GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\n"
CHUNKED_REFUSAL = b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n"


# -- octets of a peer, made without the core --------------------------------------------------------------------------


def frame(first_octet: int, payload: bytes, *, masked: bool) -> bytes:
    """A frame with a short length, as RFC 6455 §5.2 lays it out."""
    if not masked:
        return bytes((first_octet, len(payload))) + payload
    key = b"\x37\xfa\x21\x3d"
    body = bytes(octet ^ key[index % 4] for index, octet in enumerate(payload))
    return bytes((first_octet, 0x80 | len(payload))) + key + body


def frames(role: str) -> dict[str, bytes]:
    """One frame of each kind, for an endpoint of that role to read."""
    masked = role == "server"
    return {
        "text frame": frame(0x81, b"Hello", masked=masked),
        "binary frame": frame(0x82, b"\x00\xff", masked=masked),
        "ping": frame(0x89, b"?", masked=masked),
        "pong": frame(0x8A, b"!", masked=masked),
        "close frame": frame(0x88, b"\x03\xe8bye", masked=masked),
    }


def false_frames(role: str) -> list[bytes]:
    """Frames that break a rule each."""
    masked = role == "server"
    return [
        frame(0x81, b"Hello", masked=not masked),
        frame(0x83, b"", masked=masked),
        frame(0xC1, b"Hello", masked=masked),
        frame(0x09, b"", masked=masked),
        frame(0x80, b"", masked=masked),
        frame(0x88, b"\x03", masked=masked),
        frame(0x88, b"\x03\xed", masked=masked),
        frame(0x81, b"\xff", masked=masked),
    ]


def response(request: bytes, **changed: bytes) -> bytes:
    """The 101 that answers `request`; `changed` puts other values in its header fields, b"" leaves a field out."""
    key = re.search(rb"(?i)sec-websocket-key: *(\S+)", request)
    assert key is not None
    fields = {"Upgrade": b"websocket", "Connection": b"Upgrade", "Sec_WebSocket_Accept": generate_accept_token(key[1])}
    lines = [name.replace("_", "-").encode() + b": " + value for name, value in (fields | changed).items() if value]
    return b"\r\n".join([b"HTTP/1.1 101 Switching Protocols", *lines, b"", b""])


# -- ways into each situation -----------------------------------------------------------------------------------------


@dataclass
class Endpoint:
    """A connection under test.

    request: what a client has sent. chunked: whether the refusal that it reads is chunked.
    """

    ws: WSConnection
    role: str
    request: bytes = b""
    chunked: bool = False

    def feed(self, data: bytes | None) -> list[Event]:
        """Give it octets, or the end of the stream; return the events."""
        self.ws.receive_data(data)
        return list(self.ws.events())

    @property
    def state(self) -> str:
        """The name of the state."""
        return self.ws.state.name


def fresh(role: str) -> Endpoint:
    """Nothing has happened."""
    return Endpoint(WSConnection(ConnectionType.CLIENT if role == "client" else ConnectionType.SERVER), role)


def asked(role: str) -> Endpoint:
    """The request has been sent, or has come."""
    end = fresh(role)
    if role == "client":
        end.request = end.ws.send(Request(host="example.com", target="/chat"))
    else:
        end.feed(REQUEST)
    return end


def refusing(role: str) -> Endpoint:
    """The handshake has been refused, the body of the refusal is still to come."""
    end = asked(role)
    if role == "client":
        end.feed(REFUSAL)
    else:
        end.ws.send(RejectConnection(status_code=403, has_body=True))
    return end


def refusing_in_chunks(role: str) -> Endpoint:
    """The same, and a client reads the body in chunks."""
    end = refusing(role) if role == "server" else asked(role)
    if role == "client":
        end.feed(CHUNKED_REFUSAL)
        end.chunked = True
    return end


def misunderstood(role: str) -> Endpoint:
    """The opening handshake has broken a rule."""
    end = fresh(role) if role == "server" else asked(role)
    with pytest.raises(RemoteProtocolError):
        end.feed(false_requests()[0])
    return end


def ended(role: str) -> Endpoint:
    """The stream has ended before anything was said."""
    end = fresh(role)
    assert end.feed(None) == []
    return end


def refused(role: str) -> Endpoint:
    """The handshake has been refused, and all has been said."""
    end = refusing(role)
    if role == "client":
        end.feed(b"no!")
    else:
        end.ws.send(RejectData(data=b"no!", body_finished=True))
    return end


def opened(role: str) -> Endpoint:
    """The opening handshake has succeeded."""
    end = asked(role)
    if role == "client":
        end.feed(response(end.request))
    else:
        end.ws.send(AcceptConnection())
    return end


def then(way: Callable[[str], Endpoint], *steps: str) -> Callable[[str], Endpoint]:
    """`way`, and after it each of `steps`: a kind of frame to read, "violation", "end of stream" or "send close"."""

    def longer(role: str) -> Endpoint:
        end = way(role)
        for step in steps:
            if step == "send close":
                end.ws.send(CloseConnection(code=1000))
            else:
                end.feed({"violation": false_frames(role)[0], "end of stream": None, **frames(role)}[step])
        return end

    return longer


WAYS: dict[tuple[str, str], list[Callable[[str], Endpoint]]] = {
    ("CONNECTING", "no request"): [fresh],
    ("CONNECTING", "request"): [asked],
    ("REJECTING", "refusal"): [refusing, refusing_in_chunks],
    ("REJECTING", "violation"): [misunderstood],
    ("OPEN", ""): [opened, then(opened, "text frame", "ping")],
    ("REMOTE_CLOSING", "close frame"): [then(opened, "close frame")],
    ("REMOTE_CLOSING", "failure"): [then(opened, "violation")],
    ("LOCAL_CLOSING", ""): [then(opened, "send close"), then(opened, "send close", "text frame", "ping")],
    ("CLOSED", "closing"): [
        then(opened, "close frame", "send close"),
        then(opened, "send close", "close frame"),
        then(opened, "violation", "send close"),
        then(opened, "send close", "violation"),
        then(opened, "end of stream"),
        then(opened, "send close", "end of stream"),
        then(opened, "close frame", "end of stream"),
        then(opened, "violation", "end of stream"),
    ],
    ("CLOSED", "refusal"): [refused, ended],
    ("CLOSED", "violation"): [misunderstood],
}

#: A server that could not read the request has a refusal to send, a client that could not read the answer has not.
NOWHERE = {("REJECTING", "violation", "client"), ("CLOSED", "violation", "server")}
SITUATIONS = [place for state, before in WAYS for role in ROLES if (place := (state, before, role)) not in NOWHERE]


def ways(state: str, before: str, role: str) -> Iterator[Endpoint]:
    """An endpoint for each way into a situation, all of them checked to have arrived there."""
    for way in WAYS[state, before]:
        end = way(role)
        assert end.state == state
        yield end


def test_there_is_a_way_into_every_state() -> None:
    """The ways above lead into all six states of the table, on both sides."""
    assert {state for state, _ in WAYS} == set(STATES)
    assert {role for situation in SITUATIONS for role in (end.role for end in ways(*situation))} == set(ROLES)


# -- sending ----------------------------------------------------------------------------------------------------------

EVENTS: list[Event] = [
    Request(host="example.com", target="/"),
    AcceptConnection(),
    RejectConnection(status_code=403, has_body=False),
    RejectConnection(status_code=403, has_body=True),
    RejectData(data=b"n", body_finished=False),
    RejectData(data=b"o", body_finished=True),
    TextMessage(data="Hello"),
    BytesMessage(data=b"Hello"),
    Ping(payload=b"?"),
    Pong(payload=b"!"),
    CloseConnection(code=1000, reason="bye"),
]


def row_for(event: Event, state: str, before: str, role: str) -> Sending | None:
    """The row that lets `event` be sent in that situation, None where it has none."""
    found = [
        row
        for row in SENDING
        if row.state == state
        and row.role in {role, "both"}
        and row.before in {before, ""}
        and row.event == type(event).__name__
        and all(getattr(event, name) is value for name, value in row.fields)
    ]
    assert len(found) < 2
    return found[0] if found else None


def test_every_event_is_tried() -> None:
    """The events above are of all the classes that the table knows."""
    assert {type(event).__name__ for event in EVENTS} == set(SENDABLE)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
@pytest.mark.parametrize(("state", "before", "role"), SITUATIONS)
def test_what_may_be_sent(state: str, before: str, role: str, event: Event) -> None:
    """An event goes out, and the state follows, exactly where the table has a row; elsewhere LocalProtocolError."""
    row = row_for(event, state, before, role)
    for end in ways(state, before, role):
        if row is not None:
            assert bool(end.ws.send(event)) == (state != "CLOSED")
            assert end.state == row.next_state
            continue
        with pytest.raises(LocalProtocolError):
            end.ws.send(event)
        assert end.state == state
        for other in EVENTS:  # the refusal has changed nothing: what could be sent before still can
            after = row_for(other, state, before, role)
            if after is not None:
                end.ws.send(other)
                assert end.state == after.next_state
                break


def test_a_server_may_refuse_what_it_could_not_read() -> None:
    """After a request that breaks the rules a server may send the refusal that came along, and no acceptance."""
    for false in false_requests():
        end = fresh("server")
        with pytest.raises(RemoteProtocolError) as caught:
            end.feed(false)
        with pytest.raises(LocalProtocolError):
            end.ws.send(AcceptConnection())
        assert isinstance(caught.value.event_hint, RejectConnection)
        assert end.ws.send(caught.value.event_hint).startswith(b"HTTP/1.1 4")
        assert end.state == "CLOSED"


def test_a_client_sends_its_hint_once() -> None:
    """The refusal that a client's exception hints at makes no octets, and a second one is refused."""
    end = misunderstood("client")
    assert end.ws.send(RejectConnection()) == b""
    with pytest.raises(LocalProtocolError):
        end.ws.send(RejectConnection())
    assert end.state == "CLOSED"


# -- receiving --------------------------------------------------------------------------------------------------------


def false_requests() -> list[bytes]:
    """Requests that break a rule each."""
    return [
        b"\x00\x01\r\n\r\n",
        REQUEST.replace(b"GET", b"POST"),
        REQUEST.replace(b"HTTP/1.1", b"HTTP/1.0"),
        REQUEST.replace(b"Version: 13", b"Version: 8"),
        REQUEST.replace(b"Upgrade: websocket\r\n", b""),
        REQUEST.replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"dGhlIHNhbXBsZQ=="),
    ]


def samples(row: Receiving, end: Endpoint) -> list[bytes | None]:
    """Octets that are the input of `row` for that endpoint; None is the end of the stream."""
    if row.input in frames(end.role):
        return [frames(end.role)[row.input]]
    if row.input == "octets":
        return [*frames(end.role).values(), *false_frames(end.role), REQUEST]
    if row.input == "violation" and end.state not in {"CONNECTING", "REJECTING"}:
        return [*false_frames(end.role)]
    if row.input == "violation" and end.role == "server":
        return [*false_requests()]
    if row.input == "violation" and end.state == "REJECTING" and not end.chunked:
        return []  # a body that is counted can hold any octets
    if row.input in {"response 101", "violation"} and end.state == "CONNECTING":
        right = response(end.request)
        wrong = [
            b"\x00\x01\r\n\r\n",
            response(end.request, Upgrade=b""),
            response(end.request, Connection=b"close"),
            response(end.request, Sec_WebSocket_Accept=b"dGhlIHNhbXBsZSBub25jZQ=="),
            response(end.request, Sec_WebSocket_Protocol=b"chat"),
        ]
        return [right] if row.input == "response 101" else [*wrong]
    if end.state == "REJECTING" and end.chunked:
        body = {"body octets": b"2\r\nno\r\n", "end of body": b"2\r\nno\r\n0\r\n\r\n", "violation": b"2;x\r\nno!\r\n"}
        return [body.get(row.input)]
    rest: dict[str, bytes | None] = {
        "request head": REQUEST,
        "response 1xx": b"HTTP/1.1 103 Early Hints\r\n\r\n",
        "response other": REFUSAL,
        "body octets": b"no",
        "end of body": b"no!",
        "end of stream": None,
    }
    return [rest[row.input]]


def cuts(data: bytes | None) -> list[list[bytes | None]]:
    """The octets in one piece, and octet by octet."""
    return [[data]] if data is None else [[data], [data[i : i + 1] for i in range(len(data))]]


def cases() -> Iterator[tuple[Receiving, str, str]]:
    """Each row of the table for each role and each situation that it speaks of."""
    for row in RECEIVING:
        for state, before, role in SITUATIONS:
            if row.state == state and row.role in {role, "both"} and row.before in {before, ""}:
                yield row, before, role


def case_name(part: Receiving | str) -> str:
    """What a case is called in a report."""
    return part if isinstance(part, str) else f"{part.state}-{part.input}"


@pytest.mark.parametrize(("row", "before", "role"), list(cases()), ids=case_name)
def test_what_comes_of_what_arrives(row: Receiving, before: str, role: str) -> None:
    """An input has the outcome that the table gives it, and the state that follows, however the octets are cut."""
    judged = 0
    for way in WAYS[row.state, before]:
        for index in range(len(samples(row, way(role)))):
            for cut in range(2):
                end = way(role)
                pieces = cuts(samples(row, end)[index])
                if cut < len(pieces):
                    judge(row, end, pieces[cut])
                    judged += 1
    assert judged


def judge(row: Receiving, end: Endpoint, pieces: list[bytes | None]) -> None:
    """Feed the pieces and hold what comes out against the row."""
    events: list[Event] = []
    error: Exception | None = None
    try:
        for piece in pieces:
            events += end.feed(piece)
            if row.input == "violation" and row.outcome == "CloseConnection" and events:
                break  # found before its last octet; what comes now belongs to the state that follows
    except (LocalProtocolError, RemoteProtocolError) as exc:
        error = exc
    raised = "nothing"
    if isinstance(error, RemoteProtocolError):
        assert isinstance(error.event_hint, RejectConnection)
        raised = "RemoteProtocolError"
    elif error:
        raised = "LocalProtocolError"
    names = [type(event).__name__ for event in events]
    if row.outcome in {"LocalProtocolError", "RemoteProtocolError"}:
        # What came before the violation is delivered: the beginning of a body.
        assert (raised, set(names)) in [(row.outcome, set()), (row.outcome, {"RejectData"})]
    elif row.outcome in {"nothing", "kept"}:
        assert (raised, names) == ("nothing", [])
    elif row.outcome in {"TextMessage", "BytesMessage", "RejectData"}:  # these may come in parts
        assert (raised, set(names)) == ("nothing", {row.outcome})
    else:
        assert (raised, names) == ("nothing", [row.outcome])
    if row.code is not None:
        assert [event.code for event in events if isinstance(event, CloseConnection)] == [row.code]
    if row.outcome == "RejectData":
        finished = [event.body_finished for event in events if isinstance(event, RejectData)]
        assert finished == [False] * (len(finished) - 1) + [row.next_state == "CLOSED"]
    assert end.state == row.next_state
    if row.outcome == "kept":
        end.ws.send(AcceptConnection())
        assert list(end.ws.events())


def test_a_body_may_end_with_the_stream() -> None:
    """A refusal without a length of its own ends where the stream does; that is its end of body, and no failure."""
    end = asked("client")
    assert [type(event) for event in end.feed(b"HTTP/1.1 403 Forbidden\r\n\r\n")] == [RejectConnection]
    assert end.feed(b"no!") == [RejectData(data=b"no!", body_finished=False)]
    assert end.state == "REJECTING"
    assert end.feed(None) == [RejectData(data=b"", body_finished=True)]
    assert end.state == "CLOSED"


@pytest.mark.parametrize(("state", "before", "role"), SITUATIONS)
def test_a_stream_ends_once(state: str, before: str, role: str) -> None:
    """The end of the stream told twice is told once: the second time nothing comes of it and the state stays."""
    for end in ways(state, before, role):
        try:
            end.feed(None)
        except RemoteProtocolError:
            continue  # a handshake that was cut off: judged above
        state_then = end.state
        assert end.feed(None) == []
        assert end.state == state_then


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("steps", [(), ("send close",)])
def test_a_stream_ends_behind_what_it_brought(role: str, steps: tuple[str, ...]) -> None:
    """Frames that nobody has read yet come out before the one CloseConnection(1006) that tells the stream's end."""
    end = then(opened, *steps)(role)
    end.ws.receive_data(frames(role)["binary frame"] + frames(role)["ping"] + frames(role)["pong"][:1])
    end.ws.receive_data(None)
    end.ws.receive_data(None)
    assert list(end.ws.events()) == [BytesMessage(data=b"\x00\xff"), Ping(payload=b"?"), CloseConnection(code=1006)]
    assert end.state == "CLOSED"
    assert end.feed(None) == []


@pytest.mark.parametrize("role", ROLES)
def test_no_abnormal_end_behind_a_close_frame(role: str) -> None:
    """A Close frame that comes together with the end of the stream is told as it is, and no 1006 follows it."""
    end = opened(role)
    end.ws.receive_data(frames(role)["close frame"])
    end.ws.receive_data(None)
    events = list(end.ws.events())
    assert events == [CloseConnection(code=1000, reason="bye")]
