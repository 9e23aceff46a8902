"""The quick way through plain data frames: what `frame_decoder` does step by step, for the common case, in one loop.

`scan` takes whole, unfragmented, uncompressed text and binary messages of allowed size and valid text, and stops in
front of everything else: control frames, fragments, reserved bits, errors, frames that have not come whole. It knows no
rule of its own; whatever it leaves, `FrameDecoder` judges. Its twin in C is in `_speedups.c`.
"""

from __future__ import annotations

from typing import Any

from rawws.core.masking import apply_mask

_FIN_TEXT = 0x81
_FIN_BINARY = 0x82

_new = object.__new__
_set = object.__setattr__


def scan(  # noqa: PLR0917  positional only, as its twin in C
    buffer: bytes | bytearray,
    position: int,
    out: list[Any],
    most: int,
    max_bytes: int,
    masked: bool,
    text_class: type | None,
    bytes_class: type | None,
    /,
) -> int:
    """Append the run of messages that begins at `position` to `out`; return the position behind it.

    most: the number of messages to take at most.
    max_bytes: the longest payload to take.
    masked: whether frames must be masked (the reader is a server) or must not.
    text_class, bytes_class: what to make of text and of binary messages: an instance whose `data` is the message, made
        without its `__init__`, so that all else stands in its class; None for the bare str or bytes.
    """
    end = len(buffer)
    mask_bit, key_octets = (0x80, 4) if masked else (0, 0)
    while most and end - position >= 2:
        first = buffer[position]
        if first != _FIN_TEXT and first != _FIN_BINARY:  # noqa: PLR1714  no set, no hash
            break
        # MASK where it must not be, or missing where it must be, makes this more than 127.
        length = buffer[position + 1] ^ mask_bit
        start = position + 2 + key_octets
        if length > 125:
            field = 2 if length == 126 else 8
            if length > 127 or end - position < 2 + field:
                break
            length = int.from_bytes(buffer[position + 2 : position + 2 + field], "big")
            if length <= (125 if field == 2 else 0xFFFF):
                break
            start += field
        stop = start + length
        if stop > end or length > max_bytes:
            break
        payload = buffer[start:stop]
        if masked:
            payload = apply_mask(payload, buffer[start - 4 : start])
        message: str | bytes
        if first == _FIN_BINARY:
            message, made = bytes(payload), bytes_class
        else:
            try:
                message, made = payload.decode(), text_class
            except UnicodeDecodeError:
                break
        if made is None:
            out.append(message)
        else:
            event: object = _new(made)
            _set(event, "data", message)
            out.append(event)
        position = stop
        most -= 1
    return position
