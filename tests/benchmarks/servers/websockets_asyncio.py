"""websockets on asyncio; without keepalive, which would cost it a task for each connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from websockets.asyncio.server import ServerConnection, broadcast, serve

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
            broadcast(connections, message)
    finally:
        connections.discard(ws)


async def main(options: Options) -> None:
    """Serve until killed."""
    async with serve(
        everybody if options.broadcast else echo,
        HOST,
        0,
        compression="deflate" if options.deflate else None,
        ssl=options.ssl_context(),
        ping_interval=None,
        backlog=BACKLOG,
    ) as server:
        ready(next(iter(server.sockets)).getsockname()[1])
        await server.serve_forever()


def run(runner: Callable[[Coroutine[Any, Any, None]], None]) -> None:
    """Run on the event loop of `runner`."""
    runner(main(begin()))


if __name__ == "__main__":
    run(asyncio.run)
