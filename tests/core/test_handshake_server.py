"""The opening handshake as a server: how a request is answered, and what cannot be sent."""

from __future__ import annotations

import pytest

from rawws.core.connection import SERVER, ConnectionState
from rawws.core.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)
from rawws.core.extensions import Extension, PerMessageDeflate
from rawws.core.failure import Failure, Fault
from rawws.core.handshake import H11Handshake
from rawws.core.utilities import LocalProtocolError, RemoteProtocolError

from tests.core.battery.rows import SEC_KEY, request
from tests.core.handshaking import ACCEPTANCE, asked, read, refused


def test_an_acceptance_is_the_one_of_the_rfc() -> None:
    """The response of RFC 6455 §1.3, to the octet."""
    server = asked(b"Sec-WebSocket-Protocol: chat, superchat")
    sent = server.send(AcceptConnection(subprotocol="chat"))
    assert sent == ACCEPTANCE + b"Sec-WebSocket-Protocol: chat\r\n\r\n"
    assert server.state is ConnectionState.OPEN
    assert server.failure is None


def test_an_acceptance_carries_extra_headers_and_extensions() -> None:
    """Extra fields stand behind those of the handshake, as they were given."""
    server = asked(b"Sec-WebSocket-Extensions: permessage-deflate")
    deflate = PerMessageDeflate()
    sent = server.send(AcceptConnection(extensions=[deflate], extra_headers=[(b"X-Foo", b"b\xfcr"), (b"x-foo", b"")]))
    assert sent == ACCEPTANCE + b"Sec-WebSocket-Extensions: permessage-deflate\r\nX-Foo: b\xfcr\r\nx-foo: \r\n\r\n"
    assert server.agreed_extensions == "permessage-deflate"
    assert deflate.enabled()


def test_a_client_may_offer_hundreds_of_subprotocols() -> None:
    """6455-4.1-8 wants them to be unique, and sets no bound to their number; one that comes twice makes them none."""
    names = [f"v{number}" for number in range(300)]
    server = H11Handshake(SERVER)
    server.receive_data(request(b"Sec-WebSocket-Protocol: " + ", ".join(names).encode()))
    assert [event.subprotocols for event in server.events() if isinstance(event, Request)] == [names]
    with pytest.raises(RemoteProtocolError):
        H11Handshake(SERVER).receive_data(request(b"Sec-WebSocket-Protocol: " + ", ".join([*names, "v7"]).encode()))


class CountingDeflate(PerMessageDeflate):
    """permessage-deflate that is enabled from before."""

    def enabled(self) -> bool:
        """As an instance is that served another connection."""
        return True


def test_an_extension_that_was_not_agreed_on_is_not_used() -> None:
    """An instance that is enabled from another connection, and was not offered on this one, stays out of this one."""
    server = asked()
    server.send(AcceptConnection(extensions=[CountingDeflate()]))
    assert server.connection is not None
    server.connection.receive_data(bytes.fromhex("c1 80 00000000"))
    assert [type(event) for event in server.connection.events()] == [CloseConnection]


