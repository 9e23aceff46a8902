"""What has been queued and not been taken by the kernel yet, and who waits for it to go.

`write` writes at once, straight to the socket. What the kernel does not take stays in the backlog, and a task of its
own takes it on, which lives only as long as there is a backlog.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from collections.abc import Callable

    from rawws.trio.transport import Octets, Transport


class Writer:
    """The sending direction of one connection.

    high_water, low_water: octets in the backlog above which `wait_for_room` waits, and down to which.
    on_room, on_broken: called when the backlog has gone down to low water, and when the sending direction has ended.
    broken: the error that ended the sending direction, None while there is none.
    backlog_bytes: octets that the kernel has not taken yet.
    taken: octets that the transport has taken in all.
    """

    def __init__(
        self,
        transport: Transport,
        high_water: int,
        low_water: int,
        *,
        on_room: Callable[[], None],
        on_broken: Callable[[], None],
    ) -> None:
        self._transport = transport
        self._high_water = high_water
        self._low_water = low_water
        self._on_room = on_room
        self._on_broken = on_broken
        self._backlog: deque[Octets] = deque()
        self._room = trio.lowlevel.ParkingLot()
        self._flushing = False
        self._ended = False
        self.backlog_bytes = 0
        self.taken = 0
        self.broken: OSError | None = None

    @property
    def has_room(self) -> bool:
        """Whether the next message may be queued."""
        return self.backlog_bytes <= self._high_water

    async def wait_for_room(self) -> None:
        """Until the backlog has gone down to low water, or will not go any more. Cancelled: nothing has changed."""
        if self.has_room:
            return
        while self.backlog_bytes > self._low_water:
            await self._room.park()

    async def wait_empty(self) -> None:
        """Until the kernel has everything, or the sending direction has ended."""
        while self.backlog_bytes:
            await self._room.park()

    def write(self, data: list[bytes]) -> None:
        """Queue octets of the WebSocket and write what the kernel takes. Raises nothing."""
        if self.broken is not None or self._ended:
            return
        try:
            wire = self._transport.encode(data)
        except OSError as exc:
            self.fail(exc)
            return
        self._queue(wire)

    def end(self) -> None:
        """Say that nothing more will be sent, once the backlog has gone."""
        if self._ended or self.broken is not None:
            return
        self._ended = True
        self._queue(self._transport.end_of_sending())
        if not self.backlog_bytes:
            self._transport.shutdown()

    def _queue(self, wire: list[bytes]) -> None:
        self._backlog.extend(wire)
        self.backlog_bytes += sum(map(len, wire))
        if self.backlog_bytes and not self._flushing:
            self._write_some()
            if self.backlog_bytes:
                self._flushing = True
                trio.lowlevel.spawn_system_task(self._flush, name="rawws writer")

    def _write_some(self) -> None:
        try:
            taken = self._transport.send(self._backlog)
        except OSError as exc:
            self.fail(exc)
        else:
            self.backlog_bytes -= taken
            self.taken += taken

    def fail(self, exc: OSError) -> None:
        """The network does not take octets any more: drop the backlog and wake everybody."""
        if self.broken is None:
            self.broken = exc
        self._backlog.clear()
        self.backlog_bytes = 0
        self._room.unpark_all()
        self._on_broken()

    async def _flush(self) -> None:
        """Write until the backlog is empty. A system task: it lets no exception out."""
        try:
            while self.backlog_bytes and self.broken is None:
                try:
                    taken = await self._transport.send_later(self._backlog)
                except trio.ClosedResourceError:
                    # Woken, or closed: the loop's condition decides.
                    await trio.lowlevel.checkpoint()
                    continue
                except OSError as exc:
                    self.fail(exc)
                    return
                if self.broken is not None:
                    return
                self.backlog_bytes -= taken
                self.taken += taken
                if self.backlog_bytes <= self._low_water:
                    self._on_room()
                    self._room.unpark_all()
        finally:
            self._flushing = False
        if self._ended and self.broken is None:
            self._transport.shutdown()
