r"""Text from the other end, so that a terminal shows it and does nothing else with it.

A terminal obeys some of what it is given: C0 and C1 control characters and the sequences that they begin move the
cursor, change the title, answer as if someone had typed. Others (RIGHT-TO-LEFT OVERRIDE, zero-width and tag characters)
make text look like what it is not. All of these are shown as escapes of Python's: `\x1b`, `\u202e`, `\U000e0041`.

A backslash stays one backslash, so that JSON goes through as it is; on a terminal, escapes stand out by their style.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_NAMED = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}

# A run of what is shown as it is by every terminal: most text, in one step.
_PLAIN = re.compile(r"[ -~]+")

_LAST_OF_LATIN_1 = 0xFF
_LAST_OF_BMP = 0xFFFF


def is_safe(character: str) -> bool:
    """Whether a terminal shows `character`, and does nothing else with it.

    Of what Python calls unprintable (control, format, surrogate, private, unassigned characters, separators), only
    spaces of all widths are safe.
    """
    return character.isprintable() or unicodedata.category(character) == "Zs"


def escaped_character(character: str) -> str:
    """The escape that stands for `character`."""
    if character in _NAMED:
        return _NAMED[character]
    code = ord(character)
    if code <= _LAST_OF_LATIN_1:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _LAST_OF_BMP else f"\\U{code:08x}"


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """`text` in pieces, each with whether it is an escape; put together, they are `escape(text)`."""
    at = 0
    while at < len(text):
        if plain := _PLAIN.match(text, at):
            yield plain.group(), False
            at = plain.end()
        else:
            character = text[at]
            yield (character, False) if is_safe(character) else (escaped_character(character), True)
            at += 1


def escape(text: str) -> str:
    """`text` with everything escaped that a terminal might obey."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(piece for piece, _ in pieces(text))
