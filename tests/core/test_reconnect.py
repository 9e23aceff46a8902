"""RFC 6455 §7.2.3: when to connect again, and when not to."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from rawws.core.ended import Ended, EndedBy
from rawws.core.failure import Failure, Fault
from rawws.core.reconnect import Cause, ReconnectPolicy, Why, parse_retry_after, why_it_ended

POLICY = ReconnectPolicy(first_delay=4.0, max_delay=60.0, growth=2.0)
NETWORK = Why(Cause.NETWORK)


@pytest.mark.parametrize(
    ("failed", "widest"), [(0, 4.0), (1, 4.0), (2, 8.0), (3, 16.0), (4, 32.0), (5, 60.0), (6, 60.0), (10**9, 60.0)]
)
def test_the_backoff_grows_up_to_its_bound(failed: int, widest: float) -> None:
    """Every delay from none to the widest one is as likely as another, and the widest doubles until it is bounded."""
    assert POLICY.delay(NETWORK, failed, 0.0) == 0.0
    assert POLICY.delay(NETWORK, failed, 0.5) == widest / 2
    almost = POLICY.delay(NETWORK, failed, math.nextafter(1.0, 0.0))
    assert almost is not None
    assert almost < widest


@pytest.mark.parametrize(
    ("growth", "failed", "widest"),
    [(1.0, 10**9, 4.0), (1, 10**9, 4.0), (1.01, 201, 4.0 * 1.01**200), (1.01, 10**9, 60.0), (2, 10**9, 60.0)],
)
def test_slow_growth_comes_to_the_bound_too(growth: float, failed: int, widest: float) -> None:
    """However little it grows with each try, the widest delay grows up to its bound, and never without growth."""
    policy = ReconnectPolicy(first_delay=4.0, max_delay=60.0, growth=growth)
    assert policy.delay(NETWORK, failed, 0.5) == widest / 2
    assert ReconnectPolicy(first_delay=0.0, growth=growth).delay(NETWORK, failed, 0.5) == 0.0


def test_the_first_delay_is_what_the_rfc_suggests() -> None:
    """By default the first one comes within 5 seconds (§7.2.3)."""
    assert ReconnectPolicy().delay(NETWORK, 0, 0.999) == pytest.approx(4.995)


@pytest.mark.parametrize(
    ("why", "pointless"),
    [
        *((Why(Cause.CLOSED, code=code), False) for code in (1000, 1001, 1005, 1011, 1012, 1013, 1014, 4000)),
        *((Why(Cause.CLOSED, code=code), True) for code in (1002, 1003, 1007, 1008, 1009, 1010, 3000, 3003)),
        *((Why(Cause.REFUSED, status=status), False) for status in (408, 421, 425, 429, 500, 502, 503, 504)),
        *((Why(Cause.REFUSED, status=status), True) for status in (200, 301, 400, 401, 403, 404, 410, 426, 501)),
        (Why(Cause.LEFT, code=1008), False),
        (Why(Cause.NETWORK), False),
        (Why(Cause.TIMEOUT), False),
        (Why(Cause.FAILED, code=1002), True),
        (Why(Cause.INVALID_HANDSHAKE), True),
        (Why(Cause.UNTRUSTED), True),
        (Why(Cause.TLS), False),
        (Why(Cause.PROXY), False),
        *((Why(Cause.PROXY, status=status), False) for status in (502, 503, 504)),
        *((Why(Cause.PROXY, status=status), True) for status in (400, 403, 405, 407)),
    ],
)
def test_where_trying_again_is_pointless(why: Why, pointless: bool) -> None:
    """What would come to the same is not tried again, what may pass is."""
    assert POLICY.is_pointless(why) is pointless
    assert (POLICY.delay(why, 1, 0.5) is None) is pointless


def test_attempts_are_bounded() -> None:
    """After so many tries in a row that came to nothing there is no other."""
    policy = ReconnectPolicy(attempts=3)
    assert [policy.delay(NETWORK, failed, 0.0) for failed in range(5)] == [0.0, 0.0, 0.0, None, None]


def test_what_the_server_asks_for_is_waited_for() -> None:
    """|Retry-After| is the least, with the jitter on top; one that is beyond all measure is cut."""
    busy = Why(Cause.REFUSED, status=503, retry_after=30.0)
    assert POLICY.delay(busy, 1, 0.0) == 30.0
    assert POLICY.delay(busy, 1, 0.5) == 32.0
    for_ever = Why(Cause.REFUSED, status=503, retry_after=1e9)
    assert POLICY.delay(for_ever, 1, 0.0) == 3600.0


def test_what_a_policy_is_by_default() -> None:
    """As is documented: 5 seconds at first, twice as much each time, a minute in the end, and no end of attempts."""
    policy = ReconnectPolicy()
    assert (policy.first_delay, policy.growth, policy.max_delay, policy.attempts) == (5.0, 2.0, 60.0, None)
    assert (policy.stable_after, policy.max_retry_after) == (10.0, 3600.0)


@pytest.mark.parametrize(
    "right",
    [
        {"first_delay": 0}, {"max_delay": 0.0}, {"stable_after": 0.5}, {"max_retry_after": 0.5}, {"growth": 1},
        {"growth": 1.5}, {"attempts": 1},
    ],
)  # fmt: skip
def test_the_least_that_may_be_asked_for(right: dict[str, Any]) -> None:
    """No delay at all, no growth, and a single attempt are what somebody may want."""
    ((name, value),) = right.items()
    assert getattr(ReconnectPolicy(**right), name) == value


def test_policies_and_reasons_are_values() -> None:
    """They cannot be changed, equal ones are equal, and a policy's settings are named."""
    closed = Why(Cause.CLOSED, code=1000)
    for one, other in ((closed, dataclasses.replace(closed)), (POLICY, dataclasses.replace(POLICY))):
        assert one == other
        assert hash(one) == hash(other)
    with pytest.raises(dataclasses.FrozenInstanceError):
        NETWORK.code = 1000  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        POLICY.growth = 3.0  # type: ignore[misc]
    with pytest.raises(TypeError):
        ReconnectPolicy(5.0)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "wrong",
    [
        {"first_delay": -1.0}, {"max_delay": math.inf}, {"max_delay": math.nan}, {"first_delay": "soon"},
        {"growth": 0.5}, {"growth": math.nan}, {"attempts": 0}, {"stable_after": -1}, {"max_retry_after": None},
        {"max_delay": float("inf")}, {"growth": math.inf}, {"growth": float("inf")},
        {"growth": "x"}, {"growth": True}, {"first_delay": True}, {"attempts": "3"}, {"attempts": 1.5},
        {"pointless_codes": [1008]}, {"pointless_codes": frozenset({"1008"})}, {"passing_statuses": None},
        {"pointless_causes": frozenset({"network"})},
    ],
)  # fmt: skip
def test_wrong_policies_are_refused(wrong: dict[str, Any]) -> None:
    """What could not be obeyed is a ValueError that names the argument."""
    (name,) = wrong
    with pytest.raises(ValueError, match=name):
        ReconnectPolicy(**wrong)


