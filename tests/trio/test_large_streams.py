"""Messages that are larger than memory: sent from an iterable, taken in chunks, or not taken at all."""

from __future__ import annotations

import functools
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
import trio.testing

import rawws.trio
from rawws.core import Limits

from tests.trio.frames import BINARY, CONTINUATION, REQUEST
from tests.trio.peer import HOST, RawPeer
from tests.trio.running import Over, Role, both_roles, certificates, everywhere, in_trio, open_websocket


@pytest.mark.usefixtures("no_housekeeping")
@everywhere
@both_roles
@in_trio(30)
async def test_both_ends_hold_little_of_a_large_message(role: Role, over: Over) -> None:
    """From an iterable to who takes chunks, 16 MiB need less than 1 MiB at both ends together, kernel aside."""
    chunk = b"x" * 32 * 1024
    count = 512
    received = most = 0

    def chunks() -> Iterator[bytes]:
        for _ in range(count):
            yield chunk

    async def take(ws: rawws.trio.WebSocket) -> None:
        nonlocal received, most
        async for piece in ws.receive_stream():
            received += len(piece)
            most = max(most, len(piece))

    async with both_ends(over, max_message_bytes=None) as ends:
        sender, taker = ends if role == "client" else reversed(ends)
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(sender.send_stream, chunks())
                nursery.start_soon(take, taker)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert received == count * len(chunk)
    assert most <= 128 * 1024
    assert peak - before < 1024 * 1024


def gathered(ws: rawws.trio.WebSocket) -> int:
    """Octets of the message that has come in part."""
    parts = ws._session._parts
    return 0 if parts is None else parts.size


@asynccontextmanager
async def both_ends(over: Over, **limits: Any) -> AsyncIterator[tuple[rawws.trio.WebSocket, rawws.trio.WebSocket]]:  # noqa: ANN401
    """A client and a server of ours that are connected, without compression."""
    settings: dict[str, Any] = {"limits": Limits(**limits), "compression": False}
    opened, arrived = trio.open_memory_channel[rawws.trio.WebSocket](1)

    async def handler(ws: rawws.trio.WebSocket) -> None:
        await opened.send(ws)
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        url = "ws://localhost/"
        client_only: dict[str, Any] = {}
        if over == "stream":
            client_only["stream"], stream = trio.testing.memory_stream_pair()
            nursery.start_soon(functools.partial(rawws.trio.serve_stream, handler, stream, **settings))
        else:
            tls: dict[str, Any] = {"ssl_context": certificates().server} if over == "tls" else {}
            serve = functools.partial(rawws.trio.serve, handler, HOST, 0, **settings, **tls)
            server = await nursery.start(serve)
            url = f"ws://localhost:{server.port}/"
            if over == "tls":
                url = url.replace("ws:", "wss:")
                client_only["ssl_context"] = certificates().client
        client = await rawws.trio.connect(url, **settings, **client_only).__aenter__()
        yield client, await arrived.receive()
        client.cut()
        nursery.cancel_scope.cancel()


#: Octets that may wait while nobody takes them: the bound of the queue, and one read.
MOST_WAITING = Limits().max_queued_bytes + 64 * 1024 + 16


async def send_without_end(peer: RawPeer, frame_bytes: int, sent: list[int] | None = None) -> None:
    """A message that never ends: a frame that announces 2⁴⁰ octets, or fragments without end. sent: how much."""
    sizes = [] if sent is None else sent
    payload = b"x" * 32 * 1024
    if frame_bytes == 0:
        first = b"\x82" + (b"\xff" if peer.client else b"\x7f") + (1 << 40).to_bytes(8, "big")
        await peer.send(first + (bytes(4) if peer.client else b""))
        while True:
            await peer.send(payload)
            sizes.append(len(payload))
    await peer.send(peer.frame(BINARY, payload[:frame_bytes], fin=False))
    frame = peer.frame(CONTINUATION, payload[:frame_bytes], fin=False)
    while True:
        await peer.send(frame)
        sizes.append(frame_bytes)


