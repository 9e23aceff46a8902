"""RFC 6455 §5.5.1 and §7.4: what stands inside a Close frame."""

from __future__ import annotations

import contextlib

from wsproto.frame_protocol import LOCAL_ONLY_CLOSE_REASONS, CloseReason

from rawws.core.errors import WrongType, WrongValue
from rawws.core.parse_failed import ParseFailed
from rawws.spec import close_code_is_receivable, close_code_is_sendable

# §5.5: a control frame holds at most 125 octets, and two of them are the code.
MAX_REASON_BYTES = 123


def parse_close(payload: bytes) -> tuple[int, str]:
    """The code and reason of a Close frame's payload, (1005, "") when it is empty. Raises ParseFailed."""
    if not payload:
        # "If this Close control frame contains no status code, _The WebSocket Connection Close Code_ is considered to
        # be 1005." (§7.1.5)
        return CloseReason.NO_STATUS_RCVD, ""
    # 6455-5.5.1-1: "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer (in network
    # byte order) representing a status code with value /code/ defined in Section 7.4."
    if len(payload) == 1:
        raise ParseFailed("CLOSE with 1 byte payload", requirement="6455-5.5.1-1")
    code = int.from_bytes(payload[:2], "big")
    if not close_code_is_receivable(code):
        raise ParseFailed(*_why_not(code))
    # 6455-5.5.1-4: "Following the 2-byte integer, the body MAY contain UTF-8-encoded data with value /reason/"
    try:
        reason = payload[2:].decode("utf-8")
    except UnicodeDecodeError:
        raise ParseFailed(
            "Error decoding CLOSE reason: invalid UTF-8",
            CloseReason.INVALID_FRAME_PAYLOAD_DATA,
            requirement="6455-8.1-1",
        ) from None
    with contextlib.suppress(ValueError):
        code = CloseReason(code)
    return code, reason


def _why_not(code: int) -> tuple[str, CloseReason, str]:
    """Message, close code and requirement for a code that may not come over the wire."""
    bad = CloseReason.PROTOCOL_ERROR
    # 6455-7.4.1-1 to -3: "… is a reserved value and MUST NOT be set as a status code in a Close control frame by an
    # endpoint."
    if code in LOCAL_ONLY_CLOSE_REASONS:
        requirement = {1005: "6455-7.4.1-1", 1006: "6455-7.4.1-2", 1015: "6455-7.4.1-3"}[code]
        return "remote CLOSE with local-only reason", bad, requirement
    # 6455-7.4.2-2: "Status codes in the range 1000-2999 are reserved for definition by this protocol, its future
    # revisions, and extensions specified in a permanent and readily available public specification."
    if 1000 <= code <= 2999:
        return "CLOSE with unknown reserved code", bad, "6455-7.4.2-2"
    # 6455-7.4.2-1: "Status codes in the range 0-999 are not used." (And no range of §7.4.2 goes beyond 4999.)
    return "CLOSE with invalid code", bad, "6455-7.4.2-1"


def build_close(code: int | None, reason: str | None) -> bytes:
    """The payload of a Close frame; a reason that is too long is cut between two characters.

    Raises WrongType or WrongValue for what must not be sent.
    """
    if reason is not None and not isinstance(reason, str):
        raise WrongType(f"a close reason must be str, not {type(reason).__name__}")
    if code is None:
        if reason:
            raise WrongType("cannot specify a reason without a code")
        return b""
    if not isinstance(code, int) or isinstance(code, bool):
        raise WrongType(f"a close code must be int, not {type(code).__name__}")
    if not close_code_is_sendable(code):
        raise WrongValue(f"close code {int(code)} must not be sent (RFC 6455 §7.4)")
    try:
        encoded = (reason or "").encode("utf-8")
    except UnicodeEncodeError:
        raise WrongValue("a close reason must not hold lone surrogates") from None
    if len(encoded) > MAX_REASON_BYTES:
        encoded = encoded[:MAX_REASON_BYTES].decode("utf-8", errors="ignore").encode("utf-8")
    return int(code).to_bytes(2, "big") + encoded


def check_close(code: int | None, reason: str) -> None:
    """Raise WrongType or WrongValue for a code and reason that no Close frame may hold; nothing is mapped or cut."""
    if not isinstance(reason, str):
        raise WrongType(f"a close reason must be str, not {type(reason).__name__}")
    if code is None:
        if reason:
            raise WrongValue("a close reason needs a close code (RFC 6455 §5.5.1)")
        return
    if not isinstance(code, int) or isinstance(code, bool):
        raise WrongType(f"a close code must be int, not {type(code).__name__}")
    if not close_code_is_sendable(code):
        raise WrongValue(f"close code {int(code)} must not be sent (RFC 6455 §7.4)")
    try:
        size = len(reason.encode())
    except UnicodeEncodeError:
        raise WrongValue("a close reason must not hold lone surrogates") from None
    if size > MAX_REASON_BYTES:
        raise WrongValue(f"a close reason has at most {MAX_REASON_BYTES} octets of UTF-8, not {size}")
