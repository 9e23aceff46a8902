"""Idle connections: how much memory a server holds for each."""

from __future__ import annotations

import socket
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests.benchmarks.cpu import CpuClock, proportional_bytes
from tests.benchmarks.frames import BROWSERS_OFFER, TEXT, frame, json_payloads
from tests.benchmarks.load.opening import WrongServer, open_connection, say_goodbye, settle

# Enough to make what a server makes once; few enough that what they leave behind does not matter.
_WARM_UP = 10

#: Seconds for a server to notice that nothing happens any more, and to free what it then frees.
REST = 2.5

_OCTETS_OF_MESSAGE = 1024


@dataclass(frozen=True)
class Rested:
    """What one measurement gave. bytes: of memory (PSS), for so many connections."""

    connections: int
    bytes: int


def idle(
    port: int,
    server: CpuClock,
    *,
    connections: int,
    message: bool = False,
    raw: bool = False,
    tls: bool = False,
    seconds: float = 0.0,
) -> Rested:
    """Open connections, and see what the server's memory has become.

    message: send one of 1 KiB of JSON on each, compressed, and take its echo. Raises WrongServer and OSError.
    """
    del raw, seconds
    with _opened(port, _WARM_UP, message=message, tls=tls):
        pass
    settle(server)
    before = proportional_bytes(server.pid)
    with _opened(port, connections, message=message, tls=tls):
        settle(server)
        time.sleep(REST)
        return Rested(connections, proportional_bytes(server.pid) - before)


@contextmanager
def _opened(port: int, count: int, *, message: bool, tls: bool) -> Iterator[None]:
    """So many open connections. Raises WrongServer and OSError."""
    with ExitStack() as stack:
        socks: list[socket.socket] = []
        for _ in range(count):
            sock, response = open_connection(port, tls=tls, extensions=BROWSERS_OFFER if message else b"")
            socks.append(stack.enter_context(sock))
            if message:
                _exchange_one(sock, response)
        yield
        say_goodbye(socks)


def _exchange_one(sock: socket.socket, response: bytes) -> None:
    """Send a compressed message and take its echo. Raises WrongServer."""
    if b"permessage-deflate" not in response:
        raise WrongServer(f"the server did not agree to permessage-deflate: {response!r}")
    sock.sendall(_compressed_message())
    _read_frame(sock)


def _compressed_message() -> bytes:
    """A frame that any agreed window can read: compressed with the smallest."""
    compressor = zlib.compressobj(wbits=-9)
    (payload,) = json_payloads(_OCTETS_OF_MESSAGE, 1)
    data = compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return frame(TEXT, data.removesuffix(b"\x00\x00\xff\xff"), b"mask", rsv1=True)


def _read_frame(sock: socket.socket) -> None:
    """Take the echo; what it says is another measurement's business. Raises WrongServer."""
    data = b""
    while len(data) < 4 or len(data) < 4 + int.from_bytes(data[2:4]):
        more = sock.recv(4096)
        if not more:
            raise WrongServer("the server ended the connection instead of echoing")
        data += more
        if data[0] != 0xC1 or data[1:2] not in (b"", b"\x7e"):
            raise WrongServer(f"no compressed text of more than 125 octets: {data[:40]!r}")
