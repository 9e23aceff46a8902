"""How much a peer may send in one case: bounds that no right peer comes near, so that no wrong one fills the memory."""

from __future__ import annotations

from typing import NamedTuple

from rawws_conformance.model import Case, Message, Ping, Pong, Slices
from rawws_conformance.octets import payload_length

#: Octets that a message may be longer than twice what a case expects: enough for whoever answers with something else.
_SPARE = 1 << 20

#: The same for all that comes in a case.
_SPARE_IN_ALL = 4 << 20

#: Messages, pings and pongs; in round trips, pings and pongs beside the echoes, and so many more for each of these.
_EVENTS = 1000
_PER_MESSAGE = 4

#: Frames; and the octets of fragments that are as small as somebody may want them.
_FRAMES = 10_000
_SMALL_FRAGMENT = 16

#: Octets of a character, at most.
_CHARACTER = 4


class Bounds(NamedTuple):
    """What one case can make use of.

    message: octets of a frame, and of a message, before and after inflation. in_all: octets on the wire, beside twice
    those that were sent. events: messages, pings and pongs that are not echoes. kept: octets of their payloads. frames:
    of whatever kind.
    """

    message: int
    in_all: int
    events: int
    kept: int
    frames: int


def bounds_of(case: Case, *, quick: bool) -> Bounds:
    """The bounds of a case."""
    echo = case.echo
    if echo is not None:
        payload = echo.payload
        largest = _CHARACTER * payload.length if isinstance(payload, Slices) else payload_length(payload)
        count = echo.quick if quick else echo.count
        expected = largest * count
    else:
        lengths = [
            [payload_length(event.payload) for event in outcome.events if isinstance(event, Message | Ping | Pong)]
            for outcome in case.outcomes
        ]
        largest = max((max(each, default=0) for each in lengths), default=0)
        count = 1
        expected = max(map(sum, lengths), default=0)
    return Bounds(
        message=2 * largest + _SPARE,
        in_all=2 * expected + _SPARE_IN_ALL,
        events=_EVENTS + _PER_MESSAGE * count,
        kept=2 * expected + _SPARE,
        frames=_FRAMES + _PER_MESSAGE * count + expected // _SMALL_FRAGMENT,
    )
