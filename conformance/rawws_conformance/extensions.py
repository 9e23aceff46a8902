"""The header Sec-WebSocket-Extensions: written, read and agreed upon (RFC 6455 §9.1, RFC 7692 §7.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rawws_conformance.model import DeflateWish

DEFLATE = "permessage-deflate"

_SERVER_FRESH = "server_no_context_takeover"
_CLIENT_FRESH = "client_no_context_takeover"
_SERVER_BITS = "server_max_window_bits"
_CLIENT_BITS = "client_max_window_bits"


class OpeningError(Exception):
    """The opening handshake cannot succeed; the text is a sentence for people."""


class Extension(NamedTuple):
    """One element of the header: a name and its parameters, None where a parameter has no value."""

    name: str
    parameters: tuple[tuple[str, str | None], ...]


class Agreement(NamedTuple):
    """What both sides agreed on: of each compressor the bits of its window, and whether it keeps its context."""

    tester_bits: int = 15
    tester_keeps: bool = True
    peer_bits: int = 15
    peer_keeps: bool = True


_WORD = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_SPACE = r"[ \t]*"
_PARAMETER = re.compile(rf'{_SPACE};{_SPACE}({_WORD})(?:{_SPACE}={_SPACE}(?:({_WORD})|"({_WORD})"))?')
_NAME = re.compile(rf"[ \t,]*({_WORD})")
_BETWEEN = re.compile(rf"{_SPACE}(?:,[ \t,]*|$)")


def parse(values: Iterable[str]) -> list[Extension]:
    """Read the values of all lines of the header. Raises OpeningError where the grammar does not hold."""
    text = ", ".join(values)
    found = []
    at = 0
    while at < len(text):
        name = _NAME.match(text, at)
        if name is None:
            raise OpeningError(f"Sec-WebSocket-Extensions does not keep the grammar of RFC 6455 §9.1: {text[:200]!r}")
        at = name.end()
        parameters = []
        while parameter := _PARAMETER.match(text, at):
            parameters.append((parameter[1], parameter[2] if parameter[2] is not None else parameter[3]))
            at = parameter.end()
        between = _BETWEEN.match(text, at)
        if between is None:
            raise OpeningError(f"Sec-WebSocket-Extensions does not keep the grammar of RFC 6455 §9.1: {text[:200]!r}")
        at = between.end()
        found.append(Extension(name[1], tuple(parameters)))
    return found


def offer(wishes: Sequence[DeflateWish]) -> str:
    """The value that a client sends: an offer per wish, the preferred one first."""
    offers = []
    for wish in wishes:
        parts = [DEFLATE, _CLIENT_FRESH, _CLIENT_BITS]
        if wish.no_context_takeover:
            parts.append(_SERVER_FRESH)
        if wish.window_bits is not None:
            parts.append(f"{_SERVER_BITS}={wish.window_bits}")
        offers.append("; ".join(parts))
    return ", ".join(offers)


def _window_bits(name: str, value: str | None) -> int:
    """The value of a parameter that carries bits: 8 to 15, without a leading zero (RFC 7692 §7.1.2)."""
    if value is None or not re.fullmatch("8|9|1[0-5]", value):
        raise OpeningError(f"the value of {name} is no number from 8 to 15: {value!r}")
    return int(value)


def _fields(extension: Extension) -> dict[str, str | None]:
    """The parameters by name. Raises OpeningError for one that is unknown, there twice, or has a value it must not."""
    fields: dict[str, str | None] = {}
    for name, value in extension.parameters:
        if name not in {_SERVER_FRESH, _CLIENT_FRESH, _SERVER_BITS, _CLIENT_BITS}:
            raise OpeningError(f"{DEFLATE} has an unknown parameter: {name!r}")
        if name in fields:
            raise OpeningError(f"{DEFLATE} has the parameter {name} twice")
        if name in {_SERVER_FRESH, _CLIENT_FRESH} and value is not None:
            raise OpeningError(f"{name} has a value: {value!r}")
        fields[name] = value
    return fields


def judge_response(values: Sequence[str], wishes: Sequence[DeflateWish]) -> Agreement | None:
    """What a server's answer agrees to; None: no extension. Raises OpeningError for an answer that nobody may give."""
    extensions = parse(values)
    if not extensions:
        return None
    if len(extensions) > 1:
        raise OpeningError("the server chose more than one extension, and was offered alternatives of one")
    if extensions[0].name != DEFLATE or not wishes:
        raise OpeningError(f"the server chose an extension that was not offered: {extensions[0].name!r}")
    fields = _fields(extensions[0])
    return Agreement(
        tester_bits=_window_bits(_CLIENT_BITS, fields[_CLIENT_BITS]) if _CLIENT_BITS in fields else 15,
        tester_keeps=_CLIENT_FRESH not in fields,
        peer_bits=_window_bits(_SERVER_BITS, fields[_SERVER_BITS]) if _SERVER_BITS in fields else 15,
        peer_keeps=_SERVER_FRESH not in fields,
    )


def answer(values: Sequence[str], wishes: Sequence[DeflateWish]) -> tuple[str, Agreement] | None:
    """What to answer a client that offers `values`: the first wish that one of its offers allows, or None.

    Raises OpeningError for an offer that does not keep the grammar.
    """
    offers = [extension for extension in parse(values) if extension.name == DEFLATE]
    for wish in wishes:
        for extension in offers:
            try:
                fields = _fields(extension)
                return _accept(fields, wish)
            except OpeningError:
                continue  # RFC 7692 §7: decline this offer, look at the next
    return None


def _accept(fields: dict[str, str | None], wish: DeflateWish) -> tuple[str, Agreement]:
    """The answer to one offer. Raises OpeningError where the offer does not allow the wish."""
    if wish.no_context_takeover and _CLIENT_FRESH not in fields:
        raise OpeningError("the client does not offer to give up its context")
    if wish.window_bits is not None and _CLIENT_BITS not in fields:
        raise OpeningError("the client does not offer to limit its window")
    offered = fields.get(_CLIENT_BITS)
    if offered is not None:
        _window_bits(_CLIENT_BITS, offered)
    most = _window_bits(_SERVER_BITS, fields[_SERVER_BITS]) if _SERVER_BITS in fields else 15
    tester_bits = most if wish.own_window_bits is None else min(most, wish.own_window_bits)
    fresh = _SERVER_FRESH in fields or wish.own_no_context_takeover
    parts = [DEFLATE]
    if fresh:
        parts.append(_SERVER_FRESH)
    if _SERVER_BITS in fields or wish.own_window_bits is not None:
        parts.append(f"{_SERVER_BITS}={tester_bits}")
    if wish.no_context_takeover:
        parts.append(_CLIENT_FRESH)
    if wish.window_bits is not None:
        parts.append(f"{_CLIENT_BITS}={wish.window_bits}")
    agreement = Agreement(
        tester_bits=tester_bits,
        tester_keeps=not fresh,
        peer_bits=wish.window_bits or 15,
        peer_keeps=not wish.no_context_takeover,
    )
    return "; ".join(parts), agreement
