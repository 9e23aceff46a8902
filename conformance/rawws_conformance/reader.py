"""The tester's own frame reader: strict, and it goes on after a violation.

Autobahn's fuzzer sends its Close on a violation and reads on, because the peer's own Close, its end of TCP and the
events in between are what it judges. So does this reader: it names each violation where it is, and yields the frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rawws_conformance.octets import mask

#: A frame that claims more than this is not waited for, where nobody says how much is enough.
MOST_OCTETS = 16 << 20

#: Masking keys that are remembered.
_KEYS = 16


class InFrame(NamedTuple):
    """A frame that came, whole and unmasked."""

    opcode: int
    fin: bool
    rsv: int
    masked: bool
    payload: bytes


class Violation(NamedTuple):
    """A rule of §5 that the head of a frame breaks. Comes before its frame. fatal: no use reading on."""

    sentence: str
    fatal: bool = False


class FrameReader:
    """Octets in, frames and violations out.

    masked: whether frames have to be masked (§5.1). deflate: whether RSV1 means something. most: octets of a frame.
    """

    def __init__(self, *, masked: bool, deflate: bool = False, most: int = MOST_OCTETS) -> None:
        self._most = most
        self._masked = masked
        self.deflate = deflate
        #: The masking keys of the first frames.
        self.keys: list[bytes] = []
        #: Whether a message has begun and not ended: a continuation is due.
        self.inside = False
        self._rest = b""
        self._parts: list[bytes | memoryview] = []
        self._missing = 0
        self._open: tuple[int, bool, int, bytes | None] | None = None

    def feed(self, data: bytes) -> Iterator[InFrame | Violation]:
        """What these octets complete, one after the other, parsed on demand."""
        if self._open is not None:
            if len(data) < self._missing:
                self._parts.append(data)
                self._missing -= len(data)
                return
            at = self._missing
            self._parts.append(data[:at] if at < len(data) else data)
            yield self._end()
        else:
            at = 0
            if self._rest:
                data = self._rest + data
                self._rest = b""
        end = len(data)
        while end - at >= 2:
            second = data[at + 1]
            length = second & 0x7F
            start = at + 2
            if length >= 126:
                size = 2 if length == 126 else 8
                if end - start < size:
                    break
                start += size
                length = int.from_bytes(data[at + 2 : start], "big")
            key = None
            if second & 0x80:
                if end - start < 4:
                    break
                key = data[start : start + 4]
                start += 4
            yield from self._violations(data[at], second, length)
            first = data[at]
            self._open = (first & 0x0F, first >= 0x80, first >> 4 & 7, key)
            self._note_message(first)
            if end - start < length:
                self._parts = [data[start:]]
                self._missing = length - (end - start)
                return
            self._parts = [data[start : start + length]]
            at = start + length
            yield self._end()
        self._rest = data[at:]

    def _end(self) -> InFrame:
        """The frame whose octets are all there."""
        assert self._open is not None  # noqa: S101 - `feed` calls this with a frame open, and nobody else does
        opcode, fin, rsv, key = self._open
        self._open = None
        parts, self._parts = self._parts, []
        payload = parts[0] if len(parts) == 1 else b"".join(parts)
        if key is not None:
            payload = mask(payload, key)
            if len(self.keys) < _KEYS:
                self.keys.append(bytes(key))
        return InFrame(opcode, fin, rsv, key is not None, bytes(payload))

    def _note_message(self, first: int) -> None:
        """Whether a message is open after a frame that begins with this octet."""
        if not first & 0x08:
            self.inside = first < 0x80

    def _violations(self, first: int, second: int, length: int) -> Iterator[Violation]:
        """Every rule that a frame with this head breaks, in the order in which an endpoint looks at it."""
        opcode, rsv = first & 0x0F, first >> 4 & 7
        if first in _PLAIN and second & 0x80 == 0 and not self._masked and not self.inside and second < 126:
            return  # what nearly every frame is
        if rsv and not (rsv == 4 and self.deflate):
            yield Violation(f"RSV is {rsv}, and no extension gives it a meaning (RFC 6455 §5.2)")
        if self._masked and not second & 0x80:
            yield Violation("a frame from a client is not masked (RFC 6455 §5.1)")
        if not self._masked and second & 0x80:
            yield Violation("a frame from a server is masked (RFC 6455 §5.1)")
        if opcode & 0x08:
            yield from self._control_violations(first, second)
        else:
            yield from self._data_violations(opcode, rsv)
        if (second & 0x7F == 126 and length < 126) or (second & 0x7F == 127 and length < 1 << 16):
            yield Violation(f"the length {length} is not in the fewest octets (RFC 6455 §5.2)")
        if length >= 1 << 63:
            yield Violation("the highest bit of a 64-bit length is set (RFC 6455 §5.2)", fatal=True)
        elif length > self._most:
            yield Violation(f"a frame of {length} octets is far more than was asked for", fatal=True)

    def _control_violations(self, first: int, second: int) -> Iterator[Violation]:
        opcode = first & 0x0F
        if not first & 0x80:
            yield Violation("a control frame is fragmented (RFC 6455 §5.5)")
        if second & 0x7F > 125:
            yield Violation("a control frame has more than 125 octets of payload (RFC 6455 §5.5)")
        if opcode > 0x0A:
            yield Violation(f"opcode {opcode} is reserved (RFC 6455 §5.2)")
        if opcode == 0x08 and second & 0x7F == 1:
            yield Violation("a Close frame has one octet of payload (RFC 6455 §5.5.1)")
        if first & 0x40 and self.deflate:
            yield Violation("RSV1 is set on a control frame (RFC 7692 §6.1)")

    def _data_violations(self, opcode: int, rsv: int) -> Iterator[Violation]:
        if opcode > 2:
            yield Violation(f"opcode {opcode} is reserved (RFC 6455 §5.2)")
        if opcode == 0 and not self.inside:
            yield Violation("a continuation, and no message to continue (RFC 6455 §5.4)")
        if opcode != 0 and self.inside:
            yield Violation("a new message inside an unfinished one (RFC 6455 §5.4)")
        if opcode == 0 and rsv & 4 and self.deflate:
            yield Violation("RSV1 is set on a continuation (RFC 7692 §6.1)")


#: First octets of frames that break no rule outside of a message: FIN, no RSV, a defined opcode, and no Close.
_PLAIN = frozenset((0x81, 0x82, 0x89, 0x8A))
