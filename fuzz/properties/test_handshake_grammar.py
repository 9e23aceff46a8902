"""Handshake octets: what rawws accepts the grammar of the RFCs accepts, and what the grammar makes rawws accepts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawws.core.connection import CLIENT, SERVER
from rawws.core.errors import RemoteProtocolError
from rawws.core.events import AcceptConnection, Request
from rawws.core.extensions import PerMessageDeflate
from rawws.core.handshake import H11Handshake
from rawws.testing import handshake
from rawws.testing.handshake import accept_token, header
from rawws.testing.strategies import Head, header_values, requests, responses, right_requests, right_responses
from rawws.testing.strategies.handshake import ACCEPT

from fuzz.budget import examples
from fuzz.oracles.grammar import request_errors, response_errors


def read_request(octets: bytes) -> Request | None:
    """What a server makes of a head: a request, or None where it refuses, or waits."""
    server = H11Handshake(SERVER)
    try:
        server.receive_data(octets)
    except RemoteProtocolError:
        return None
    events = list(server.events())
    assert len(events) < 2
    return events[0] if events else None  # type: ignore[return-value]  # a server is told nothing else


def with_field(head: Head, name: str, value: str) -> Head:
    """The head with one more line."""
    return Head((*head.lines, f"{name}: {value}".encode()), head.right, head.end_of_line, head.before)


@examples(8)
@given(requests())
def test_of_an_accepted_request(head: Head) -> None:
    """A request that a server accepts, the grammar accepts."""
    if read_request(head.octets) is not None:
        # What comes behind the empty line belongs to the connection.
        end = head.octets.index(b"\r\n\r\n", 2) + 4
        assert request_errors(head.octets[:end]) == []


LISTS = st.sampled_from(["Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol", "Connection", "Upgrade"])


@examples(4)
@given(
    right_requests(),
    LISTS,
    header_values(),
)
def test_of_an_accepted_list(head: Head, name: str, value: str) -> None:
    """Whatever list stands in a field, a server that accepts it has the grammar on its side."""
    octets = with_field(head, name, value).octets
    if name == "Sec-WebSocket-Extensions":
        accepted = read_request(octets) is not None
        assert accepted == (request_errors(octets) == [])
    elif read_request(octets) is not None:
        assert request_errors(octets) == []


@examples(2)
@given(right_requests())
def test_of_a_right_request(head: Head) -> None:
    """A request that the grammar makes, a server accepts."""
    assert request_errors(head.octets) == []
    assert read_request(head.octets) is not None


def with_lf_alone(octets: bytes, place: int) -> tuple[bytes, bytes]:
    """The head with one of its lines ending with LF alone (RFC 9112 §2.2): the lines up to that one, and the rest."""
    lines = octets.split(b"\r\n")
    place %= len(lines) - 1
    return b"\r\n".join(lines[: place + 1]) + b"\n", b"\r\n".join(lines[place + 1 :])


@examples(1)
@given(right_requests(), st.integers(0, 30))
def test_of_a_request_with_lf_alone(head: Head, place: int) -> None:
    """A request of which a single line, whichever, ends with LF alone is refused, and without waiting for the rest."""
    lines, rest = with_lf_alone(head.octets, place)
    assert request_errors(lines + rest) != []
    assert read_request(lines + rest) is None
    with pytest.raises(RemoteProtocolError):
        H11Handshake(SERVER).receive_data(lines)


def asking() -> tuple[H11Handshake, bytes]:
    """A client that has sent a plain request, and the |Sec-WebSocket-Accept| that it waits for."""
    client = H11Handshake(CLIENT)
    return client, accept_token(header(client.send(Request(host="h", target="/")), b"sec-websocket-key"))


def read_response(client: H11Handshake, octets: bytes) -> AcceptConnection | None:
    """What a client makes of a head: an acceptance, or None where it is none."""
    try:
        client.receive_data(octets)
    except RemoteProtocolError:
        return None
    events = list(client.events())
    accepted = events[0] if events else None
    return accepted if isinstance(accepted, AcceptConnection) else None


FIELDS = st.one_of(
    st.none(),
    st.tuples(st.just("Sec-WebSocket-Extensions"), header_values()),
    st.tuples(st.just("Sec-WebSocket-Protocol"), st.sampled_from(["a", "b", "c", "A", "a, b", "", '"a"'])),
)


@examples(6)
@given(responses(), FIELDS, st.booleans())
def test_of_an_accepted_response(head: Head, field: tuple[str, str] | None, deflates: bool) -> None:  # noqa: FBT001  drawn
    """A response that a client takes for an acceptance is one by the grammar, and accepts only what was asked for."""
    client = H11Handshake(CLIENT)
    extensions = [PerMessageDeflate()] if deflates else []
    request = client.send(Request(host="h", target="/", subprotocols=["a", "b"], extensions=list(extensions)))
    token = accept_token(header(request, b"sec-websocket-key"))
    octets = (head if field is None else with_field(head, *field)).octets.replace(ACCEPT, token)
    accepted = read_response(client, octets)
    if accepted is not None:
        end = octets.index(b"\r\n\r\n", 2) + 4
        offered = {b"permessage-deflate"} if deflates else set()
        assert response_errors(octets[:end], token, [b"a", b"b"], offered) == []
        assert accepted.subprotocol in {None, "a", "b"}


@examples(2)
@given(right_responses())
def test_of_a_right_response(head: Head) -> None:
    """A response that the grammar makes, a client accepts."""
    client, token = asking()
    octets = head.octets.replace(ACCEPT, token)
    assert response_errors(octets, token, [], set()) == []
    assert read_response(client, octets) is not None


@examples(1)
@given(right_responses(), st.integers(0, 30))
def test_of_a_response_with_lf_alone(head: Head, place: int) -> None:
    """The same of a response."""
    client, token = asking()
    lines, rest = with_lf_alone(head.octets.replace(ACCEPT, token), place)
    assert response_errors(lines + rest, token, [], set()) != []
    with pytest.raises(RemoteProtocolError):
        client.receive_data(lines)


@pytest.mark.parametrize(
    ("octets", "error"),
    [
        (handshake.request().replace(b"GET", b"POST"), "not GET"),
        (handshake.request(b"x"), "no origin-form"),
        (handshake.request().replace(b"Upgrade: websocket", b"Upgrade: h2c"), "no Upgrade"),
        (handshake.request().replace(b"Connection: Upgrade", b"Connection: close"), "no Connection"),
        (handshake.request().replace(b"Sec-WebSocket-Key: d", b"Sec-WebSocket-Key: "), "not one key"),
        (handshake.request(b"/", b"Sec-WebSocket-Extensions: a;"), "no extension-list"),
        (handshake.request(b"/", b'Sec-WebSocket-Extensions: a; b="c d"'), "no extension-list"),
        (handshake.request(b"/", b'Sec-WebSocket-Extensions: a; b="c'), "no extension-list"),
        (handshake.request(b"/", b"Sec-WebSocket-Protocol: a, a"), "each once"),
        (handshake.request(b"/", b"Content-Length: 1"), "a body"),
        (handshake.request(b"/", b"a b: c"), "no field line"),
        (handshake.request(b"/", b"Host: again"), "not one Host"),
        (handshake.request()[:-1], "no empty line"),
    ],
)
def test_the_grammar_refuses(octets: bytes, error: str) -> None:
    """The oracle is no oracle if it accepts everything."""
    assert any(error in found for found in request_errors(octets))


def test_the_grammar_accepts() -> None:
    """Nor if it accepts nothing."""
    assert request_errors(handshake.request(b"/x?y", b'Sec-WebSocket-Extensions: a; b=c, d;e="f"')) == []
