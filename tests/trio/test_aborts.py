"""Peers that do everything wrong, or leave at every point: afterwards all is where it was, and the server serves on."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Awaitable, Callable

import pytest
import trio
import trio.testing

import rawws.trio
from rawws.trio import ConnectError

from tests.trio.frames import CONTINUATION, PING, REQUEST, TEXT, response
from tests.trio.leaks import nothing_left
from tests.trio.peer import HOST, RawPeer, dial, listen, port_of
from tests.trio.running import echo, in_trio, serving

# Coverage would be weighed along: what it writes down can grow by more, at one line, than is allowed to stay.
pytestmark = pytest.mark.battery

#: So many clients come at once.
WORKERS = 10


def malformed_handshakes() -> list[bytes]:
    """More than a thousand different octets that are no opening handshake."""
    rng = random.Random(4)
    size = len(REQUEST)
    made = [REQUEST[:at] + b"\0" + REQUEST[at:] for at in range(size - 1)]
    made += [REQUEST[:at] + b"\0" + REQUEST[at + 1 :] for at in range(size - 4)]
    made += [REQUEST[:at] for at in range(size)]
    lines = REQUEST[:-4].split(b"\r\n")
    for number, line in enumerate(lines):
        others = lines[:number], lines[number + 1 :]
        # A second |Upgrade| or |Connection| only makes a list longer.
        twice = [line, line, b":"] if line[:4] in {b"Upgr", b"Conn"} else [line, line]
        for wrong in ([], [line[:-1] + b"\x80"], [b" " + line], [line[:3] + b" " + line[3:]], twice):
            made.append(b"\r\n".join([*others[0], *wrong, *others[1]]) + b"\r\n\r\n")
    made += [REQUEST.replace(b"Version: 13", b"Version: %d" % version) for version in range(256) if version != 13]
    made += [REQUEST.replace(b"Version: 13", b"Version: " + word) for word in (b"", b"x", b"+13", b"013", b"13, 13")]
    made += [REQUEST.replace(b"GET", word) for word in (b"POST", b"PUT", b"get", b"GE\tT", b"CONNECT", b"X" * 9000)]
    made += [REQUEST.replace(b"HTTP/1.1", word) for word in (b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"http/1.1", b"")]
    key = REQUEST.split(b"Key: ")[1].split(b"\r\n")[0]
    made += [REQUEST.replace(key, key[:at] + b"!" + key[at + 1 :]) for at in range(len(key))]
    made += [REQUEST.replace(key, key * times) for times in (0, 2, 50, 900)]
    made += [REQUEST[:-2] + b"X: " + b"y" * length + b"\r\n\r\n" for length in range(17_000, 17_020)]
    made += [REQUEST[:-2] + b"X: y\r\n" * count + b"\r\n" for count in range(150, 160)]
    made += [bytes([22]) + rng.randbytes(rng.randrange(200)) + b"\r\n\r\n" for _ in range(250)]
    return list(dict.fromkeys(made))


async def by_workers(jobs: list[Callable[[], Awaitable[None]]]) -> None:
    """Do all jobs, a few at a time."""
    rest = iter(jobs)

    async def work() -> None:
        for job in rest:
            await job()

    async with trio.open_nursery() as nursery:
        for _ in range(WORKERS):
            nursery.start_soon(work)


async def is_served(port: int) -> None:
    """The server still does its work."""
    async with rawws.trio.connect(f"ws://{HOST}:{port}/") as ws:
        await ws.send("still there?")
        assert await ws.receive() == "still there?"


def test_there_are_more_than_a_thousand() -> None:
    """There are over 1,000 malformed handshakes, and no two are the same."""
    made = malformed_handshakes()
    assert len(set(made)) == len(made) > 1000


@in_trio(60)
async def test_malformed_handshakes(open_sockets: Callable[[], int]) -> None:
    """Over 1,000 distinct malformed handshakes get an error status or the end, never a 101, and leave nothing."""
    made = malformed_handshakes()
    statuses: set[int] = set()

    async def knock(port: int, octets: bytes) -> None:
        async with RawPeer(await dial(port), client=True) as peer:
            with contextlib.suppress(trio.BrokenResourceError):
                await peer.send(octets)
                await peer.half_close()
            data = b""
            with contextlib.suppress(Exception):
                while True:
                    data += await peer.read_octets()
            if data:
                assert data.startswith(b"HTTP/1.1 ")
                statuses.add(int(data[9:12]))

    async with nothing_left(open_sockets) as mark, serving(echo) as server:

        def job(octets: bytes) -> Callable[[], Awaitable[None]]:
            return lambda: knock(server.port, octets)

        await by_workers([job(octets) for octets in made[::10]])
        await is_served(server.port)
        mark()
        await by_workers([job(octets) for octets in made])
        await is_served(server.port)
        assert statuses <= {400, 405, 413, 426, 431, 501, 505}
        assert {400, 405, 426, 431} <= statuses
        assert server.connections == frozenset()


def conversation(peer: RawPeer) -> bytes:
    """All that a client says from its first octet to its Close: over 1,000 octets."""
    return b"".join(
        [
            REQUEST,
            peer.frame(TEXT, b"a" * 200),
            peer.frame(TEXT, b"b" * 100, fin=False),
            peer.frame(PING, b"c" * 100),
            peer.frame(CONTINUATION, b"d" * 126, fin=False),
            peer.frame(CONTINUATION, "é".encode() * 100),
            peer.frame(0x2, b"f" * 200),
            peer.frame(PING),
            peer.frame(TEXT),
            peer.frame(0x8, b"\x03\xe8bye"),
        ]
    )


@in_trio(60)
async def test_clients_that_leave_at_every_octet(open_sockets: Callable[[], int]) -> None:
    """Over 1,000 clients, each of which leaves after another octet, by FIN, RST or both, leave nothing behind."""

    async def leave(port: int, at: int) -> None:
        async with RawPeer(await dial(port), client=True) as peer:
            await peer.send(conversation(peer)[:at])
            if at % 4 == 3:
                await trio.lowlevel.checkpoint()
            if at % 4 != 1:
                await peer.reset()
                return
            await peer.half_close()
            with contextlib.suppress(Exception):
                while True:
                    await peer.read_octets()

    async with nothing_left(open_sockets) as mark, serving(echo) as server:
        peer = RawPeer(await dial(server.port), client=True)
        size = len(conversation(peer))
        await peer.aclose()
        assert size > 1000

        def job(at: int) -> Callable[[], Awaitable[None]]:
            return lambda: leave(server.port, at)

        await by_workers([job(at) for at in range(0, size, 10)])
        await is_served(server.port)
        mark()
        await by_workers([job(at) for at in range(size + 1)])
        await is_served(server.port)


@in_trio(60)
async def test_servers_that_leave_at_every_octet(open_sockets: Callable[[], int]) -> None:
    """A client survives servers that leave after any octet of answer and frames: an error at the call, nothing left."""

    async def leave(at: int, stream: trio.SocketStream) -> None:
        async with RawPeer(stream, client=False) as peer:
            with contextlib.suppress(Exception):
                octets = response(await peer.read_head()) + conversation(peer)[len(REQUEST) :]
                await peer.send(octets[:at])
                await (peer.reset() if at % 2 else peer.half_close())
                while True:
                    await peer.read_octets()

    async with nothing_left(open_sockets) as mark, await listen() as listener:
        size = len(response(REQUEST)) + 800
        outcomes = set()

        async def visit(at: int) -> None:
            async with trio.open_nursery() as nursery:

                async def accept() -> None:
                    await leave(at, await listener.accept())

                nursery.start_soon(accept)
                try:
                    async with rawws.trio.connect(f"ws://{HOST}:{port_of(listener)}/") as ws:
                        async for message in ws:
                            await ws.send(message)
                    outcomes.add("end")
                except (ConnectError, trio.BrokenResourceError) as exc:
                    outcomes.add(type(exc).__name__)

        for at in range(0, size, 20):
            await visit(at)
        mark()
        for at in range(0, size, 3):
            await visit(at)
        assert outcomes >= {"ConnectError", "BrokenResourceError"}


@pytest.mark.parametrize("how", ["messages", "handshakes only", "refusals"])
@in_trio(60)
async def test_connections_that_come_and_go(how: str, open_sockets: Callable[[], int]) -> None:
    """A hundred connections that do everything right leave nothing behind either."""
    async with nothing_left(open_sockets) as mark, serving(echo, origins=["https://example.com"]) as server:
        url = f"ws://{HOST}:{server.port}/"

        async def visit() -> None:
            if how == "refusals":
                with pytest.raises(rawws.trio.Rejected):
                    await rawws.trio.connect(url, origin="https://evil.example").__aenter__()
                return
            async with rawws.trio.connect(url) as ws:
                if how == "messages":
                    await ws.send("x" * 1000)
                    await ws.receive()
                    await ws.ping()

        for _ in range(10):
            await visit()
        mark()
        await by_workers([visit] * 100)
