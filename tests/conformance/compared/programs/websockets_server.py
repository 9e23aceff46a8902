"""A server of `websockets` that sends every message back: websockets_server.py PORT."""

from __future__ import annotations

import asyncio
import sys

from websockets.asyncio.server import ServerConnection, serve


async def echo(connection: ServerConnection) -> None:
    """Send every message back as it came."""
    async for message in connection:
        await connection.send(message)


async def main(port: int) -> None:
    """Serve until killed."""
    async with serve(echo, "127.0.0.1", port, max_size=1 << 25) as server:
        await server.serve_forever()


asyncio.run(main(int(sys.argv[1])))
