"""A network connection in memory, one direction at a time, that can do to octets whatever a network can."""

from __future__ import annotations


class Wire:
    """Octets on their way from one endpoint to the other, until somebody takes them.

    It keeps their order, as TCP does. It can hold them back (do not take), cut and join them (take a few, take all),
    end (`end`, a half-closed connection) and break (`break_after`).

    ended: whether the reader has been told the end. carried: octets that were taken. lost: octets that were written and
    will never arrive.
    """

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._ending = False
        self._room: int | None = None
        self._silent = False
        self.ended = False
        self.carried = 0
        self.lost = 0

    @property
    def waiting(self) -> int:
        """Octets that wait to be taken."""
        return len(self._waiting)

    @property
    def quiet(self) -> bool:
        """Whether `take` has nothing to tell: no octets, and no end that nobody has heard of."""
        return not self._waiting and (self.ended or not self._ending)

    @property
    def whole(self) -> bool:
        """Whether nothing that was written is lost."""
        return not self.lost

    def write(self, data: bytes) -> None:
        """Put octets on the wire; after its end, or beyond where it breaks, they are lost."""
        room = 0 if self._ending else self._room
        kept = data if room is None else data[:room]
        self._waiting += kept
        self.lost += len(data) - len(kept)
        if self._room is not None:
            self._room -= len(kept)
            self._ending = self._ending or not (self._room or self._silent)

    def end(self) -> None:
        """Nothing more will be written: the reader gets what waits, then the end."""
        self._ending = self._ending or not self._silent

    def break_after(self, count: int, *, silently: bool = False) -> None:
        """Carry `count` more octets, those that wait among them, and lose what comes behind.

        silently: the reader never hears the end of the stream either, unless it is on its way. The first break stays.
        """
        if self._room is not None:
            return
        self.lost += len(self._waiting[count:])
        del self._waiting[count:]
        self._room = max(count - len(self._waiting), 0)
        if not self._ending:
            self._silent = silently
            self._ending = not silently and not self._room

    def take(self, most: int | None = None) -> bytes | None:
        """At most `most` of the octets that wait, b"" where none do; None, once, at the end of the stream."""
        count = len(self._waiting) if most is None else most
        data = bytes(self._waiting[:count])
        del self._waiting[: len(data)]
        self.carried += len(data)
        if not data and not self._waiting and self._ending and not self.ended:
            self.ended = True
            return None
        return data
