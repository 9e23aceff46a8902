"""Serving with a plain function: one task for all connections of a server, instead of one for each.

trio can wait for an epoll object as for a socket. So all sockets are in one, a single task waits for it, and what has
come on any of them is read and handed to `on_message` in one go: no task is switched to, and no socket is waited for
one by one. (Where the system has no epoll, each connection has a task: see `serve`.)
"""

from __future__ import annotations

import select
from collections.abc import Callable
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from rawws.trio.websocket import WebSocket

OnMessage = Callable[["WebSocket", "str | bytes"], None]

#: Whether this system has what it takes.
AVAILABLE = hasattr(select, "epoll")

# Messages of one connection in one turn; then it is the others' turn.
_MOST_MESSAGES = 256


class Callbacks:
    """Reads the connections that are added, and calls `on_message` with each message while there is room to answer it.

    on_end: called once for each connection that is not read any more, with what `on_message` raised, if it did.
    """

    def __init__(self, on_message: OnMessage, on_end: Callable[[WebSocket, Exception | None], None]) -> None:
        self._on_message = on_message
        self._on_end = on_end
        self._epoll = select.epoll()
        self._open: dict[int, WebSocket] = {}
        self._paused: set[WebSocket] = set()
        self._unfinished: set[WebSocket] = set()
        self._finishing = False

    # -- what others call -----------------------------------------------------------------------------------------

    def add(self, websocket: WebSocket) -> None:
        """Read this connection from now on."""
        websocket.give_to(self)
        self._open[websocket.fileno()] = websocket
        self._epoll.register(websocket.fileno(), select.EPOLLIN)
        # What came behind the opening handshake is with the connection already.
        self.look_at(websocket)

    def forget(self, websocket: WebSocket, error: Exception | None = None) -> None:
        """Read this connection no more: it is being closed, or its socket will be given back."""
        if not self._reads(websocket):
            return
        fileno = websocket.fileno()
        del self._open[fileno]
        if websocket in self._paused:
            self._paused.discard(websocket)
        else:
            self._epoll.unregister(fileno)
        self._unfinished.discard(websocket)
        websocket.give_back()
        self._on_end(websocket, error)
        if self._finishing:
            self._wake()

    def _reads(self, websocket: WebSocket) -> bool:
        return self._open.get(websocket.fileno()) is websocket

    def look_at(self, websocket: WebSocket) -> None:
        """Something has changed that the socket does not tell."""
        self._unfinished.add(websocket)
        self._wake()

    def finish(self) -> None:
        """Let `run` return when the last connection has gone."""
        self._finishing = True
        self._wake()

    def _wake(self) -> None:
        if not self._epoll.closed:
            trio.lowlevel.notify_closing(self._epoll.fileno())

    # -- the task -------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve, until `finish` has been called and no connection is left; cancelled, cut them all."""
        try:
            while self._open or not self._finishing:
                await self._wait()
                unfinished, self._unfinished = self._unfinished, set()
                # The turn of one connection may end another.
                for websocket in unfinished:
                    if self._reads(websocket):
                        self._turn(websocket, readable=False)
                for fileno, _ in self._epoll.poll(0):
                    if fileno in self._open:
                        self._turn(self._open[fileno], readable=True)
        finally:
            for websocket in tuple(self._open.values()):
                websocket.cut()
            self._epoll.close()

    async def _wait(self) -> None:
        if self._unfinished:
            await trio.lowlevel.checkpoint()
            return
        try:
            await trio.lowlevel.wait_readable(self._epoll.fileno())
        except trio.ClosedResourceError:
            # Woken: there is something unfinished, or nothing left.
            return

    def _turn(self, websocket: WebSocket, *, readable: bool) -> None:
        """Read once, and hand over what has come."""
        try:
            more = websocket.call_back(self._on_message, _MOST_MESSAGES, read=readable)
        except Exception as exc:  # noqa: BLE001  the application's own; `on_end` tells it
            self.forget(websocket, exc)
            return
        if not self._reads(websocket):
            return
        if websocket.ended is not None and not more:
            self.forget(websocket)
        elif websocket.has_room or websocket.broken:
            if websocket in self._paused:
                self._paused.discard(websocket)
                self._epoll.register(websocket.fileno(), select.EPOLLIN)
            if more:
                self._unfinished.add(websocket)
        elif websocket not in self._paused:
            # Nothing is read until there is room for answers; then `look_at` is called.
            self._paused.add(websocket)
            self._epoll.unregister(websocket.fileno())
