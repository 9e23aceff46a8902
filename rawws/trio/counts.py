"""What a server has done since it began, in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from rawws.core.ended import SessionStats

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rawws.trio.link import Link


@dataclass(slots=True)
class Counts:
    """Counts that only grow.

    opened: connections whose opening handshake has succeeded. refused: opening handshakes that were answered with
    another status than 101, by that status; answers of `on_request` among them. failed: opening handshakes that came to
    nothing without an answer. cut: connections that were cut before their opening handshake, for want of room.
    closed: connections that have ended, by their code (1006: without a closing handshake). handler_errors: handlers
    that have raised. traffic: of the connections that have ended.
    """

    opened: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    failed: int = 0
    cut: int = 0
    closed: Counter[int] = field(default_factory=Counter)
    handler_errors: int = 0
    traffic: SessionStats = field(default_factory=SessionStats)

    def ended(self, link: Link) -> None:
        """Count a connection that has ended."""
        code = link.close_code
        self.closed[1006 if code is None else code] += 1
        add(self.traffic, link.stats)

    def all_traffic(self, links: Iterable[Link]) -> SessionStats:
        """The traffic of all connections, those that are open included."""
        total = SessionStats()
        add(total, self.traffic)
        for link in links:
            add(total, link.stats)
        return total


_NAMES = tuple(each.name for each in fields(SessionStats))


def add(total: SessionStats, more: SessionStats) -> None:
    """Add each count of `more` to `total`."""
    for name in _NAMES:
        count = getattr(more, name)
        if count:
            setattr(total, name, getattr(total, name) + count)
