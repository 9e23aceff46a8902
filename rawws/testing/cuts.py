"""Ways of cutting a stream of octets into the pieces that a network could make of it.

TCP keeps the order of octets and nothing else: what was sent in one call may come in many, and the other way round. A
promise about a stream is therefore a promise about every cut of it. Each function here takes octets and gives pieces
that join to the same octets.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

#: What comes from the network: octets, and None for the end of the stream.
Chunk = bytes | None

#: What may hold them.
Carried = bytes | bytearray | memoryview | None

#: A way of cutting.
Cut = Callable[[bytes], list[bytes]]

#: A way of handing over what was cut.
Carrier = Callable[[Iterable[Chunk]], Iterator[Carried]]


def whole(data: bytes) -> list[bytes]:
    """All in one piece."""
    return [data]


def bytewise(data: bytes) -> list[bytes]:
    """Octet by octet."""
    return [data[index : index + 1] for index in range(len(data))]


def bytewise_ends(data: bytes, edge: int = 1000, step: int = 61) -> list[bytes]:
    """Octet by octet in the first and the last `edge` octets of something long, in pieces of `step` between."""
    stop = max(len(data) - edge, edge)
    between = [data[start : min(start + step, stop)] for start in range(edge, stop, step)]
    return [*bytewise(data[:edge]), *between, *bytewise(data[stop:])]


def every(data: bytes, size: int) -> list[bytes]:
    """In pieces of `size` octets; the last one may be shorter."""
    return [data[start : start + size] for start in range(0, len(data), size)]


def at(data: bytes, places: Iterable[int]) -> list[bytes]:
    """Cut at the given places; a place that is given twice makes an empty piece, one outside of `data` makes none."""
    borders = [0, *sorted(place for place in places if 0 <= place <= len(data)), len(data)]
    return [data[start:stop] for start, stop in pairwise(borders)]


def randomly(data: bytes, seed: object) -> list[bytes]:
    """Cut at random places, the same ones for the same seed; few places or many, empty pieces among the pieces."""
    rng = random.Random(repr(seed))  # noqa: S311  no secret
    return at(data, [rng.randint(0, len(data)) for _ in range(rng.choice([1, 2, 5, 20]))])


def around(data: bytes, borders: Iterable[int]) -> Iterator[list[bytes]]:
    """For every border a cut right before it, at it, and right behind it."""
    for border in borders:
        for place in (border - 1, border, border + 1):
            if 0 < place < len(data):
                yield at(data, [place])


def cuttings(data: bytes, *, borders: Iterable[int] = (), seed: object = 0, times: int = 5) -> Iterator[list[bytes]]:
    """Whole, octet by octet, `times` times at random places, and around every border."""
    yield whole(data)
    yield bytewise(data)
    for time in range(times):
        yield randomly(data, (seed, time))
    yield from around(data, borders)


def in_bytes(pieces: Iterable[Chunk]) -> Iterator[Carried]:
    """Each piece as it is."""
    return iter(pieces)


def in_bytearrays(pieces: Iterable[Chunk]) -> Iterator[Carried]:
    """Each piece as an array, that nobody changes."""
    return (None if piece is None else bytearray(piece) for piece in pieces)


def in_one_buffer(pieces: Iterable[Chunk]) -> Iterator[Carried]:
    """Each piece as a view of one buffer that is overwritten before the next one, as thrifty transports read.

    Whoever keeps a view instead of the octets finds other octets in it.
    """
    buffer = bytearray()
    for piece in pieces:
        if piece is None:
            yield None
            continue
        if len(piece) > len(buffer):
            buffer = bytearray(len(piece))
        view = memoryview(buffer)[: len(piece)]
        view[:] = piece
        yield view
        view[:] = b"\xa5" * len(view)


def cut_stream(pieces: Sequence[Chunk], cut: Cut) -> list[Chunk]:
    """Cut what is between the ends of stream in `pieces`, and keep the ends where they are."""
    result: list[Chunk] = []
    gathered = b""
    for piece in pieces:
        if piece is not None:
            gathered += piece
            continue
        result += [*cut(gathered), None] if gathered else [None]
        gathered = b""
    return [*result, *cut(gathered)] if gathered else result
