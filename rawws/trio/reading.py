"""Who reads a connection: one task at a time, with everybody else who waits for the peer parked beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from rawws.trio.housekeeper import housekeeper

if TYPE_CHECKING:
    from rawws.core.session import Session
    from rawws.trio.transport import Transport
    from rawws.trio.writer import Writer

# After so many reads that had nothing to wait for, one lets other tasks run.
_READS_PER_CHECKPOINT = 32

# A read that brought so many octets leaves more behind, probably of one large message; so many of that must be missing
# to read them straight to where they are needed.
_FULL = 64 * 1024
_WORTH_A_PLACE = 256 * 1024

# A try to read that finds nothing costs a system call and an exception. After one that did, so many reads at most wait
# for the socket first.
_MOST_WAITS = 15


class Reader:
    """The receiving direction of one connection, and the role of reading it.

    held: whether a task, or the callbacks of a server, have the role.
    waiting: who is parked beside the one that reads; None while nobody is.
    at_end: whether nothing more can be read.
    cause: the error that ended the receiving direction, None where there was none.
    time: the time of this trio run, in seconds.
    stall: seconds for which this process had not run before the end, 0.0 for none to speak of.
    """

    __slots__ = (
        "_full",
        "_reads",
        "_session",
        "_skip",
        "_transport",
        "_waits",
        "_writer",
        "at_end",
        "cause",
        "held",
        "stall",
        "time",
        "waiting",
    )

    def __init__(self, transport: Transport, session: Session, writer: Writer) -> None:
        self._transport = transport
        self._session = session
        self._writer = writer
        self.time = housekeeper().time
        self._full = False
        self._reads = 0
        self._waits = 0
        self._skip = 0
        self.held = False
        self.waiting: trio.lowlevel.ParkingLot | None = None
        self.at_end = False
        self.cause: OSError | None = None
        self.stall = 0.0

    async def read_or_wait(self) -> bool:
        """Read once; or, where the role is taken, wait until who has it has made progress; whether others could run."""
        if self.held or self.reads_first():
            return await self.park_or_go_on()
        await self.wait()
        return True

    def reads_first(self) -> bool:
        """Read without waiting, where that paid lately; whether anything came. Else the socket is to be waited for."""
        if self._waits == 0 and self.read():
            self._skip = 0
            self._reads += 1
            return True
        self._learn()
        self._reads = 0
        return False

    async def park_or_go_on(self) -> bool:
        """Where the role is taken, park; behind `reads_first`, go on, now and then after the others; whether they ran.

        Somebody who sends without end must not keep the other tasks from running.
        """
        if self.held:
            await self.park()
        elif self._reads < _READS_PER_CHECKPOINT:
            return False
        else:
            self._reads = 0
            await trio.lowlevel.checkpoint()
        return True

    async def wait(self) -> None:
        """Take the role, wait for the socket, and read."""
        self.held = True
        try:
            await self._transport.wait_readable()
            self.read()
        except trio.ClosedResourceError:
            # Woken, or cut: the caller looks again.
            pass
        except OSError as exc:
            self.fail(exc)
        finally:
            self.held = False
            if self.waiting is not None:
                self.progress()

    def _learn(self) -> None:
        """Read first or wait first by what last paid: after each miss the next try comes later, a hit forgives all."""
        if self._waits:
            self._waits -= 1
        else:
            self._skip = min(2 * self._skip + 1, _MOST_WAITS)
            self._waits = self._skip

    def read(self) -> bool:
        """Read without waiting; whether anything came."""
        if self.at_end:
            return True
        # Whatever the peer is to answer to must be on its way first.
        if self._writer.corked is not None:
            self._writer.uncork()
        try:
            if self._full and (place := self._session.receive_buffer(_WORTH_A_PLACE)) is not None:
                return self._read_into(place)
            data = self._transport.receive()
        except OSError as exc:
            self.fail(exc)
            return True
        if data:
            self._full = len(data) >= _FULL and self._transport.plain
            self._session.receive(data, self.time())
            return True
        if data is None:
            return False
        self.end()
        return True

    def _read_into(self, place: memoryview) -> bool:
        """Read a part of a large message to where it is needed; whether anything came. Raises OSError."""
        count: int | None = None
        try:
            count = self._transport.receive_into(place)
        finally:
            self._session.buffer_received(count or 0, self.time())
        if count == 0:
            self.end()
        return count is not None

    def fail(self, exc: OSError) -> None:
        """The network is broken in both directions."""
        self.cause = exc
        self.end()
        self._writer.fail(exc)

    def end(self) -> None:
        """Nothing more will come."""
        now = self.time()
        self.at_end = True
        self.stall = housekeeper().stalled(now)
        self._session.receive(None, now)

    async def park(self) -> None:
        """Wait until somebody has made progress."""
        if self.waiting is None:
            self.waiting = trio.lowlevel.ParkingLot()
        await self.waiting.park()

    def progress(self) -> None:
        """Wake everybody who is parked, so that each looks whether its own thing has come."""
        waiting = self.waiting
        if waiting is not None:
            self.waiting = None
            waiting.unpark_all()
