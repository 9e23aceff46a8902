"""Peers whose permessage-deflate is wrong (RFC 7692)."""

from __future__ import annotations

import zlib

from tests.conformance.peers import Peer


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


class OffersNoDeflate(Peer):
    """A client that offers no permessage-deflate."""

    def request(self) -> bytes:
        lines = super().request().split(b"\r\n")
        return b"\r\n".join(line for line in lines if b"Sec-WebSocket-Extensions" not in line)


class ForgetsRsv1(Peer):
    """Compresses, and does not set RSV1."""

    def message(self, opcode: int, payload: bytes) -> None:
        self.send(opcode, self.deflate(payload) if self.deflating else payload)


class MarksWhatIsPlain(Peer):
    """Sets RSV1, and does not compress."""

    def message(self, opcode: int, payload: bytes) -> None:
        self.send(opcode, payload, rsv=4 if self.deflating else 0)


class MarksEveryFragment(Peer):
    """Sends compressed echoes in two fragments, and sets RSV1 on both."""

    def message(self, opcode: int, payload: bytes) -> None:
        if not self.deflating:
            super().message(opcode, payload)
            return
        data = self.deflate(payload)
        self.send(opcode, data[:2], rsv=4, fin=False)
        self.send(0, data[2:], rsv=4)


class ReadsMarkedAsPlain(Peer):
    """Agrees to permessage-deflate, and sends compressed messages back as they came, without RSV1."""

    def data(self, opcode: int, payload: bytes, *, fin: bool, rsv: int) -> None:
        super().data(opcode, payload, fin=fin, rsv=0)

    def judge_text(self, text: bytes, *, final: bool) -> None:
        if not self.deflating:
            super().judge_text(text, final=final)

    def message(self, opcode: int, payload: bytes) -> None:
        self.send(opcode, payload)


class RepeatsParameter(Peer):
    """Answers with a parameter twice."""

    def accept_offers(self, offers: str) -> str:
        answer = super().accept_offers(offers)
        return answer and f"{answer}; client_no_context_takeover; client_no_context_takeover"


class WindowOutOfRange(Peer):
    """Answers with a window of 2^16 octets, which no RFC knows."""

    def accept_offers(self, offers: str) -> str:
        return super().accept_offers(offers) and "permessage-deflate; server_max_window_bits=16"


class AcceptsEveryOffer(Peer):
    """Answers with every offer, the one behind the other."""

    def accept_offers(self, offers: str) -> str:
        answer = super().accept_offers(offers)
        return answer and f"{answer}, {answer}"


class CutsDeflate(Peer):
    """Leaves the last octet out of what it compresses."""

    def deflate(self, payload: bytes) -> bytes:
        return super().deflate(payload)[:-1]
