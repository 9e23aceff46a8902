"""RFC 9112 §6.3 and §7.1: the body of a response that is no acceptance, for a client.

h11 reads heads; a body is read here, because a server that refuses may be a hostile one: work is linear in what comes
(h11 takes quadratic time on a chunk's extension), and what is kept is bounded.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from rawws.core.headers import BadHeaderError
from rawws.core.refused import HandshakeRefusedError, refuse

if TYPE_CHECKING:
    import h11

# §7.1: "chunk-size = 1*HEXDIG"; sixteen of them are more than any body has. A chunk-ext is skipped (§7.1.1).
_chunk_header = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?", re.DOTALL).fullmatch

_NO_BODY = frozenset({204, 304})


class Part(NamedTuple):
    """A piece of a body.

    data: its octets. finished: whether the body ends with them. error: what is to be raised behind them.
    """

    data: bytes
    finished: bool
    error: HandshakeRefusedError | None = None


class _Expect(Enum):
    """What the next line of the chunked coding is (§7.1)."""

    CHUNK_HEADER = auto()
    #: The empty line behind a chunk's data.
    CHUNK_END = auto()
    #: A trailer field, or the empty line that ends them all.
    TRAILER = auto()


class RefusalReader:
    """Reads one body.

    head: the response's head. limit: octets of the stream that are read as body, framing included; the rest is dropped,
    and the body ends there (`Limits.max_refusal_bytes`).
    """

    def __init__(self, head: h11.Response, limit: int) -> None:
        fields = dict(head.headers)
        self._left = limit
        self._expect = _Expect.CHUNK_HEADER
        # A line of the framing that has come in part.
        self._line = bytearray()
        # 9112-6.3-1: "… 204 (No Content), or 304 (Not Modified) status code is always terminated by the first empty
        # line after the header fields, regardless of the header fields present in the message". Otherwise "the
        # Transfer-Encoding overrides the Content-Length" (§6.3); one in an HTTP/1.0 message is faulty framing, and the
        # end of the stream ends such a body (§6.1).
        bodiless = head.status_code in _NO_BODY
        coded = not bodiless and b"transfer-encoding" in fields
        self._chunked = coded and head.http_version != b"1.0"
        # Octets until the body, or the chunk, ends; None where the end of the stream ends it.
        self._length: int | None = None
        if bodiless or self._chunked:
            self._length = 0
        elif not coded and b"content-length" in fields:
            self._length = int(fields[b"content-length"])

    def feed(self, data: bytes) -> Part:
        """Take the next octets of the stream, which may be none."""
        kept = data[: self._left]
        self._left -= len(kept)
        part = self._read_chunked(kept) if self._chunked else self._read_plain(kept)
        return part if self._left or part.error else part._replace(finished=True)

    def end(self) -> Part:
        """The stream has ended; the error says where the body has not."""
        # 9112-6.3-2: "If the sender closes the connection or the recipient times out before the indicated number of
        # octets are received, the recipient MUST consider the message to be incomplete and close the connection."
        if self._length is None:
            return Part(b"", finished=True)
        error = refuse("Bad HTTP message", "9112-6.3-2", message="the stream ended inside a response's body")
        return Part(b"", finished=False, error=error)

    def _read_plain(self, data: bytes) -> Part:
        if self._length is None:
            return Part(data, finished=False)
        data = data[: self._length]
        self._length -= len(data)
        return Part(data, finished=not self._length)

    def _read_chunked(self, data: bytes) -> Part:
        # 9112-7.1-1: "A recipient MUST be able to parse and decode the chunked transfer coding."
        output = []
        at = 0
        finished = False
        while at < len(data) and not finished:
            if self._length:
                piece = data[at : at + self._length]
                output.append(piece)
                self._length -= len(piece)
                at += len(piece)
                continue
            newline = data.find(b"\n", at)
            end = len(data) if newline < 0 else newline + 1
            self._line += data[at:end]
            at = end
            if newline >= 0:
                try:
                    finished = self._end_of_line()
                except BadHeaderError:
                    # 9112-8-2: "A client that receives an incomplete response message, which can occur … when decoding
                    # a supposedly chunked transfer coding fails, MUST record the message as incomplete."
                    error = refuse("Bad HTTP message", "9112-8-2", message="a response's body is not well chunked")
                    return Part(b"".join(output), finished=False, error=error)
        return Part(b"".join(output), finished)

    def _end_of_line(self) -> bool:
        """A line of the framing is whole: whether it was the last one. Raises BadHeaderError."""
        line = bytes(self._line)
        self._line.clear()
        text = line[:-2]
        match = _chunk_header(text) if self._expect is _Expect.CHUNK_HEADER else None
        if not line.endswith(b"\r\n") or (text and self._expect is _Expect.CHUNK_END):
            raise BadHeaderError
        if self._expect is _Expect.TRAILER:
            # §7.1.2: trailer fields may be discarded; an empty line ends them.
            return not text
        if self._expect is _Expect.CHUNK_END:
            self._expect = _Expect.CHUNK_HEADER
            return False
        if match is None:
            raise BadHeaderError
        self._length = int(match[1], 16)
        self._expect = _Expect.CHUNK_END if self._length else _Expect.TRAILER
        return False
