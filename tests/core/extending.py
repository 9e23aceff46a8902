"""Extensions for tests: permessage-deflate as two ends have agreed on it, and one of somebody else's."""

from __future__ import annotations

from typing import Any

from rawws.core.extensions import Extension, PerMessageDeflate
from rawws.core.frame_protocol import CloseReason, Opcode, RsvBits


def agreed(element: str = "", **options: Any) -> PerMessageDeflate:  # noqa: ANN401  whatever it takes
    """permessage-deflate after an agreement on these parameters."""
    extension = PerMessageDeflate(**options)
    extension.finalize("permessage-deflate; " + element if element else "permessage-deflate")
    return extension


def turned_over(data: bytes) -> bytes:
    """What `Xor` makes of octets, there and back."""
    return bytes(octet ^ 0xFF for octet in data)


class Xor(Extension):
    """Turns every octet of data frames over, marks them with RSV2, and remembers what it was asked."""

    name = "x-xor"

    def __init__(self, answer: CloseReason | None = None, at: str = "", trailer: bytes | None = None) -> None:
        self.asked: list[tuple[str, object]] = []
        self.answer = answer
        self.at = at
        self.trailer = trailer

    def offer(self) -> bool:
        """Offer the name."""
        return True

    def enabled(self) -> bool:
        """Agreed on."""
        return True

    def frame_inbound_header(
        self, proto: object, opcode: Opcode, rsv: RsvBits, payload_length: int
    ) -> RsvBits | CloseReason:
        """Claim RSV2."""
        self.asked.append(("header", (opcode, rsv.rsv2, payload_length)))
        self.control = opcode.iscontrol()
        if self.at == "header" and self.answer is not None:
            return self.answer
        return RsvBits(rsv1=False, rsv2=True, rsv3=False)

    def frame_inbound_payload_data(self, proto: object, data: bytes) -> bytes | CloseReason:
        """Turn the octets over."""
        if self.at == "payload" and self.answer is not None:
            return self.answer
        return data if self.control else turned_over(data)

    def frame_inbound_complete(self, proto: object, fin: bool) -> bytes | CloseReason | None:
        """Add the trailer."""
        self.asked.append(("complete", fin))
        if self.at == "complete" and self.answer is not None:
            return self.answer
        return None if self.control else self.trailer

    def frame_outbound(
        self, proto: object, opcode: Opcode, rsv: RsvBits, data: bytes, fin: bool
    ) -> tuple[RsvBits, bytes]:
        """Turn the octets over, and mark the frame."""
        if opcode.iscontrol():
            return rsv, data
        return RsvBits(rsv.rsv1, True, rsv.rsv3), turned_over(data)
