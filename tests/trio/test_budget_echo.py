"""What one message costs in operations when rawws.trio echoes it: lines and calls of Python, and system calls."""

from __future__ import annotations

import functools
import os
import select
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest
import trio
import trio.testing

import rawws.trio
import rawws.trio.websocket
import rawws.trio.writer
from rawws.core.accelerator import ACCELERATED
from rawws.trio import WebSocket

from tests.budget import Budget, Counting
from tests.trio.frames import KEY, REQUEST, TEXT, frame
from tests.trio.peer import HOST
from tests.trio.running import in_trio

BUDGET = Budget(Path(__file__).with_name("budget_echo.json"))
CODEC = "codec in C" if ACCELERATED else "codec in Python"
PAYLOAD = b"sixteen octets.."
MESSAGE = frame(TEXT, PAYLOAD, key=KEY)
REPLY = frame(TEXT, PAYLOAD)

#: Seconds that nothing here takes.
DEADLINE = 5.0

#: So many rounds are run before one counts, and so many count.
WARM_UP = 20
ROUNDS = 50


class Client(trio.abc.Instrument):
    """The other end of some connections, which does its part whenever the loop is about to sleep.

    So the server is always left alone until it has done all that it could, and no count depends on time. in_flight: how
    many messages are out on each connection. failure: what was wrong with a reply.
    """

    def __init__(self, socks: list[socket.socket], in_flight: int) -> None:
        self.done = trio.Event()
        self.counting = Counting()
        self.failure: str | None = None
        self._socks = socks
        self._in_flight = in_flight
        self._round = 0

    def before_io_wait(self, timeout: float) -> None:
        """Take the replies, and send anew; os.read and os.write, since the calls of sockets are counted."""
        if timeout <= 0 or self._round > WARM_UP + ROUNDS:
            return
        if self._round:
            for sock in self._socks:
                self._take_replies(sock)
        if self._round == WARM_UP:
            self.counting.start()
        if self._round < WARM_UP + ROUNDS:
            for sock in self._socks:
                os.write(sock.fileno(), MESSAGE * self._in_flight)
        else:
            self.counting.stop()
            trio.lowlevel.current_trio_token().run_sync_soon(self.done.set)
        self._round += 1

    def _take_replies(self, sock: socket.socket) -> None:
        """Read as many octets as the replies have; TCP may still be holding some back until others are acknowledged."""
        expected = REPLY * self._in_flight
        got = b""
        while len(got) < len(expected) and select.select([sock], [], [], DEADLINE)[0]:
            got += os.read(sock.fileno(), len(expected) + 1) or b"the end of the stream"
        if got != expected:
            self.failure = self.failure or f"instead of {self._in_flight} replies: {got!r}"


async def echo(ws: WebSocket) -> None:
    """A coroutine for each connection."""
    async for message in ws:
        await ws.send(message)


def echo_back(ws: WebSocket, message: str | bytes) -> None:
    """A function for each message."""
    ws.send_nowait(message)


SERVERS = {
    "handler": functools.partial(rawws.trio.serve, echo, HOST, 0),
    "callback": functools.partial(rawws.trio.serve, None, HOST, 0, on_message=echo_back),
}


def connected(port: int) -> socket.socket:
    """A connection that has asked for its upgrade."""
    sock = socket.create_connection((HOST, port))
    sock.setblocking(False)
    sock.send(REQUEST)
    return sock


@pytest.fixture
def no_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let corks come off, and turns end, when they have to, and not because the machine is slow."""
    monkeypatch.setattr(rawws.trio.writer, "_LONGEST_CORKED", 1e6)
    monkeypatch.setattr(rawws.trio.websocket, "_LONGEST_TURN", 1e6)


@pytest.mark.usefixtures("no_housekeeping", "no_clocks")
@pytest.mark.parametrize(("in_flight", "connections"), [(1, 1), (64, 1), (1, 20)])
@pytest.mark.parametrize("name", SERVERS)
@in_trio(20)
async def test_trio(name: str, in_flight: int, connections: int) -> None:
    """A message through rawws.trio costs no more lines, calls and system calls than it did."""
    async with trio.open_nursery() as nursery:
        server = await nursery.start(SERVERS[name])
        with ExitStack() as stack:
            socks = [stack.enter_context(connected(server.port)) for _ in range(connections)]
            for sock in socks:
                await trio.lowlevel.wait_readable(sock)
                assert sock.recv(4096).startswith(b"HTTP/1.1 101 ")
            await trio.testing.wait_all_tasks_blocked()
            client = Client(socks, in_flight)
            trio.lowlevel.add_instrument(client)
            await client.done.wait()
            trio.lowlevel.remove_instrument(client)
        nursery.cancel_scope.cancel()
    assert client.failure is None
    counts = client.counting.counts.per(ROUNDS * in_flight * connections)
    BUDGET.check(f"{name}, {in_flight} in flight, {connections} connections, {CODEC}", counts)
