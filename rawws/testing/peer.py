"""A peer that does what a script says, right or wrong, and says where the other end departs from it.

    peer = ScriptedPeer("client", [
        Opens(),
        Sends(text("hello")),
        Expects(text("hello")),
        Sends(Frame(FIN | 0x3)),             # no such opcode
        ExpectsClose(1002),
        ExpectsEnd(),
    ])
    play(peer, receive=mine.receive_data, take=mine.data_to_send)

The peer has no socket: whoever has one carries octets between the two (docs/how-to/test-your-application.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rawws.testing.cuts import Cut, whole
from rawws.testing.frames import CLOSE, Frame, FrameReader, Role, Sent
from rawws.testing.handshake import NONCE, accept_token, acceptance, header, request

_END_OF_HEAD = b"\r\n\r\n"


class UnexpectedError(AssertionError):
    """The other end has not done what the script expects; the message says at which step, and what it did instead."""


class Step:
    """One step of a script: one of the classes below."""


@dataclass(frozen=True)
class Opens(Step):
    """Do this end's half of a good opening handshake, and expect the other's.

    target: what a client asks for. fields: header lines to send besides those that the handshake needs. status_code:
    what a client expects as an answer. A server accepts with 101; to refuse, it `Sends` octets of its own.
    """

    target: bytes = b"/"
    fields: tuple[bytes, ...] = ()
    status_code: int = 101


@dataclass(frozen=True, init=False)
class Sends(Step):
    """Send frames or octets, cut as the script says; `Sends()` alone sends nothing."""

    what: tuple[Frame | bytes, ...]
    cut: Cut

    def __init__(self, *what: Frame | bytes, cut: Cut = whole) -> None:
        object.__setattr__(self, "what", what)
        object.__setattr__(self, "cut", cut)


@dataclass(frozen=True, init=False)
class Expects(Step):
    """Expect these frames, in this order: the same FIN, RSV bits, opcode and payload, and masked as they must be."""

    frames: tuple[Frame, ...]

    def __init__(self, *frames: Frame) -> None:
        object.__setattr__(self, "frames", frames)


@dataclass(frozen=True)
class ExpectsClose(Step):
    """Expect a Close frame with this code, None for one without; whatever its reason."""

    code: int | None = 1000


@dataclass(frozen=True)
class Ends(Step):
    """End this end's half of the stream."""


@dataclass(frozen=True)
class ExpectsEnd(Step):
    """Expect the other end to end its half of the stream, without a single octet before."""


