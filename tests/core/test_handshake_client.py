"""The opening handshake as a client: what it makes of answers."""

from __future__ import annotations

import random

import pytest

from rawws.core import WSConnection
from rawws.core.connection import CLIENT, SERVER, ConnectionState
from rawws.core.events import AcceptConnection, Event, Ping, RejectConnection, RejectData, Request
from rawws.core.extensions import PerMessageDeflate
from rawws.core.handshake import H11Handshake
from rawws.core.limits import DEFAULT_LIMITS, Limits
from rawws.core.utilities import LocalProtocolError, RemoteProtocolError

from tests.core.battery.rows import PING, response
from tests.core.handshaking import Offering, waiting


@pytest.mark.parametrize("size", [1, 2, 13, 10_000])
def test_both_ends_agree(size: int) -> None:
    """Our client and our server, their octets in pieces of any size, with subprotocol, extension and extra fields."""
    client, server = WSConnection(CLIENT), WSConnection(SERVER)
    request = Request(host="h", target="/", subprotocols=["a", "b"], extensions=[PerMessageDeflate()])
    pump(client.send(request), server, size)
    assert isinstance(next(iter(server.events())), Request)
    accept = AcceptConnection(subprotocol="b", extensions=[PerMessageDeflate()], extra_headers=[(b"X-Y", b"z")])
    pump(server.send(accept) + server.send(Ping(b"?")), client, size)
    accepted, ping = client.events()
    assert isinstance(accepted, AcceptConnection)
    assert (accepted.subprotocol, accepted.extra_headers) == ("b", [(b"x-y", b"z")])
    assert [extension.name for extension in accepted.extensions] == ["permessage-deflate"]
    assert ping == Ping(b"?")
    assert client.handshake.agreed_extensions == server.handshake.agreed_extensions != ""
    assert client.state is server.state is ConnectionState.OPEN


def pump(octets: bytes, end: WSConnection, size: int) -> None:
    """Feed the octets in pieces."""
    for at in range(0, len(octets), size):
        end.receive_data(octets[at : at + size])


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (response().replace(b"Connection: Upgrade\r\n", b""), "Missing header, 'Connection: Upgrade'"),
        (response().replace(b"Connection: Upgrade", b"Connection: websocket"), "Missing header, 'Connection: Upgrade'"),
        (response().replace(b"websocket", b"h2"), "Missing header, 'Upgrade: websocket'"),
        (response().replace(b"{accept}", b"x"), "Bad accept token"),
        (response(b"Sec-WebSocket-Protocol: new"), "unrecognized subprotocol new"),
        (response(b"Sec-WebSocket-Protocol: \x9b2J"), r"unrecognized subprotocol '\x9b2J'"),
        (response(b"Sec-WebSocket-Extensions: bad, foo"), "unrecognized extension bad"),
        (b"broken nonsense\r\n\r\n", "Bad HTTP message"),
    ],
)
def test_errors_speak_with_wsprotos_words(answer: bytes, text: str) -> None:
    """Embedders compare texts; what the peer chose is shown only where it is a token, and never in the failure."""
    client, octets = waiting(answer)
    with pytest.raises(RemoteProtocolError) as caught:
        client.receive_data(octets)
    assert str(caught.value) == text
    assert client.state is ConnectionState.CLOSED
    assert client.failure is not None
    assert client.failure.status_code is None
    assert not any(word in client.failure.message for word in ("new", "x9b", "bad"))


def test_the_hint_of_a_failure_can_be_sent_and_is_nothing() -> None:
    """Embedders send every hint; wsproto lets h11's own error out where a client does."""
    client, octets = waiting(response(b"Sec-WebSocket-Protocol: new"))
    with pytest.raises(RemoteProtocolError) as caught:
        client.receive_data(octets)
    assert isinstance(caught.value.event_hint, RejectConnection)
    assert client.send(caught.value.event_hint) == b""
    with pytest.raises(LocalProtocolError):
        client.send(caught.value.event_hint)


