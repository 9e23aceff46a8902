"""Frames as octets, laid out by RFC 6455 §5.2 without the core's help, right and wrong ones alike."""

from __future__ import annotations

from itertools import cycle
from typing import Literal, NamedTuple

Role = Literal["client", "server"]

KEY = b"\x37\xfa\x21\x3d"

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
FIN, RSV1, RSV2, RSV3 = 0x80, 0x40, 0x20, 0x10


def masked(payload: bytes, key: bytes = KEY) -> bytes:
    """The payload under a masking key, octet by octet as §5.3 says it."""
    return bytes(octet ^ part for octet, part in zip(payload, cycle(key), strict=False))


class Frame(NamedTuple):
    """One frame for an endpoint to read.

    first: FIN, RSV1 to RSV3 and the opcode.
    payload: the octets that come, before masking.
    announced: the length in the header, where it is not that of the payload.
    form: bits of the length field: 7, 16 or 64; None for the shortest.
    wrong_mask: masked where it must not be, or the other way round.
    key: the masking key, where there is one.
    come: how many octets of the frame come at all; None for all.
    """

    first: int
    payload: bytes = b""
    announced: int | None = None
    form: int | None = None
    wrong_mask: bool = False
    key: bytes = KEY
    come: int | None = None

    def head_bytes(self, reader: Role) -> int:
        """Octets of the header, its masking key included."""
        return len(self._replace(payload=b"", announced=self._length, come=None).to(reader))

    @property
    def _length(self) -> int:
        return len(self.payload) if self.announced is None else self.announced

    def to(self, reader: Role) -> bytes:
        """The octets, as a peer of `reader` sends them."""
        mask = (reader == "server") is not self.wrong_mask
        length = self._length
        form = self.form or (7 if length < 126 else 16 if length < 1 << 16 else 64)
        short = length if form == 7 else 126 if form == 16 else 127
        head = bytes((self.first, mask << 7 | short))
        if form > 7:
            head += length.to_bytes(form // 8, "big")
        data = head + self.key + masked(self.payload, self.key) if mask else head + self.payload
        return data if self.come is None else data[: self.come]


def text(data: str | bytes, *, fin: bool = True) -> Frame:
    """A text frame; octets where they are not to be UTF-8."""
    return Frame(fin << 7 | TEXT, data.encode() if isinstance(data, str) else data)


def binary(data: bytes, *, fin: bool = True) -> Frame:
    """A binary frame."""
    return Frame(fin << 7 | BINARY, data)


def more(data: str | bytes = b"", *, fin: bool = False) -> Frame:
    """A continuation frame that does not end its message."""
    return Frame(fin << 7 | CONTINUATION, data.encode() if isinstance(data, str) else data)


def last(data: str | bytes = b"") -> Frame:
    """A continuation frame that ends its message."""
    return more(data, fin=True)


def ping(payload: bytes = b"") -> Frame:
    """A Ping frame."""
    return Frame(FIN | PING, payload)


def pong(payload: bytes = b"") -> Frame:
    """A Pong frame."""
    return Frame(FIN | PONG, payload)


def close(code: int | None = None, reason: str | bytes = b"") -> Frame:
    """A Close frame, with or without a code."""
    body = b"" if code is None else code.to_bytes(2, "big")
    return Frame(FIN | CLOSE, body + (reason.encode() if isinstance(reason, str) else reason))


class Sent(NamedTuple):
    """One frame that the core has written, taken apart by §5.2.

    first: its first octet. key: its masking key, None where it has none. payload: unmasked.
    """

    first: int
    key: bytes | None
    payload: bytes


def take_apart(data: bytes) -> list[Sent]:
    """The whole frames in `data`; AssertionError where octets are left over."""
    found: list[Sent] = []
    while data:
        has_mask, length, position = data[1] >= 0x80, data[1] & 0x7F, 2
        if length > 125:
            position = 4 if length == 126 else 10
            length = int.from_bytes(data[2:position], "big")
        key = data[position : position + 4] if has_mask else None
        position += 4 * has_mask
        payload = data[position : position + length]
        assert len(payload) == length
        found.append(Sent(data[0], key, payload if key is None else masked(payload, key)))
        data = data[position + length :]
    return found
