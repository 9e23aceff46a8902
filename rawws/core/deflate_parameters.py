"""RFC 7692 §7.1: what may stand behind `permessage-deflate;` in an offer and in a response, and if the two agree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from rawws.core.headers import BadHeaderError

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The extension's name (§7).
PERMESSAGE_DEFLATE = "permessage-deflate"

#: The smallest window that zlib can deflate a raw stream with. (It inflates one of 8, too.)
SMALLEST_DEFLATE_WINDOW = 9

_LARGEST_WINDOW = 15
_FLAGS = frozenset({"server_no_context_takeover", "client_no_context_takeover"})
_WINDOWS = frozenset({"server_max_window_bits", "client_max_window_bits"})

# §7.1.2.1: "a decimal integer value without leading zeroes between 8 to 15, inclusive".
_window_bits = re.compile(r"[89]|1[0-5]", re.ASCII).fullmatch


class DeflateParameters(NamedTuple):
    """The parameters of one offer or one response.

    server_no_context_takeover, client_no_context_takeover: whether the parameter is there.
    server_max_window_bits, client_max_window_bits: 8 to 15, None where the parameter is not there.
    client_max_window_bits is 15 where an offer has it without a value: no hint is as good as the largest window.
    """

    server_no_context_takeover: bool = False
    client_no_context_takeover: bool = False
    server_max_window_bits: int | None = None
    client_max_window_bits: int | None = None


def parse_offer(parameters: Sequence[tuple[str, str | None]]) -> DeflateParameters:
    """A client's offer. Raises BadHeaderError where a server has to decline it.

    7692-7-1: "A server MUST decline an extension negotiation offer for this extension if any of the following
    conditions are met: The negotiation offer contains an extension parameter not defined for use in an offer. The
    negotiation offer contains an extension parameter with an invalid value. The negotiation offer contains multiple
    extension parameters with the same name."
    """
    return _parse(parameters, bare_client_window=True)


def parse_response(parameters: Sequence[tuple[str, str | None]]) -> DeflateParameters:
    """A server's response. Raises BadHeaderError where a client has to fail the connection.

    7692-7-2: "The negotiation response contains an extension parameter not defined for use in a response. The
    negotiation response contains an extension parameter with an invalid value. The negotiation response contains
    multiple extension parameters with the same name."
    """
    return _parse(parameters, bare_client_window=False)


def _parse(parameters: Sequence[tuple[str, str | None]], *, bare_client_window: bool) -> DeflateParameters:
    found: dict[str, Any] = {}
    for name, value in parameters:
        if name in found:
            raise BadHeaderError(f"{name} comes more than once")
        if name in _FLAGS:
            # §7.1.1.1, §7.1.1.2: "This parameter has no value."
            if value is not None:
                raise BadHeaderError(f"{name} has a value")
            found[name] = True
        elif name in _WINDOWS:
            found[name] = _window(name, value, may_be_bare=bare_client_window and name == "client_max_window_bits")
        else:
            raise BadHeaderError("a parameter that permessage-deflate does not have")
    return DeflateParameters(**found)


def _window(name: str, value: str | None, *, may_be_bare: bool) -> int:
    # Only the client's window, and only in an offer, may stand without a value (§7.1.2.2).
    if value is None and may_be_bare:
        return _LARGEST_WINDOW
    if value is None or not _window_bits(value):
        raise BadHeaderError(f"{name} is no number from 8 to 15")
    return int(value)


def judge_response(offer: DeflateParameters, response: DeflateParameters) -> None:
    """Client: whether `response` is an answer to `offer`. Raises BadHeaderError where it is none.

    What an offer does not mention a server may still promise for itself: server_no_context_takeover (§7.1.1.1) and
    server_max_window_bits (§7.1.2.1); and it may ask for client_no_context_takeover (§7.1.1.2).
    """
    # 7692-7.1.1.1-1: "A server accepts an extension negotiation offer that includes the "server_no_context_takeover"
    # extension parameter by including the "server_no_context_takeover" extension parameter in the corresponding
    # extension negotiation response to send back to the client."
    if offer.server_no_context_takeover and not response.server_no_context_takeover:
        raise BadHeaderError("server_no_context_takeover was demanded and is not promised")
    # 7692-7.1.2.1-1: "A server accepts an extension negotiation offer with this parameter by including the
    # "server_max_window_bits" extension parameter in the extension negotiation response to send back to the client with
    # the same or smaller value as the offer." (Without the parameter the window is 15, so nothing is lost then.)
    if (response.server_max_window_bits or _LARGEST_WINDOW) > (offer.server_max_window_bits or _LARGEST_WINDOW):
        raise BadHeaderError("server_max_window_bits is larger than was demanded")
    if response.client_max_window_bits is None:
        return
    # 7692-7.1.2.2-1: "If a received extension negotiation offer doesn't have the "client_max_window_bits" extension
    # parameter, the corresponding extension negotiation response to the offer MUST NOT include the
    # "client_max_window_bits" extension parameter."
    if offer.client_max_window_bits is None:
        raise BadHeaderError("client_max_window_bits was not offered")
    # 7692-7.1.2.2-2: "… with a value equal to or smaller than the received value."
    if response.client_max_window_bits > offer.client_max_window_bits:
        raise BadHeaderError("client_max_window_bits is larger than was offered")
