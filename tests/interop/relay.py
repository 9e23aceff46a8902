"""A relay between a client and a server that counts the octets of each direction."""

from __future__ import annotations

import asyncio
from typing import Self

from tests.interop.peer import HOST, LoopThread


class Relay:
    """Listens on a port of its own and hands on to `port`; TLS goes through as it is.

    up, down: octets from the client and from the server.
    """

    def __init__(self, loop: LoopThread, port: int) -> None:
        self._loop = loop
        self._target = port
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self.up = 0
        self.down = 0
        self.port = 0

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        onward_reader, onward_writer = await asyncio.open_connection(HOST, self._target)
        try:
            await asyncio.gather(self._copy(reader, onward_writer, "up"), self._copy(onward_reader, writer, "down"))
        except OSError:
            pass
        finally:
            writer.close()
            onward_writer.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, direction: str) -> None:
        while data := await reader.read(65536):
            setattr(self, direction, getattr(self, direction) + len(data))
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        if self._connections:
            await asyncio.wait(self._connections)
        await self._server.wait_closed()

    def __enter__(self) -> Self:
        self._loop.run(self._start())
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._loop.run(self._stop())
