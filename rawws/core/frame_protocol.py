"""RFC 6455 §5: from octets to frames and back, one rule at a time (wsproto.frame_protocol).

`FrameDecoder` reads frames, `MessageDecoder` (of `message_decoder`) keeps the order of fragments and turns text into
str, `encoding` writes frames, and `FrameProtocol` joins them into one endpoint. Each rule stands under its sentence.

Whatever the cut of the octets, the frames are the same after joining adjacent data frames of one message: a check needs
a fixed number of octets, and the checks come in the order in which their octets arrive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsproto.frame_protocol import (
    LOCAL_ONLY_CLOSE_REASONS,
    MAX_CLOSE_REASON,
    MAX_FRAME_PAYLOAD,
    MAX_LIBRARY_CLOSE_REASON,
    MAX_PAYLOAD_EIGHT_BYTE,
    MAX_PAYLOAD_NORMAL,
    MAX_PAYLOAD_TWO_BYTE,
    MAX_PRIVATE_CLOSE_REASON,
    MAX_PROTOCOL_CLOSE_REASON,
    MIN_CLOSE_REASON,
    MIN_LIBRARY_CLOSE_REASON,
    MIN_PRIVATE_CLOSE_REASON,
    MIN_PROTOCOL_CLOSE_REASON,
    NULL_MASK,
    PAYLOAD_LENGTH_EIGHT_BYTE,
    PAYLOAD_LENGTH_TWO_BYTE,
    Buffer,
    CloseReason,
    Frame,
    Header,
    Opcode,
    RsvBits,
    XorMaskerNull,
    XorMaskerSimple,
)

from rawws.core.close_payload import build_close, parse_close
from rawws.core.encoding import encode
from rawws.core.errors import WrongType, WrongValue
from rawws.core.extensions import PerMessageDeflate
from rawws.core.inflate import InflateError
from rawws.core.limits import DEFAULT_LIMITS, Limits
from rawws.core.masking import apply_mask, new_masking_key, rotate_key
from rawws.core.message_decoder import MessageDecoder
from rawws.core.parse_failed import ParseFailed, too_big
from rawws.core.scan import scan
from rawws.spec import OPCODES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from rawws.core.extensions import Extension

__all__ = [
    "LOCAL_ONLY_CLOSE_REASONS",
    "MAX_CLOSE_REASON",
    "MAX_FRAME_PAYLOAD",
    "MAX_LIBRARY_CLOSE_REASON",
    "MAX_PAYLOAD_EIGHT_BYTE",
    "MAX_PAYLOAD_NORMAL",
    "MAX_PAYLOAD_TWO_BYTE",
    "MAX_PRIVATE_CLOSE_REASON",
    "MAX_PROTOCOL_CLOSE_REASON",
    "MIN_CLOSE_REASON",
    "MIN_LIBRARY_CLOSE_REASON",
    "MIN_PRIVATE_CLOSE_REASON",
    "MIN_PROTOCOL_CLOSE_REASON",
    "NULL_MASK",
    "PAYLOAD_LENGTH_EIGHT_BYTE",
    "PAYLOAD_LENGTH_TWO_BYTE",
    "Buffer",
    "CloseReason",
    "Frame",
    "FrameDecoder",
    "FrameProtocol",
    "Header",
    "MessageDecoder",
    "Opcode",
    "ParseFailed",
    "RsvBits",
    "XorMaskerNull",
    "XorMaskerSimple",
]

# A compressed frame is inflated in blocks of this many octets of its payload, counted from its beginning, so that what
# comes out of a corrupt or oversized one does not depend on how its octets were cut. (zlib drops the output of the call
# that finds an error.)
_INFLATE_BLOCK = 16 * 1024

# Octets of a frame's header: two, then none, two or eight of extended length, then none or four of masking key.
_LENGTH_16 = 2
_LENGTH_64 = 8
_KEY = 4


class FrameDecoder:
    """Reads frames from octets; a data frame that has come in part is given in part.

    client: which end this is; a client reads unmasked frames, a server masked ones.
    extensions: the enabled extensions. Our permessage-deflate, alone, is inflated in bounded steps.
    limits: bounds on frames, fragments and messages.
    messages: who keeps the order of fragments; None where only single frames are read.
    frame_offset: octets of the stream before the frame that is being read.
    """

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
        self._messages = messages
        only = self.extensions[0] if len(self.extensions) == 1 else None
        self._deflate = only if isinstance(only, PerMessageDeflate) else None
        self._buffer = bytearray()
        # The frame whose header has been read.
        self._opcode: Opcode | None = None
        self._fin = False
        self._length = 0
        self._consumed = 0
        self._key = b""
        self._began = False
        # Whether everything in the header that is still being read has been judged: all but the masking key is there.
        self._judged = False
        # The message that is open.
        self._compressed = False
        self._fragments = 0
        self._wire_bytes = 0
        self._message_bytes = 0

    @property
    def pending(self) -> bool:
        """Whether `process_buffer` may have something to say without further octets."""
        return bool(self._buffer) or self._inflating

    def receive_bytes(self, data: bytes | bytearray | memoryview) -> None:
        """Take octets from the peer."""
        self._buffer += data

    def discard(self) -> None:
        """Throw away what has been received; nothing will be read any more."""
        self._buffer = bytearray()
        self._compressed = False
        if self._deflate is not None:
            self._deflate.stop_inflating()

    def process_buffer(self) -> Frame | None:
        """The next frame, or the part of it that has come; None when more octets are needed. Raises ParseFailed."""
        while self._opcode is not None or self._parse_header():
            if self._compressed and not self._opcode.iscontrol():  # type: ignore[union-attr]
                payload = self._inflate_payload()
            else:
                payload = self._take_payload()
            if payload is None:
                return None
            finished = self._consumed == self._length and not self._inflating
            if payload or finished:
                return self._frame(payload, finished=finished)
        return None

    def scan(
        self, out: list[Any], max_bytes: int, make_text: Callable[[str], Any], make_bytes: Callable[[bytes], Any]
    ) -> bool:
        """Take the run of whole, plain data messages at the front of the buffer; see `rawws.core.scan`."""
        if self._opcode is not None:
            return False
        consumed = scan(self._buffer, out, max_bytes, make_text, make_bytes, masked=not self.client)
        if not consumed:
            return False
        del self._buffer[:consumed]
        self.frame_offset += consumed
        self._judged = False
        return True

    # -- header: §5.2 ---------------------------------------------------------------------------------------------

    def _parse_header(self) -> bool:
        """Read a frame's header when all of it has come."""
        buffer = self._buffer
        if not buffer:
            return False
        fin, rsv, opcode = self._judge_first_octet(buffer[0])
        if len(buffer) < 2:
            return False
        masked = buffer[1] >= 0x80
        length = buffer[1] & 0x7F
        self._judge_second_octet(opcode, length, masked=masked)
        position = 2
        if length >= PAYLOAD_LENGTH_TWO_BYTE:
            position += _LENGTH_16 if length == PAYLOAD_LENGTH_TWO_BYTE else _LENGTH_64
            if len(buffer) < position:
                return False
            length = self._extended_length(length, int.from_bytes(buffer[2:position], "big"))
        if not self._judged:
            self._judge_extensions(opcode, rsv, length)
            self._judge_size(opcode, length, compressed=rsv.rsv1 or self._compressed)
            # An extension is asked once per frame, however often the header is looked at until its key has come.
            self._judged = True
        key_end = position + _KEY if masked else position
        if len(buffer) < key_end:
            return False
        self._key = bytes(buffer[position:key_end])
        self._begin(opcode, length, fin=fin, rsv=rsv)
        del buffer[:key_end]
        return True

    def _judge_first_octet(self, octet: int) -> tuple[bool, RsvBits, Opcode]:
        """FIN, RSV1 to RSV3 and the opcode."""
        fin = octet >= 0x80
        rsv = RsvBits(bool(octet & 0x40), bool(octet & 0x20), bool(octet & 0x10))
        # 6455-5.2-2: "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_."
        if not OPCODES[octet & 0x0F].defined:
            raise ParseFailed(f"Invalid opcode {octet & 0x0F:#x}", requirement="6455-5.2-2")
        opcode = Opcode(octet & 0x0F)
        # 6455-5.2-1: RSV "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values."
        if not self.extensions and octet & 0x70:
            raise ParseFailed("Reserved bit set unexpectedly", requirement="6455-5.2-1")
        if opcode.iscontrol():
            # 6455-5.5-1: "All control frames MUST have a payload length of 125 bytes or less and MUST NOT be
            # fragmented."
            if not fin:
                raise ParseFailed("Invalid attempt to fragment control frame", requirement="6455-5.5-1")
        elif self._messages is not None:
            self._messages.judge(opcode)
        return fin, rsv, opcode

    def _judge_second_octet(self, opcode: Opcode, length: int, *, masked: bool) -> None:
        """MASK and the seven bits of length."""
        # 6455-5.1-4: "A client MUST close a connection if it detects a masked frame."
        if masked and self.client:
            raise ParseFailed("client received unexpected masked frame", requirement="6455-5.1-4")
        # 6455-5.1-2: "The server MUST close the connection upon receiving a frame that is not masked."
        if not masked and not self.client:
            raise ParseFailed("server received unexpected unmasked frame", requirement="6455-5.1-2")
        # 6455-5.5-1: "All control frames MUST have a payload length of 125 bytes or less"
        if length > MAX_PAYLOAD_NORMAL and opcode.iscontrol():
            raise ParseFailed("Control frame with payload len > 125", requirement="6455-5.5-1")

    @staticmethod
    def _extended_length(short: int, length: int) -> int:
        """The 16 or 64 bits of length that follow a short length of 126 or 127."""
        # 6455-5.2-4: "Note that in all cases, the minimal number of bytes MUST be used to encode the length"
        if short == PAYLOAD_LENGTH_TWO_BYTE:
            if length <= MAX_PAYLOAD_NORMAL:
                raise ParseFailed("Payload length used 2 bytes when 1 would have sufficed", requirement="6455-5.2-4")
            return length
        if length <= MAX_PAYLOAD_TWO_BYTE:
            raise ParseFailed("Payload length used 8 bytes when 2 would have sufficed", requirement="6455-5.2-4")
        # 6455-5.2-3: "If 127, the following 8 bytes interpreted as a 64-bit unsigned integer (the most significant bit
        # MUST be 0) are the payload length."
        if length >> 63:
            raise ParseFailed("8-byte payload length with non-zero MSB", requirement="6455-5.2-3")
        return length

    def _judge_extensions(self, opcode: Opcode, rsv: RsvBits, length: int) -> None:
        """Ask the extensions which reserved bits they define."""
        if self._deflate is not None:
            # 7692-6.1-1: "An endpoint MUST NOT set the "Per-Message Compressed" bit of control frames and non-first
            # fragments of a data message. An endpoint receiving such a frame MUST _Fail the WebSocket Connection_."
            if rsv.rsv1 and (opcode.iscontrol() or opcode is Opcode.CONTINUATION):
                raise ParseFailed("error in extension", requirement="7692-6.1-1")
            claimed = [True, False, False]
        else:
            claimed = [False, False, False]
            for extension in self.extensions:
                answer = extension.frame_inbound_header(self, opcode, rsv, length)  # type: ignore[arg-type]
                if isinstance(answer, CloseReason):
                    raise ParseFailed("error in extension", answer, "6455-10.7-1")
                claimed = [a or b for a, b in zip(claimed, answer, strict=True)]
        # 6455-5.2-1: "If a nonzero value is received and none of the negotiated extensions defines the meaning of such
        # a nonzero value, the receiving endpoint MUST _Fail the WebSocket Connection_."
        if any(found and not expected for expected, found in zip(claimed, rsv, strict=True)):
            raise ParseFailed("Reserved bit set unexpectedly", requirement="6455-5.2-1")

    def _judge_size(self, opcode: Opcode, length: int, *, compressed: bool) -> None:
        """6455-10.4-1, before a single octet of the payload is kept."""
        if opcode.iscontrol():
            return
        limits = self.limits
        if limits.max_frame_bytes is not None and length > limits.max_frame_bytes:
            raise too_big("frame too big", "max_frame_bytes")
        if limits.fragments is not None and self._fragments >= limits.fragments:
            raise too_big("too many fragments in one message", "max_fragments")
        if self._deflate is not None and compressed:
            bound = limits.compressed_message_bytes
        else:
            bound = limits.max_message_bytes
        if bound is not None and self._wire_bytes + length > bound:
            raise too_big("message too big", "max_message_bytes")

    def _begin(self, opcode: Opcode, length: int, *, fin: bool, rsv: RsvBits) -> None:
        self._opcode = opcode
        self._fin = fin
        self._length = length
        self._consumed = 0
        self._began = self._judged = False
        if opcode.iscontrol():
            return
        if opcode is not Opcode.CONTINUATION:
            self._compressed = rsv.rsv1 and self._deflate is not None
        self._fragments += 1
        self._wire_bytes += length

    # -- payload: §5.2, §5.3 --------------------------------------------------------------------------------------

    def _take(self, count: int) -> bytes:
        """Remove `count` octets of payload from the buffer, unmasked."""
        data = bytes(memoryview(self._buffer)[:count])
        del self._buffer[:count]
        if self._key:
            # "The masking does not affect the length of the "Payload data"." (§5.3)
            data = apply_mask(data, rotate_key(self._key, self._consumed))
        self._consumed += len(data)
        return data

    def _take_payload(self) -> bytes | None:
        """What has come of the payload: all of it for a control frame, any part for a data frame."""
        remaining = self._length - self._consumed
        available = len(self._buffer)
        if available < remaining and (not available or self._opcode.iscontrol()):  # type: ignore[union-attr]
            return None
        payload = self._take(min(remaining, available))
        if self._deflate is None:
            payload = self._through_extensions(payload)
        if not self._opcode.iscontrol():  # type: ignore[union-attr]
            self._count(payload)
        return payload

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
        """Whether octets of the frame are still on their way through inflation."""
        if self._deflate is None or not self._compressed:
            return False
        if self._opcode is not None and self._opcode.iscontrol():
            return False
        return self._deflate.inflater(client=self.client).pending

    def _inflate_payload(self) -> bytes | None:
        """One bounded step of a compressed frame's payload; None when a whole block of it has yet to come."""
        inflater = self._deflate.inflater(client=self.client)  # type: ignore[union-attr]
        if not inflater.pending:
            block = min(self._length - self._consumed, _INFLATE_BLOCK)
            if len(self._buffer) < block:
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
        given = Opcode.CONTINUATION if self._began else opcode
        self._began = True
        if finished:
            self._opcode = None
            self.frame_offset += self._header_length() + self._length
            if fin and not opcode.iscontrol():
                if self._compressed:
                    self._deflate.message_inflated(client=self.client)  # type: ignore[union-attr]
                self._compressed = False
                self._fragments = self._wire_bytes = self._message_bytes = 0
        return Frame(given, payload, finished, fin)

    def _header_length(self) -> int:
        """Octets of the header that has been read: the encoding of the length is minimal, so it can be told."""
        length = self._length
        extended = 0 if length <= MAX_PAYLOAD_NORMAL else _LENGTH_16 if length <= MAX_PAYLOAD_TWO_BYTE else _LENGTH_64
        return 2 + extended + len(self._key)


