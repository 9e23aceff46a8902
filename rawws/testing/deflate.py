"""RFC 7692 as a sender can do it: every way of compressing a message that a receiver has to understand.

It is done with zlib alone, without the core's help. `Deflater` keeps one direction's context; `Style` says how a
message is compressed.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Literal

from rawws.core.extensions import PerMessageDeflate

#: What a compressor does between two pieces of a message. "none": nothing. "sync", "full": it flushes (§7.2.1), and
#: forgets its window ("full"). "final": it ends the DEFLATE stream with a block whose BFINAL is 1 (§7.2.3.4), and
#: begins another one.
Between = Literal["none", "sync", "full", "final"]

_FLUSHES = {"sync": zlib.Z_SYNC_FLUSH, "full": zlib.Z_FULL_FLUSH}
_TAIL = b"\x00\x00\xff\xff"


@dataclass(frozen=True)
class Style:
    """How one message is compressed.

    level: zlib's, 0 (stored blocks alone) to 9.
    strategy: zlib's: Z_DEFAULT_STRATEGY, Z_FIXED (fixed Huffman codes), Z_HUFFMAN_ONLY, …
    between: what is done between the pieces of the message.
    final: whether the message ends with a final block, and then an empty stored one (§7.2.3.4).
    """

    level: int = 6
    strategy: int = zlib.Z_DEFAULT_STRATEGY
    between: Between = "none"
    final: bool = False


@dataclass(frozen=True)
class Agreement:
    """What both ends have agreed on (RFC 7692 §7.1), as the parameters of the response say it."""

    server_no_context_takeover: bool = False
    client_no_context_takeover: bool = False
    server_max_window_bits: int | None = None
    client_max_window_bits: int | None = None

    def extension(self) -> PerMessageDeflate:
        """The core's extension after that agreement, for either end; new for each connection."""
        extension = PerMessageDeflate()
        extension.finalize(str(self))
        return extension

    def __str__(self) -> str:
        parts = ["permessage-deflate"]
        for name in ("server_no_context_takeover", "client_no_context_takeover"):
            parts += [name] if getattr(self, name) else []
        for name in ("server_max_window_bits", "client_max_window_bits"):
            value = getattr(self, name)
            parts += [] if value is None else [f"{name}={value}"]
        return "; ".join(parts)


class Deflater:
    """One direction of a connection: messages in, payloads out.

    client: whether a client sends. agreement: what was agreed on.
    """

    def __init__(self, agreement: Agreement, *, client: bool) -> None:
        bits = agreement.client_max_window_bits if client else agreement.server_max_window_bits
        # zlib does not deflate with a window of 8; whoever has agreed to that sends stored blocks, or nothing.
        self._bits = max(bits or zlib.MAX_WBITS, 9)
        self._takeover = not (agreement.client_no_context_takeover if client else agreement.server_no_context_takeover)
        self._style: Style | None = None
        self._stream = self._new(Style())

    def _new(self, style: Style) -> zlib._Compress:
        return zlib.compressobj(style.level, zlib.DEFLATED, -self._bits, zlib.DEF_MEM_LEVEL, style.strategy)

    def message(self, pieces: list[bytes], style: Style = Style()) -> bytes:
        """The payload of one message: what stands in its frames, all together."""
        if style != self._style or not self._takeover:
            # A new compressor refers to nothing before itself, which is always right.
            self._stream = self._new(style)
            self._style = style
        output = b""
        for index, piece in enumerate(pieces):
            output += self._stream.compress(piece)
            if index < len(pieces) - 1:
                output += self._flush(style.between)
        if style.final:
            # "…an empty DEFLATE block with no compression": its first octet is 0x00, and its tail is taken off.
            return output + self._flush("final") + b"\x00"
        output += self._stream.flush(zlib.Z_SYNC_FLUSH)
        # zlib flushes nothing twice in a row; an empty message is then one octet of zeros (§7.2.3.6).
        return output[: -len(_TAIL)] if output.endswith(_TAIL) else output + b"\x00"

    def _flush(self, between: Between) -> bytes:
        if between == "none":
            return b""
        if between != "final":
            return self._stream.flush(_FLUSHES[between])
        output = self._stream.flush(zlib.Z_FINISH)
        self._stream = self._new(self._style or Style())
        return output
