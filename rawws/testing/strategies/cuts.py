"""Ways of cutting a stream, for hypothesis to choose from. Each one prints as what it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from hypothesis import strategies as st

from rawws.testing.cuts import (
    Carrier,
    Cut,
    at,
    bytewise,
    bytewise_ends,
    every,
    in_bytearrays,
    in_bytes,
    in_one_buffer,
    whole,
)

# Longer streams are cut octet by octet at their ends only.
_LONGEST_BYTEWISE = 2000
_FAR = 1 << 17


@dataclass(frozen=True)
class Whole:
    """All in one piece."""

    def __call__(self, data: bytes) -> list[bytes]:
        """The pieces."""
        return whole(data)


@dataclass(frozen=True)
class Bytewise:
    """Octet by octet; something long only at its ends."""

    def __call__(self, data: bytes) -> list[bytes]:
        """The pieces."""
        return bytewise(data) if len(data) <= _LONGEST_BYTEWISE else bytewise_ends(data, _LONGEST_BYTEWISE // 2)


@dataclass(frozen=True)
class Every:
    """In pieces of one size; something long in pieces of a multiple of it."""

    size: int

    def __call__(self, data: bytes) -> list[bytes]:
        """The pieces."""
        return every(data, self.size * (1 + len(data) // _LONGEST_BYTEWISE))


@dataclass(frozen=True)
class At:
    """At these places, counted round where the stream is shorter."""

    places: tuple[int, ...]

    def __call__(self, data: bytes) -> list[bytes]:
        """The pieces."""
        return at(data, [place % (len(data) + 1) for place in self.places])


@cache
def cuts() -> st.SearchStrategy[Cut]:
    """Whole, octet by octet, in pieces of one size, or at a few places (a place that comes twice: an empty piece)."""
    places = st.one_of(st.integers(0, 64), st.integers(0, _FAR))
    few = st.lists(places, min_size=1, max_size=6).map(lambda found: At(tuple(sorted(found))))
    return st.one_of(few, st.just(Bytewise()), st.integers(2, 17).map(Every), st.just(Whole()))


@cache
def carriers() -> st.SearchStrategy[Carrier]:
    """Pieces as bytes, as arrays, or as views of one buffer that is overwritten."""
    return st.sampled_from([in_bytes, in_bytearrays, in_one_buffer])
