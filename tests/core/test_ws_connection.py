"""`WSConnection`: one endpoint, which is its handshake at first and its connection from then on."""

from __future__ import annotations

import pytest

from rawws.core import WSConnection
from rawws.core.connection import CLIENT, SERVER, ConnectionState
from rawws.core.events import AcceptConnection, CloseConnection, Ping, Request, TextMessage
from rawws.core.utilities import RemoteProtocolError

from tests.core.battery.rows import SEC_KEY, request
from tests.core.octets import Frame, text


def opened() -> WSConnection:
    """A server behind its handshake."""
    server = WSConnection(SERVER)
    server.receive_data(request())
    assert isinstance(next(server.events()), Request)
    server.send(AcceptConnection())
    return server


def test_it_says_which_end_it_is() -> None:
    """As in wsproto, `client` is whether it is the client's."""
    assert WSConnection(CLIENT).client is True
    assert WSConnection(SERVER).client is False


def test_nothing_has_happened_at_first() -> None:
    """Before an octet has come it is CONNECTING, has not failed, and has no events."""
    for end in (WSConnection(CLIENT), WSConnection(SERVER)):
        assert end.state is ConnectionState.CONNECTING
        assert end.failure is None
        assert end.connection is None
        assert list(end.events()) == []


def test_a_handshake_that_fails_is_its_failure() -> None:
    """State and failure are those of the handshake while there is no connection."""
    server = WSConnection(SERVER)
    with pytest.raises(RemoteProtocolError):
        server.receive_data(request(without=SEC_KEY))
    assert server.state is ConnectionState.REJECTING
    assert server.failure is not None
    assert server.failure == server.handshake.failure
    assert server.failure.status_code == 400
    assert server.connection is None


def test_a_connection_that_fails_is_its_failure() -> None:
    """State and failure are those of the connection where there is one."""
    server = opened()
    assert server.state is ConnectionState.OPEN
    assert server.failure is None
    server.receive_data(text("a").to("server") + Frame(0x83, b"").to("server"))
    assert list(server.events()) == [TextMessage("a"), CloseConnection(1002, "Invalid opcode 0x3")]
    assert server.connection is not None
    assert server.failure is not None
    assert server.failure == server.connection.failure
    assert server.failure.close_code == 1002
    assert server.state is server.connection.state is not ConnectionState.OPEN


def test_events_come_once_and_in_their_order() -> None:
    """Those of the handshake, then those of the connection, with one iterator or with several."""
    client, server = WSConnection(CLIENT), WSConnection(SERVER)
    server.receive_data(client.send(Request(host="h", target="/")))
    assert [type(event) for event in server.events()] == [Request]
    assert list(server.events()) == []
    client.receive_data(server.send(AcceptConnection()) + server.send(Ping(b"1")) + server.send(TextMessage("a")))
    assert isinstance(next(client.events()), AcceptConnection)
    assert list(client.events()) == [Ping(b"1"), TextMessage("a")]
    assert list(client.events()) == []
