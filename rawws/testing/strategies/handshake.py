"""Heads of HTTP messages: opening handshakes by the grammar, and the same with something wrong in them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from hypothesis import strategies as st

from rawws.testing.strategies.offers import header_values, offers, tokens

#: Stands in a response for the value of Sec-WebSocket-Accept that answers the request.
ACCEPT = b"{accept}"

_HOSTS = ("localhost", "example.com:8080", "127.0.0.1", "[::1]:80", "xn--bcher-kva.example", "a%41", "h:")
_TARGETS = (
    "/",
    "/chat?a=1&b=%20",
    "//double",
    "/?",
    "ws://other.example/x",
    "http://other.example:81",
    "wss://[::1]/?q",
)

_BAD_HOSTS = ("", "a b", "a,b", "u@h", "h/p", "h:x", "h:99999", "[::1", "ü", "h%4", "a\\b", "::1", "[fe80::1%251]")
_BAD_TARGETS = ("*", "h:80", "x", "?q", "ftp://h/", "http://", "http://u@h/", "/#f", "http:/h", "/\x7f", "", "/ü")
_BAD_KEYS = ("", "AAAA", "A" * 24, "A" * 21 + "===", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ== x", "=" * 24)

#: Wrong values that are worth a try in any field.
_NASTY = (
    "",
    ",",
    '"',
    "\x00",
    "a\x00b",
    "\x0b",
    "a\rb",
    "\x7f",
    "é",
    " ",
    "\t",
    "13, 13",
    "websocket websocket",
    "x" * 300,
)

#: Field lines that have no place in an opening handshake, or not twice.
_INTRUDERS = (
    b"Content-Length: 5",
    b"Content-Length: 0, 0",
    b"Content-Length: -1",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: identity",
    b"Host: second",
    b"Sec-WebSocket-Version: 13",
    b"Sec-WebSocket-Version: 8",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    b"Upgrade: h2c",
    b"Connection: close",
    b"Origin: null",
    b"No-Colon",
    b": no name",
    b"Space : before the colon",
    b" folded",
    b"\tfolded",
    b"Na\xefve: name",
    b"Value: \xff\xfe",
    b"Bell: \x07",
)


@dataclass(frozen=True)
class Head:
    """The head of a message and whether it was made by the grammar alone. lines: without their ends."""

    lines: tuple[bytes, ...]
    right: bool = True
    end_of_line: bytes = b"\r\n"
    before: bytes = b""

    @property
    def octets(self) -> bytes:
        """As it is sent."""
        return self.before + self.end_of_line.join([*self.lines, b"", b""])


@cache
def nonces() -> st.SearchStrategy[str]:
    """Values of Sec-WebSocket-Key: 16 octets in base64 (RFC 6455 §4.1)."""
    return st.binary(min_size=16, max_size=16).map(lambda octets: base64.b64encode(octets).decode())


_CASE: st.SearchStrategy[Callable[[str], str]] = st.sampled_from([str, str.lower, str.upper, str.title])
_SPACE = st.sampled_from([(" ", ""), ("", ""), ("\t", " "), ("  ", "\t")])
_COMMA = st.sampled_from([", ", ",", " ,\t", ", , "])


def _line(draw: st.DrawFn, name: str, value: str) -> bytes:
    """One field line (RFC 9112 §5): a name in any case, a colon, the value with whitespace around it or without."""
    before, behind = draw(_SPACE)
    return f"{draw(_CASE)(name)}:{before}{value}{behind}".encode()


def _list_lines(draw: st.DrawFn, name: str, elements: list[str]) -> list[bytes]:
    """A list field (RFC 9110 §5.6.1), on one line or on two, empty elements among them."""
    comma = draw(_COMMA)
    place = draw(st.integers(0, len(elements)))
    if 0 < place < len(elements) and draw(st.booleans()):
        return [_line(draw, name, comma.join(elements[:place])), _line(draw, name, comma.join(elements[place:]))]
    return [_line(draw, name, comma.join(elements))]


@cache
def _extra_fields() -> st.SearchStrategy[list[tuple[str, str]]]:
    """Fields that the handshake does not look at."""
    name = st.one_of(
        st.sampled_from(["User-Agent", "Cookie", "X-Y", "Origin"]), tokens().map(lambda token: f"X-{token}")
    )
    value = st.one_of(
        st.just("http://example.com"), st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=10)
    )
    return st.lists(st.tuples(name, value), max_size=3, unique_by=lambda field: field[0].lower())


@cache
@st.composite
def right_requests(draw: st.DrawFn) -> Head:
    """Opening handshakes of a client that keep every rule of RFC 6455 §4.1 and RFC 9112."""
    upgrade = draw(st.sampled_from([["websocket"], ["WebSocket"], ["h2c", "websocket"], ["websocket", "foo/1"]]))
    options = draw(st.sampled_from([["Upgrade"], ["upgrade"], ["keep-alive", "Upgrade"], ["UPGRADE", "close"]]))
    lines = [
        _line(draw, "Host", draw(st.sampled_from(_HOSTS))),
        _line(draw, "Sec-WebSocket-Key", draw(nonces())),
        _line(draw, "Sec-WebSocket-Version", "13"),
        *_list_lines(draw, "Upgrade", upgrade),
        *_list_lines(draw, "Connection", options),
    ]
    subprotocols = draw(st.lists(tokens(), max_size=3, unique=True))
    if subprotocols:
        lines += _list_lines(draw, "Sec-WebSocket-Protocol", subprotocols)
    if draw(st.booleans()):
        lines.append(_line(draw, "Sec-WebSocket-Extensions", draw(offers())))
    lines += [_line(draw, name, value) for name, value in draw(_extra_fields())]
    lines = draw(st.permutations(lines))
    start = f"GET {draw(st.sampled_from(_TARGETS))} HTTP/1.1".encode()
    return Head((start, *lines), before=draw(st.sampled_from([b"", b"", b"\r\n"])))


@cache
@st.composite
def right_responses(draw: st.DrawFn) -> Head:
    """Responses that accept, without a subprotocol and extensions; ACCEPT stands for the token."""
    options = draw(st.sampled_from([["Upgrade"], ["upgrade"], ["keep-alive", "Upgrade"]]))
    lines = [
        _line(draw, "Upgrade", draw(st.sampled_from(["websocket", "WebSocket"]))),
        _line(draw, "Sec-WebSocket-Accept", ACCEPT.decode()),
        *_list_lines(draw, "Connection", options),
        *[_line(draw, name, value) for name, value in draw(_extra_fields())],
    ]
    start = draw(st.sampled_from([b"HTTP/1.1 101 Switching Protocols", b"HTTP/1.1 101 ", b"HTTP/1.1 101 x y"]))
    return Head((start, *draw(st.permutations(lines))))


@cache
@st.composite
def refusals(draw: st.DrawFn) -> bytes:
    """Responses that are no acceptance, with their bodies: framed by length, chunked, by the end, or wrongly."""
    status = draw(
        st.sampled_from([b"200 OK", b"401 No", b"403 Forbidden", b"302 Found", b"503 x", b"204 None", b"100 Go on"])
    )
    body = draw(st.binary(max_size=30))
    framed = draw(st.integers(0, 4))
    fields = [b"Server: x"]
    if framed == 0:
        fields.append(b"Content-Length: %d" % len(body))
    elif framed == 1:
        fields.append(b"Transfer-Encoding: chunked")
        body = b"".join(
            b"%x;a=b\r\n%b\r\n" % (len(body[at : at + 7]), body[at : at + 7]) for at in range(0, len(body), 7)
        )
        body += b"0\r\nTrailer: x\r\n\r\n"
    elif framed == 2:
        fields.append(b"Content-Length: %d" % (len(body) + draw(st.integers(1, 100))))
    elif framed == 3:
        fields.append(b"Transfer-Encoding: chunked")
    head = b"\r\n".join([b"HTTP/1.1 " + status, *fields, b"", b""])
    return head + body


def _replace_value(line: bytes, value: str) -> bytes:
    name, colon, _ = line.partition(b":")
    return name + colon + b" " + value.encode("utf-8") if colon else value.encode("utf-8")


@cache
@st.composite
def spoiled(draw: st.DrawFn, good: st.SearchStrategy[Head]) -> Head:
    """A good head with one to three things changed: lines, values, octets, ends of lines."""
    head = draw(good)
    lines = list(head.lines)
    end_of_line = head.end_of_line
    for _ in range(draw(st.sampled_from([1, 1, 2, 3]))):
        at = draw(st.integers(1, len(lines) - 1))
        how = draw(st.sampled_from([0, 0, 1, 2, 2, 3, 3, 3, 4, 5, 6, 7, 8]))
        if how == 0 and len(lines) > 2:
            del lines[at]
        elif how == 1:
            lines.insert(at, lines[at])
        elif how == 2:
            lines.insert(draw(st.integers(1, len(lines))), draw(st.sampled_from(_INTRUDERS)))
        elif how == 3:
            lines[at] = _replace_value(lines[at], draw(st.sampled_from([*_NASTY, *_BAD_HOSTS, *_BAD_KEYS])))
        elif how == 4:
            lines[at] = _replace_value(lines[at], draw(header_values()))
        elif how == 5:
            place = draw(st.integers(0, len(lines[at])))
            lines[at] = lines[at][:place] + draw(st.binary(max_size=2)) + lines[at][place + draw(st.integers(0, 1)) :]
        elif how == 6:
            lines[0] = draw(_start_lines())
        elif how == 7:
            end_of_line = draw(st.sampled_from([b"\n", b"\r", b"\r\r\n", b"\n\r"]))
        else:
            lines[at] += draw(st.sampled_from([b"\n", b"\r", b"\n X: y", b"\r\nX: y"]))
    return Head(
        tuple(lines), right=False, end_of_line=end_of_line, before=draw(st.sampled_from([b"", b"\n", b"\r\n\r\n"]))
    )


@cache
def _start_lines() -> st.SearchStrategy[bytes]:
    """First lines that are wrong, or those of another message."""
    target = st.sampled_from([*_BAD_TARGETS, *_TARGETS])
    request = st.builds(
        lambda method, where, version: f"{method} {where} {version}".encode(),
        st.sampled_from(["GET", "POST", "get", "HEAD", "CONNECT", "G@T", "OPTIONS"]),
        target,
        st.sampled_from(["HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/1.2", "http/1.1", "HTTP/11", "HTTP/1.1 "]),
    )
    response = st.sampled_from(
        [b"HTTP/1.1 200 OK", b"HTTP/1.0 101 x", b"HTTP/1.1 101", b"HTTP/2 101 x", b"HTTP/1.1 1010 x"]
    )
    return st.one_of(request, response, st.binary(max_size=20))


@cache
def requests() -> st.SearchStrategy[Head]:
    """Requests: right ones, and spoiled ones."""
    return st.one_of(spoiled(right_requests()), right_requests())


@cache
def responses() -> st.SearchStrategy[Head]:
    """Responses that mean to accept: right ones, and spoiled ones."""
    return st.one_of(spoiled(right_responses()), right_responses())
