"""The opening handshake as octets: the core, which is built otherwise, has to agree with it."""

from __future__ import annotations

from rawws.core import ConnectionType, WSConnection
from rawws.core.events import AcceptConnection, Request
from rawws.testing import handshake


def test_the_example_of_the_rfc() -> None:
    """The token of §1.3 is what comes of its nonce."""
    assert handshake.accept_token(handshake.NONCE) == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_a_server_understands_the_request() -> None:
    """The request is one, and its further lines are in it."""
    server = WSConnection(ConnectionType.SERVER)
    server.receive_data(handshake.request(b"/chat", b"Origin: http://example.com"))
    [request] = server.events()
    assert isinstance(request, Request)
    assert (request.host, request.target) == ("localhost", "/chat")
    assert (b"origin", b"http://example.com") in request.extra_headers


def test_a_client_understands_the_acceptance() -> None:
    """The acceptance answers the request that it was made for."""
    client = WSConnection(ConnectionType.CLIENT)
    request = client.send(Request(host="h", target="/", subprotocols=["a"]))
    client.receive_data(handshake.acceptance(request, b"Sec-WebSocket-Protocol: a"))
    assert [event.subprotocol for event in client.events() if isinstance(event, AcceptConnection)] == ["a"]


def test_a_field_is_found_by_its_name() -> None:
    """Whatever its case; b"" where there is none."""
    head = handshake.request(b"/", b"X-Y:  z ")
    assert handshake.header(head, b"x-y") == b"z"
    assert handshake.header(head, b"HOST") == b"localhost"
    assert handshake.header(head, b"nothing") == b""
