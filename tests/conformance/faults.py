"""Peers with one fault each, and the cases that have to catch it."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from tests.conformance.peers import Failed, Peer


@dataclass(frozen=True)
class Fault:
    """A class of peers, the cases that catch its fault, and how they judge it (behavior/close behavior)."""

    peer: type[Peer]
    caught: dict[str, str]
    role: str = "server"


class WrongAccept(Peer):
    """Answers with the accept value of another key."""

    def accept_value(self, key: bytes) -> bytes:
        return super().accept_value(key + b"=")


class UnofferedExtension(Peer):
    """Chooses an extension that nobody offered."""

    def accept_offers(self, offers: str) -> str:
        return "x-unknown"


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


class TakesLongControlFrames(Peer):
    """Answers a ping of 126 octets."""

    def judge_control(self, *, fin: bool, length: int) -> None:
        if not fin:
            raise Failed(1002)


class TakesFragmentedControlFrames(Peer):
    """Answers a ping without FIN."""

    def judge_control(self, *, fin: bool, length: int) -> None:
        super().judge_control(fin=True, length=length)


class NoPongInsideMessages(Peer):
    """Answers no ping between two fragments."""

    def ping(self, payload: bytes) -> None:
        if not self.opcode:
            super().ping(payload)


class EmptyPongs(Peer):
    """Answers every ping with an empty pong."""

    def ping(self, payload: bytes) -> None:
        super().ping(b"")


class LatePongs(Peer):
    """Answers pings in the wrong order: the last one first."""

    waiting: bytes | None = None

    def ping(self, payload: bytes) -> None:
        if self.waiting is None and payload == b"payload-3":
            self.waiting = payload
            return
        super().ping(payload)
        if self.waiting is not None:
            waiting, self.waiting = self.waiting, None
            super().ping(waiting)


class AnswersPongs(Peer):
    """Answers a pong with a pong."""

    def control(self, opcode: int, payload: bytes) -> None:
        super().control(9 if opcode == 10 else opcode, payload)


class TakesInvalidUtf8(Peer):
    """Never looks whether a text is UTF-8."""

    def judge_text(self, text: bytes, *, final: bool) -> None:
        pass


class TakesSurrogates(Peer):
    """Takes encoded surrogates for UTF-8, as some languages do."""

    def judge_text(self, text: bytes, *, final: bool) -> None:
        judged = text.decode("utf-8", "surrogatepass").encode("utf-8", "replace") if final else b""
        super().judge_text(judged, final=final)


class RefusesNoncharacters(Peer):
    """Takes U+FFFE and U+FFFF for invalid."""

    def judge_text(self, text: bytes, *, final: bool) -> None:
        super().judge_text(text, final=final)
        if final and any(ord(char) & 0xFFFE == 0xFFFE for char in text.decode()):
            raise Failed(1007)


class FailsTextLate(Peer):
    """Looks at a text only when all of it is there."""

    def judge_text(self, text: bytes, *, final: bool) -> None:
        if final:
            super().judge_text(text, final=final)


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


class NoCloseReply(Peer):
    """Ends TCP instead of replying to a Close."""

    def close(self, payload: bytes) -> None:
        self.closed = True


class IgnoresClose(Peer):
    """Does nothing about a Close."""

    def close(self, payload: bytes) -> None:
        pass


class WrongReplyCode(Peer):
    """Replies 1011 to every Close."""

    def close_reply(self, payload: bytes) -> bytes:
        return b"\x03\xf3"


class InvalidReplyCode(Peer):
    """Replies 1005 to a Close, which may not be in a frame."""

    def close_reply(self, payload: bytes) -> bytes:
        return b"\x03\xed"


class TakesInvalidCodes(Peer):
    """Takes every close code."""

    def judge_code(self, code: int) -> None:
        pass


class TakesShortClose(Peer):
    """Takes a Close with one octet of payload."""

    def judge_close(self, payload: bytes) -> None:
        if len(payload) > 1:
            super().judge_close(payload)

    def close_reply(self, payload: bytes) -> bytes:
        return b"\x03\xe8"


class TakesInvalidReason(Peer):
    """Never looks at the reason of a Close."""

    def judge_close(self, payload: bytes) -> None:
        super().judge_close(payload[:2])


class AnswersAfterClose(Peer):
    """Goes on answering after a Close."""

    def close(self, payload: bytes) -> None:
        super().close(payload)
        self.closed = self.close_sent = False


class KeepsTcp(Peer):
    """A server that leaves it to the client to end TCP."""

    def end_tcp(self) -> None:
        pass


class WrongFailureCode(Peer):
    """Fails every connection with 1011."""

    def fail(self, code: int) -> None:
        super().fail(1011)


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


class KeepsContextInSpite(Peer):
    """Agrees to server_no_context_takeover, and keeps its context."""

    def deflate(self, payload: bytes) -> bytes:
        self.own_keeps = True
        return super().deflate(payload)


class ForgetsContext(Peer):
    """Inflates every message with a fresh window."""

    def inflate(self, payload: bytes) -> bytes:
        self.their_keeps = False
        return super().inflate(payload)


class WindowTooLarge(Peer):
    """Agrees to a window of 512 octets, and uses 32 KiB."""

    def agree(self, answer: str, *, own: str, theirs: str) -> None:
        super().agree(answer, own=own, theirs=theirs)
        self.compressor = zlib.compressobj(wbits=-15)


class NoDeflate(Peer):
    """Knows no permessage-deflate."""

    def accept_offers(self, offers: str) -> str:
        return ""


class CorruptsDeflate(Peer):
    """Sends a reserved block type in its fifth compressed message."""

    count = 0

    def deflate(self, payload: bytes) -> bytes:
        self.count += 1
        return b"\xff\xff" if self.count == 5 else super().deflate(payload)


class RepeatsDeflateEcho(Peer):
    """Sends its first compressed echo again instead of the third: valid deflate, wrong content."""

    first = b""
    count = 0

    def deflate(self, payload: bytes) -> bytes:
        self.count += 1
        data = super().deflate(payload)
        self.first = self.first or data
        return self.first if self.count == 3 else data


class UnknownDeflateParameter(Peer):
    """Answers with a parameter that no RFC knows."""

    def accept_offers(self, offers: str) -> str:
        return super().accept_offers(offers) and "permessage-deflate; unknown=1"


_OPEN_FAILED = "FAILED/FAILED"
_OK_BUT = "OK/FAILED"

FAULTS = (
    Fault(WrongAccept, {"1.1.1": _OPEN_FAILED, "7.1.1": _OPEN_FAILED, "12.1.1": _OPEN_FAILED}),
    Fault(UnofferedExtension, {"1.1.1": _OPEN_FAILED, "12.1.3": _OPEN_FAILED}),
    Fault(IgnoresReservedBits, {"3.1": "FAILED/FAILED", "3.2": "FAILED/FAILED", "3.5": "FAILED/FAILED"}),
    Fault(IgnoresRsv1, {"3.4": "FAILED/FAILED"}),
    Fault(IgnoresReservedOpcodes, {f"4.{minor}.{number}": _OK_BUT for minor in (1, 2) for number in (1, 2)} | {"4.1.3": "FAILED/FAILED"}),
    Fault(TakesStrayContinuation, {"5.9": "FAILED/FAILED", "5.10": "FAILED/FAILED", "5.17": "FAILED/FAILED"}),
    Fault(TakesInterleavedMessages, {"5.18": "FAILED/FAILED"}),
    Fault(TakesLongControlFrames, {"2.5": "FAILED/FAILED", "7.3.6": "FAILED/WRONG CODE"}),
    Fault(TakesFragmentedControlFrames, {"5.1": "FAILED/OK"}),
    Fault(NoPongInsideMessages, {"5.6": "FAILED/OK", "5.8": "FAILED/OK", "5.19": "FAILED/OK"}),
    Fault(EmptyPongs, {"2.2": "FAILED/OK", "2.4": "FAILED/OK", "2.6": "FAILED/OK"}),
    Fault(LatePongs, {"2.10": "FAILED/OK", "2.11": "FAILED/OK"}),
    Fault(AnswersPongs, {"2.7": "FAILED/OK", "2.8": "FAILED/OK", "2.9": "FAILED/OK"}),
    Fault(TakesInvalidUtf8, {"6.3.1": "FAILED/FAILED", "6.4.1": "FAILED/FAILED", "6.12.8": "FAILED/FAILED", "6.20.7": "FAILED/FAILED"}),
    Fault(TakesSurrogates, {"6.3.1": "FAILED/FAILED", "6.20.1": "FAILED/FAILED", "6.21.8": "FAILED/FAILED"}),
    Fault(RefusesNoncharacters, {"6.22.1": "FAILED/FAILED", "6.22.34": "FAILED/FAILED", "6.23.7": "FAILED/FAILED"}),
    Fault(FailsTextLate, {f"6.4.{number}": "NON-STRICT/OK" for number in (1, 2, 3, 4)}),
    Fault(EchoesTextAsBinary, {"1.1.1": "FAILED/WRONG CODE", "9.1.1": "FAILED/OK", "9.7.1": "FAILED/OK", "12.1.1": "FAILED/OK"}),
    Fault(LosesLastOctet, {"1.1.7": "FAILED/WRONG CODE", "9.1.3": "FAILED/OK", "9.3.5": "FAILED/OK", "10.1.1": "FAILED/WRONG CODE", "12.2.9": "FAILED/OK"}),
    Fault(LongLengths, {"1.1.1": "FAILED/UNCLEAN", "2.1": "FAILED/UNCLEAN"}),
    Fault(MasksAsServer, {"1.1.1": "FAILED/UNCLEAN", "2.1": "OK/UNCLEAN"}),
    Fault(UnmaskedClient, {"1.1.1": "FAILED/UNCLEAN", "2.1": "OK/UNCLEAN"}, role="client"),
    Fault(NoCloseReply, {"1.1.1": "OK/UNCLEAN", "7.1.2": "OK/UNCLEAN", "7.7.1": "OK/UNCLEAN", "9.1.1": "OK/UNCLEAN"}),
    Fault(IgnoresClose, {"1.1.1": "OK/UNCLEAN", "7.3.1": "OK/UNCLEAN", "7.9.2": "OK/FAILED BY CLIENT"}),
    Fault(WrongReplyCode, {"7.1.1": "FAILED/WRONG CODE", "7.7.3": "FAILED/WRONG CODE", "1.1.1": "OK/WRONG CODE"}),
    Fault(InvalidReplyCode, {"7.7.1": "OK/UNCLEAN", "1.1.1": "OK/UNCLEAN"}),
    Fault(TakesInvalidCodes, {f"7.9.{number}": "OK/FAILED BY CLIENT" for number in range(1, 10)}),
    Fault(TakesShortClose, {"7.3.2": "FAILED/WRONG CODE"}),
    Fault(TakesInvalidReason, {"7.5.1": "FAILED/WRONG CODE"}),
    Fault(AnswersAfterClose, {"7.1.3": "FAILED/FAILED BY CLIENT", "7.1.4": "FAILED/FAILED BY CLIENT"}),
    Fault(KeepsTcp, {"1.1.1": "OK/FAILED BY CLIENT", "2.1": "OK/UNCLEAN", "7.7.1": "OK/FAILED BY CLIENT", "9.1.1": "OK/UNCLEAN"}),
    Fault(WrongFailureCode, {"3.1": "OK/WRONG CODE", "6.3.1": "OK/WRONG CODE", "7.3.2": "FAILED/WRONG CODE"}),
    Fault(DropsFragments, {"9.3.1": "FAILED/FAILED", "9.4.4": "FAILED/FAILED"}),
    Fault(RefusesEmptyLastFragment, {"6.1.2": "FAILED/FAILED", "6.2.3": "FAILED/FAILED", "9.3.8": "FAILED/FAILED"}),
    Fault(KeepsContextInSpite, {"13.2.1": "FAILED/WRONG CODE", "13.5.4": "FAILED/WRONG CODE", "13.6.6": "FAILED/WRONG CODE"}),
    Fault(ForgetsContext, {"12.1.1": "FAILED/FAILED", "12.4.5": "FAILED/FAILED", "13.1.10": "FAILED/FAILED"}),
    Fault(WindowTooLarge, {"13.3.4": "FAILED/WRONG CODE"}),
    Fault(NoDeflate, {"12.1.1": "UNIMPLEMENTED/OK", "13.7.18": "UNIMPLEMENTED/OK"}),
    Fault(CorruptsDeflate, {"12.1.1": "FAILED/WRONG CODE", "12.5.10": "FAILED/WRONG CODE"}),
    Fault(RepeatsDeflateEcho, {"12.1.8": "FAILED/OK", "12.2.10": "FAILED/OK", "13.2.9": "FAILED/OK"}),
    Fault(UnknownDeflateParameter, {"12.1.1": _OPEN_FAILED}),
)
