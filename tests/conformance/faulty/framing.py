"""Peers that read or write frames and their sequence wrongly (RFC 6455 §5.1 to §5.4), or lose what is in them."""

from __future__ import annotations

import struct

from tests.conformance.peers import Failed, Peer


class IgnoresReservedBits(Peer):
    """Takes frames with reserved bits for good ones."""

    def judge_reserved_bits(self, rsv: int, opcode: int) -> None:
        pass


class IgnoresRsv1(Peer):
    """Takes RSV1 for good without an extension."""

    def judge_reserved_bits(self, rsv: int, opcode: int) -> None:
        super().judge_reserved_bits(rsv & 3, opcode)


class IgnoresReservedOpcodes(Peer):
    """Passes over frames with reserved opcodes."""

    def judge_opcode(self, opcode: int) -> None:
        pass

    def judge_sequence(self, opcode: int) -> None:
        if opcode < 3:
            super().judge_sequence(opcode)

    def data(self, opcode: int, payload: bytes, *, fin: bool, rsv: int) -> None:
        if opcode < 3:
            super().data(opcode, payload, fin=fin, rsv=rsv)


class TakesStrayContinuation(Peer):
    """Takes a continuation without a message for a message."""

    def judge_sequence(self, opcode: int) -> None:
        if opcode:
            super().judge_sequence(opcode)

    def data(self, opcode: int, payload: bytes, *, fin: bool, rsv: int) -> None:
        super().data(opcode or (0 if self.opcode else 1), payload, fin=fin, rsv=rsv)


class TakesInterleavedMessages(Peer):
    """Takes a new message inside an unfinished one for its continuation."""

    def judge_sequence(self, opcode: int) -> None:
        if not opcode:
            super().judge_sequence(opcode)

    def data(self, opcode: int, payload: bytes, *, fin: bool, rsv: int) -> None:
        super().data(0 if self.opcode else opcode, payload, fin=fin, rsv=rsv)


class LongLengths(Peer):
    """Writes every length in nine octets."""

    def head(self, opcode: int, length: int, *, rsv: int, fin: bool) -> bytes:
        return struct.pack("!BBQ", 0x80 | rsv << 4 | opcode, 127, length)


class MasksAsServer(Peer):
    """Masks its frames, though it is a server."""

    def send(self, opcode: int, payload: bytes, *, rsv: int = 0, fin: bool = True) -> None:
        self.is_server = False
        super().send(opcode, payload, rsv=rsv, fin=fin)
        self.is_server = True


class UnmaskedClient(Peer):
    """A client that does not mask."""

    def send(self, opcode: int, payload: bytes, *, rsv: int = 0, fin: bool = True) -> None:
        self.is_server = True
        super().send(opcode, payload, rsv=rsv, fin=fin)
        self.is_server = False


class EchoesTextAsBinary(Peer):
    """Sends everything back as binary."""

    def message(self, opcode: int, payload: bytes) -> None:
        super().message(2, payload)


class LosesLastOctet(Peer):
    """Cuts the last octet of messages of 65,536 octets and more."""

    def message(self, opcode: int, payload: bytes) -> None:
        super().message(opcode, payload[:-1] if len(payload) >= 65536 else payload)


class FlipsOctet(Peer):
    """Changes one octet in messages of 1 MiB and more: right length, wrong content."""

    def message(self, opcode: int, payload: bytes) -> None:
        if len(payload) >= 1 << 20:
            payload = payload[:1000] + b"!" + payload[1001:]
        super().message(opcode, payload)


class DropsFragments(Peer):
    """Refuses messages of more than 1,000 fragments."""

    def data(self, opcode: int, payload: bytes, *, fin: bool, rsv: int) -> None:
        super().data(opcode, payload, fin=fin, rsv=rsv)
        if len(self.parts) > 1000:
            raise Failed(1009)


class RefusesEmptyLastFragment(Peer):
    """Does not know what to do with an empty fragment at the end of a message."""

    def data(self, opcode: int, payload: bytes, *, fin: bool, rsv: int) -> None:
        if fin and not opcode and not payload:
            raise Failed(1002)
        super().data(opcode, payload, fin=fin, rsv=rsv)


class ShortLengths(Peer):
    """Writes lengths below 126 in three octets."""

    def head(self, opcode: int, length: int, *, rsv: int, fin: bool) -> bytes:
        head = super().head(opcode, length, rsv=rsv, fin=fin)
        return head if length > 125 else struct.pack("!BBH", head[0], head[1] & 0x80 | 126, length)


class SetsReservedBit(Peer):
    """Sets RSV3 in every data frame."""

    def head(self, opcode: int, length: int, *, rsv: int, fin: bool) -> bytes:
        return super().head(opcode, length, rsv=rsv | (opcode < 8), fin=fin)


class SendsReservedOpcode(Peer):
    """Sends binary messages with opcode 3."""

    def message(self, opcode: int, payload: bytes) -> None:
        super().message(3 if opcode == 2 else opcode, payload)


class NeverFinishes(Peer):
    """Sends messages without FIN."""

    def head(self, opcode: int, length: int, *, rsv: int, fin: bool) -> bytes:
        return super().head(opcode, length, rsv=rsv, fin=fin and opcode >= 8)


class ContinuesWithOpcode(Peer):
    """Sends long echoes in two fragments, the second with the opcode of the first."""

    def message(self, opcode: int, payload: bytes) -> None:
        if self.deflating or len(payload) < 1000:
            super().message(opcode, payload)
        else:
            self.send(opcode, payload[:500], fin=False)
            self.send(opcode, payload[500:])


class WrongMaskingKey(Peer):
    """A client that masks with another key than the one that it sends."""

    def unmask(self, payload: bytes, key: bytes) -> bytes:
        return super().unmask(payload, b"\x11\x22\x33\x55" if key == b"\x11\x22\x33\x44" else key)


class EchoesTwice(Peer):
    """Sends every echo twice."""

    def message(self, opcode: int, payload: bytes) -> None:
        super().message(opcode, payload)
        super().message(opcode, payload)


class ReadsLengthsWithSign(Peer):
    """Takes 16-bit lengths for signed ones."""

    def judge_head(self, *, fin: bool, rsv: int, opcode: int, masked: bool, length: int) -> None:
        if 0x8000 <= length < 0x10000:
            raise Failed(1002)
        super().judge_head(fin=fin, rsv=rsv, opcode=opcode, masked=masked, length=length)


class RefusesEmptyMessages(Peer):
    """Takes a message without a payload for an error."""

    def message(self, opcode: int, payload: bytes) -> None:
        if not payload:
            raise Failed(1003)
        super().message(opcode, payload)


class ForgetsFirstFragment(Peer):
    """Sends back only what came behind the first fragment."""

    def data(self, opcode: int, payload: bytes, *, fin: bool, rsv: int) -> None:
        super().data(opcode, payload if fin or not opcode or self.deflating else b"", fin=fin, rsv=rsv)
