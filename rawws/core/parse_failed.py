"""The exception by which the codec says that the peer broke a rule; it never leaves the core through a connection."""

from __future__ import annotations

from wsproto.frame_protocol import CloseReason
from wsproto.frame_protocol import ParseFailed as _WsprotoParseFailed


class ParseFailed(_WsprotoParseFailed):
    """The peer's octets break a rule.

    code: what the Close frame will carry.
    requirement: id of the sentence that was broken, in `rawws.spec.REQUIREMENTS`.
    limit: the field of `Limits` that was exceeded, or None.
    text_before: the characters of the same chunk that were still right, for the reader to have.
    """

    def __init__(
        self,
        msg: str,
        code: CloseReason = CloseReason.PROTOCOL_ERROR,
        requirement: str = "6455-5.2-1",
        *,
        limit: str | None = None,
        text_before: str = "",
    ) -> None:
        super().__init__(msg, code)
        self.requirement = requirement
        self.limit = limit
        self.text_before = text_before


def too_big(message: str, limit: str) -> ParseFailed:
    """A limit of size was exceeded.

    6455-10.4-1: "Implementations that have implementation- and/or platform-specific limitations regarding the frame
    size or total message size after reassembly from multiple frames MUST protect themselves against exceeding those
    limits."
    """
    return ParseFailed(message, CloseReason.MESSAGE_TOO_BIG, "6455-10.4-1", limit=limit)
