"""Servers that do what a script says."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import trio

from tests.trio.frames import CLOSE, response
from tests.trio.peer import HOST, RawPeer, listen, port_of

Script = Callable[[RawPeer], Awaitable[None]]


@asynccontextmanager
async def scripted(script: Script) -> AsyncIterator[str]:
    """A server that does with each connection what the script says; its URL."""

    async def serve(stream: trio.SocketStream) -> None:
        async with RawPeer(stream, client=False) as peer:
            with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                await script(peer)

    async with trio.open_nursery() as nursery, await listen() as listener:
        nursery.start_soon(functools.partial(trio.serve_listeners, serve, [listener]))
        yield f"ws://{HOST}:{port_of(listener)}/"
        nursery.cancel_scope.cancel()


async def accept(peer: RawPeer, *fields: bytes) -> bytes:
    """Read the request and accept it; the request."""
    request = await peer.read_head()
    await peer.send(response(request, *fields))
    return request


async def echo(peer: RawPeer) -> None:
    """Accept, and answer what comes until a Close."""
    await accept(peer)
    async for frame in peer:
        if frame.opcode == CLOSE:
            await peer.send(peer.frame(CLOSE, frame.payload))
            return
        await peer.send(peer.frame(frame.opcode, frame.payload))
