"""RFC 6455 §4.2.1: how a server judges the client's opening handshake, one sentence after the other."""

from __future__ import annotations

import re

import h11

from rawws.core.events import Request
from rawws.core.headers import BadHeaderError, are_tokens, decode_host, parse_extension, split_host, split_list
from rawws.core.refused import HandshakeRefusedError, refuse

#: RFC 6455 §4.2.1, 6: the one version that there is.
WEBSOCKET_VERSION = b"13"

#: RFC 6455 §4.2.1, 3: the protocol to upgrade to.
WEBSOCKET_UPGRADE = b"websocket"

# What wsproto's Request tells in fields of its own.
_OWN_FIELDS = frozenset({b"host", b"sec-websocket-extensions", b"sec-websocket-protocol"})

# What is looked at here; the rest goes to the application as it is.
_JUDGED_FIELDS = frozenset({
    *_OWN_FIELDS,
    b"connection",
    b"content-length",
    b"origin",
    b"sec-websocket-key",
    b"sec-websocket-version",
    b"transfer-encoding",
    b"upgrade",
})  # fmt: skip

# What every request says in these words. A server may keep a request as long as its connection: one copy is enough.
_WORDS = {
    word: word
    for word in (*_JUDGED_FIELDS, b"user-agent", b"pragma", b"cache-control", b"Upgrade", b"websocket", b"13")
}

# 16 octets in base64 are 22 characters and "==". The last character carries two bits; what the other four of its bits
# are makes no difference "when decoded", and RFC 6455's own example (§4.1, 7: "AQIDBAUGBwgJCgsMDQ4PEC==") sets one.
_key = re.compile(rb"[A-Za-z0-9+/]{22}==").fullmatch

# RFC 9112 §3.2.2: absolute-form. §4.2.1 of RFC 6455 speaks of HTTP/HTTPS URIs; clients send ws and wss as well.
_absolute_form = re.compile(r"(?ai)(?:wss?|https?)://([^/?#]*)(?:[/?].*)?").fullmatch

# RFC 9112 §3: "request-line = method SP request-target SP HTTP-version".
_request_line = re.compile(rb"([^ ]+) ([^ ]+) HTTP/([0-9]\.[0-9])").fullmatch

_Fields = dict[bytes, list[bytes]]


def read_request(head: bytes) -> h11.Request:
    """A whole head, as `HeadReader` gives it, as h11's event. Raises HandshakeRefusedError.

    Lines are cut apart here; h11 judges what they say: the method, each name and value, the framing, one Host. (Its own
    reader does the same at twice the price, most of it for octets that HeadReader has looked at already.)
    """
    start_line, *lines = head.split(b"\r\n")[:-2]
    request_line = _request_line(start_line)
    if request_line is None:
        raise _no_message()
    fields = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon:
            raise _no_message()
        # RFC 9112 §5: "field-line = field-name ":" OWS field-value OWS".
        value = value.strip(b" \t")
        fields.append((name, _WORDS.get(value, value)))
    method, target, version = request_line.groups()
    try:
        return h11.Request(method=method, target=target, headers=fields, http_version=version)
    except h11.LocalProtocolError:
        raise _unreadable([name.lower() for name, _ in fields]) from None


def _unreadable(names: list[bytes]) -> HandshakeRefusedError:
    """Which rule it was that h11 missed: the first of those that we know by name."""
    # 9112-5.1-1: "A server MUST reject, with a response status code of 400 (Bad Request), any received request message
    # that contains whitespace between a header field name and colon."
    if any(name.endswith((b" ", b"\t")) for name in names):
        return refuse("Bad HTTP message", "9112-5.1-1", message="whitespace between a field's name and its colon")
    if names.count(b"host") != 1:
        return _bad_host("Bad HTTP message" if b"host" in names else "Missing header, 'Host'", "not exactly one Host")
    if b"content-length" in names or b"transfer-encoding" in names:
        return _has_body()
    return _no_message()


def judge_request(head: h11.Request) -> Request:
    """The client's half of the opening handshake as wsproto's event. Raises HandshakeRefusedError.

    `Request.host` is the authority of an absolute-form target where there is one, otherwise the Host header's value.
    `Request.extensions` holds the offers as they were written; each fits the grammar of §9.1.
    """
    fields: _Fields = {}
    extra_headers = []
    for raw_name, value in head.headers.raw_items():
        name = raw_name.lower()
        name = _WORDS.get(name, name)
        if name in _JUDGED_FIELDS:
            fields.setdefault(name, []).append(value)
        if name not in _OWN_FIELDS:
            extra_headers.append((name, value))
    _judge_start_line(head)
    _judge_body(fields)
    _judge_upgrade(fields)
    subprotocols = _subprotocols(fields.get(b"sec-websocket-protocol"))
    extensions = _extensions(fields.get(b"sec-websocket-extensions"))
    # 9110-5.3-1: "a sender MUST NOT generate multiple field lines with the same name in a message …, unless that
    # field's definition allows multiple field line values to be recombined as a comma-separated list". That of Origin
    # does not, and a check that looks at one of two is no check.
    if len(fields.get(b"origin", ())) > 1:
        raise refuse("Origin comes more than once", "9110-5.3-1")
    target = head.target.decode("ascii")
    return Request(
        host=decode_host(_host(target, fields)),
        target=target,
        extensions=extensions,
        extra_headers=extra_headers,
        subprotocols=subprotocols,
    )


