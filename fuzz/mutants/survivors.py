"""The mutants that no test notices, each with the reason.

`python -m fuzz.mutants --list` prints the keys of those that are not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: "the same": no caller can tell it from the original. "cost": what comes out is the same, at another cost in time or
#: memory. "twice": another line finds the same thing, so that one of the two may be wrong.
Kind = Literal["the same", "cost", "twice"]


@dataclass(frozen=True)
class Because:
    """Why mutants survive. keys: those of the mutants."""

    kind: Kind
    reason: str
    keys: tuple[str, ...]


SURVIVORS: tuple[Because, ...] = (
    Because(
        "the same",
        "Both are tuples of three reserved bits, so that `zip` never finds one shorter.",
        (
            "rawws/core/frame_decoder.py:core/ReplaceTrueWithFalse:claimed = tuple(a or b for a, b in zip(claimed, answer, strict=True))=>claimed = tuple(a or b for a, b in zip(claimed, answer, strict=False)):0",
            "rawws/core/frame_decoder.py:core/ReplaceTrueWithFalse:if rsv != _NO_RSV and any(found and not expected for expected, found in zip(claimed, rsv, strict=True)):=>if rsv != _NO_RSV and any(found and not expected for expected, found in zip(claimed, rsv, strict=False))::0",
        ),
    ),
    Because(
        "the same",
        "The two have no bit in common, and so `|` and `^` join them alike.",
        (
            'rawws/core/frame_header.py:core/ReplaceBinaryOperator_BitOr_BitXor:header = bytes((first_octet, mask | 127)) + length.to_bytes(8, "big")=>header = bytes((first_octet, mask ^ 127)) + length.to_bytes(8, "big"):0',
        ),
    ),
    Because(
        "the same",
        "A position is never behind the octets that have come.",
        (
            "rawws/core/head.py:core/ReplaceComparisonOperator_Eq_LtE:right = len(buffer) == self._start or buffer[self._start] in TOKEN_OCTETS or self._may_be_empty_line()=>right = len(buffer) <= self._start or buffer[self._start] in TOKEN_OCTETS or self._may_be_empty_line():0",
            "rawws/core/scanning_decoder.py:core/ReplaceComparisonOperator_Eq_GtE:self.at_rest = stop == len(data)=>self.at_rest = stop >= len(data):0",
        ),
    ),
    Because(
        "the same",
        "What a ping of our own carries is a number that no ping in flight has, and which one it is says nothing.",
        (
            "rawws/core/keepalive.py:core/NumberReplacer:self._count = 0=>self._count = -1:0",
        ),
    ),
    Because(
        "the same",
        "There is no float beyond infinity; and NaN is refused by the comparison before.",
        (
            "rawws/core/reconnect.py:core/ReplaceComparisonOperator_Lt_NotEq:if not 1 <= self.growth < math.inf:=>if not 1 <= self.growth != math.inf::0",
        ),
    ),
    Because(
        "the same",
        "One small integer is one object in CPython, and a queue grows by one message at a time.",
        (
            "rawws/core/session.py:core/ReplaceComparisonOperator_Lt_IsNot:while len(self.messages) < limits.max_queued_messages and self.queued_bytes <= limits.max_queued_bytes:=>while len(self.messages) is not limits.max_queued_messages and self.queued_bytes <= limits.max_queued_bytes::0",
        ),
    ),
    Because(
        "the same",
        "Whoever calls it names the argument, as the signature that was asks for.",
        (
            "rawws/core/extensions.py:core/ReplaceBinaryOperator_Mul_Div:def message_inflated(self, *, client: bool) -> None:=>def message_inflated(self, /, client: bool) -> None::0",
        ),
    ),
    Because(
        "cost",
        "Input is inflated in slices of another size. What they give is the same; how much zlib copies is not, and tests/core/test_linear_work.py, which is not asked here, holds it to a bound.",
        (
            "rawws/core/inflate.py:core/ReplaceBinaryOperator_Mul_Add:self._slice = min(self._slice * 2, _LARGEST_SLICE)=>self._slice = min(self._slice + 2, _LARGEST_SLICE):0",
            "rawws/core/inflate.py:core/ReplaceBinaryOperator_Mul_LShift:self._slice = min(self._slice * 2, _LARGEST_SLICE)=>self._slice = min(self._slice << 2, _LARGEST_SLICE):0",
            "rawws/core/inflate.py:core/ReplaceComparisonOperator_LtE_NotEq:if not start and length <= self._slice:=>if not start and length != self._slice::0",
        ),
    ),
    Because(
        "cost",
        "A payload is unmasked by the other of two ways, or by a mask that is longer than it needs to be.",
        (
            "rawws/core/masking.py:core/ReplaceBinaryOperator_FloorDiv_BitOr:mask = (key * (length // 4 + 1))[:length]=>mask = (key * (length | 4 + 1))[:length]:0",
            "rawws/core/masking.py:core/ReplaceComparisonOperator_LtE_GtE:if length <= _INTEGER_XOR_BYTES:=>if length >= _INTEGER_XOR_BYTES::0",
            "rawws/core/masking.py:core/ReplaceComparisonOperator_LtE_Lt:if length <= _INTEGER_XOR_BYTES:=>if length < _INTEGER_XOR_BYTES::0",
            "rawws/core/masking.py:core/ReplaceComparisonOperator_LtE_NotEq:if length <= _INTEGER_XOR_BYTES:=>if length != _INTEGER_XOR_BYTES::0",
        ),
    ),
    Because(
        "cost",
        "The room where a large frame lands grows at another moment, or by itself when octets are put into it.",
        (
            "rawws/core/landing.py:core/NumberReplacer:self._make_room(self.landed + 1)=>self._make_room(self.landed + 0):0",
            "rawws/core/landing.py:core/ReplaceBinaryOperator_Add_Mod:self._make_room(self.landed + 1)=>self._make_room(self.landed % 1):0",
            "rawws/core/landing.py:core/ReplaceComparisonOperator_Gt_Eq:if end > len(self._octets):=>if end == len(self._octets)::0",
        ),
    ),
    Because(
        "cost",
        "The quick way is left for the slow one, which says the same of the same octets; or it is asked once more than it need be.",
        (
            "rawws/core/frame_protocol.py:core/NumberReplacer:self.plain_bytes = _LONGEST_PAYLOAD if not self.extensions else self._deflate.threshold if self._deflate else 0=>self.plain_bytes = _LONGEST_PAYLOAD if not self.extensions else self._deflate.threshold if self._deflate else 1:0",
            'rawws/core/head.py:core/ReplaceBinaryOperator_Sub_BitOr:if octets.count(b"\\n") != lines or lines - 2 > self._limits.max_headers:=>if octets.count(b"\\n") != lines or lines | 2 > self._limits.max_headers::0',
            "rawws/core/scan.py:core/NumberReplacer:if length > 127 or end - position < 2 + field:=>if length > 127 or end - position < 1 + field::0",
            "rawws/core/scan.py:core/ReplaceBinaryOperator_Add_BitXor:if length > 127 or end - position < 2 + field:=>if length > 127 or end - position < 2 ^ field::0",
            "rawws/core/scan.py:core/ReplaceBinaryOperator_Sub_Add:if length > 127 or end - start < field:=>if length > 127 or end + start < field::0",
            "rawws/core/scan.py:core/ReplaceComparisonOperator_LtE_GtE:if length <= 125:=>if length >= 125::0",
            "rawws/core/scan.py:core/ReplaceComparisonOperator_Lt_LtE:if end - position < 2:=>if end - position <= 2::0",
            "rawws/core/scanning_decoder.py:core/ReplaceBinaryOperator_Sub_BitXor:if found is None or found[1] - found[0] > self._inflate_bytes:=>if found is None or found[1] ^ found[0] > self._inflate_bytes::0",
            "rawws/core/scanning_decoder.py:core/ReplaceComparisonOperator_Lt_GtE:if self._buffer or self._opcode is not None or self._fragments or self._scan_bytes < 0:=>if self._buffer or self._opcode is not None or self._fragments or self._scan_bytes >= 0::0",
            "rawws/core/scanning_decoder.py:core/ReplaceOrWithAnd:if self._buffer or self._opcode is not None or self._fragments or self._scan_bytes < 0:=>if self._buffer or self._opcode is not None or self._fragments and self._scan_bytes < 0::0",
        ),
    ),
    Because(
        "cost",
        "Octets are copied where they need not be, or are looked at once more although nothing has come.",
        (
            "rawws/core/frame_decoder.py:core/AddNot:if self._position:=>if not self._position::0",
            "rawws/core/frame_decoder.py:core/ReplaceComparisonOperator_Eq_Gt:elif count == len(self._buffer):=>elif count > len(self._buffer)::0",
            "rawws/core/frame_decoder.py:core/ReplaceComparisonOperator_Lt_Gt:self.at_rest = self._landing.landed < self._length=>self.at_rest = self._landing.landed > self._length:0",
            "rawws/core/session.py:core/ReplaceOrWithAnd:if self.at_rest and (whole or self._connection.at_rest):=>if self.at_rest and (whole and self._connection.at_rest)::0",
        ),
    ),
)
