"""The mutants that no test notices, each with the reason.

`python -m fuzz.mutants --list` prints the keys of those that are not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: "the same": no caller can tell it from the original. "cost": what comes out is the same, at another cost in time or
#: memory. "twice": another line finds the same thing, so that one of the two may be wrong.
Kind = Literal["the same", "cost", "twice"]


@dataclass(frozen=True)
class Because:
    """Why mutants survive. keys: those of the mutants."""

    kind: Kind
    reason: str
    keys: tuple[str, ...]


SURVIVORS: tuple[Because, ...] = ()
