"""Messages that come in parts are put together whole, and their pieces cost what they hold."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawws.core.assembly import Assembly, OctetAssembly

from tests.core.lines_run import lines_run
from tests.core.peak import peak

KIB = 1024

_texts = (
    st.text(max_size=5)
    | st.sampled_from(["\r\n", "\r", "\n", "é", "𝄞", "\x00", "\ufeff"])
    | st.sampled_from(["a" * 4095, "b" * 4096, "é" * 4095, "𝄞" * 4096])
)


@settings(derandomize=True, deadline=None)
@given(pieces=st.lists(_texts))
def test_text_is_joined_as_it_came(pieces: list[str]) -> None:
    """Of text nothing is changed, ends of lines and marks of byte order included, and its octets are counted."""
    assembly = Assembly(text=True)
    octets = OctetAssembly(text=True)
    for piece in pieces:
        assembly.add(piece)
        octets.add(piece)
        assert assembly.size == octets.size
    whole = "".join(pieces)
    assert (assembly.joined(), assembly.size) == (whole, len(whole.encode()))
    assert octets.joined() == whole.encode()


@pytest.mark.parametrize("kind", [Assembly, OctetAssembly])
def test_octets_are_joined_as_they_came(kind: type[Assembly]) -> None:
    """Of binary messages, too; and what is joined is bytes."""
    assembly = kind(text=False)
    pieces = [b"", b"\xff", b"abc", b"d" * 4096, b"", b"e" * 4095]
    for piece in pieces:
        assembly.add(piece)
    whole = assembly.joined()
    assert (whole, type(whole), assembly.size) == (b"".join(pieces), bytes, 4 + 8191)


@pytest.mark.parametrize("kind", [Assembly, OctetAssembly])
def test_what_the_pieces_are_is_said_by_name(kind: type[Assembly]) -> None:
    """A bare `True` would not say what it is true of."""
    assert kind(text=True).size == 0
    with pytest.raises(TypeError):
        kind(True)  # type: ignore[call-arg]


@pytest.mark.parametrize("text", [False, True])
@pytest.mark.parametrize("kind", [Assembly, OctetAssembly])
def test_what_was_cleared_is_forgotten(kind: type[Assembly], text: bool) -> None:
    """What comes behind that begins at nothing, and what was given before stays as it was."""
    piece: str | bytes = "a" if text else b"a"
    assembly = kind(text=text)
    assembly.add(piece)
    before = assembly.joined()
    assembly.clear()
    assert (assembly.joined(), assembly.size) == (before[:0], 0)
    assembly.add(piece)
    assert (before, assembly.joined(), assembly.size) == (before, before, 1)


@pytest.mark.parametrize("text", [False, True])
def test_small_pieces_cost_no_more_than_what_they_hold(text: bool) -> None:
    """100,000 empty pieces cost nothing, and 100,000 of one octet a few times as many octets."""
    empty: str | bytes = "" if text else b""
    one: str | bytes = "é" if text else b"a"

    def put_together(piece: str | bytes) -> int:
        assembly = Assembly(text=text)
        for _ in range(100_000):
            assembly.add(piece)
        return assembly.size

    assert peak(lambda: put_together(empty)) < 4 * KIB
    assert peak(lambda: put_together(one)) < 400 * KIB


def test_work_is_linear_in_the_pieces() -> None:
    """Twice the pieces cost twice the lines."""

    def work(count: int) -> int:
        assembly = Assembly(text=True)

        def add() -> None:
            for _ in range(count):
                assembly.add("é")

        return lines_run(add)

    assert work(2000) < 2.1 * work(1000)


def test_large_pieces_are_not_copied() -> None:
    """Who gets one large piece alone gets it back."""
    assembly = Assembly(text=True)
    piece = "a" * 5000
    assembly.add(piece)
    assert assembly.joined() is piece
