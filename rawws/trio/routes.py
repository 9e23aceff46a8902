"""A handler for each path.

    routes = rawws.trio.Routes()

    @routes.at("/rooms/{room}/{number:int}")
    async def join(ws, room, number):
        ...

    await rawws.trio.serve(routes, "127.0.0.1", 8765)

A path that leads nowhere is answered with 404, before there is a connection.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from rawws.core.routes import Parameters, PathPattern, PathTable

if TYPE_CHECKING:
    from rawws.trio.websocket import WebSocket

#: Called with the WebSocket, and with the values of the pattern's names as keywords.
RouteHandler = Callable[..., Awaitable[None]]

_H = TypeVar("_H", bound=RouteHandler)


class Routes:
    """A handler that calls others, by the path of the request; see `rawws.core.routes` for the patterns."""

    def __init__(self) -> None:
        self._table: PathTable[RouteHandler] = PathTable()

    def add(self, pattern: str, handler: RouteHandler) -> None:
        """Let a pattern lead to a handler; of several that match, the one that was added first counts.

        Raises TypeError or ValueError for what is no pattern, for one that was added already, and for a handler that
        cannot be called with a WebSocket and the pattern's names.
        """
        if not callable(handler):
            raise TypeError(f"handler must be a function, not {type(handler).__name__}")
        names = PathPattern(pattern).names
        try:
            inspect.signature(handler).bind(None, **dict.fromkeys(names))
        except TypeError as exc:
            raise TypeError(f"handler of {pattern!r} cannot be called with {['ws', *names]}: {exc}") from None
        self._table.add(pattern, handler)

    def at(self, pattern: str) -> Callable[[_H], _H]:
        """Let a pattern lead to the function below; raises as `add` does."""

        def decorate(handler: _H) -> _H:
            self.add(pattern, handler)
            return handler

        return decorate

    def find(self, path: str) -> tuple[RouteHandler, Parameters] | None:
        """The handler for a path, as it was sent, and the values of the names; None where it leads nowhere."""
        return self._table.find(path)

    async def __call__(self, ws: WebSocket) -> None:
        """Handle one connection."""
        found = self.find(ws.path)
        if found is None:
            # Somebody has let it in without asking.
            await ws.close(1008, "nothing is served at this path")
            return
        handler, parameters = found
        await handler(ws, **parameters)
