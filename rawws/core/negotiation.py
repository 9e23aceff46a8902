"""RFC 6455 §9.1 and RFC 7692 §5: which extensions both ends agree on.

An extension's `accept` and `finalize` hear only what has been judged: text that fits the grammar, and for
permessage-deflate parameters that RFC 7692 allows, without quotation marks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rawws.core.deflate_parameters import (
    PERMESSAGE_DEFLATE,
    SMALLEST_DEFLATE_WINDOW,
    judge_response,
    parse_offer,
    parse_response,
)
from rawws.core.errors import WrongType, WrongValue
from rawws.core.extensions import Extension
from rawws.core.headers import BadHeaderError, ExtensionText, parse_extension
from rawws.core.refused import refuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Offer(NamedTuple):
    """One offer of a client.

    extension: who made it. text: the element of the header. element: the same, parsed.
    """

    extension: Extension
    text: str
    element: ExtensionText


# -- server -------------------------------------------------------------------------------------------------------


def server_extensions_handshake(requested: Iterable[str], supported: Sequence[Extension]) -> bytes | None:
    """The value of the response's Sec-WebSocket-Extensions header, None where nothing is agreed on (RFC 6455 §9.1).

    requested: the client's offers, as in `Request.extensions`, the most welcome first.
    supported: the extensions of this server; `accept` of one is called for offers of its name that are well-formed.
    Raises LocalProtocolError where an extension's answer could not be sent.
    """
    return b", ".join([text for _, text in agree(requested, supported)]) or None


def agree(requested: Iterable[str], supported: Sequence[Extension]) -> list[tuple[Extension, bytes]]:
    """The extensions agreed on, in the order of the response, each with its element of the header."""
    if not isinstance(supported, (list, tuple)) or not all(isinstance(extension, Extension) for extension in supported):
        raise WrongType("extensions must be a list of Extension")
    agreed: dict[str, tuple[Extension, bytes]] = {}
    for offer in requested:
        try:
            element = parse_extension(offer)
        except BadHeaderError:
            continue
        # An offer that could be accepted is followed by others of the same name only as a fallback (RFC 7692 §5.2).
        if element.name in agreed:
            continue
        for extension in supported:
            if extension.name == element.name and (answer := _answer(extension, element, offer)) is not None:
                agreed[element.name] = (extension, answer)
                break
    return list(agreed.values())


def _answer(extension: Extension, element: ExtensionText, offer: str) -> bytes | None:
    """The element with which `extension` accepts one offer; None where the offer is declined."""
    # An empty value is no value of any parameter.
    if any(value == "" for _, value in element.parameters):
        return None
    offered = None
    if element.name == PERMESSAGE_DEFLATE:
        offer = str(element)
        try:
            offered = parse_offer(element.parameters)
        except BadHeaderError:
            return None
        # 7692-7-1: "The server doesn't support the offered configuration." zlib does not deflate with a window of 8.
        if (offered.server_max_window_bits or SMALLEST_DEFLATE_WINDOW) < SMALLEST_DEFLATE_WINDOW:
            return None
    try:
        answer = extension.accept(offer)
    except ValueError:
        # A number that the extension's own setters refuse, for one.
        return None
    if answer is None or answer is False:
        return None
    text, own = _own_element(extension, answer)
    if offered is not None:
        try:
            judge_response(offered, parse_response(own.parameters))
        except BadHeaderError as exc:
            raise WrongValue(f"{text!r} is no answer to {offer!r}: {exc}") from None
    return text.encode("ascii")


# -- client -------------------------------------------------------------------------------------------------------


def make_offers(extensions: object) -> list[Offer]:
    """What a client offers, in the order of its preference. Raises LocalProtocolError where it could not be sent."""
    if not isinstance(extensions, (list, tuple)):
        raise WrongType("extensions must be a list of Extension")
    offers = []
    for extension in extensions:
        if not isinstance(extension, Extension):
            raise WrongType(f"an extension must be an Extension, not {type(extension).__name__}")
        offer = extension.offer()
        if offer is not False and offer is not None:
            text, element = _own_element(extension, offer)
            if element.name == PERMESSAGE_DEFLATE:
                try:
                    parse_offer(element.parameters)
                except BadHeaderError as exc:
                    raise WrongValue(f"{text!r} is no offer: {exc}") from None
            offers.append(Offer(extension, text, element))
    return offers


def client_extensions_handshake(accepted: Iterable[str], supported: Sequence[Extension]) -> list[Extension]:
    """The extensions in use, in the order of the response (RFC 6455 §9.1).

    accepted: the elements of the response's Sec-WebSocket-Extensions header.
    supported: the extensions that this client offered; `finalize` of each accepted one is called.
    Raises RemoteProtocolError where the response is malformed, accepts what was not offered, or does so on other terms.
    """
    return judge_accepted(accepted, make_offers(supported))


def judge_accepted(accepted: Iterable[str], offers: Sequence[Offer]) -> list[Extension]:
    """`client_extensions_handshake` for offers that were sent."""
    finals: dict[str, tuple[Extension, str]] = {}
    for text in accepted:
        element = _parse_accepted(text)
        candidates = [offer for offer in offers if offer.element.name == element.name]
        # 6455-4.1-13: "… this header field indicates the use of an extension that was not present in the client's
        # handshake (the server has indicated an extension not requested by the client), the client MUST _Fail the
        # WebSocket Connection_."
        if not candidates:
            raise refuse(
                f"unrecognized extension {element.name}",
                "6455-4.1-13",
                message="the server accepted an extension that was not offered",
            )
        if element.name in finals:
            raise refuse("An extension was accepted twice", "6455-4.1-17")
        if element.name == PERMESSAGE_DEFLATE:
            finals[element.name] = _fit_deflate(element, candidates)
        else:
            finals[element.name] = (candidates[0].extension, text)
    for extension, text in finals.values():
        try:
            extension.finalize(text)
        except ValueError:
            # 7692-5-1: "If a server gives an invalid response, such as accepting a PMCE that the client did not offer,
            # the client MUST _Fail the WebSocket Connection_."
            raise refuse("An extension cannot work on the server's terms", "7692-5-1") from None
    return [extension for extension, _ in finals.values()]


def _parse_accepted(text: str) -> ExtensionText:
    # 6455-9.1-1: "If a value is received by either the client or the server during negotiation that does not conform to
    # the ABNF below, the recipient of such malformed data MUST immediately _Fail the WebSocket Connection_."
    try:
        element = parse_extension(text)
    except BadHeaderError as exc:
        raise refuse("Bad Sec-WebSocket-Extensions header", "6455-9.1-1", message=str(exc)) from None
    if any(value == "" for _, value in element.parameters):
        raise refuse("Bad Sec-WebSocket-Extensions header", "6455-9.1-1", message="a parameter's value is empty")
    return element


def _fit_deflate(element: ExtensionText, candidates: Sequence[Offer]) -> tuple[Extension, str]:
    """The first of a client's offers that the response is an answer to, and the response for its `finalize`."""
    try:
        response = parse_response(element.parameters)
    except BadHeaderError as exc:
        raise refuse("Bad permessage-deflate response", "7692-7-2", message=str(exc)) from None
    reason = ""
    for offer in candidates:
        try:
            judge_response(parse_offer(offer.element.parameters), response)
        except BadHeaderError as exc:
            reason = str(exc)
            continue
        # A window of 9 inflates what was deflated with one of 8, and is one that `finalize` can set.
        smallest = f"{SMALLEST_DEFLATE_WINDOW}"
        parameters = tuple(
            (name, smallest if (name, value) == ("server_max_window_bits", "8") else value)
            for name, value in element.parameters
        )
        return offer.extension, str(ExtensionText(element.name, parameters))
    raise refuse("Bad permessage-deflate response", "7692-5-1", message=reason)


# -- both ---------------------------------------------------------------------------------------------------------


def _own_element(extension: Extension, parameters: object) -> tuple[str, ExtensionText]:
    """What this endpoint writes for `extension`, as text and parsed: the name alone for True and "".

    The grammar of §9.1 leaves no room for an octet that could end the line. Raises WrongType, WrongValue.
    """
    if parameters is not True and not isinstance(parameters, str):
        raise WrongType(f"parameters of an extension must be str or bool, not {type(parameters).__name__}")
    text = extension.name if parameters is True or not parameters else f"{extension.name}; {parameters}"
    try:
        element = parse_extension(text)
    except BadHeaderError as exc:
        raise WrongValue(f"{text!r} cannot be sent: {exc}") from None
    if element.name != extension.name or any(value == "" for _, value in element.parameters):
        raise WrongValue(f"{text!r} cannot be sent: it is no element of RFC 6455 §9.1")
    return text, element
