"""What a case is: data, and nothing but data.

A case says which octets go out, when, and what has to come back. Nothing here does anything: `player` plays a case,
`exchange` writes it as JSON. Whoever reads the JSON needs this page and no Python.

The two sides are called the *tester* (we) and the *peer* (the implementation under test).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """Which end of the connection the peer is."""

    SERVER = "server"
    CLIENT = "client"


class Behavior(StrEnum):
    """How the peer did, by the events that came from it. The words are Autobahn's."""

    OK = "OK"
    NON_STRICT = "NON-STRICT"
    INFORMATIONAL = "INFORMATIONAL"
    UNIMPLEMENTED = "UNIMPLEMENTED"
    FAILED = "FAILED"


class CloseBehavior(StrEnum):
    """How the connection ended. The words are Autobahn's."""

    OK = "OK"
    INFORMATIONAL = "INFORMATIONAL"
    FAILED_BY_CLIENT = "FAILED BY CLIENT"
    WRONG_CODE = "WRONG CODE"
    UNCLEAN = "UNCLEAN"
    FAILED = "FAILED"


class Level(StrEnum):
    """How binding the sentence is that a case tests (RFC 2119)."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"
    NONE = "NONE"


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

    opcode: 0 to 15. rsv: 0 to 7, RSV1 is 4.
    """

    opcode: int
    payload: Payload = EMPTY
    fin: bool = True
    rsv: int = 0


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
    Send | SendMessage | BeginFrame | MoreOfFrame | SendOctets | SendClose | CloseAfter | KillAfter | Wait | Echo
)  # fmt: skip


# --------------------------------------------------------------------------------------------------------- expectations


@dataclass(frozen=True, slots=True)
class Message:
    """A whole message came."""

    payload: Payload
    binary: bool = False


@dataclass(frozen=True, slots=True)
class Ping:
    """A ping came."""

    payload: Payload = EMPTY


@dataclass(frozen=True, slots=True)
class Pong:
    """A pong came."""

    payload: Payload = EMPTY


@dataclass(frozen=True, slots=True)
class Timeout:
    """A `Wait` with this name ended while the connection was OPEN."""

    name: str


Event = Message | Ping | Pong | Timeout


@dataclass(frozen=True, slots=True)
class Outcome:
    """If exactly these events came, in this order, the behavior is `verdict`."""

    verdict: Behavior
    events: tuple[Event, ...] = ()


class Then(StrEnum):
    """What the tester does when the events that have come are those of every outcome."""

    CLOSE = "close"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Closing:
    """How the connection is to end.

    by_tester: who is to start the closing handshake.
    codes: the close codes that the peer may send; the first is also the one that `Then.CLOSE` sends.
    clean: whether the closing handshake has to be complete, TCP's end in time included.
    wrong_closer_fails, wrong_code_fails: whether that makes the behavior FAILED, too.
    """

    by_tester: bool
    codes: tuple[int, ...]
    clean: bool
    wrong_closer_fails: bool = False
    wrong_code_fails: bool = False


@dataclass(frozen=True, slots=True)
class DeflateWish:
    """What the tester asks of the peer's compressor (RFC 7692): its context and the size of its window, in bits.

    To a server it is an offer of `server_no_context_takeover` and `server_max_window_bits`; to a client it is the
    answer `client_no_context_takeover` and `client_max_window_bits`, if the client's offer allows it.
    """

    no_context_takeover: bool = False
    window_bits: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case.

    id: numbers with dots. group: a few words for all cases that belong together.
    sends, expects: a sentence each, for people.
    requirements: ids of `rawws.spec.REQUIREMENTS`. level: how binding the strictest of them is.
    roles: which peers the case is for.
    script: the steps, from the moment the opening handshake is done.
    outcomes: in this order; none of them: FAILED. Empty where an `Echo` step judges.
    informational: the verdict is INFORMATIONAL whatever came.
    deflate: what to offer or to choose, in order of preference; empty: no permessage-deflate in this case.
    """

    id: str
    group: str
    sends: str
    expects: str
    requirements: tuple[str, ...]
    level: Level
    script: tuple[Step, ...]
    closing: Closing
    outcomes: tuple[Outcome, ...] = ()
    then: Then = Then.CLOSE
    informational: bool = False
    deflate: tuple[DeflateWish, ...] = ()
    roles: tuple[Role, ...] = (Role.SERVER, Role.CLIENT)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The id as numbers, to sort by."""
        return tuple(int(part) for part in self.id.split("."))

    @property
    def echo(self) -> Echo | None:
        """The step that judges, where there is one."""
        last = self.script[-1] if self.script else None
        return last if isinstance(last, Echo) else None


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long the tester waits; the same for every case.

    opening: from the first octet of TCP to the end of the opening handshake.
    close_reply: from our Close to the peer's; then TCP is cut.
    tcp_end: from the end of the closing handshake to the server's end of TCP; then TCP is cut.
    """

    opening: float = 5.0
    close_reply: float = 1.0
    tcp_end: float = 1.0


@dataclass(frozen=True, slots=True)
class Corpus:
    """What the messages of `Slices` are cut from.

    text: whether it is UTF-8, to be cut between characters.
    origin: how it was made, in words.
    """

    name: str
    text: bool
    origin: str
    octets: bytes = field(repr=False)


def sort_key(case_id: str) -> tuple[int, ...]:
    """The numbers of a case id, to sort ids by. Raises ValueError for something that is no id."""
    return tuple(int(part) for part in case_id.split("."))
