"""What a script is made of: payloads, frames, and the steps that send them. Data, as all of `model`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

# ------------------------------------------------------------------------------------------------------------- payloads


@dataclass(frozen=True, slots=True)
class Octets:
    """A payload written out."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Repeated:
    """`unit` over and over, cut after `length` octets."""

    unit: bytes
    length: int


@dataclass(frozen=True, slots=True)
class Slices:
    """A payload that is another one in every message: message k (from 0) is a piece of a corpus.

    The piece begins at (k * length) modulo the size of the corpus and wraps around at its end. `length` and the size of
    the corpus count characters where the corpus is text, octets where it is not.
    """

    corpus: str
    length: int


Payload = Octets | Repeated

EMPTY = Octets(b"")


# ---------------------------------------------------------------------------------------------------------------- steps


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as it is on the wire, but for the mask.

    A tester that is the client masks every frame with a fresh random key; a tester that is the server masks none.

    opcode: 0 to 15. rsv: 0 to 7, RSV1 is 4. length_octets: 2 or 8, where the length is to take so many octets besides
    the one that it always has, though it needs fewer; None: as few as can be.
    """

    opcode: int
    payload: Payload = EMPTY
    fin: bool = True
    rsv: int = 0
    length_octets: int | None = None


class Write(StrEnum):
    """How octets are cut into writes. A number instead of these words: so many octets a write."""

    TOGETHER = "together"
    FRAME = "frame"


@dataclass(frozen=True, slots=True)
class Send:
    """Send these frames."""

    frames: tuple[Frame, ...]
    write: Write | int = Write.TOGETHER


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Send one message, in fragments where it is longer than `fragment` octets.

    A message of at most `fragment` octets is one frame. A longer one is cut every `fragment` octets; where the cut
    falls on its end, an empty last frame with FIN follows. None: always one frame.
    """

    opcode: int
    payload: Payload
    fragment: int | None = None


@dataclass(frozen=True, slots=True)
class BeginFrame:
    """Send the head of a frame of `length` octets and the first of them; `MoreOfFrame` sends the others."""

    opcode: int
    length: int
    payload: bytes
    fin: bool = True
    rsv: int = 0


@dataclass(frozen=True, slots=True)
class MoreOfFrame:
    """Send the next octets of the frame that `BeginFrame` began, under the same mask."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class SendOctets:
    """Send octets as they are: no frame, no mask."""

    data: bytes


@dataclass(frozen=True, slots=True)
class SendClose:
    """Start the closing handshake: from now on the close is the tester's.

    code: as in the frame; None: no code. reason: the octets that follow, also where there is no code.
    """

    code: int | None = None
    reason: bytes = b""


@dataclass(frozen=True, slots=True)
class CloseAfter:
    """Send an empty Close after so many seconds, if nobody has begun to close by then. The script goes on meanwhile."""

    seconds: float


@dataclass(frozen=True, slots=True)
class KillAfter:
    """After so many seconds: Close 1001, or an end of TCP where the closing handshake has begun. The script goes on."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing for so many seconds, then go on.

    event: where given, the step goes on only while the connection is OPEN, and then leaves `Timeout(event)` among the
    events; where nothing is given, it goes on as long as TCP is there.
    """

    seconds: float
    event: str | None = None


@dataclass(frozen=True, slots=True)
class EndTcp:
    """End TCP, as a server does after a response that is no 101."""


class Compare(StrEnum):
    """What of an echo decides."""

    LENGTH = "length"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Echo:
    """Send messages, each after the echo of the last one; the last step of a script, and the judge of its case.

    A wrong type, length or (with CONTENT) content: FAILED, and Close 1000. After the last echo: OK, and Close 1000.
    Where the case wants permessage-deflate and there is no agreement about it: UNIMPLEMENTED, and Close 1000. Pings and
    pongs of the peer change nothing; pings are answered.

    count: how many messages; quick: how many in a quick run.
    """

    opcode: int
    payload: Payload | Slices
    count: int = 1
    quick: int = 1
    compare: Compare = Compare.LENGTH
    fragment: int | None = None
    write: Write | int = Write.TOGETHER


Step = (
    Send | SendMessage | BeginFrame | MoreOfFrame | SendOctets | SendClose
    | CloseAfter | KillAfter | Wait | EndTcp | Echo
)  # fmt: skip
