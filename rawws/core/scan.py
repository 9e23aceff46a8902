"""The quick way through plain data frames: what `frame_protocol` does step by step, for the common case, in one loop.

`scan` takes whole, unfragmented, uncompressed text and binary messages of allowed size and valid text, and stops in
front of everything else: control frames, fragments, reserved bits, errors, frames that have not come whole. It knows no
rule of its own; whatever it leaves, `FrameDecoder` judges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rawws.core.masking import apply_mask

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# Objects made in one go before anybody has asked for the first: small frames grow when they become objects.
_MOST_MESSAGES = 256

_FIN_TEXT = 0x81
_FIN_BINARY = 0x82


def scan(
    buffer: bytearray,
    out: list[Any],
    max_bytes: int,
    make_text: Callable[[str], Any],
    make_bytes: Callable[[bytes], Any],
    *,
    masked: bool,
) -> int:
    """Append messages to `out`, as `make_text(str)` and `make_bytes(bytes)`; return how many octets they took.

    masked: whether frames must be masked (the reader is a server) or must not.
    max_bytes: the longest payload to take.
    """
    end = len(buffer)
    position = 0
    mask_bit = 0x80 if masked else 0
    key_bytes = 4 if masked else 0
    room = _MOST_MESSAGES
    with memoryview(buffer) as view:
        while room and end - position >= 2:
            first = view[position]
            length = view[position + 1] ^ mask_bit
            start = position + 2 + key_bytes
            if (first != _FIN_TEXT and first != _FIN_BINARY) or length > 126 or start > end:  # noqa: PLR1714  no set, no hash
                break
            if length == 126:
                start += 2
                if start > end:
                    break
                length = (view[position + 2] << 8) | view[position + 3]
                if length < 126:
                    break
            stop = start + length
            if stop > end or length > max_bytes:
                break
            payload = bytes(view[start:stop])
            if masked:
                payload = apply_mask(payload, bytes(view[start - 4 : start]))
            if first == _FIN_BINARY:
                out.append(make_bytes(payload))
            else:
                try:
                    text = payload.decode("utf-8")
                except UnicodeDecodeError:
                    break
                out.append(make_text(text))
            position = stop
            room -= 1
    return position
