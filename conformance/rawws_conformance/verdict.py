"""From what came to a verdict, in the order in which Autobahn tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from rawws_conformance.endpoint import Facts
from rawws_conformance.model import Behavior, Case, CloseBehavior, Message, Ping, Pong, Role, Timeout
from rawws_conformance.octets import payload_octets
from rawws_conformance.wirelog import Entry


class Came(NamedTuple):
    """An event that came from the peer, or a pause that ended.

    kind: "message", "ping", "pong" or "timeout". payload: of a timeout, its name.
    """

    kind: str
    payload: bytes
    binary: bool = False

    def __str__(self) -> str:
        if self.kind == "timeout":
            return f"the end of pause {self.payload.decode()}"
        word = f"{'binary' if self.binary else 'text'} message" if self.kind == "message" else self.kind
        return f"{word} of {len(self.payload)} octets {describe(self.payload)}".rstrip()


@dataclass(slots=True)
class Result:
    """What playing a case has shown.

    result, close_result: why, a sentence each. notes: what we saw besides, and what changes no verdict.
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


def expected_events(case: Case) -> list[tuple[Behavior, list[Came]]]:
    """The outcomes of a case as they would come."""
    found = []
    for outcome in case.outcomes:
        events = []
        for event in outcome.events:
            if isinstance(event, Timeout):
                events.append(Came("timeout", event.name.encode()))
            else:
                events.append(_came(event))
        found.append((outcome.verdict, events))
    return found


def _came(event: Message | Ping | Pong) -> Came:
    payload = payload_octets(event.payload)
    if isinstance(event, Message):
        return Came("message", payload, event.binary)
    return Came("ping" if isinstance(event, Ping) else "pong", payload)


def judge_events(expected: list[tuple[Behavior, list[Came]]], received: list[Came]) -> tuple[Behavior, str]:
    """The first outcome that is what came, or FAILED."""
    for verdict, events in expected:
        if events == received:
            return verdict, "The events are those of an outcome that the case expects."
    return Behavior.FAILED, _difference(expected, received)


def _difference(expected: list[tuple[Behavior, list[Came]]], received: list[Came]) -> str:
    """Where what came first parts from the outcome that it is nearest to."""
    if not expected:
        return "The case did not come to the point."
    best: list[Came] = []
    shared = -1
    for _verdict, events in expected:
        same = 0
        for have, want in zip(received, events, strict=False):
            if have != want:
                break
            same += 1
        if same > shared:
            best, shared = events, same
    if shared < len(best) and shared < len(received):
        return f"Instead of {best[shared]} came {received[shared]}."
    if shared < len(best):
        return f"What never came: {best[shared]}."
    if shared < len(received):
        return f"What must not come came: {received[shared]}."
    return "None of the expected outcomes."


def judge_close(case: Case, facts: Facts, peer: Role) -> tuple[CloseBehavior, str]:
    """How the connection ended, tested in Autobahn's order."""
    closing = case.closing
    if not facts.was_open:
        why = facts.opening_failed or "it was never completed"
        return CloseBehavior.FAILED, f"The opening handshake failed: {why}."
    if closing.by_tester != facts.closed_by_tester:
        who, other = ("the tester", "the peer") if closing.by_tester else ("the peer", "the tester")
        return CloseBehavior.FAILED, f"The closing handshake was for {who} to start; {other} did, or nobody."
    if closing.clean and not facts.clean:
        return CloseBehavior.UNCLEAN, f"The connection did not end cleanly: {facts.unclean_reason or 'no Close came'}."
    if facts.remote_code is not None and facts.remote_code not in closing.codes:
        codes = ", ".join(map(str, closing.codes))
        return CloseBehavior.WRONG_CODE, f"The close code is {facts.remote_code}; it may be {codes} or none."
    if peer is Role.SERVER and facts.dropped_by_tester:
        return CloseBehavior.FAILED_BY_CLIENT, "The server left it to the client to end TCP."
    return CloseBehavior.OK, "The connection ended as it should."


def judge(
    case: Case, peer: Role, facts: Facts, received: list[Came], echo_verdict: tuple[Behavior, str] | None
) -> tuple[Behavior, str, CloseBehavior, str]:
    """Behavior and close behavior of a played case, each with its sentence.

    echo_verdict: what an `Echo` step found; None where the case has none.
    """
    behavior, result = echo_verdict or judge_events(expected_events(case), received)
    close, close_result = judge_close(case, facts, peer)
    if not facts.was_open:
        return Behavior.FAILED, close_result, close, close_result
    closing = case.closing
    wrong_closer = closing.wrong_closer_fails and closing.by_tester != facts.closed_by_tester
    wrong_code = closing.wrong_code_fails and close is CloseBehavior.WRONG_CODE
    if behavior is not Behavior.FAILED and (wrong_closer or wrong_code):
        behavior, result = Behavior.FAILED, close_result
    if case.informational:
        result = f"No sentence decides this; seen: {behavior}/{close}. {result}"
        behavior, close = Behavior.INFORMATIONAL, CloseBehavior.INFORMATIONAL
    return behavior, result, close, close_result
