"""permessage-deflate as it is used when nothing else is asked for: on, and cheap."""

from __future__ import annotations

import re
from collections.abc import Callable

from rawws.core.extensions import Extension, PerMessageDeflate

#: Whether to compress; or a callable that makes the extension to offer or to accept, new for each connection.
Compression = bool | Callable[[], Extension]

# Below this many octets a message goes uncompressed: deflate would spend more time than the octets are worth.
_THRESHOLD = 256

# A window of 4 KiB and a small hash: about 18 KiB a connection instead of 256, for a few per cent of size.
_WINDOW_BITS = 12
_MEMORY_LEVEL = 5

_BARE_CLIENT_WINDOW = re.compile(r"client_max_window_bits\s*(;|$)")
_WIDEST_CLIENT_WINDOW = re.compile(r"(^|; )client_max_window_bits=15(?=;|$)")


class DefaultDeflate(PerMessageDeflate):
    """permessage-deflate in few words: what is the default anyway is not said.

    What is compressed uses a small window, which is legal without a word, and never more than was agreed.
    """

    def __init__(self) -> None:
        super().__init__(threshold=_THRESHOLD, window_bits=_WINDOW_BITS, memory_level=_MEMORY_LEVEL)

    def offer(self) -> bool | str:
        """Offer what browsers do: a server may limit our window."""
        return "client_max_window_bits"

    def accept(self, offer: str) -> bool | str | None:
        """Agree, without telling a client that may be limited that it is not."""
        answer = super().accept(offer)
        if isinstance(answer, str) and _BARE_CLIENT_WINDOW.search(offer):
            answer = _WIDEST_CLIENT_WINDOW.sub("", answer).removeprefix("; ")
        return answer


def make_extensions(compression: Compression) -> list[Extension]:
    """The extensions to offer or to accept, new for each connection."""
    if compression is False:
        return []
    return [DefaultDeflate() if compression is True else compression()]
