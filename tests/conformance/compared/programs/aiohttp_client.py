"""A driver with a client of `aiohttp`, compression offered: aiohttp_client.py URL."""

from __future__ import annotations

import asyncio
import sys

from aiohttp import ClientError, ClientSession, WSMsgType

AGENT = "aiohttp"


async def main(url: str) -> None:
    """Play all cases, then ask for the reports."""
    async with ClientSession() as session:
        async with session.ws_connect(f"{url}/getCaseCount") as connection:
            count = int(await connection.receive_str())
        for case in range(1, count + 1):
            try:
                await play(session, f"{url}/runCase?case={case}&agent={AGENT}")
            except (ClientError, OSError):
                pass  # the tester has seen it
        async with session.ws_connect(f"{url}/updateReports?agent={AGENT}") as connection:
            await connection.receive()


async def play(session: ClientSession, url: str) -> None:
    """Send every message back as it came."""
    async with session.ws_connect(url, compress=15, max_msg_size=1 << 25) as connection:
        async for message in connection:
            if message.type is WSMsgType.TEXT:
                await connection.send_str(message.data)
            elif message.type is WSMsgType.BINARY:
                await connection.send_bytes(message.data)


asyncio.run(main(sys.argv[1]))
