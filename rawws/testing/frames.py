"""Frames as octets, laid out by RFC 6455 §5.2 without the core's help, right and wrong ones alike.

What judges the core must not be built from it, so the layout of a frame is written down here once more. A `Frame` can
be wrong in every way in which a frame on the wire can be; `take_apart` reads what an endpoint has sent.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

#: Who reads, or who has sent.
Role = Literal["client", "server"]

#: The masking key of the examples in §5.7; any four octets do for a test.
KEY = b"\x37\xfa\x21\x3d"

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
FIN, RSV1, RSV2, RSV3 = 0x80, 0x40, 0x20, 0x10


def masked(payload: bytes, key: bytes = KEY) -> bytes:
    """The payload under a masking key: octet i meets octet i modulo 4 of the key (§5.3)."""
    size = len(payload)
    repeated = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(repeated)).to_bytes(size)


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

    @property
    def opcode(self) -> int:
        """The opcode, 0 to 15."""
        return self.first & 0x0F

    @property
    def fin(self) -> bool:
        """Whether the FIN bit is set."""
        return self.first >= FIN

    def __repr__(self) -> str:
        rest = [
            f"{name}={value!r}"
            for name, value in zip(self._fields[2:], self[2:], strict=True)
            if value != self._field_defaults[name]
        ]
        return f"Frame({', '.join([f'{self.first:#04x}', repr(self.payload), *rest])})"

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


def _octets(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data


def text(data: str | bytes, *, fin: bool = True) -> Frame:
    """A text frame; octets where they are not to be UTF-8."""
    return Frame(fin << 7 | TEXT, _octets(data))


def binary(data: bytes, *, fin: bool = True) -> Frame:
    """A binary frame."""
    return Frame(fin << 7 | BINARY, data)


def more(data: str | bytes = b"", *, fin: bool = False) -> Frame:
    """A continuation frame that does not end its message."""
    return Frame(fin << 7 | CONTINUATION, _octets(data))


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
    return Frame(FIN | CLOSE, body + _octets(reason))


class Sent(NamedTuple):
    """One frame that somebody has written, taken apart by §5.2.

    first: its first octet. key: its masking key, None where it has none. payload: unmasked.
    """

    first: int
    key: bytes | None
    payload: bytes

    @property
    def opcode(self) -> int:
        """The opcode, 0 to 15."""
        return self.first & 0x0F

    @property
    def fin(self) -> bool:
        """Whether the FIN bit is set."""
        return self.first >= FIN

    @property
    def close_code(self) -> int | None:
        """The code of a Close frame, None where it has none. Raises ValueError for another frame."""
        if self.opcode != CLOSE:
            raise ValueError(f"opcode {self.opcode:#x} is no Close frame")
        return int.from_bytes(self.payload[:2]) if self.payload else None


class FrameReader:
    """Takes octets in any pieces and gives whole frames. It judges nothing: that is the business of who asks.

    rest: the octets behind the last whole frame.
    """

    def __init__(self) -> None:
        self.rest = bytearray()

    def feed(self, data: bytes) -> None:
        """Take more octets."""
        self.rest += data

    def next_frame(self) -> Sent | None:
        """The next whole frame, None while it has not come."""
        data = self.rest
        if len(data) < 2:
            return None
        has_mask, length, at = data[1] >= 0x80, data[1] & 0x7F, 2
        if length > 125:
            at = 4 if length == 126 else 10
            if len(data) < at:
                return None
            length = int.from_bytes(data[2:at])
        key = bytes(data[at : at + 4]) if has_mask else None
        at += 4 * has_mask
        if len(data) < at + length:
            return None
        payload = bytes(data[at : at + length])
        first = data[0]
        del data[: at + length]
        return Sent(first, key, payload if key is None else masked(payload, key))


def take_apart(data: bytes) -> list[Sent]:
    """The frames in `data`. Raises ValueError where octets are left over."""
    reader = FrameReader()
    reader.feed(data)
    found = []
    while (frame := reader.next_frame()) is not None:
        found.append(frame)
    if reader.rest:
        raise ValueError(f"{len(reader.rest)} octets behind the last whole frame")
    return found
