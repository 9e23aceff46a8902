"""RFC 6455 §5: from octets to frames and back, one rule at a time (wsproto.frame_protocol).

`FrameDecoder` (of `frame_decoder`) reads frames, `ScanningDecoder` (of `scanning_decoder`) takes the quick way where
one is open; `MessageDecoder` (of `message_decoder`) keeps the order of fragments and turns text into str, `encoding`
writes frames, and `FrameProtocol` joins them into one endpoint. Each rule stands under its sentence.

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

from rawws.core.accelerator import encode
from rawws.core.close_payload import build_close, parse_close
from rawws.core.errors import WrongType, WrongValue
from rawws.core.extensions import PerMessageDeflate
from rawws.core.frame_decoder import FrameDecoder
from rawws.core.frame_header import frame_header
from rawws.core.limits import DEFAULT_LIMITS, Limits
from rawws.core.masking import new_masking_key
from rawws.core.message_decoder import MessageDecoder
from rawws.core.parse_failed import ParseFailed
from rawws.core.scanning_decoder import ScanningDecoder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rawws.core.extensions import Extension
    from rawws.core.prepared import PreparedMessage

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


# CPython 3.11 takes 100 ns to look a member up on its enumeration.
_CONTINUATION, _TEXT, _BINARY, _CLOSE = Opcode.CONTINUATION, Opcode.TEXT, Opcode.BINARY, Opcode.CLOSE
_CONTROL = 0x8
_FIN, _RSV1 = 0x80, 0x40

#: From so many octets on, header and payload in two buffers cost less than one more copy.
TWO_BUFFERS = 32 * 1024

_NO_RSV = RsvBits(rsv1=False, rsv2=False, rsv3=False)


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
        #: What has come, and the quick way through it; for who knows what may be done when.
        self.frame_decoder = ScanningDecoder(client, self.extensions, limits=limits, messages=self._message_decoder)
        self._failed: ParseFailed | None = None
        self._closed = False
        self._outbound_opcode: Opcode | None = None
        self._deflate = _deflate_alone(self.extensions)
        #: Octets below which a message goes out as it is, unless somebody asks for more; 0 where an extension decides.
        self.plain_bytes = MAX_FRAME_PAYLOAD if not self.extensions else self._deflate.threshold if self._deflate else 0

    # -- receiving ------------------------------------------------------------------------------------------------

    @property
    def offset(self) -> int:
        """Octets of the peer's stream before the frame that was looked at last, whether or not all of it has come."""
        return self.frame_decoder.offset

    @property
    def pending(self) -> bool:
        """Whether `next_frame` may have something to say without further octets."""
        return self._failed is not None or self.frame_decoder.pending

    def receive_bytes(self, data: bytes | bytearray | memoryview) -> None:
        """Take octets from the peer."""
        self.frame_decoder.receive_bytes(data)

    def discard(self) -> None:
        """Give back the memory of everything that was received; nothing will be read any more."""
        self._closed = True
        # An exception holds on to what the functions that it passed were looking at.
        self._failed = None
        self.frame_decoder.discard()

    def received_frames(self) -> Iterator[Frame]:
        """The frames that have come, as `next_frame` gives them. Raises ParseFailed."""
        while (frame := self.next_frame()) is not None:
            yield frame

    def next_frame(self, *, whole: bool = False) -> Frame | None:
        """The next frame, whole or in part; None when more octets are needed or a Close has come.

        whole: wait for the whole of a message that is one frame, if it is binary or large. A Close frame's payload is
            (code, reason).

        Raises ParseFailed.
        """
        if self._closed:
            return None
        if self._failed is not None:
            raise self._failed
        try:
            while (frame := self.frame_decoder.process_buffer(whole=whole)) is not None:
                if frame.opcode is _CLOSE:
                    code_and_reason = parse_close(frame.payload)  # type: ignore[arg-type]  # the decoder gives bytes
                    self.discard()
                    return frame._replace(payload=code_and_reason)
                if frame.opcode & _CONTROL:
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
            self.frame_decoder.stop_scanning()
            if not exc.text_before:
                raise
            return Frame(Opcode.TEXT, exc.text_before, frame_finished=False, message_finished=False)

    def next_fragments(self) -> tuple[str | bytes, int] | None:
        """What the whole fragments that have come inside a message hold together, and how many they are.

        None where there are none that may be taken at once: `next_frame` goes on from there, and finds what is wrong.
        """
        found = self.frame_decoder.find_fragments()
        if found is None:
            return None
        payload = self._message_decoder.process_inside(found.payload)
        if payload is None:
            # Frame by frame from here on, so that the one at fault is named.
            self.frame_decoder.stop_scanning()
            return None
        self.frame_decoder.pass_fragments(found)
        return payload, found.frames

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

    def send_data(
        self,
        payload: bytes | bytearray | memoryview | str = b"",
        fin: bool = True,
        *,
        compress: bool | None = None,
    ) -> bytes:
        """A data frame: text for str, binary for bytes; `fin` ends the message.

        compress: whether to compress the message that begins, where that was agreed on; None: as the extension decides.

        Raises WrongType when the type is another, or not that of the message's first frame, and WrongValue for a str
        with lone surrogates. Nothing has changed then.
        """
        first_octet, data = self._data_frame(payload, fin=fin, compress=compress)
        return self._encode(first_octet, data)

    def send_buffers(
        self, payload: bytes | bytearray | memoryview | str, fin: bool = True, *, compress: bool | None = None
    ) -> tuple[bytes, ...]:
        """What `send_data` gives, in one piece or two: a large payload that need not be masked is not copied.

        Raises as `send_data` does.
        """
        first_octet, data = self._data_frame(payload, fin=fin, compress=compress)
        if self.client or len(data) < TWO_BUFFERS:
            return (self._encode(first_octet, data),)
        return frame_header(first_octet, len(data), None), data

    def send_prepared(self, prepared: PreparedMessage) -> bytes:
        """A message that goes to many peers: its frame for this one. Raises WrongType inside another message."""
        if self._outbound_opcode is not None:
            raise WrongType("finish the fragmented message first (RFC 6455 §5.4)")
        deflate = self._deflate
        if self.client or (deflate is None and self.extensions):
            return self.send_data(prepared.message, compress=prepared.compress)
        if deflate is None or prepared.compress is False or prepared.size < deflate.threshold:
            return prepared.plain
        frame = prepared.compressed(deflate)
        if frame is not prepared.plain:
            deflate.overtaken()
        return frame

    def _data_frame(
        self, payload: bytes | bytearray | memoryview | str, *, fin: bool, compress: bool | None
    ) -> tuple[int, bytes]:
        """First octet and payload of the message's next frame."""
        if isinstance(payload, str):
            opcode = _TEXT
        elif isinstance(payload, (bytes, bytearray, memoryview)):
            opcode = _BINARY
        else:
            raise WrongType(f"Must provide bytes or text, not {type(payload).__name__}")
        begun = self._outbound_opcode
        if begun is not None and begun is not opcode:
            raise WrongType("Data type mismatch inside message")
        data = _octets(payload)
        if self._deflate is None:
            frame = self._through_extensions(opcode if begun is None else _CONTINUATION, data, fin=fin)
        else:
            frame = self._deflated(opcode if begun is None else _CONTINUATION, data, fin=fin, compress=compress)
        self._outbound_opcode = None if fin else opcode
        return frame

    def _deflated(self, opcode: Opcode, data: bytes, *, fin: bool, compress: bool | None) -> tuple[int, bytes]:
        """First octet and payload of a data frame where permessage-deflate is all that was agreed on."""
        deflate: PerMessageDeflate = self._deflate  # type: ignore[assignment]
        first = opcode is not _CONTINUATION
        output = deflate.outgoing(data, first=first, fin=fin, client=self.client, compress=compress)
        first_octet = _FIN | opcode if fin else int(opcode)
        if output is None:
            return first_octet, data
        return first_octet | _RSV1 if first else first_octet, output

    @staticmethod
    def _control_payload(payload: bytes | bytearray | memoryview) -> bytes:
        if not isinstance(payload, (bytes, bytearray, memoryview)):
            raise WrongType(f"a control frame carries bytes, not {type(payload).__name__}")
        data = bytes(payload)
        # 6455-5.5-1: "All control frames MUST have a payload length of 125 bytes or less"
        if len(data) > MAX_PAYLOAD_NORMAL:
            raise WrongValue("payload too long for control frame")
        return data

    def _through_extensions(self, opcode: Opcode, payload: bytes, *, fin: bool = True) -> tuple[int, bytes]:
        """First octet and payload of a frame, as the extensions want them."""
        rsv = _NO_RSV
        for extension in reversed(self.extensions):
            rsv, payload = extension.frame_outbound(self, opcode, rsv, payload, fin)  # type: ignore[arg-type]
        return (fin << 7) | (rsv.rsv1 << 6) | (rsv.rsv2 << 5) | (rsv.rsv3 << 4) | opcode, bytes(payload)

    def _serialize_frame(self, opcode: Opcode, payload: bytes) -> bytes:
        return self._encode(*self._through_extensions(opcode, payload))

    def _encode(self, first_octet: int, payload: bytes) -> bytes:
        # 6455-5.1-1: "A client MUST mask all frames that it sends to the server."
        # 6455-5.1-3: "A server MUST NOT mask any frames that it sends to the client."
        return encode(first_octet, payload, new_masking_key() if self.client else None)


def _deflate_alone(extensions: list[Extension]) -> PerMessageDeflate | None:
    """Our permessage-deflate, if it is the only extension, and nobody has changed what it does to frames."""
    only = extensions[0] if len(extensions) == 1 else None
    if isinstance(only, PerMessageDeflate) and type(only).frame_outbound is PerMessageDeflate.frame_outbound:
        return only
    return None


def lone_surrogates() -> WrongValue:
    """What is wrong with a str that cannot be encoded."""
    return WrongValue("text must not hold lone surrogates: they have no UTF-8 (RFC 6455 §8.1)")


def _octets(payload: bytes | bytearray | memoryview | str) -> bytes:
    """The octets of a data frame's payload. Raises WrongValue."""
    if not isinstance(payload, str):
        return bytes(payload)
    try:
        return payload.encode()
    except UnicodeEncodeError:
        raise lone_surrogates() from None
