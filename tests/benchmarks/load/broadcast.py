"""Broadcast: one connection sends a message, and it has to come to every connection, that one included.

The next message is sent when the one before has come everywhere. Every octet is checked.
"""

from __future__ import annotations

import select
import socket
import time
from dataclasses import dataclass

from tests.benchmarks.cpu import CpuClock
from tests.benchmarks.frames import frame, keys, payloads
from tests.benchmarks.load.opening import DEADLINE, WrongServer, open_connection, say_goodbye, settle

_RECEIVE_BYTES = 64 * 1024
_DIFFERENT_MESSAGES = 64


@dataclass(frozen=True)
class Delivered:
    """What one measurement gave. deliveries: messages that came. server_ns, client_ns: CPU. seconds: by the clock."""

    deliveries: int
    server_ns: int
    client_ns: int
    seconds: float


def broadcast(
    port: int,
    server: CpuClock,
    *,
    opcode: int,
    size: int,
    connections: int,
    seconds: float,
    raw: bool = False,
    tls: bool = False,
) -> Delivered:
    """Have messages broadcast for so many seconds, after a quarter of that to get warm.

    Raises WrongServer where a message does not come as it was sent, TimeoutError where it does not come, and OSError.
    """
    source = keys(size)
    messages = payloads(opcode, size, _DIFFERENT_MESSAGES)
    there = [frame(opcode, payload, source.randbytes(4)) for payload in messages]
    back = there if raw else [frame(opcode, payload) for payload in messages]
    socks: dict[int, socket.socket] = {}
    poll = select.epoll()
    try:
        for _ in range(connections):
            sock, _response = open_connection(port, tls=tls)
            sock.setblocking(False)
            socks[sock.fileno()] = sock
            poll.register(sock.fileno(), select.EPOLLIN)
        settle(server)
        audience = Audience(socks, poll)
        _broadcast_for(audience, there, back, seconds / 4)
        audience.deliveries = 0
        started, client_ns, server_ns = time.monotonic(), time.process_time_ns(), server.read()
        _broadcast_for(audience, there, back, seconds)
        server_ns = server.read() - server_ns
        client_ns = time.process_time_ns() - client_ns
        seconds = time.monotonic() - started
        say_goodbye(socks.values())
        return Delivered(audience.deliveries, server_ns, client_ns, seconds)
    finally:
        poll.close()
        for sock in socks.values():
            sock.close()


class Audience:
    """The connections that have to get every message. deliveries: so many have come whole."""

    def __init__(self, socks: dict[int, socket.socket], poll: select.epoll) -> None:
        self._socks = socks
        self._poll = poll
        self._publisher = next(iter(socks.values()))
        self.deliveries = 0

    def publish(self, there: bytes, back: bytes) -> None:
        """Send one message, and wait until it has come everywhere. Raises WrongServer, TimeoutError, OSError."""
        self._publisher.sendall(there)
        got = dict.fromkeys(self._socks, 0)
        missing = len(got)
        while missing:
            ready = self._poll.poll(DEADLINE, len(got))
            if not ready:
                raise TimeoutError(f"a message did not come to {missing} connections within {DEADLINE:.0f} seconds")
            for descriptor, _events in ready:
                data = self._socks[descriptor].recv(_RECEIVE_BYTES)
                if not data:
                    raise WrongServer(f"the server ended a connection after {self.deliveries} deliveries")
                start = got[descriptor]
                if back[start : start + len(data)] != data:
                    raise WrongServer(f"wrong octets after {self.deliveries} deliveries: {data[:40]!r}")
                got[descriptor] = start + len(data)
                if got[descriptor] == len(back):
                    self.deliveries += 1
                    missing -= 1


def _broadcast_for(audience: Audience, there: list[bytes], back: list[bytes], seconds: float) -> None:
    until = time.monotonic() + seconds
    number = 0
    while not number or time.monotonic() < until:
        audience.publish(there[number % len(there)], back[number % len(back)])
        number += 1
