"""The tester's end of a connection once it is open: who closes, how, and how cleanly.

This is the endpoint that Autobahn's fuzzer is, with its rule for violations: it answers with a Close and reads on.
It has no clock of its own; `deadlines` says until when it waits, and for what.
"""

from __future__ import annotations

import codecs
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from typing import Protocol

from rawws_conformance.extensions import Agreement
from rawws_conformance.model import Role, Seconds
from rawws_conformance.octets import FrameBuilder, close_payload
from rawws_conformance.reader import MOST_OCTETS, FrameReader, InFrame, Violation

#: Frames that may come where nobody says how many are enough.
_MOST_FRAMES = 100_000


class State(Enum):
    """RFC 6455 §4.1, §7.1."""

    OPEN = auto()
    CLOSING = auto()
    CLOSED = auto()


class Wait(StrEnum):
    """What the tester waits for, at most until a deadline."""

    OPENING = "the opening handshake"
    CLOSE_REPLY = "the reply to a Close"
    TCP_END = "the end of TCP"
    CLOSE_AFTER = "the time to close"
    KILL_AFTER = "the time to give up"
    SCRIPT = "a pause of the script"


@dataclass(slots=True)
class Facts:
    """What is known about the end of a connection; what `verdict` judges."""

    was_open: bool = False
    closed_by_tester: bool = False
    failed_by_tester: bool = False
    dropped_by_tester: bool = False
    clean: bool = False
    unclean_reason: str | None = None
    local_code: int | None = None
    local_reason: bytes = b""
    remote_code: int | None = None
    remote_reason: bytes = b""
    violation: str | None = None
    opening_failed: str | None = None
    #: What is wrong with the peer's head, though the opening handshake succeeded.
    wrong_head: str | None = None
    #: Frames that came behind the peer's Close.
    after_close: int = 0
    #: The masking keys of the first frames of a client.
    keys: list[bytes] = field(default_factory=list)
    #: What ran out, in the order in which it did.
    expired: tuple[Wait, ...] = ()


class Listener(Protocol):
    """Who is told what came."""

    def on_message(self, payload: bytes, *, binary: bool, compressed: bool) -> None:
        """A whole message; `payload` is still compressed where `compressed` says so."""

    def on_ping(self, payload: bytes) -> None:
        """A ping."""

    def on_pong(self, payload: bytes) -> None:
        """A pong."""

    def note(self, text: str) -> None:
        """Something for the wire log."""


#: Close codes that Autobahn's fuzzer takes for invalid when they come: those below 5000 that are not these or 3000 up.
_CODES = frozenset((1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011))


def code_is_valid(code: int) -> bool:
    """Whether the peer may send this close code, as Autobahn judges it: 1012 to 1014 are younger than it is."""
    return code in _CODES or 3000 <= code < 5000