class ScriptedPeer:
    """Plays one end of a connection, step by step.

    role: which end it plays; the other end is the one that is tested.
    steps: what it does.
    head: the head of the other end's request or response, b"" before there was one.
    """

    def __init__(self, role: Role, steps: Sequence[Step]) -> None:
        self.role: Role = role
        self.head = b""
        self._reader: Role = "server" if role == "client" else "client"
        self._steps = list(steps)
        self._at = 0
        self._begun = False
        self._matched = 0
        self._frames = FrameReader()
        self._out: list[bytes | None] = []
        self._ended = False
        self._run()

    @property
    def finished(self) -> bool:
        """Whether every step is done and everything has been taken."""
        return self._at == len(self._steps) and not self._out

    @property
    def step(self) -> str:
        """The step that it is at, for messages."""
        return (
            f"step {self._at + 1}, {self._steps[self._at]!r}"
            if self._at < len(self._steps)
            else "the end of the script"
        )

    def data_to_send(self) -> list[bytes | None]:
        """What is to be carried to the other end now, piece by piece, None for the end; it is forgotten here."""
        out, self._out = self._out, []
        return out

    def receive(self, data: bytes | None) -> None:
        """Take octets from the other end, None for its end. Raises UnexpectedError."""
        if data is None:
            self._ended = True
        else:
            self._frames.feed(data)
        self._run()

    def check_finished(self) -> None:
        """Raise UnexpectedError where the script is not at its end."""
        if not self.finished:
            raise self._unexpected("nothing more came")

    # -- the script -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while self._at < len(self._steps) and self._do(self._steps[self._at]):
            self._at += 1
            self._begun = False
            self._matched = 0

    def _do(self, step: Step) -> bool:
        """Do what can be done of a step; whether it is complete."""
        if isinstance(step, Sends):
            octets = b"".join(part.to(self._reader) if isinstance(part, Frame) else part for part in step.what)
            self._out += step.cut(octets) if octets else []
            return True
        if isinstance(step, Ends):
            self._out.append(None)
            return True
        if isinstance(step, Opens):
            return self._open(step)
        if isinstance(step, ExpectsEnd):
            if self._frames.rest:
                raise self._unexpected(f"{bytes(self._frames.rest[:40]).hex(' ')} came")
            return self._ended
        if isinstance(step, ExpectsClose):
            frame = self._next_frame()
            if frame is not None and (frame.opcode != CLOSE or frame.close_code != step.code):
                raise self._unexpected(f"{_show(frame)} came")
            return frame is not None
        if isinstance(step, Expects):
            return self._match(step.frames)
        raise TypeError(f"{step!r} is no step of a script")

    def _match(self, frames: tuple[Frame, ...]) -> bool:
        while self._matched < len(frames):
            frame = self._next_frame()
            if frame is None:
                return False
            expected = frames[self._matched]
            if (frame.first, frame.payload) != (expected.first, expected.payload):
                raise self._unexpected(f"{_show(frame)} came")
            self._matched += 1
        return True

    def _next_frame(self) -> Sent | None:
        frame = self._frames.next_frame()
        if frame is None:
            if self._ended:
                raise self._unexpected("the stream ended")
            return None
        # 6455-5.1-1, 6455-5.1-3: a client masks all frames that it sends, a server none.
        if (frame.key is None) is not (self.role == "client"):
            raise self._unexpected(f"{_show(frame)} came, {'not ' * (frame.key is None)}masked")
        return frame

    def _open(self, step: Opens) -> bool:
        if self.role == "client" and not self._begun:
            self._out.append(request(step.target, *step.fields))
        self._begun = True
        head, separator, rest = bytes(self._frames.rest).partition(_END_OF_HEAD)
        if not separator:
            if self._ended:
                raise self._unexpected("the stream ended")
            return False
        self.head = head + separator
        self._frames.rest[:] = rest
        if self.role == "server":
            if not header(self.head, b"sec-websocket-key"):
                raise self._unexpected("a request without a Sec-WebSocket-Key came")
            self._out.append(acceptance(self.head, *step.fields))
        elif self.head.split(b" ", 2)[1:2] != [b"%d" % step.status_code]:
            raise self._unexpected(f"{self.head[:60]!r} came")
        elif step.status_code == 101 and header(self.head, b"sec-websocket-accept") != accept_token(NONCE):
            raise self._unexpected("the answer has the wrong Sec-WebSocket-Accept")
        return True

    def _unexpected(self, what: str) -> UnexpectedError:
        return UnexpectedError(f"{what} at {self.step}")


def _show(frame: Sent) -> str:
    payload = frame.payload if len(frame.payload) <= 40 else frame.payload[:40] + b"..."
    return f"a frame {frame.first:#04x} {payload!r} ({len(frame.payload)} octets)"


def play(peer: ScriptedPeer, *, receive: Callable[[bytes | None], object], take: Callable[[], bytes | None]) -> None:
    """Carry octets between a peer and the end that is tested, until the script is done.

    receive: gives octets to the tested end, None for the end of the stream; what it returns is of no concern.
    take: takes what the tested end has to send: b"" for nothing, None once it has ended its half of the stream.
    Raises UnexpectedError where the tested end departs from the script, or falls silent inside it.
    """
    ended = False
    while True:
        pieces = peer.data_to_send()
        for piece in pieces:
            receive(piece)
        answer = None if ended else take()
        if answer:
            peer.receive(answer)
        elif answer is None and not ended:
            ended = True
            peer.receive(None)
        elif not pieces:
            break
    peer.check_finished()
