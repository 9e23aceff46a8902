"""Every way of cutting gives pieces that join to the same octets."""

from __future__ import annotations

import pytest

from rawws.testing import cuts

DATA = bytes(range(256)) * 20


@pytest.mark.parametrize("data", [b"", b"a", b"abcdefg", DATA], ids=len)
def test_no_octet_is_lost_or_moved(data: bytes) -> None:
    """Whole, octet by octet, in pieces of a size, at places, at random: the pieces join to what was cut."""
    ways = [
        cuts.whole(data),
        cuts.bytewise(data),
        cuts.bytewise_ends(data, edge=100, step=7),
        cuts.every(data, 3),
        cuts.at(data, [0, 2, 2, len(data), 10_000]),
        *[cuts.randomly(data, seed) for seed in range(20)],
        *cuts.around(data, [2, 5]),
        *cuts.cuttings(data, borders=[3]),
    ]
    assert all(b"".join(pieces) == data for pieces in ways)


def test_pieces_are_what_they_are_called() -> None:
    """Octet by octet is one each; a place that comes twice makes an empty piece, one outside makes none."""
    assert cuts.bytewise(b"abc") == [b"a", b"b", b"c"]
    assert cuts.every(b"abcde", 2) == [b"ab", b"cd", b"e"]
    assert cuts.at(b"abcd", [3, 1, 1, 9, -1]) == [b"a", b"", b"bc", b"d"]
    assert [len(piece) for piece in cuts.bytewise_ends(bytes(10), edge=2, step=5)] == [1, 1, 5, 1, 1, 1]
    assert list(cuts.around(b"abc", [1, 3])) == [[b"a", b"bc"], [b"ab", b"c"], [b"ab", b"c"]]


def test_a_seed_gives_the_same_cut() -> None:
    """A random cut can be had again, and another seed gives another one."""
    assert cuts.randomly(DATA, "a") == cuts.randomly(DATA, "a")
    assert len({tuple(map(len, cuts.randomly(DATA, seed))) for seed in range(10)}) > 1


def test_the_end_of_a_stream_stays_where_it_is() -> None:
    """What is cut is what stands between two ends of stream."""
    assert cuts.cut_stream([b"ab", b"c", None, None, b"d"], cuts.bytewise) == [b"a", b"b", b"c", None, None, b"d"]
    assert cuts.cut_stream([None], cuts.whole) == [None]


PIECES: list[cuts.Chunk] = [b"ab", b"", b"cde", None, b"f"]


@pytest.mark.parametrize("carrier", [cuts.in_bytes, cuts.in_bytearrays, cuts.in_one_buffer])
def test_whatever_carries_the_pieces_holds_their_octets(carrier: cuts.Carrier) -> None:
    """While it is there, each piece is what was cut; and the end of a stream stays the end."""
    assert [None if piece is None else bytes(piece) for piece in carrier(PIECES)] == PIECES


def test_one_buffer_is_overwritten() -> None:
    """What is kept of a buffer that is read into again has other octets."""
    kept = [piece for piece in cuts.in_one_buffer([b"ab", b"c"]) if piece is not None]
    assert [bytes(piece) for piece in kept] == [b"\xa5\xa5", b"\xa5"]
    assert [type(piece) for piece in cuts.in_bytearrays(PIECES[2:4])] == [bytearray, type(None)]
