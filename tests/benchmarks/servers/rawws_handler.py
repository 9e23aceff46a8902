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


async def main(options: Options) -> None:
    """Serve until killed."""
    serve = functools.partial(
        rawws.trio.serve, echo, HOST, 0, compression=options.deflate, ssl_context=options.ssl_context()
    )
    async with trio.open_nursery() as nursery:
        server = await nursery.start(serve)
        ready(server.port)


if __name__ == "__main__":
    trio.run(main, begin())
