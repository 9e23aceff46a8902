"""The quick way through frames that begin alike: what `frame_decoder` does step by step, for their payloads, in a loop.

`take_payloads` takes whole frames with one and the same first octet, and stops in front of everything else: other
frames, errors, frames that have not come whole. The first octet says what they are: fragments inside a message, or
compressed messages. It knows no rule of its own; whatever it leaves, `FrameDecoder` judges. Its twin in C is in
`_speedups.c`.
"""

from __future__ import annotations

from rawws.core.frame_header import KEY
from rawws.core.masking import apply_mask
from rawws.core.scan import find_payload


def take_payloads(  # noqa: PLR0917  positional only, as its twin in C
    buffer: bytes | bytearray,
    position: int,
    out: list[bytes],
    first_octet: int,
    most: int,
    max_bytes: int,
    max_frame_bytes: int,
    masked: bool,
    /,
) -> int:
    """Append the payloads of the run of frames that begins at `position` to `out`; return the position behind it.

    first_octet: FIN, the reserved bits and the opcode of the frames to take.
    most, max_bytes: the number of frames to take at most, and of octets of payload in all.
    max_frame_bytes: the longest payload to take.
    masked: whether frames must be masked (the reader is a server) or must not.
    """
    end = len(buffer)
    mask_bit, key_octets = (0x80, KEY) if masked else (0, 0)
    while most > 0 and end - position >= 2 and buffer[position] == first_octet:
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
