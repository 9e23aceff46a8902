"""A driver with the client of `rawws.trio`: rawws_client.py URL."""

from __future__ import annotations

import sys

import trio

from rawws.core.limits import Limits
from rawws.trio import ConnectError, connect

AGENT = "rawws"

LIMITS = Limits(max_message_bytes=1 << 25)


async def main(url: str) -> None:
    """Play all cases, then ask for the reports."""
    async with connect(f"{url}/getCaseCount") as connection:
        count = int(await connection.receive())
    for case in range(1, count + 1):
        try:
            async with connect(f"{url}/runCase?case={case}&agent={AGENT}", limits=LIMITS) as connection:
                async for message in connection:
                    await connection.send(message)
        except (ConnectError, trio.BrokenResourceError):
            pass  # the tester has seen it
    async with connect(f"{url}/updateReports?agent={AGENT}") as connection:
        async for _message in connection:
            pass


trio.run(main, sys.argv[1])
