"""Octets that a codec has to get right at the last octet: lengths that lie, frames that end early, text that is none.

Everything that the accelerator is compared on comes from here, under hypothesis and under the sanitizers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

from tests.core.octets import BINARY, FIN, PING, TEXT, Frame, Role, binary, close, last, more, ping, text

#: Around every border of the three forms of length, and what no memory holds.
LENGTHS = [0, 1, 125, 126, 127, 128, 255, 256, 65535, 65536, 65537, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32]
LENGTHS += [1 << 53, (1 << 63) - 15, (1 << 63) - 1, 1 << 63, (1 << 63) + 1, (1 << 64) - 15, (1 << 64) - 1]

SIZES = [0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 124, 125, 126, 127, 128, 129, 255, 256, 300, 1000]

TEXTS = ["", "a", "é", "€", "\U0001f600", "Hello", "a" * 125, "é" * 64, "a" * 127 + "é", "\x7f\x80", "€" * 100]

NOT_UTF_8 = [b"\x80", b"\xc3", b"a" * 15 + b"\xff", b"\xe2\x82", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"]
NOT_UTF_8 += [b"a" * 200 + b"\xc0"]


class Call(NamedTuple):
    """Arguments of `scan` and of `take_payloads`, but for where they put what they find."""

    octets: bytes
    position: int
    most: int
    max_bytes: int
    masked: bool


def frames(rng: random.Random) -> Frame:
    """A frame, right or wrong."""
    payload = rng.randbytes(rng.choice(SIZES))
    key = rng.choice([rng.randbytes(4), bytes(4)])
    kind = rng.randrange(8)
    if kind < 2:
        frame = binary(payload)
    elif kind < 4:
        frame = text(rng.choice(TEXTS))
    elif kind == 4:
        frame = text(rng.choice(NOT_UTF_8))
    elif kind == 5:
        frame = rng.choice([ping(b"1"), close(1000), last(), more("a"), Frame(0x83), Frame(FIN | PING, payload)])
    elif kind == 6:
        length = rng.choice(LENGTHS)
        frame = Frame(FIN | rng.choice([TEXT, BINARY]), payload, announced=length, form=rng.choice([None, 64]))
    else:
        frame = Frame(rng.randrange(256), payload[:125], form=rng.choice([None, 16, 64]), wrong_mask=rng.random() < 0.3)
    return frame._replace(key=key)


def runs(rng: random.Random) -> list[Frame]:
    """A few frames; some begin alike."""
    some = [frames(rng) for _ in range(rng.randrange(1, 5))]
    if rng.random() < 0.3:
        return [frame._replace(first=some[0].first) for frame in some]
    return some


def streams(rng: random.Random, role: Role) -> bytes:
    """A few frames, with the last one cut at any place, or followed by anything."""
    data = b"".join(frame.to(role) for frame in runs(rng))
    if rng.random() < 0.5:
        return data[: rng.randrange(len(data) + 1)]
    return data + rng.randbytes(rng.randrange(4))


def calls(seed: int, count: int) -> Iterator[Call]:
    """So many calls of `scan`, the same ones for the same seed."""
    rng = random.Random(seed)
    for _ in range(count):
        role: Role = rng.choice(["client", "server"])
        octets = streams(rng, role)
        position = rng.choice([0, 0, len(octets), rng.randrange(len(octets) + 1)])
        max_bytes = rng.choice([0, 1, 100, 125, 126, 1000, 1 << 20, (1 << 63) - 1])
        yield Call(octets, position, rng.choice([0, 1, 2, 256]), max_bytes, role == "server")


def headers() -> Iterator[Call]:
    """Every form of header around every border of length, cut behind each of its octets, with nothing behind it."""
    for role in ("client", "server"):
        for length in LENGTHS:
            for form in (7, 16, 64):
                if length >= (126 if form == 7 else 1 << form):
                    continue
                data = Frame(FIN | BINARY, announced=length, form=form).to(role)
                for stop in range(len(data) + 1):
                    yield Call(data[:stop], 0, 256, (1 << 63) - 1, role == "server")
