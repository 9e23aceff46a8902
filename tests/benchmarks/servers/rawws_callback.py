"""rawws.trio with a callback: a plain function for each message."""

from __future__ import annotations

import functools

import trio

import rawws.trio
from rawws.trio import WebSocket

from tests.benchmarks.servers.common import HOST, Options, begin, ready


def echo(ws: WebSocket, message: str | bytes) -> None:
    """Send back what came."""
    ws.send_nowait(message)


async def main(options: Options) -> None:
    """Serve until killed."""
    server: rawws.trio.Server

    def everybody(_ws: WebSocket, message: str | bytes) -> None:
        """Send what came to everybody."""
        rawws.trio.broadcast(server.connections, message)

    serve = functools.partial(
        rawws.trio.serve,
        None,
        HOST,
        0,
        on_message=everybody if options.broadcast else echo,
        compression=options.deflate,
        ssl_context=options.ssl_context(),
    )
    async with trio.open_nursery() as nursery:
        server = await nursery.start(serve)
        ready(server.port)


if __name__ == "__main__":
    trio.run(main, begin())
