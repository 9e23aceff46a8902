"""trio-websocket, which stands on wsproto; it has no permessage-deflate."""

from __future__ import annotations

import functools

import trio
from trio_websocket import ConnectionClosed, WebSocketRequest, serve_websocket

from tests.benchmarks.servers.common import HOST, Options, begin, ready


async def echo(request: WebSocketRequest) -> None:
    """Send back what comes."""
    ws = await request.accept()
    try:
        while True:
            await ws.send_message(await ws.get_message())
    except ConnectionClosed:
        return


async def main(options: Options) -> None:
    """Serve until killed."""
    # 64 KiB a read instead of 4: what the others do.
    start = functools.partial(
        serve_websocket, echo, HOST, 0, options.ssl_context(), receive_buffer_size=64 * 1024
    )
    async with trio.open_nursery() as nursery:
        server = await nursery.start(start)
        ready(server.port)


if __name__ == "__main__":
    trio.run(main, begin())
