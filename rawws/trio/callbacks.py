"""Serving with a plain function: one task for all connections of a server, instead of one for each.

trio can wait for an epoll object as for a socket. So all sockets are in one, a single task waits for it, and what has
come on any of them is read and handed to `on_message` in one go: no task is switched to, and no socket is waited for
one by one. (Where the system has no epoll, each connection has a task: see `serve`.)
"""

from __future__ import annotations

import select
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from rawws.trio.link import Link
    from rawws.trio.websocket import WebSocket


class Left(Enum):
    """What is left to do for a connection after its turn."""

    #: Until the socket announces something.
    NOTHING = "nothing"

    #: Without waiting for anything: messages that wait for their turn.
    MORE = "more"

    #: Until the network has taken what is queued.
    NO_ROOM = "no room"

    #: Nothing more will come.
    END = "end"


# CPython 3.11 takes 100 ns to look a member up on its enumeration.
NOTHING, MORE, NO_ROOM, END = Left

OnMessage = Callable[["WebSocket", "str | bytes"], None]

#: Whether this system has what it takes.
AVAILABLE = hasattr(select, "epoll")

# Messages of one connection in one turn; then it is the others' turn.
_MOST_MESSAGES = 256

# After so many rounds that had nothing to wait for, one lets other tasks run.
_LOOKS_PER_CHECKPOINT = 32


class Callbacks:
    """Reads the connections that are added, and calls `on_message` with each message while there is room to answer it.

    on_end: called once for each connection that is not read any more, with what `on_message` raised, if it did.
    """

    def __init__(self, on_message: OnMessage, on_end: Callable[[WebSocket, Exception | None], None]) -> None:
        self._on_message = on_message
        self._on_end = on_end
        self._epoll = select.epoll()
        self._open: dict[int, WebSocket] = {}
        self._paused: set[Link] = set()
        self._unfinished: set[Link] = set()
        self._finishing = False
        self._looks = 0

    # -- what others call -----------------------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        """Whether `run` has ended, so that nothing can be added any more."""
        return self._epoll.closed

    def add(self, websocket: WebSocket) -> None:
        """Read this connection from now on."""
        websocket.give_to(self)
        self._open[websocket.fileno()] = websocket
        self._paused.add(websocket)  # until the kernel knows it
        if self._listen(websocket):
            # What came behind the opening handshake is with the connection already.
            self.look_at(websocket)

    def forget(self, link: Link, error: Exception | None = None) -> None:
        """Read this connection no more: it is being closed, or its socket will be given back."""
        if not self._reads(link):
            return
        fileno = link.fileno()
        websocket = self._open.pop(fileno)
        if websocket in self._paused:
            self._paused.discard(websocket)
        else:
            self._epoll.unregister(fileno)
        self._unfinished.discard(websocket)
        websocket.give_back()
        self._on_end(websocket, error)
        if self._finishing:
            self._wake()

    def _reads(self, link: Link) -> bool:
        return self._open.get(link.fileno()) is link

    def look_at(self, link: Link) -> None:
        """Something has changed that the socket does not tell."""
        self._unfinished.add(link)
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
                ready = await self._ready()
                unfinished, self._unfinished = self._unfinished, set()
                # The turn of one connection may end another.
                for link in unfinished:
                    if self._reads(link):
                        self._turn(link, readable=False)
                for fileno, _ in ready:
                    if fileno in self._open:
                        self._turn(self._open[fileno], readable=True)
        finally:
            for websocket in tuple(self._open.values()):
                websocket.cut()
            self._epoll.close()

    async def _ready(self) -> list[tuple[int, int]]:
        """The sockets that have something, waiting for one where nothing else is to be done.

        Looking first saves the wait where the peers are quick, and a look that finds nothing is cheap; but the other
        tasks of this run must have their turn, too.
        """
        self._looks += 1
        if self._looks < _LOOKS_PER_CHECKPOINT and (ready := self._epoll.poll(0)):
            return ready
        self._looks = 0
        if self._unfinished:
            await trio.lowlevel.checkpoint()
        else:
            try:
                await trio.lowlevel.wait_readable(self._epoll.fileno())
            except trio.ClosedResourceError:
                # Woken: something is unfinished, or nothing is left.
                return []
        return self._epoll.poll(0)

    def _turn(self, link: Link, *, readable: bool) -> None:
        """Read once, and hand over what has come."""
        try:
            left = link.call_back(self._on_message, _MOST_MESSAGES, read=readable)
        except Exception as exc:  # noqa: BLE001  the application's own; `on_end` tells it
            self.forget(link, exc)
            return
        if (left is NOTHING and not self._paused) or not self._reads(link):
            return
        if left is END:
            self.forget(link)
        elif left is NO_ROOM:
            self._pause(link)
        elif (link not in self._paused or self._listen(link)) and left is MORE:
            self._unfinished.add(link)

    def _pause(self, link: Link) -> None:
        """Read nothing until there is room for answers; `look_at` is called then."""
        if link not in self._paused:
            self._paused.add(link)
            self._epoll.unregister(link.fileno())

    def _listen(self, link: Link) -> bool:
        """Have the kernel tell what comes; where it has no room for that, this connection ends, and no other."""
        try:
            self._epoll.register(link.fileno(), select.EPOLLIN)
        except OSError as exc:
            self.forget(link, exc)
            return False
        self._paused.discard(link)
        return True
