"""Fragmented messages, whole and broken (RFC 6455 §5.4)."""

from __future__ import annotations

from rawws_conformance.cases.build import (
    NOTHING,
    came,
    echoes,
    fails,
    more,
    octets,
    ok_or_nothing,
    ping,
    pong,
    send,
    text,
)
from rawws_conformance.model import Case, CloseAfter, Event, Frame, Outcome, Pong, Step, Wait, Write

_GROUP = "fragmentation"
_HELLO = "Hello, world!"
_STRAY = "non-continuation payload"
_FRAGMENTS = tuple(f"fragment{number}" for number in range(1, 6))
_WRITES: tuple[tuple[Write | int, str], ...] = (
    (Write.TOGETHER, "in one write"),
    (Write.FRAME, "a write per frame"),
    (1, "one octet at a time"),
)


def _bad(number: int, sends: str, *frames: Frame, write: Write | int = Write.TOGETHER, rule: str = "6455-5.4-1", outcomes: tuple[Outcome, ...] = NOTHING) -> Case:
    expects = "The connection is failed at once; nothing comes but a Close."
    if outcomes is not NOTHING:
        expects = "The first message comes back, then the connection is failed."
    return fails(f"5.{number}", _GROUP, sends, (send(*frames, write=write),), requirements=(rule,), outcomes=outcomes, expects=expects)


def _good(number: int, sends: str, *steps: Step, events: tuple[Event, ...]) -> Case:
    expects = "The whole message comes back, then a clean close."
    rules: tuple[str, ...] = ("6455-5.4-1",)
    if len(events) > 1:
        expects = "Each pong before the whole message, then a clean close."
        rules = ("6455-5.4-3", "6455-5.5.2-1")
    return echoes(f"5.{number}", _GROUP, sends, steps, *events, requirements=rules, limit=CloseAfter(1), expects=expects)


def _two_fragments(number: int, write: Write | int, how: str) -> Case:
    first, second = _FRAGMENTS[:2]
    steps = send(text(first, fin=False), more(second), write=write)
    return _good(number, f"A text message in two fragments, {how}.", steps, events=(came(first + second),))


def _ping_between(number: int, write: Write | int, how: str) -> Case:
    first, second = _FRAGMENTS[:2]
    steps = send(text(first, fin=False), ping("ping payload"), more(second), write=write)
    events = (Pong(octets("ping payload")), came(first + second))
    return _good(number, f"A text message in two fragments with a ping between them, {how}.", steps, events=events)


def _nothing_to_continue(number: int, *, fin: bool, write: Write | int, how: str) -> Case:
    word = "with" if fin else "without"
    sends = f"A continuation {word} FIN and nothing to continue, then a text message, {how}."
    return _bad(number, sends, more(_STRAY, fin=fin), text(_HELLO), write=write)


def _stray_and_message(number: int, *, fin: bool) -> Case:
    word = "with" if fin else "without"
    one, two, three = _FRAGMENTS[:3]
    frames = (more(one, fin=fin), text(two, fin=False), more(three))
    sends = f"A continuation {word} FIN and nothing to continue, then a text message in two fragments; all of it twice."
    return _bad(number, sends, *frames, *frames)


def _pings_and_pause(number: int, write: Write, how: str) -> Case:
    one, two, three, four, five = _FRAGMENTS
    steps = (
        send(text(one, fin=False), more(two, fin=False), ping("pongme 1!"), write=write),
        Wait(1),
        send(more(three, fin=False), more(four, fin=False), ping("pongme 2!"), more(five), write=write),
    )
    sends = f"A text message in five fragments, with a ping and a second's pause after the second and a ping after the fourth, {how}."
    events = (Pong(octets("pongme 1!")), Pong(octets("pongme 2!")), came("".join(_FRAGMENTS)))
    return _good(number, sends, *steps, events=events)


CASES = (
    _bad(1, "A ping without FIN, then a continuation.", ping("fragment1", fin=False), more("fragment2"), rule="6455-5.5-1"),
    _bad(2, "A pong without FIN, then a continuation.", pong("fragment1", fin=False), more("fragment2"), rule="6455-5.5-1"),
    *(_two_fragments(number, *how) for number, how in enumerate(_WRITES, 3)),
    *(_ping_between(number, *how) for number, how in enumerate(_WRITES, 6)),
    *(_nothing_to_continue(number, fin=True, write=write, how=how) for number, (write, how) in enumerate(_WRITES, 9)),
    *(_nothing_to_continue(number, fin=False, write=write, how=how) for number, (write, how) in enumerate(_WRITES, 12)),
    _bad(
        15,
        "A text message in two fragments, then a continuation without FIN and a text message.",
        text("fragment1", fin=False), more("fragment2"), more("fragment3", fin=False), text("fragment4"),
        outcomes=ok_or_nothing(came("fragment1fragment2")),
    ),
    _stray_and_message(16, fin=False),
    _stray_and_message(17, fin=True),
    _bad(18, "A text frame without FIN, then a text frame with FIN.", text("fragment1", fin=False), text("fragment2"), rule="6455-5.4-2"),
    _pings_and_pause(19, Write.TOGETHER, "in two writes"),
    _pings_and_pause(20, Write.FRAME, "a write per frame"),
)  # fmt: skip
