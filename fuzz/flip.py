"""An extension that the core does not know from within: it goes through wsproto's hooks, as those of users do."""

from __future__ import annotations

from wsproto.frame_protocol import FrameDecoder, FrameProtocol, Opcode, RsvBits

from rawws.core.extensions import Extension

_FLIPPED = bytes(255 - octet for octet in range(256))


class Flip(Extension):
    """Every octet of a data message is flipped, and RSV2 says so."""

    name = "flip"

    def offer(self) -> bool | str:
        """With no parameters."""
        return True

    def accept(self, offer: str) -> bool | str | None:  # noqa: ARG002  wsproto's signature
        """Always."""
        return True

    def enabled(self) -> bool:
        """It is."""
        return True

    def frame_inbound_header(
        self,
        proto: FrameDecoder | FrameProtocol,  # noqa: ARG002  wsproto's signature
        opcode: Opcode,
        rsv: RsvBits,  # noqa: ARG002  (the same)
        payload_length: int,  # noqa: ARG002  (the same)
    ) -> RsvBits:
        """Claim RSV2 of data frames."""
        self._data = not opcode.iscontrol()
        return RsvBits(False, self._data, False)

    def frame_inbound_payload_data(
        self,
        proto: FrameDecoder | FrameProtocol,  # noqa: ARG002  (the same)
        data: bytes,
    ) -> bytes:
        """Flip them back."""
        return flipped(data) if self._data else data

    def frame_outbound(
        self,
        proto: FrameDecoder | FrameProtocol,  # noqa: ARG002  (the same)
        opcode: Opcode,
        rsv: RsvBits,
        data: bytes,
        fin: bool,  # noqa: ARG002, FBT001  (the same)
    ) -> tuple[RsvBits, bytes]:
        """Flip them."""
        return (rsv, data) if opcode.iscontrol() else (RsvBits(rsv.rsv1, True, rsv.rsv3), flipped(data))


def flipped(data: bytes) -> bytes:
    """Every bit the other way round."""
    return data.translate(_FLIPPED)