@pytest.mark.parametrize(
    "event",
    [
        AcceptConnection(subprotocol="other"),
        AcceptConnection(subprotocol=""),
        AcceptConnection(subprotocol=5),  # type: ignore[arg-type]
        AcceptConnection(extra_headers=[(b"X", b"a\r\nSet-Cookie: b")]),
        AcceptConnection(extra_headers=[(b"X\r\nY", b"a")]),
        AcceptConnection(extra_headers=[(b"X: Y", b"a")]),
        AcceptConnection(extra_headers=[(b"X", b"\0")]),
        AcceptConnection(extra_headers=[("X", "ü")]),  # type: ignore[list-item]
        AcceptConnection(extra_headers=[(b"X", 5)]),  # type: ignore[list-item]
        AcceptConnection(extra_headers=[(b"X",)]),  # type: ignore[list-item]
        AcceptConnection(extra_headers=None),  # type: ignore[arg-type]
        AcceptConnection(extra_headers=[(b"upgrade", b"h2c")]),
        AcceptConnection(extra_headers=[(b"CONNECTION", b"close")]),
        AcceptConnection(extra_headers=[(b"Content-Length", b"0")]),
        AcceptConnection(extra_headers=[(b"Transfer-Encoding", b"chunked")]),
        AcceptConnection(extra_headers=[(b"Sec-WebSocket-Accept", b"x")]),
        AcceptConnection(extra_headers=[(b"sec-websocket-protocol", b"chat")]),
        AcceptConnection(extra_headers=[(b"Sec-WebSocket-Extensions", b"permessage-deflate")]),
        AcceptConnection(extra_headers=[(b"Sec-WebSocket-Anything", b"x")]),
        AcceptConnection(extensions=[None]),  # type: ignore[list-item]
        AcceptConnection(extensions="permessage-deflate"),  # type: ignore[arg-type]
        AcceptConnection(extensions=5),  # type: ignore[arg-type]
        RejectConnection(status_code=101),
        RejectConnection(status_code=100),
        RejectConnection(status_code=199),
        RejectConnection(status_code=600),
        RejectConnection(status_code=-400),
        RejectConnection(status_code=0),
        RejectConnection(status_code=True),
        RejectConnection(status_code="403"),  # type: ignore[arg-type]
        RejectConnection(status_code=403.0),  # type: ignore[arg-type]
        RejectConnection(headers=[(b"X", b"a\nb")]),
        RejectConnection(headers=[(b"", b"a")]),
        RejectConnection(headers=5),  # type: ignore[arg-type]
        RejectConnection(headers=[(b"Content-Length", b"5")]),
        RejectConnection(headers=[(b"Content-Length", b"x")]),
        RejectConnection(headers=[(b"Transfer-Encoding", b"chunked")]),
        RejectConnection(headers=[(b"Content-Length", b"5"), (b"Transfer-Encoding", b"chunked")], has_body=True),
        RejectConnection(headers=[(b"Content-Length", b"5"), (b"Content-Length", b"5")], has_body=True),
        RejectConnection(headers=[(b"Content-Length", b"-5")], has_body=True),
        RejectConnection(headers=[(b"Content-Length", b"9" * 5000)], has_body=True),
        RejectConnection(headers=[(b"Transfer-Encoding", b"gzip")], has_body=True),
        RejectConnection(status_code=204, headers=[(b"Content-Length", b"0")]),
        RejectConnection(status_code=204, has_body=True),
        RejectConnection(status_code=205, has_body=True),
        RejectConnection(status_code=304, has_body=True),
        RejectData(data=b"x"),
        Request(host="h", target="/"),
        Ping(),
        TextMessage("x"),
        BytesMessage(b"x"),
        CloseConnection(1000),
        None,
        "AcceptConnection",
    ],
    ids=repr,
)
def test_what_cannot_be_sent_changes_nothing(event: object) -> None:
    """LocalProtocolError, no octet, the same state: the right answer can still be given."""
    server = asked(b"Sec-WebSocket-Protocol: chat", b"Sec-WebSocket-Extensions: permessage-deflate")
    with pytest.raises(LocalProtocolError):
        server.send(event)  # type: ignore[arg-type]
    assert server.state is ConnectionState.CONNECTING
    assert server.failure is None
    assert server.connection is None
    assert server.send(AcceptConnection()) == ACCEPTANCE + b"\r\n"


class Careless(Extension):
    """An extension whose answer ends the line."""

    name = "permessage-deflate"

    def offer(self) -> bool | str:
        """Nobody asks."""
        return False

    def accept(self, offer: str) -> bool | str | None:
        """Answer what must not be sent."""
        return "a\r\nSet-Cookie: b"


def test_an_extension_cannot_inject_either() -> None:
    """What an extension answers is judged as what the application says."""
    server = asked(b"Sec-WebSocket-Extensions: permessage-deflate")
    with pytest.raises(LocalProtocolError):
        server.send(AcceptConnection(extensions=[Careless()]))
    assert server.send(AcceptConnection()) == ACCEPTANCE + b"\r\n"


