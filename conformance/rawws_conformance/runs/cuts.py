"""Ways to cut the same octets: what a transport may do to them, and what must change nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

#: From what was written at one time to reads: any octets in the same order.
Cut = Callable[[list[bytes]], Iterable[bytes]]

#: So many octets of a connection go one by one; beyond, in pieces that are no power of two.
_ONE_BY_ONE = 640
_PIECE = 16381

#: The largest of the random pieces is two to the power of this.
_LARGEST = 17


class AsWritten:
    """A read per write, as a quick network would do it."""

    def __call__(self, writes: list[bytes]) -> Iterable[bytes]:
        """The writes."""
        return writes


class InOctets:
    """One octet per read for the first of a connection, larger pieces for the rest."""

    def __init__(self) -> None:
        self._left = _ONE_BY_ONE

    def __call__(self, writes: list[bytes]) -> Iterable[bytes]:
        """The pieces."""
        data = b"".join(writes)
        single = min(len(data), self._left)
        self._left -= single
        pieces = [data[at : at + 1] for at in range(single)]
        pieces += [data[at : at + _PIECE] for at in range(single, len(data), _PIECE)]
        return pieces


class AtRandom:
    """Pieces of 1 octet to 128 KiB, every size as likely as its double; the same ones each time."""

    def __init__(self) -> None:
        self._random = random.Random(1)  # noqa: S311 - the cuts shall be the same each time

    def __call__(self, writes: list[bytes]) -> Iterable[bytes]:
        """The pieces."""
        data = b"".join(writes)
        pieces = []
        at = 0
        while at < len(data):
            end = at + int(2 ** (self._random.random() * _LARGEST))
            pieces.append(data[at:end])
            at = end
        return pieces


#: Every cut by name; each connection gets one of its own.
CUTS: dict[str, Callable[[], Cut]] = {"as written": AsWritten, "in octets": InOctets, "at random": AtRandom}
