"""The opening handshake as a client: what it writes, and what it refuses to write."""

from __future__ import annotations

from typing import Any

import pytest

from rawws.core.connection import CLIENT, SERVER, ConnectionState
from rawws.core.events import AcceptConnection, CloseConnection, Ping, RejectConnection, RejectData, Request
from rawws.core.extensions import PerMessageDeflate
from rawws.core.handshake import H11Handshake
from rawws.core.utilities import LocalProtocolError

from tests.core.battery.rows import response
from tests.core.handshaking import Offering, sent, waiting


def test_a_request_is_the_one_of_the_rfc() -> None:
    """RFC 6455 §4.1, 1 to 9: method, target, and the five fields, each once."""
    request = sent(Request(host="server.example.com:81", target="/chat?x"))
    fields = dict(request.headers)
    assert (request.method, request.target, request.http_version) == (b"GET", b"/chat?x", b"1.1")
    assert len(fields.pop(b"sec-websocket-key")) == 24
    assert fields == {
        b"host": b"server.example.com:81",
        b"upgrade": b"websocket",
        b"connection": b"Upgrade",
        b"sec-websocket-version": b"13",
    }


def test_a_key_is_another_one_each_time() -> None:
    """RFC 6455 §4.1, 7: the nonce is selected randomly for each connection."""
    keys = {dict(sent(Request(host="h", target="/")).headers)[b"sec-websocket-key"] for _ in range(20)}
    assert len(keys) == 20


def test_a_request_carries_what_it_asks_for() -> None:
    """Subprotocols and extensions in their order, then the extra fields as they were given."""
    request = sent(
        Request(
            host="h",
            target="wss://h/x",
            subprotocols=["a", "b"],
            extensions=[PerMessageDeflate(), Offering("x", "p=q"), Offering("y", offer=False)],
            extra_headers=[(b"X-Foo", b"b\xfcr"), (b"Origin", b"null"), (b"Cookie", b"a=b; c=d")],
        )
    )
    fields = dict(request.headers)
    assert request.target == b"wss://h/x"
    assert fields[b"sec-websocket-protocol"] == b"a, b"
    assert fields[b"sec-websocket-extensions"].endswith(b", x; p=q")
    assert fields[b"sec-websocket-extensions"].startswith(b"permessage-deflate; ")
    assert (fields[b"x-foo"], fields[b"origin"], fields[b"cookie"]) == (b"b\xfcr", b"null", b"a=b; c=d")


@pytest.mark.parametrize(
    "name",
    [
        b"Host",
        b"upgrade",
        b"Connection",
        b"Content-Length",
        b"transfer-encoding",
        b"Sec-WebSocket-Key",
        b"sec-websocket-x",
    ],
)
def test_a_field_of_the_handshake_s_is_named(name: bytes) -> None:
    """Whoever adds a field that the handshake writes, or that has no place there, hears which."""
    with pytest.raises(LocalProtocolError, match=f"{name!r} is the handshake's own"):
        H11Handshake(CLIENT).send(Request(host="h", target="/", extra_headers=[(name, b"1")]))