def test_octets_before_the_request_are_no_answer() -> None:
    """9112-9.2-1: a response to nothing is none."""
    client = H11Handshake(CLIENT)
    with pytest.raises(RemoteProtocolError):
        client.receive_data(b"H")
    with pytest.raises(LocalProtocolError):
        client.send(Request(host="h", target="/"))


def test_an_end_before_the_request_is_quiet() -> None:
    """Nothing was asked, so nothing is missing; there is nobody left to ask."""
    client = H11Handshake(CLIENT)
    client.receive_data(None)
    client.receive_data(None)
    assert client.state is ConnectionState.CLOSED
    with pytest.raises(LocalProtocolError):
        client.send(Request(host="h", target="/"))


def test_an_end_without_an_answer_is_told_once() -> None:
    """6455-7.2.1-1; a second end of the stream is no second failure."""
    client, _ = waiting()
    with pytest.raises(RemoteProtocolError):
        client.receive_data(None)
    client.receive_data(None)
    client.receive_data(b"")
    assert list(client.events()) == []


def test_frames_behind_the_101_belong_to_the_connection() -> None:
    """However many: they have been read already, and the connection has limits of its own."""
    client, octets = waiting(response() + PING * 3, limits=Limits(max_early_bytes=1))
    client.receive_data(octets)
    assert client.connection is not None
    assert list(client.connection.events()) == [Ping(b"hello")] * 3


@pytest.mark.parametrize("name", [b"Content-Length: 5", b"Transfer-Encoding: chunked"])
def test_a_101_has_no_body_whatever_it_says(name: bytes) -> None:
    """9112-6.3-1: what follows are frames; the field is shown to the application as it came."""
    client, octets = waiting(response(name) + PING)
    client.receive_data(octets)
    accepted = next(client.events())
    assert isinstance(accepted, AcceptConnection)
    assert accepted.extra_headers == [(name.split(b": ")[0].lower(), name.split(b": ")[1])]
    assert client.connection is not None
    assert list(client.connection.events()) == [Ping(b"hello")]


