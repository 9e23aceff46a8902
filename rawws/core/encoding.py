"""RFC 6455 §5.2: a frame as octets."""

from __future__ import annotations

from rawws.core.masking import apply_mask

_MASK = 0x80


def frame_header(first_octet: int, length: int, key: bytes | None) -> bytes:
    """The header of a frame with a payload of `length` octets; with a masking key when `key` is one.

    first_octet: FIN, RSV1 to RSV3 and the opcode, as they stand on the wire.
    """
    mask = 0 if key is None else _MASK
    # 6455-5.2-4: "Note that in all cases, the minimal number of bytes MUST be used to encode the length"
    if length <= 125:
        header = bytes((first_octet, mask | length))
    elif length <= 0xFFFF:
        header = bytes((first_octet, mask | 126)) + length.to_bytes(2, "big")
    else:
        header = bytes((first_octet, mask | 127)) + length.to_bytes(8, "big")
    return header if key is None else header + key


def encode(first_octet: int, payload: str | bytes | bytearray, key: bytes | None, /) -> bytes:
    """A whole frame; masked when `key` is given (6455-5.1-1, 6455-5.1-3).

    payload: a str is written as UTF-8 (§5.6). Raises UnicodeEncodeError for lone surrogates.
    """
    data = payload.encode() if isinstance(payload, str) else payload
    header = frame_header(first_octet, len(data), key)
    return header + data if key is None else header + apply_mask(data, key)
