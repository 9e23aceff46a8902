"""The opening handshake as a server: octets around the request, its end, and requests that somebody else has read."""

from __future__ import annotations

import random

import pytest

from rawws.core import WSConnection
from rawws.core.connection import SERVER, ConnectionState
from rawws.core.events import AcceptConnection, CloseConnection, Event, Ping, RejectConnection, Request
from rawws.core.handshake import H11Handshake
from rawws.core.limits import Limits
from rawws.core.utilities import LocalProtocolError, RemoteProtocolError

from tests.core.battery.rows import MASKED_PING, request
from tests.core.handshaking import ACCEPTANCE, asked, read, refused


def test_early_octets_belong_to_the_connection() -> None:
    """wsproto loses what comes in the same read as the request, and what comes before the answer."""
    server = asked()
    server.receive_data(MASKED_PING[:3])
    server.receive_data(MASKED_PING[3:] + MASKED_PING)
    server.send(AcceptConnection())
    assert server.connection is not None
    assert list(server.connection.events()) == [Ping(b"hello"), Ping(b"hello")]


@pytest.mark.parametrize("size", [1, 7, 100, 10_000])
def test_early_octets_are_bounded_however_they_are_cut(size: int) -> None:
    """The octet behind the limit is one too much: 413, after the request came out."""
    server = H11Handshake(SERVER, Limits(max_early_bytes=1000))
    octets = request() + b"x" * 1001
    fed = 0
    with pytest.raises(RemoteProtocolError) as caught:
        for at in range(0, len(octets), size):
            server.receive_data(octets[at : at + size])
            fed = at + size
    assert fed < len(octets)
    assert fed + size >= len(octets)
    assert [type(event) for event in server.events()] == [Request]
    assert caught.value.event_hint == RejectConnection(status_code=413)
    assert server.failure is not None
    assert server.failure.limit == "max_early_bytes"
    with pytest.raises(LocalProtocolError):
        server.send(AcceptConnection())


def test_a_client_that_ends_its_half_may_still_read_the_answer() -> None:
    """The end of the stream behind a request is no error; an accepted connection is told 1006, once."""
    server = asked()
    server.receive_data(None)
    server.receive_data(None)
    assert server.state is ConnectionState.CONNECTING
    server.send(AcceptConnection())
    assert server.connection is not None
    assert [type(event) for event in server.connection.events()] == [CloseConnection]
    server = asked()
    server.receive_data(None)
    assert read(server.send(RejectConnection(status_code=403)))[0].status_code == 403


@pytest.mark.parametrize("end", [None, b""])
def test_an_end_before_anything_is_quiet(end: bytes | None) -> None:
    """A port scan or a health check says nothing, and nothing is said."""
    server = H11Handshake(SERVER)
    for _ in range(3):
        server.receive_data(end)
    assert server.state is ConnectionState.CLOSED
    assert server.failure is None
    assert list(server.events()) == []


def test_octets_behind_the_end_are_our_fault() -> None:
    """Who feeds octets behind the end of the stream has mixed something up."""
    server = asked()
    server.receive_data(None)
    with pytest.raises(LocalProtocolError):
        server.receive_data(b"x")


def test_octets_for_the_connection_are_not_swallowed() -> None:
    """An established connection reads its octets itself."""
    server = asked()
    server.send(AcceptConnection())
    server.receive_data(None)
    with pytest.raises(LocalProtocolError):
        server.receive_data(MASKED_PING)


@pytest.mark.parametrize("data", ["GET / HTTP/1.1", 5, [1], object()])
def test_octets_are_bytes(data: object) -> None:
    """Anything else is a wrong type, and changes nothing."""
    server = H11Handshake(SERVER)
    with pytest.raises(LocalProtocolError):
        server.receive_data(data)  # type: ignore[arg-type]
    server.receive_data(memoryview(bytearray(request())))
    assert [type(event) for event in server.events()] == [Request]


def test_events_are_told_whenever_they_are_asked_for() -> None:
    """Who asks before anything has come, and again and again, loses nothing; `pending` says when it is worth it."""
    server = H11Handshake(connection_type=SERVER)
    for at in range(len(request())):
        assert server.pending is False
        assert list(server.events()) == []
        server.receive_data(request()[at : at + 1])
    assert server.pending is True
    assert [type(event) for event in server.events()] == [Request]
    assert server.pending is False


def test_an_open_connection_keeps_nothing_of_its_handshake() -> None:
    """A server has many connections, each with a handshake behind it."""
    server = asked()
    server.receive_data(MASKED_PING)
    server.send(AcceptConnection())
    list(server.events())
    kept = {name: getattr(server, name) for name in server.__slots__}
    assert {name for name, value in kept.items() if value} == {"_connection", "_limits", "_state"}


@pytest.mark.parametrize("finish", ["failure", "refusal"])
def test_a_refused_peer_costs_nothing_more(finish: str) -> None:
    """A megabyte behind a refusal is not kept anywhere."""
    if finish == "failure":
        server, _ = refused()
    else:
        server = asked()
        server.send(RejectConnection())
    for _ in range(16):
        server.receive_data(b"x" * 65536)
    assert server._early is None
    assert server._head is None


