"""rawws.trio with a handler: a coroutine for each connection."""

from __future__ import annotations

import functools

import trio

import rawws.trio
from rawws.trio import WebSocket

from tests.benchmarks.servers.common import HOST, Options, begin, ready


async def echo(ws: WebSocket) -> None:
    """Send back what comes."""
    async for message in ws:
        await ws.send(message)


async def start(options: Options, nursery: trio.Nursery) -> rawws.trio.Server:
    """Begin to serve."""
    server: rawws.trio.Server

    async def everybody(ws: WebSocket) -> None:
        """Send what comes to everybody."""
        async for message in ws:
            rawws.trio.broadcast(server.connections, message)

    handler = everybody if options.broadcast else echo
    serve = functools.partial(
        rawws.trio.serve, handler, HOST, 0, compression=options.deflate, ssl_context=options.ssl_context()
    )
    server = await nursery.start(serve)
    return server


async def main(options: Options) -> None:
    """Serve until killed."""
    async with trio.open_nursery() as nursery:
        server = await start(options, nursery)
        ready(server.port)


if __name__ == "__main__":
    trio.run(main, begin())
