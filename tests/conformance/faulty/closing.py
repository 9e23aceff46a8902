"""Peers whose closing handshake is wrong (RFC 6455 §5.5.1, §7)."""

from __future__ import annotations

from tests.conformance.peers import Failed, Peer


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


class RefusesPrivateCodes(Peer):
    """Takes the close codes from 3000 to 4999 for invalid."""

    def judge_code(self, code: int) -> None:
        super().judge_code(code)
        if code >= 3000:
            raise Failed(1002)


class RefusesEmptyClose(Peer):
    """Takes a Close without a code for an error."""

    def judge_close(self, payload: bytes) -> None:
        if not payload:
            raise Failed(1002)
        super().judge_close(payload)


class RefusesLongReasons(Peer):
    """Takes a Close with a reason of 123 octets for too long."""

    def judge_close(self, payload: bytes) -> None:
        if len(payload) >= 125:
            raise Failed(1002)
        super().judge_close(payload)


class ShortReply(Peer):
    """Replies to a Close with one octet."""

    def close_reply(self, payload: bytes) -> bytes:
        return b"\x03"


class ReasonInLatin1(Peer):
    """Replies to a Close with a reason that is no UTF-8."""

    def close_reply(self, payload: bytes) -> bytes:
        return b"\x03\xe8adi\xf3s"


class ClosesFirst(Peer):
    """Closes as soon as it has answered a message, before it is asked to."""

    def message(self, opcode: int, payload: bytes) -> None:
        super().message(opcode, payload)
        if not self.close_sent:
            self.send_close(b"\x03\xe8")


class ReadsOnAfterFailure(Peer):
    """Fails the connection with a Close, and answers what comes behind it all the same."""

    def fail(self, code: int) -> None:
        self.send_close(code.to_bytes(2, "big"))
        self.close_sent = False


class FailsInSilence(Peer):
    """Ends TCP without a Close when something is wrong (which RFC 6455 §7.1.7 lets it do)."""

    def fail(self, code: int) -> None:
        self.closed = True


class ClosesTwice(Peer):
    """Replies to a Close with two of them."""

    def close(self, payload: bytes) -> None:
        super().close(payload)
        self.send_close(self.close_reply(payload))