@pytest.mark.parametrize("bound", [None, 1 << 41], ids=["unbounded", "large"])
@pytest.mark.parametrize("frame_bytes", [0, 32 * 1024], ids=["one frame", "fragments"])
@both_roles
@in_trio(virtual=True)
async def test_a_slow_reader_of_an_endless_message(role: Role, frame_bytes: int, bound: int | None) -> None:
    """Who takes chunks rarely is given them, and no more than the queue's bound gathers meanwhile."""
    limits = Limits(max_message_bytes=bound, max_fragments=1 << 40)
    async with open_websocket(role, limits=limits, ping_interval=None) as (ws, peer), trio.open_nursery() as nursery:
        nursery.start_soon(send_without_end, peer, frame_bytes)
        taken = 0
        chunks = ws.receive_stream()
        while taken < 3_000_000:
            taken += len(await anext(chunks))
            for _ in range(5):
                await trio.sleep(1)
                assert ws._session.unfinished_bytes <= MOST_WAITING
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("frame_bytes", [0, 32 * 1024], ids=["one frame", "fragments"])
@both_roles
@in_trio(virtual=True)
async def test_an_endless_message_that_nobody_takes(role: Role, frame_bytes: int) -> None:
    """Where messages have no bound, what nobody takes gathers up to the queue's bound all the same."""
    limits = Limits(max_message_bytes=None, ping_interval=None)
    async with open_websocket(role, limits=limits) as (ws, peer), trio.open_nursery() as nursery:
        nursery.start_soon(send_without_end, peer, frame_bytes)
        for _ in range(100):
            await trio.sleep(1)
            assert ws._session.unfinished_bytes <= MOST_WAITING
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("begun", [False, True], ids=["untouched", "begun"])
@pytest.mark.parametrize("frame_bytes", [0, 32 * 1024], ids=["one frame", "fragments"])
@both_roles
@in_trio()
async def test_closing_does_not_put_an_endless_message_together(role: Role, frame_bytes: int, begun: bool) -> None:
    """While this end waits for the peer's Close, what comes of a message is dropped piece by piece."""
    limits = Limits(max_message_bytes=None, close_timeout=None)
    most = 0
    sent: list[int] = []
    async with open_websocket(role, limits=limits) as (ws, peer), trio.open_nursery() as nursery:

        closing = trio.CancelScope()

        async def watch() -> None:
            nonlocal most
            # Much more than the kernel holds.
            while sum(sent) < 16 * 1024 * 1024:
                most = max(most, ws._session.unfinished_bytes)
                await trio.lowlevel.checkpoint()
            closing.cancel()

        nursery.start_soon(send_without_end, peer, frame_bytes, sent)
        if begun:
            await anext(ws.receive_stream())
        nursery.start_soon(watch)
        with closing:
            await ws.close()
        assert closing.cancelled_caught
        nursery.cancel_scope.cancel()
    assert most <= MOST_WAITING


@pytest.mark.parametrize("begun", [False, True], ids=["untouched", "begun"])
@in_trio(virtual=True)
async def test_a_compressed_message_gathers_no_more_than_others(begun: bool) -> None:
    """A message that is small on the wire and endless behind it is inflated only as far as the queue's bound."""
    request = REQUEST[:-2] + b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    deflate = zlib.compressobj(9, wbits=-15)
    zeros = bytes(32 * 1024 * 1024)
    payload = deflate.compress(zeros) + deflate.flush(zlib.Z_SYNC_FLUSH)
    limits = Limits(max_message_bytes=None, ping_interval=None)
    async with open_websocket(request=request, limits=limits) as (ws, peer):
        most = limits.max_queued_bytes + limits.max_inflate_step
        await peer.send(peer.frame(BINARY, payload[:5000], fin=False, rsv=4))
        await peer.send(peer.frame(CONTINUATION, payload[5000:], fin=False))
        chunks = ws.receive_stream()
        taken = len(await anext(chunks)) if begun else 0
        for _ in range(5):
            await trio.sleep(1)
            assert gathered(ws) <= most
        assert gathered(ws) > limits.max_queued_bytes
        while taken < len(zeros):
            chunk = await anext(chunks)
            assert len(chunk) <= most
            taken += len(chunk)
        assert taken == len(zeros)
        ws.cut()
