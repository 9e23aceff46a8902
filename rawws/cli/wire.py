"""What goes over the wire, for the demonstration: a relay that hands on every octet and keeps it to be shown."""

from __future__ import annotations

from dataclasses import dataclass, field

import trio

_HOST = "127.0.0.1"


@dataclass(slots=True)
class Octets:
    """What went by since the last look. sent: by the client. received: by it."""

    sent: bytearray = field(default_factory=bytearray)
    received: bytearray = field(default_factory=bytearray)


class Wire:
    """Stands between a client and the server that listens on `target`, a port of this machine.

    An octet is kept before it is handed on, so whoever has received an answer finds all of it here.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._octets = Octets()

    def take(self) -> Octets:
        """What went by, which is forgotten here."""
        taken, self._octets = self._octets, Octets()
        return taken

    async def listen(self, nursery: trio.Nursery) -> int:
        """Start in `nursery`; the port to connect to."""
        [listener] = await trio.open_tcp_listeners(0, host=_HOST)
        nursery.start_soon(trio.serve_listeners, self._connect, [listener])
        port: int = listener.socket.getsockname()[1]
        return port

    async def _connect(self, client: trio.SocketStream) -> None:
        async with await trio.open_tcp_stream(_HOST, self._target) as server, trio.open_nursery() as nursery:
            nursery.start_soon(self._copy, client, server, "sent")
            nursery.start_soon(self._copy, server, client, "received")

    async def _copy(self, source: trio.SocketStream, sink: trio.SocketStream, direction: str) -> None:
        try:
            async for data in source:
                getattr(self._octets, direction).extend(data)
                await sink.send_all(data)
            await sink.send_eof()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            # One side has gone; the other finds out by itself.
            await sink.aclose()
