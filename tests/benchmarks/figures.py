"""The arithmetic: from what each round gave to one figure, and from two figures to a word."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

#: On a machine that others use, too, two figures within this ratio of each other are the same.
TIE = 1.25


@dataclass(frozen=True)
class Figure:
    """What one contender cost, round by round, in the unit of its row.

    What disturbs a measurement only ever adds to it, so the least is the truest; the median tells how disturbed it was.
    """

    rounds: tuple[float, ...]

    @property
    def least(self) -> float:
        """Of all rounds."""
        return min(self.rounds)

    @property
    def median(self) -> float:
        """Of all rounds."""
        return statistics.median(self.rounds)

    @property
    def noise(self) -> float:
        """How far the median lies above the least: 0.1 is a tenth."""
        return self.median / self.least - 1


def ratio(figure: Figure, other: Figure) -> float:
    """How many times the other's cost this is, least by least."""
    return figure.least / other.least


def paired_ratio(figure: Figure, other: Figure) -> float:
    """The same, round by round, and of that the median: what disturbed a whole round falls out."""
    return statistics.median(mine / theirs for mine, theirs in zip(figure.rounds, other.rounds, strict=True))


def is_tie(value: float, bound: float = 1.0) -> bool:
    """Whether a ratio is as good as `bound` on such a machine, on whichever side of it."""
    return bound / TIE <= value <= bound * TIE


def verdict(value: float, bound: float) -> str:
    """Whether a ratio that should be at most `bound` is: reached, tie (above, but within 1.25 of it) or missed."""
    if value <= bound:
        return "reached"
    return "tie" if is_tie(value, bound) else "missed"
