"""Waiting for many sockets at once, for servers whose handlers have a task each.

trio waits for a socket by telling the kernel anew each time, and forgetting it afterwards. Where there are so many
connections that several have something whenever trio looks, that is most of what a small message costs. So from
`MANY` connections on all sockets are in one epoll object, told to the kernel once; one task waits for that object, as
trio can, and wakes the tasks of all the sockets that have something. With fewer it would be a detour.
"""

from __future__ import annotations

import contextlib
import select
from typing import TYPE_CHECKING

import trio

from rawws.trio.callbacks import AVAILABLE
from rawws.trio.per_run import per_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from rawws.trio.transport import SocketTransport

#: Connections from which on one epoll object is cheaper; and to which they may fall until it is not any more.
MANY = 64
FEW = 32


class Seat:
    """The place of one socket in a crowd: the task that waits for it, if one does."""

    __slots__ = ("_crowd", "armed", "fileno", "task", "told")

    def __init__(self, crowd: Crowd, fileno: int) -> None:
        self._crowd = crowd
        self.fileno = fileno
        self.task: trio.lowlevel.Task | None = None
        #: Whether the kernel is to say when the socket has something.
        self.armed = False
        #: Whether it has said so, and whoever waited has not looked yet.
        self.told = False

    async def wait(self) -> None:
        """Until the socket has something. Raises trio.ClosedResourceError when woken by `wake`."""
        if self.task is not None:
            raise trio.BusyResourceError("another task is waiting for this socket")
        if not self.armed and not self._crowd.arm(self):
            await trio.lowlevel.wait_readable(self.fileno)
            return
        self.task = trio.lowlevel.current_task()
        await trio.lowlevel.wait_task_rescheduled(self._abort)
        if not self.told:
            raise trio.ClosedResourceError("woken while waiting for a socket")
        self.told = False

    def tell(self) -> bool:
        """The socket has something; whether anybody has waited for it."""
        task, self.task = self.task, None
        if task is None:
            return False
        self.told = True
        trio.lowlevel.reschedule(task)
        return True

    def wake(self) -> None:
        """Have whoever waits come back with trio.ClosedResourceError."""
        task, self.task = self.task, None
        if task is not None:
            trio.lowlevel.reschedule(task)

    def _abort(self, _raise_cancel: Callable[[], Any]) -> trio.lowlevel.Abort:
        self.task = None
        return trio.lowlevel.Abort.SUCCEEDED


class Crowd:
    """The sockets of the open connections of one trio run."""

    def __init__(self) -> None:
        self._members: dict[int, SocketTransport] = {}
        self._seated = False
        #: What the sockets are in, and what the task that waits for it runs in.
        self._epoll: select.epoll | None = None
        self._scope = trio.CancelScope()

    def add(self, transport: SocketTransport) -> None:
        """This connection is open now, until `remove`."""
        self._members[transport.fileno()] = transport
        if self._seated:
            self._seat(transport)
        elif len(self._members) >= MANY and AVAILABLE:
            self._seated = True
            for member in self._members.values():
                self._seat(member)

    def remove(self, transport: SocketTransport) -> None:
        """This connection waits for its socket no more, or its socket is about to be closed."""
        fileno = transport.fileno()
        if fileno == -1:
            # Somebody else has closed its socket; the number that it had must be looked for.
            fileno = next((number for number, member in self._members.items() if member is transport), -1)
        if self._members.get(fileno) is not transport:
            return
        del self._members[fileno]
        self._unseat(transport)
        if self._seated and len(self._members) < FEW:
            self._seated = False
            for member in self._members.values():
                self._unseat(member)
            self._scope.cancel()
            self._epoll = None

    def _seat(self, transport: SocketTransport) -> None:
        transport.seat = Seat(self, transport.fileno())

    def _unseat(self, transport: SocketTransport) -> None:
        seat, transport.seat = transport.seat, None
        if seat is not None:
            self._disarm(seat)
            seat.wake()

    def arm(self, seat: Seat) -> bool:
        """Have the kernel say when the socket of this seat has something; whether it will."""
        try:
            if self._epoll is None:
                self._gather()
            self._epoll.register(seat.fileno, select.EPOLLIN)  # type: ignore[union-attr]  # `_gather` has made it
        except OSError:
            # The kernel has no room for it: this socket is waited for as without a crowd.
            return False
        seat.armed = True
        return True

    def _disarm(self, seat: Seat) -> None:
        if seat.armed and self._epoll is not None:
            seat.armed = False
            # Whoever closes a socket behind our back has taken it from the epoll object.
            with contextlib.suppress(OSError):
                self._epoll.unregister(seat.fileno)

    def _gather(self) -> None:
        """Begin to wait. Raises OSError."""
        self._epoll = select.epoll()
        self._scope = trio.CancelScope()
        trio.lowlevel.spawn_system_task(self._run, self._epoll, self._scope, name="rawws crowd")

    async def _run(self, epoll: select.epoll, scope: trio.CancelScope) -> None:
        # A system task must let no exception out, and be left by nothing but the end of the run.
        try:
            with scope:
                while True:
                    await trio.lowlevel.wait_readable(epoll.fileno())
                    self._tell(epoll.poll(0))
                    # All those look now, so that what they find is not announced once more.
                    await trio.lowlevel.checkpoint()
        finally:
            epoll.close()

    def _tell(self, ready: list[tuple[int, int]]) -> None:
        """Wake the tasks that wait for these sockets; in a call of its own, after which nothing holds on to them."""
        for fileno, _ in ready:
            member = self._members.get(fileno)
            seat = None if member is None else member.seat
            if seat is not None and not seat.tell():
                # Nobody reads it at the moment, and that it has something need not be said again.
                self._disarm(seat)


#: The crowd of the current trio run.
crowd = per_run("rawws_crowd", Crowd)
