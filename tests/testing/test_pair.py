"""A client and a server in memory: the same as over a network, at every cut."""

from __future__ import annotations

import pytest

from rawws.core.errors import LocalProtocolError, RemoteProtocolError
from rawws.core.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from rawws.core.extensions import PerMessageDeflate
from rawws.core.limits import Limits
from rawws.core.session import EndedBy
from rawws.testing import Cut, Pair, SessionPair, open_pair
from rawws.testing.cuts import at, bytewise, randomly, whole

CUTS: list[Cut] = [whole, bytewise, lambda data: randomly(data, 1), lambda data: at(data, [0, 0, 1, 1])]
ASK = Request(host="h", target="/x", subprotocols=["a", "b"], extensions=[PerMessageDeflate()])


@pytest.mark.parametrize("cut", CUTS)
def test_events_to_events(cut: Cut) -> None:
    """From the request to the last Close, every event comes out at the other end."""
    pair = Pair(cut=cut)
    pair.send("client", ASK)
    [request] = pair.receive("server")
    assert isinstance(request, Request)
    assert (request.target, request.subprotocols) == ("/x", ["a", "b"])
    pair.send("server", AcceptConnection(subprotocol="b", extensions=[PerMessageDeflate()]))
    [accepted] = pair.receive("client")
    assert isinstance(accepted, AcceptConnection)
    assert accepted.subprotocol == "b"
    pair.send("client", TextMessage(data="€"))
    pair.send("client", Ping(payload=b"1"))
    events = pair.receive("server")
    assert "".join(event.data for event in events if isinstance(event, TextMessage)) == "€"
    assert events[-1] == Ping(payload=b"1")
    pair.send("server", CloseConnection(code=1000))
    [closed] = pair.receive("client")
    assert isinstance(closed, CloseConnection)
    pair.send("client", closed.response())
    assert [type(event) for event in pair.receive("server")] == [CloseConnection]


@pytest.mark.parametrize("cut", CUTS)
def test_a_refusal(cut: Cut) -> None:
    """A refusal comes out as one, and what follows the end of a connection is nobody's."""
    pair = Pair(cut=cut)
    pair.send("client", ASK)
    pair.receive("server")
    pair.send("server", RejectConnection(status_code=403))
    rejected = pair.receive("client")[0]
    assert isinstance(rejected, RejectConnection)
    assert rejected.status_code == 403
    pair.to_client.write(b"more")
    assert pair.receive("client") == []


def test_errors_are_those_of_the_connections() -> None:
    """What may not be sent raises; so does what breaks a rule."""
    pair = Pair()
    with pytest.raises(LocalProtocolError):
        pair.send("server", AcceptConnection())
    pair.to_server.write(b"no HTTP\r\n\r\n")
    with pytest.raises(RemoteProtocolError):
        pair.receive("server")
    with pytest.raises(ValueError, match="not complete"):
        SessionPair(pair)


def test_an_open_pair_is_open() -> None:
    """The handshake is behind it, with what was asked and what was answered."""
    pair = open_pair(ASK, AcceptConnection(subprotocol="a"), server_limits=Limits(max_message_bytes=3))
    pair.send("client", BytesMessage(data=b"1234"))
    assert [event.code for event in pair.receive("server") if isinstance(event, CloseConnection)] == [1009]
    pair.to_server.end()
    assert pair.receive("server") == []


@pytest.mark.parametrize("cut", CUTS)
def test_messages_to_messages(cut: Cut) -> None:
    """Messages go both ways, pings are answered, and both ends agree on how it ended."""
    pair = SessionPair(open_pair(cut=cut))
    pair.client.send("hello")
    pair.server.send(b"\x00" * 300)
    handle = pair.client.ping(now=pair.clock())
    assert pair.exchange() == ([b"\x00" * 300], ["hello"])
    assert handle.rtt == 0.0
    pair.session("server").close(3000, "enough", now=pair.clock())
    assert pair.exchange() == ([], [])
    assert pair.client.ended is not None
    assert pair.server.ended is not None
    assert (pair.client.ended.by, pair.client.ended.code, pair.client.ended.reason) == (EndedBy.REMOTE, 3000, "enough")
    assert (pair.server.ended.by, pair.server.ended.code) == (EndedBy.LOCAL, 3000)
    assert pair.to_client.ended
    # A client waits for the server to end the connection, and then does the same.
    assert pair.to_server.ended


def test_octets_can_be_held_back() -> None:
    """Nothing moves but what is delivered."""
    pair = SessionPair()
    pair.client.send("abc")
    pair.flush()
    assert pair.deliver("server", 8) == []
    assert pair.wire_to("server").waiting == 1
    assert pair.deliver("server") == ["abc"]
    assert pair.deliver("client") == []


def test_time_passes_between_exchanges() -> None:
    """Keepalive works without a word; a close that nobody answers is given up in time."""
    pair = SessionPair(limits=Limits(ping_interval=10.0, ping_timeout=5.0, close_timeout=3.0))
    pair.client.send("first")
    assert pair.advance(100).server == ["first"]
    assert pair.client.stats.pongs_received == 10
    pair.to_client.break_after(0, silently=True)
    pair.client.close(now=pair.clock())
    pair.advance(4)
    assert pair.client.ended is not None
    assert pair.client.failure is not None
    assert pair.client.failure.limit == "close_timeout"
