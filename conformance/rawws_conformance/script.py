"""From the steps of a script to the octets that go out, and how they are cut into writes."""

from __future__ import annotations

from rawws_conformance.model import BeginFrame, MoreOfFrame, Send, SendMessage, SendOctets, Write
from rawws_conformance.octets import FrameBuilder, mask

#: The steps that send something that needs no more than a frame builder.
SENDING = Send | SendMessage | BeginFrame | MoreOfFrame | SendOctets

#: Octets, and whether they need a write of their own.
Piece = tuple[bytes, bool]


class StepSender:
    """Turns steps into octets. It remembers the mask of a frame that is sent in parts."""

    def __init__(self, builder: FrameBuilder) -> None:
        self._builder = builder
        self._key = b""
        self._sent = 0

    def pieces(self, step: SENDING) -> list[Piece]:
        """What a step sends."""
        if isinstance(step, Send):
            return cut_into_writes([self._builder.case_frame(frame) for frame in step.frames], step.write)
        if isinstance(step, SendMessage):
            return [(self._builder.message(step.opcode, step.payload, step.fragment), False)]
        if isinstance(step, BeginFrame):
            head, self._key = self._builder.begin(step.opcode, step.length, fin=step.fin, rsv=step.rsv)
            self._sent = 0
            return [(head + self._masked(step.payload), False)]
        if isinstance(step, MoreOfFrame):
            return [(self._masked(step.payload), False)]
        return [(step.data, False)]

    def _masked(self, payload: bytes) -> bytes:
        """The next octets of a frame that is sent in parts: the mask goes on where it stood (RFC 6455 §5.3)."""
        if not self._key:
            return payload
        phase = self._sent & 3
        self._sent += len(payload)
        return mask(payload, self._key[phase:] + self._key[:phase])


def cut_into_writes(frames: list[bytes], write: Write | int) -> list[Piece]:
    """Frames as the writes that a step asks for."""
    if isinstance(write, int):
        data = b"".join(frames)
        return [(data[at : at + write], True) for at in range(0, len(data), write)]
    return [(frame, write is Write.FRAME) for frame in frames]


def joined(pieces: list[Piece]) -> list[bytes]:
    """One element per write: what needs no write of its own goes with its neighbour."""
    writes: list[bytes] = []
    together: list[bytes] = []
    for data, alone in pieces:
        if alone:
            if together:
                writes.append(b"".join(together))
                together = []
            writes.append(data)
        else:
            together.append(data)
    if together:
        writes.append(b"".join(together))
    return writes
