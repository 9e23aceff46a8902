"""A WebSocket client of plain sockets and hand-built frames, which sends whatever a test wants sent."""

from __future__ import annotations

import base64
import hashlib
import socket
from collections.abc import Iterable
from typing import Self

from tests.cli.running import DEADLINE

_KEY = base64.b64encode(b"sixteen octets!!").decode()
# RFC 6455 §1.3.
_ACCEPT = base64.b64encode(hashlib.sha1(f"{_KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()).decode()

TEXT, BINARY, CONTINUATION, CLOSE = 1, 2, 0, 8

_MASKING_KEY = b"\x12\x34\x56\x78"


def frame(opcode: int, payload: bytes, *, final: bool = True, masked: bool = True) -> bytes:
    """One frame (RFC 6455 §5.2)."""
    first = opcode | (0x80 if final else 0)
    mask = 0x80 if masked else 0
    length = len(payload)
    if length < 126:
        head = bytes([first, mask | length])
    elif length < 0x10000:
        head = bytes([first, mask | 126]) + length.to_bytes(2)
    else:
        head = bytes([first, mask | 127]) + length.to_bytes(8)
    if not masked:
        return head + payload
    return head + _MASKING_KEY + bytes(octet ^ _MASKING_KEY[index % 4] for index, octet in enumerate(payload))


def fragments(parts: Iterable[bytes]) -> bytes:
    """A binary message in fragments, one for each part."""
    payloads = list(parts)
    frames = []
    for index, part in enumerate(payloads):
        frames.append(frame(CONTINUATION if index else BINARY, part, final=index == len(payloads) - 1))
    return b"".join(frames)


def close_payload(code: int, reason: str = "") -> bytes:
    """What stands in a Close frame (RFC 6455 §5.5.1)."""
    return code.to_bytes(2) + reason.encode()


class RawClient:
    """A TCP connection to a port of this machine. head: of the response, once there is one."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
        self._host = f"127.0.0.1:{port}"
        self._buffer = b""
        self.head = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._socket.close()

    def open(self, *fields: str) -> str:
        """Send the opening handshake with these header fields more; the status line of the answer."""
        lines = [
            "GET / HTTP/1.1",
            f"Host: {self._host}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {_KEY}",
            "Sec-WebSocket-Version: 13",
            *fields,
        ]
        self.send("\r\n".join([*lines, "", ""]).encode("latin-1"))
        while b"\r\n\r\n" not in self._buffer:
            self._fill()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        self.head = head.decode("latin-1")
        status = self.head.split("\r\n")[0]
        if " 101 " in status:
            assert f"\r\nSec-WebSocket-Accept: {_ACCEPT}" in self.head
        return status

    def send(self, data: bytes) -> None:
        """Put octets on the wire."""
        self._socket.sendall(data)

    def read_frame(self) -> tuple[int, bytes]:
        """Opcode and payload of the server's next frame, which is final and not masked."""
        first, length = self._take(2)
        assert first & 0xF0 == 0x80, f"{first:#x}"
        if length == 126:
            length = int.from_bytes(self._take(2))
        elif length == 127:
            length = int.from_bytes(self._take(8))
        return first & 0x0F, self._take(length)

    def read_close(self) -> int:
        """The code of the Close frame that is the server's next frame."""
        opcode, payload = self.read_frame()
        assert opcode == CLOSE, (opcode, payload)
        return int.from_bytes(payload[:2])

    def read_to_end(self) -> bytes:
        """What else comes until the server ends the connection."""
        data = self._buffer
        try:
            while more := self._socket.recv(65536):
                data += more
        except ConnectionResetError:
            pass
        return data

    def _fill(self) -> None:
        data = self._socket.recv(65536)
        assert data, f"the server ended the connection after {self._buffer!r}"
        self._buffer += data

    def _take(self, count: int) -> bytes:
        parts = [self._buffer]
        length = len(self._buffer)
        while length < count:
            part = self._socket.recv(65536)
            assert part, f"the server ended the connection after {length} of {count} octets"
            parts.append(part)
            length += len(part)
        data = b"".join(parts)
        self._buffer = data[count:]
        return data[:count]


def answer_to_get(port: int, target: str) -> bytes:
    """What a server answers to a GET that wants no WebSocket, up to the end of the stream."""
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE) as sock:
        sock.sendall(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        answer = b""
        while data := sock.recv(65536):
            answer += data
    return answer
