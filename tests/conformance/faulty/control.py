"""Peers that are wrong about pings and pongs, and about what a control frame may be (RFC 6455 §5.5)."""

from __future__ import annotations

from tests.conformance.peers import Failed, Peer


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


class NeverPongs(Peer):
    """Answers no ping."""

    def ping(self, payload: bytes) -> None:
        pass


class PongsTwice(Peer):
    """Answers every ping twice."""

    def ping(self, payload: bytes) -> None:
        super().ping(payload)
        super().ping(payload)


class RefusesLargestPings(Peer):
    """Takes a ping of 125 octets for too long."""

    def judge_control(self, *, fin: bool, length: int) -> None:
        super().judge_control(fin=fin, length=length + 1)


class RefusesPongs(Peer):
    """Fails the connection at a pong that it did not ask for."""

    def control(self, opcode: int, payload: bytes) -> None:
        if opcode == 10:
            raise Failed(1002)
        super().control(opcode, payload)


class PongsBehindMessages(Peer):
    """Answers a ping between two fragments only when the message is whole."""

    waiting: tuple[bytes, ...] = ()

    def ping(self, payload: bytes) -> None:
        if self.opcode:
            self.waiting += (payload,)
        else:
            super().ping(payload)

    def message(self, opcode: int, payload: bytes) -> None:
        super().message(opcode, payload)
        for each in self.waiting:
            super().ping(each)
        self.waiting = ()


class LosesFragmentsAtPings(Peer):
    """Forgets what it has of a message when a ping comes."""

    def ping(self, payload: bytes) -> None:
        super().ping(payload)
        self.parts.clear()


class PongsWithText(Peer):
    """Answers pings with the text that is in them, where it is UTF-8, and with nothing where it is not."""

    def ping(self, payload: bytes) -> None:
        super().ping(payload.decode("utf-8", "ignore").encode())
