"""Messages and ends of connections in words, for people and for scripts."""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import TextIO

from rich.console import Console
from rich.text import Text

from rawws.cli.escape import escape, pieces
from rawws.core.ended import Ended, EndedBy
from rawws.core.frame_protocol import CloseReason
from rawws.spec import CLOSE_CODES

#: On a terminal, this much of a message is shown: a person has seen enough then.
MOST_CHARACTERS = 4096
MOST_OCTETS = 256

_ESCAPE_STYLE = "magenta"
_ASIDE_STYLE = "dim"


def make_console(file: TextIO) -> Console:
    """A console that shows what it is given: in colour on a terminal, and nowhere guessing, wrapping or failing."""
    reconfigure = getattr(file, "reconfigure", None)
    if reconfigure is not None:
        # Not every locale has every character; an escape is better than a UnicodeEncodeError.
        reconfigure(errors="backslashreplace")
    return Console(file=file, markup=False, highlight=False, emoji=False, soft_wrap=True)


def octets(count: int) -> str:
    """`1 octet`, `65,536 octets`."""
    return f"{count:,} octet" if count == 1 else f"{count:,} octets"


def message_line(message: str | bytes) -> str:
    """All of a message in one line: text with its escapes, binary as hexadecimal behind what it is."""
    if isinstance(message, str):
        return escape(message)
    return f"binary, {octets(len(message))}: {message.hex(' ')}".rstrip()


def message_text(message: str | bytes) -> Text:
    """A message for a terminal: escapes in a style of their own, and long ones cut short with their length behind."""
    text = Text(no_wrap=True)
    if isinstance(message, bytes):
        text.append(f"binary, {octets(len(message))}: ", _ASIDE_STYLE)
        text.append(message[:MOST_OCTETS].hex(" "))
        if len(message) > MOST_OCTETS:
            text.append(" …", _ASIDE_STYLE)
        return text
    for piece, is_escape in pieces(message[:MOST_CHARACTERS]):
        text.append(piece, _ESCAPE_STYLE if is_escape else None)
    if len(message) > MOST_CHARACTERS:
        text.append(f" … {len(message):,} characters in all", _ASIDE_STYLE)
    return text


def code_name(code: int) -> str:
    """What a close code says, in words (RFC 6455 §7.4)."""
    return next((row.name for row in CLOSE_CODES if row.first <= code <= row.last), "out of range")


def close_line(code: int, reason: str) -> str:
    """A close code, what it says, and the reason that came with it: `1009 (message too big): "too long"`."""
    line = f"{code} ({code_name(code)})"
    return f'{line}: "{escape(reason)}"' if reason else line


def ended_line(ended: Ended) -> str:
    """How a connection ended, seen from a client."""
    if ended.clean and ended.by is EndedBy.REMOTE:
        return f"the server closed the connection: {close_line(ended.code, ended.reason)}"
    if ended.clean:
        return f"closed; the server answered {close_line(ended.code, ended.reason)}"
    if ended.failure is not None and ended.code != CloseReason.ABNORMAL_CLOSURE:
        return f"the connection failed with {close_line(ended.code, str(ended.failure))}"
    return "the connection ended without a closing handshake (1006)"


def status_line(status_code: int) -> str:
    """An HTTP status with its phrase, where it has one: `403 Forbidden`."""
    try:
        return f"{status_code} {HTTPStatus(status_code).phrase}"
    except ValueError:
        return str(status_code)


def print_error(sentence: str) -> None:
    """One line on stderr, whatever stderr is."""
    try:
        make_console(sys.stderr).print(Text(escape(sentence)))
    except OSError:
        return
