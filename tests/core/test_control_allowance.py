"""How many control frames are welcome: a burst, so many per second, and one for each data frame."""

from __future__ import annotations

import math

import pytest

from rawws.core.control_allowance import ControlAllowance
from rawws.core.limits import Limits

LIMITS = Limits(max_control_burst=3, control_frames_per_second=2.0)


def spend(allowance: ControlAllowance, count: int, now: float) -> list[bool]:
    """Whether each of so many control frames was welcome."""
    return [allowance.spend(now, 0) for _ in range(count)]


def test_a_burst_is_welcome_and_no_more() -> None:
    """So many at once, and not one above it."""
    assert spend(ControlAllowance(LIMITS, 0.0), 4, 0.0) == [True, True, True, False]


def test_time_pays_in() -> None:
    """So many per second are always welcome; silence saves up no more than a burst."""
    allowance = ControlAllowance(LIMITS, 0.0)
    assert spend(allowance, 3, 0.0) == [True] * 3
    assert spend(allowance, 1, 0.5) == [True]
    assert spend(allowance, 2, 1.5) == [True] * 2
    assert spend(allowance, 4, 1000.0) == [True, True, True, False]


def test_a_steady_rate_is_welcome_for_ever() -> None:
    """Who keeps to the rate never runs out; who goes a little beyond does in the end."""
    steady = ControlAllowance(LIMITS, 0.0)
    assert all(steady.spend(index / 2, 0) for index in range(1000))
    hasty = ControlAllowance(LIMITS, 0.0)
    assert not all(hasty.spend(index / 3, 0) for index in range(1000))


def test_data_pays_in() -> None:
    """Each data frame pays for one control frame, up to a burst."""
    allowance = ControlAllowance(LIMITS, 0.0)
    assert all(allowance.spend(0.0, count) for count in range(1, 101))
    assert [allowance.spend(0.0, 1100) for _ in range(4)] == [True, True, True, False]


def test_a_clock_that_goes_backward_takes_nothing() -> None:
    """A time that is earlier than the last one is no debt."""
    allowance = ControlAllowance(LIMITS, 100.0)
    assert spend(allowance, 3, 0.0) == [True] * 3


def test_there_may_be_no_bound() -> None:
    """Without a burst everything is welcome."""
    allowance = ControlAllowance(Limits(max_control_burst=None), 0.0)
    assert all(spend(allowance, 10_000, 0.0))
    assert all(allowance.spend(-1.0 * count, 0) for count in range(10))


@pytest.mark.parametrize("burst", [1, 3, None])
def test_a_rate_may_be_without_bound(burst: int | None) -> None:
    """At infinitely many per second everything is welcome, whether time has passed or not."""
    allowance = ControlAllowance(Limits(max_control_burst=burst, control_frames_per_second=math.inf), 0.0)
    assert all(allowance.spend(now, 0) for now in (0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.5, 0.5))


def test_a_burst_of_none_lets_none_through() -> None:
    """What time and data pay in is kept up to a burst: where that is 0, nothing is kept."""
    allowance = ControlAllowance(Limits(max_control_burst=0), 0.0)
    assert [allowance.spend(now, now) for now in range(10)] == [False] * 10


def test_each_data_frame_pays_once() -> None:
    """It is the data frames since the last control frame that count."""
    allowance = ControlAllowance(Limits(max_control_burst=10, control_frames_per_second=0.0), 0.0)
    assert [allowance.spend(0.0, 3) for _ in range(10)] == [True] * 10
    assert [allowance.spend(0.0, 5) for _ in range(3)] == [True, True, False]