FAILURE = Failure("6455-5.2-2", "Invalid opcode 0x3", 1002)
OUR_FAULT = Failure("6455-7.1.7-3", "a message could not be completed", 1011, fault=Fault.LOCAL)
SILENCE = Failure("6455-5.5.2-2", "no answer to a ping", 1011, limit="ping_timeout")


@pytest.mark.parametrize(
    ("ended", "cause", "code"),
    [
        (Ended(EndedBy.REMOTE, 1012, "restart", None, clean=True), Cause.CLOSED, 1012),
        (Ended(EndedBy.REMOTE, 1005, "", None, clean=True), Cause.CLOSED, 1005),
        (Ended(EndedBy.LOCAL, 1008, "", None, clean=True), Cause.LEFT, 1008),
        (Ended(EndedBy.LOCAL, 1002, "", FAILURE, clean=False), Cause.FAILED, 1002),
        (Ended(EndedBy.LOCAL, 1011, "", OUR_FAULT, clean=False), Cause.LEFT, 1011),
        (Ended(EndedBy.LOCAL, 1011, "", SILENCE, clean=False), Cause.NETWORK, None),
        (Ended(EndedBy.NETWORK, 1006, "", None, clean=False), Cause.NETWORK, None),
    ],
)
def test_what_an_end_means(ended: Ended, cause: Cause, code: int | None) -> None:
    """The end of a connection tells the closing peer, the failing one and the silent one apart."""
    why = why_it_ended(ended)
    assert (why.cause, why.code) == (cause, code)
    assert str(why) == str(ended)


@pytest.mark.parametrize(
    ("code", "reason", "seconds"),
    [
        (1012, "Retry-After: 30", 30.0),
        (1012, "retry-after:0 ", 0.0),
        (1013, "Retry-After: 7", 7.0),
        (1012, "Retry-After: 9999999999", 9999999999.0),
        (1012, "Retry-After: 99999999999", None),
        (1012, "Retry-After: -1", None),
        (1012, "Retry-After: 1.5", None),
        (1012, "Retry-After: \u0663", None),
        (1012, "Retry-After: soon", None),
        (1012, "in a while; Retry-After: 30", None),
        (1012, "", None),
        (1001, "Retry-After: 30", None),
        (1000, "Retry-After: 30", None),
    ],
)
def test_a_close_that_says_when_to_come_back(code: int, reason: str, seconds: float | None) -> None:
    """The reason of a 1012 or 1013 is obeyed where it says what |Retry-After| would; others are words for people."""
    why = why_it_ended(Ended(EndedBy.REMOTE, code, reason, None, clean=True))
    assert why.retry_after == seconds
    delay = POLICY.delay(why, 0, 0.0)
    assert delay == min(seconds or 0.0, POLICY.max_retry_after)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"0", 0.0),
        (b"120", 120.0),
        (b" 7\t", 7.0),
        (b"9999999999", 9999999999.0),
        (b"99999999999", None),
        (b"Thu, 01 Jan 1970 00:01:40 GMT", 90.0),
        (b"Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        (b"9" * 400, None),
        (b"-1", None),
        (b"1.5", None),
        ("\u0663".encode(), None),
        (b"soon", None),
        (b"", None),
        (b"Thu, 99 Jan 1970 00:00:00 GMT", None),
        (b"\xff\xfe", None),
    ],
)
def test_retry_after(value: bytes, seconds: float | None) -> None:
    """Seconds or a date are understood, whatever else a server writes is as if it had written nothing."""
    assert parse_retry_after(value, 10.0) == seconds
