"""What a codec is given to do, the same octets to all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

from tests.benchmarks.frames import TEXT, compressed, frame, json_payloads, keys, payloads

#: Octets that are fed at a time, as many as a transport reads.
READ_BYTES = 64 * 1024

# Octets of frames for one pass over a codec, and the fewest messages.
_PASS_BYTES = 64 * 1024
_FEWEST_MESSAGES = 4

#: A message may have so many octets: more than any here has, and what all allow by default.
MAX_MESSAGE = 1 << 20

#: The opening handshake as a browser sends it.
BROWSERS_REQUEST = (
    b"GET /chat HTTP/1.1\r\nHost: server.example.com\r\nConnection: Upgrade\r\nPragma: no-cache\r\n"
    b"Cache-Control: no-cache\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    b"Chrome/130.0.0.0 Safari/537.36\r\nUpgrade: websocket\r\nOrigin: http://server.example.com\r\n"
    b"Sec-WebSocket-Version: 13\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
)

Work = Literal["decode", "encode", "handshake"]


@dataclass(frozen=True)
class Case:
    """A piece of work.

    size: octets of a message. by_frame: fed one frame at a time instead of 64 KiB. deflate: under permessage-deflate,
    messages of JSON.
    """

    work: Work
    opcode: int = TEXT
    size: int = 0
    by_frame: bool = False
    deflate: bool = False

    def payloads(self) -> list[bytes]:
        """The messages of one pass."""
        count = max(_FEWEST_MESSAGES, _PASS_BYTES // (self.size + 6))
        return json_payloads(self.size, count) if self.deflate else payloads(self.opcode, self.size, count)

    def messages(self) -> list[str | bytes]:
        """The same, as an application sees them."""
        return [payload.decode() if self.opcode == TEXT else payload for payload in self.payloads()]

    def feeds(self, window_bits: int = 15) -> list[bytes]:
        """The octets of one pass as they come to a server, in the pieces in which they are fed.

        window_bits: to which the client has been limited.
        """
        source = keys(self.size)
        sent = self.payloads()
        if self.deflate:
            sent = compressed(sent, window_bits)
        frames = [frame(self.opcode, payload, source.randbytes(4), rsv1=self.deflate) for payload in sent]
        if self.by_frame:
            return frames
        stream = b"".join(frames)
        return [stream[at : at + READ_BYTES] for at in range(0, len(stream), READ_BYTES)]


class Codec(ABC):
    """An implementation that is set up for one case."""

    @abstractmethod
    def run(self) -> None:
        """Do one pass, as cheaply as the implementation's interface allows."""

    @abstractmethod
    def results(self) -> list[str | bytes]:
        """Do one pass and give what came of it: decoded messages, encoded frames, or the response."""


class CannotDo(Exception):
    """The implementation has no such thing, or it cannot be reached without a network. The text says which."""
