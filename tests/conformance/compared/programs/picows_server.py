"""A server of `picows` that sends every frame back: picows_server.py PORT."""

from __future__ import annotations

import asyncio
import sys

from picows import ws_create_server
from picows_echo import LARGEST, Echo


async def main(port: int) -> None:
    """Serve until killed."""
    server = await ws_create_server(lambda _request: Echo(), "127.0.0.1", port, max_frame_size=LARGEST)
    await server.serve_forever()


asyncio.run(main(int(sys.argv[1])))
