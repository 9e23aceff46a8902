"""The octets of a good opening handshake, laid out by RFC 6455 §4 without the core's help."""

from __future__ import annotations

import base64
import hashlib

#: The nonce of the example in RFC 6455 §1.3.
NONCE = b"dGhlIHNhbXBsZSBub25jZQ=="

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_END_OF_HEAD = b"\r\n\r\n"


def accept_token(key: bytes) -> bytes:
    """The value of Sec-WebSocket-Accept for a key (RFC 6455 §4.2.2)."""
    return base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())


def request(target: bytes = b"/", *fields: bytes) -> bytes:
    """An opening handshake as short as §4.1 allows, and further header lines."""
    lines = [
        b"GET " + target + b" HTTP/1.1",
        b"Host: localhost",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Key: " + NONCE,
        b"Sec-WebSocket-Version: 13",
    ]
    return b"\r\n".join([*lines, *fields]) + _END_OF_HEAD


def acceptance(head: bytes, *fields: bytes) -> bytes:
    """The 101 that accepts a request (§4.2.2), and further header lines."""
    lines = [
        b"HTTP/1.1 101 Switching Protocols",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Accept: " + accept_token(header(head, b"sec-websocket-key")),
    ]
    return b"\r\n".join([*lines, *fields]) + _END_OF_HEAD


def header(head: bytes, name: bytes) -> bytes:
    """The value of the first header field of that name in a head; b"" where there is none."""
    for line in head.split(b"\r\n")[1:]:
        field, _, value = line.partition(b":")
        if field.strip().lower() == name.lower():
            return value.strip()
    return b""
