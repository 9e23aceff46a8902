"""How a server that restarts sends its clients away."""

from __future__ import annotations

from typing import Any

import pytest

from rawws.core.drain import Drain


@pytest.mark.parametrize(
    ("drain", "reason", "field"),
    [
        (Drain(30.0), "the server is going away", b"30"),
        (Drain(2.1), "the server is going away", b"3"),
        (Drain(30, retry_after=5), "Retry-After: 5", b"5"),
        (Drain(30, retry_after=0), "Retry-After: 0", b"0"),
        (Drain(30, 1001, retry_after=5), "the server is going away", b"5"),
    ],
)
def test_what_clients_are_told(drain: Drain, reason: str, field: bytes) -> None:
    """A 1012 says when to come back, where that is known; a 503 always does."""
    assert drain.reason == reason
    assert drain.fields == [(b"Retry-After", field)]


@pytest.mark.parametrize("count", [0, 1, 2, 7, 1000])
def test_closes_are_spread_evenly(count: int) -> None:
    """Whatever part of the time one looks at, no more are closed in it than its part of the whole, and one."""
    moments = Drain(20.0).moments(count)
    assert len(moments) == count
    assert moments == sorted(moments)
    assert all(0 <= moment < 20.0 for moment in moments)
    for window in (0.5, 1.0, 5.0):
        for start in moments:
            inside = sum(start <= moment < start + window for moment in moments)
            assert inside <= count * window / 20.0 + 1


def test_no_time_at_all() -> None:
    """Over no time, all are closed at once."""
    assert Drain(0).moments(3) == [0, 0, 0]


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        ({"seconds": -1}, ValueError, "seconds"),
        ({"seconds": float("nan")}, ValueError, "seconds"),
        ({"seconds": float("inf")}, ValueError, "seconds"),
        ({"seconds": "30"}, TypeError, "seconds"),
        ({"seconds": True}, TypeError, "seconds"),
        ({"seconds": 1, "retry_after": 1.5}, TypeError, "retry_after"),
        ({"seconds": 1, "retry_after": -1}, ValueError, "retry_after"),
        ({"seconds": 1, "retry_after": 10**9}, ValueError, "retry_after"),
        ({"seconds": 1, "code": 1005}, ValueError, "code"),
        ({"seconds": 1, "code": "1001"}, TypeError, "code"),
    ],
)
def test_wrong_arguments(arguments: dict[str, Any], error: type[Exception], name: str) -> None:
    """What cannot be is refused with the name of the argument."""
    with pytest.raises(error, match=name):
        Drain(**arguments)
