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


#: What an entry costs in memory, besides its octets.
_ENTRY_MEMORY = 300

#: What the logs of a whole run may cost: those of some hundred cases that failed.
_RUN_OCTETS = 32 << 20

#: Octets that every log may cost, whatever the others do; and of an entry of a case in which nothing went wrong.
_LEAST_OCTETS = 8192
_FINE_OCTETS = 16 * 1024


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


class LogBudget:
    """What the logs of a whole run may cost in memory: the first are kept whole, those behind them shortened."""

    def __init__(self, octets: int = _RUN_OCTETS) -> None:
        self._left = octets

    def keep(self, log: list[Entry], *, whole: bool) -> list[Entry]:
        """A log as far as it is kept. whole: something went wrong in its case, so that every octet matters."""
        if not whole:
            log = [entry if len(entry.octets) <= _FINE_OCTETS else _cut(entry, _FINE_OCTETS) for entry in log]
        cost = sum(_ENTRY_MEMORY + len(entry.octets) for entry in log)
        if cost <= max(self._left, _LEAST_OCTETS):
            self._left -= cost
            return log
        kept: list[Entry] = []
        room = _LEAST_OCTETS
        for entry in log:
            room -= _ENTRY_MEMORY
            if room <= 0:
                break
            kept.append(_cut(entry, room))
            room -= len(kept[-1].octets)
        missing = len(log) - len(kept)
        words = f"{missing} entries are left out here: the logs of other cases fill what is kept"
        return [*kept, Entry(kept[-1].seconds if kept else 0.0, "note", words, b"", 0)]


def _cut(entry: Entry, octets: int) -> Entry:
    """An entry with the beginning of its octets."""
    return entry if len(entry.octets) <= octets else entry._replace(octets=entry.octets[:octets])
