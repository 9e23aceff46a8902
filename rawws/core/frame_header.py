"""RFC 6455 §5.2: the header of a frame, as it is read and as it is written."""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

from wsproto.frame_protocol import MAX_PAYLOAD_NORMAL, MAX_PAYLOAD_TWO_BYTE, PAYLOAD_LENGTH_TWO_BYTE, Opcode, RsvBits

from rawws.core.parse_failed import ParseFailed
from rawws.spec import OPCODES

# Octets of a header: two, then none, two or eight of extended length, then none or four of masking key.
LENGTH_16 = 2
LENGTH_64 = 8
KEY = 4

#: The first octet of a message in one frame, of text or of binary: FIN and no reserved bit.
FIN_TEXT, FIN_BINARY = 0x81, 0x82

_MASK = 0x80

# The first octet, and the second with the payload length in its last seven bits; with 16 or 64 bits of extended payload
# length behind it, "in network byte order".
_pack_7 = Struct("!BB").pack
_pack_16 = Struct("!BBH").pack
_pack_64 = Struct("!BBQ").pack


class FirstOctet(NamedTuple):
    """FIN, RSV1 to RSV3 and the opcode; the opcode is None where the RFC defines none."""

    fin: bool
    rsv: RsvBits
    opcode: Opcode | None
    control: bool


#: Every first octet that can come, by its value.
FIRST_OCTETS = [
    FirstOctet(
        octet >= 0x80,
        RsvBits(bool(octet & 0x40), bool(octet & 0x20), bool(octet & 0x10)),
        Opcode(octet & 0x0F) if OPCODES[octet & 0x0F].defined else None,
        OPCODES[octet & 0x0F].control,
    )
    for octet in range(256)
]


def judge_second_octet(length: int, *, masked: bool, client: bool, control: bool) -> None:
    """MASK and the seven bits of length, as they come to a client or a server. Raises ParseFailed."""
    # 6455-5.1-4: "A client MUST close a connection if it detects a masked frame."
    if masked and client:
        raise ParseFailed("client received unexpected masked frame", requirement="6455-5.1-4")
    # 6455-5.1-2: "The server MUST close the connection upon receiving a frame that is not masked."
    if not masked and not client:
        raise ParseFailed("server received unexpected unmasked frame", requirement="6455-5.1-2")
    # 6455-5.5-1: "All control frames MUST have a payload length of 125 bytes or less"
    if length > MAX_PAYLOAD_NORMAL and control:
        raise ParseFailed("Control frame with payload len > 125", requirement="6455-5.5-1")


def judge_extended_length(short: int, length: int) -> int:
    """The 16 or 64 bits of length that follow a short length of 126 or 127. Raises ParseFailed."""
    # 6455-5.2-4: "Note that in all cases, the minimal number of bytes MUST be used to encode the length"
    if short == PAYLOAD_LENGTH_TWO_BYTE:
        if length <= MAX_PAYLOAD_NORMAL:
            raise ParseFailed("Payload length used 2 bytes when 1 would have sufficed", requirement="6455-5.2-4")
        return length
    if length <= MAX_PAYLOAD_TWO_BYTE:
        raise ParseFailed("Payload length used 8 bytes when 2 would have sufficed", requirement="6455-5.2-4")
    # 6455-5.2-3: "If 127, the following 8 bytes interpreted as a 64-bit unsigned integer (the most significant bit
    # MUST be 0) are the payload length."
    if length >> 63:
        raise ParseFailed("8-byte payload length with non-zero MSB", requirement="6455-5.2-3")
    return length


def header_octets(length: int, *, masked: bool) -> int:
    """Octets of the header of a frame whose payload has `length` octets: that takes as few as it can (6455-5.2-4)."""
    extended = 0 if length <= MAX_PAYLOAD_NORMAL else LENGTH_16 if length <= MAX_PAYLOAD_TWO_BYTE else LENGTH_64
    return 2 + extended + (KEY if masked else 0)


def frame_header(first_octet: int, length: int, key: bytes | None) -> bytes:
    """The header of a frame with a payload of `length` octets; with a masking key when `key` is one.

    first_octet: FIN, RSV1 to RSV3 and the opcode, as they stand on the wire.
    """
    mask = 0 if key is None else _MASK
    # 6455-5.2-4: "Note that in all cases, the minimal number of bytes MUST be used to encode the length"
    if length <= 125:
        header = _pack_7(first_octet, mask | length)
    elif length <= 0xFFFF:
        header = _pack_16(first_octet, mask | 126, length)
    else:
        header = _pack_64(first_octet, mask | 127, length)
    return header if key is None else header + key
