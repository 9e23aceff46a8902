"""The response of the servers that know nothing of WebSocket: right for the one nonce that the load client uses."""

from __future__ import annotations

from tests.benchmarks.frames import ACCEPT

RESPONSE = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: " + ACCEPT + b"\r\n\r\n"
)
