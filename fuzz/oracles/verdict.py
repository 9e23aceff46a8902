"""What an implementation makes of a stream, so that two of them can be compared, and what explains a difference."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rawws.core.events import CloseConnection, Event
from rawws.core.failure import Failure
from rawws.core.limits import Limits
from rawws.spec import REQUIREMENTS
from rawws.testing.cuts import whole
from rawws.testing.frames import BINARY, CLOSE, CONTINUATION, RSV1, FrameReader, Sent
from rawws.testing.outcome import run
from rawws.testing.strategies import Stream

#: The others have no limits, or other ones: what is bounded is compared nowhere here.
UNBOUNDED = Limits(max_message_bytes=None, max_control_burst=None)


@dataclass(frozen=True)
class Verdict:
    """What came of a stream.

    told: whole messages, pings and pongs, in order, before the end.
    code: of the Close that was told, or that is to be sent after a violation; None where there was none.
    reason: that of the peer's Close frame, None after a violation.
    """

    told: tuple[str | bytes | Event, ...]
    code: int | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Case:
    """One stream, and two verdicts on it. failure: what ours says was broken."""

    stream: Stream
    ours: Verdict
    theirs: Verdict
    failure: Failure | None
    offset: int


@dataclass(frozen=True)
class Difference:
    """One way in which another implementation is known to differ, decided by a sentence of the RFCs.

    name: in a few words. requirement: the id of that sentence. example: a stream that shows the difference.
    explains: whether a case is one of this kind.
    """

    name: str
    requirement: str
    example: Stream
    explains: Callable[[Case], bool]

    @property
    def sentence(self) -> str:
        """The sentence of the RFC."""
        return REQUIREMENTS[self.requirement].text


def judge(stream: Stream, theirs: Callable[[Stream], Verdict]) -> Case:
    """Put a stream before rawws.core and before another implementation."""
    connection = stream.connection(UNBOUNDED)
    outcome = run(connection, stream.chunks(whole))
    ends = [event for event in outcome.messages if isinstance(event, CloseConnection)]
    told = tuple(event for event in outcome.messages if not isinstance(event, CloseConnection))
    code = int(ends[0].code) if ends else None
    reason = ends[0].reason if ends and outcome.failure is None and code != 1006 else None
    ours = Verdict(told, code, reason)
    return Case(stream, ours, theirs(stream), outcome.failure, outcome.offset)


def unexplained(case: Case, differences: Sequence[Difference]) -> bool:
    """Whether two verdicts differ, and no known difference says why."""
    return case.ours != case.theirs and not any(difference.explains(case) for difference in differences)


# -- what can be said of a stream without the core ----------------------------------------------------------------


def frames_of(stream: Stream) -> list[Sent]:
    """The whole frames in a stream, as far as it can be taken apart."""
    reader = FrameReader()
    reader.feed(stream.octets)
    found = []
    while (frame := reader.next_frame()) is not None:
        found.append(frame)
    return found


def is_whole(stream: Stream, offset: int) -> bool:
    """Whether the frame that begins at `offset` has come whole, mask and payload."""
    reader = FrameReader()
    reader.feed(stream.octets[offset:])
    return reader.next_frame() is not None


@dataclass
class Compressed:
    """A compressed message in a stream. controls: control frames between its fragments."""

    payload: bytes
    whole: bool = False
    controls: int = 0

    @property
    def final_blocks(self) -> bool:
        """Whether a block with BFINAL set is in it (RFC 7692 §7.2.3.4), whatever window it wants."""
        inflater = zlib.decompressobj(-15)
        try:
            inflater.decompress(self.payload)
        except zlib.error:
            return False
        return inflater.eof


def compressed_messages(stream: Stream) -> list[Compressed]:
    """The compressed messages of a stream under permessage-deflate, up to the first thing that is out of order."""
    found: list[Compressed] = []
    if stream.agreement is None:
        return found
    current: Compressed | None = None
    for frame in frames_of(stream):
        if frame.opcode >= CLOSE:
            if current is not None:
                current.controls += 1
        elif frame.opcode != CONTINUATION:
            current = Compressed(frame.payload, frame.fin) if frame.first & RSV1 else None
            found += [] if current is None else [current]
        elif current is not None:
            current.payload += frame.payload
            current.whole = frame.fin
        if frame.fin and frame.opcode <= BINARY:
            current = None
    return found
