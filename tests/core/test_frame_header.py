"""RFC 6455 §5.2: what the octets of a header mean, and how many there are.

What comes of them in an endpoint is tested in test_battery_frames, how they are written in test_frame_protocol_sending.
"""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from rawws.core.frame_header import FIRST_OCTETS, header_octets, judge_second_octet
from rawws.core.frame_protocol import Opcode, ParseFailed, RsvBits

from tests.core.octets import FIN, RSV1, RSV2, RSV3, Role, binary


@pytest.mark.parametrize("opcode", range(16))
def test_every_first_octet(opcode: int) -> None:
    """FIN, RSV1 to RSV3 and the opcode, from the highest bit down; where the RFC defines no opcode there is none."""
    assert len(FIRST_OCTETS) == 256
    # "Control frames are identified by opcodes where the most significant bit of the opcode is 1." (§5.5)
    is_control = opcode & 0x8 != 0
    for flags in range(0, 256, 16):
        fin, rsv, told, control = FIRST_OCTETS[flags | opcode]
        assert fin is (flags & FIN != 0)
        assert rsv == RsvBits(flags & RSV1 != 0, flags & RSV2 != 0, flags & RSV3 != 0)
        assert told == (opcode if opcode in {0x0, 0x1, 0x2, 0x8, 0x9, 0xA} else None)
        assert told is None or isinstance(told, Opcode)
        assert control is is_control
    # 6455-5.5-1: "All control frames MUST have a payload length of 125 bytes or less"
    with pytest.raises(ParseFailed) if is_control else nullcontext():
        judge_second_octet(126, masked=False, client=True, control=is_control)


@pytest.mark.parametrize("reader", ["client", "server"])
@pytest.mark.parametrize("length", [0, 1, 125, 126, 65535, 65536, 70_000])
def test_how_many_octets_a_header_has(reader: Role, length: int) -> None:
    """As many as a peer needs that writes the length in as few as it can."""
    frame = binary(bytes(length))
    assert header_octets(length, masked=reader == "server") == len(frame.to(reader)) - length


def test_which_flag_is_which_is_said_by_name() -> None:
    """Three flags of one call cannot be mixed up by their order."""
    judge_second_octet(125, masked=True, client=False, control=True)
    with pytest.raises(ParseFailed):
        judge_second_octet(125, masked=False, client=False, control=True)
    with pytest.raises(TypeError):
        judge_second_octet(125, True, False, True)  # type: ignore[call-arg]
    assert header_octets(125, masked=True) == 6
    with pytest.raises(TypeError):
        header_octets(125, True)  # type: ignore[call-arg]
