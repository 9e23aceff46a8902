"""The tester's own byte builder: RFC 6455 §5.2, written a second time on purpose.

A judge that built its frames with the code of the accused would share its mistakes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from math import lcm

from rawws_conformance.model import Frame, Octets, Payload, Repeated

#: Gives so many octets that nobody can predict; tests put a fixed sequence here.
RandomOctets = Callable[[int], bytes]

#: Multiplying a 4-octet key by this, cut to n octets, repeats the key over n octets; made once per power of two.
_ONES: dict[int, int] = {}


def payload_octets(payload: Payload) -> bytes:
    """The octets that a payload of a case stands for."""
    if isinstance(payload, Octets):
        return payload.data
    return cut(payload.unit, payload.length)


def payload_length(payload: Payload) -> int:
    """How many octets a payload of a case stands for."""
    return len(payload.data) if isinstance(payload, Octets) else payload.length


def cut(unit: bytes, length: int) -> bytes:
    """`unit` over and over, cut after `length` octets."""
    return (unit * (length // len(unit) + 1))[:length]


def _ones(words: int) -> int:
    """The number whose `words` little-endian 4-octet words are all 1."""
    ones = _ONES.get(words)
    if ones is None:
        ones = int.from_bytes(b"\x01\0\0\0" * words, "little")
        if words <= 1 << 15:
            if len(_ONES) >= 1024:
                _ONES.clear()
            _ONES[words] = ones
    return ones


def mask_number(number: int, length: int, key: bytes) -> bytes:
    """Mask `length` octets given as a little-endian number (§5.3). Quickest where the same payload goes out often."""
    words = (length + 3) >> 2
    mask = _ones(words) * int.from_bytes(key, "little")
    return (number ^ mask).to_bytes(words << 2, "little")[:length]


def mask(payload: bytes | memoryview, key: bytes) -> bytes:
    """Mask or unmask: octet i XOR octet i modulo 4 of the key (§5.3)."""
    return mask_number(int.from_bytes(payload, "little"), len(payload), key)


def _masked_repetition(payload: Repeated, key: bytes) -> bytes:
    """Mask a repeated unit without looking at more than one period of it."""
    period = lcm(len(payload.unit), 4)
    return cut(mask(cut(payload.unit, period), key), payload.length)


def head(
    opcode: int, length: int, *, fin: bool = True, rsv: int = 0, masked: bool = False, length_octets: int | None = None
) -> bytes:
    """The first octets of a frame, up to where a masking key would stand (§5.2).

    length_octets: 2 or 8, where the length is to take more octets than it needs.
    """
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    bit = 0x80 if masked else 0
    if length < 126 and length_octets is None:
        return bytes((first, bit | length))
    if length < 1 << 16 and length_octets != 8:
        return bytes((first, bit | 126)) + length.to_bytes(2, "big")
    return bytes((first, bit | 127)) + length.to_bytes(8, "big")


class FrameBuilder:
    """Builds frames for one end of a connection.

    masks: whether this end is the client. random: where masking keys come from.
    """

    def __init__(self, *, masks: bool, random: RandomOctets = os.urandom) -> None:
        self.masks = masks
        self._random = random
        self._keys = b""
        self._next = 0

    def key(self) -> bytes:
        """Four fresh octets."""
        at = self._next
        if at >= len(self._keys):
            self._keys = self._random(1024)
            at = 0
        self._next = at + 4
        return self._keys[at : at + 4]

    def frame(
        self, opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, length_octets: int | None = None
    ) -> bytes:
        """One frame."""
        start = head(opcode, len(payload), fin=fin, rsv=rsv, masked=self.masks, length_octets=length_octets)
        if not self.masks:
            return start + payload
        key = self.key()
        return start + key + mask(payload, key)

    def case_frame(self, frame: Frame) -> bytes:
        """One frame of a case."""
        payload, size = frame.payload, frame.length_octets
        if isinstance(payload, Octets) or not self.masks:
            octets = payload_octets(payload)
            return self.frame(frame.opcode, octets, fin=frame.fin, rsv=frame.rsv, length_octets=size)
        key = self.key()
        start = head(frame.opcode, payload.length, fin=frame.fin, rsv=frame.rsv, masked=True, length_octets=size)
        return start + key + _masked_repetition(payload, key)

    def begin(self, opcode: int, length: int, *, fin: bool = True, rsv: int = 0) -> tuple[bytes, bytes]:
        """The head of a frame whose payload comes in parts, and the key for it (b"" where frames are not masked)."""
        key = self.key() if self.masks else b""
        return head(opcode, length, fin=fin, rsv=rsv, masked=self.masks) + key, key

    def number_frame(self, opcode: int, number: int, length: int, *, rsv: int = 0) -> bytes:
        """One frame with FIN whose payload is given as a little-endian number."""
        start = head(opcode, length, rsv=rsv, masked=self.masks)
        if not self.masks:
            return start + number.to_bytes(length, "little")
        key = self.key()
        return start + key + mask_number(number, length, key)

    def message(self, opcode: int, payload: Payload, fragment: int | None, *, rsv: int = 0) -> bytes:
        """A whole message, fragmented as `SendMessage` says. rsv: of the first frame."""
        length = payload_length(payload)
        if fragment is None or length <= fragment:
            return self.case_frame(Frame(opcode, payload, rsv=rsv))
        if isinstance(payload, Repeated) and self.masks and fragment % lcm(len(payload.unit), 4) == 0:
            return self._repeated_fragments(opcode, payload, fragment, rsv=rsv)
        return self.fragments(opcode, payload_octets(payload), fragment, rsv=rsv)

    def fragments(self, opcode: int, payload: bytes, size: int, *, rsv: int = 0) -> bytes:
        """The frames of a message that is longer than `size`; the last one is shorter than `size`, maybe empty."""
        whole, rest = divmod(len(payload), size)
        first = head(opcode, size, fin=False, rsv=rsv, masked=self.masks)
        middle = head(0, size, fin=False, masked=self.masks)
        last = head(0, rest, masked=self.masks)
        if not self.masks:
            parts = [middle + payload[at : at + size] for at in range(size, whole * size, size)]
            return b"".join([first, payload[:size], *parts, last, payload[whole * size :]])
        keys = self._random(4 * (whole + 1))
        key_list = [keys[at : at + 4] for at in range(0, len(keys), 4)]
        masked = _mask_pieces(payload, size, key_list)
        parts = [
            middle + key + masked[at : at + size]
            for key, at in zip(key_list[1:whole], range(size, whole * size, size), strict=True)
        ]
        tail = (last, key_list[whole], masked[whole * size :])
        return b"".join([first, key_list[0], masked[:size], *parts, *tail])


    def _repeated_fragments(self, opcode: int, payload: Repeated, size: int, *, rsv: int) -> bytes:
        """As `fragments`, of a repeated unit whose period fits into the fragments: masked once per period."""
        period = lcm(len(payload.unit), 4)
        whole, rest = divmod(payload.length, size)
        keys = self._random(4 * (whole + 1))
        stream = keys if period == 4 else b"".join([keys[at : at + 4] * (period // 4) for at in range(0, len(keys), 4)])
        plain = cut(payload.unit, period) * (whole + 1)
        masked = (int.from_bytes(plain, "little") ^ int.from_bytes(stream, "little")).to_bytes(len(stream), "little")
        times = size // period
        middle = head(0, size, fin=False, masked=True)
        parts = [
            middle + keys[4 * at : 4 * at + 4] + masked[period * at : period * at + period] * times
            for at in range(1, whole)
        ]
        first = head(opcode, size, fin=False, rsv=rsv, masked=True)
        tail = masked[period * whole :] * (rest // period + 1)
        last = (head(0, rest, masked=True), keys[4 * whole :], tail[:rest])
        return b"".join([first, keys[:4], masked[:period] * times, *parts, *last])


def _mask_pieces(payload: bytes, size: int, keys: list[bytes]) -> bytes:
    """Mask every `size` octets with a key of their own, in one go over all of them."""
    words = (size + 3) >> 2
    stream = b"".join([(key * words)[:size] for key in keys])
    length = len(payload)
    number = int.from_bytes(payload, "little") ^ int.from_bytes(stream[:length], "little")
    return number.to_bytes(length, "little")


def close_payload(code: int | None, reason: bytes = b"") -> bytes:
    """The payload of a Close frame (§5.5.1); whatever `code` is."""
    return reason if code is None else code.to_bytes(2, "big") + reason
