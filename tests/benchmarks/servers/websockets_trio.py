"""websockets on trio; without keepalive, which would cost it a task for each connection."""

from __future__ import annotations

import functools

import trio
from websockets.trio.server import ServerConnection, serve

from tests.benchmarks.servers.common import BACKLOG, HOST, Options, begin, ready


async def echo(ws: ServerConnection) -> None:
    """Send back what comes."""
    async for message in ws:
        await ws.send(message)


connections: set[ServerConnection] = set()


async def everybody(ws: ServerConnection) -> None:
    """Send what comes to everybody."""
    connections.add(ws)
    try:
        async for message in ws:
            for each in tuple(connections):
                await each.send(message)
    finally:
        connections.discard(ws)


async def main(options: Options) -> None:
    """Serve until killed."""
    start = functools.partial(
        serve,
        everybody if options.broadcast else echo,
        0,
        host=HOST,
        compression="deflate" if options.deflate else None,
        ssl=options.ssl_context(),
        ping_interval=None,
        backlog=BACKLOG,
    )
    async with trio.open_nursery() as nursery:
        server = await nursery.start(start)
        ready(server.listeners[0].socket.getsockname()[1])


if __name__ == "__main__":
    trio.run(main, begin())