@pytest.mark.parametrize("event", [AcceptConnection(), RejectConnection(), RejectData(data=b"")])
def test_an_answer_is_given_once(event: Event) -> None:
    """Behind an acceptance nothing of the handshake may be sent."""
    server = asked()
    server.send(AcceptConnection())
    with pytest.raises(LocalProtocolError):
        server.send(event)
    assert server.state is ConnectionState.OPEN


def test_there_is_nothing_to_accept_before_a_request() -> None:
    """wsproto fails an assertion here."""
    server = H11Handshake(SERVER)
    with pytest.raises(LocalProtocolError):
        server.send(AcceptConnection())
    server.receive_data(request()[:-1])
    with pytest.raises(LocalProtocolError):
        server.send(AcceptConnection())
    server.receive_data(request()[-1:])
    assert server.send(AcceptConnection()) == ACCEPTANCE + b"\r\n"


# -- refusing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 204, 205, 301, 304, 400, 403, 404, 429, 503, 599])
def test_a_refusal_without_a_body_is_whole(status: int) -> None:
    """A client that keeps the connection open knows that no body follows; 204 says no length (9110-8.6-1)."""
    server = asked()
    head, body = read(server.send(RejectConnection(status_code=status, headers=[(b"X", b"y")])))
    assert (head.status_code, body) == (status, b"")
    fields = dict(head.headers)
    assert fields.get(b"content-length") == (None if status in {204, 304} else b"0")
    assert fields[b"x"] == b"y"
    assert server.state is ConnectionState.CLOSED


def test_a_length_of_nothing_may_be_told() -> None:
    """wsproto sends a second Content-Length then."""
    sent = asked().send(RejectConnection(headers=[(b"Content-Length", b"0")]))
    assert sent.lower().count(b"content-length") == 1
    assert read(sent)[1] == b""


def test_a_304_may_tell_the_length_of_what_it_does_not_send() -> None:
    """RFC 9110 §8.6 allows it."""
    sent = asked().send(RejectConnection(status_code=304, headers=[(b"Content-Length", b"500")]))
    assert dict(read(sent)[0].headers)[b"content-length"] == b"500"


@pytest.mark.parametrize("headers", [[], [(b"Content-Length", b"5")], [(b"Transfer-Encoding", b"chunked")]])
def test_a_body_is_framed(headers: list[tuple[bytes, bytes]]) -> None:
    """By its length where it is told, otherwise chunked."""
    server = asked()
    sent = server.send(RejectConnection(status_code=403, headers=headers, has_body=True))
    assert server.state is ConnectionState.REJECTING
    sent += server.send(RejectData(data=b"He", body_finished=False))
    sent += server.send(RejectData(data=bytearray(b"llo")))  # type: ignore[arg-type]
    head, body = read(sent)
    assert (head.status_code, body) == (403, b"Hello")
    assert server.state.name == "CLOSED"


@pytest.mark.parametrize(
    "event",
    [
        RejectData(data=b"toolong"),
        RejectData(data=b"toolong", body_finished=False),
        RejectData(data=b"few"),
        RejectData(data="Hello"),  # type: ignore[arg-type]
        RejectData(data=None),  # type: ignore[arg-type]
        RejectConnection(),
        AcceptConnection(),
    ],
)
def test_a_body_keeps_its_promise(event: Event) -> None:
    """More or less than was told raises LocalProtocolError, and the right octets can still be sent."""
    server = asked()
    sent = server.send(RejectConnection(headers=[(b"Content-Length", b"5")], has_body=True))
    with pytest.raises(LocalProtocolError):
        server.send(event)
    assert server.state is ConnectionState.REJECTING
    assert read(sent + server.send(RejectData(data=b"Hello")))[1] == b"Hello"


@pytest.mark.parametrize("event", [AcceptConnection(), RejectConnection(), RejectData(data=b"")])
def test_a_refusal_is_given_once(event: Event) -> None:
    """Behind a refusal nothing may be sent."""
    server = asked()
    server.send(RejectConnection())
    with pytest.raises(LocalProtocolError):
        server.send(event)


