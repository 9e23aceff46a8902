"""How a server that restarts sends its clients away."""

from __future__ import annotations

from typing import Any

import pytest

from rawws.core.drain import GOING_AWAY, SERVICE_RESTART, Drain


@pytest.mark.parametrize(
    ("arguments", "reason", "field"),
    [
        ({"seconds": 30.0}, "the server is going away", b"30"),
        ({"seconds": 2.1}, "the server is going away", b"3"),
        ({"seconds": 30, "retry_after": 5}, "Retry-After: 5", b"5"),
        ({"seconds": 30, "retry_after": 0}, "Retry-After: 0", b"0"),
        ({"seconds": 30, "retry_after": 10**9 - 1}, "Retry-After: 999999999", b"999999999"),
        ({"seconds": 30, "code": 1012, "retry_after": 5}, "Retry-After: 5", b"5"),
        ({"seconds": 30, "code": 1001, "retry_after": 5}, "the server is going away", b"5"),
    ],
)
def test_what_clients_are_told(arguments: dict[str, Any], reason: str, field: bytes) -> None:
    """A 1012 says when to come back, where that is known; a 503 always does."""
    drain = Drain(**arguments)
    assert drain.reason == reason
    assert drain.fields == [(b"Retry-After", field)]


def test_codes() -> None:
    """1001 and 1012 have the numbers of RFC 6455 §7.4.1 and of IANA; the second one is the default."""
    assert (GOING_AWAY, SERVICE_RESTART) == (1001, 1012)
    assert Drain(30).code == 1012


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
        ({"seconds": 1, "retry_after": 10**9 + 1}, ValueError, "retry_after"),
        ({"seconds": 1, "code": 1005}, ValueError, "code"),
        ({"seconds": 1, "code": "1001"}, TypeError, "code"),
    ],
)
def test_wrong_arguments(arguments: dict[str, Any], error: type[Exception], name: str) -> None:
    """What cannot be is refused with the name of the argument."""
    with pytest.raises(error, match=name):
        Drain(**arguments)
