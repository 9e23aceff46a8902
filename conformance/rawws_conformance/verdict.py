"""From what came to a verdict, in the order in which Autobahn tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from rawws_conformance.endpoint import Facts
from rawws_conformance.heads import PeerHead, problem
from rawws_conformance.model import (
    Behavior,
    Case,
    CloseBehavior,
    Closing,
    Event,
    Lost,
    Message,
    Outcome,
    Ping,
    Pong,
    Refused,
    Role,
    Timeout,
)
from rawws_conformance.octets import payload_octets
from rawws_conformance.wirelog import Entry

#: Octets of an event's payload that a result keeps.
_KEPT = 1024


class Came(NamedTuple):
    """An event that came from the peer, or a pause that ended.

    kind: "message", "ping", "pong", "timeout", "refused" or "lost". payload: of a timeout, its name; of a refusal, the
    head of the response. status: of a refusal. left_out: octets at its end that were not kept.
    """

    kind: str
    payload: bytes
    binary: bool = False
    status: int = 0
    left_out: int = 0

    @property
    def length(self) -> int:
        """Octets that the payload had."""
        return len(self.payload) + self.left_out

    def shortened(self) -> Came:
        """The same as far as a result keeps it: with the beginning of its payload."""
        more = self.length - _KEPT
        return self if more <= 0 else self._replace(payload=self.payload[:_KEPT], left_out=more)

    def __str__(self) -> str:
        if self.kind == "timeout":
            return f"the end of pause {self.payload.decode()}"
        if self.kind == "refused":
            return f"a response with status {self.status}"
        if self.kind == "lost":
            return "the end of TCP in the place of a response"
        word = f"{'binary' if self.binary else 'text'} message" if self.kind == "message" else self.kind
        return f"{word} of {self.length} octets {describe(self.payload)}".rstrip()


@dataclass(slots=True)
class Result:
    """What playing a case has shown.

    result, close_result: why, a sentence each. notes: what we saw besides, and what changes no verdict.
    received: the first events that came, each with the beginning of its payload.
    duration: seconds. product: the peer's Server or User-Agent header.
    under_load: whether a time limit decided while other cases kept the peer busy; then it has to be played again alone.
    """

    case_id: str
    behavior: Behavior
    close_behavior: CloseBehavior
    result: str
    close_result: str
    duration: float = 0.0
    received: list[Came] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)
    notes: list[str] = field(default_factory=list)
    product: str = ""
    log: list[Entry] = field(default_factory=list)
    under_load: bool = False
    #: Octets that went each way.
    octets_sent: int = 0
    octets_received: int = 0
    #: Messages of an `Echo` step that went out, and that came back.
    messages: tuple[int, int] = (0, 0)

    @property
    def failed(self) -> bool:
        """Whether the peer did something wrong: what makes the exit status 1."""
        return self.behavior is Behavior.FAILED or self.close_behavior in _FAILED_CLOSES

    @property
    def perfect(self) -> bool:
        """Whether nothing is left to wish for."""
        return self.behavior in _PERFECT and self.close_behavior in _PERFECT_CLOSES


_FAILED_CLOSES = frozenset(
    (CloseBehavior.FAILED, CloseBehavior.UNCLEAN, CloseBehavior.WRONG_CODE, CloseBehavior.FAILED_BY_CLIENT)
)
_PERFECT = frozenset((Behavior.OK, Behavior.INFORMATIONAL))
_PERFECT_CLOSES = frozenset((CloseBehavior.OK, CloseBehavior.INFORMATIONAL))


def describe(octets: bytes, most: int = 32) -> str:
    """Octets for people: text where it is printable, hex where it is not, shortened."""
    if not octets:
        return ""
    head = octets[:most]
    more = "…" if len(octets) > most else ""
    try:
        text = head.decode()
    except UnicodeDecodeError:
        return head.hex() + more
    return f"{text!r}{more}" if text.isprintable() else head.hex() + more


class Expected(NamedTuple):
    """An outcome of a case, with its events as they would come."""

    outcome: Outcome
    events: list[Came | Refused]

    def fits(self, received: list[Came]) -> bool:
        """Whether exactly these events came."""
        if len(self.events) != len(received):
            return False
        return all(_fits(want, came) for want, came in zip(self.events, received, strict=True))

    @property
    def needs_connection(self) -> bool:
        """Whether its events are those of an open connection, to be waited for."""
        return self.outcome.closing is None and not any(
            isinstance(event, (Refused, Lost)) for event in self.outcome.events
        )


def _fits(want: Came | Refused, came: Came) -> bool:
    """Whether an event that came is the expected one."""
    if isinstance(want, Came):
        return want == came
    least, most = want.statuses
    return (
        came.kind == "refused"
        and least <= came.status <= most
        and problem(came.payload, PeerHead(fields=want.fields)) is None
    )


def expected_events(case: Case) -> list[Expected]:
    """The outcomes of a case as they would come."""
    return [Expected(outcome, [_came(event) for event in outcome.events]) for outcome in case.outcomes]


def _came(event: Event) -> Came | Refused:
    match event:
        case Refused():
            return event
        case Lost():
            return Came("lost", b"")
        case Timeout(name):
            return Came("timeout", name.encode())
        case Message(payload, binary):
            return Came("message", payload_octets(payload), binary)
        case Ping(payload):
            return Came("ping", payload_octets(payload))
        case Pong(payload):
            return Came("pong", payload_octets(payload))


def judge_events(expected: list[Expected], received: list[Came]) -> tuple[Behavior, str, Outcome | None]:
    """The first outcome that is what came, or FAILED."""
    for each in expected:
        if each.fits(received):
            return each.outcome.verdict, "The events are those of an outcome that the case expects.", each.outcome
    return Behavior.FAILED, _difference(expected, received), None


def _words(want: Came | Refused) -> str:
    """An expected event for people."""
    if isinstance(want, Came):
        return str(want)
    least, most = want.statuses
    status = f"status {least}" if least == most else f"a status from {least} to {most}"
    return f"a response with {status}" + (" and certain fields" if want.fields else "")


def _difference(expected: list[Expected], received: list[Came]) -> str:
    """Where what came first parts from the outcome that it is nearest to."""
    if not expected:
        return "The case did not come to the point."
    best: list[Came | Refused] = []
    shared = -1
    for each in expected:
        same = 0
        for want, came in zip(each.events, received, strict=False):
            if not _fits(want, came):
                break
            same += 1
        if same > shared:
            best, shared = each.events, same
    if shared < len(best) and shared < len(received):
        return f"Instead of {_words(best[shared])} came {received[shared]}."
    if shared < len(best):
        return f"What never came: {_words(best[shared])}."
    if shared < len(received):
        return f"What must not come came: {received[shared]}."
    return "None of the expected outcomes."


#: How a connection has to end on which a case could not be played.
_UNPLAYED = Closing(by_tester=True, codes=(1000,), clean=True)


def judge_close(closing: Closing, facts: Facts, peer: Role) -> tuple[CloseBehavior, str]:
    """How the connection ended, tested in Autobahn's order."""
    if not facts.was_open:
        why = facts.opening_failed or "it was never completed"
        return CloseBehavior.FAILED, f"The opening handshake failed: {why}."
    if closing.by_tester != facts.closed_by_tester:
        who, other = ("the tester", "the peer") if closing.by_tester else ("the peer", "the tester")
        return CloseBehavior.FAILED, f"The closing handshake was for {who} to start; {other} did, or nobody."
    if closing.clean and not facts.clean:
        return CloseBehavior.UNCLEAN, f"The connection did not end cleanly: {facts.unclean_reason or 'no Close came'}."
    if facts.remote_code is not None and facts.remote_code not in (*closing.codes, *closing.lenient_codes):
        codes = ", ".join(map(str, closing.codes))
        return CloseBehavior.WRONG_CODE, f"The close code is {facts.remote_code}; it may be {codes} or none."
    if peer is Role.SERVER and facts.dropped_by_tester:
        return CloseBehavior.FAILED_BY_CLIENT, "The server left it to the client to end TCP."
    return CloseBehavior.OK, "The connection ended as it should."


