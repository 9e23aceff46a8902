"""The quick ways through the octets, where they are open; whatever they leave, `FrameDecoder` reads and judges.

No rule is here: a message that is taken the quick way is one that the slow way would have given.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from rawws.core.accelerator import scan, take_payloads
from rawws.core.extensions import PerMessageDeflate
from rawws.core.frame_decoder import INFLATE_BLOCK, LARGE, FrameDecoder
from rawws.core.frame_header import FIN_BINARY, FIN_TEXT, FIRST_OCTETS, KEY, header_octets
from rawws.core.landing_text import LandingText
from rawws.core.limits import DEFAULT_LIMITS, Limits
from rawws.core.message_decoder import MessageDecoder
from rawws.core.scan import make_event, payload_bounds

if TYPE_CHECKING:
    from typing import Any

    from rawws.core.extensions import Extension
    from rawws.core.inflate import Inflater

# Objects made in one go before anybody has asked for the first: small frames grow when they become objects.
_MOST_MESSAGES = 256

# Fragments that are joined in one go.
_MOST_FRAGMENTS = 4096

# No payload that is in memory is longer.
_LONGEST_PAYLOAD = sys.maxsize

# FIN and RSV1, with the opcode of text or of binary; and FIN clear, no reserved bit, opcode 0.
_COMPRESSED_TEXT, _COMPRESSED_BINARY, _INSIDE = 0xC1, 0xC2, 0x00


class Fragments(NamedTuple):
    """A run of fragments: what they hold together, how many they are, and the position behind them."""

    payload: bytes
    frames: int
    stop: int


class ScanningDecoder(FrameDecoder):
    """A `FrameDecoder` that takes whole messages, or fragments inside a message, several at a time, without frames."""

    __slots__ = ("_inflate_bytes", "_scan_bytes")

    def __init__(
        self,
        client: bool,
        extensions: list[Extension] | None = None,
        *,
        limits: Limits = DEFAULT_LIMITS,
        messages: MessageDecoder | None = None,
    ) -> None:
        super().__init__(client, extensions, limits=limits, messages=messages)
        # The longest payload that `scan` may take, None where it may take none; and the longest to inflate at once.
        self._scan_bytes = self._longest_to_scan()
        bounds = (INFLATE_BLOCK, limits.max_frame_bytes, limits.compressed_message_bytes)
        self._inflate_bytes = min(bound for bound in bounds if bound is not None)

    def _longest_to_scan(self) -> int | None:
        """The longest payload that `scan` may take; None where it may take none."""
        # Only our permessage-deflate leaves frames without RSV1 as they are.
        if not all(isinstance(extension, PerMessageDeflate) for extension in self.extensions):
            return None
        limits = self.limits
        if self._most_fragments == 0:
            return None
        bounds = [bound for bound in (limits.max_frame_bytes, limits.max_message_bytes) if bound is not None]
        return min(bounds, default=_LONGEST_PAYLOAD)

    def discard(self) -> None:
        """Throw away what has been received; nothing will be read any more."""
        super().discard()
        self.stop_scanning()

    def stop_scanning(self) -> None:
        """Take nothing the quick way any more: somebody has something to say that is not in the octets."""
        self._scan_bytes = None
        self.at_rest = False

    def scan(self, out: list[Any], text_class: type | None, bytes_class: type | None) -> bool:
        """Take the run of whole, plain data messages at the front of what has come; see `rawws.core.scan`.

        Says whether there was at least one.
        """
        if self._opcode is not None or self._fragments or self._scan_bytes is None:
            return False
        buffer, start, masked = self._buffer, self._position, not self.client
        stop = scan(buffer, start, out, _MOST_MESSAGES, self._scan_bytes, masked, text_class, bytes_class)
        if stop == start:
            return self._deflate is not None and self._scan_compressed(out, text_class, bytes_class)
        self._scanned(stop)
        return True

    def _scanned(self, stop: int) -> None:
        """Go on behind messages that were taken whole, up to `stop` in the buffer."""
        self.offset = self.frame_offset = self.frame_offset + stop - self._position
        self._judged = False
        self.at_rest = stop == len(self._buffer)
        self._pass(stop)

    def find_fragments(self) -> Fragments | None:
        """The run of whole, plain fragments at the front of what has come, inside a message; `pass_fragments` takes it.

        None where there is none, and where the message is compressed.
        """
        if self._opcode is not None or not self._fragments or self._compressed or self._scan_bytes is None:
            return None
        limits = self.limits
        most, most_bytes = _MOST_FRAGMENTS, _LONGEST_PAYLOAD
        if self._most_fragments is not None:
            most = min(most, self._most_fragments - self._fragments)
        if limits.max_message_bytes is not None:
            most_bytes = limits.max_message_bytes - self._wire_bytes
        pieces: list[bytes] = []
        buffer, start, masked = self._buffer, self._position, not self.client
        stop = take_payloads(buffer, start, pieces, _INSIDE, most, most_bytes, self._scan_bytes, masked)
        return Fragments(b"".join(pieces), len(pieces), stop) if pieces else None

    def pass_fragments(self, found: Fragments) -> None:
        """Take what `find_fragments` has found."""
        size = len(found.payload)
        self._fragments += found.frames
        self._wire_bytes += size
        self._message_bytes += size
        self._scanned(found.stop)

    def _scan_compressed(self, out: list[Any], text_class: type | None, bytes_class: type | None) -> bool:
        """Take the run of compressed messages at the front, each of one small frame; whether there was at least one.

        They are all text or all binary. It ends where as much has been inflated as one step may give: a few octets can
        be many messages of many octets.
        """
        buffer, position, masked = self._buffer, self._position, not self.client
        first = buffer[position] if buffer else _INSIDE
        if first != _COMPRESSED_TEXT and first != _COMPRESSED_BINARY:  # noqa: PLR1714  no set, no hash
            return False
        payloads: list[bytes] = []
        most = self._inflate_bytes
        stop = take_payloads(buffer, position, payloads, first, _MOST_MESSAGES, most, most, masked)
        if not payloads:
            return False
        deflate: PerMessageDeflate = self._deflate  # type: ignore[assignment]
        inflater = deflate.inflater(client=self.client)
        text = first == _COMPRESSED_TEXT
        made = text_class if text else bytes_class
        before, room = len(out), self.limits.max_inflate_step
        # See `scan`, which asks whether it may take any.
        size = min(room, self._scan_bytes + 1)  # type: ignore[operator]
        message: str | bytes | None = None
        for data in payloads:
            message = self._inflate_message(inflater, data, size, text=text)
            if message is None:
                break
            out.append(message if made is None else make_event(made, message))
            room -= len(message)
            if room <= 0:
                break
        taken = len(out) - before
        if taken < len(payloads):
            stop = position + sum(header_octets(len(data), masked=masked) + len(data) for data in payloads[:taken])
        self._scanned(stop)
        if message is None:
            self._go_on_inflating(len(payloads[taken]))
        elif not inflater.takeover:
            deflate.message_inflated(client=self.client)
        return taken > 0

    def _inflate_message(self, inflater: Inflater, data: bytes, size: int, *, text: bool) -> str | bytes | None:
        """The message that these octets are, of fewer than `size`; None where `process_buffer` has to tell."""
        output = inflater.inflate_message(data, size)
        if output is None or not text:
            return output
        try:
            return output.decode()
        except UnicodeDecodeError:
            inflater.hold(output)
            return None

    def _go_on_inflating(self, size: int) -> None:
        """Let `process_buffer` go on inside the frame at the front, whose payload has this size, and judge."""
        masked = not self.client
        first = self._buffer[self._position]
        self._pass(self._position + header_octets(size, masked=masked) + size)
        # All of the frame has been unmasked: what counts is that there was a key, and not which.
        self._key = bytes(KEY) if masked else b""
        self._begin(FIRST_OCTETS[first], size)
        self._consumed = size

    def receive_messages(self, data: bytes, out: list[Any]) -> bool:
        """`receive_bytes` and `scan` for bare str and bytes in one; whether all that has come has been told."""
        if self._landing is not None:
            self.receive_bytes(data)
            if self._landing.wrong or not self._landing.full:
                return self.at_rest
            out.append(self._landed())
            if self._buffer:
                self.scan(out, None, None)
        elif self._buffer or self._opcode is not None or self._fragments or self._scan_bytes is None:
            self.receive_bytes(data)
            if self._opcode is not None:
                return self.at_rest
            self.scan(out, None, None)
        else:
            stop = scan(data, 0, out, _MOST_MESSAGES, self._scan_bytes, not self.client, None, None)
            self.offset = self.frame_offset = self.frame_offset + stop
            self.at_rest = stop == len(data)
            if self.at_rest:
                return True
            self._buffer, self._position = data, stop
        if self._buffer:
            self._begin_large()
        return self.at_rest

    def _begin_large(self) -> None:
        """Let the large, plain message at the front land as far as it has come, as `process_buffer(whole=True)` does.

        Whatever is none is left to that.
        """
        # `scan` may have begun a compressed message.
        if self._scan_bytes is None or self._fragments:
            return
        buffer, start, masked = self._buffer, self._position, not self.client
        first = buffer[start]
        bounds = payload_bounds(buffer, start, masked=masked)
        if bounds is None or (first != FIN_TEXT and first != FIN_BINARY):  # noqa: PLR1714  no set, no hash
            return
        begin, stop = bounds
        # What has come whole, `scan` has left for a reason.
        if not LARGE <= stop - begin <= self._scan_bytes or stop <= len(buffer):
            return
        self._key = bytes(buffer[begin - KEY : begin]) if masked else b""
        self._pass(begin)
        self._begin(FIRST_OCTETS[first], stop - begin)
        self._land()
        self.waits = self.at_rest = not self._landing.wrong  # type: ignore[union-attr]  # it has landed

    def _landed(self) -> str | bytes:
        """The message that was awaited whole, when all of it has come; nobody needs to put it in order."""
        message: str | bytes
        if isinstance(self._landing, LandingText):
            message = self._landing.text()
            self._landing = None
        else:
            message = self._take(self._length)
        self._frame(b"", finished=True)
        self.waits = False
        self.offset = self.frame_offset
        self.at_rest = not self._buffer
        return message
