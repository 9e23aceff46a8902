"""Opening and closing, cancelled at any point: no socket is left, and no second Close is sent."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable

import pytest
import trio
import trio.testing

import rawws.trio
from rawws.trio import WebSocket

from tests.trio.frames import CLOSE, REQUEST, Frame
from tests.trio.peer import RawPeer, dial, listen, port_of
from tests.trio.running import (
    Over,
    Role,
    both_roles,
    cancelled_after,
    eventually,
    everywhere,
    in_trio,
    open_websocket,
    raw_socket,
    serving,
)

pytestmark = pytest.mark.usefixtures("apart_and_crowded")


@everywhere
@both_roles
@in_trio()
async def test_closes(role: Role, over: Over) -> None:
    """A close that is cancelled after any number of turns gives the socket back, with at most one Close sent."""
    for turns in (*range(12), 20, 40):
        async with open_websocket(role, over, close_timeout=1e6) as (ws, peer), trio.open_nursery() as nursery:
            frames: list[Frame] = []

            async def answer(peer: RawPeer = peer, frames: list[Frame] = frames) -> None:
                async for frame in peer:
                    frames.append(frame)
                    await trio.lowlevel.checkpoint()
                    if frame.opcode == CLOSE:
                        with contextlib.suppress(trio.BrokenResourceError):
                            await peer.send_close()
                            await peer.half_close()

            nursery.start_soon(answer)
            await ws.send("before")
            await cancelled_after(turns, ws.close)
            assert ws._cut
            if over != "stream":
                assert raw_socket(ws).fileno() == -1
            await trio.testing.wait_all_tasks_blocked(0.001)
            # A stream takes nothing at once: what it had not taken before the cut is lost.
            assert over == "stream" or frames[0].payload == b"before"
            assert [frame.opcode for frame in frames].count(CLOSE) <= 1
            nursery.cancel_scope.cancel()


@pytest.mark.parametrize("answers", [False, True])
@in_trio()
async def test_connects(answers: bool, open_sockets: Callable[[], int]) -> None:
    """A `connect` that is cancelled after any number of turns leaves no socket behind."""

    async def silent(stream: trio.SocketStream) -> None:
        with contextlib.suppress(trio.BrokenResourceError):
            async with stream:
                while await stream.receive_some():
                    if answers:
                        await trio.lowlevel.checkpoint()
                        await stream.send_all(b"HTTP/1.1 101 Switching ")

    async with await listen() as listener, trio.open_nursery() as nursery:
        nursery.start_soon(functools.partial(trio.serve_listeners, silent, [listener]))
        url = f"ws://127.0.0.1:{port_of(listener)}/"
        await trio.testing.wait_all_tasks_blocked()
        before = open_sockets()
        for turns in (*range(25), 50, 100):
            assert await cancelled_after(turns, rawws.trio.connect(url).__aenter__)
        await eventually(lambda: open_sockets() == before)
        nursery.cancel_scope.cancel()


@in_trio()
async def test_connect_and_leave(open_sockets: Callable[[], int]) -> None:
    """A client that is cancelled anywhere between connecting and having closed leaves nothing behind at either end."""

    async def echo(ws: WebSocket) -> None:
        async for message in ws:
            await ws.send(message)

    async def use() -> None:
        async with rawws.trio.connect(f"ws://127.0.0.1:{server.port}/") as ws:
            await ws.send("hello")
            assert await ws.receive() == "hello"

    async with serving(echo) as server:
        await use()
        before = open_sockets()
        outcomes = [await cancelled_after(turns, use) for turns in (*range(60), 100, 1_000_000)]
        assert set(outcomes) == {True, False}
        await eventually(lambda: not server.connections)
        await eventually(lambda: open_sockets() == before)


@in_trio()
async def test_servers(open_sockets: Callable[[], int]) -> None:
    """A server that is cancelled leaves neither its own sockets nor its connections', whatever they are doing."""
    before = open_sockets()

    async def busy(ws: WebSocket) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ws.send, b"x" * 1_000_000)
            nursery.start_soon(ws.ping)
            await ws.receive()

    for said in (b"", REQUEST[:30], REQUEST, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"):
        async with serving(busy) as server:
            peers = [RawPeer(await dial(server.port), client=True) for _ in range(3)]
            for peer in peers:
                await peer.send(said)
            await trio.testing.wait_all_tasks_blocked(0.005)
        for peer in peers:
            await peer.read_to_end()
            await peer.aclose()
    await eventually(lambda: open_sockets() == before)
