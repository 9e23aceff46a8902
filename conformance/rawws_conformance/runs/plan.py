"""In which order cases are played, and which verdicts have to be looked at again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from enum import IntEnum

import trio

from rawws_conformance.endpoint import Wait
from rawws_conformance.model import Case, CloseAfter, KillAfter, Slices
from rawws_conformance.model import Wait as WaitStep
from rawws_conformance.octets import payload_length
from rawws_conformance.verdict import Result

#: Octets from which on a case is heavy.
_HEAVY = 100_000

#: There is load when something that takes a moment on an idle machine takes longer than this part of a time limit.
_PART = 0.5

#: Seconds between two looks at how late the event loop is, and what counts as late.
_LOOK = 0.02
_PUNCTUAL = 0.005

#: A peer has to be woken so often, about, until a case has ended; and so many seconds are enough for anybody.
_STEPS = 10
_MOST_PATIENCE = 10.0

#: What is not even this late, in seconds, is not worth remembering.
_NOTICED = 0.1


class Kind(IntEnum):
    """What a case does to others that are played at the same time."""

    #: Mostly waits by its script: begins first, since it takes seconds and no work.
    WAITING = 0

    #: A few frames and a short time limit.
    LIGHT = 1

    #: Many round trips, each of which waits for the peer: begins when no light case is left.
    TRIPS = 2

    #: So many octets at once that others wait for the peer: begins when no light case is left.
    BULK = 3


def octets_of(case: Case, *, quick: bool) -> int:
    """About how many octets a case sends."""
    echo = case.echo
    if echo is None:
        return 1000
    length = echo.payload.length if isinstance(echo.payload, Slices) else payload_length(echo.payload)
    return (length + 500) * (echo.quick if quick else echo.count)


def kind_of(case: Case, *, quick: bool) -> Kind:
    """What a case does to others."""
    if any(isinstance(step, WaitStep) for step in case.script):
        return Kind.WAITING
    if case.echo is None or octets_of(case, quick=quick) < _HEAVY:
        return Kind.LIGHT
    return Kind.BULK if case.echo.count == 1 else Kind.TRIPS


def by_kind(cases: Iterable[Case], *, quick: bool) -> dict[Kind, list[Case]]:
    """The cases of each kind; the heaviest first where that matters."""
    kinds: dict[Kind, list[Case]] = {kind: [] for kind in Kind}
    for case in cases:
        kinds[kind_of(case, quick=quick)].append(case)
    for kind in (Kind.TRIPS, Kind.BULK):
        kinds[kind].sort(key=lambda case: -octets_of(case, quick=quick))
    return kinds


def limit_of(case: Case) -> float:
    """The shortest time limit of a case, in seconds."""
    limits = [step.seconds for step in case.script if isinstance(step, (KillAfter, CloseAfter, WaitStep))]
    return min([1.0, *limits])


class LoadWatch:
    """Remembers when something was late, and so whether a time limit may have been passed because of load."""

    def __init__(self) -> None:
        self._late: deque[tuple[float, float]] = deque(maxlen=10_000)
        #: How late the event loop was at each look at it, and when that was.
        self._looks: deque[tuple[float, float]] = deque(maxlen=10_000)

    async def look(self) -> None:
        """Look again and again how late the event loop is."""
        while True:
            due = trio.current_time() + _LOOK
            await trio.sleep_until(due)
            now = trio.current_time()
            self.note(now, now - due)
            if now - due > _PUNCTUAL:
                self._looks.append((now, now - due))

    def patience(self, since: float) -> float:
        """How many seconds more than on an idle machine a peer may take that is as late as we have been since then."""
        return min(_STEPS * self._worst(since), _MOST_PATIENCE)

    def was_late(self, since: float, seconds: float) -> bool:
        """Whether the event loop was so late since then."""
        return self._worst(since) > seconds

    def _worst(self, since: float) -> float:
        return max((late for now, late in self._looks if now >= since), default=0.0)

    def note(self, now: float, seconds: float) -> None:
        """Something that takes a moment on an idle machine took so long, and is over `now`."""
        if seconds > _NOTICED:
            self._late.append((now, seconds))

    def was_loaded(self, since: float, limit: float) -> bool:
        """Whether anything since then was so late that a limit of so many seconds cannot be relied on."""
        return any(seconds > limit * _PART for now, seconds in self._late if now >= since)


def is_doubtful(result: Result) -> bool:
    """Whether a verdict might be another one if the peer had been quicker."""
    return not result.perfect and (bool(result.facts.expired) or not result.facts.was_open)


def limit_ran_out(result: Result) -> bool:
    """Whether a time limit ended something; a pause of the script is none."""
    return any(wait is not Wait.SCRIPT for wait in result.facts.expired)
