"""Broadcasts to an audience of which some are slow: nobody keeps the rest waiting, and nobody costs memory without end.

    async with rawws.trio.Broadcaster(slow=rawws.trio.Slow.DROP_OLDEST) as audience:

        async def feed(ws):
            with audience.joined(ws):
                async for message in ws:
                    await audience.send(message)

Who takes a message at once gets it at once. For who does not, so many octets waiting for the network already, a few
messages are kept, the same objects for all; a task looks after each such laggard until it has caught up.
"""

from __future__ import annotations

import contextlib
import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Self

import trio

from rawws.core.prepared import PreparedMessage
from rawws.trio.broadcast import deliver

if TYPE_CHECKING:
    from types import TracebackType

    from rawws.trio.websocket import WebSocket

#: The code that a dropped client is told: "Try Again Later", registered with IANA. It may come back, and begin anew.
TRY_AGAIN_LATER = 1013

# Deliveries in one turn; then other tasks have theirs.
_DELIVERIES_PER_TURN = 256


class Slow(Enum):
    """What to do with a client for which too much waits already."""

    #: Forget the oldest message that waits for it: for news of which only the latest counts.
    DROP_OLDEST = "drop oldest"

    #: Close its connection: for streams that are of no use with holes in them.
    DROP_CLIENT = "drop client"

    #: Keep whoever sends waiting, for a time: for messages that nobody may miss. Then close its connection.
    WAIT = "wait"


@dataclass(slots=True)
class BroadcastCounts:
    """What a broadcaster has done.

    delivered: messages that connections have taken. forgotten: messages of DROP_OLDEST. dropped: clients.
    """

    delivered: int = 0
    forgotten: int = 0
    dropped: int = 0


