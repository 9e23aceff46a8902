"""A driver with a client of `trio-websocket`: trio_websocket_client.py URL."""

from __future__ import annotations

import sys

import trio
from trio_websocket import ConnectionClosed, HandshakeError, open_websocket_url

AGENT = "trio-websocket"


async def main(url: str) -> None:
    """Play all cases, then ask for the reports."""
    async with open_websocket_url(f"{url}/getCaseCount") as connection:
        count = int(await connection.get_message())
    for case in range(1, count + 1):
        try:
            async with open_websocket_url(
                f"{url}/runCase?case={case}&agent={AGENT}", max_message_size=1 << 25
            ) as connection:
                while True:
                    await connection.send_message(await connection.get_message())
        except (ConnectionClosed, HandshakeError, OSError):
            pass  # the tester has seen it
    async with open_websocket_url(f"{url}/updateReports?agent={AGENT}") as connection:
        try:
            await connection.get_message()
        except ConnectionClosed:
            pass


trio.run(main, sys.argv[1])
