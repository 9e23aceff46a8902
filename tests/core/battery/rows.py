"""What a row of the handshake battery is: octets from the peer, and what has to come of them.

Data only: nothing of rawws is imported here, so that the same rows can be put before another implementation.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# -- what can come of a row ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Requested:
    """A server has read a request that it may accept.

    host, target, subprotocols, extensions: of the Request event.
    answer: the response's Sec-WebSocket-Extensions when permessage-deflate is on, "" where there is none.
    early: the octets that belong to the connection behind the handshake.
    """

    host: str = "server.example.com"
    target: str = "/chat"
    subprotocols: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    answer: str = ""
    early: bytes = b""


@dataclass(frozen=True)
class Accepted:
    """A client has read an acceptance.

    subprotocol, extensions: of the AcceptConnection event. early: the octets that belong to the connection behind it.
    """

    subprotocol: str | None = None
    extensions: tuple[str, ...] = ()
    early: bytes = b""


@dataclass(frozen=True)
class Rejected:
    """A client has read a refusal.

    status: of the RejectConnection event. body: all of its body. finished: whether the end of the body was told.
    error: id of the requirement that the body broke, "" where it broke none.
    """

    status: int
    body: bytes = b""
    finished: bool = True
    has_body: bool = True
    error: str = ""


@dataclass(frozen=True)
class Refused:
    """The peer broke a rule.

    requirement: id of the sentence. status: the answer of a server, None on a client. limit: the one exceeded.
    """

    requirement: str
    status: int | None = 400
    limit: str | None = None


@dataclass(frozen=True)
class Waiting:
    """Nothing is decided yet."""


@dataclass(frozen=True)
class Ended:
    """The stream has ended, and nobody has anything to say."""


Outcome = Requested | Accepted | Rejected | Refused | Waiting | Ended


@dataclass(frozen=True)
class Row:
    """One row.

    id: unique. section: where the rule stands. octets: what the peer sends; `{accept}` stands for the right
    Sec-WebSocket-Accept. role: who reads them, "server" or "client". expected: what comes of it.
    eof: whether the stream ends behind the octets. limits: fields of Limits that differ from the defaults.
    subprotocols, offers: what a client asked for; an offer is the text of permessage-deflate's parameters, or a name.
    skip: whether the client passes over 1xx responses. deflate: whether the server supports permessage-deflate.
    """

    id: str
    section: str
    octets: bytes
    role: str
    expected: Outcome
    eof: bool = False
    limits: dict[str, int] = field(default_factory=dict)
    subprotocols: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    skip: bool = False
    deflate: bool = False


# -- building requests and responses ------------------------------------------------------------------------------

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
HOST = b"Host: server.example.com"
UPGRADE = b"Upgrade: websocket"
CONNECTION = b"Connection: Upgrade"
SEC_KEY = b"Sec-WebSocket-Key: " + KEY
VERSION = b"Sec-WebSocket-Version: 13"
REQUEST_FIELDS = (HOST, UPGRADE, CONNECTION, SEC_KEY, VERSION)

ACCEPT = b"Sec-WebSocket-Accept: {accept}"
RESPONSE_FIELDS = (UPGRADE, CONNECTION, ACCEPT)

PING = bytes.fromhex("890568656c6c6f")
MASKED_PING = bytes.fromhex("89850102030469676f686e")


def message(start_line: bytes, fields: tuple[bytes, ...]) -> bytes:
    """Start-line, fields and the empty line."""
    return b"".join(line + b"\r\n" for line in (start_line, *fields)) + b"\r\n"


def request(
    *more: bytes, line: bytes = b"GET /chat HTTP/1.1", without: bytes = b"", instead: tuple[bytes, bytes] | None = None
) -> bytes:
    """A good request; with `more` fields, `without` one, or with another `instead` of one."""
    fields = [f for f in REQUEST_FIELDS if f != without]
    if instead is not None:
        fields = [instead[1] if f == instead[0] else f for f in fields]
    return message(line, (*fields, *more))


def response(
    *more: bytes,
    line: bytes = b"HTTP/1.1 101 Switching Protocols",
    without: bytes = b"",
    instead: tuple[bytes, bytes] | None = None,
) -> bytes:
    """A good acceptance; with `more` fields, `without` one, or with another `instead` of one."""
    fields = [f for f in RESPONSE_FIELDS if f != without]
    if instead is not None:
        fields = [instead[1] if f == instead[0] else f for f in fields]
    return message(line, (*fields, *more))


def server(id: str, section: str, octets: bytes, expected: Outcome, **more: object) -> Row:  # noqa: A002
    """A row for a server."""
    return Row(id, section, octets, "server", expected, **more)  # type: ignore[arg-type]


def client(id: str, section: str, octets: bytes, expected: Outcome, **more: object) -> Row:  # noqa: A002
    """A row for a client."""
    return Row(id, section, octets, "client", expected, **more)  # type: ignore[arg-type]


def padded(octets: int) -> bytes:
    """A good request of exactly so many octets."""
    bare = len(request(b"X-Padding: "))
    return request(b"X-Padding: " + b"x" * (octets - bare))


def many_fields(fields: int) -> bytes:
    """A good request with exactly so many fields."""
    return request(*[b"X-%d: y" % number for number in range(fields - len(REQUEST_FIELDS))])
