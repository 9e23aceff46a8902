"""What one endpoint of rawws sends, the other accepts: handshakes, extensions, refusals, and what is then agreed on."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from rawws.core import WSConnection
from rawws.core.connection import CLIENT, SERVER
from rawws.core.errors import LocalProtocolError
from rawws.core.events import AcceptConnection, Event, RejectConnection, RejectData, Request
from rawws.core.extensions import PerMessageDeflate
from rawws.core.session import Session
from rawws.testing import Cut, Pair, Role, SessionPair
from rawws.testing.strategies import cuts, octets, roles, texts, tokens
from rawws.testing.strategies.frames import GOOD_CODES, long_texts, payloads

from fuzz.budget import examples

VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=10).map(str.strip)
FIELDS = st.lists(
    st.tuples(tokens().map(lambda name: f"x-{name}".lower().encode()), VALUES.map(str.encode)), max_size=3
)
BITS = st.one_of(st.none(), st.integers(9, 15))
DEFLATES = st.builds(
    PerMessageDeflate,
    st.booleans(),
    BITS,
    st.booleans(),
    BITS,
    threshold=st.sampled_from([0, 20]),
    window_bits=BITS,
)
REQUESTS = st.builds(
    Request,
    host=st.sampled_from(["example.com", "h:8080", "[::1]", "bücher.example", "127.0.0.1:1"]),
    target=st.sampled_from(["/", "/chat?q=%20", "/a/b;c", "wss://other.example/x"]),
    extensions=st.lists(DEFLATES, max_size=2),
    extra_headers=FIELDS,
    subprotocols=st.lists(tokens(), max_size=3, unique=True),
)


@st.composite
def openings(draw: st.DrawFn) -> tuple[Request, AcceptConnection]:
    """A request, and an acceptance of something that it asks for."""
    request = draw(REQUESTS)
    subprotocol = draw(st.one_of(st.none(), st.sampled_from(request.subprotocols))) if request.subprotocols else None
    accepted = AcceptConnection(
        subprotocol=subprotocol,
        extensions=draw(st.lists(DEFLATES, max_size=1)),
        extra_headers=draw(FIELDS),
    )
    return request, accepted


def opened(opening: tuple[Request, AcceptConnection], cut: Cut) -> tuple[Pair, Request, AcceptConnection]:
    """A pair behind its opening handshake, and what each end was told."""
    pair = Pair(cut=cut)
    pair.send("client", opening[0])
    [request] = pair.receive("server")
    assert isinstance(request, Request)
    pair.send("server", opening[1])
    [accepted] = pair.receive("client")
    assert isinstance(accepted, AcceptConnection)
    return pair, request, accepted


@examples(2)
@given(openings(), cuts())
def test_agree_on_the_handshake(opening: tuple[Request, AcceptConnection], cut: Cut) -> None:
    """Every request that a client may send a server understands as it was meant, and the answer likewise."""
    asked, answered = opening
    pair, request, accepted = opened(opening, cut)
    host = "other.example" if asked.target.startswith("wss:") else asked.host
    assert (request.host, request.target) == (host, asked.target)
    assert request.subprotocols == asked.subprotocols
    assert len(request.extensions) == len(asked.extensions)
    assert [field for field in request.extra_headers if field in asked.extra_headers] == asked.extra_headers
    assert accepted.subprotocol == answered.subprotocol
    assert accepted.extra_headers == answered.extra_headers
    assert pair.client.handshake.agreed_extensions == pair.server.handshake.agreed_extensions
    assert pair.client.state is pair.server.state


def windows(ws: WSConnection) -> tuple[object, ...] | None:
    """What an end believes to be agreed on for permessage-deflate."""
    assert ws.connection is not None
    for extension in ws.connection._proto.extensions:
        assert isinstance(extension, PerMessageDeflate)
        return (
            extension.client_max_window_bits,
            extension.client_no_context_takeover,
            extension.server_max_window_bits,
            extension.server_no_context_takeover,
        )
    return None


MESSAGES = st.lists(st.tuples(roles(), st.one_of(long_texts(), payloads(), octets())), max_size=5)


@examples(3)
@given(openings(), MESSAGES, cuts())
def test_agree_on_the_extensions(
    opening: tuple[Request, AcceptConnection], messages: list[tuple[Role, str | bytes]], cut: Cut
) -> None:
    """Whatever is offered and accepted, both ends hold the same agreement, and read each other's messages under it."""
    pair, _, _ = opened(opening, cut)
    client, server = windows(pair.client), windows(pair.server)
    assert client == server
    sessions = SessionPair(pair)
    for sender, message in messages:
        sessions.session(sender).send(message)
    got = sessions.exchange()
    assert got.server == [message for sender, message in messages if sender == "client"]
    assert got.client == [message for sender, message in messages if sender == "server"]


