"""What one peer may send, and what a run keeps of it, is bounded; and no right peer comes near a bound."""

from __future__ import annotations

import pytest

from rawws_conformance.bounds import bounds_of
from rawws_conformance.cases import autobahn
from rawws_conformance.verdict import Came
from rawws_conformance.wirelog import Entry, LogBudget


@pytest.mark.parametrize(
    ("case_id", "message", "in_all", "frames"),
    [
        ("1.1.1", 1 << 20, 4 << 20, 10_000),
        ("9.1.6", 16 << 20, 32 << 20, 1 << 20),
        ("12.1.18", 1 << 20, 20 * 131072, 100_000),
    ],
)
def test_bounds_follow_the_case(case_id: str, message: int, in_all: int, frames: int) -> None:
    """They are at least what the case asks for, with room to spare, and not ten times as much as that."""
    bounds = bounds_of(autobahn()[case_id], quick=True)
    assert message <= bounds.message <= 10 * message
    assert in_all <= bounds.in_all <= 10 * in_all
    assert frames <= bounds.frames <= 20 * frames


def test_every_case_fits_into_its_bounds() -> None:
    """Whatever a case expects, a frame, a message and all of them together may be."""
    for quick in (True, False):
        for case in autobahn().values():
            bounds = bounds_of(case, quick=quick)
            assert 0 < bounds.message <= bounds.in_all
            assert bounds.kept < 100 << 20 or case.echo is not None


def test_events_are_kept_as_far_as_they_are_shown() -> None:
    """A result holds the beginning of a large payload, and knows how large it was."""
    assert Came("ping", b"x").shortened() == Came("ping", b"x")
    came = Came("message", bytes(100_000), binary=True).shortened()
    assert (len(came.payload), came.length, came.binary) == (1024, 100_000, True)
    assert "binary message of 100000 octets" in str(came)
    assert came.shortened() == came


def entries(number: int, octets: int) -> list[Entry]:
    """A log."""
    return [Entry(0.0, "received", "", bytes(octets), octets) for _ in range(number)]


def test_the_log_of_a_failed_case_is_kept_whole() -> None:
    """As long as there is room, every octet is."""
    log = entries(5, 60_000)
    assert LogBudget().keep(log, whole=True) == log


def test_the_log_of_a_good_case_is_shortened() -> None:
    """Of what went well the beginning of each write is enough."""
    (kept,) = LogBudget().keep(entries(1, 60_000), whole=False)
    assert (len(kept.octets), kept.length) == (16_384, 60_000)


def test_logs_of_a_run_share_a_budget() -> None:
    """When it is used up, the beginning of a log is kept, and that there was more."""
    budget = LogBudget(octets=100_000)
    assert len(budget.keep(entries(1, 60_000), whole=True)) == 1
    for _ in range(3):
        kept = budget.keep(entries(100, 60_000), whole=True)
        assert sum(len(entry.octets) for entry in kept) <= 8192
        assert kept[-1].text.startswith("99 entries are left out here")
    # Short logs are kept whole all the same.
    assert budget.keep(entries(3, 100), whole=True) == entries(3, 100)
    many = budget.keep(entries(1000, 1), whole=True)
    assert len(many) < 40