def test_subprotocols_may_be_many() -> None:
    """6455-4.1-8 asks that they are tokens, each once; it has no bound for how many."""
    names = [f"v{number}" for number in range(300)]
    assert dict(sent(Request(host="h", target="/", subprotocols=names)).headers)[b"sec-websocket-protocol"] == (
        ", ".join(names).encode()
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"target": ""},
        {"target": "chat"},
        {"target": "*"},
        {"target": "/a b"},
        {"target": "/ HTTP/1.1\r\nX: y"},
        {"target": "/\n"},
        {"target": "/\x00"},
        {"target": "/\x7f"},
        {"target": "/ü"},
        {"target": "/\udc80"},
        {"target": "/a#b"},
        {"target": "ftp://h/"},
        {"target": "ws://"},
        {"target": "ws://a b/"},
        {"target": b"/"},
        {"target": None},
        {"host": ""},
        {"host": "h\r\nX: y"},
        {"host": "h\n"},
        {"host": "a b"},
        {"host": "h/"},
        {"host": "u@h"},
        {"host": "h:x"},
        {"host": "h:99999"},
        {"host": "\x00"},
        {"host": "ü" * 100},
        {"host": "a\uff0fb"},
        {"host": "\ud800"},
        {"host": b"h"},
        {"host": None},
        {"subprotocols": ["a", "a"]},
        {"subprotocols": [""]},
        {"subprotocols": ["a b"]},
        {"subprotocols": ["a,b"]},
        {"subprotocols": ["a\r\nX: y"]},
        {"subprotocols": ["ü"]},
        {"subprotocols": [b"a"]},
        {"subprotocols": "chat"},
        {"subprotocols": 5},
        {"extensions": ["permessage-deflate"]},
        {"extensions": [None]},
        {"extensions": 5},
        {"extensions": [Offering("x", "a\r\nX: y")]},
        {"extensions": [Offering("x y")]},
        {"extensions": [Offering("x", 5)]},
        {"extensions": [Offering("permessage-deflate", "server_max_window_bits=99")]},
        {"extra_headers": [(b"X", b"a\r\nY: b")]},
        {"extra_headers": [(b"X\r\nY", b"a")]},
        {"extra_headers": [(b"X Y", b"a")]},
        {"extra_headers": [(b"X", b"\x00")]},
        {"extra_headers": [(b"X", b"a ")]},
        {"extra_headers": [("X", "ü")]},
        {"extra_headers": [("ü", "x")]},
        {"extra_headers": [(b"X", None)]},
        {"extra_headers": [b"X"]},
        {"extra_headers": 5},
        {"extra_headers": [(b"Host", b"other")]},
        {"extra_headers": [(b"upgrade", b"h2c")]},
        {"extra_headers": [(b"Connection", b"close")]},
        {"extra_headers": [(b"Content-Length", b"5")]},
        {"extra_headers": [(b"transfer-encoding", b"chunked")]},
        {"extra_headers": [(b"Sec-WebSocket-Key", b"x")]},
        {"extra_headers": [(b"sec-websocket-version", b"8")]},
        {"extra_headers": [(b"Sec-WebSocket-Protocol", b"x")]},
        {"extra_headers": [(b"Sec-WebSocket-Extensions", b"x")]},
    ],
    ids=repr,
)
def test_what_cannot_be_sent_changes_nothing(changed: dict[str, Any]) -> None:
    """LocalProtocolError, no octet, the same state: a good request can still be sent."""
    client = H11Handshake(CLIENT)
    with pytest.raises(LocalProtocolError):
        client.send(Request(**{"host": "h", "target": "/"} | changed))
    assert client.state is ConnectionState.CONNECTING
    assert client.send(Request(host="h", target="/")).startswith(b"GET / HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "event", [AcceptConnection(), RejectConnection(), RejectData(data=b""), Ping(), CloseConnection(1000), None]
)
def test_a_client_sends_requests_only(event: object) -> None:
    """What a server answers with is nothing for a client to send, before its request and behind it."""
    client = H11Handshake(CLIENT)
    with pytest.raises(LocalProtocolError):
        client.send(event)  # type: ignore[arg-type]
    client.send(Request(host="h", target="/"))
    with pytest.raises(LocalProtocolError):
        client.send(event)  # type: ignore[arg-type]


def test_a_request_is_sent_once() -> None:
    """A second one would be a smuggled one."""
    client, answer = waiting(response())
    with pytest.raises(LocalProtocolError):
        client.send(Request(host="h", target="/"))
    client.receive_data(answer)
    with pytest.raises(LocalProtocolError):
        client.send(Request(host="h", target="/"))
    assert client.state is ConnectionState.OPEN


@pytest.mark.parametrize("host", ["localhost:80", "[::1]:80", "芝士汉堡:81", "a_b"])
def test_a_server_sees_the_host_that_was_meant(host: str) -> None:
    """What a client writes, a server reads: ports, brackets and names outside ASCII."""
    server = H11Handshake(SERVER)
    server.receive_data(H11Handshake(CLIENT).send(Request(host=host, target="/")))
    request = next(server.events())
    assert isinstance(request, Request)
    assert request.host == host


def test_a_client_has_no_request_to_take_over() -> None:
    """What was read elsewhere is for a server."""
    with pytest.raises(LocalProtocolError):
        H11Handshake(CLIENT).initiate_upgrade_connection([], "/")


def test_a_handshake_says_what_it_is() -> None:
    """As in wsproto."""
    assert repr(H11Handshake(CLIENT)) == "H11Handshake(client=True, state=ConnectionState.CONNECTING)"