def judge(
    case: Case, peer: Role, facts: Facts, received: list[Came], decided: tuple[Behavior, str] | None
) -> tuple[Behavior, str, CloseBehavior, str]:
    """Behavior and close behavior of a played case, each with its sentence.

    decided: what an `Echo` step found, or that the case could not be played; None: the events decide.
    """
    outcome: Outcome | None = None
    if decided is not None:
        behavior, result = decided
    else:
        behavior, result, outcome = judge_events(expected_events(case), received)
    closing = case.closing
    if behavior is Behavior.UNIMPLEMENTED:
        closing = _UNPLAYED
    elif outcome is not None and outcome.closing is not None:
        closing = outcome.closing
    close, close_result = judge_close(closing, facts, peer)
    if facts.was_open:
        behavior, result = _refine(case, closing, facts, (behavior, result), (close, close_result))
    elif outcome is not None and received:
        result = f"An outcome that the case expects: {received[0]}."
        close, close_result = CloseBehavior.OK, "There was no connection to close."
    else:
        behavior = Behavior.FAILED
        result = close_result if not received else f"{result} {close_result}"
    if case.informational and (facts.was_open or close is CloseBehavior.OK):
        result = f"No sentence decides this; seen: {behavior}/{close}. {result}"
        behavior, close = Behavior.INFORMATIONAL, CloseBehavior.INFORMATIONAL
    return behavior, result, close, close_result


def _refine(
    case: Case, closing: Closing, facts: Facts, found: tuple[Behavior, str], close: tuple[CloseBehavior, str]
) -> tuple[Behavior, str]:
    """The behavior on an open connection, when all else is looked at that a case may ask for besides events."""
    behavior, result = found
    if behavior is Behavior.FAILED:
        return found
    if closing.wrong_closer_fails and closing.by_tester != facts.closed_by_tester:
        return Behavior.FAILED, close[1]
    if closing.wrong_code_fails and close[0] is CloseBehavior.WRONG_CODE:
        return Behavior.FAILED, close[1]
    if facts.wrong_head is not None:
        return Behavior.FAILED, f"The peer's head is not what it has to be: {facts.wrong_head}."
    if closing.silent and facts.after_close:
        return Behavior.FAILED, f"Behind the peer's Close came {facts.after_close} frames."
    if case.fresh_masks and len(facts.keys) > 1 and len(set(facts.keys)) == 1:
        return Behavior.FAILED, f"All frames have the same masking key: {facts.keys[0].hex()}."
    if behavior is Behavior.OK and facts.remote_code in closing.lenient_codes:
        code = "no code" if facts.remote_code is None else f"code {facts.remote_code}"
        return Behavior.NON_STRICT, f"The peer's Close came with {code}, or not at all; better is {closing.codes[0]}."
    return behavior, result
