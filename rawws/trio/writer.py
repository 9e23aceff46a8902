"""What has been queued and not been taken by the kernel yet, and who waits for it to go.

`write` writes at once, straight to the socket. What the kernel does not take stays in the backlog, and a task of its
own takes it on, which lives only as long as there is a backlog. `cork` holds a frame back for a moment, so that several
go out as one.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Protocol

import trio

from rawws.trio.corks import corks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rawws.trio.transport import Octets, Transport

#: Octets under a cork that are worth a system call of their own.
MOST_CORKED = 64 * 1024

# Seconds that a frame stays under a cork while its handler computes.
_LONGEST_CORKED = 0.001


class Owner(Protocol):
    """Who is told what becomes of the writing."""

    def room_came(self) -> None:
        """The backlog has gone down to low water."""

    def progress(self) -> None:
        """The sending direction has ended."""


class _Nobody:
    """Who is told when nobody needs to know any more."""

    def room_came(self) -> None:
        """Do nothing."""

    def progress(self) -> None:
        """Do nothing."""


_NOBODY = _Nobody()


class Writer:
    """The sending direction of one connection.

    high_water, low_water: octets in the backlog above which `wait_for_room` waits, and down to which.
    owner: told when the backlog has gone down to low water, and when the sending direction has ended.
    corked: frames that are held back, None where there are none. Whoever appends to them sees to the next two.
    corked_bytes, corked_until: how many octets they are; and until when they may stay, in seconds of `time.monotonic`.
    has_room: whether the next message may be queued: the backlog is not above high water, and nothing is broken.
    broken: the error that ended the sending direction, None while there is none.
    backlog_bytes: octets that the kernel has not taken yet.
    taken: octets that the transport has taken in all.
    express: the socket's own `send`, for whoever writes one frame to thousands; None where a frame cannot simply go to
    the kernel. express_below: the size from which on it must not be used. express_messages, express_length: what has
    gone that way, and has not been counted in the session's statistics yet.
    """

    __slots__ = (
        "_backlog",
        "_busy",
        "_ended",
        "_error",
        "_flushing",
        "_high_water",
        "_low_water",
        "_owner",
        "_room",
        "_transport",
        "backlog_bytes",
        "broken",
        "corked",
        "corked_bytes",
        "corked_until",
        "express",
        "express_below",
        "express_length",
        "express_messages",
        "has_room",
        "taken",
    )

    def __init__(
        self,
        transport: Transport,
        high_water: int,
        low_water: int,
        owner: Owner,
    ) -> None:
        self._transport = transport
        self._high_water = high_water
        self._low_water = low_water
        self._owner = owner
        # These three are made when they are needed: most connections of most servers wait for messages, not for room.
        self._backlog: deque[Octets] | None = None
        self._room: trio.lowlevel.ParkingLot | None = None
        self.corked: list[bytes] | None = None
        self.corked_bytes = 0
        self.corked_until = 0.0
        self._flushing = False
        self._ended = False
        self._error: OSError | None = None
        # Whether a frame cannot simply go to the kernel.
        self._busy = not transport.plain
        self.has_room = True
        self.backlog_bytes = 0
        self.taken = 0
        self.broken: OSError | None = None
        self.express: Callable[[bytes], int] | None = None
        self.express_below = 0
        self.express_messages = 0
        self.express_length = 0

    # -- waiting --------------------------------------------------------------------------------------------------

    async def wait_for_room(self) -> None:
        """Until the backlog has gone down to low water, or will not go any more. Cancelled: nothing has changed."""
        if self.backlog_bytes <= self._high_water:
            return
        while self.backlog_bytes > self._low_water:
            await self._park()

    async def wait_empty(self) -> None:
        """Until the kernel has everything, or the sending direction has ended."""
        self.uncork()
        while self.backlog_bytes:
            await self._park()

    async def _park(self) -> None:
        if self._room is None:
            self._room = trio.lowlevel.ParkingLot()
        await self._room.park()

    def _unpark(self) -> None:
        if self._room is not None:
            self._room.unpark_all()

    # -- writing --------------------------------------------------------------------------------------------------

    def write(self, data: list[bytes]) -> None:
        """Queue octets of the WebSocket and write what the kernel takes. Raises nothing."""
        if self.corked is not None:
            data = self._take_corked() + data
        self._put(data)
        self._go_on()

    def write_frame(self, frame: bytes) -> None:
        """Write one frame as `write` does. Raises nothing."""
        if self._busy:
            self.write([frame])
            return
        try:
            taken = self._transport.send_now(frame)
        except OSError as exc:
            self.fail(exc)
            return
        self.taken += taken
        if taken < len(frame):
            self.write_rest(frame, taken)

    def write_rest(self, frame: bytes, taken: int) -> None:
        """Queue what the kernel has not taken of a frame."""
        # A view, not a copy: see `SocketTransport.send`.
        self._queue([memoryview(frame)[taken:]])
        self._go_on()

    def open_express(self, below: int) -> None:
        """Let `express` be used for frames of messages below this size, until anything else is written."""
        if not self._busy:
            self.express = self._transport.express
            self.express_below = below

    def cork(self, frame: bytes) -> None:
        """Hold a frame back until more have come or somebody waits. Raises nothing."""
        if self.corked is not None:
            self.corked.append(frame)
            self.corked_bytes += len(frame)
            if self.corked_bytes >= MOST_CORKED or time.monotonic() >= self.corked_until:
                self.uncork()
        elif self.backlog_bytes or len(frame) >= MOST_CORKED:
            self.write_frame(frame)
        else:
            self.corked = [frame]
            self.corked_bytes = len(frame)
            self.corked_until = time.monotonic() + _LONGEST_CORKED
            self._busy = True
            self.express = None
            corks().add(self)

    def _take_corked(self) -> list[bytes]:
        corked = self.corked
        if corked is None:
            return []
        self.corked = None
        corks().remove(self)
        return corked

    def uncork(self) -> None:
        """Write what was held back. Raises nothing."""
        if self.corked is not None:
            self._put(self._take_corked())
            self._go_on()

    def uncork_soon(self, token: trio.lowlevel.TrioToken) -> None:
        """Write what was held back now, and wake whoever is to be woken by way of `token`."""
        if self.corked is not None:
            self._put(self._take_corked())
            if self._error is not None or self.backlog_bytes:
                token.run_sync_soon(self._go_on)

    def break_soon(self, token: trio.lowlevel.TrioToken) -> None:
        """End the sending direction, which has failed in a way that nobody foresaw, by way of `token`."""
        self._error = OSError("writing failed")
        token.run_sync_soon(self._go_on)

    def _put(self, data: list[bytes]) -> None:
        """Queue octets and write what the kernel takes; the rest, and the error, are for `_go_on`. Wakes nobody."""
        if self.broken is not None or self._ended:
            return
        try:
            self._put_wire(self._transport.encode(data))
        except OSError as exc:
            self._error = exc

    def _put_wire(self, wire: list[bytes]) -> None:
        self._queue(wire)
        if self._backlog and not self._flushing:
            self._taken(self._transport.send(self._backlog))

    def _queue(self, wire: Sequence[Octets]) -> None:
        self._busy = True
        # Whatever is written may be a Close frame, or the first part of a message: `open_express` judges anew.
        self.express = None
        if self._backlog is None:
            self._backlog = deque()
        self._backlog.extend(wire)
        self.backlog_bytes += sum(map(len, wire))
        self.has_room = self.backlog_bytes <= self._high_water

    def _taken(self, count: int) -> None:
        self.backlog_bytes -= count
        self.taken += count
        self.has_room = self.backlog_bytes <= self._high_water
        if not self.backlog_bytes:
            self._backlog = None
            self._busy = self._ended or not self._transport.plain

    def _go_on(self) -> None:
        """See to what `_put` has left: the error, or a backlog that needs a task."""
        if self._error is not None:
            self.fail(self._error)
        elif self.backlog_bytes and not self._flushing:
            self._flushing = True
            trio.lowlevel.spawn_system_task(self._flush, name="rawws writer")

    # -- the end --------------------------------------------------------------------------------------------------

    def end(self) -> None:
        """Say that nothing more will be sent, once the backlog has gone."""
        self.uncork()
        if self._ended or self.broken is not None:
            return
        try:
            self._put_wire(self._transport.end_of_sending())
        except OSError as exc:
            self._error = exc
        self._ended = self._busy = True
        self._go_on()
        if not self.backlog_bytes:
            self._transport.shutdown()

    def fail(self, exc: OSError) -> None:
        """The network does not take octets any more: drop the backlog and wake everybody."""
        if self.broken is None:
            self.broken = exc
        self._take_corked()
        self._backlog = None
        self.backlog_bytes = 0
        self.has_room = False
        self._busy = True
        self.express = None
        self._unpark()
        self._owner.progress()

    def forget_owner(self) -> None:
        """Tell nobody any more. An owner and its writer would keep each other until the garbage collector comes."""
        self._owner = _NOBODY

    async def _flush(self) -> None:
        """Write until the backlog is empty. A system task: it lets no exception out."""
        try:
            while self._backlog and self.broken is None:
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
                self._taken(taken)
                if self.backlog_bytes <= self._low_water:
                    self._owner.room_came()
                    self._unpark()
        finally:
            self._flushing = False
        if self._ended and self.broken is None:
            self._transport.shutdown()
