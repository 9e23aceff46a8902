"""Connections by name: of a user, of a room, of whatever an application finds them by."""

from __future__ import annotations

import contextlib
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from rawws.trio.websocket import WebSocket

_K = TypeVar("_K", bound=Hashable)


class Registry(Generic[_K]):
    """Who is connected, by key; a connection may have several keys, and a key several connections.

    `registry["alice"]` gives those of a key, none for a key that nobody has; iterating gives the keys that somebody
    has.
    """

    def __init__(self) -> None:
        self._by_key: dict[_K, dict[WebSocket, int]] = {}

    @contextlib.contextmanager
    def entered(self, key: _K, websocket: WebSocket) -> Iterator[None]:
        """Have the connection stand under this key for the block; of several such blocks, until the last has ended."""
        connections = self._by_key.setdefault(key, {})
        connections[websocket] = connections.get(websocket, 0) + 1
        try:
            yield
        finally:
            connections[websocket] -= 1
            if not connections[websocket]:
                del connections[websocket]
            if not connections and self._by_key.get(key) is connections:
                del self._by_key[key]

    def __getitem__(self, key: _K) -> frozenset[WebSocket]:
        return frozenset(self._by_key.get(key, ()))

    def __contains__(self, key: object) -> bool:
        return key in self._by_key

    def __iter__(self) -> Iterator[_K]:
        return iter(tuple(self._by_key))

    def __len__(self) -> int:
        return len(self._by_key)
