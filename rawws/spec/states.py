"""RFC 6455 §4, §5.5.1 and §7: what may be sent and what may arrive in each state of a connection, and the state that follows.

The RFC speaks of CONNECTING, OPEN, CLOSING and CLOSED. An endpoint has to know who began to close, and whether a refusal
still has a body to come, so there are six states here, under the names that wsproto gave them:

    CONNECTING      the opening handshake is in progress
    REJECTING       the opening handshake has come to nothing; the refusal, or its body, is still to come
    OPEN            frames go both ways
    REMOTE_CLOSING  the peer's Close frame has come, or this endpoint has failed the connection; ours is still to be sent
    LOCAL_CLOSING   our Close frame is out, the peer's is still to come
    CLOSED          all is said: the closing handshake is complete, or the stream has ended, or the refusal is complete

`SENDING` has a row for whatever may be sent; what has no row is refused with LocalProtocolError, and the state stays.
`RECEIVING` has a row for whatever can arrive. Both tables are rows of plain words: a test drives the core with them, and
`docs/reference/states.md` is printed from them.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

StateName = Literal["CONNECTING", "OPEN", "REMOTE_CLOSING", "LOCAL_CLOSING", "CLOSED", "REJECTING"]
RoleName = Literal["client", "server", "both"]

#: What must have gone before for a row to hold, where the state alone does not say it. "": whatever went before.
#: "request" and "no request": a client has sent its request or has not; a server's request has come or has not.
#: "close frame": the peer's Close frame has come. "failure": this endpoint has failed the connection (§7.1.7).
#: "violation": the opening handshake broke a rule. "refusal": it was refused, or ended before it began.
#: "closing": the connection had been open.
Before = Literal["", "request", "no request", "violation", "refusal", "close frame", "failure", "closing"]

EventName = Literal[
    "Request",
    "AcceptConnection",
    "RejectConnection",
    "RejectData",
    "TextMessage",
    "BytesMessage",
    "Ping",
    "Pong",
    "CloseConnection",
]

#: What can arrive. "octets" stands for any octets, whatever they would mean elsewhere: there nobody looks at them.
#: "violation" stands for octets that break a rule; "end of stream" for the end without what was still owed.
InputName = Literal[
    "request head",
    "response 101",
    "response 1xx",
    "response other",
    "body octets",
    "end of body",
    "text frame",
    "binary frame",
    "ping",
    "pong",
    "close frame",
    "violation",
    "octets",
    "end of stream",
]

#: What comes of an input: an event to read, an exception that `receive_data` raises, or "nothing".
#: "kept": nothing yet; the octets are frames, and come out as such once the handshake is answered.
OutcomeName = Literal[EventName, "RemoteProtocolError", "LocalProtocolError", "nothing", "kept"]


class Sending(NamedTuple):
    """One thing that may be sent.

    state: the state in which it may be sent.
    role: who may send it.
    before: what must have gone before, "" where nothing special.
    event: the class of the event.
    fields: the fields of the event that decide what follows, each with its value.
    next_state: the state that follows.
    requirement: id of the sentence behind the row, "" where no sentence speaks of it.
    """

    state: StateName
    role: RoleName
    before: Before
    event: EventName
    fields: tuple[tuple[str, bool], ...]
    next_state: StateName
    requirement: str


class Receiving(NamedTuple):
    """One thing that may arrive.

    state: the state in which it arrives.
    role: to whom it arrives.
    before: what must have gone before, "" where nothing special.
    input: what arrives.
    outcome: what comes of it.
    code: the close code of the outcome where the row fixes it, otherwise None.
    next_state: the state that follows.
    requirement: id of the sentence behind the row, "" where no sentence speaks of it.
    """

    state: StateName
    role: RoleName
    before: Before
    input: InputName
    outcome: OutcomeName
    code: int | None
    next_state: StateName
    requirement: str


#: The states, in the order in which a connection meets them.
STATES: tuple[StateName, ...] = ("CONNECTING", "REJECTING", "OPEN", "REMOTE_CLOSING", "LOCAL_CLOSING", "CLOSED")

#: Every class of event that an application may try to send.
SENDABLE: tuple[EventName, ...] = (
    "Request",
    "AcceptConnection",
    "RejectConnection",
    "RejectData",
    "TextMessage",
    "BytesMessage",
    "Ping",
    "Pong",
    "CloseConnection",
)

#: What may be sent. No row: LocalProtocolError, and the state stays as it was.
#:
#: §5.5.2 would let an endpoint send pings and pongs until the peer's Close frame has come. Here, as in wsproto, the
#: Close frame is the last frame that an endpoint sends: whoever has sent it may only wait for the answer.
SENDING: tuple[Sending, ...] = (
    Sending("CONNECTING", "client", "no request", "Request", (), "CONNECTING", "6455-4.1-1"),
    Sending("CONNECTING", "server", "request", "AcceptConnection", (), "OPEN", "6455-4.2.2-4"),
    # A server may refuse before a request has come, such as with 408 or 503.
    Sending("CONNECTING", "server", "", "RejectConnection", (("has_body", False),), "CLOSED", "6455-4.2.2-1"),
    Sending("CONNECTING", "server", "", "RejectConnection", (("has_body", True),), "REJECTING", "6455-4.2.2-1"),
    Sending("REJECTING", "server", "violation", "RejectConnection", (("has_body", False),), "CLOSED", "6455-4.2.1-7"),
    Sending("REJECTING", "server", "violation", "RejectConnection", (("has_body", True),), "REJECTING", "6455-4.2.1-7"),
    Sending("REJECTING", "server", "refusal", "RejectData", (("body_finished", False),), "REJECTING", ""),
    Sending("REJECTING", "server", "refusal", "RejectData", (("body_finished", True),), "CLOSED", ""),
    # A client has no way to refuse but to close the stream. It may "send" what its exception hints at, once: no octets.
    Sending("CLOSED", "client", "violation", "RejectConnection", (), "CLOSED", "6455-4.1-17"),
    Sending("OPEN", "both", "", "TextMessage", (), "OPEN", "6455-5.1-5"),
    Sending("OPEN", "both", "", "BytesMessage", (), "OPEN", "6455-5.1-5"),
    Sending("OPEN", "both", "", "Ping", (), "OPEN", "6455-5.5.2-2"),
    Sending("OPEN", "both", "", "Pong", (), "OPEN", "6455-5.5.3-2"),
    Sending("OPEN", "both", "", "CloseConnection", (), "LOCAL_CLOSING", "6455-5.5.1-2"),
    # A Pong is owed until the peer's Close frame has come; that ours is out is no excuse. (wsproto refuses to send it.)
    Sending("LOCAL_CLOSING", "both", "", "Pong", (), "LOCAL_CLOSING", "6455-5.5.2-1"),
    Sending("REMOTE_CLOSING", "both", "close frame", "CloseConnection", (), "CLOSED", "6455-5.5.1-3"),
    Sending("REMOTE_CLOSING", "both", "failure", "CloseConnection", (), "CLOSED", "6455-7.1.7-3"),
)

#: What may arrive, and what comes of it.
RECEIVING: tuple[Receiving, ...] = (
    # The opening handshake, read by a server.
    Receiving("CONNECTING", "server", "no request", "request head", "Request", None, "CONNECTING", "6455-4.2.1-1"),
    # The exception carries the refusal to send, as `event_hint`.
    Receiving("CONNECTING", "server", "no request", "violation", "RemoteProtocolError", None, "REJECTING", "6455-4.2.1-7"),
    Receiving("CONNECTING", "server", "no request", "end of stream", "nothing", None, "CLOSED", "6455-7.1.4-2"),
    # The client should wait for the answer; what little it sends before is kept for the connection.
    Receiving("CONNECTING", "server", "request", "octets", "kept", None, "CONNECTING", "6455-4.1-15"),
    # A client that ends its own half of the stream may still read an answer.
    Receiving("CONNECTING", "server", "request", "end of stream", "nothing", None, "CONNECTING", ""),
    # The opening handshake, read by a client.
    Receiving("CONNECTING", "client", "no request", "octets", "RemoteProtocolError", None, "CLOSED", "9112-9.2-1"),
    Receiving("CONNECTING", "client", "no request", "end of stream", "nothing", None, "CLOSED", "6455-7.1.4-2"),
    Receiving("CONNECTING", "client", "request", "response 101", "AcceptConnection", None, "OPEN", "6455-4.1-16"),
    # As in wsproto: a 1xx is a refusal, and the end. (`H11Handshake` can be told to pass it over instead.)
    Receiving("CONNECTING", "client", "request", "response 1xx", "RejectConnection", None, "CLOSED", "6455-4.1-9"),
    Receiving("CONNECTING", "client", "request", "response other", "RejectConnection", None, "REJECTING", "6455-4.1-9"),
    Receiving("CONNECTING", "client", "request", "violation", "RemoteProtocolError", None, "CLOSED", "6455-4.1-17"),
    Receiving("CONNECTING", "client", "request", "end of stream", "RemoteProtocolError", None, "CLOSED", "6455-7.2.1-1"),
    # The body of a refusal.
    Receiving("REJECTING", "client", "refusal", "body octets", "RejectData", None, "REJECTING", "6455-4.1-9"),
    Receiving("REJECTING", "client", "refusal", "end of body", "RejectData", None, "CLOSED", "6455-4.1-9"),
    Receiving("REJECTING", "client", "refusal", "violation", "RemoteProtocolError", None, "CLOSED", "9112-8-2"),
    Receiving("REJECTING", "client", "refusal", "end of stream", "RemoteProtocolError", None, "CLOSED", "9112-6.3-2"),
    # Whatever follows a request that was not accepted is not looked at: it may be a smuggled one.
    Receiving("REJECTING", "server", "", "octets", "nothing", None, "REJECTING", ""),
    Receiving("REJECTING", "server", "", "end of stream", "nothing", None, "REJECTING", ""),
    # Frames, while both may send.
    Receiving("OPEN", "both", "", "text frame", "TextMessage", None, "OPEN", "6455-5.1-5"),
    Receiving("OPEN", "both", "", "binary frame", "BytesMessage", None, "OPEN", "6455-5.1-5"),
    Receiving("OPEN", "both", "", "ping", "Ping", None, "OPEN", "6455-5.5.2-2"),
    Receiving("OPEN", "both", "", "pong", "Pong", None, "OPEN", "6455-5.5.3-2"),
    Receiving("OPEN", "both", "", "close frame", "CloseConnection", None, "REMOTE_CLOSING", "6455-5.5.1-3"),
    Receiving("OPEN", "both", "", "violation", "CloseConnection", None, "REMOTE_CLOSING", "6455-7.1.7-3"),
    Receiving("OPEN", "both", "", "end of stream", "CloseConnection", 1006, "CLOSED", "6455-7.1.5-1"),
    # The peer has closed, or has been given up: nothing that it says from here on is looked at. Its end was told as a
    # CloseConnection, and is not told again.
    Receiving("REMOTE_CLOSING", "both", "close frame", "octets", "nothing", None, "REMOTE_CLOSING", "6455-1.4-1"),
    Receiving("REMOTE_CLOSING", "both", "close frame", "end of stream", "nothing", None, "CLOSED", "6455-7.1.4-1"),
    Receiving("REMOTE_CLOSING", "both", "failure", "octets", "nothing", None, "REMOTE_CLOSING", "6455-7.1.7-2"),
    Receiving("REMOTE_CLOSING", "both", "failure", "end of stream", "nothing", None, "CLOSED", "6455-7.1.4-1"),
    # Our Close frame is out; what the peer sent before it read that frame still counts.
    Receiving("LOCAL_CLOSING", "both", "", "text frame", "TextMessage", None, "LOCAL_CLOSING", "6455-5.1-5"),
    Receiving("LOCAL_CLOSING", "both", "", "binary frame", "BytesMessage", None, "LOCAL_CLOSING", "6455-5.1-5"),
    Receiving("LOCAL_CLOSING", "both", "", "ping", "Ping", None, "LOCAL_CLOSING", "6455-5.5.2-2"),
    Receiving("LOCAL_CLOSING", "both", "", "pong", "Pong", None, "LOCAL_CLOSING", "6455-5.5.3-2"),
    Receiving("LOCAL_CLOSING", "both", "", "close frame", "CloseConnection", None, "CLOSED", "6455-5.5.1-5"),
    Receiving("LOCAL_CLOSING", "both", "", "violation", "CloseConnection", None, "CLOSED", "6455-7.1.7-2"),
    Receiving("LOCAL_CLOSING", "both", "", "end of stream", "CloseConnection", 1006, "CLOSED", "6455-7.1.5-1"),
    # The end. Whoever goes on feeding a connection that was open has missed its end.
    Receiving("CLOSED", "both", "closing", "octets", "LocalProtocolError", None, "CLOSED", "6455-5.5.1-5"),
    Receiving("CLOSED", "both", "closing", "end of stream", "nothing", None, "CLOSED", "6455-5.5.1-5"),
    Receiving("CLOSED", "both", "refusal", "octets", "nothing", None, "CLOSED", ""),
    Receiving("CLOSED", "both", "refusal", "end of stream", "nothing", None, "CLOSED", ""),
    Receiving("CLOSED", "client", "violation", "octets", "nothing", None, "CLOSED", "6455-7.1.7-2"),
    Receiving("CLOSED", "client", "violation", "end of stream", "nothing", None, "CLOSED", "6455-7.1.7-2"),
)
