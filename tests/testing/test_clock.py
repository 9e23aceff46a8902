"""A virtual clock stops where somebody is waiting, and nowhere else."""

from __future__ import annotations

import pytest

from rawws.core.connection import SERVER, Connection, ConnectionState
from rawws.core.limits import Limits
from rawws.core.session import Session
from rawws.testing import VirtualClock
from rawws.testing.frames import pong, take_apart

LIMITS = Limits(ping_interval=20.0, ping_timeout=5.0)


def watched(clock: VirtualClock, limits: Limits = LIMITS) -> Session:
    """A session of that clock."""
    session = Session(Connection(SERVER, limits=limits), clock())
    clock.watch(session)
    return session


def test_what_is_due_is_done_on_the_way() -> None:
    """The ping goes out at 20 seconds though the clock was told to go to 24, and at 25 the peer is given up."""
    clock = VirtualClock()
    session = watched(clock)
    assert list(clock.ticks(24)) == [20.0, 24.0]
    assert [frame.opcode for frame in take_apart(b"".join(session.data_to_send()))] == [0x9]
    clock.advance(1)
    assert clock() == 25.0
    assert session.failure is not None
    assert session.failure.limit == "ping_timeout"
    assert clock.next_deadline() is None


def test_whoever_iterates_can_answer() -> None:
    """Between two ticks the peer's pong can be carried, and the connection lives for ever."""
    clock = VirtualClock(100.0)
    session = watched(clock)
    for now in clock.ticks(1000):
        for frame in take_apart(b"".join(session.data_to_send())):
            session.receive(pong(frame.payload).to("server"), now)
        session.next_message()
    assert clock() == 1100.0
    assert session.state is ConnectionState.OPEN
    assert session.stats.pings_sent == session.stats.pongs_received == 50


def test_a_jump_does_not_stop() -> None:
    """After a jump what was due is due now: one ping, not fifty."""
    clock = VirtualClock()
    session = watched(clock)
    clock.jump(1000)
    assert session.stats.pings_sent == 1
    assert clock.next_deadline() == 1005.0


def test_time_goes_forward() -> None:
    """Neither way of passing time takes a negative number."""
    clock = VirtualClock()
    with pytest.raises(ValueError, match="forward"):
        clock.advance(-1)
    with pytest.raises(ValueError, match="forward"):
        clock.jump(-1)
    assert clock.next_deadline() is None


def test_a_deadline_that_stays_is_an_error() -> None:
    """A session that does nothing when its time has come would hold the clock for ever: that is said."""

    class Lazy(Session):
        """Never does anything."""

        def on_deadline(self, now: float) -> None:
            """As it says."""

    clock = VirtualClock()
    clock.watch(Lazy(Connection(SERVER, limits=LIMITS)))
    with pytest.raises(RuntimeError, match="left undone"):
        clock.advance(30)
