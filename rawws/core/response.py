"""RFC 6455 §4.1: how a client judges the server's opening handshake, one sentence after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import h11

from rawws.core.events import AcceptConnection
from rawws.core.headers import BadHeaderError, are_tokens, is_token, split_list
from rawws.core.negotiation import Offer, judge_accepted
from rawws.core.refused import refuse
from rawws.core.utilities import generate_accept_token

if TYPE_CHECKING:
    from collections.abc import Sequence

# What AcceptConnection tells in fields of its own, or what every acceptance holds.
_OWN_FIELDS = frozenset({
    b"connection",
    b"sec-websocket-accept",
    b"sec-websocket-extensions",
    b"sec-websocket-protocol",
    b"upgrade",
})  # fmt: skip

_Fields = dict[bytes, list[bytes]]


class Asked(NamedTuple):
    """What a client's request asked for.

    key: the value of Sec-WebSocket-Key. subprotocols, offers: in the order of preference.
    """

    key: bytes
    subprotocols: Sequence[str]
    offers: Sequence[Offer]


def read_response(connection: h11.Connection, head: bytes) -> h11.InformationalResponse | h11.Response:
    """Let h11, which knows the request, read a whole head. Raises HandshakeRefusedError."""
    connection.receive_data(head)
    try:
        event = connection.next_event()
    except h11.RemoteProtocolError:
        raise refuse("Bad HTTP message", "6455-4.1-17") from None
    # HTTP/1.0 has no 1xx (RFC 9110 §15.2), and of another major version nobody here knows what a head means.
    if isinstance(event, h11.Response) and event.http_version.startswith(b"1."):
        return event
    if (
        isinstance(event, h11.InformationalResponse)
        and event.http_version.startswith(b"1.")
        and event.http_version != b"1.0"
    ):
        return event
    raise refuse("Bad HTTP message", "6455-4.1-17", message="the response is of the wrong HTTP version")


def judge_acceptance(head: h11.InformationalResponse, asked: Asked) -> AcceptConnection:
    """A response 101 as wsproto's event. Raises HandshakeRefusedError.

    A Content-Length or Transfer-Encoding of such a response means nothing. 9112-6.3-1: "Any response to a HEAD request
    and any response with a 1xx (Informational) … status code is always terminated by the first empty line after the
    header fields, regardless of the header fields present in the message". What follows are frames.
    """
    fields: _Fields = {}
    extra_headers = []
    for name, value in head.headers:
        fields.setdefault(name, []).append(value)
        if name not in _OWN_FIELDS:
            extra_headers.append((name, value))
    _judge_upgrade(fields)
    _judge_accept(fields, asked.key)
    subprotocol = _subprotocol(fields.get(b"sec-websocket-protocol"), asked.subprotocols)
    # 6455-4.2.2-5: "If multiple extensions are to be used, they can all be listed in a single
    # |Sec-WebSocket-Extensions| header field or split between multiple instances of the |Sec-WebSocket-Extensions|
    # header field."
    accepted = None
    if (values := fields.get(b"sec-websocket-extensions")) is not None:
        accepted = _list(values)
        if not accepted:
            # 6455-9.1-1: "… that does not conform to the ABNF below, the recipient of such malformed data MUST
            # immediately _Fail the WebSocket Connection_." It is "extension-list = 1#extension": at least one.
            raise refuse("Bad Sec-WebSocket-Extensions header", "6455-9.1-1")
    extensions = judge_accepted(accepted, asked.offers) if accepted else []
    return AcceptConnection(subprotocol=subprotocol, extensions=extensions, extra_headers=extra_headers)


def _judge_upgrade(fields: _Fields) -> None:
    # 6455-4.1-11: "If the response lacks a |Connection| header field or the |Connection| header field doesn't contain a
    # token that is an ASCII case-insensitive match for the value "Upgrade", the client MUST _Fail the WebSocket
    # Connection_."
    options = _list(fields.get(b"connection", []))
    if not are_tokens(options) or not any(option.lower() == "upgrade" for option in options):
        raise refuse("Missing header, 'Connection: Upgrade'", "6455-4.1-11")
    # 6455-4.1-10: "If the response lacks an |Upgrade| header field or the |Upgrade| header field contains a value that
    # is not an ASCII case-insensitive match for the value "websocket", the client MUST _Fail the WebSocket
    # Connection_." Two of them are the list "websocket, websocket", which is no match.
    if [value.lower() for value in fields.get(b"upgrade", [])] != [b"websocket"]:
        raise refuse("Missing header, 'Upgrade: websocket'", "6455-4.1-10")


def _judge_accept(fields: _Fields, key: bytes) -> None:
    accepts = fields.get(b"sec-websocket-accept", [])
    # 6455-11.3.3-1: "The |Sec-WebSocket-Accept| header MUST NOT appear more than once in an HTTP response."
    if len(accepts) > 1:
        raise refuse("Bad accept token", "6455-11.3.3-1", message="Sec-WebSocket-Accept comes more than once")
    # 6455-4.1-12: "If the response lacks a |Sec-WebSocket-Accept| header field or the |Sec-WebSocket-Accept| contains a
    # value other than the base64-encoded SHA-1 of the concatenation of the |Sec-WebSocket-Key| (as a string, not
    # base64-decoded) with the string "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" but ignoring any leading and trailing
    # whitespace, the client MUST _Fail the WebSocket Connection_."
    if accepts != [generate_accept_token(key)]:
        raise refuse("Bad accept token", "6455-4.1-12")


def _subprotocol(values: list[bytes] | None, requested: Sequence[str]) -> str | None:
    if values is None:
        return None
    # 6455-11.3.4-1: "However, the |Sec-WebSocket-Protocol| header field MUST NOT appear more than once in an HTTP
    # response."
    value, *more = values
    if more:
        raise refuse("Sec-WebSocket-Protocol comes more than once", "6455-11.3.4-1")
    # 6455-4.1-14: "… this header field indicates the use of a subprotocol that was not present in the client's
    # handshake (the server has indicated a subprotocol not requested by the client), the client MUST _Fail the
    # WebSocket Connection_."
    subprotocol = value.decode("latin-1")
    if subprotocol not in requested:
        shown = subprotocol if is_token(subprotocol) else ascii(subprotocol)
        message = "the server chose a subprotocol that was not requested"
        raise refuse(f"unrecognized subprotocol {shown}", "6455-4.1-14", message=message)
    return subprotocol


def _list(values: list[bytes]) -> list[str]:
    """The elements of a list field, over all its lines (RFC 9110 §5.3, §5.6.1)."""
    try:
        return [element for value in values for element in split_list(value.decode("ascii"))]
    except (BadHeaderError, UnicodeDecodeError):
        raise refuse("Bad HTTP message", "6455-4.1-17", message="a list header that is no list") from None
