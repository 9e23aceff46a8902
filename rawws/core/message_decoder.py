"""RFC 6455 §5.4 and §8.1: from the data frames of a message to its order and its characters."""

from __future__ import annotations

import codecs

from wsproto.frame_protocol import CloseReason, Frame, Opcode

from rawws.core.parse_failed import ParseFailed

# CPython 3.11 takes 100 ns to look a member up on its enumeration.
_CONTINUATION, _TEXT = Opcode.CONTINUATION, Opcode.TEXT


def begins_surrogate(begun: bytes) -> bool:
    """Whether what has come of a character can only be a surrogate: Python waits for a third octet, two tell."""
    return b"\xed\xa0" <= begun < b"\xee"


class MessageDecoder:
    """Keeps the order of a message's frames, and turns the octets of a text message into characters.

    opcode: TEXT or BINARY while a message is open, else None.
    """

    def __init__(self) -> None:
        self.opcode: Opcode | None = None
        self.decoder: codecs.IncrementalDecoder | None = None

    def judge(self, opcode: Opcode) -> None:
        """Raise ParseFailed when a data frame with `opcode` may not come now."""
        # 6455-5.4-1: "A fragmented message consists of a single frame with the FIN bit clear and an opcode other than
        # 0, followed by zero or more frames with the FIN bit clear and the opcode set to 0, and terminated by a single
        # frame with the FIN bit set and an opcode of 0."
        if self.opcode is None:
            if opcode is _CONTINUATION:
                raise ParseFailed("unexpected CONTINUATION", requirement="6455-5.4-1")
        # 6455-5.4-2: "The fragments of one message MUST NOT be interleaved between the fragments of another message
        # unless an extension has been negotiated that can interpret the interleaving."
        elif opcode is not _CONTINUATION:
            raise ParseFailed(f"expected CONTINUATION, got {opcode!r}", requirement="6455-5.4-2")

    def process_frame(self, frame: Frame) -> Frame:
        """The frame as a piece of its message: opcode TEXT or BINARY, payload str or bytes.

        Raises ParseFailed, whose `text_before` holds the characters that came before the octets at fault.
        """
        opcode, payload, frame_finished, finished = frame
        self.judge(opcode)
        if self.opcode is None:
            self.opcode = opcode
            if opcode is _TEXT:
                self.decoder = codecs.getincrementaldecoder("utf-8")()
        opcode = self.opcode
        finished = frame_finished and finished
        if self.decoder is not None:
            payload = self._decode(payload, finished=finished)  # type: ignore[arg-type]  # a data frame carries bytes
        if finished:
            self.opcode = None
            self.decoder = None
        return Frame(opcode, payload, frame_finished, finished)

    def process_inside(self, payload: bytes) -> str | bytes | None:
        """Octets from the middle of the message that is open, as `process_frame` gives them.

        None where they are no UTF-8 and should be; nothing has changed then.
        """
        decoder = self.decoder
        if decoder is None:
            return payload
        before = decoder.getstate()
        try:
            return self._decode(payload, finished=False)
        except ParseFailed:
            decoder.setstate(before)
            return None

    def _decode(self, payload: bytes, *, finished: bool) -> str:
        # 6455-8.1-1: "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is not, in
        # fact, a valid UTF-8 stream, that endpoint MUST _Fail the WebSocket Connection_."
        decoder = self.decoder
        begun: bytes = decoder.getstate()[0]  # type: ignore[union-attr]
        try:
            text: str = decoder.decode(payload, finished)  # type: ignore[union-attr]
        except UnicodeDecodeError as exc:
            before = (begun + payload)[: exc.start].decode("utf-8")
            raise self._not_utf8(before) from None
        # "Note that a particular text frame might include a partial UTF-8 sequence; however, the whole message MUST
        # contain valid UTF-8." (6455-5.6-1)
        tail: bytes = decoder.getstate()[0]  # type: ignore[union-attr]
        if tail and begins_surrogate(tail):
            raise self._not_utf8(text)
        return text

    @staticmethod
    def _not_utf8(text_before: str) -> ParseFailed:
        return ParseFailed(
            "invalid UTF-8 in a text message",
            CloseReason.INVALID_FRAME_PAYLOAD_DATA,
            "6455-8.1-1",
            text_before=text_before,
        )
