"""Ways of cutting a stream and what comes of it, from `rawws.testing`; and what these tests ask of an outcome."""

from __future__ import annotations

from rawws.core.events import CloseConnection, Ping, Pong
from rawws.testing.cuts import (
    Chunk,
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
    "bytewise_ends",
    "closes",
    "cut_stream",
    "cuttings",
    "join",
    "pings_and_pongs",
    "randomly",
    "run",
    "run_session",
    "whole",
]


def closes(outcome: Outcome) -> list[CloseConnection]:
    """The ends that were told."""
    return [event for event in outcome.events if isinstance(event, CloseConnection)]


def pings_and_pongs(outcome: Outcome) -> list[Ping | Pong]:
    """The control frames that were told, without the Close."""
    return [event for event in outcome.events if isinstance(event, (Ping, Pong))]
