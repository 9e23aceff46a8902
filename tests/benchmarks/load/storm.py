"""A storm of reconnections: connect, upgrade, close, wave after wave."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass

from tests.benchmarks.cpu import CpuClock
from tests.benchmarks.frames import GOODBYE, request
from tests.benchmarks.load.opening import WrongServer, client_context, connect, read_response, settle

#: Connections that are begun before the first of them goes on.
WAVE = 50


@dataclass(frozen=True)
class Stormed:
    """What one measurement gave.

    connections: begun and ended. unanswered: of these, how many the server ended without answering the Close frame.
    server_ns: CPU time. seconds: by the clock.
    """

    connections: int
    unanswered: int
    server_ns: int
    seconds: float


def storm(port: int, server: CpuClock, *, seconds: float, raw: bool = False, tls: bool = False) -> Stormed:
    """Open and close connections for so many seconds, after one wave to get warm.

    raw: the server knows no closing handshake; it is left as it is. Raises WrongServer and OSError.
    """
    wave(port, raw=raw, tls=tls)
    settle(server)
    started, server_ns = time.monotonic(), server.read()
    connections = unanswered = 0
    while time.monotonic() < started + seconds:
        unanswered += wave(port, raw=raw, tls=tls)
        connections += WAVE
    settle(server)
    return Stormed(connections, unanswered, server.read() - server_ns, time.monotonic() - started)


def wave(port: int, *, raw: bool, tls: bool) -> int:
    """One wave, from its first SYN to its last FIN; how many were left unanswered. Raises WrongServer and OSError."""
    socks: list[socket.socket] = []
    try:
        for _ in range(WAVE):
            sock = connect(port)
            socks.append(sock)
            if tls:
                # Not shaken yet: the server may be busy with the others.
                socks[-1] = client_context().wrap_socket(
                    sock, server_hostname="localhost", do_handshake_on_connect=False
                )
        for sock in socks:
            sock.sendall(request())
        for sock in socks:
            read_response(sock)
            sock.sendall(GOODBYE)
        return sum(not _read_close(sock, until_the_end=not raw) for sock in socks)
    finally:
        for sock in socks:
            sock.close()


def _read_close(sock: socket.socket, *, until_the_end: bool) -> bool:
    """Read the answering Close frame, and the end behind it; whether there was one. Raises WrongServer."""
    answer = sock.recv(4096)
    if answer and until_the_end:
        if answer[0] != 0x88:
            raise WrongServer(f"instead of a Close frame: {answer[:40]!r}")
        while sock.recv(4096):
            continue
    return bool(answer)
