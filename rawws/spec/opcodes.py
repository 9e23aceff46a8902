"""RFC 6455 §5.2: the sixteen values that four bits can hold, and what each one means."""

from __future__ import annotations

from typing import NamedTuple


class OpcodeFact(NamedTuple):
    """One row of the opcode table.

    value: 0 to 15, the low four bits of a frame's first octet.
    name: the RFC's word in capitals, or "RESERVED".
    control: True where the highest of the four bits is set (§5.5).
    defined: False where §5.2 reserves the value for a future specification.
    """

    value: int
    name: str
    control: bool
    defined: bool


_DEFINED = {0x0: "CONTINUATION", 0x1: "TEXT", 0x2: "BINARY", 0x8: "CLOSE", 0x9: "PING", 0xA: "PONG"}

#: All sixteen opcodes, indexed by value.
OPCODES: tuple[OpcodeFact, ...] = tuple(
    OpcodeFact(value, _DEFINED.get(value, "RESERVED"), control=value >= 0x8, defined=value in _DEFINED)
    for value in range(16)
)
