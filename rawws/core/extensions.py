"""RFC 6455 §9 and RFC 7692: extensions, and permessage-deflate as one of them (wsproto.extensions)."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Any

from wsproto.extensions import Extension
from wsproto.extensions import PerMessageDeflate as _WsprotoPerMessageDeflate
from wsproto.frame_protocol import CloseReason, Opcode, RsvBits

from rawws.core.inflate import EMPTY_BLOCK_TAIL, InflateError, Inflater
from rawws.core.limits import DEFAULT_LIMITS
from rawws.core.zlib_module import ZlibModule, can_inflate

if TYPE_CHECKING:
    from wsproto.frame_protocol import FrameDecoder, FrameProtocol

__all__ = ["SUPPORTED_EXTENSIONS", "Extension", "PerMessageDeflate"]

_COMPRESSED = RsvBits(rsv1=True, rsv2=False, rsv3=False)

_CONTINUATION = Opcode.CONTINUATION
_CONTROL = 0x8

# zlib inflates with a window of 8 but cannot deflate raw with one.
_SMALLEST_DEFLATE_WINDOW = 9

# zlib's MAX_MEM_LEVEL, which the standard library does not name.
_MOST_MEMORY_LEVEL = 9

_CLIENT_WINDOW_OF_8 = re.compile(r"(client_max_window_bits\s*=\s*\"?)8\b")


class PerMessageDeflate(_WsprotoPerMessageDeflate):
    """RFC 7692 permessage-deflate, bounded in both directions.

    client_no_context_takeover, server_no_context_takeover, client_max_window_bits, server_max_window_bits:
        what to offer or to accept, as in wsproto (windows 9 to 15; ValueError otherwise).
    threshold: octets below which a message that is sent in one frame stays uncompressed; 0 compresses everything.
    level: zlib's compression level, 0 to 9, or -1 for zlib's own default.
    window_bits: the window to deflate with, 9 to 15; never more than was agreed. None: what was agreed.
    memory_level: zlib's memLevel, 1 to 9.
    zlib_module: the standard library's `zlib`, or what has its face and is faster: `isal.isal_zlib` (levels 0 to 3),
        `zlib_ng.zlib_ng`. One that cannot tell how a message ends only deflates.

    Memory, from the first compressed message on, in octets (zlib's own account): to deflate 4 × 2^window_bits +
    512 × 2^memory_level and about 6 Ki; to inflate 2^window_bits of the peer's and about 7 Ki. The former is given back
    by `free_idle`, and with the agreement on "no context takeover" each is after every message.
    """

    def __init__(
        self,
        client_no_context_takeover: bool = False,
        client_max_window_bits: int | None = None,
        server_no_context_takeover: bool = False,
        server_max_window_bits: int | None = None,
        *,
        threshold: int = 0,
        level: int = zlib.Z_DEFAULT_COMPRESSION,
        window_bits: int | None = None,
        memory_level: int = zlib.DEF_MEM_LEVEL,
        zlib_module: ZlibModule = zlib,
    ) -> None:
        super().__init__(
            client_no_context_takeover=client_no_context_takeover,
            client_max_window_bits=client_max_window_bits,
            server_no_context_takeover=server_no_context_takeover,
            server_max_window_bits=server_max_window_bits,
        )
        if window_bits is not None and not _SMALLEST_DEFLATE_WINDOW <= window_bits <= zlib.MAX_WBITS:
            raise ValueError("window_bits must be between 9 and 15 inclusive")
        if not 1 <= memory_level <= _MOST_MEMORY_LEVEL:
            raise ValueError("memory_level must be between 1 and 9 inclusive")
        if not -1 <= level <= zlib_module.Z_BEST_COMPRESSION:
            raise ValueError(f"level must be between -1 and {zlib_module.Z_BEST_COMPRESSION} inclusive")
        self.threshold = threshold
        self.level = level
        self._own_window_bits = window_bits
        self._memory_level = memory_level
        self._deflating = zlib_module
        self._inflating = zlib_module if can_inflate(zlib_module) else zlib
        self._compressor: Any = None
        self._compressor_used = False
        self._decompressor: Inflater | None = None  # type: ignore[assignment]  # ours has steps
        self._outbound_compressed = False
        self._outbound_open = False
        self._may_deflate = True
        self._inbound_bytes = 0

    # -- agreement ------------------------------------------------------------------------------------------------

    def accept(self, offer: str) -> bool | str | None:
        """Server: agree to an offer whose grammar has been judged; the parameters of the answer, None to decline.

        A client that limits itself to a window of 8 is welcome: inflating with more does no harm.
        """
        answer = super().accept(_CLIENT_WINDOW_OF_8.sub(r"\g<1>9", offer))
        if not isinstance(answer, str):
            return answer
        if "client_max_window_bits" not in answer:
            # "Absence of this parameter in an extension negotiation response indicates that the server can receive
            # messages compressed using an LZ77 sliding window of up to 32,768 bytes." (§7.1.2.2) Whatever was wished
            # for here, it was not offered, and so may not be asked for (7692-7.1.2.2-1).
            self.client_max_window_bits = zlib.MAX_WBITS
        if _CLIENT_WINDOW_OF_8.search(offer):
            answer = answer.replace("client_max_window_bits=9", "client_max_window_bits=8")
        return answer

    def finalize(self, offer: str) -> None:
        """Client: take the server's answer, whose grammar has been judged.

        A server that wants a window of 8 from us gets messages without compression, which is always allowed (§6.1).
        """
        if _CLIENT_WINDOW_OF_8.search(offer):
            self._may_deflate = False
            offer = _CLIENT_WINDOW_OF_8.sub(r"\g<1>9", offer)
        super().finalize(offer)

    # -- from the peer --------------------------------------------------------------------------------------------

    def inflater(self, *, client: bool) -> Inflater:
        """What inflates the peer's messages; made at the first compressed one."""
        if self._decompressor is None:
            bits = self.server_max_window_bits if client else self.client_max_window_bits
            takeover = self._peer_takes_over(client=client)
            self._decompressor = Inflater(bits, takeover=takeover, zlib_module=self._inflating)
        return self._decompressor

    def message_inflated(self, *, client: bool) -> None:
        """A compressed message is complete: give its memory back where the agreement allows."""
        if not self._peer_takes_over(client=client):
            self._decompressor = None

    def stop_inflating(self) -> None:
        """Nothing of the peer's will be read any more: give back the window."""
        self._decompressor = None

    def _peer_takes_over(self, *, client: bool) -> bool:
        return not (self.server_no_context_takeover if client else self.client_no_context_takeover)

    def frame_inbound_header(
        self,
        proto: FrameDecoder | FrameProtocol,
        opcode: Opcode,
        rsv: RsvBits,
        payload_length: int,  # noqa: ARG002  wsproto's signature
    ) -> CloseReason | RsvBits:
        """wsproto's hook: claim RSV1, and refuse it where it must not be.

        7692-6.1-1: "An endpoint MUST NOT set the "Per-Message Compressed" bit of control frames and non-first fragments
        of a data message. An endpoint receiving such a frame MUST _Fail the WebSocket Connection_."
        """
        if rsv.rsv1 and (opcode.iscontrol() or opcode is Opcode.CONTINUATION):
            return CloseReason.PROTOCOL_ERROR
        self._inbound_is_compressible = not opcode.iscontrol()
        if self._inbound_is_compressible and self._inbound_compressed is None:
            self._inbound_compressed = rsv.rsv1
            if rsv.rsv1:
                # Here, as wsproto makes it: who calls the hooks by hand may put another in its place.
                self.inflater(client=proto.client)
        return _COMPRESSED

    def frame_inbound_payload_data(self, proto: FrameDecoder | FrameProtocol, data: bytes) -> bytes | CloseReason:
        """wsproto's hook: inflate what has come, up to the message limit."""
        if not self._inbound_compressed or not self._inbound_is_compressible:
            return data
        return self._inflate_all(proto, data, last=False)

    def frame_inbound_complete(self, proto: FrameDecoder | FrameProtocol, fin: bool) -> bytes | CloseReason | None:
        """wsproto's hook: at the end of a compressed message, inflate its tail.

        A control frame that comes between two fragments leaves the message as it is (6455-5.4-3).
        """
        if not fin or not self._inbound_is_compressible:
            return None
        compressed, self._inbound_compressed = self._inbound_compressed, None
        if not compressed:
            return None
        output = self._inflate_all(proto, b"", last=True)
        self._inbound_bytes = 0
        self.message_inflated(client=proto.client)
        return output

    def _inflate_all(self, proto: FrameDecoder | FrameProtocol, data: bytes, *, last: bool) -> bytes | CloseReason:
        limits = getattr(proto, "limits", DEFAULT_LIMITS)
        inflater = self.inflater(client=proto.client)
        output = bytearray()
        try:
            inflater.feed(bytes(data), last=last)
            while inflater.pending:
                output += inflater.read(limits.max_inflate_step)
                most = limits.max_message_bytes
                if most is not None and self._inbound_bytes + len(output) > most:
                    return CloseReason.MESSAGE_TOO_BIG
        except InflateError:
            return CloseReason.INVALID_FRAME_PAYLOAD_DATA
        self._inbound_bytes += len(output)
        return bytes(output)

    # -- to the peer ----------------------------------------------------------------------------------------------

    def frame_outbound(
        self,
        proto: FrameDecoder | FrameProtocol,
        opcode: Opcode,
        rsv: RsvBits,
        data: bytes,
        fin: bool,
    ) -> tuple[RsvBits, bytes]:
        """wsproto's hook: deflate one frame of a message, unless it is small, a control frame, or not to be."""
        if opcode & _CONTROL:
            return rsv, data
        first = opcode is not _CONTINUATION
        output = self.outgoing(data, first=first, fin=fin, client=proto.client)
        if output is None:
            return rsv, data
        return RsvBits(rsv1=True, rsv2=rsv.rsv2, rsv3=rsv.rsv3) if first else rsv, output

    def outgoing(
        self, data: bytes, *, first: bool, fin: bool, client: bool, compress: bool | None = None
    ) -> bytes | None:
        """The payload of a message's next frame, deflated; None where it goes out as it is.

        first, fin: whether the frame is the first and the last of its message.
        compress: whether to compress the message that begins; None: if it reaches the threshold, or has several frames.
        """
        if first:
            wanted = not (fin and len(data) < self.threshold) if compress is None else compress
            self._outbound_compressed = wanted and self._may_deflate
        if not self._outbound_compressed:
            return None
        self._outbound_open = not fin
        output = self.deflate(data, fin=fin, client=client)
        if first and fin and len(output) >= len(data):
            # Noise grows. Plain it is shorter; and a compressor that has seen what the peer's inflater has not is of no
            # more use (a new one refers to nothing before itself, which is always right).
            self._compressor = None
            return None
        return output

    def deflate(self, data: bytes, *, fin: bool, client: bool) -> bytes:
        """Compress one frame's payload (RFC 7692 §7.2.1)."""
        compressor = self._compressor
        if compressor is None:
            compressor = self._compressor = self._new_compressor(client=client)
        self._compressor_used = True
        output: bytes = compressor.compress(data)
        if not fin:
            return output
        output += compressor.flush(self._deflating.Z_SYNC_FLUSH)
        if self.client_no_context_takeover if client else self.server_no_context_takeover:
            self._compressor = None
        if not output:
            # zlib flushes nothing twice in a row; an empty message is then one octet of zeros (§7.2.3.6).
            return b"\x00"
        # "Remove 4 octets (that are 0x00 0x00 0xff 0xff) from the tail end." (§7.2.1)
        return output[: -len(EMPTY_BLOCK_TAIL)]

    def _window_to(self, *, client: bool) -> int:
        """The bits of the window to deflate with."""
        agreed = self.client_max_window_bits if client else self.server_max_window_bits
        return min(agreed, self._own_window_bits or agreed)

    def _new_compressor(self, *, client: bool) -> Any:  # noqa: ANN401  zlib does not name the type
        options = {"wbits": -self._window_to(client=client), "memLevel": self._memory_level}
        if self.level >= 0:
            options["level"] = self.level
        return self._deflating.compressobj(**options)

    @property
    def recipe(self) -> tuple[object, ...]:
        """What decides how a server's message looks when it is compressed by itself: the same for equal recipes."""
        return self._window_to(client=False), self._memory_level, self.level, self._deflating

    def deflate_alone(self, data: bytes) -> bytes:
        """Compress the payload of a server's message that refers to none before it, for any peer with this `recipe`."""
        compressor = self._new_compressor(client=False)
        output: bytes = compressor.compress(data) + compressor.flush(self._deflating.Z_SYNC_FLUSH)
        return output[: -len(EMPTY_BLOCK_TAIL)]

    def overtaken(self) -> None:
        """The peer gets a compressed message that our compressor has not seen: it is of no more use."""
        self._compressor = None

    def free_idle(self) -> bool:
        """Give back the memory of what has not been used since this was called last; whether there was any.

        Compression begins anew with the next message, which is always allowed. What inflates the peer's messages has to
        remember those before, unless it was agreed otherwise.
        """
        idle = self._compressor is not None and not self._compressor_used and not self._outbound_open
        if idle:
            self._compressor = None
        self._compressor_used = False
        return idle


#: Every extension that this package knows, by name (wsproto.extensions.SUPPORTED_EXTENSIONS).
SUPPORTED_EXTENSIONS = {PerMessageDeflate.name: PerMessageDeflate}