def test_a_refusal_is_told_as_in_wsproto() -> None:
    """Status and fields, then the body, then its end as an event of its own."""
    client, _ = waiting()
    client.receive_data(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\nX: y\r\n\r\nHe")
    client.receive_data(b"llo")
    assert list(client.events()) == [
        RejectConnection(status_code=403, headers=[(b"content-length", b"5"), (b"x", b"y")], has_body=True),
        RejectData(data=b"He", body_finished=False),
        RejectData(data=b"llo", body_finished=False),
        RejectData(data=b"", body_finished=True),
    ]
    assert client.state is ConnectionState.CLOSED
    client.receive_data(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
    assert list(client.events()) == []


def test_a_refusal_is_told_in_pieces_to_who_asks_in_between() -> None:
    """Events that are fetched after each octet are those of the whole, and none is lost."""
    client, _ = waiting()
    told: list[Event] = []
    for octet in b"HTTP/1.1 403 x\r\nContent-Length: 2\r\n\r\nno":
        told += client.events()
        client.receive_data(bytes([octet]))
    assert [type(event) for event in [*told, *client.events()]] == [RejectConnection, *[RejectData] * 3]


def test_chunks_of_one_read_are_one_event() -> None:
    """The server chooses the size of its chunks, not how many events there are."""
    client, _ = waiting()
    client.receive_data(b"HTTP/1.1 403 x\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 5000)
    assert list(client.events())[1:] == [RejectData(data=b"x" * 5000, body_finished=False)]


def test_what_came_before_a_violation_is_told_before_it() -> None:
    """The good part of a broken body comes out; then nothing more does."""
    client, _ = waiting()
    with pytest.raises(RemoteProtocolError):
        client.receive_data(b"HTTP/1.1 403 x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nX\r\n")
    assert [type(event) for event in client.events()] == [RejectConnection, RejectData]
    client.receive_data(b"1\r\na\r\n")
    assert list(client.events()) == []
    assert client.state is ConnectionState.CLOSED


def test_a_lone_1xx_is_a_refusal_and_the_only_outcome() -> None:
    """As in wsproto, but what follows is not an acceptance any more."""
    client, octets = waiting(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + response())
    client.receive_data(octets)
    assert list(client.events()) == [RejectConnection(status_code=103, headers=[(b"link", b"x")], has_body=False)]
    assert client.state is ConnectionState.CLOSED
    assert client.connection is None


@pytest.mark.parametrize("number", [0, 1, 15, 16, 17])
def test_a_bounded_number_of_1xx_is_passed_over(number: int) -> None:
    """RFC 9110 §15.2 wants it, on demand; the default is `Limits.max_informational`."""
    client, octets = waiting(b"HTTP/1.1 100 Continue\r\n\r\n" * number + response(), skip=True)
    if number <= DEFAULT_LIMITS.max_informational:
        client.receive_data(octets)
        assert client.state is ConnectionState.OPEN
        return
    with pytest.raises(RemoteProtocolError):
        client.receive_data(octets)
    assert client.failure is not None
    assert client.failure.limit == "max_informational"


def test_an_open_connection_keeps_nothing_of_its_handshake() -> None:
    """Nothing of the answer, the request or h11 stays behind an established connection."""
    client, octets = waiting(response())
    client.receive_data(octets)
    list(client.events())
    kept = {name: getattr(client, name) for name in client.__slots__}
    assert {name for name, value in kept.items() if value} == {"_connection", "_limits", "_state", "client"}


#: Stands for the right token in an answer that is changed before the key is known; as long as one, and none itself.
TOKEN = b"*" * 28


@pytest.mark.battery
def test_mutated_answers_get_one_verdict_however_they_are_cut() -> None:
    """Random changes to good answers: protocol errors at most, and the same outcome for every cut."""
    rng = random.Random(7692)
    answers = [
        response(
            b"Sec-WebSocket-Protocol: a", b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9"
        ),
        b"HTTP/1.1 100 Continue\r\n\r\n" + response(),
        b"HTTP/1.1 403 x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x\r\nd\r\n0\r\nX: y\r\n\r\n",
        b"HTTP/1.1 403 x\r\nContent-Length: 4\r\n\r\nabcdef",
    ]
    pieces = [
        b"",
        b"\r",
        b"\n",
        b"\r\n",
        b"\0",
        b" ",
        b",",
        b";",
        b'"',
        b"=",
        b":",
        b"\xff",
        b"1",
        b"0\r\n",
        b"HTTP/1.0",
    ]
    outcomes = set()
    for _ in range(1500):
        octets = bytearray(rng.choice(answers).replace(b"{accept}", TOKEN))
        for _ in range(rng.choice([0, 1, 1, 1, 2, 4])):
            at = rng.randrange(len(octets))
            octets[at : at + rng.choice([0, 1, 2, 8])] = rng.choice(pieces)
        size, skip, eof = rng.choice([2, 5, 64]), rng.random() < 0.5, rng.random() < 0.5
        results = [_outcome(bytes(octets), piece, skip=skip, eof=eof) for piece in (len(octets), 1, size)]
        assert results[0] == results[1] == results[2], bytes(octets)
        outcomes.add(results[0][0])
    assert len(outcomes) > 10


def _outcome(octets: bytes, size: int, *, skip: bool, eof: bool) -> tuple[str, list[Event], bytes]:
    client, token = waiting(b"{accept}", skip=skip, subprotocols=["a"], extensions=[Offering("permessage-deflate")])
    octets = octets.replace(TOKEN, token)
    verdict = ""
    try:
        for at in range(0, len(octets), size):
            if client.connection is None:
                client.receive_data(octets[at : at + size])
        if eof and client.connection is None:
            client.receive_data(None)
    except RemoteProtocolError:
        assert client.failure is not None
        verdict = client.failure.requirement
    events = list(client.events())
    body = b"".join(event.data for event in events if isinstance(event, RejectData))
    others: list[Event] = [event for event in events if not isinstance(event, RejectData)]
    if others and isinstance(others[0], AcceptConnection):
        accepted = others[0]
        others = [AcceptConnection(subprotocol=accepted.subprotocol, extra_headers=accepted.extra_headers)]
    return verdict or str(client.state), others, body
