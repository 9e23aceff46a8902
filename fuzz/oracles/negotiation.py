"""The negotiation of extensions as RFC 6455 §9.1 and RFC 7692 §5 and §7.1 tell it, written down from their sentences.

Nothing here is rawws': the grammar is that of `fuzz/oracles/grammar.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fuzz.oracles.grammar import OWS, QUOTED, TOKEN, elements

DEFLATE = b"permessage-deflate"

#: One parameter. What stands between quotation marks is the value once they are away, with each backslash.
_PARAMETER = re.compile(
    OWS + rb";" + OWS + rb"(" + TOKEN + rb")(?:" + OWS + rb"=" + OWS + rb"(" + TOKEN + rb"|" + QUOTED + rb")?())?" + OWS
)
_NAME = re.compile(rb"(" + TOKEN + rb")" + OWS)


@dataclass(frozen=True)
class Element:
    """One extension of a list. parameters: in order; a value is None where there is none, b"" where it is empty."""

    name: bytes
    parameters: tuple[tuple[bytes, bytes | None], ...]


@dataclass(frozen=True)
class Terms:
    """What RFC 7692 §7.1 knows. A window is None where it is not there, 0 where it has no value."""

    server_no_context_takeover: bool
    client_no_context_takeover: bool
    server_max_window_bits: int | None
    client_max_window_bits: int | None


def parse(values: Sequence[bytes]) -> list[Element] | None:
    """The elements of a header over all its lines; None where they do not fit the grammar of §9.1."""
    texts = elements(list(values))
    if not texts:
        return None
    found = [_element(text) for text in texts]
    return None if None in found else found  # type: ignore[return-value]  # no None is in it


def _element(text: bytes) -> Element | None:
    name = _NAME.match(text)
    if name is None:
        return None
    parameters: list[tuple[bytes, bytes | None]] = []
    position = name.end()
    while position < len(text):
        match = _PARAMETER.match(text, position)
        if match is None:
            return None
        value = match[2]
        if match[3] is not None and value is None:
            value = b""
        if value is not None and value.startswith(b'"'):
            # "When using the quoted-string syntax variant, the value after quoted-string unescaping MUST conform to
            # the 'token' ABNF." (§9.1)
            value = re.sub(rb"\\(.)", rb"\1", value[1:-1])
            if not re.fullmatch(TOKEN + rb"|", value):
                return None
        parameters.append((match[1], value))
        position = match.end()
    return Element(name[1], tuple(parameters))


def terms_of(element: Element, *, is_offer: bool) -> Terms | None:
    """What an element asks for or promises; None where §7.1 has no such parameter, value, or a second one."""
    names = [name for name, _ in element.parameters]
    given = dict(element.parameters)
    if len(set(names)) < len(names):
        return None
    windows: dict[str, int | None] = {}
    for name, value in given.items():
        if name in {b"server_no_context_takeover", b"client_no_context_takeover"}:
            # §7.1.1.1 and §7.1.1.2: "This parameter has no value."
            if value is not None:
                return None
        elif name in {b"server_max_window_bits", b"client_max_window_bits"}:
            # §7.1.2.1: "This parameter has a decimal integer value without leading zeroes between 8 to 15, inclusive".
            # §7.1.2.2: "This parameter has no value or a decimal integer value …", in an offer.
            if value is None and is_offer and name == b"client_max_window_bits":
                windows[name.decode()] = 0
            elif value is not None and value in {b"%d" % bits for bits in range(8, 16)}:
                windows[name.decode()] = int(value)
            else:
                return None
        else:
            return None
    return Terms(
        b"server_no_context_takeover" in given,
        b"client_no_context_takeover" in given,
        windows.get("server_max_window_bits"),
        windows.get("client_max_window_bits"),
    )


def is_answer(offer: Terms, response: Terms) -> bool:
    """Whether a response agrees to an offer (RFC 7692 §7.1)."""
    # §7.1.1.1: a server accepts the offer "by including the "server_no_context_takeover" extension parameter".
    if offer.server_no_context_takeover and not response.server_no_context_takeover:
        return False
    # §7.1.2.1: "… with the same or smaller value as the offer." Without it the window is the largest one.
    if offer.server_max_window_bits is not None:
        if response.server_max_window_bits is None:
            if offer.server_max_window_bits < 15:
                return False
        elif response.server_max_window_bits > offer.server_max_window_bits:
            return False
    # §7.1.2.2: without the parameter in the offer the response "MUST NOT include" it; with a value, it is the most.
    if response.client_max_window_bits is not None:
        if offer.client_max_window_bits is None:
            return False
        if offer.client_max_window_bits and response.client_max_window_bits > offer.client_max_window_bits:
            return False
    return True


def first_to_accept(offered: Sequence[Element], *, smallest_window: int) -> Terms | None:
    """The offer that a server of permessage-deflate accepts: the first one that it can keep; None where there is none.

    §5: offers come "in order of preference". §7: what a server has to decline. smallest_window: that it deflates with.
    """
    for element in offered:
        terms = terms_of(element, is_offer=True) if element.name == DEFLATE else None
        if terms is not None and not (terms.server_max_window_bits or 15) < smallest_window:
            return terms
    return None


def accepted_terms(offers: Sequence[Element], response: Sequence[Element]) -> Terms | bool | None:
    """What a client has to make of a response: terms; None where nothing is agreed on; False where it has to fail."""
    agreed: Terms | None = None
    seen: set[bytes] = set()
    for element in response:
        mine = [offer for offer in offers if offer.name == element.name]
        # §9.1 and §4.1: what was not offered, and what is there twice, ends the connection; so does an empty value.
        if not mine or element.name in seen or b"" in dict(element.parameters).values():
            return False
        seen.add(element.name)
        agreed = terms_of(element, is_offer=False)
        candidates = [terms_of(offer, is_offer=True) for offer in mine]
        if agreed is None or not any(offer is not None and is_answer(offer, agreed) for offer in candidates):
            return False
    return agreed
