"""Text, and octets that are UTF-8 (RFC 3629) or almost."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

#: A character for each length of its encoding, and those at the borders between two lengths.
_BORDERS = "\x00\x7f\x80\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff"

#: Octets that no UTF-8 begins with, or that cannot go on as they do: overlong forms, surrogates, beyond U+10FFFF.
_WRONG = (
    b"\x80",
    b"\xbf",
    b"\xc0\x80",
    b"\xc1\xbf",
    b"\xe0\x80\x80",
    b"\xe0\x9f\xbf",
    b"\xed\xa0\x80",
    b"\xed\xbf\xbf",
    b"\xed\xa0\x80\xed\xb0\x80",
    b"\xf0\x80\x80\x80",
    b"\xf0\x8f\xbf\xbf",
    b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80",
    b"\xf8\x88\x80\x80\x80",
    b"\xfe",
    b"\xff",
)


@cache
def texts(max_size: int = 20) -> st.SearchStrategy[str]:
    """Text without lone surrogates, of characters of one to four octets."""
    character = st.one_of(st.sampled_from("a€" + _BORDERS), st.characters(exclude_categories=["Cs"]))
    return st.text(character, max_size=max_size)


@cache
def surrogates() -> st.SearchStrategy[str]:
    """Text that has no UTF-8, because a surrogate stands in it."""
    alone = st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF)
    return st.tuples(texts(5), alone, texts(5)).map("".join)


@cache
def truncated() -> st.SearchStrategy[bytes]:
    """UTF-8 that ends inside a character."""
    begun = st.sampled_from("€" + _BORDERS[2:]).flatmap(
        lambda character: st.integers(1, len(character.encode()) - 1).map(lambda count: character.encode()[:count])
    )
    return st.tuples(texts(8).map(str.encode), begun).map(b"".join)


@cache
def not_utf8() -> st.SearchStrategy[bytes]:
    """Octets that are no UTF-8, whatever follows: overlong, a surrogate, beyond U+10FFFF, out of place."""
    around = texts(8).map(str.encode)
    interrupted = truncated().map(lambda begun: begun + b"a")
    return st.tuples(around, st.one_of(st.sampled_from(_WRONG), interrupted), around).map(b"".join)


@cache
def octets() -> st.SearchStrategy[bytes]:
    """Any of these, or anything."""
    return st.one_of(texts().map(str.encode), not_utf8(), truncated(), st.binary(max_size=20))
