"""The opcode table against RFC 6455 §5.2 and §5.5."""

from __future__ import annotations

from wsproto.frame_protocol import Opcode

from rawws.spec import OPCODES


def test_every_value_of_four_bits_has_its_row() -> None:
    """The table has sixteen rows, each at the index of its value."""
    assert [fact.value for fact in OPCODES] == list(range(16))


def test_control_is_the_highest_bit() -> None:
    """A row is a control opcode exactly where the highest of the four bits is set (§5.5)."""
    assert [fact.value for fact in OPCODES if fact.control] == [0x8, 0x9, 0xA, 0xB, 0xC, 0xD, 0xE, 0xF]


def test_the_defined_ones_are_those_of_the_rfc() -> None:
    """Six opcodes are defined, under the RFC's words; the other ten are reserved (§5.2)."""
    assert {fact.value: fact.name for fact in OPCODES if fact.defined} == {
        0x0: "CONTINUATION",
        0x1: "TEXT",
        0x2: "BINARY",
        0x8: "CLOSE",
        0x9: "PING",
        0xA: "PONG",
    }
    assert [fact.value for fact in OPCODES if fact.name == "RESERVED"] == [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]


def test_the_names_are_those_of_the_codec() -> None:
    """The defined rows carry the names and values of the enumeration that embedders know from wsproto."""
    defined = {fact.name: fact.value for fact in OPCODES if fact.defined}
    assert defined == {opcode.name: opcode.value for opcode in Opcode}
