"""Echo under permessage-deflate: JSON goes there as a browser compresses it, and what comes back is inflated."""

from __future__ import annotations

import functools
import re
import select
import socket
import time
import zlib
from dataclasses import dataclass

from tests.benchmarks.cpu import CpuClock
from tests.benchmarks.frames import BROWSERS_OFFER, TEXT, compressed, frame, json_payloads, keys
from tests.benchmarks.load.opening import DEADLINE, WrongServer, open_connection, say_goodbye

#: More than any server echoes in the time that it is given.
MESSAGES = 10_000

_RECEIVE_BYTES = 64 * 1024
_TAIL = b"\x00\x00\xff\xff"


@dataclass(frozen=True)
class Agreement:
    """What the server has agreed to, of what concerns a client. window_bits: of its compressor."""

    window_bits: int
    client_takeover: bool
    server_takeover: bool

    @classmethod
    def of(cls, response: bytes) -> Agreement:
        """Read it off a response. Raises WrongServer where there is none."""
        found = re.search(rb"(?im)^sec-websocket-extensions:\s*permessage-deflate(.*?)\r$", response)
        if found is None:
            raise WrongServer(f"the server did not agree to permessage-deflate: {response!r}")
        bits = re.search(rb"client_max_window_bits=(\d+)", found[1])
        return cls(
            15 if bits is None else int(bits[1]),
            b"client_no_context_takeover" not in found[1],
            b"server_no_context_takeover" not in found[1],
        )


@functools.cache
def _frames(agreement: Agreement, size: int) -> list[bytes]:
    """The messages as they go to the server."""
    source = keys(size)
    sent = compressed(_messages(size), agreement.window_bits, takeover=agreement.client_takeover)
    return [frame(TEXT, data, source.randbytes(4), rsv1=True) for data in sent]


@functools.cache
def _messages(size: int) -> list[bytes]:
    return json_payloads(size, MESSAGES)


class Inflating:
    """Takes what a server sends, and holds it against the messages that it should echo.

    done: messages that were right. octets: that they took, with their frames' headers.
    """

    def __init__(self, expected: list[bytes], *, takeover: bool) -> None:
        self.done = 0
        self.octets = 0
        self._expected = expected
        self._takeover = takeover
        self._inflater = zlib.decompressobj(wbits=-15)
        self._buffer = b""

    def take(self, data: bytes) -> None:
        """Check what came. Raises WrongServer."""
        if not data:
            raise WrongServer(f"the server ended the connection after {self.done} messages")
        self._buffer += data
        while len(self._buffer) >= 4:
            first, length, start = self._buffer[0], self._buffer[1], 2
            if length == 126:
                length, start = int.from_bytes(self._buffer[2:4]), 4
            end = start + length
            if len(self._buffer) < end:
                return
            self._check(first, self._buffer[start:end])
            self.octets += end
            self._buffer = self._buffer[end:]

    def _check(self, first: int, payload: bytes) -> None:
        if first == 0xC1:
            if not self._takeover:
                self._inflater = zlib.decompressobj(wbits=-15)
            try:
                payload = self._inflater.decompress(payload + _TAIL)
            except zlib.error as exc:
                raise WrongServer(f"message {self.done} cannot be inflated: {exc}") from None
        if first not in (0x81, 0xC1) or self.done >= len(self._expected) or payload != self._expected[self.done]:
            raise WrongServer(f"message {self.done} came back wrong: {first:#x} {payload[:80]!r}")
        self.done += 1


@dataclass(frozen=True)
class Inflated:
    """What one measurement gave.

    messages: that came back. octets: that the replies took. server_ns: CPU time. seconds: by the clock.
    """

    messages: int
    octets: int
    server_ns: int
    seconds: float


def deflate(
    port: int, server: CpuClock, *, size: int, in_flight: int, seconds: float, raw: bool = False, tls: bool = False
) -> Inflated:
    """Exchange messages for so many seconds, after a quarter of that to get warm. Raises WrongServer and OSError."""
    del raw
    sock, response = open_connection(port, tls=tls, extensions=BROWSERS_OFFER)
    with sock:
        agreement = Agreement.of(response)
        frames = _frames(agreement, size)
        incoming = Inflating(_messages(size), takeover=agreement.server_takeover)
        # However fast the server is, something is left to measure.
        _exchange(sock, frames[: len(frames) // 4], incoming, in_flight, seconds / 4)
        before, octets = incoming.done, incoming.octets
        started, server_ns = time.monotonic(), server.read()
        _exchange(sock, frames, incoming, in_flight, seconds)
        server_ns = server.read() - server_ns
        seconds = time.monotonic() - started
        say_goodbye([sock])
        return Inflated(incoming.done - before, incoming.octets - octets, server_ns, seconds)


def _exchange(sock: socket.socket, frames: list[bytes], incoming: Inflating, in_flight: int, seconds: float) -> None:
    """Keep messages in flight for so long, then wait until all have come back."""
    until = time.monotonic() + seconds
    sent = incoming.done
    while True:
        if time.monotonic() < until and sent < len(frames):
            more = min(incoming.done + in_flight, len(frames))
            sock.sendall(b"".join(frames[sent:more]))
            sent = more
        elif incoming.done == sent:
            return
        if not select.select([sock], [], [], DEADLINE)[0]:
            raise TimeoutError(f"{sent - incoming.done} messages did not come back within {DEADLINE:.0f} seconds")
        incoming.take(sock.recv(_RECEIVE_BYTES))
