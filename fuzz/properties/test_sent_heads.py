"""Every octet of a handshake that rawws sends fits the grammar; what would not fit is refused before it is sent."""

from __future__ import annotations

from typing import Any, TypeVar

from hypothesis import given
from hypothesis import strategies as st

from rawws.core.connection import CLIENT, SERVER
from rawws.core.errors import LocalProtocolError
from rawws.core.events import AcceptConnection, RejectConnection, RejectData, Request
from rawws.core.extensions import Extension, PerMessageDeflate
from rawws.core.handshake import H11Handshake
from rawws.testing import handshake
from rawws.testing.handshake import NONCE, accept_token
from rawws.testing.strategies import surrogates, texts, tokens

from fuzz.budget import examples
from fuzz.oracles.grammar import FIELD_LINE, STATUS_LINE, request_errors, response_errors

_T = TypeVar("_T")

#: Anything that an application could pass on, from a user or from a file: most of it must not be sent.
ANY_TEXT = st.one_of(texts(8), surrogates(), st.text('ab/?#%&=é\r\n\0\t ;,:"[]@', max_size=10))


def mostly(right: st.SearchStrategy[_T], wrong: st.SearchStrategy[_T]) -> st.SearchStrategy[_T]:
    """Right ones nine times in ten: else hardly any head would be sent."""
    return st.integers(0, 9).flatmap(lambda number: wrong if number == 9 else right)


HOSTS = mostly(st.sampled_from(["h", "example.com:8080", "[::1]:1", "bücher.example", "a_b", "1.2.3.4"]), ANY_TEXT)
TARGETS = mostly(st.sampled_from(["/", "/a?b=%20&c", "*", "ws://other/x", "http://h/"]), ANY_TEXT.map("/".__add__))
OWN = st.sampled_from(["Host", "Upgrade", "connection", "Sec-WebSocket-Key", "Sec-WebSocket-Accept", "Content-Length"])
NAMES = mostly(tokens(), st.one_of(ANY_TEXT, OWN))
PRINTABLE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=10)
FIELDS: st.SearchStrategy[Any] = st.lists(
    st.tuples(st.one_of(NAMES, NAMES.map(lambda name: name.encode(errors="replace"))), mostly(PRINTABLE, ANY_TEXT)),
    max_size=2,
)
DEFLATES: st.SearchStrategy[list[Extension]] = st.lists(
    st.builds(PerMessageDeflate, st.booleans(), st.sampled_from([None, 9, 15])), max_size=1
)
REQUESTS = st.builds(
    Request,
    host=HOSTS,
    target=TARGETS,
    extensions=DEFLATES,
    extra_headers=FIELDS,
    subprotocols=mostly(st.lists(tokens(), max_size=2), st.lists(ANY_TEXT, max_size=2)),
)


@examples(6)
@given(REQUESTS)
def test_of_a_request(request: Request) -> None:
    """A request that is sent is an opening handshake by the grammar, whatever it was made of."""
    try:
        sent = H11Handshake(CLIENT).send(request)
    except LocalProtocolError:
        return
    assert request_errors(sent) == []


#: RFC 9110 §5.5: "Field values containing CR, LF, or NUL characters are invalid and dangerous"; and of other control
#: characters only HTAB may be in one.
CONTROLS = st.sampled_from([*map(chr, range(0x20)), "\x7f"])


@examples(2)
@given(CONTROLS, st.tuples(PRINTABLE, PRINTABLE).map(lambda pair: ("a" + pair[0], pair[1] + "a")), st.booleans())
def test_of_control_characters(control: str, around: tuple[str, str], as_bytes: bool) -> None:  # noqa: FBT001  drawn
    """A field with a control character in its value is refused before anything is sent, unless it is HTAB."""
    text = control.join(around)
    value = text.encode() if as_bytes else text
    client = H11Handshake(CLIENT)
    field: Any = ("x-field", value)
    try:
        sent = client.send(Request(host="h", target="/", extra_headers=[field]))
    except LocalProtocolError:
        assert control != "\t"
    else:
        assert control == "\t"
        assert text.encode() in sent


ACCEPTANCES = st.builds(
    AcceptConnection,
    subprotocol=mostly(st.sampled_from([None, "a", "b"]), ANY_TEXT),
    extensions=DEFLATES,
    extra_headers=FIELDS,
)


@examples(4)
@given(ACCEPTANCES)
def test_of_an_acceptance(acceptance: AcceptConnection) -> None:
    """An acceptance that is sent accepts that request by the grammar, and nothing that was not asked for."""
    server = H11Handshake(SERVER)
    asked = (b"Sec-WebSocket-Protocol: a, b", b"Sec-WebSocket-Extensions: permessage-deflate")
    server.receive_data(handshake.request(b"/", *asked))
    list(server.events())
    try:
        sent = server.send(acceptance)
    except LocalProtocolError:
        return
    assert response_errors(sent, accept_token(NONCE), [b"a", b"b"], {b"permessage-deflate"}) == []


REFUSALS = st.builds(
    RejectConnection,
    status_code=st.one_of(st.sampled_from([200, 302, 403, 404, 426, 503, 599]), st.integers(0, 1000)),
    headers=FIELDS,
    has_body=st.booleans(),
)

def unchunked(body: bytes) -> bytes:
    """What a chunked body carries (RFC 9112 §7.1). Raises ValueError where it is none."""
    found = b""
    while True:
        size, end, body = body.partition(b"\r\n")
        count = int(size, 16)
        found += body[:count]
        if not end or body[count : count + 2] != b"\r\n":
            raise ValueError("no chunk")
        body = body[count + 2 :]
        if not count:
            break
    if body:
        raise ValueError("more behind the last chunk")
    return found


@examples(4)
@given(REFUSALS, st.lists(st.binary(max_size=5), min_size=1, max_size=3))
def test_of_a_refusal(refusal: RejectConnection, body: list[bytes]) -> None:
    """A refusal that is sent has a status-line, field lines, and a body that ends where its head says."""
    server = H11Handshake(SERVER)
    server.receive_data(handshake.request())
    list(server.events())
    try:
        sent = server.send(refusal)
        for index, piece in enumerate(body if refusal.has_body else []):
            sent += server.send(RejectData(data=piece, body_finished=index == len(body) - 1))
    except LocalProtocolError:
        return
    head, _, rest = sent.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    assert STATUS_LINE.fullmatch(status)
    assert all(FIELD_LINE.fullmatch(line) for line in lines)
    fields = [line.split(b":", 1) for line in lines]
    lengths = {int(value) for name, value in fields if name.lower() == b"content-length"}
    chunked = b"chunked" in [value.strip().lower() for name, value in fields if name.lower() == b"transfer-encoding"]
    carried = unchunked(rest) if chunked else rest
    assert carried == (b"".join(body) if refusal.has_body else b"")
    assert not (chunked and lengths)
    assert not lengths or lengths == {len(rest)}
