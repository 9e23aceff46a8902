"""Offers of permessage-deflate, good and bad ones, to a server (RFC 7692 §7.1)."""

from __future__ import annotations

from rawws_conformance.cases.own.build import request, taken_by_server
from rawws_conformance.model import Case, Field, PeerHead

_GROUP = "permessage-deflate: offers to a server"
_NAME = "sec-websocket-extensions"

_DECLINES = PeerHead(fields=(Field(_NAME, 0, 0),))

def _declined(number: int, what: str, offer: str) -> Case:
    return taken_by_server(
        f"27.1.{number}",
        _GROUP,
        f"An offer of permessage-deflate {what}.",
        request(more=(f"Sec-WebSocket-Extensions: {offer}",)),
        "7692-7-1",
        peer=_DECLINES,
        expects="The server accepts the connection, and declines the offer.",
    )


def _answered(number: str, sends: str, *offers: str, pattern: str | None, expects: str, rules: tuple[str, ...]) -> Case:
    return taken_by_server(
        f"27.{number}",
        _GROUP,
        sends,
        request(more=[f"Sec-WebSocket-Extensions: {offer}" for offer in offers]),
        *rules,
        peer=PeerHead(fields=(Field(_NAME, 0, 1, pattern),)),
        agrees=True,
        expects=expects,
    )


def _has(parameter: str) -> str:
    """An answer that has a parameter."""
    return f".*;[ \\t]*{parameter}[ \\t]*(;.*)?"


def _has_not(parameter: str) -> str:
    """An answer without a parameter, or without one of such a value."""
    return f"(?!.*{parameter}).*"


def _bits(name: str, values: str) -> str:
    """A parameter with one of these values."""
    return f'{name}[ \\t]*=[ \\t]*"?({values})"?'


_D = "permessage-deflate"

CASES = (
    _declined(1, "with an unknown parameter", f"{_D}; x_unknown"),
    _declined(2, "with server_max_window_bits=7", f"{_D}; server_max_window_bits=7"),
    _declined(3, "with server_max_window_bits=16", f"{_D}; server_max_window_bits=16"),
    _declined(4, "with server_max_window_bits=010", f"{_D}; server_max_window_bits=010"),
    _declined(5, "with server_max_window_bits=+10", f"{_D}; server_max_window_bits=+10"),
    _declined(6, "with server_max_window_bits=-10", f"{_D}; server_max_window_bits=-10"),
    _declined(7, "with server_max_window_bits=1e1", f"{_D}; server_max_window_bits=1e1"),
    _declined(8, "with server_max_window_bits and no value", f"{_D}; server_max_window_bits"),
    _declined(9, "with client_max_window_bits=7", f"{_D}; client_max_window_bits=7"),
    _declined(10, "with client_max_window_bits=16", f"{_D}; client_max_window_bits=16"),
    _declined(11, "with client_max_window_bits=08", f"{_D}; client_max_window_bits=08"),
    _declined(12, "with client_max_window_bits=1000000000000000000000", f"{_D}; client_max_window_bits=1000000000000000000000"),
    _declined(13, "with server_no_context_takeover=1", f"{_D}; server_no_context_takeover=1"),
    _declined(14, "with client_no_context_takeover=true", f"{_D}; client_no_context_takeover=true"),
    _declined(15, "with server_no_context_takeover twice", f"{_D}; server_no_context_takeover; server_no_context_takeover"),
    _declined(16, "with client_max_window_bits twice", f"{_D}; client_max_window_bits=10; client_max_window_bits=10"),
    _declined(17, "with server_max_window_bits twice, with two values", f"{_D}; server_max_window_bits=10; server_max_window_bits=12"),
    _declined(18, "under a name that begins like it", "permessage-deflate2"),
    _declined(19, "with a name of a parameter that begins like server_no_context_takeover", f"{_D}; server_no_context_takeover_x"),
    _answered("2.1", "A bare offer of permessage-deflate.", _D, pattern=_has_not("client_max_window_bits"), rules=("7692-7.1.2.2-1",), expects="If the server agrees, its answer has no client_max_window_bits, which was not offered."),
    _answered("2.2", "An offer with server_no_context_takeover.", f"{_D}; server_no_context_takeover", pattern=_has("server_no_context_takeover"), rules=("7692-7.1.1.1-1",), expects="If the server agrees, its answer has server_no_context_takeover."),
    _answered("2.3", "An offer with server_max_window_bits=10.", f"{_D}; server_max_window_bits=10", pattern=_has(_bits("server_max_window_bits", "8|9|10")), rules=("7692-7.1.2.1-1",), expects="If the server agrees, its answer has server_max_window_bits of at most 10."),
    _answered("2.4", 'An offer with server_max_window_bits="10", quoted.', f'{_D}; server_max_window_bits="10"', pattern=_has(_bits("server_max_window_bits", "8|9|10")), rules=("7692-7.1.2.1-1", "6455-9.1-2"), expects="If the server agrees, its answer has server_max_window_bits of at most 10."),
    _answered("2.5", "An offer with server_max_window_bits=8, the smallest window.", f"{_D}; server_max_window_bits=8", pattern=_has(_bits("server_max_window_bits", "8")), rules=("7692-7.1.2.1-1",), expects="If the server agrees, its answer has server_max_window_bits=8."),
    _answered("2.6", "An offer with client_max_window_bits=10.", f"{_D}; client_max_window_bits=10", pattern=_has_not(_bits("client_max_window_bits", "1[1-5]")), rules=("7692-7.1.2.2-2",), expects="If the server's answer has client_max_window_bits, it is at most 10."),
    _answered("2.7", "An offer with client_max_window_bits=8, the smallest window.", f"{_D}; client_max_window_bits=8", pattern=_has_not(_bits("client_max_window_bits", "9|1[0-5]")), rules=("7692-7.1.2.2-2",), expects="If the server's answer has client_max_window_bits, it is 8."),
    _answered("2.8", "An offer with client_max_window_bits and no value.", f"{_D}; client_max_window_bits", pattern=None, rules=("7692-7.1.2.2-1",), expects="If the server agrees, its answer keeps the grammar."),
    _answered("3.1", "An offer that nobody may accept, and a bare one behind it.", f"{_D}; x_unknown, {_D}", pattern=_has_not("client_max_window_bits"), rules=("7692-7-1",), expects="If the server agrees, then to the second offer."),
    _answered("3.2", "The same two offers, in two lines.", f"{_D}; x_unknown", _D, pattern=_has_not("client_max_window_bits"), rules=("7692-7-1", "6455-4.2.2-5"), expects="If the server agrees, then to the second offer."),
    _answered("3.3", "An extension that nobody knows, with a quoted value, and an offer of permessage-deflate behind it.", f'x-unknown; a="b", {_D}', pattern=_has_not("x-unknown"), rules=("6455-4.2.2-5",), expects="If the server agrees, then to permessage-deflate alone."),
    _answered("3.4", "The same offer twice.", f"{_D}, {_D}", pattern=_has_not("client_max_window_bits"), rules=("7692-7-1",), expects="If the server agrees, then to one of them: its answer names permessage-deflate once."),
    _answered("3.5", "An offer with spaces and tabs wherever they may be, and empty elements of the list.", f", ,\t{_D} \t;\tserver_no_context_takeover \t, ,", pattern=_has("server_no_context_takeover"), rules=("7692-7.1.1.1-1",), expects="If the server agrees, its answer has server_no_context_takeover."),
)  # fmt: skip
