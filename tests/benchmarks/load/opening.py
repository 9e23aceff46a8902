"""How the load client opens its connections: TCP, TLS where wanted, and the opening handshake."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable

from tests.benchmarks.cpu import CpuClock
from tests.benchmarks.frames import ACCEPT, GOODBYE, request

#: Seconds that any step may take; a server that needs longer is broken, not slow.
DEADLINE = 30.0

_HOST = "127.0.0.1"

# A server that has used less than this many nanoseconds of CPU in so many seconds is idle.
_IDLE_NS = 100_000
_TURN = 0.01


class WrongServer(Exception):
    """The server did not do what the row is about, so there is nothing to measure. The text is for people."""


def connect(port: int) -> socket.socket:
    """A TCP connection, blocking, with a deadline for whatever is done with it. Raises OSError."""
    sock = socket.create_connection((_HOST, port), timeout=DEADLINE)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def settle(server: CpuClock) -> None:
    """Wait until a server has nothing more to do."""
    before = -1
    while (now := server.read()) > before + _IDLE_NS:
        before = now
        time.sleep(_TURN)


def say_goodbye(socks: Iterable[socket.socket]) -> None:
    """Do the closing handshake on all connections, so that no server has a failure to tell about; they stay open."""
    socks = tuple(socks)
    for sock in socks:
        sock.settimeout(DEADLINE)
        sock.sendall(GOODBYE)
    for sock in socks:
        sock.recv(4096)


def open_connection(port: int, *, tls: bool = False, extensions: bytes = b"") -> tuple[socket.socket, bytes]:
    """A connection that is open, blocking still, and the head of the response. Raises WrongServer, OSError."""
    sock = connect(port)
    try:
        if tls:
            sock = client_context().wrap_socket(sock, server_hostname="localhost")
        sock.sendall(request(extensions))
        return sock, read_response(sock)
    except BaseException:
        sock.close()
        raise


def read_response(sock: socket.socket) -> bytes:
    """The head of a 101; it is checked that nothing comes behind it. Raises WrongServer."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        if not more:
            raise WrongServer(f"the server ended the connection in its response: {data!r}")
        data += more
    if not data.startswith(b"HTTP/1.1 101 ") or ACCEPT not in data or not data.endswith(b"\r\n\r\n"):
        raise WrongServer(f"the server did not accept: {data[:200]!r}")
    return data


_contexts: list[ssl.SSLContext] = []


def client_context() -> ssl.SSLContext:
    """TLS as a client that trusts anybody, since what is measured is the server. One for all: to make it costs much."""
    if not _contexts:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        _contexts.append(context)
    return _contexts[0]
