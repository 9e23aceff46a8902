"""A server of `trio-websocket` that sends every message back: trio_websocket_server.py PORT."""

from __future__ import annotations

import sys

import trio
from trio_websocket import ConnectionClosed, WebSocketRequest, serve_websocket


async def echo(request: WebSocketRequest) -> None:
    """Send every message back as it came."""
    connection = await request.accept()
    try:
        while True:
            await connection.send_message(await connection.get_message())
    except ConnectionClosed:
        pass


async def main(port: int) -> None:
    """Serve until killed."""
    await serve_websocket(echo, "127.0.0.1", port, None, max_message_size=1 << 25)


trio.run(main, int(sys.argv[1]))
