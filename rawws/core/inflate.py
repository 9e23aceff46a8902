"""RFC 7692 §7.2.2: inflation in bounded steps, strict about what a message's end must look like."""

from __future__ import annotations

import os
import zlib

from rawws.core.zlib_module import ZlibModule

# 7692-7.2.2-1: "Append 4 octets of 0x00 0x00 0xff 0xff to the tail end of the payload of the message."
EMPTY_BLOCK_TAIL = b"\x00\x00\xff\xff"

# A final stored block (RFC 1951 §3.2.4) of octets that no peer can know: whatever is at a block's border gives them and
# ends. What is inside a block does not: least of all in the head of a block with Huffman codes, whose rest could be any
# octets that were known beforehand, and end with them.
_UNKNOWN = os.urandom(8)
_FINAL_BLOCK = b"\x01\x08\x00\xf7\xff" + _UNKNOWN

# Input goes in slices, so that what zlib copies behind a final block (BFINAL) stays small: linear work in any case.
_LARGEST_SLICE = 16 * 1024
_SMALLEST_SLICE = 64


class InflateError(Exception):
    """The octets are no DEFLATE stream, or end inside a block."""


class Inflater:
    """Inflates one direction of a connection, message after message.

    window_bits: 8 to 15, what the peer may use; inflating with more than that does no harm.
    takeover: whether the window is kept from message to message (§7.1.1).
    zlib_module: what inflates; its decompressors can be copied.
    """

    __slots__ = (
        "_begun",
        "_full",
        "_held",
        "_input",
        "_last",
        "_position",
        "_slice",
        "_stream",
        "_window_bits",
        "_zlib",
        "takeover",
    )

    def __init__(self, window_bits: int, *, takeover: bool, zlib_module: ZlibModule = zlib) -> None:
        self._window_bits = window_bits
        self.takeover = takeover
        self._zlib = zlib_module
        self._stream = zlib_module.decompressobj(-window_bits)
        self._input = b""
        self._position = 0
        self._slice = _LARGEST_SLICE
        self._last = False
        self._full = False
        self._begun = False
        self._held: bytes | InflateError | None = None

    @property
    def pending(self) -> bool:
        """Whether `read` may have more to give before it wants more input."""
        return (
            self._last
            or self._full
            or self._held is not None
            or self._position < len(self._input)
            or bool(self._stream.unconsumed_tail)
        )

    def feed(self, data: bytes, *, last: bool) -> None:
        """Take compressed octets; `last` says that they end the message. Call only when nothing is pending."""
        self._begun = self._begun or bool(data)
        # A message without a single octet is empty; the tail alone would be no DEFLATE (§7.2.3.6 wants one octet here,
        # but senders that leave it out mean the same). So is what follows a block with BFINAL set, when nothing does.
        self._input = data + EMPTY_BLOCK_TAIL if last and self._begun else data
        self._position = 0
        self._last = last

    def inflate_message(self, data: bytes, size: int) -> bytes | None:
        """A whole message, when it is one of a few octets that inflate to fewer than `size`, and nothing is wrong.

        None when `read` has to tell, from the message's beginning, as behind `feed`. Call only between two messages.
        """
        octets = data + EMPTY_BLOCK_TAIL
        stream = self._stream
        if not data or len(octets) > _LARGEST_SLICE:
            self.feed(data, last=True)
            return None
        try:
            output: bytes = stream.decompress(octets, size)
            if len(output) < size and not stream.eof:
                self._check_end()
                return output
        except self._zlib.error as exc:
            self._held = InflateError(str(exc))
            return None
        except InflateError as exc:
            self._held = exc
            return None
        # As behind `feed` and a first step.
        self.feed(data, last=True)
        self._position = len(octets)
        self._held = output
        self._full = len(output) == size
        if stream.eof:
            self._start_again()
        return None

    def hold(self, output: bytes | InflateError) -> None:
        """Take back what was given or raised last: the next `read`, for as much, begins with it."""
        self._held = output

    def read(self, size: int) -> bytes:
        """At most `size` octets of the message (at least 1 to ask for); fewer only when nothing is pending any more.

        Raises InflateError for a corrupt stream.
        """
        held, self._held = self._held, None
        if isinstance(held, InflateError):
            raise held
        pieces: list[bytes] = []
        if held:
            pieces.append(held)
            size -= len(held)
        try:
            while size:
                data = self._next_slice()
                if data is None:
                    if self._last:
                        self._end_message()
                    break
                output = self._stream.decompress(data, size)
                self._full = len(output) == size
                if self._stream.eof:
                    self._start_again()
                if output:
                    pieces.append(output)
                    size -= len(output)
        except self._zlib.error as exc:
            raise InflateError(str(exc)) from exc
        return b"".join(pieces)

    def _next_slice(self) -> bytes | None:
        tail: bytes = self._stream.unconsumed_tail
        # An output that filled its step may have left octets inside zlib even where all input is taken.
        if tail or self._full:
            return tail
        start = self._position
        length = len(self._input)
        if start == length:
            return None
        if not start and length <= self._slice:
            self._position = length
            return self._input
        self._position = min(start + self._slice, length)
        self._slice = min(self._slice * 2, _LARGEST_SLICE)
        return self._input[start : self._position]

    def _start_again(self) -> None:
        """Behind a block with BFINAL set, another DEFLATE stream begins.

        7692-7.2.3.4-1: senders may flush with a block whose BFINAL bit is 1; what follows is still the message.
        """
        self._position -= len(self._stream.unused_data)
        rest = len(self._input) - self._position
        self._begun = rest > 0
        if self._last and rest == len(EMPTY_BLOCK_TAIL):
            # The message ends with that very block, where §7.2.1 wants one more, empty one: its tail has no head.
            self._position = len(self._input)
        self._slice = _SMALLEST_SLICE
        self._stream = self._zlib.decompressobj(-self._window_bits)

    def _end_message(self) -> None:
        self._input = b""
        self._position = 0
        self._last = self._begun = False
        self._slice = _LARGEST_SLICE
        self._check_end()

    def _check_end(self) -> None:
        """Check that the message ended between two blocks, and drop the window where it is not taken over."""
        probe = self._stream.copy() if self.takeover else self._stream
        if probe.decompress(_FINAL_BLOCK) != _UNKNOWN or not probe.eof:
            raise InflateError("the message ends inside a block")
        if not self.takeover:
            # 7692-7.1.1: without takeover each message begins with an empty window.
            self._stream = self._zlib.decompressobj(-self._window_bits)
