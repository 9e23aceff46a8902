"""Kinds of arguments that click does not have: functions from text, to be given as an option's `type`.

Each raises click.BadParameter for what it cannot use, with a sentence; click says which option it was.
"""

from __future__ import annotations

import math

import click

from rawws.cli.sizes import parse_size
from rawws.core.errors import LocalProtocolError
from rawws.core.headers import OWS, check_field, is_token
from rawws.core.origin_policy import check_origins


def size(text: str) -> int:
    """Octets, with or without a unit."""
    try:
        return parse_size(text)
    except ValueError as exc:
        raise click.BadParameter(str(exc)) from exc


def seconds(text: str) -> float:
    """A positive, finite number of seconds."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise click.BadParameter(f"{text!r} is not a positive number of seconds")
    return number


def header(text: str) -> tuple[bytes, bytes]:
    """A header field, `NAME:VALUE`, that may be sent as it is (RFC 9110 §5)."""
    name, colon, value = text.partition(":")
    if not colon:
        raise click.BadParameter(f"{text!r} is not NAME:VALUE")
    return _field(name, value.strip(OWS))


def sent_origin(text: str) -> str:
    """A value for |Origin|: anything that a header can carry, since a test may want to send what no browser would."""
    _field("Origin", text)
    return text


def _field(name: str, value: str) -> tuple[bytes, bytes]:
    try:
        return check_field(name, value)
    except LocalProtocolError as exc:
        raise click.BadParameter(str(exc)) from exc


def allowed_origin(text: str) -> str:
    """An origin that may connect (RFC 6454 §6.2), all below a domain, or `any`."""
    try:
        check_origins([] if text == "any" else [text])
    except ValueError as exc:
        raise click.BadParameter(f"{text!r} is neither an origin such as https://example.com nor `any`") from exc
    return text


def subprotocol(text: str) -> str:
    """The name of a subprotocol: a token (RFC 6455 §4.1)."""
    if not is_token(text):
        raise click.BadParameter(f"{text!r} is not a name of letters, digits and some signs, such as - . _")
    return text


def path(text: str) -> str:
    """The path of a URL."""
    if not text.startswith("/") or not text.isascii() or any(sign in text for sign in "?# ") or not text.isprintable():
        raise click.BadParameter(f"{text!r} is not a path such as /healthz")
    return text


def message_text(text: str) -> str:
    """Text that can be sent: arguments that are not UTF-8 reach Python as lone surrogates (PEP 383)."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise click.BadParameter(f"{text!r} is not UTF-8, so it cannot be sent as text") from exc
    return text
