"""The quick way through the fragments inside a message: what `frame_decoder` does step by step, in one loop.

`take_fragments` takes whole, plain frames that neither begin nor end a message, and stops in front of everything else:
the last fragment, control frames, reserved bits, errors, frames that have not come whole. It knows no rule of its own;
whatever it leaves, `FrameDecoder` judges.
"""

from __future__ import annotations

from rawws.core.accelerator import apply_mask
from rawws.core.frame_header import KEY
from rawws.core.scan import find_payload

# FIN clear, no reserved bit, opcode 0.
_INSIDE = 0x00


def take_fragments(
    buffer: bytes | bytearray,
    position: int,
    out: list[bytes],
    *,
    most: int,
    max_bytes: int,
    max_frame_bytes: int,
    masked: bool,
) -> int:
    """Append the payloads of the run of fragments that begins at `position` to `out`; return the position behind it.

    most, max_bytes: the number of frames to take at most, and of octets of payload in all.
    max_frame_bytes: the longest payload to take.
    masked: whether frames must be masked (the reader is a server) or must not.
    """
    end = len(buffer)
    mask_bit, key_octets = (0x80, KEY) if masked else (0, 0)
    while most and end - position >= 2 and buffer[position] == _INSIDE:
        length = buffer[position + 1] ^ mask_bit
        if length <= 125:
            # As `find_payload` does it, without the call.
            start = position + 2 + key_octets
            stop = start + length
            if stop > end:
                break
        else:
            found = find_payload(buffer, position, masked=masked)
            if found is None:
                break
            start, stop = found
            length = stop - start
        if length > max_frame_bytes or length > max_bytes:
            break
        payload = buffer[start:stop]
        out.append(apply_mask(payload, bytes(buffer[start - KEY : start])) if masked else bytes(payload))
        max_bytes -= length
        most -= 1
        position = stop
    return position
