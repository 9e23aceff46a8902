"""A driver with a client of `picows.websockets`: picows_websockets_client.py URL."""

from __future__ import annotations

import asyncio
import sys

from picows.websockets import WebSocketException, connect

AGENT = "picows.websockets"


async def main(url: str) -> None:
    """Play all cases, then ask for the reports."""
    async with connect(f"{url}/getCaseCount") as connection:
        count = int(await connection.recv())
    for case in range(1, count + 1):
        try:
            async with connect(f"{url}/runCase?case={case}&agent={AGENT}", max_size=1 << 25) as connection:
                async for message in connection:
                    await connection.send(message)
        except (WebSocketException, OSError):
            pass  # the tester has seen it
    async with connect(f"{url}/updateReports?agent={AGENT}"):
        pass


asyncio.run(main(sys.argv[1]))