def _judge_start_line(head: h11.Request) -> None:
    # 6455-4.2.1-1: "An HTTP/1.1 or higher GET request"
    major, _, minor = head.http_version.partition(b".")
    if major != b"1":
        # 9110-15.6.6-1: "The 505 (HTTP Version Not Supported) status code indicates that the server does not support,
        # or refuses to support, the major version of HTTP that was used in the request message."
        raise refuse("HTTP version must be 1.1", "9110-15.6.6-1", status_code=505)
    if minor == b"0":
        # Its major version is ours, so 505 would be a lie: it is this request that is wrong, as §4.2.1 has it, "and
        # return an HTTP response with an appropriate error code (such as 400 Bad Request)". 9110-7.8-1: "A server MUST
        # ignore an Upgrade header field that is received in an HTTP/1.0 request."
        raise refuse("HTTP version must be at least 1.1", "9110-7.8-1")
    if head.method != b"GET":
        # 9110-15.5.6-1: "The origin server MUST generate an Allow header field in a 405 response"
        raise refuse("Request method must be GET", "6455-4.2.1-1", status_code=405, headers=[(b"Allow", b"GET")])


def _judge_body(fields: _Fields) -> None:
    # 9110-9.3.1-1: "… content received in a GET request has no generally defined semantics, cannot alter the meaning or
    # target of the request, and might lead some implementations to reject the request and close the connection because
    # of its potential as a request smuggling attack." Content of no octets is none.
    if b"transfer-encoding" in fields or fields.get(b"content-length", [b"0"]) != [b"0"]:
        raise _has_body()


def _judge_upgrade(fields: _Fields) -> None:
    """The four header fields that make a GET request an opening handshake; in wsproto's order, with its words."""
    # 6455-4.2.1-4: "A |Connection| header field that includes the token "Upgrade", treated as an ASCII case-insensitive
    # value."
    options = _list(fields.get(b"connection"), "Connection")
    if not are_tokens(options):
        raise refuse("Bad Connection header", "6455-4.2.1-7")
    if not any(option.lower() == "upgrade" for option in options):
        raise refuse("Missing header, 'Connection: Upgrade'", "6455-4.2.1-4")
    _judge_version(fields.get(b"sec-websocket-version", []))
    keys = fields.get(b"sec-websocket-key")
    if keys is None:
        raise refuse("Missing header, 'Sec-WebSocket-Key'", "6455-4.2.1-5")
    # 6455-11.3.1-1: "The |Sec-WebSocket-Key| header field MUST NOT appear more than once in an HTTP request."
    key, *more = keys
    if more:
        raise refuse("Sec-WebSocket-Key comes more than once", "6455-11.3.1-1")
    # 6455-4.2.1-5: "A |Sec-WebSocket-Key| header field with a base64-encoded (see Section 4 of [RFC4648]) value that,
    # when decoded, is 16 bytes in length."
    if not _key(key):
        raise refuse("Bad Sec-WebSocket-Key", "6455-4.2.1-5")
    # 6455-4.2.1-3: "An |Upgrade| header field containing the value "websocket", treated as an ASCII case-insensitive
    # value." The field is a list of protocols, "protocol-name ["/" protocol-version]" each (RFC 9110 §7.8).
    protocols = _list(fields.get(b"upgrade"), "Upgrade")
    if protocols and not are_tokens("/".join(protocols).split("/")):
        raise refuse("Bad Upgrade header", "6455-4.2.1-7")
    if not any(protocol.lower() == "websocket" for protocol in protocols):
        raise refuse("Missing header, 'Upgrade: websocket'", "6455-4.2.1-3")


