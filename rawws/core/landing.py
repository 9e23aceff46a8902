"""Where the payload of a large frame lands while it comes, so that it need not be moved when it has come whole.

Text does not: see `landing_text`.
"""

from __future__ import annotations

# Memory is given for what has come, not for what has been announced: so much for the first octets, and four times what
# has come whenever that is full. Of a message of 1 MiB less than a third is moved on the way.
_FIRST_OCTETS = 64 * 1024
_GROWTH = 4

# One place, left by a message that has come, waits for the next: fresh memory is mapped page by page, which costs more
# than all that is done with the octets (measured: 1.2 ms instead of 0.2 for a message of 1 MiB). What it holds of
# earlier messages is written over before it can be read.
_MOST_TO_KEEP = 1024 * 1024
_spare: list[bytearray] = []


class LandingPlace:
    """Room for so many octets, which grows as they come.

    size: how many octets will come.
    landed: how many have come.
    wrong: never; see `LandingText`.
    """

    __slots__ = ("_octets", "_view", "landed", "size")

    wrong = False

    def __init__(self, size: int) -> None:
        self.size = size
        self.landed = 0
        try:
            self._octets = _spare.pop()
        except IndexError:
            self._octets = bytearray()
        self._view: memoryview | None = None

    @property
    def full(self) -> bool:
        """Whether all has come."""
        return self.landed == self.size

    def add(self, data: bytes | bytearray | memoryview) -> int:
        """Take octets, but none beyond the size; how many it took."""
        landed = self.landed
        end = landed + len(data)
        if end > self.size:
            end = self.size
            data = memoryview(data)[: end - landed]
        if end > len(self._octets):
            self._make_room(end)
        # By way of a view: a bytearray itself copies what it is given before it copies it to its place.
        memoryview(self._octets)[landed:end] = data
        self.landed = end
        return end - landed

    def room(self) -> memoryview:
        """Where the next octets go: at least one, unless all have come. To be followed by `added`."""
        if self.landed == len(self._octets) < self.size:
            # Whatever has landed, it grows by more than one octet.
            self._make_room(self.landed)
        self._view = memoryview(self._octets)[self.landed : self.size]
        return self._view

    def added(self, count: int) -> None:
        """Say how many octets have been written to what `room` gave, which is then gone. Raises ValueError."""
        view, self._view = self._view, None
        if view is None or not 0 <= count <= len(view):
            raise ValueError(f"no room was given for {count} octets")
        view.release()
        self.landed += count

    def octets(self) -> memoryview:
        """What has come."""
        return memoryview(self._octets)[: self.landed]

    def leave(self) -> None:
        """Give the place to the next message; nothing that was given here may be used any more."""
        # Where somebody may still be writing, nobody else lands.
        if self._view is None and not _spare and len(self._octets) <= _MOST_TO_KEEP:
            _spare.append(self._octets)
        self._octets = bytearray()

    def _make_room(self, needed: int) -> None:
        grown = bytearray(min(self.size, max(needed, _GROWTH * self.landed, _FIRST_OCTETS)))
        memoryview(grown)[: self.landed] = memoryview(self._octets)[: self.landed]
        self._octets = grown
