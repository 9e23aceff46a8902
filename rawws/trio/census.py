"""How many connections a server has, in all, in their opening handshake, and from one address."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rawws.core.limits import Limits

#: What `socket.getpeername` gives: (host, port), with more behind it for IPv6.
Address = Any


def show_address(address: Address) -> str:
    """An address as people write it: host:port, [host]:port, or what the connection has instead."""
    if address is None:
        return "a given stream"
    if not isinstance(address, tuple):
        return repr(address) if address else "a local socket"
    host, port = address[0], address[1]
    if not port:
        # Known by the word of a proxy, which tells no port.
        return str(host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Place:
    """A connection's place among the others.

    census: where it is counted, None where it is not. full: the sentence to refuse it with, None where there was room.
    """

    __slots__ = ("_census", "_host", "full")

    def __init__(self, census: Census | None, host: str, full: str | None) -> None:
        self._census = census
        self._host = host
        self.full = full

    def move(self, host: str) -> None:
        """Count the connection for another address: that of the client behind a proxy."""
        if self._census is not None:
            self.full = self._census.move(self._host, host)
            self._host = host

    def leave(self) -> None:
        """Give the place back; safe to call twice."""
        if self._census is not None:
            self._census.leave(self._host)
            self._census = None


class Census:
    """Counts connections against `max_connections`, `max_handshakes` and `max_connections_per_address`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._handshakes = 0
        self._all = 0
        self._by_host: Counter[str] = Counter()

    @property
    def handshakes_full(self) -> bool:
        """Whether no further opening handshake may begin now."""
        return self._limits.max_handshakes is not None and self._handshakes >= self._limits.max_handshakes

    def begin_handshake(self) -> None:
        """Count an opening handshake until `end_handshake`."""
        self._handshakes += 1

    def end_handshake(self) -> None:
        """An opening handshake has ended, whatever came of it."""
        self._handshakes -= 1

    def admit(self, address: Address, *, is_proxy: bool = False) -> Place:
        """Count a connection, where there is room for it, until it leaves.

        is_proxy: whether others come from this address, too, so that it is not counted by it, but see `Place.move`.
        """
        host = str(address[0]) if isinstance(address, tuple) and not is_proxy else ""
        full = self._why_full(host)
        if full is None:
            self._all += 1
            self._by_host[host] += 1
        return Place(self if full is None else None, host, full)

    def leave(self, host: str) -> None:
        """Count a connection no more."""
        self._all -= 1
        self._by_host[host] -= 1
        if not self._by_host[host]:
            del self._by_host[host]

    def move(self, before: str, host: str) -> str | None:
        """Count a connection for another address; the sentence to refuse it with, None where there is room."""
        self._by_host[before] -= 1
        if not self._by_host[before]:
            del self._by_host[before]
        full = self._why_full_for(host)
        self._by_host[host] += 1
        return full

    def _why_full(self, host: str) -> str | None:
        limits = self._limits
        if limits.max_connections is not None and self._all >= limits.max_connections:
            return "the server has as many connections as it may have"
        return self._why_full_for(host)

    def _why_full_for(self, host: str) -> str | None:
        per_address = self._limits.max_connections_per_address
        # A local socket or a given stream has no address that says whose it is.
        if per_address is not None and host and self._by_host[host] >= per_address:
            return "too many connections from one address"
        return None
