"""Extensions are negotiated as a model says that is written from RFC 6455 §9.1 and RFC 7692 §7 alone."""

from __future__ import annotations

from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawws.core import WSConnection
from rawws.core.connection import CLIENT, SERVER
from rawws.core.errors import RemoteProtocolError
from rawws.core.events import AcceptConnection, Request
from rawws.core.extensions import PerMessageDeflate
from rawws.testing import handshake
from rawws.testing.handshake import header
from rawws.testing.strategies import deflate_offers, header_values, offers

from fuzz.budget import examples
from fuzz.oracles.negotiation import (
    Terms,
    accepted_terms,
    first_to_accept,
    is_answer,
    parse,
    terms_of,
)

#: zlib does not deflate a raw stream with a window of 8.
SMALLEST = 9

BITS = st.one_of(st.none(), st.integers(9, 15))
DEFLATES = st.builds(
    PerMessageDeflate,
    client_no_context_takeover=st.booleans(),
    client_max_window_bits=BITS,
    server_no_context_takeover=st.booleans(),
    server_max_window_bits=BITS,
)
VALUES = st.lists(st.one_of(offers(), deflate_offers(), header_values()), min_size=1, max_size=3)


def held(deflate: PerMessageDeflate) -> tuple[bool, bool, int, int]:
    """What an end holds to be agreed on."""
    return (
        deflate.server_no_context_takeover,
        deflate.client_no_context_takeover,
        deflate.server_max_window_bits,
        deflate.client_max_window_bits,
    )


def meant(terms: Terms) -> tuple[bool, bool, int, int]:
    """The same from a response: without a parameter the window is the largest; one of 8 is held as 9, which does it."""
    without, client_without, server_bits, client_bits = astuple(terms)
    return without, client_without, max(server_bits or 15, SMALLEST), max(client_bits or 15, SMALLEST)


def in_use(ws: WSConnection) -> PerMessageDeflate | None:
    """The extension that a connection works with."""
    found = [] if ws.connection is None else ws.connection._proto.extensions
    assert all(isinstance(extension, PerMessageDeflate) for extension in found)
    assert len(found) < 2
    return found[0] if found else None  # type: ignore[return-value]  # it is one


@examples(5)
@given(VALUES, DEFLATES)
def test_a_server_answers_as_the_model_does(values: list[str], deflate: PerMessageDeflate) -> None:
    """Malformed lists are refused; else the first offer that may be accepted is, with an answer that fits it."""
    lines = [b"Sec-WebSocket-Extensions: " + value.encode() for value in values]
    server = WSConnection(SERVER)
    offered = parse([value.encode().strip(b" \t") for value in values])
    try:
        server.receive_data(handshake.request(b"/", *lines))
    except RemoteProtocolError:
        assert offered is None
        return
    [request] = server.events()
    assert isinstance(request, Request)
    if offered is None:
        # §9.1 asks for at least one element; what is empty is no list, but says nothing either.
        assert request.extensions == []
    response = header(server.send(AcceptConnection(extensions=[deflate])), b"sec-websocket-extensions")
    accepted = first_to_accept(offered or [], smallest_window=SMALLEST)
    assert (response == b"") == (accepted is None)
    if accepted is None:
        assert in_use(server) is None
        return
    answers = parse([response])
    assert answers is not None
    [answer] = answers
    terms = terms_of(answer, is_offer=False)
    assert terms is not None
    assert is_answer(accepted, terms)
    assert in_use(server) is deflate
    without, client_without, server_bits, client_bits = held(deflate)
    agreed = meant(terms)
    # How the client compresses is as was answered; for itself, a server may do with less (§7.1.1.1, §7.1.2.1).
    assert (client_without, client_bits) == (agreed[1], agreed[3])
    assert without >= agreed[0]
    assert server_bits <= agreed[2]


RESPONSES = st.one_of(
    deflate_offers(), deflate_offers(), offers(), header_values(), st.just("permessage-deflate, permessage-deflate")
)


@examples(5)
@given(st.lists(DEFLATES, max_size=2), RESPONSES)
def test_a_client_judges_as_the_model_does(deflates: list[PerMessageDeflate], value: str) -> None:
    """A response is taken where it answers one of the offers, and on its terms; else the connection fails."""
    client = WSConnection(CLIENT)
    request = client.send(Request(host="h", target="/", extensions=list(deflates)))
    sent = header(request, b"sec-websocket-extensions")
    offered = parse([sent]) if sent else []
    assert offered is not None
    response = parse([value.encode().strip(b" \t")])
    data = handshake.acceptance(request, b"Sec-WebSocket-Extensions: " + value.encode())
    expected = False if response is None else accepted_terms(offered, response)
    try:
        client.receive_data(data)
    except RemoteProtocolError:
        assert expected is False
        return
    if response is None:
        # An empty value agrees on nothing.
        assert not value.strip(" \t,")
        assert in_use(client) is None
        return
    assert isinstance(expected, Terms)
    deflate = in_use(client)
    assert deflate is not None
    assert deflate in deflates
    without, client_without, server_bits, client_bits = held(deflate)
    agreed = meant(expected)
    # How the server compresses is as the server says; for itself, a client may do with less (§7.1.1.2, §7.1.2.2).
    assert (without, server_bits) == (agreed[0], agreed[2])
    assert client_without >= agreed[1]
    assert client_bits <= agreed[3]


@pytest.mark.parametrize(
    ("offer", "response", "fits"),
    [
        (b"", b"", True),
        (b"; server_no_context_takeover", b"", False),
        (b"", b"; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=8", True),
        (b"; server_max_window_bits=10", b"", False),
        (b"; server_max_window_bits=10", b"; server_max_window_bits=11", False),
        (b"; server_max_window_bits=15", b"", True),
        (b"", b"; client_max_window_bits=15", False),
        (b"; client_max_window_bits", b"; client_max_window_bits=8", True),
        (b"; client_max_window_bits=9", b"; client_max_window_bits=10", False),
    ],
)
def test_the_model_is_one(offer: bytes, response: bytes, fits: bool) -> None:  # noqa: FBT001  a table
    """The model tells right answers from wrong ones, as the examples of RFC 7692 §7.1 do."""
    [offered], [answered] = (parse([b"permessage-deflate" + text]) for text in (offer, response))  # type: ignore[misc]
    first, second = terms_of(offered, is_offer=True), terms_of(answered, is_offer=False)
    assert first is not None
    assert second is not None
    assert is_answer(first, second) == fits