def _judge_version(versions: list[bytes]) -> None:
    if versions == [WEBSOCKET_VERSION]:
        return
    headers = [(b"Sec-WebSocket-Version", WEBSOCKET_VERSION)]
    # 6455-11.3.5-1: "However, the |Sec-WebSocket-Version| header field MUST NOT appear more than once in an HTTP
    # request."
    if len(versions) > 1:
        raise refuse("Sec-WebSocket-Version comes more than once", "6455-11.3.5-1", headers=headers)
    # 6455-4.2.1-6: "A |Sec-WebSocket-Version| header field, with a value of 13."
    if not any(versions):
        raise refuse("Missing header, 'Sec-WebSocket-Version'", "6455-4.2.1-6", headers=headers)
    # 6455-4.2.2-2: "If this version does not match a version understood by the server, the server MUST abort the
    # WebSocket handshake described in this section and instead send an appropriate HTTP error code (such as 426 Upgrade
    # Required) and a |Sec-WebSocket-Version| header field indicating the version(s) the server is capable of
    # understanding."
    raise refuse("Missing header, 'Sec-WebSocket-Version'", "6455-4.2.2-2", status_code=426, headers=headers)


def _subprotocols(values: list[bytes] | None) -> list[str]:
    if values is None:
        return []
    subprotocols = _list(values, "Sec-WebSocket-Protocol", requirement="6455-4.1-8")
    # 6455-4.1-8: "The elements that comprise this value MUST be non-empty strings with characters in the range U+0021
    # to U+007E not including separator characters as defined in [RFC2616] and MUST all be unique strings."
    if not subprotocols or not are_tokens(subprotocols) or len(set(subprotocols)) < len(subprotocols):
        raise refuse("Bad Sec-WebSocket-Protocol header", "6455-4.1-8")
    return subprotocols


def _extensions(values: list[bytes] | None) -> list[str]:
    if values is None:
        return []
    offers = _list(values, "Sec-WebSocket-Extensions", requirement="6455-9.1-1")
    # 6455-9.1-1: "If a value is received by either the client or the server during negotiation that does not conform to
    # the ABNF below, the recipient of such malformed data MUST immediately _Fail the WebSocket Connection_." An empty
    # value of a parameter is let through, and that offer then declined: it is first of all an invalid value (7692-7-1).
    if not offers:
        raise refuse("Bad Sec-WebSocket-Extensions header", "6455-9.1-1", message="an empty list of extensions")
    try:
        for offer in offers:
            parse_extension(offer)
    except BadHeaderError as exc:
        raise refuse("Bad Sec-WebSocket-Extensions header", "6455-9.1-1", message=str(exc)) from None
    return offers


def _host(target: str, fields: _Fields) -> str:
    """The request's host and port; the target must be a /resource name/, or a URI that holds one."""
    values = fields.get(b"host", [])
    # 6455-4.2.1-2: "A |Host| header field containing the server's authority."
    if not values:
        raise _bad_host("Missing header, 'Host'", "no Host")
    # 9112-3.2-1: "A server MUST respond with a 400 (Bad Request) status code to … any request message that contains
    # more than one Host header field line or a Host header field with an invalid field value."
    host = values[0].decode("latin-1")
    if len(values) > 1 or split_host(host) is None:
        raise _bad_host("Bad Host header", "not exactly one Host, or not a host")
    # 6455-3-1: "Fragment identifiers are meaningless in the context of WebSocket URIs and MUST NOT be used on these
    # URIs."
    if "#" in target:
        raise refuse("Bad request target", "6455-3-1")
    if target.startswith("/"):
        return host
    # 9112-3.2.2-1: "When an origin server receives a request with an absolute-form of request-target, the origin server
    # MUST ignore the received Host header field (if any) and instead use the host information of the request-target."
    authority = absolute_authority(target)
    if authority is None:
        # 9112-3.2-2: "Recipients of an invalid request-line SHOULD respond with either a 400 (Bad Request) error or …"
        raise refuse("Bad request target", "9112-3.2-2")
    return authority


def absolute_authority(target: str) -> str | None:
    """The authority of a target in absolute-form (RFC 9112 §3.2.2), None where the target has another form."""
    match = _absolute_form(target)
    return match[1] if match and split_host(match[1]) else None


def _list(values: list[bytes] | None, name: str, *, requirement: str = "6455-4.2.1-7") -> list[str]:
    """The elements of a list field, over all its lines (RFC 9110 §5.3, §5.6.1)."""
    if values is None:
        return []
    try:
        elements = [element for value in values for element in split_list(value.decode("ascii"))]
    except (BadHeaderError, UnicodeDecodeError):
        raise refuse(f"Bad {name} header", requirement) from None
    return elements


def _no_message() -> HandshakeRefusedError:
    # 9112-2.2-1: "… receives a sequence of octets that does not match the HTTP-message grammar aside from the
    # robustness exceptions listed above, the server SHOULD respond with a 400 (Bad Request) response and close the
    # connection."
    return refuse("Bad HTTP message", "9112-2.2-1")


def _has_body() -> HandshakeRefusedError:
    return refuse("An opening handshake must not have a body", "9110-9.3.1-1")


def _bad_host(text: str, message: str) -> HandshakeRefusedError:
    return refuse(text, "9112-3.2-1", message=message)
