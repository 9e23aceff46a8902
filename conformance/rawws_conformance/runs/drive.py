"""Moves the octets of one connection between a socket and whoever plays on it, without a task of its own."""

from __future__ import annotations

import contextlib
import socket
from collections import deque
from collections.abc import Callable
from typing import Protocol

import trio

from rawws_conformance.runs.wire import Wire

#: Writes in a row without a look at what came.
_WRITES_IN_A_ROW = 128

#: Seconds between two writes where they are paced, so that the other end may read them one by one.
PAUSE = 0.001

#: Who wakes up late is not alone on the machine: then a pause is so many times as long as that, and at most so many
#: times as long as it was meant to be.
_LATE = 3
_LONGEST = 20

#: Seconds that the last octets of a connection may take, and that the other end may take to end TCP.
_LAST_SECONDS = 1.0

#: Seconds for which octets that are there already are read when a deadline has passed.
_LATE_SECONDS = 0.5


class Playable(Protocol):
    """What is driven: `player.Player`, and the tester's own answers (`runs.answers`)."""

    done: bool
    drop: str | None

    @property
    def deadline(self) -> float | None:
        """When `expire` is to be called, if nothing else happens before."""

    def writes(self) -> list[bytes]:
        """What is to be sent."""

    def receive(self, data: bytes, now: float) -> None:
        """Octets came."""

    def receive_end(self, now: float, *, reset: bool = False) -> None:
        """TCP ended."""

    def expire(self, now: float) -> None:
        """Time has passed."""

    def postpone(self, seconds: float) -> None:
        """What was to be sent took us so long: all deadlines are that much later."""


#: How many seconds more than on an idle machine the other end may take by now. It may grow while a connection lasts.
Patience = Callable[[], float]

#: Is told the time, and for how many seconds the other end has let us wait for octets that have just been read.
Waited = Callable[[float, float], None]


