"""The text of a large frame while it comes: characters already when it has come whole.

What is wrong with it is found with the octets that are wrong, and judged elsewhere.
"""

from __future__ import annotations

from codecs import utf_8_decode

from rawws.core.accelerator import apply_mask, unmask_text
from rawws.core.assembly import Assembly
from rawws.core.message_decoder import begins_surrogate


class LandingText:
    """The text of a frame of so many octets, as it comes.

    size: how many octets will come.
    key: what they are masked with, empty where they are not (§5.3).
    landed: how many have come.
    wrong: whether they are no UTF-8, as far as they have come. Who knows the rule has to look at `octets` then.
    """

    __slots__ = ("_begun", "_behind", "_key", "_text", "landed", "size", "wrong")

    def __init__(self, size: int, key: bytes) -> None:
        self.size = size
        self.landed = 0
        self.wrong = False
        self._key = key
        self._text = Assembly(text=True)
        # The first octets of a character, whose others are awaited; when something is wrong, all that came with it, and
        # what has come behind that.
        self._begun = b""
        self._behind = bytearray()

    @property
    def full(self) -> bool:
        """Whether all has come."""
        return self.landed == self.size

    def add(self, data: bytes | bytearray | memoryview) -> int:
        """Take octets, but none beyond the size; how many it took."""
        count = min(len(data), self.size - self.landed)
        if count < len(data):
            data = memoryview(data)[:count]
        # Where no character has begun nothing is wrong either, and ASCII is characters at once.
        unmask = apply_mask if self._begun else unmask_text
        octets = unmask(data, self._key, self.landed) if self._key else bytes(data)
        self.landed += count
        if isinstance(octets, str):
            self._text.add(octets)
            return count
        if self.wrong:
            self._behind += octets
            return count
        if self._begun:
            octets = self._begun + octets
        try:
            characters, decoded = utf_8_decode(octets, "strict", self.landed == self.size)
        except UnicodeDecodeError:
            self.wrong = True
            self._begun = octets
            return count
        self._text.add(characters, decoded)
        self._begun = octets[decoded:]
        self.wrong = begins_surrogate(self._begun)
        return count

    def text(self) -> str:
        """All characters, when all has come and nothing is wrong."""
        return self._text.joined()  # type: ignore[return-value]  # all pieces are str

    def octets(self) -> memoryview:
        """What has come, as it came."""
        octets = self.text().encode() + self._begun + self._behind
        return memoryview(apply_mask(octets, self._key) if self._key else octets)

    def leave(self) -> None:
        """Forget what has come."""
        self._text.clear()
        self._begun = b""
        self._behind = bytearray()