@pytest.mark.battery
def test_mutated_requests_get_one_verdict_however_they_are_cut() -> None:
    """Random changes to a good request: protocol errors at most, and the same outcome for every cut."""
    rng = random.Random(9112)
    outcomes = set()
    good = request(
        b"Sec-WebSocket-Protocol: a, b", b'Sec-WebSocket-Extensions: permessage-deflate; x="y"', b"Origin: null"
    )
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
        b"13",
        b"\r\nHost: h",
        b"xn--",
    ]
    for _ in range(1500):
        octets = bytearray(good)
        for _ in range(rng.choice([1, 1, 1, 2, 4])):
            at = rng.randrange(len(octets))
            octets[at : at + rng.choice([0, 1, 2, 8])] = rng.choice(pieces)
        size = rng.choice([2, 5, 64])
        results = [_outcome(bytes(octets), size) for size in (len(octets), 1, size)]
        assert results[0] == results[1] == results[2], bytes(octets)
        outcomes.add(results[0][0])
    assert len(outcomes) > 10


def _outcome(octets: bytes, size: int) -> tuple[str, list[Event]]:
    server = H11Handshake(SERVER)
    hint = None
    try:
        for at in range(0, len(octets), size):
            server.receive_data(octets[at : at + size])
    except RemoteProtocolError as exc:
        hint = exc.event_hint
    if hint is None or server.failure is None:
        return str(server.state), list(server.events())
    assert server.send(hint).startswith(b"HTTP/1.1 ")
    return server.failure.requirement, list(server.events())


# -- requests that somebody else has read -----------------------------------------------------------------------------

FIELDS = [
    (b"Host", b"localhost"),
    (b"Connection", b"Keep-Alive, Upgrade"),
    (b"Upgrade", b"websocket"),
    (b"Sec-WebSocket-Version", b"13"),
    (b"Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ=="),
]


@pytest.mark.parametrize("path", ["/x?y", b"/x?y", "/!~", b"/!~"])
def test_a_request_that_was_read_elsewhere_is_taken_over(path: str | bytes) -> None:
    """An HTTP server hands a request on; everything is as if its octets had come."""
    server = WSConnection(SERVER)
    server.initiate_upgrade_connection([*FIELDS, (b"X", b"\xfc")], path)
    taken = next(iter(server.events()))
    assert isinstance(taken, Request)
    assert (taken.host, taken.target) == ("localhost", path if isinstance(path, str) else path.decode())
    assert (b"x", b"\xfc") in taken.extra_headers
    assert server.send(AcceptConnection()).startswith(ACCEPTANCE)


@pytest.mark.parametrize(
    ("headers", "path"),
    [
        ([*FIELDS, (b"X", b"a\r\nY: b")], "/"),
        ([*FIELDS, (b"X\r\n", b"a")], "/"),
        (FIELDS, "/ HTTP/1.1\r\nX: y"),
        (FIELDS, b"/a b"),
        (FIELDS, b"/\x00"),
        (FIELDS, b"/\x20"),
        (FIELDS, b"/\x7f"),
        (FIELDS, b"/\x80"),
        (FIELDS, b"/\xff"),
        (FIELDS, b""),
        (FIELDS, ""),
        (FIELDS, "/ü"),
        (FIELDS, None),
        (None, "/"),
    ],
)
def test_what_cannot_have_been_read_is_our_fault(headers: object, path: object) -> None:
    """No request that was read holds these; nothing has changed then."""
    server = H11Handshake(SERVER)
    with pytest.raises(LocalProtocolError):
        server.initiate_upgrade_connection(headers, path)  # type: ignore[arg-type]
    server.initiate_upgrade_connection(FIELDS, "/")
    assert [type(event) for event in server.events()] == [Request]


@pytest.mark.parametrize(("missing", "status"), [(b"Host", 400), (b"Sec-WebSocket-Key", 400), (b"Upgrade", 400)])
def test_a_bad_request_that_was_read_elsewhere_is_refused(missing: bytes, status: int) -> None:
    """The rules are the same; wsproto lets h11's own error out where there is no Host."""
    server = H11Handshake(SERVER)
    with pytest.raises(RemoteProtocolError) as caught:
        server.initiate_upgrade_connection([field for field in FIELDS if field[0] != missing], "/")
    assert isinstance(caught.value.event_hint, RejectConnection)
    assert caught.value.event_hint.status_code == status


def test_a_request_comes_once() -> None:
    """Neither behind octets nor behind another request may one be handed over."""
    for server in (asked(), H11Handshake(SERVER), H11Handshake(SERVER)):
        if server.http_request is None:
            server.receive_data(b"G")
        with pytest.raises(LocalProtocolError):
            server.initiate_upgrade_connection(FIELDS, "/")


def test_limits_hold_for_requests_that_were_read_elsewhere() -> None:
    """A head that is too large is too large whoever has read it."""
    server = H11Handshake(SERVER, Limits(max_headers=4))
    with pytest.raises(RemoteProtocolError):
        server.initiate_upgrade_connection(FIELDS, "/")
    assert server.failure is not None
    assert server.failure.status_code == 431
