"""RFC 6455 §5.2 and §5.3: from octets to frames, one rule at a time. `frame_protocol` says how it fits together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsproto.frame_protocol import PAYLOAD_LENGTH_TWO_BYTE, CloseReason, Frame, Opcode, RsvBits

from rawws.core.accelerator import apply_mask
from rawws.core.extensions import PerMessageDeflate
from rawws.core.frame_header import (
    FIRST_OCTETS,
    KEY,
    LENGTH_16,
    LENGTH_64,
    FirstOctet,
    header_octets,
    judge_extended_length,
    judge_second_octet,
)
from rawws.core.inflate import InflateError
from rawws.core.landing import LandingPlace
from rawws.core.landing_text import LandingText
from rawws.core.limits import DEFAULT_LIMITS, Limits
from rawws.core.message_decoder import MessageDecoder
from rawws.core.parse_failed import ParseFailed, too_big

if TYPE_CHECKING:

    from rawws.core.extensions import Extension

# A compressed frame is inflated in blocks of this many octets of its payload, counted from its beginning, so that what
# comes out of a corrupt or oversized one does not depend on how its octets were cut. (zlib drops the output of the call
# that finds an error.)
INFLATE_BLOCK = 16 * 1024

# From so many octets on, a frame that is wanted whole gets a place of its own to come to.
LARGE = 32 * 1024

# CPython 3.11 takes 100 ns to look a member up on its enumeration.
_CONTINUATION, _TEXT, _BINARY = Opcode.CONTINUATION, Opcode.TEXT, Opcode.BINARY

_NO_RSV = RsvBits(rsv1=False, rsv2=False, rsv3=False)
_RSV1 = RsvBits(rsv1=True, rsv2=False, rsv3=False)


class FrameDecoder:
    """Reads frames from octets; a data frame that has come in part is given in part.

    client: which end this is; a client reads unmasked frames, a server masked ones.
    extensions: the enabled extensions. Our permessage-deflate, alone, is inflated in bounded steps.
    limits: bounds on frames, fragments and messages.
    messages: who keeps the order of fragments; None where only single frames are read.
    frame_offset: octets of the stream before the frame that is being read.
    offset: octets of the stream before the frame that was looked at last, whether or not all of it has come.
    at_rest: whether all that has come has been told, and `offset` is behind it: `process_buffer` would change nothing.
    waits: whether a message that has come in part is awaited whole: in parts, `process_buffer` would have it to give.
    """

    __slots__ = (
        "_began", "_buffer", "_compressed", "_consumed", "_control", "_deflate", "_fin", "_fragments", "_judged",
        "_key", "_landing", "_length", "_message_bytes", "_messages", "_most_fragments", "_opcode", "_position",
        "_wire_bytes", "at_rest", "client", "extensions", "frame_offset", "limits", "offset", "waits",
    )

    def __init__(
        self,
        client: bool,
        extensions: list[Extension] | None = None,
        *,
        limits: Limits = DEFAULT_LIMITS,
        messages: MessageDecoder | None = None,
    ) -> None:
        self.client = client
        self.extensions = extensions or []
        self.limits = limits
        self.frame_offset = 0
        self.offset = 0
        self.at_rest = True
        self.waits = False
        self._most_fragments = limits.fragments
        self._messages = messages
        only = self.extensions[0] if len(self.extensions) == 1 else None
        self._deflate = only if isinstance(only, PerMessageDeflate) else None
        # What has come begins at `_position`, 0 where nothing has; octets that came in one piece are kept as they came.
        self._buffer: bytes | bytearray = b""
        self._position = 0
        # What comes of a frame that is wanted whole lands here, see `receive_buffer`.
        self._landing: LandingPlace | LandingText | None = None
        # The frame whose header has been read: this says that there is one, and all else is set where it begins.
        self._opcode: Opcode | None = None
        # Whether everything in the header that is still being read has been judged: all but the masking key is there.
        self._judged = False
        # The message that is open.
        self._compressed = False
        self._fragments = 0
        self._wire_bytes = 0
        self._message_bytes = 0

    # -- what has come --------------------------------------------------------------------------------------------

    @property
    def pending(self) -> bool:
        """Whether `process_buffer` may have something to say without further octets."""
        return bool(self._buffer) or self._landing is not None or self._inflating

    @property
    def buffered_bytes(self) -> int:
        """Octets that have come and have not been read."""
        return len(self._buffer) - self._position + (0 if self._landing is None else self._landing.landed)

    def receive_bytes(self, data: bytes | bytearray | memoryview) -> None:
        """Take octets from the peer."""
        if self._landing is not None:
            count = self._landing.add(data)
            # It may have been begun to be awaited whole, and is wanted in parts now.
            self.at_rest = self.waits and not (self._landing.full or self._landing.wrong)
            if count == len(data):
                return
            if type(data) is bytes and not self._buffer:
                self._buffer, self._position = data, count
                return
            data = memoryview(data)[count:]
        self.at_rest = False
        if not self._buffer:
            self._buffer = data if type(data) is bytes else bytearray(data)
        else:
            if type(self._buffer) is bytes:
                self._keep_rest()
            self._buffer += data

    def _pass(self, stop: int) -> None:
        """Let go of what has been read."""
        if stop == len(self._buffer):
            self._buffer, self._position = b"", 0
        elif type(self._buffer) is bytearray:
            # Its front is cut off without moving the rest.
            del self._buffer[:stop]
        else:
            self._position = stop

    def _keep_rest(self) -> None:
        """Copy what has not been read: a few octets must not hold on to all those that came with them."""
        self._buffer, self._position = bytearray(memoryview(self._buffer)[self._position :]), 0

    def receive_buffer(self, minimum: int) -> memoryview | None:
        """Room right behind what has come of a frame that is wanted whole, for a transport to `recv_into`.

        minimum: how many octets of the frame must be missing for this to be worth while.

        None, unless a binary frame `waits`, and for so much. What is given holds no more than a few times what has
        come, whatever the frame announces. It is good for one `recv_into`, to be followed by `buffer_received`,
        whatever came of it.
        """
        if not self.waits or self._opcode is not _BINARY or self._length - self.buffered_bytes < minimum:
            return None
        if self._landing is None:
            self._land()
        return self._landing.room()  # type: ignore[union-attr]

    def _land(self) -> None:
        """Move what has come of a frame to where the rest of it is to come."""
        self._landing = LandingText(self._length, self._key) if self._opcode is _TEXT else LandingPlace(self._length)
        self._landing.add(memoryview(self._buffer)[self._position :])
        self._buffer, self._position = b"", 0

    def buffer_received(self, count: int) -> None:
        """Say how many octets have been written to what `receive_buffer` gave, 0 for none."""
        if self._landing is not None:
            self._landing.added(count)  # type: ignore[union-attr]  # only octets are given room
            self.at_rest = not self._landing.full

    def discard(self) -> None:
        """Throw away what has been received; nothing will be read any more."""
        self._buffer = b""
        self._position = 0
        self._landing = None
        self.waits = False
        self._compressed = False
        if self._deflate is not None:
            self._deflate.stop_inflating()

    # -- reading --------------------------------------------------------------------------------------------------

    def process_buffer(self, *, whole: bool = False) -> Frame | None:
        """The next frame, or the part of it that has come; None when more octets are needed.

        whole: wait for the whole of a message that is one frame, if it is binary or large. (What is wrong with text is
            told at once.)

        Raises ParseFailed.
        """
        self.offset = self.frame_offset
        while self._opcode is not None or self._parse_header():
            compressed = self._compressed and not self._control
            payload = self._inflate_payload() if compressed else self._take_payload(whole=whole)
            if payload is None:
                break
            finished = self._consumed == self._length and not (compressed and self._inflating)
            if payload or finished:
                # Of a frame that has not come whole all has been taken that has come, and `offset` is still before it.
                self.at_rest = not (finished or compressed)
                return self._frame(payload, finished=finished)
        if self._position:
            self._keep_rest()
        self.at_rest = True
        return None

    # -- header: §5.2 ---------------------------------------------------------------------------------------------

    def _parse_header(self) -> bool:
        """Read a frame's header when all of it has come."""
        buffer, start = self._buffer, self._position
        available = len(buffer) - start
        if not available:
            return False
        first = self._judge_first_octet(buffer[start])
        if available < 2:
            return False
        masked = buffer[start + 1] >= 0x80
        length = buffer[start + 1] & 0x7F
        judge_second_octet(length, masked=masked, client=self.client, control=first.control)
        size = 2
        if length >= PAYLOAD_LENGTH_TWO_BYTE:
            size += LENGTH_16 if length == PAYLOAD_LENGTH_TWO_BYTE else LENGTH_64
            if available < size:
                return False
            length = judge_extended_length(length, int.from_bytes(buffer[start + 2 : start + size], "big"))
        if not self._judged:
            self._judge_extensions(first, length)
            self._judge_size(first, length)
            # An extension is asked once per frame, however often the header is looked at until its key has come.
            self._judged = True
        key_at = size
        if masked:
            size += KEY
        if available < size:
            return False
        self._key = bytes(buffer[start + key_at : start + size])
        self._pass(start + size)
        self._begin(first, length)
        return True

    def _judge_first_octet(self, octet: int) -> FirstOctet:
        """FIN, RSV1 to RSV3 and the opcode."""
        first = FIRST_OCTETS[octet]
        # 6455-5.2-2: "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_."
        if first.opcode is None:
            raise ParseFailed(f"Invalid opcode {octet & 0x0F:#x}", requirement="6455-5.2-2")
        # 6455-5.2-1: RSV "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values."
        if octet & 0x70 and not self.extensions:
            raise ParseFailed("Reserved bit set unexpectedly", requirement="6455-5.2-1")
        if first.control:
            # 6455-5.5-1: "All control frames MUST have a payload length of 125 bytes or less and MUST NOT be
            # fragmented."
            if not first.fin:
                raise ParseFailed("Invalid attempt to fragment control frame", requirement="6455-5.5-1")
        elif self._messages is not None:
            self._messages.judge(first.opcode)
        return first

    def _judge_extensions(self, first: FirstOctet, length: int) -> None:
        """Ask the extensions which reserved bits they define."""
        rsv = first.rsv
        claimed: tuple[bool, ...] = _NO_RSV
        if self._deflate is not None:
            # 7692-6.1-1: "An endpoint MUST NOT set the "Per-Message Compressed" bit of control frames and non-first
            # fragments of a data message. An endpoint receiving such a frame MUST _Fail the WebSocket Connection_."
            if rsv.rsv1 and (first.control or first.opcode is _CONTINUATION):
                raise ParseFailed("error in extension", requirement="7692-6.1-1")
            claimed = _RSV1
        else:
            for extension in self.extensions:
                answer = extension.frame_inbound_header(self, first.opcode, rsv, length)  # type: ignore[arg-type]
                if isinstance(answer, CloseReason):
                    raise ParseFailed("error in extension", answer, "6455-10.7-1")
                claimed = tuple(a or b for a, b in zip(claimed, answer, strict=True))
        # 6455-5.2-1: "If a nonzero value is received and none of the negotiated extensions defines the meaning of such
        # a nonzero value, the receiving endpoint MUST _Fail the WebSocket Connection_."
        if rsv != _NO_RSV and any(found and not expected for expected, found in zip(claimed, rsv, strict=True)):
            raise ParseFailed("Reserved bit set unexpectedly", requirement="6455-5.2-1")

    def _judge_size(self, first: FirstOctet, length: int) -> None:
        """6455-10.4-1, before a single octet of the payload is kept."""
        if first.control:
            return
        limits = self.limits
        if limits.max_frame_bytes is not None and length > limits.max_frame_bytes:
            raise too_big("frame too big", "max_frame_bytes")
        if self._most_fragments is not None and self._fragments >= self._most_fragments:
            raise too_big("too many fragments in one message", "max_fragments")
        if self._deflate is not None and (first.rsv.rsv1 or self._compressed):
            bound = limits.compressed_message_bytes
        else:
            bound = limits.max_message_bytes
        if bound is not None and self._wire_bytes + length > bound:
            raise too_big("message too big", "max_message_bytes")

    def _begin(self, first: FirstOctet, length: int) -> None:
        self._opcode = first.opcode
        self._control = first.control
        self._fin = first.fin
        self._length = length
        self._consumed = 0
        self._began = self._judged = False
        if first.control:
            return
        if first.opcode is not _CONTINUATION:
            self._compressed = first.rsv.rsv1 and self._deflate is not None
        self._fragments += 1
        self._wire_bytes += length

    # -- payload: §5.2, §5.3 --------------------------------------------------------------------------------------

    def _take(self, count: int) -> bytes:
        """The next `count` octets of payload, unmasked."""
        if self._landing is not None:
            with self._landing.octets() as data:
                payload = self._unmasked(data)
            self._landing.leave()
            self._landing = None
        elif count == len(self._buffer):
            payload = self._unmasked(self._buffer)
            self._buffer = b""
        else:
            start, stop = self._position, self._position + count
            with memoryview(self._buffer)[start:stop] as data:
                payload = self._unmasked(data)
            self._pass(stop)
        self._consumed += count
        return payload

    def _unmasked(self, data: bytes | bytearray | memoryview) -> bytes:
        # "The masking does not affect the length of the "Payload data"." (§5.3)
        return apply_mask(data, self._key, self._consumed) if self._key else bytes(data)

    def _take_payload(self, *, whole: bool) -> bytes | None:
        """What has come of the payload: all of it for a control frame, any part for a data frame."""
        remaining = self._length - self._consumed
        available = self.buffered_bytes
        self.waits = False
        if available < remaining:
            if whole and self._fin and not (self._control or self._consumed) and self._opcode is not _CONTINUATION:
                self.waits = self._await_whole()
                available = self.buffered_bytes
            if not available or self._control or self.waits:
                return None
        payload = self._take(min(remaining, available))
        if self._deflate is None and self.extensions:
            payload = self._through_extensions(payload)
        if not self._control:
            self._count(payload)
        return payload

    def _await_whole(self) -> bool:
        """Whether the message that is this frame, and has come in part, may be awaited whole."""
        if self._deflate is None and self.extensions:
            return False
        if self._landing is None and self._length >= LARGE:
            self._land()
        # 6455-8.1-1: "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is not, in
        # fact, a valid UTF-8 stream, that endpoint MUST _Fail the WebSocket Connection_." It finds it at once.
        return self._opcode is _BINARY or (self._landing is not None and not self._landing.wrong)

    def _count(self, payload: bytes) -> None:
        """Count what a message has come to; only an extension can make it grow beyond what its headers announced."""
        self._message_bytes += len(payload)
        bound = self.limits.max_message_bytes
        if bound is not None and self._message_bytes > bound:
            raise too_big("message too big", "max_message_bytes")

    def _through_extensions(self, payload: bytes) -> bytes:
        """Hand the payload to extensions that this codec does not know from within."""
        for extension in self.extensions:
            changed = extension.frame_inbound_payload_data(self, payload)  # type: ignore[arg-type]
            if isinstance(changed, CloseReason):
                raise ParseFailed("error in extension", changed, "6455-10.7-1")
            payload = bytes(changed)
        if self._consumed == self._length:
            for extension in self.extensions:
                rest = extension.frame_inbound_complete(self, self._fin)  # type: ignore[arg-type]
                if isinstance(rest, CloseReason):
                    raise ParseFailed("error in extension", rest, "6455-10.7-1")
                if rest is not None:
                    payload += bytes(rest)
        return payload

    @property
    def _inflating(self) -> bool:
        """Whether octets of the frame are still on their way through inflation: none of one that is whole."""
        return self._compressed and self._deflate.inflater(client=self.client).pending  # type: ignore[union-attr]

    def _inflate_payload(self) -> bytes | None:
        """One bounded step of a compressed frame's payload; None when a whole block of it has yet to come."""
        inflater = self._deflate.inflater(client=self.client)  # type: ignore[union-attr]
        if not inflater.pending:
            block = min(self._length - self._consumed, INFLATE_BLOCK)
            if len(self._buffer) - self._position < block:
                return None
            data = self._take(block)
            inflater.feed(data, last=self._fin and self._consumed == self._length)
        try:
            payload = inflater.read(self.limits.max_inflate_step)
        except InflateError as exc:
            # 7692-7.2.2-1: "Decompress the resulting data using DEFLATE." What is no DEFLATE is invalid data.
            raise ParseFailed(
                "error in extension", CloseReason.INVALID_FRAME_PAYLOAD_DATA, "7692-7.2.2-1"
            ) from exc
        self._count(payload)
        return payload

    def _frame(self, payload: bytes, *, finished: bool) -> Frame:
        """Give a frame, or a part of it; the parts after the first are continuations."""
        opcode: Opcode = self._opcode  # type: ignore[assignment]
        fin = self._fin
        given = _CONTINUATION if self._began else opcode
        self._began = True
        if finished:
            self._opcode = None
            self.frame_offset += header_octets(self._length, masked=bool(self._key)) + self._length
            if fin and not self._control:
                if self._compressed:
                    self._deflate.message_inflated(client=self.client)  # type: ignore[union-attr]
                self._compressed = False
                self._fragments = self._wire_bytes = self._message_bytes = 0
        return Frame(given, payload, finished, fin)