@pytest.mark.parametrize("octets", [b"", request()[:20]])
def test_a_server_may_refuse_before_there_is_a_request(octets: bytes) -> None:
    """A request that takes too long gets 408, one too many 503; what still comes is not looked at."""
    server = H11Handshake(SERVER)
    if octets:
        server.receive_data(octets)
    head, _ = read(server.send(RejectConnection(status_code=408)))
    assert head.status_code == 408
    server.receive_data(request())
    assert list(server.events()) == []
    assert server.state is ConnectionState.CLOSED


def test_a_426_names_the_protocol_and_the_version() -> None:
    """9110-15.5.22-1 and 6455-4.2.2-2: Upgrade, and Sec-WebSocket-Version: 13."""
    server, hint = refused(request().replace(b"Version: 13", b"Version: 8"))
    assert hint == RejectConnection(status_code=426, headers=[(b"Sec-WebSocket-Version", b"13")])
    fields = dict(read(server.send(hint))[0].headers)
    assert fields[b"upgrade"] == b"websocket"
    assert fields[b"connection"] == b"Upgrade, close"
    assert fields[b"sec-websocket-version"] == b"13"


def test_another_refusal_than_the_hint_may_be_sent() -> None:
    """An application may answer in its own words; the connection ends all the same."""
    server, _ = refused()
    with pytest.raises(LocalProtocolError):
        server.send(RejectData(data=b"too early"))
    sent = server.send(RejectConnection(status_code=404, headers=[(b"Content-Length", b"2")], has_body=True))
    sent += server.send(RejectData(data=b"no"))
    head, body = read(sent)
    assert (head.status_code, body) == (404, b"no")
    assert dict(head.headers)[b"connection"] == b"close"


@pytest.mark.parametrize("line", [b"GET /chat HTTP/1.0", b"HEAD /chat HTTP/1.1", b"POST /chat HTTP/1.1"])
def test_a_body_is_framed_for_the_request_that_came(line: bytes) -> None:
    """No chunks for HTTP/1.0, no body for HEAD: what was not accepted was read all the same."""
    server, _ = refused(request(line=line))
    sent = server.send(RejectConnection(has_body=True)) + server.send(RejectData(data=b"Hello"))
    head, body = read(sent, method=line.split()[0].decode())
    assert body == (b"" if line.startswith(b"HEAD") else b"Hello")
    assert (b"transfer-encoding" in dict(head.headers)) is (b"1.1" in line)


def test_a_failure_tells_what_happened_as_data() -> None:
    """The rule, the status, whose fault; comparable by value."""
    server, hint = refused(request(line=b"POST /chat HTTP/1.1"))
    assert server.failure == Failure("6455-4.2.1-1", "Request method must be GET", status_code=405, fault=Fault.REMOTE)
    assert "HTTP/1.1 or higher GET request" in server.failure.sentence
    assert hint == RejectConnection(status_code=405, headers=[(b"Allow", b"GET")])
    assert server.state is ConnectionState.REJECTING


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ((b"GET", b"PUT"), "Request method must be GET"),
        ((b"Connection: Upgrade\r\n", b""), "Missing header, 'Connection: Upgrade'"),
        ((b"Connection: Upgrade\r\n", b"Connection: websocket\r\n"), "Missing header, 'Connection: Upgrade'"),
        ((b"Sec-WebSocket-Version: 13\r\n", b""), "Missing header, 'Sec-WebSocket-Version'"),
        ((b": 13", b": 14"), "Missing header, 'Sec-WebSocket-Version'"),
        ((SEC_KEY + b"\r\n", b""), "Missing header, 'Sec-WebSocket-Key'"),
        ((b"Upgrade: websocket\r\n", b""), "Missing header, 'Upgrade: websocket'"),
        ((b"Host: server.example.com\r\n", b""), "Missing header, 'Host'"),
        ((b"HTTP/1.1", b"HTTP/x"), "Bad HTTP message"),
    ],
)
def test_errors_speak_with_wsprotos_words(change: tuple[bytes, bytes], text: str) -> None:
    """Embedders compare texts."""
    server = H11Handshake(SERVER)
    with pytest.raises(RemoteProtocolError) as caught:
        server.receive_data(request().replace(*change))
    assert str(caught.value) == text
