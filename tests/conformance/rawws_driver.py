"""A driver of Autobahn's kind with the client of `rawws.trio`: rawws_driver.py URL [CA].

CA: a certificate authority in PEM, for wss. Some cases are played at the same time: most of the time that a driver
takes is spent in pauses of the cases.
"""

from __future__ import annotations

import ssl
import sys
from collections.abc import Iterator
from functools import partial

import trio

from rawws.core.extensions import PerMessageDeflate
from rawws.core.limits import Limits
from rawws.trio import ConnectError, connect

AGENT = "rawws"

#: Cases at the same time.
WORKERS = 4

#: The largest message of any case has 16 MiB.
LIMITS = Limits(max_message_bytes=32 << 20)


def deflate() -> PerMessageDeflate:
    """As rawws sets it up by itself, and ready to give up its context: 13.2, 13.5 and 13.6 want that to be offered."""
    return PerMessageDeflate(threshold=256, window_bits=12, memory_level=5, client_no_context_takeover=True)


class Driver:
    """Plays all cases of a fuzzing server."""

    def __init__(self, url: str, context: ssl.SSLContext | None) -> None:
        self._url = url
        self._connect = partial(connect, ssl_context=context, limits=LIMITS, compression=deflate)

    async def run(self) -> None:
        """Play everything, then ask for the reports."""
        async with self._connect(f"{self._url}/getCaseCount") as connection:
            count = int(await connection.receive())
        cases = iter(range(1, count + 1))
        async with trio.open_nursery() as nursery:
            for _ in range(WORKERS):
                nursery.start_soon(self._play, cases)
        async with self._connect(f"{self._url}/updateReports?agent={AGENT}") as connection:
            async for _message in connection:
                pass

    async def _play(self, cases: Iterator[int]) -> None:
        """Play what the others have left."""
        for case in cases:
            try:
                async with self._connect(f"{self._url}/runCase?case={case}&agent={AGENT}") as connection:
                    async for message in connection:
                        await connection.send(message)
            except (ConnectError, trio.BrokenResourceError):
                pass  # the tester has seen it


if __name__ == "__main__":
    context = ssl.create_default_context(cafile=sys.argv[2]) if len(sys.argv) > 2 else None
    trio.run(Driver(sys.argv[1], context).run)