class Endpoint:
    """One open connection.

    peer: which end the other side is. agreement: about permessage-deflate. builder: makes our frames. codes: close
    codes that are welcome, though they are younger than Autobahn. most: octets of a frame, and of a message, that may
    come. most_frames: how many may.
    """

    def __init__(
        self,
        listener: Listener,
        *,
        peer: Role,
        builder: FrameBuilder,
        seconds: Seconds,
        facts: Facts,
        agreement: Agreement | None,
        codes: Collection[int | None] = (),
        most: int = MOST_OCTETS,
        most_frames: int = _MOST_FRAMES,
    ) -> None:
        self._codes = codes
        self._most = most
        self._most_frames = most_frames
        self._frames = 0
        self._listener = listener
        self._peer = peer
        self._builder = builder
        self._seconds = seconds
        self._reader = FrameReader(masked=peer is Role.CLIENT, deflate=agreement is not None, most=most)
        self.state = State.OPEN
        self.facts = facts
        facts.was_open = True
        #: What goes out: octets, and whether they need a write of their own.
        self.out: list[tuple[bytes, bool]] = []
        self.deadlines: dict[Wait, float] = {}
        #: Whether TCP is to end now, and how: with a reset or without.
        self.drop: str | None = None
        self._opcode: int | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self._compressed = False
        self._utf8: codecs.IncrementalDecoder | None = None
        self._peer_closed = False
        facts.keys = self._reader.keys

    # --------------------------------------------------------------------------------------------------------- outgoing

    def send_close(self, code: int | None, reason: bytes, now: float, *, reply: bool = False) -> None:
        """Send a Close, if none has been sent."""
        if self.state is not State.OPEN:
            return
        self.out.append((self._builder.frame(8, close_payload(code, reason)), False))
        self.state = State.CLOSING
        self.facts.closed_by_tester = not reply
        self.facts.local_code, self.facts.local_reason = code, reason
        words = "without a code" if code is None else str(code)
        self._listener.note(f"Close {words} {'as a reply' if reply else 'from us'}")
        if not reply:
            self.deadlines[Wait.CLOSE_REPLY] = now + self._seconds.close_reply

    def fail(self, code: int, reason: str, now: float) -> None:
        """Fail the connection: a Close, or the end of TCP where one has been sent (Autobahn with `failByDrop` off)."""
        if self.state is State.CLOSED:
            return
        self.facts.failed_by_tester = True
        if self.state is State.OPEN:
            self.send_close(code, reason.encode(), now)
        else:
            self.end_tcp("close")

    def _violation(self, sentence: str, now: float, code: int = 1002) -> None:
        """The peer broke a rule."""
        if self.facts.violation is None:
            self.facts.violation = sentence
        self._listener.note(f"violation: {sentence}")
        self.fail(code, sentence[:100], now)

    def end_tcp(self, how: str) -> None:
        """Cut the connection. how: "close" or "abort"."""
        if self.state is State.CLOSED:
            return
        self.state = State.CLOSED
        self.facts.dropped_by_tester = True
        self.drop = how
        self.deadlines.clear()

    # --------------------------------------------------------------------------------------------------------- incoming

    def receive(self, data: bytes, now: float) -> None:
        """Take octets from the peer."""
        for item in self._reader.feed(data):
            if self.state is State.CLOSED:
                return
            self.facts.after_close += self._peer_closed and isinstance(item, InFrame)
            self._frames += 1
            if self._frames > self._most_frames:
                self._violation(f"more than {self._most_frames} frames, which nobody asked for", now, 1008)
                self.end_tcp("abort")
            elif isinstance(item, Violation):
                self._violation(item.sentence, now)
                if item.fatal:
                    self.end_tcp("abort")
            elif item.opcode & 0x08:
                self._control(item, now)
            else:
                self._data(item, now)

    def received_end(self, *, reset: bool) -> None:
        """TCP ended, and not because of us."""
        if self.state is State.CLOSED:
            return
        self.state = State.CLOSED
        self.deadlines.clear()
        if not self.facts.clean:
            how = "was reset" if reset else "ended"
            self.facts.unclean_reason = f"TCP {how} before the closing handshake was complete"

    def _control(self, frame: InFrame, now: float) -> None:
        if frame.opcode == 8:
            self._close_frame(frame.payload, now)
        elif frame.opcode == 9:
            self._listener.on_ping(frame.payload)
        elif frame.opcode == 10:
            self._listener.on_pong(frame.payload)

    def _data(self, frame: InFrame, now: float) -> None:
        if self._opcode is None:
            self._opcode = frame.opcode
            self._compressed = bool(frame.rsv & 4) and self._reader.deflate
            self._parts, self._size = [], 0
            text = frame.opcode == 1 and not self._compressed
            self._utf8 = codecs.getincrementaldecoder("utf-8")() if text and not frame.fin else None
        self._size += len(frame.payload)
        if self._size > self._most:
            self._violation(f"a message of more than {self._most} octets, which nobody asked for", now, 1009)
            self.end_tcp("abort")
            return
        self._parts.append(frame.payload)
        if self._utf8 is not None:
            try:
                self._utf8.decode(frame.payload, final=frame.fin)
            except UnicodeDecodeError:
                self._violation("a text message is not UTF-8 (RFC 6455 §8.1)", now, 1007)
        if frame.fin:
            self._message(now)

    def _message(self, now: float) -> None:
        """All frames of a message are there."""
        opcode, parts, incremental = self._opcode, self._parts, self._utf8
        self._opcode, self._parts, self._utf8 = None, [], None
        payload = parts[0] if len(parts) == 1 else b"".join(parts)
        if opcode == 1 and not self._compressed and incremental is None and not payload.isascii():
            try:
                payload.decode()
            except UnicodeDecodeError:
                self._violation("a text message is not UTF-8 (RFC 6455 §8.1)", now, 1007)
        if not self.facts.failed_by_tester and self.state is not State.CLOSED:
            self._listener.on_message(payload, binary=opcode != 1, compressed=self._compressed)

    def invalid_payload(self, sentence: str, now: float) -> None:
        """Something in a message is wrong that its frames do not show."""
        self._violation(sentence, now, 1007)

    def _close_frame(self, payload: bytes, now: float) -> None:
        self._peer_closed = True
        code = int.from_bytes(payload[:2], "big") if len(payload) >= 2 else None
        self._listener.note(f"Close {code if code is not None else 'without a code'} from the peer")
        if code is not None and not code_is_valid(code) and code not in self._codes:
            self._violation(f"close code {code} may not be in a frame (RFC 6455 §7.4)", now)
            if self.state is State.CLOSED:
                return
        else:
            self.facts.remote_code = code
        try:
            payload[2:].decode()
        except UnicodeDecodeError:
            self._violation("the reason of a Close is not UTF-8 (RFC 6455 §5.5.1)", now, 1007)
            if self.state is State.CLOSED:
                return
        self.facts.remote_reason = payload[2:]
        self.deadlines.pop(Wait.CLOSE_REPLY, None)
        self.facts.clean = True
        replied = self.state is State.OPEN
        if replied:
            self.send_close(1000 if code is None else code, b"", now, reply=True)
        if self._peer is Role.CLIENT:
            self.end_tcp("close" if replied else "abort")
        else:
            self.deadlines[Wait.TCP_END] = now + self._seconds.tcp_end

    # -------------------------------------------------------------------------------------------------------- deadlines

    def expire(self, wait: Wait, now: float) -> None:
        """A deadline has passed; `SCRIPT` and `OPENING` are not of this class."""
        self.deadlines.pop(wait, None)
        if wait is Wait.CLOSE_AFTER:
            self.send_close(None, b"", now)
        elif wait is Wait.KILL_AFTER:
            self.fail(1001, "Going Away", now)
        elif wait in {Wait.CLOSE_REPLY, Wait.TCP_END}:
            self.facts.clean = False
            self.facts.unclean_reason = f"{wait.value} did not come in time"
            self.end_tcp("abort")
