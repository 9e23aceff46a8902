"""Frames as the tests write and read them: RFC 6455 §5.2 once more, so that the package is not judged by itself."""

from __future__ import annotations

import base64
import hashlib
from typing import NamedTuple

CONTINUATION, TEXT, BINARY = 0x0, 0x1, 0x2
CLOSE, PING, PONG = 0x8, 0x9, 0xA

#: Any four octets will do for a test; a browser's are random.
KEY = b"\x37\xfa\x21\x3d"

#: The nonce of the RFC's own example, and what a server makes of it (§1.3).
NONCE = b"dGhlIHNhbXBsZSBub25jZQ=="

#: An opening handshake as short as the RFC allows (§4.1).
REQUEST = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: " + NONCE + b"\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def mask(payload: bytes, key: bytes) -> bytes:
    """XOR with the repeated key (§5.3)."""
    size = len(payload)
    repeated = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(repeated)).to_bytes(size)


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, key: bytes | None = None) -> bytes:
    """One frame as octets; masked when there is a key. rsv: RSV1 to RSV3 as a number from 0 to 7."""
    first = fin << 7 | rsv << 4 | opcode
    masked = (key is not None) << 7
    size = len(payload)
    if size < 126:
        head = bytes([first, masked | size])
    elif size < 1 << 16:
        head = bytes([first, masked | 126]) + size.to_bytes(2)
    else:
        head = bytes([first, masked | 127]) + size.to_bytes(8)
    return head + payload if key is None else head + key + mask(payload, key)


def close_payload(code: int | None, reason: str = "") -> bytes:
    """What stands inside a Close frame (§5.5.1)."""
    return b"" if code is None else code.to_bytes(2) + reason.encode()


class Frame(NamedTuple):
    """A frame that was read; the payload is unmasked."""

    opcode: int
    payload: bytes
    fin: bool
    rsv: int

    @property
    def close_code(self) -> int | None:
        """The code of a Close frame, None where it has none."""
        assert self.opcode == CLOSE
        return int.from_bytes(self.payload[:2]) if self.payload else None


class FrameReader:
    """Takes octets in any pieces and gives whole frames.

    masked: whether the frames must be masked (§5.1): those of a client must, those of a server must not.
    rest: the octets behind the last whole frame.
    """

    def __init__(self, *, masked: bool) -> None:
        self._masked = masked
        self.rest = bytearray()

    def feed(self, data: bytes) -> None:
        """Take more octets."""
        self.rest += data

    def next_frame(self) -> Frame | None:
        """The next whole frame, None when it has not come yet."""
        data = self.rest
        if len(data) < 2:
            return None
        size, at = data[1] & 0x7F, 2
        if size > 125:
            at = 4 if size == 126 else 10
            if len(data) < at:
                return None
            size = int.from_bytes(data[2:at])
        assert bool(data[1] & 0x80) is self._masked, "a client masks, a server does not"
        key = bytes(data[at : at + 4]) if self._masked else b""
        at += len(key)
        if len(data) < at + size or (self._masked and len(key) < 4):
            return None
        payload = bytes(data[at : at + size])
        first = data[0]
        del data[: at + size]
        return Frame(first & 0x0F, mask(payload, key) if key else payload, bool(first & 0x80), first >> 4 & 7)


def response(request: bytes, *extra_fields: bytes) -> bytes:
    """The 101 that accepts a request (§4.2.2)."""
    key = header(request, b"sec-websocket-key")
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    lines = [b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade"]
    return b"\r\n".join([*lines, b"Sec-WebSocket-Accept: " + accept, *extra_fields, b"", b""])


def header(head: bytes, name: bytes) -> bytes:
    """The value of a header field in a head; b"" where there is none."""
    for line in head.split(b"\r\n")[1:]:
        field, _, value = line.partition(b":")
        if field.strip().lower() == name:
            return value.strip()
    return b""
