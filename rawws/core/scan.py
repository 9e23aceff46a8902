"""The quick way through plain data frames: what `frame_decoder` does step by step, for the common case, in one loop.

`scan` takes whole, unfragmented, uncompressed text and binary messages of allowed size and valid text, and stops in
front of everything else: control frames, fragments, reserved bits, errors, frames that have not come whole. It knows no
rule of its own; whatever it leaves, `FrameDecoder` judges. Its twin in C is in `_speedups.c`.
"""

from __future__ import annotations

from typing import Any, TypeVar

from rawws.core.frame_header import FIN_BINARY, FIN_TEXT
from rawws.core.masking import apply_mask

_T = TypeVar("_T")



def make_event(
    made: type[_T], message: object, *, frame_finished: bool = True, message_finished: bool = True
) -> _T:
    """One of wsproto's events for data, equal to what its class makes of it, at a third of the cost: it is frozen."""
    event = object.__new__(made)
    object.__setattr__(event, "data", message)
    # What is not set is as in the class.
    if not message_finished:
        object.__setattr__(event, "message_finished", False)
        object.__setattr__(event, "frame_finished", frame_finished)
    return event


def payload_bounds(buffer: bytes | bytearray, position: int, *, masked: bool) -> tuple[int, int] | None:
    """Where the payload of the frame at `position` begins and is to end, when all of its header has come and is right.

    It looks at MASK and at the length alone.
    """
    available = len(buffer) - position
    if available < 2:
        return None
    # MASK where it must not be, or missing where it must be, makes this more than 127.
    length = buffer[position + 1] ^ 0x80 if masked else buffer[position + 1]
    size = 6 if masked else 2
    if length == 126:
        if available < 4:
            return None
        length = buffer[position + 2] << 8 | buffer[position + 3]
        if length <= 125:
            return None
        size += 2
    elif length > 126:
        if length > 127:
            return None
        # Where these eight octets have not all come, `size` is more than what has.
        length = int.from_bytes(buffer[position + 2 : position + 10], "big")
        if length <= 0xFFFF:
            return None
        size += 8
    return (position + size, position + size + length) if size <= available else None


def find_payload(buffer: bytes | bytearray, position: int, *, masked: bool) -> tuple[int, int] | None:
    """Where the payload of the frame at `position` begins and ends, when all of it has come and its header is right."""
    bounds = payload_bounds(buffer, position, masked=masked)
    return bounds if bounds is not None and bounds[1] <= len(buffer) else None


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
    from_bytes, new, fill = int.from_bytes, object.__new__, object.__setattr__
    while most and end - position >= 2:
        first = buffer[position]
        if first != FIN_TEXT and first != FIN_BINARY:  # noqa: PLR1714  no set, no hash
            break
        # MASK where it must not be, or missing where it must be, makes this more than 127.
        length = buffer[position + 1] ^ mask_bit
        start = position + 2 + key_octets
        if length > 125:
            if length > 127:
                break
            field = 2 if length == 126 else 8
            # Where these octets have not all come, `stop` is behind the end, whatever they say.
            length = int.from_bytes(buffer[position + 2 : position + 2 + field], "big")
            if length <= (125 if field == 2 else 0xFFFF):
                break
            start += field
        stop = start + length
        if stop > end or length > max_bytes:
            break
        payload = buffer[start:stop]
        if masked:
            key = buffer[start - 4 : start]
            if length <= 125:
                # As `apply_mask` does it, without the call.
                mask = (key * (length // 4 + 1))[:length]
                payload = (from_bytes(payload, "little") ^ from_bytes(mask, "little")).to_bytes(length, "little")
            else:
                payload = apply_mask(payload, key)
        message: str | bytes
        if first == FIN_BINARY:
            message, made = bytes(payload), bytes_class
        else:
            try:
                message, made = payload.decode(), text_class
            except UnicodeDecodeError:
                break
        if made is None:
            out.append(message)
        else:
            # As `make_event` does it, without the call.
            event: object = new(made)
            fill(event, "data", message)
            out.append(event)
        position = stop
        most -= 1
    return position