class Driver:
    """Drives one connection; `wake` makes it look again at what its player has to send.

    paced: whether each write gets a moment for itself. pause: how many seconds at least. Then time counts from the last
    write on, so that no case depends on how busy we are; unless it is the other end that takes nothing. waited,
    patience: see there.
    """

    def __init__(
        self,
        player: Playable,
        wire: Wire,
        *,
        paced: bool = False,
        pause: float = PAUSE,
        waited: Waited | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._paced = paced
        self._shortest = self._pause = pause
        self._most = 1 if paced else _WRITES_IN_A_ROW
        self._player = player
        self._wire = wire
        self._waited = waited
        self._patience = patience
        self._granted = 0.0
        self._backlog: deque[bytes | memoryview] = deque()
        self._scope: trio.CancelScope | None = None
        #: Since when a paced backlog has been leaving without the other end holding it up.
        self._since: float | None = None
        #: The deadline that has passed while octets kept coming, and when that was first seen.
        self._late: tuple[float, float] | None = None

    def wake(self) -> None:
        """The player has something new to send."""
        if self._scope is not None:
            self._scope.cancel()

    async def run(self) -> None:
        """`play`, then `end`."""
        try:
            await self.play()
        finally:
            await self.end()

    async def play(self) -> None:
        """Move octets until the player is done."""
        player = self._player
        while not player.done:
            with trio.CancelScope(deadline=self._deadline()) as self._scope:
                await self._exchange(self._scope)
            if not player.done and self._scope.cancelled_caught:
                self._expire()
        self._scope = None

    def _deadline(self) -> float:
        """Until when to wait for the other end; while a paced backlog leaves it is us who are slow."""
        deadline = self._player.deadline
        return float("inf") if deadline is None or self._since is not None else deadline

    def cut(self) -> None:
        """End TCP without waiting for anybody. What the kernel takes at once goes out before, unless a reset is due."""
        abort = self._player.drop == "abort"
        if not abort:
            self._backlog.extend(self._player.writes())
            self._most = _WRITES_IN_A_ROW
            self._write()
        self._wire.close(abort=abort)

    async def end(self, last: bytes = b"") -> None:
        """End TCP as the player says; where `last` is given, send that and end TCP without a reset.

        Where there is no reset, what is still to be sent gets a second to leave, and the other end a second to end its
        side: closing a socket with unread octets would reset the connection under what was sent last. Before a reset
        goes out what the kernel takes at once.
        """
        abort = self._player.drop == "abort" and not last
        try:
            self._backlog.extend(self._player.writes())
            self._backlog.extend([last] if last else [])
            if abort:
                self._most = _WRITES_IN_A_ROW
                self._write()
            elif last or self._player.drop == "close":
                with trio.move_on_after(_LAST_SECONDS):
                    await self._finish()
        finally:
            self._wire.close(abort=abort)

    def _expire(self) -> None:
        """A deadline has passed, or somebody woke us.

        What came while nobody looked came in time; but who never stops sending does not put off a deadline for ever.
        """
        now = trio.current_time()
        came = self._read(now)
        deadline = self._deadline()
        if self._player.done or deadline > now:
            return
        if self._late is None or self._late[0] != deadline:
            self._late = (deadline, now)
        more = self._patience() - self._granted if self._patience is not None else 0.0
        if more > 0:
            self._granted += more
            self._player.postpone(more)
        elif not came or now - self._late[1] >= _LATE_SECONDS:
            self._player.expire(now)

    async def _exchange(self, scope: trio.CancelScope) -> None:
        """Move octets until the player is done or the scope is cancelled."""
        player, wire = self._player, self._wire
        while not player.done:
            self._backlog.extend(player.writes())
            blocked = self._write()
            if self._paced:
                self._pace(blocked=blocked)
            deadline = self._deadline()
            if deadline != scope.deadline:
                scope.deadline = deadline
            if self._backlog and not blocked:
                await self._let_read()
                self._read(trio.current_time())
            elif blocked:
                if self._read(trio.current_time()):
                    await trio.lowlevel.checkpoint()  # who sends without reading shall not keep others waiting
                else:
                    await wire.either()
            else:
                asked = trio.current_time()
                await wire.readable()
                now = trio.current_time()
                self._read(now)
                if self._waited is not None:
                    self._waited(now, now - asked)

    async def _let_read(self) -> None:
        """Leave the other end a moment to read what was written; a longer one where the machine is busy."""
        if not self._paced:
            await trio.lowlevel.checkpoint()
            return
        due = trio.current_time() + self._pause
        await trio.sleep_until(due)
        late = trio.current_time() - due
        self._pause = max(self._shortest, min(_LATE * late, _LONGEST * self._shortest))

    def _pace(self, *, blocked: bool) -> None:
        """Stop the clock while writes follow each other, and set it right when the last one has gone."""
        if blocked:
            self._since = None
        elif self._backlog and self._since is None:
            self._since = trio.current_time()
        elif not self._backlog and self._since is not None:
            self._player.postpone(trio.current_time() - self._since)
            self._since = None

    def _read(self, now: float) -> bool:
        """Give the player what is there; whether anything was."""
        try:
            data = self._wire.receive()
        except OSError:
            self._player.receive_end(now, reset=True)
            return True
        if data is None:
            return False
        if data:
            self._player.receive(data, now)
        else:
            self._player.receive_end(now)
        return True

    def _write(self) -> bool:
        """Write some of the backlog; whether the kernel has no more room."""
        backlog = self._backlog
        try:
            for _ in range(self._most):
                if not backlog:
                    break
                data = backlog[0]
                taken = self._wire.send(data)
                if taken < len(data):
                    backlog[0] = memoryview(data)[taken:]
                    return True
                backlog.popleft()
            return not backlog and not self._wire.flush()
        except OSError:
            backlog.clear()  # whoever reads will hear of it
        return False

    async def _finish(self) -> None:
        """Send the last octets, end our side of TCP, and read on until the other side ends."""
        sock = self._wire.sock
        while (blocked := self._write()) or self._backlog:
            if blocked:
                await trio.lowlevel.wait_writable(sock)
            else:
                await trio.lowlevel.checkpoint()
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_WR)
            while True:
                await trio.lowlevel.wait_readable(sock)
                if not sock.recv(65536):  # as they are, TLS or not: nobody looks at them
                    return