REFUSALS = st.builds(
    RejectConnection,
    status_code=st.one_of(st.sampled_from([200, 302, 400, 401, 403, 404, 426, 500, 503]), st.integers(200, 599)),
    headers=FIELDS,
    has_body=st.booleans(),
)


@examples(2)
@given(REFUSALS, st.lists(st.binary(max_size=20), min_size=1, max_size=3), cuts())
def test_agree_on_a_refusal(refusal: RejectConnection, body: list[bytes], cut: Cut) -> None:
    """Every refusal that a server may send a client reads with its status, its headers and its body."""
    assume(not (refusal.has_body and refusal.status_code in {204, 205, 304}))
    pair = Pair(cut=cut)
    pair.send("client", Request(host="h", target="/"))
    pair.receive("server")
    pair.send("server", refusal)
    if refusal.has_body:
        for index, piece in enumerate(body):
            pair.send("server", RejectData(data=piece, body_finished=index == len(body) - 1))
        # What frames the body may be the end of the stream.
        pair.to_client.end()
    events: list[Event] = pair.receive("client")
    rejected = events.pop(0)
    assert isinstance(rejected, RejectConnection)
    assert rejected.status_code == refusal.status_code
    assert [field for field in rejected.headers if field in refusal.headers] == refusal.headers
    parts = [event for event in events if isinstance(event, RejectData)]
    assert b"".join(part.data for part in parts) == (b"".join(body) if refusal.has_body else b"")
    assert parts == [] or parts[-1].body_finished
    assert pair.client.state is pair.server.state


@examples(2)
@given(roles(), st.one_of(st.none(), st.sampled_from(GOOD_CODES)), texts(20), MESSAGES, cuts())
def test_agree_on_the_end(
    closer: Role, code: int | None, reason: str, messages: list[tuple[Role, str | bytes]], cut: Cut
) -> None:
    """Every code and reason that one end may close with the other is told, with all that was sent before."""
    pair = SessionPair()
    pair.cut = cut
    for sender, message in messages:
        pair.session(sender).send(message)
    reason = reason if code is not None else ""
    try:
        pair.session(closer).close(code, reason, now=pair.clock())
    except LocalProtocolError:
        assert len(reason.encode()) > 123
        return
    got = pair.exchange()
    other: Role = "server" if closer == "client" else "client"
    ended, told = pair.session(closer).ended, pair.session(other).ended
    assert ended is not None
    assert told is not None
    assert (told.by.value, told.code, told.reason, told.clean) == ("remote", code or 1005, reason, True)
    assert (ended.by.value, ended.code, ended.clean) == ("local", code or 1005, True)
    assert got.server == [message for sender, message in messages if sender == "client"]
    assert got.client == [message for sender, message in messages if sender == "server"]


@examples(1)
@given(openings(), cuts())
def test_agree_on_what_comes_behind_the_handshake(opening: tuple[Request, AcceptConnection], cut: Cut) -> None:
    """Frames that come in one read with the request or with the 101 belong to the connection (§4.1)."""
    client, server = WSConnection(CLIENT), WSConnection(SERVER)
    request = client.send(opening[0])
    server.receive_data(request)
    list(server.events())
    answer = server.send(opening[1])
    assert server.connection is not None
    early = Session(server.connection)
    early.send("at once")
    for chunk in filter(None, cut(answer + b"".join(early.data_to_send()))):
        client.receive_data(chunk)
    list(client.handshake.events())
    assert client.connection is not None
    assert Session(client.connection).next_message() == "at once"