class _Laggard:
    """A client that is behind. waiting: messages for it. moved: told whenever one has gone, or all is over."""

    __slots__ = ("moved", "scope", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[PreparedMessage] = deque()
        self.moved = trio.lowlevel.ParkingLot()
        self.scope = trio.CancelScope()


class Broadcaster:
    """An audience, and what becomes of those in it who are slow; to be entered.

    slow: what to do with them, where `add` is not told otherwise. most_waiting: messages that wait for one client
    beyond what its connection has taken (`Limits.write_high_water`). patience: seconds that WAIT may keep one `send`
    waiting, None for ever. counts: what has happened.

    Leaving the block forgets what waits; the connections stay open. Raises TypeError or ValueError for wrong arguments.
    """

    def __init__(
        self, *, slow: Slow = Slow.DROP_OLDEST, most_waiting: int = 64, patience: float | None = 10.0
    ) -> None:
        self._slow = _check_slow(slow)
        if isinstance(most_waiting, bool) or not isinstance(most_waiting, int):
            raise TypeError(f"most_waiting must be int, not {type(most_waiting).__name__}")
        if most_waiting < 1:
            raise ValueError(f"most_waiting must be at least 1, not {most_waiting!r}")
        if patience is not None and (isinstance(patience, bool) or not isinstance(patience, (int, float))):
            raise TypeError(f"patience must be a number of seconds or None, not {type(patience).__name__}")
        if patience is not None and not 0 <= patience < math.inf:
            raise ValueError(f"patience must be seconds that are not negative, or None: {patience!r}")
        self._most_waiting = most_waiting
        self._patience = math.inf if patience is None else patience
        self._members: dict[WebSocket, Slow] = {}
        self._laggards: dict[WebSocket, _Laggard] = {}
        self._sending = trio.StrictFIFOLock()
        self._manager: contextlib.AbstractAsyncContextManager[trio.Nursery] | None = None
        self._nursery: trio.Nursery | None = None
        self.counts = BroadcastCounts()

    async def __aenter__(self) -> Self:
        if self._manager is not None:
            raise RuntimeError("a Broadcaster is entered once")
        self._manager = trio.open_nursery()
        self._nursery = await self._manager.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        nursery, manager = self._nursery, self._manager
        self._nursery = None
        self._members.clear()
        if nursery is not None and manager is not None:
            nursery.cancel_scope.cancel()
            # Nothing comes out of the nursery's own tasks: the exception of the block is left as it is.
            await manager.__aexit__(None, None, None)

    # -- the audience ---------------------------------------------------------------------------------------------

    @property
    def members(self) -> frozenset[WebSocket]:
        """Who gets the messages."""
        return frozenset(self._members)

    def add(self, websocket: WebSocket, slow: Slow | None = None) -> None:
        """Send messages to this connection from now on, until it ends. slow: what to do when it is."""
        policy = self._slow if slow is None else _check_slow(slow)
        if self._nursery is None:
            raise RuntimeError("a Broadcaster must be entered first")
        self._members[websocket] = policy

    def remove(self, websocket: WebSocket) -> None:
        """Send nothing more to this connection, and forget what waits for it; safe to call twice."""
        self._members.pop(websocket, None)
        self._forget(websocket)

    @contextlib.contextmanager
    def joined(self, websocket: WebSocket, slow: Slow | None = None) -> Iterator[None]:
        """`add` and, at the end of the block, `remove`."""
        self.add(websocket, slow)
        try:
            yield
        finally:
            self.remove(websocket)

    # -- sending --------------------------------------------------------------------------------------------------

    async def send(self, message: str | bytes | bytearray | memoryview, *, compress: bool | None = None) -> None:
        """Send one message to everybody in the audience; several tasks may, and everybody gets one order of them.

        Returns when each connection has taken it, or it waits for that as the policy has it. Only clients with the
        policy WAIT keep this waiting, once it has gone to everybody else. Cancelled before it has begun, nothing was
        sent; cancelled while it waits for a client, the message is with that client's others already.

        compress: as for `broadcast`. Raises rawws.core.errors.WrongType or WrongValue for what cannot be sent.
        """
        prepared = PreparedMessage(message, compress)
        async with self._sending:
            await trio.lowlevel.checkpoint_if_cancelled()
            await self._deliver(prepared)
            await self._wait_for_laggards()

    async def _deliver(self, prepared: PreparedMessage) -> None:
        """Hand a message to every connection, or to what waits for it. Never cancelled halfway."""
        members = list(self._members)
        for start in range(0, len(members), _DELIVERIES_PER_TURN):
            if start:
                await trio.lowlevel.cancel_shielded_checkpoint()
            turn = [member for member in members[start : start + _DELIVERIES_PER_TURN] if member in self._members]
            behind = [member for member in turn if member in self._laggards] if self._laggards else []
            quick = [member for member in turn if member not in self._laggards] if behind else turn
            slow, gone = deliver(quick, prepared)
            self.counts.delivered += len(quick) - len(slow) - len(gone)
            for member in gone:
                self.remove(member)
            for member in (*behind, *slow):
                self._keep(member, prepared)

    def _keep(self, websocket: WebSocket, prepared: PreparedMessage) -> None:
        """See to a message that a connection does not take now."""
        policy = self._members[websocket]
        if policy is Slow.DROP_CLIENT:
            self._drop(websocket)
            return
        laggard = self._laggards.get(websocket)
        if laggard is None:
            if self._nursery is None:
                return
            laggard = self._laggards[websocket] = _Laggard()
            self._nursery.start_soon(self._catch_up, websocket, laggard)
        laggard.waiting.append(prepared)
        if policy is Slow.DROP_OLDEST and len(laggard.waiting) > self._most_waiting:
            laggard.waiting.popleft()
            self.counts.forgotten += 1

    async def _wait_for_laggards(self) -> None:
        """Wait until nobody with the policy WAIT has too much waiting, and drop who needs too long."""
        deadline = trio.current_time() + self._patience
        for websocket, laggard in tuple(self._laggards.items()):
            if self._members.get(websocket) is not Slow.WAIT:
                continue
            with trio.CancelScope(deadline=deadline) as scope:
                while len(laggard.waiting) > self._most_waiting and self._laggards.get(websocket) is laggard:
                    await laggard.moved.park()
            if scope.cancelled_caught and self._laggards.get(websocket) is laggard:
                self._drop(websocket)

    # -- who is behind --------------------------------------------------------------------------------------------

    async def _catch_up(self, websocket: WebSocket, laggard: _Laggard) -> None:
        """Give a client what waits for it, whenever there is room, until it has all of it."""
        with laggard.scope:
            try:
                while laggard.waiting:
                    if websocket.offer(laggard.waiting[0]):
                        laggard.waiting.popleft()
                        self.counts.delivered += 1
                        laggard.moved.unpark_all()
                    else:
                        await websocket.wait_for_room()
            except (trio.ClosedResourceError, trio.BrokenResourceError):
                self._members.pop(websocket, None)
            self._forget(websocket)

    def _forget(self, websocket: WebSocket) -> None:
        laggard = self._laggards.pop(websocket, None)
        if laggard is not None:
            laggard.waiting.clear()
            laggard.scope.cancel()
            laggard.moved.unpark_all()

    def _drop(self, websocket: WebSocket) -> None:
        """Close the connection of a client that is too slow: at its leisure, and nobody waits for that."""
        self.remove(websocket)
        self.counts.dropped += 1
        if self._nursery is not None:
            self._nursery.start_soon(websocket.close, TRY_AGAIN_LATER, "too slow")


def _check_slow(slow: Slow) -> Slow:
    if not isinstance(slow, Slow):
        raise TypeError(f"slow must be a Slow, not {type(slow).__name__}")
    return slow
