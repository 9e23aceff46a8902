"""A message that has come in part: the pieces of it, put together as they come.

However many the pieces are and however small, they cost no more memory than what they hold: a million empty fragments
(RFC 6455 §5.4 allows them) are nothing. Large ones are not copied before the message is whole.
"""

from __future__ import annotations

# From so many octets or characters on, a piece is kept as it is; smaller ones are put together at once.
_LARGE = 4096


class Assembly:
    """What has come of one message.

    text: whether the pieces are str; else they are bytes.
    size: octets of them.
    """

    __slots__ = ("_pieces", "_small", "_text", "size")

    def __init__(self, *, text: bool) -> None:
        self._text = text
        self._pieces: list[str | bytes] = []
        # The octets of small pieces behind the last large one.
        self._small = bytearray()
        self.size = 0

    def add(self, piece: str | bytes, size: int | None = None) -> None:
        """Put a piece behind the others. size: octets of it, for who knows."""
        if len(piece) < _LARGE:
            octets = piece.encode() if isinstance(piece, str) else piece
            self._small += octets
            self.size += len(octets)
            return
        if self._small:
            self._put_small_together()
        self._pieces.append(piece)
        if size is None:
            # Whether it is ASCII stands in a str; only other text has to be encoded to be measured.
            size = len(piece.encode() if isinstance(piece, str) and not piece.isascii() else piece)
        self.size += size

    def joined(self) -> str | bytes:
        """All pieces as one."""
        if self._small:
            self._put_small_together()
        pieces = self._pieces
        if len(pieces) == 1:
            return pieces[0]
        empty: str | bytes = "" if self._text else b""
        return empty.join(pieces)  # type: ignore[arg-type]  # all are of one type

    def clear(self) -> None:
        """Forget the pieces."""
        self._pieces = []
        self._small = bytearray()
        self.size = 0

    def _put_small_together(self) -> None:
        small = self._small
        self._pieces.append(small.decode() if self._text else bytes(small))
        self._small = bytearray()


class OctetAssembly(Assembly):
    """The same for who wants the octets of text, too."""

    __slots__ = ()

    def __init__(self, *, text: bool) -> None:  # noqa: ARG002  it makes no difference here
        super().__init__(text=False)

    def add(self, piece: str | bytes, size: int | None = None) -> None:
        """Put a piece behind the others. size: octets of it, for who knows."""
        super().add(piece.encode() if isinstance(piece, str) else piece, size)
