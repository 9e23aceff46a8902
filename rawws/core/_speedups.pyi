from typing import Any

VERSION: int

def apply_mask(data: bytes | bytearray | memoryview, key: bytes, offset: int = 0, /) -> bytes: ...
def unmask_text(data: bytes | bytearray | memoryview, key: bytes, offset: int = 0, /) -> str | bytes: ...
def scan(
    buffer: bytes | bytearray,
    position: int,
    out: list[Any],
    most: int,
    max_bytes: int,
    masked: bool,
    text_class: type | None,
    bytes_class: type | None,
    /,
) -> int: ...
def take_payloads(
    buffer: bytes | bytearray,
    position: int,
    out: list[bytes],
    first_octet: int,
    most: int,
    max_bytes: int,
    max_frame_bytes: int,
    masked: bool,
    /,
) -> int: ...
def encode(first_octet: int, payload: str | bytes | bytearray, key: bytes | None, /) -> bytes: ...
