"""What a case is: data, and nothing but data.

A case says which octets go out, when, and what has to come back. Nothing here does anything: `player` plays a case,
`exchange` writes it as JSON. Whoever reads the JSON needs this page and no Python.

The two sides are called the *tester* (we) and the *peer* (the implementation under test).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from rawws_conformance.heads import Field, Head, Opening, PeerHead
from rawws_conformance.steps import (
    EMPTY,
    BeginFrame,
    CloseAfter,
    Compare,
    Echo,
    EndTcp,
    Frame,
    KillAfter,
    MoreOfFrame,
    Octets,
    Payload,
    Repeated,
    Send,
    SendClose,
    SendMessage,
    SendOctets,
    Slices,
    Step,
    Wait,
    Write,
)

__all__ = [
    "EMPTY", "BeginFrame", "Behavior", "Case", "CloseAfter", "CloseBehavior", "Closing", "Compare", "Corpus",
    "DeflateWish", "Echo", "EndTcp", "Event", "Field", "Frame", "Head", "KillAfter", "Level", "Lost", "Message",
    "MoreOfFrame", "Octets", "Opening", "Outcome", "Payload", "PeerHead", "Ping", "Pong", "Refused", "Repeated", "Role",
    "Seconds", "Send", "SendClose", "SendMessage", "SendOctets", "Slices", "Step", "Then", "Timeout", "Wait", "Write",
    "sort_key",
]  # fmt: skip


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


@dataclass(frozen=True, slots=True)
class Refused:
    """A server answered the request with another status than 101. Nothing can come before it, and nothing after it.

    statuses: from and to. fields: what has to be true of the response.
    """

    statuses: tuple[int, int]
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Lost:
    """A server ended TCP instead of answering the request."""


Event = Message | Ping | Pong | Timeout | Refused | Lost


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
    lenient_codes: what the peer may send as well, but then the behavior is NON-STRICT; None: no code at all.
    silent: whether it makes the behavior FAILED when anything comes behind the peer's Close.
    """

    by_tester: bool
    codes: tuple[int, ...]
    clean: bool
    wrong_closer_fails: bool = False
    wrong_code_fails: bool = False
    lenient_codes: tuple[int | None, ...] = ()
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """If exactly these events came, in this order, the behavior is `verdict`.

    closing: how the connection then has to end, if not as the case says. Such an outcome is not waited for.
    """

    verdict: Behavior
    events: tuple[Event, ...] = ()
    closing: Closing | None = None


@dataclass(frozen=True, slots=True)
class DeflateWish:
    """What the tester asks of the peer's compressor (RFC 7692): its context and the size of its window, in bits.

    To a server it is an offer of `server_no_context_takeover` and `server_max_window_bits`; to a client it is the
    answer `client_no_context_takeover` and `client_max_window_bits`, if the client's offer allows it.

    own_no_context_takeover, own_window_bits: as the server, the tester says so of its own compressor, asked or not.
    """

    no_context_takeover: bool = False
    window_bits: int | None = None
    own_no_context_takeover: bool = False
    own_window_bits: int | None = None


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
    deflate: what to offer or to choose, in order of preference; empty: no permessage-deflate in this case. Where there
    is no agreement about it, the case is UNIMPLEMENTED.
    opening: what is different about the opening handshake; None: nothing.
    fresh_masks: whether it makes the behavior FAILED when all frames of a client have the same masking key.
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
    opening: Opening | None = None
    fresh_masks: bool = False

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
