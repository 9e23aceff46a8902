"""permessage-deflate as it is used when nothing else is asked for: on, and cheap."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import cast

from rawws.core.extensions import Extension, PerMessageDeflate
from rawws.core.zlib_module import ZlibModule

try:
    from isal import isal_zlib
except ImportError:
    _FASTEST: ZlibModule = zlib
    _LEVEL = 2
else:
    # `pip install rawws[fast]`: half the time, and no larger.
    _FASTEST = cast("ZlibModule", isal_zlib)
    _LEVEL = 1

#: Whether to compress; or a callable that makes the extension to offer or to accept, new for each connection.
Compression = bool | Callable[[], Extension]

# Below this many octets a message goes uncompressed: deflate would spend more time than the octets are worth.
_THRESHOLD = 256

# Measured with messages of 1 KiB of JSON, one after the other: level 2 with a window of 8 KiB takes two thirds of the
# time of zlib's default level with the same window and makes 392 octets of them instead of 358. A window of 4 KiB is
# slower, since it has to be moved more often, and one of 32 KiB takes four times the memory.
_WINDOW_BITS = 13
_MEMORY_LEVEL = 5

_BARE_CLIENT_WINDOW = re.compile(r"client_max_window_bits\s*(;|$)")
_WIDEST_CLIENT_WINDOW = re.compile(r"(^|; )client_max_window_bits=15(?=;|$)")


class DefaultDeflate(PerMessageDeflate):
    """permessage-deflate in few words: what is the default anyway is not said.

    What is compressed uses a small window, which is legal without a word, and never more than was agreed. The arguments
    are those of `PerMessageDeflate`. A connection that compresses holds about 54 KiB for that, until nothing has been
    compressed for a second or two; what inflates the peer's messages holds up to 39 KiB, unless the peer has agreed to
    less.
    """

    def __init__(
        self,
        *,
        threshold: int = _THRESHOLD,
        level: int = _LEVEL,
        window_bits: int = _WINDOW_BITS,
        memory_level: int = _MEMORY_LEVEL,
        zlib_module: ZlibModule = _FASTEST,
    ) -> None:
        super().__init__(
            threshold=threshold,
            level=level,
            window_bits=window_bits,
            memory_level=memory_level,
            zlib_module=zlib_module,
        )

    def offer(self) -> bool | str:
        """Offer what browsers do: a server may limit our window."""
        return "client_max_window_bits"

    def accept(self, offer: str) -> bool | str | None:
        """Agree, without telling a client that may be limited that it is not."""
        answer = super().accept(offer)
        if isinstance(answer, str) and _BARE_CLIENT_WINDOW.search(offer):
            answer = _WIDEST_CLIENT_WINDOW.sub("", answer).removeprefix("; ")
        return answer


def check_compression(compression: Compression) -> Compression:
    """Raise TypeError, naming the argument, for what is neither True nor False nor makes an extension."""
    if not isinstance(compression, bool) and not callable(compression):
        raise TypeError(f"compression must be True, False or a callable, not {type(compression).__name__}")
    return compression


def make_extensions(compression: Compression) -> list[Extension]:
    """The extensions to offer or to accept, new for each connection."""
    if compression is False:
        return []
    return [DefaultDeflate() if compression is True else compression()]
