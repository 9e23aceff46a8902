"""What a terminal might obey is shown and not obeyed."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawws.cli.escape import escape, is_safe, pieces

#: What is shown as it is.
HARMLESS = [
    "",
    "hello",
    "Grüße, 世界 👋",
    '{"a": "b\\n\\"c\\""}',  # JSON keeps its backslashes
    "a\u00a0b\u3000c",  # spaces of other widths
    "e\u0301",  # a combining accent
]

ESCAPED = [
    # C0 and DEL
    ("\x00", r"\x00"),
    ("a\tb\nc\rd", r"a\tb\nc\rd"),
    ("\x07\x08\x7f", r"\x07\x08\x7f"),
    ("\x1b[2J\x1b]0;title\x07", r"\x1b[2J\x1b]0;title\x07"),
    # C1: 8-bit forms of the same sequences
    ("\x9b2J\x9d0;title\x9c\x85", r"\x9b2J\x9d0;title\x9c\x85"),
    # bidirectional overrides and isolates, marks
    ("\u202egnp.exe\u202c", r"\u202egnp.exe\u202c"),
    ("\u2066\u2067\u2068\u2069\u200e\u200f\u061c", r"\u2066\u2067\u2068\u2069\u200e\u200f\u061c"),
    # what cannot be seen
    ("a\u200bb\u2060\ufeff\u00ad", r"a\u200bb\u2060\ufeff\xad"),
    ("\U000e0041", r"\U000e0041"),
    # line and paragraph separators
    ("\u2028\u2029", r"\u2028\u2029"),
    # private use, unassigned, a lone surrogate
    ("\ue000\U0010ffff\ud800", r"\ue000\U0010ffff\ud800"),
]


@pytest.mark.parametrize("text", HARMLESS)
def test_text_is_shown_as_it_is(text: str) -> None:
    """What every terminal shows and nothing else, in any script, is not touched."""
    assert escape(text) == text


@pytest.mark.parametrize(("text", "expected"), ESCAPED)
def test_what_a_terminal_might_obey_is_escaped(text: str, expected: str) -> None:
    """Each kind of control, format and unprintable character is shown by its number."""
    assert escape(text) == expected


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0)], ids=hex)
def test_no_control_character_is_left_out(code: int) -> None:
    """Every one of C0, DEL and C1 becomes printable ASCII."""
    shown = escape(chr(code))
    assert shown.isascii()
    assert shown.isprintable()
    assert len(shown) > 1


@given(st.text(st.characters(codec=None)))
def test_nothing_unsafe_comes_out(text: str) -> None:
    """Whatever comes in, what goes out holds no control, format, surrogate, private or unassigned character."""
    shown = escape(text)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", shown)
    assert not [character for character in shown if unicodedata.category(character)[0] == "C"]


@given(st.text(st.characters(codec=None)))
def test_pieces_are_the_whole(text: str) -> None:
    """The pieces make up the escaped text, and those that are no escape make up what was safe."""
    found = list(pieces(text))
    assert "".join(piece for piece, _ in found) == escape(text)
    assert "".join(piece for piece, is_escape in found if not is_escape) == "".join(filter(is_safe, text))
