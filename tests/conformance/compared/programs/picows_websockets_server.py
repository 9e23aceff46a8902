"""A server of `picows.websockets`, picows' face for whole messages: picows_websockets_server.py PORT."""

from __future__ import annotations

import asyncio
import sys

from picows.websockets import ServerConnection, serve


async def echo(connection: ServerConnection) -> None:
    """Send every message back as it came."""
    async for message in connection:
        await connection.send(message)


async def main(port: int) -> None:
    """Serve until killed."""
    async with serve(echo, "127.0.0.1", port, max_size=1 << 25) as server:
        await server.serve_forever()


asyncio.run(main(int(sys.argv[1])))
