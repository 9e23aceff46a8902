"""Echo: keep so many messages in flight on so many connections, and check every octet that comes back.

All frames are made beforehand. Some sixty-odd different messages form a cycle; what is sent next is a slice of it, and
what has to come back is a slice of the cycle of replies. A connection has `in_flight` messages out at any time: as many
as have come back whole are sent anew, with one `send`, or `apart`, each with one of its own.
"""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.benchmarks.cpu import CpuClock
from tests.benchmarks.frames import frame, keys, payloads
from tests.benchmarks.load.opening import DEADLINE, WrongServer, open_connection, say_goodbye

_RECEIVE_BYTES = 256 * 1024

# A cycle is doubled, so that every slice of it is one piece. So many octets of it are enough of different messages.
_CYCLE_BYTES = 4 * 1024 * 1024
_FEWEST_MESSAGES = 64


@dataclass(frozen=True)
class Cycle:
    """Messages that are sent over and over: the octets of all, twice in a row.

    frame_bytes, reply_bytes: of one message on its way there and back. count: how many different ones there are.
    """

    there: memoryview
    back: bytes
    frame_bytes: int
    reply_bytes: int
    count: int

    @classmethod
    def make(cls, opcode: int, size: int, in_flight: int, *, raw: bool) -> Cycle:
        """raw: the server gives back what it gets, masked as it is, instead of the message in a frame of its own."""
        count = max(in_flight, min(_FEWEST_MESSAGES, _CYCLE_BYTES // max(size, 1)))
        source = keys(size)
        messages = payloads(opcode, size, count)
        there = [frame(opcode, payload, source.randbytes(4)) for payload in messages]
        back = there if raw else [frame(opcode, payload) for payload in messages]
        return cls(memoryview(b"".join(there) * 2), b"".join(back) * 2, len(there[0]), len(back[0]), count)


class Link:
    """One connection of the load.

    apart: whether to send each message by itself, as far as the kernel takes it: over TLS that is a record for each.
    done: messages that have come back. allowed: octets that may be sent so far. sent, received: octets.
    """

    def __init__(self, sock: socket.socket, cycle: Cycle, *, apart: bool = False) -> None:
        self.sock = sock
        self.cycle = cycle
        self._most = cycle.frame_bytes if apart else 1 << 62
        self.allowed = 0
        self.sent = 0
        self.received = 0
        self.done = 0
        self._there_period = cycle.frame_bytes * cycle.count
        self._back_period = cycle.reply_bytes * cycle.count
        self._pending: Callable[[], int] | None = sock.pending if isinstance(sock, ssl.SSLSocket) else None

    def allow(self, messages: int) -> None:
        """Let so many messages more be sent, and send what the kernel takes."""
        self.allowed += messages * self.cycle.frame_bytes
        self.send()

    def send(self) -> bool:
        """Send what may be sent; whether all of it went."""
        while self.sent < self.allowed:
            start = self.sent % self._there_period
            size = min(self.allowed - self.sent, self._most)
            try:
                self.sent += self.sock.send(self.cycle.there[start : start + size])
            except (BlockingIOError, ssl.SSLWantWriteError):
                return False
        return True

    def receive(self) -> int:
        """Take what has come; how many messages that made whole. Raises WrongServer where it is not the echo."""
        before = self.done
        while True:
            try:
                data = self.sock.recv(_RECEIVE_BYTES)
            except (BlockingIOError, ssl.SSLWantReadError):
                break
            self.take(data)
            # What waits inside TLS, no poll tells of.
            if self._pending is None or not self._pending():
                break
        return self.done - before

    def take(self, data: bytes) -> None:
        """Check octets that came, and count them. Raises WrongServer."""
        if not data:
            raise WrongServer(f"the server ended the connection after {self.done} messages")
        start = self.received % self._back_period
        if self.cycle.back[start : start + len(data)] != data:
            raise WrongServer(f"wrong octets after {self.done} messages: {data[:40]!r}")
        self.received += len(data)
        self.done = self.received // self.cycle.reply_bytes
        if self.done * self.cycle.frame_bytes > self.sent:
            raise WrongServer(f"more came back than was sent: {self.done} messages")


@dataclass(frozen=True)
class Echoed:
    """What one measurement gave. messages: that came back. server_ns, client_ns: CPU time. seconds: by the clock."""

    messages: int
    server_ns: int
    client_ns: int
    seconds: float


def echo(
    port: int,
    server: CpuClock,
    *,
    opcode: int,
    size: int,
    in_flight: int,
    connections: int,
    seconds: float,
    apart: bool = False,
    raw: bool = False,
    tls: bool = False,
) -> Echoed:
    """Exchange messages for so many seconds, after a quarter of that to get warm.

    Raises WrongServer where the server did not echo, TimeoutError where it stopped to, and OSError.
    """
    cycle = Cycle.make(opcode, size, in_flight, raw=raw)
    links: dict[int, Link] = {}
    try:
        for _ in range(connections):
            sock, _response = open_connection(port, tls=tls)
            sock.setblocking(False)
            links[sock.fileno()] = Link(sock, cycle, apart=apart)
        _exchange(links, in_flight, seconds / 4)
        before = sum(link.done for link in links.values())
        started, client_ns, server_ns = time.monotonic(), time.process_time_ns(), server.read()
        _exchange(links, in_flight, seconds)
        server_ns = server.read() - server_ns
        client_ns = time.process_time_ns() - client_ns
        messages = sum(link.done for link in links.values()) - before
        seconds = time.monotonic() - started
        say_goodbye(link.sock for link in links.values())
        return Echoed(messages, server_ns, client_ns, seconds)
    finally:
        for link in links.values():
            link.sock.close()


def _exchange(links: dict[int, Link], in_flight: int, seconds: float) -> None:
    """Keep the messages in flight for so long, then wait until all have come back."""
    poll = select.epoll()
    try:
        for descriptor, link in links.items():
            poll.register(descriptor, select.EPOLLIN)
            link.allow(in_flight)
            if link.sent < link.allowed:
                poll.modify(descriptor, select.EPOLLIN | select.EPOLLOUT)
        until = time.monotonic() + seconds
        out = in_flight * len(links)
        while out:
            ready = poll.poll(DEADLINE, len(links))
            if not ready:
                raise TimeoutError(f"{out} messages did not come back within {DEADLINE:.0f} seconds")
            go_on = time.monotonic() < until
            for descriptor, events in ready:
                link = links[descriptor]
                came = link.receive() if events & ~select.EPOLLOUT else 0
                blocked = events & select.EPOLLOUT
                if came and go_on:
                    link.allow(came)
                else:
                    out -= came
                    if blocked:
                        link.send()
                if blocked or link.sent < link.allowed:
                    all_sent = link.sent == link.allowed
                    poll.modify(descriptor, select.EPOLLIN if all_sent else select.EPOLLIN | select.EPOLLOUT)
    finally:
        poll.close()
