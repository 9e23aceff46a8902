"""Answers about permessage-deflate to a client: such as nobody may give, and unasked but good ones (RFC 7692 §7.1)."""

from __future__ import annotations

from rawws_conformance.cases.build import CLEAN, came, send, text
from rawws_conformance.cases.own.build import CLIENT, refused_by_client, response
from rawws_conformance.model import (
    Behavior,
    Case,
    DeflateWish,
    Field,
    KillAfter,
    Level,
    Opening,
    Outcome,
    PeerHead,
)

_GROUP = "permessage-deflate: answers to a client"

#: "Hello, Hello, Hello, Hello", compressed by the tester's deflate or not: the tester does not compress here.
_TEXT = "Hello, Hello, Hello, Hello"


def _refused(number: int, what: str, answer: str, rule: str = "7692-7-2") -> Case:
    head = response(more=(f"Sec-WebSocket-Extensions: {answer}",))
    return refused_by_client(f"28.1.{number}", _GROUP, f"An answer of permessage-deflate {what}.", head, rule, "7692-5-1")


def _taken(number: int, what: str, wish: DeflateWish, rule: str) -> Case:
    return Case(
        id=f"28.2.{number}",
        group=_GROUP,
        sends=f"An answer of permessage-deflate {what}, if the client offers the extension; then a text message.",
        expects="The client takes the answer, and the message comes back.",
        requirements=(rule,),
        level=Level.MUST,
        roles=CLIENT,
        deflate=(wish,),
        script=(send(text(_TEXT)), KillAfter(1)),
        outcomes=(Outcome(Behavior.OK, (came(_TEXT),)),),
        closing=CLEAN,
    )


_D = "permessage-deflate"

CASES = (
    _refused(1, "with an unknown parameter", f"{_D}; x_unknown"),
    _refused(2, "with server_max_window_bits=7", f"{_D}; server_max_window_bits=7"),
    _refused(3, "with server_max_window_bits=16", f"{_D}; server_max_window_bits=16"),
    _refused(4, "with server_max_window_bits=010", f"{_D}; server_max_window_bits=010"),
    _refused(5, "with server_max_window_bits and no value", f"{_D}; server_max_window_bits"),
    _refused(6, "with client_max_window_bits and no value", f"{_D}; client_max_window_bits"),
    _refused(7, "with client_max_window_bits=7", f"{_D}; client_max_window_bits=7"),
    _refused(8, "with client_max_window_bits=16", f"{_D}; client_max_window_bits=16"),
    _refused(9, "with server_no_context_takeover=1", f"{_D}; server_no_context_takeover=1"),
    _refused(10, "with client_no_context_takeover=true", f"{_D}; client_no_context_takeover=true"),
    _refused(11, "with server_no_context_takeover twice", f"{_D}; server_no_context_takeover; server_no_context_takeover"),
    _refused(12, "with server_max_window_bits twice, with two values", f"{_D}; server_max_window_bits=10; server_max_window_bits=12"),
    _refused(13, "twice", f"{_D}, {_D}", "6455-4.1-13"),
    _refused(14, "beside an extension that nobody offered", f"{_D}, x-nobody-asked", "6455-4.1-13"),
    _refused(15, "under a name that begins like it", "permessage-deflate2", "6455-4.1-13"),
    _refused(16, "that ends in the middle of a quoted string", f'{_D}; server_max_window_bits="10', "6455-9.1-1"),
    _refused(17, "with a parameter that has no name", f"{_D}; =10", "6455-9.1-1"),
    _taken(1, "and nothing else", DeflateWish(), "7692-7.2.2-1"),
    _taken(2, "with server_no_context_takeover, asked or not", DeflateWish(own_no_context_takeover=True), "7692-7.1.1.1-1"),
    _taken(3, "with server_max_window_bits=9, asked or not", DeflateWish(own_window_bits=9), "7692-7.1.2.1-1"),
    _taken(4, "with server_max_window_bits=8, asked or not", DeflateWish(own_window_bits=8), "7692-7.1.2.1-1"),
    Case(
        id="28.3.1", group=_GROUP, sends="A good response and a text message.",
        expects="If the request offers permessage-deflate, it keeps the grammar, and every window is one from 8 to 15.",
        requirements=("7692-7-1",), level=Level.MUST, roles=CLIENT,
        opening=Opening(peer=PeerHead(fields=(Field("sec-websocket-extensions", 0, None, r'(?!.*_max_window_bits[ \t]*=[ \t]*"?(0|[1-7]"?[ \t]*([;,]|$)|1[6-9]|[2-9][0-9]|[0-9]{3})).*'),))),
        script=(send(text(_TEXT)), KillAfter(1)), outcomes=(Outcome(Behavior.OK, (came(_TEXT),)),), closing=CLEAN,
    ),
)  # fmt: skip