class FrameProtocol:
    """One endpoint's frames, both ways.

    client: which end this is; a client masks what it sends.
    extensions: the agreed extensions; those that are not enabled are left out.
    """

    def __init__(self, client: bool, extensions: list[Extension], *, limits: Limits = DEFAULT_LIMITS) -> None:
        self.client = client
        self.extensions = [extension for extension in extensions if extension.enabled()]
        self.limits = limits
        self._message_decoder = MessageDecoder()
        self._frame_decoder = FrameDecoder(client, self.extensions, limits=limits, messages=self._message_decoder)
        self._offset = 0
        self._failed: ParseFailed | None = None
        self._closed = False
        self._outbound_opcode: Opcode | None = None
        bounds = [bound for bound in (limits.max_frame_bytes, limits.max_message_bytes) if bound is not None]
        self._scan_bytes = min(bounds, default=MAX_PAYLOAD_EIGHT_BYTE >> 1)
        # Only our permessage-deflate leaves frames without RSV1 as they are.
        self._may_scan = all(isinstance(extension, PerMessageDeflate) for extension in self.extensions)
        if limits.fragments == 0:
            self._may_scan = False

    # -- receiving ------------------------------------------------------------------------------------------------

    @property
    def offset(self) -> int:
        """Octets of the peer's stream before the frame that was looked at last, whether or not all of it has come."""
        return self._offset

    @property
    def pending(self) -> bool:
        """Whether `next_frame` may have something to say without further octets."""
        return self._failed is not None or self._frame_decoder.pending

    def receive_bytes(self, data: bytes | bytearray | memoryview) -> None:
        """Take octets from the peer."""
        self._frame_decoder.receive_bytes(data)

    def discard(self) -> None:
        """Give back the memory of everything that was received; nothing will be read any more."""
        self._closed = True
        # An exception holds on to what the functions that it passed were looking at.
        self._failed = None
        self._frame_decoder.discard()

    def received_frames(self) -> Iterator[Frame]:
        """The frames that have come, as `next_frame` gives them. Raises ParseFailed."""
        while (frame := self.next_frame()) is not None:
            yield frame

    def next_frame(self) -> Frame | None:
        """The next frame, whole or in part; None when more octets are needed or a Close has come.

        A Close frame's payload is (code, reason). Raises ParseFailed.
        """
        if self._closed:
            return None
        if self._failed is not None:
            raise self._failed
        self._offset = self._frame_decoder.frame_offset
        try:
            while (frame := self._frame_decoder.process_buffer()) is not None:
                if frame.opcode is Opcode.CLOSE:
                    code_and_reason = parse_close(frame.payload)  # type: ignore[arg-type]  # the decoder gives bytes
                    self.discard()
                    return frame._replace(payload=code_and_reason)
                if frame.opcode.iscontrol():
                    return frame
                frame = self._message_decoder.process_frame(frame)
                # The first octets of a character are nothing to tell yet.
                if frame.payload or frame.frame_finished:
                    return frame
            return None
        except ParseFailed as exc:
            # Nothing behind a violation is looked at, however often somebody asks. What came before the octets at fault
            # is delivered however the frame was cut; the failure is next.
            self._failed = exc
            if not exc.text_before:
                raise
            return Frame(Opcode.TEXT, exc.text_before, frame_finished=False, message_finished=False)

    def scan(self, out: list[Any], make_text: Callable[[str], Any], make_bytes: Callable[[bytes], Any]) -> bool:
        """Take the run of whole, plain data messages at the front of what has come, the quick way.

        Each becomes `make_text(str)` or `make_bytes(bytes)` in `out`. Says whether there was at least one.
        """
        if not self._may_scan or self._closed or self._failed is not None or self._message_decoder.opcode is not None:
            return False
        found = self._frame_decoder.scan(out, self._scan_bytes, make_text, make_bytes)
        self._offset = self._frame_decoder.frame_offset
        return found

    # -- sending --------------------------------------------------------------------------------------------------

    def close(self, code: int | None = None, reason: str | None = None) -> bytes:
        """A Close frame. Codes that stand only for themselves are mapped as wsproto's users rely on.

        Raises WrongType or WrongValue (LocalProtocolError) for a code or reason that must not be sent.
        """
        # 1005 and 0 mean "no code"; 1006 and 1015 "MUST NOT be set as a status code in a Close control frame by an
        # endpoint" (§7.4.1): they become 1000.
        if isinstance(code, int) and not isinstance(code, bool):
            if code in {0, CloseReason.NO_STATUS_RCVD}:
                code = None
                reason = reason or None
            elif code in LOCAL_ONLY_CLOSE_REASONS:
                code = CloseReason.NORMAL_CLOSURE
        return self._serialize_frame(Opcode.CLOSE, build_close(code, reason))

    def ping(self, payload: bytes | bytearray | memoryview = b"") -> bytes:
        """A Ping frame. Raises WrongType or WrongValue for a payload that is no bytes or has more than 125 octets."""
        return self._serialize_frame(Opcode.PING, self._control_payload(payload))

    def pong(self, payload: bytes | bytearray | memoryview = b"") -> bytes:
        """A Pong frame. Raises WrongType or WrongValue for a payload that is no bytes or has more than 125 octets."""
        return self._serialize_frame(Opcode.PONG, self._control_payload(payload))

    def send_data(self, payload: bytes | bytearray | memoryview | str = b"", fin: bool = True) -> bytes:
        """A data frame: text for str, binary for bytes; `fin` ends the message.

        Raises WrongType when the type is another, or not that of the message's first frame, and WrongValue for a str
        with lone surrogates. Nothing has changed then.
        """
        if isinstance(payload, str):
            opcode = Opcode.TEXT
            try:
                data = payload.encode("utf-8")
            except UnicodeEncodeError:
                raise WrongValue("text must not hold lone surrogates: they have no UTF-8 (RFC 6455 §8.1)") from None
        elif isinstance(payload, (bytes, bytearray, memoryview)):
            opcode = Opcode.BINARY
            data = bytes(payload)
        else:
            raise WrongType(f"Must provide bytes or text, not {type(payload).__name__}")
        if self._outbound_opcode is not None:
            if self._outbound_opcode is not opcode:
                raise WrongType("Data type mismatch inside message")
            opcode = Opcode.CONTINUATION
        elif not fin:
            self._outbound_opcode = opcode
        if fin:
            self._outbound_opcode = None
        return self._serialize_frame(opcode, data, fin=fin)

    @staticmethod
    def _control_payload(payload: bytes | bytearray | memoryview) -> bytes:
        if not isinstance(payload, (bytes, bytearray, memoryview)):
            raise WrongType(f"a control frame carries bytes, not {type(payload).__name__}")
        data = bytes(payload)
        # 6455-5.5-1: "All control frames MUST have a payload length of 125 bytes or less"
        if len(data) > MAX_PAYLOAD_NORMAL:
            raise WrongValue("payload too long for control frame")
        return data

    def _serialize_frame(self, opcode: Opcode, payload: bytes, *, fin: bool = True) -> bytes:
        rsv = RsvBits(rsv1=False, rsv2=False, rsv3=False)
        for extension in reversed(self.extensions):
            rsv, payload = extension.frame_outbound(self, opcode, rsv, payload, fin)  # type: ignore[arg-type]
        first_octet = (fin << 7) | (rsv.rsv1 << 6) | (rsv.rsv2 << 5) | (rsv.rsv3 << 4) | opcode
        # 6455-5.1-1: "A client MUST mask all frames that it sends to the server."
        # 6455-5.1-3: "A server MUST NOT mask any frames that it sends to the client."
        return encode(first_octet, bytes(payload), new_masking_key() if self.client else None)
