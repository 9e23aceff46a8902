"""Ways of cutting a stream and what comes of it, from `rawws.testing`; and what these tests ask of an outcome."""

from __future__ import annotations

from collections.abc import Sequence

from rawws.core.events import CloseConnection, Ping, Pong
from rawws.testing.cuts import (
    Chunk,
    Cut,
    around,
    at,
    bytewise,
    bytewise_ends,
    cut_stream,
    cuttings,
    randomly,
    whole,
)
from rawws.testing.outcome import Outcome, Part, join, run, run_session

__all__ = [
    "Chunk",
    "Outcome",
    "Part",
    "around",
    "at",
    "bytewise",
    "closes",
    "cut_stream",
    "cuttings",
    "finest",
    "join",
    "pings_and_pongs",
    "randomly",
    "run",
    "run_session",
    "whole",
]


#: From so many octets on, a stream is cut octet by octet at both ends only.
LONG = 30_000


def finest(chunks: Sequence[Chunk]) -> Cut:
    """How to cut this stream octet by octet: where it is long, what is between are octets of one payload."""
    return bytewise if len(b"".join(filter(None, chunks))) < LONG else bytewise_ends


def closes(outcome: Outcome) -> list[CloseConnection]:
    """The ends that were told."""
    return [event for event in outcome.events if isinstance(event, CloseConnection)]


def pings_and_pongs(outcome: Outcome) -> list[Ping | Pong]:
    """The control frames that were told, without the Close."""
    return [event for event in outcome.events if isinstance(event, (Ping, Pong))]
