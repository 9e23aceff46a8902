"""RFC 6455 §5.3: masking, and keys that nobody can predict."""

from __future__ import annotations

import os

# XOR by one octet as a translation table, for each of the 256 octets a masking key may hold.
_XOR_BY = [bytes(octet ^ key for octet in range(256)) for key in range(256)]

# One big-integer XOR is quicker up to here; beyond, four strided translations are (measured: they meet near 3 KiB).
_INTEGER_XOR_BYTES = 3072


def apply_mask(data: bytes | bytearray | memoryview, key: bytes | bytearray, offset: int = 0, /) -> bytes:
    """Mask or unmask `data`, which follows `offset` octets of the same payload, with the 4 octets of `key`.

    "Octet i of the transformed data ("transformed-octet-i") is the XOR of octet i of the original data
    ("original-octet-i") with octet at index i modulo 4 of the masking key ("masking-key-octet-j")" (§5.3).
    """
    phase = offset & 3
    if phase:
        key = key[phase:] + key[:phase]
    length = len(data)
    if length <= _INTEGER_XOR_BYTES:
        mask = (key * (length // 4 + 1))[:length]
        return (int.from_bytes(data, "little") ^ int.from_bytes(mask, "little")).to_bytes(length, "little")
    masked = bytearray(data)
    for index in range(4):
        masked[index::4] = masked[index::4].translate(_XOR_BY[key[index]])
    return bytes(masked)


def unmask_text(data: bytes | bytearray | memoryview, key: bytes | bytearray, offset: int = 0, /) -> str | bytes:
    """Unmask as `apply_mask` does, and give characters at once where all are ASCII; the octets where one is not."""
    octets = apply_mask(data, key, offset)
    return octets.decode("ascii") if octets.isascii() else octets


# Keys are cut from blocks of the operating system's randomness: one system call in 256 frames. A key is used once and
# then gone; what is left in the pool is as hard to predict as a fresh call would be. `list.pop` gives each key to one
# caller only, also where connections live in several threads.
_POOL_BYTES = 1024
_pool: list[bytes] = []

if hasattr(os, "register_at_fork"):
    # A forked child does not repeat its parent's keys.
    os.register_at_fork(after_in_child=_pool.clear)


def new_masking_key() -> bytes:
    """Four octets that nobody can predict.

    6455-5.3-1: "The masking key needs to be unpredictable; thus, the masking key MUST be derived from a strong source
    of entropy, and the masking key for a given frame MUST NOT make it simple for a server/proxy to predict the masking
    key for a subsequent frame."
    """
    while True:
        try:
            return _pool.pop()
        except IndexError:
            block = os.urandom(_POOL_BYTES)
            _pool.extend([block[start : start + 4] for start in range(0, _POOL_BYTES, 4)])
