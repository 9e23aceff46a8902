"""RFC 6455 §5.5.2: when to ping, when to give up, and how long an answer took."""

from __future__ import annotations

import pytest

from rawws.core.keepalive import Keepalive
from rawws.core.limits import Limits

LIMITS = Limits(ping_interval=20.0, ping_timeout=5.0)


def test_silence_is_asked_about_and_then_given_up() -> None:
    """A ping is due after the interval, once; the end after the timeout that follows."""
    keepalive = Keepalive(LIMITS, 100.0)
    assert keepalive.next_deadline() == 120.0
    assert keepalive.due(119.9) is None
    assert keepalive.due(120.0) == "ping"
    assert keepalive.next_deadline() == 125.0
    assert keepalive.due(124.9) is None
    assert keepalive.due(125.0) == "timeout"


def test_the_timeout_counts_from_the_ping_that_went_out() -> None:
    """Whoever was late with the ping gives the peer the whole time to answer it."""
    keepalive = Keepalive(LIMITS, 0.0)
    assert keepalive.due(50.0) == "ping"
    assert keepalive.due(50.0) is None
    assert keepalive.next_deadline() == 55.0


def test_any_octet_is_a_sign_of_life() -> None:
    """What was heard puts off the ping, and ends the waiting for an answer."""
    keepalive = Keepalive(LIMITS, 0.0)
    keepalive.heard(15.0)
    assert keepalive.next_deadline() == 35.0
    assert keepalive.due(35.0) == "ping"
    keepalive.heard(36.0)
    assert keepalive.due(41.0) is None
    assert keepalive.next_deadline() == 56.0


@pytest.mark.parametrize(
    ("limits", "first", "second"),
    [
        (Limits(ping_interval=None), None, None),
        (Limits(ping_interval=20.0, ping_timeout=None), 20.0, None),
    ],
)
def test_there_may_be_nothing_to_wait_for(limits: Limits, first: float | None, second: float | None) -> None:
    """Without an interval no ping goes out; without a timeout nobody is given up."""
    keepalive = Keepalive(limits, 0.0)
    assert keepalive.next_deadline() == first
    assert keepalive.due(1e9) == (None if first is None else "ping")
    assert keepalive.next_deadline() == second
    assert keepalive.due(2e9) is None


def test_a_pong_answers_its_ping() -> None:
    """The handle learns the time that it took, and so does `latency`."""
    keepalive = Keepalive(LIMITS, 0.0)
    handle = keepalive.sent(b"1", 10.0)
    assert (handle.payload, handle.sent_at, handle.rtt, keepalive.latency) == (b"1", 10.0, None, None)
    assert keepalive.in_flight(b"1")
    assert keepalive.pong(b"1", 10.5) == [handle]
    assert handle.rtt == keepalive.latency == 0.5
    assert not keepalive.in_flight(b"1")


def test_a_pong_answers_the_earlier_pings_too() -> None:
    """§5.5.3: a peer may answer only the latest ping; those behind it go on waiting."""
    keepalive = Keepalive(LIMITS, 0.0)
    handles = [keepalive.sent(b"%d" % number, float(number)) for number in range(5)]
    assert keepalive.pong(b"2", 10.0) == handles[:3]
    assert [handle.rtt for handle in handles] == [10.0, 9.0, 8.0, None, None]
    assert keepalive.latency == 8.0
    assert keepalive.pong(b"4", 11.0) == handles[3:]
    handles = [keepalive.sent(payload, 12.0) for payload in (b"2", b"3", b"1")]
    assert keepalive.pong(b"1", 13.0) == handles


def test_other_pongs_mean_nothing() -> None:
    """An unsolicited pong, one that comes twice, and one with another payload answer no ping."""
    keepalive = Keepalive(LIMITS, 0.0)
    keepalive.sent(b"1", 0.0)
    for payload in (b"", b"2", b"11"):
        assert keepalive.pong(payload, 1.0) == []
    assert len(keepalive.pong(b"1", 2.0)) == 1
    assert keepalive.pong(b"1", 3.0) == []
    assert keepalive.latency == 2.0


def test_pings_in_flight_are_bounded() -> None:
    """A peer that answers none holds the memory of 1,024 pings and no more; the oldest are forgotten."""
    keepalive = Keepalive(LIMITS, 0.0)
    handles = [keepalive.sent(number.to_bytes(4, "big"), 0.0) for number in range(1024)]
    assert keepalive.pong(handles[-1].payload, 0.0) == handles
    handles = [keepalive.sent(number.to_bytes(4, "big"), 0.0) for number in range(5000)]
    assert not keepalive.in_flight(handles[-1025].payload)
    assert keepalive.pong(handles[-1].payload, 0.0) == handles[-1024:]


def test_own_payloads_are_new() -> None:
    """No two pings in flight have the same payload, not even where an application chose one of ours."""
    keepalive = Keepalive(LIMITS, 0.0)
    first = keepalive.new_payload()
    foreseen = first[:-1] + bytes((first[-1] + 1,))
    keepalive.sent(foreseen, 0.0)
    payloads = [keepalive.new_payload() for _ in range(300)]
    assert foreseen not in payloads
    assert len({first, *payloads}) == 301
    assert {len(payload) for payload in payloads} == {6}


def test_own_payloads_are_counted() -> None:
    """A counter from 1 on stands in the last four octets, and begins anew behind its largest number."""
    keepalive = Keepalive(LIMITS, 0.0)
    assert [keepalive.new_payload().hex() for _ in range(2)] == ["f09f00000001", "f09f00000002"]
    keepalive._count = 0xFFFFFFFE
    assert [keepalive.new_payload().hex() for _ in range(2)] == ["f09fffffffff", "f09f00000000"]
