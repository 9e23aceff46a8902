"""Internationalized names of hosts."""

from __future__ import annotations

import pytest

from rawws.core.url import InvalidURL, parse_url
from rawws.trio.names import to_ascii


@pytest.mark.parametrize(
    ("name", "ascii_name"),
    [
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("MÜNCHEN.Example", "xn--mnchen-3ya.example"),
        # "mu¨nchen", with the dots as a character of their own.
        ("mu\u0308nchen.example", "xn--mnchen-3ya.example"),
        # IDNA 2003 would say fass.example.
        ("faß.example", "xn--fa-hia.example"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("\uff11\uff12\uff17.0.0.1", "127.0.0.1"),
    ],
)
def test_names_as_browsers_read_them(name: str, ascii_name: str) -> None:
    """A name is mapped as UTS 46 has it and encoded as IDNA 2008 has it, and that is what is connected to."""
    assert to_ascii(name) == ascii_name
    assert parse_url(f"ws://{name}/", to_ascii).host == ascii_name


@pytest.mark.parametrize("name", ["a℀b.example", "☃\u200d.example", "\u0308.example", "ü" * 64, "ü..example", "￥"])
def test_what_is_no_name(name: str) -> None:
    """What IDNA does not allow, or cannot be as long in DNS, is an InvalidURL."""
    with pytest.raises(InvalidURL):
        parse_url(f"ws://{name}/", to_ascii)
