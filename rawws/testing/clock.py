"""Time that passes when a test says so."""

from __future__ import annotations

from collections.abc import Iterator

from rawws.core.session import Session


class VirtualClock:
    """A clock for sessions, which take the time as an argument. Call it for the time.

        clock = VirtualClock()
        session = Session(connection, clock())
        clock.watch(session)
        clock.advance(20)    # a ping is due on the way, and goes out
        clock.jump(3600)     # the process was suspended: nothing could be done on the way

    now: seconds. Only goes forward.
    """

    def __init__(self, now: float = 0.0) -> None:
        self.now = now
        self._sessions: list[Session] = []

    def __call__(self) -> float:
        """The time."""
        return self.now

    def watch(self, *sessions: Session) -> None:
        """Call `on_deadline` of these sessions whenever time reaches their deadlines."""
        self._sessions += sessions

    def ticks(self, seconds: float) -> Iterator[float]:
        """Let time pass, and stop at every deadline on the way, after what is due then has been done, and at the end.

        Whoever iterates can carry octets in between. Raises ValueError for a negative number.
        """
        if seconds < 0:
            raise ValueError("time goes forward")
        end = self.now + seconds
        while (deadline := self.next_deadline()) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            self._do_what_is_due()
            yield self.now
            if self.next_deadline() == deadline:
                raise RuntimeError(f"a session left undone what was due at {deadline}")
        self.now = end
        yield self.now

    def advance(self, seconds: float) -> None:
        """Let time pass, and let every session do what is due when it is due."""
        for _ in self.ticks(seconds):
            pass

    def jump(self, seconds: float) -> None:
        """Let time pass at once, as after a suspended process: what was due on the way is due now."""
        if seconds < 0:
            raise ValueError("time goes forward")
        self.now += seconds
        self._do_what_is_due()

    def next_deadline(self) -> float | None:
        """The first deadline of all sessions that are watched, None where there is none."""
        deadlines = [deadline for session in self._sessions if (deadline := session.next_deadline()) is not None]
        return min(deadlines, default=None)

    def _do_what_is_due(self) -> None:
        for session in self._sessions:
            deadline = session.next_deadline()
            if deadline is not None and deadline <= self.now:
                session.on_deadline(self.now)
