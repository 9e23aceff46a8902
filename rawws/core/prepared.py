"""One message for many peers: encoded once, and compressed once.

A server's frames are not masked (6455-5.1-3), so the same octets are right for all of its connections. With
permessage-deflate they are, too, where the message is compressed by itself: what refers to nothing before it can be
inflated behind anything. Only the window must be one that each of the peers has agreed to, so there is one frame for
each size of it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rawws.core.accelerator import encode
from rawws.core.errors import WrongType
from rawws.core.frame_header import FIN_BINARY, FIN_TEXT
from rawws.core.frame_protocol import lone_surrogates

if TYPE_CHECKING:
    from collections.abc import Hashable

    from rawws.core.extensions import PerMessageDeflate

_RSV1 = 0x40


class PreparedMessage:
    """A message, and the frames of it that servers send.

    message: text for str, binary for bytes. payload: its octets. plain: the frame that holds them as they are.
    compress: whether to compress it, where permessage-deflate was agreed on; None: as that sees fit.

    Raises WrongType or WrongValue for other types and lone surrogates.
    """

    __slots__ = ("_compressed", "_first_octet", "compress", "message", "payload", "plain", "size")

    def __init__(self, message: str | bytes | bytearray | memoryview, compress: bool | None = None) -> None:
        if isinstance(message, str):
            self._first_octet = FIN_TEXT
            try:
                self.payload = message.encode()
            except UnicodeEncodeError:
                raise lone_surrogates() from None
            self.message: str | bytes = message
        elif isinstance(message, (bytes, bytearray, memoryview)):
            self._first_octet = FIN_BINARY
            self.message = self.payload = bytes(message)
        else:
            raise WrongType(f"a message must be str or bytes, not {type(message).__name__}")
        self.compress = compress
        self.plain = encode(self._first_octet, self.payload, None)
        #: Octets that are compared with the threshold of permessage-deflate: a message that must be compressed is above
        #: it.
        self.size = math.inf if compress else len(self.payload)
        self._compressed: dict[Hashable, bytes] = {}

    def compressed(self, deflate: PerMessageDeflate) -> bytes:
        """The frame for a peer with which this was agreed on; `plain` where compressing makes nothing shorter."""
        recipe = deflate.recipe
        frame = self._compressed.get(recipe)
        if frame is None:
            output = deflate.deflate_alone(self.payload)
            frame = self.plain
            if len(output) < len(self.payload):
                frame = encode(self._first_octet | _RSV1, output, None)
            self._compressed[recipe] = frame
        return frame
