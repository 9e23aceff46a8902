"""RFC 6455 §7.4: close codes, what each one says, and whether it may stand in a Close frame.

The registry that §11.7 opened has grown since 2011: 1012, 1013 and 1014 are registered there.
"""

from __future__ import annotations

from typing import NamedTuple


class CloseCode(NamedTuple):
    """One row of the table.

    first, last: the codes that the row speaks of, both included.
    name: a word to print.
    on_wire: whether such a code may stand in a Close frame at all.
    senders: who may send it: "both", "client", "server" or "nobody".
    meaning: one sentence.
    """

    first: int
    last: int
    name: str
    on_wire: bool
    senders: str
    meaning: str


#: Every code from 0 to 65535 belongs to exactly one row.
CLOSE_CODES: tuple[CloseCode, ...] = (
    CloseCode(0, 999, "not used", False, "nobody", "Status codes in the range 0-999 are not used (§7.4.2)."),
    CloseCode(1000, 1000, "normal closure", True, "both", "The purpose of the connection has been fulfilled."),
    CloseCode(1001, 1001, "going away", True, "both", "A server goes down, or a browser has left the page."),
    CloseCode(1002, 1002, "protocol error", True, "both", "The peer broke a rule of the protocol."),
    CloseCode(1003, 1003, "unsupported data", True, "both", "A type of data came that the endpoint cannot accept."),
    CloseCode(1004, 1004, "reserved", False, "nobody", "Reserved; a meaning might be defined in the future."),
    CloseCode(1005, 1005, "no status received", False, "nobody", "Stands for a Close frame without a code."),
    CloseCode(1006, 1006, "abnormal closure", False, "nobody", "Stands for an end without a Close frame."),
    CloseCode(1007, 1007, "invalid payload", True, "both", "Data did not fit its type, such as text that is no UTF-8."),
    CloseCode(1008, 1008, "policy violation", True, "both", "A message broke the endpoint's policy."),
    CloseCode(1009, 1009, "message too big", True, "both", "A message is too big for the endpoint to process."),
    CloseCode(1010, 1010, "mandatory extension", True, "client", "The server did not agree to an extension the client needs."),
    CloseCode(1011, 1011, "internal error", True, "both", "An unexpected condition kept the endpoint from its work."),
    CloseCode(1012, 1012, "service restart", True, "both", "The service restarts; come back."),
    CloseCode(1013, 1013, "try again later", True, "both", "The service is overloaded; come back later."),
    CloseCode(1014, 1014, "bad gateway", True, "both", "A gateway got a bad answer from upstream."),
    CloseCode(1015, 1015, "TLS handshake failed", False, "nobody", "Stands for a failed TLS handshake."),
    CloseCode(1016, 2999, "unassigned", False, "nobody", "Reserved for the protocol, its revisions and extensions."),
    CloseCode(3000, 3999, "registered", True, "both", "For libraries, frameworks and applications, registered at IANA."),
    CloseCode(4000, 4999, "private", True, "both", "For private use, by agreement between the endpoints."),
    CloseCode(5000, 65535, "out of range", False, "nobody", "No range of §7.4.2 holds these codes."),
)

_ON_WIRE = frozenset(code for row in CLOSE_CODES if row.on_wire for code in range(row.first, row.last + 1))


def close_code_is_receivable(code: int) -> bool:
    """Whether a Close frame that carries `code` is a valid frame (§7.4.1, §7.4.2).

    1010 is for clients to send, but the RFC sets no rule for an endpoint that hears it from a server.
    """
    return code in _ON_WIRE


def close_code_is_sendable(code: int) -> bool:
    """Whether an endpoint may set `code` in a Close frame (§7.4.1, §7.4.2)."""
    return code in _ON_WIRE
