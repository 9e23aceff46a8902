"""RFC 6455 §5.2: a frame as octets."""

from __future__ import annotations

from rawws.core.frame_header import frame_header
from rawws.core.masking import apply_mask


def encode(first_octet: int, payload: str | bytes | bytearray, key: bytes | None, /) -> bytes:
    """A whole frame; masked when `key` is given (6455-5.1-1, 6455-5.1-3).

    payload: a str is written as UTF-8 (§5.6). Raises UnicodeEncodeError for lone surrogates.
    """
    data = payload.encode() if isinstance(payload, str) else payload
    header = frame_header(first_octet, len(data), key)
    return header + data if key is None else header + apply_mask(data, key)
