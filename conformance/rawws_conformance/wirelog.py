"""What went over the wire in one case, in order, within bounds."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

#: Octets that the first entries, and the last ones, may hold in all.
_HEAD_OCTETS = 256 * 1024
_TAIL_OCTETS = 64 * 1024

#: Of one entry.
_ENTRY_OCTETS = 64 * 1024

#: What an entry costs besides its octets.
_ENTRY_COST = 64


class Entry(NamedTuple):
    """One thing that happened.

    seconds: since the case began.
    kind: "sent", "received" (octets), "frame sent", "frame received", or "note".
    text: what it was, in words; empty for octets.
    octets: the octets, at most the first 64 KiB of them. length: how many there were.
    """

    seconds: float
    kind: str
    text: str
    octets: bytes
    length: int


class WireLog:
    """Keeps the beginning whole and of the rest the end; in between it counts."""

    def __init__(self) -> None:
        self._head: list[Entry] = []
        self._tail: deque[Entry] = deque()
        self._head_room = _HEAD_OCTETS
        self._tail_room = _TAIL_OCTETS
        #: Entries that were let go between head and tail.
        self.skipped = 0

    def add(self, seconds: float, kind: str, text: str = "", octets: bytes | memoryview = b"") -> None:
        """Write an entry down."""
        kept = bytes(octets[:_ENTRY_OCTETS])
        entry = Entry(seconds, kind, text, kept, len(octets))
        cost = len(kept) + _ENTRY_COST
        if self._head_room > 0 and not self._tail:
            self._head.append(entry)
            self._head_room -= cost
            return
        self._tail.append(entry)
        self._tail_room -= cost
        while self._tail_room < 0 and len(self._tail) > 1:
            dropped = self._tail.popleft()
            self._tail_room += len(dropped.octets) + _ENTRY_COST
            self.skipped += 1

    def entries(self) -> list[Entry]:
        """All that was kept; a note stands where something was not."""
        if not self.skipped:
            return [*self._head, *self._tail]
        at = self._tail[0].seconds
        return [*self._head, Entry(at, "note", f"{self.skipped} entries are left out here", b"", 0), *self._tail]
