"""The text of a large frame while it comes: characters, and the octets that are wrong."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawws.core.landing_text import LandingText
from rawws.core.masking import apply_mask

from tests.core.lines_run import lines_run
from tests.core.peak import kept

KEYS = [b"", b"\x01\xff\x80\x00"]

_parts = st.text(max_size=6).map(str.encode) | st.sampled_from([
    b"\xff", b"\xed", b"\xed\xa0", b"\xed\x9f", b"\xe2\x82", b"\xf0\x9f", b"\xc0\x80", b"a" * 5000, "€".encode() * 3000,
])  # fmt: skip


def wrong_from(octets: bytes, size: int) -> int | None:
    """How many octets have to come until they are known to be no UTF-8; None when they are, or may become it."""
    for count in range(len(octets) + 1):
        try:
            octets[:count].decode()
        except UnicodeDecodeError as exc:
            tail = octets[exc.start : count]
            surrogate = tail[:1] == b"\xed" and tail[1:2] >= b"\xa0"
            # What is only cut off may go on; a surrogate may not.
            if exc.reason != "unexpected end of data" or surrogate or count == size:
                return count
    return None


@settings(derandomize=True, deadline=None, max_examples=150)
@given(
    parts=st.lists(_parts, max_size=5),
    places=st.lists(st.integers(0, 12_000), max_size=6),
    more=st.integers(0, 3),
    key=st.sampled_from(KEYS),
)
def test_any_octets_at_any_cut(parts: list[bytes], places: list[int], more: int, key: bytes) -> None:
    """It holds the octets that came, knows what is wrong with the octet that shows it, and gives what is right."""
    octets = b"".join(parts)
    size = len(octets) + more
    came = apply_mask(octets, key) if key else octets
    text = LandingText(size, key)
    borders = [0, *sorted(min(place, len(came)) for place in places), len(came)]
    wrong = wrong_from(octets, size)
    for start, stop in pairwise(borders):
        assert text.add(came[start:stop]) == stop - start
        assert text.landed == stop
        assert bytes(text.octets()) == came[:stop]
        assert text.wrong == (wrong is not None and stop >= wrong)
    assert text.full == (not more)
    if text.full and not text.wrong:
        assert text.text() == octets.decode()


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
@pytest.mark.parametrize("key", KEYS)
def test_no_more_than_will_come(kind: type, key: bytes) -> None:
    """Of octets beyond the size it takes none."""
    text = LandingText(5, key)
    came = apply_mask(b"Hello, you", key) if key else b"Hello, you"
    assert text.add(kind(came[:2])) == 2
    assert text.add(kind(came[2:])) == 3
    assert (text.landed, text.full, text.text()) == (5, True, "Hello")
    assert text.add(b"") == 0


@pytest.mark.parametrize("size", [3, 300, 40_000])
@pytest.mark.parametrize("tail", [b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98"])
def test_the_end_inside_a_character_is_wrong(size: int, tail: bytes) -> None:
    """6455-5.6-1: "the whole message MUST contain valid UTF-8": what has begun to be a character is none."""
    octets = b"a" * (size - len(tail)) + tail
    text = LandingText(size, b"")
    text.add(octets[:-1])
    assert (text.full, text.wrong) == (False, False)
    text.add(octets[-1:])
    assert (text.full, text.wrong) == (True, True)
    assert bytes(text.octets()) == octets


def test_nothing_is_held_of_what_is_left() -> None:
    """Who leaves takes what has come along."""

    def left() -> LandingText:
        text = LandingText(200_000, b"")
        text.add(b"a" * 50_000 + b"\xff" * 1000)
        text.add(b"b" * 50_000)
        text.leave()
        return text

    assert kept(left) < 2000


@pytest.mark.parametrize("first", [b"a", "€".encode(), b"\xff"])
def test_octet_by_octet_is_linear(first: bytes) -> None:
    """Twice the octets, each of its own, run twice the lines and hold twice the memory, right or wrong."""

    def land(size: int) -> LandingText:
        text = LandingText(1 << 30, b"")
        for octet in first * (size // len(first)):
            text.add(bytes((octet,)))
        return text

    assert lines_run(lambda: land(2000)) < 2.5 * lines_run(lambda: land(1000))
    assert kept(lambda: land(60_000)) < 200_000
