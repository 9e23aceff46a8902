"""The floor on uvloop: a protocol that writes what it gets, and knows nothing of WebSocket."""

from __future__ import annotations

import asyncio
from typing import cast

import uvloop

from tests.benchmarks.servers.canned import RESPONSE
from tests.benchmarks.servers.common import begin, listening_socket, ready


class Echo(asyncio.Protocol):
    """A canned response to the first octets, and then an echo."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.WriteTransport", transport)
        self._open = False

    def data_received(self, data: bytes) -> None:
        """Send back what came."""
        if self._open:
            self._transport.write(data)
        else:
            self._open = True
            self._transport.write(RESPONSE)


async def main() -> None:
    """Serve until killed."""
    begin()
    listener = listening_socket()
    server = await asyncio.get_running_loop().create_server(Echo, sock=listener)
    ready(listener.getsockname()[1])
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
