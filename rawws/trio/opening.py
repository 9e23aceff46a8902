"""RFC 6455 §4: the opening handshake over a transport, for both ends."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import trio

from rawws.core.errors import RemoteProtocolError
from rawws.core.events import AcceptConnection, RejectConnection, RejectData, Request

if TYPE_CHECKING:
    from rawws.core import WSConnection
    from rawws.trio.transport import Octets, Transport


# After so many reads of a handshake that had nothing to wait for, one lets other tasks run.
_READS_PER_CHECKPOINT = 8


@dataclass(frozen=True, slots=True)
class Opened:
    """What an opening handshake has come to.

    request, response: the events that were sent and received, or the other way round. remote_address: of the peer.
    text_as_bytes: whether text is wanted as bytes.
    """

    request: Request
    response: AcceptConnection
    remote_address: object
    text_as_bytes: bool = False


class EndOfStream(Exception):
    """The peer ended the stream before the handshake was complete."""

    def __str__(self) -> str:
        return "the stream ended before the handshake was complete"


class Stage:
    """What an opening handshake is waiting for, in words."""

    __slots__ = ("waiting_for",)

    def __init__(self) -> None:
        self.waiting_for = "the network"


async def send_all(transport: Transport, data: bytes) -> None:
    """Put octets on the wire. Raises OSError."""
    backlog: deque[Octets] = deque(transport.encode([data]))
    transport.send(backlog)
    while backlog:
        await transport.send_later(backlog)


async def receive_some(transport: Transport) -> bytes:
    """Octets, as soon as there are some; b"" at the end of the stream. Raises OSError."""
    while (data := transport.receive()) is None:
        await transport.wait_readable()
    return data


class Handshaker:
    """Moves octets between a transport and a `WSConnection` while the handshake lasts."""

    def __init__(self, transport: Transport, ws: WSConnection) -> None:
        self._transport = transport
        self._reads = 0
        self.ws = ws

    async def send(self, data: bytes) -> None:
        """Put octets on the wire. Raises OSError."""
        await send_all(self._transport, data)

    async def receive(self) -> None:
        """Read once and feed the connection. Raises OSError, EndOfStream, RemoteProtocolError."""
        data = await receive_some(self._transport)
        if data:
            self.ws.receive_data(data)
            # Bytes that come one by one must not keep other tasks from running.
            self._reads += 1
            if self._reads % _READS_PER_CHECKPOINT == 0:
                await trio.lowlevel.checkpoint()
        else:
            try:
                self.ws.receive_data(None)
            except RemoteProtocolError as exc:
                # A server still says what is wrong with half a request; a client has got no answer at all.
                if self.ws.client:
                    raise EndOfStream from exc
                raise
            raise EndOfStream

    async def read_answer(self, most_body: int) -> AcceptConnection | tuple[RejectConnection, bytes]:
        """Client: the server's answer; a refusal with its body, of which `most_body` octets are kept.

        Raises OSError, EndOfStream, RemoteProtocolError.
        """
        refusal: RejectConnection | None = None
        body = bytearray()
        while True:
            for event in self.ws.handshake.events():
                if isinstance(event, AcceptConnection):
                    return event
                if isinstance(event, RejectConnection):
                    refusal = event
                    if not event.has_body:
                        return refusal, b""
                elif isinstance(event, RejectData) and refusal is not None:
                    body += event.data[: most_body - len(body)]
                    if event.body_finished or len(body) >= most_body:
                        return refusal, bytes(body)
            try:
                await self.receive()
            except (EndOfStream, RemoteProtocolError, OSError):
                if refusal is None:
                    raise
                for event in self.ws.handshake.events():
                    if isinstance(event, RejectData):
                        body += event.data[: most_body - len(body)]
                return refusal, bytes(body)

    async def read_request(self) -> Request:
        """Server: the client's request. Raises OSError, EndOfStream, RemoteProtocolError."""
        while True:
            for event in self.ws.handshake.events():
                if isinstance(event, Request):
                    return event
            await self.receive()


async def linger(transport: Transport, seconds: float) -> None:
    """End sending, and read away what still comes, so that the peer gets our last words instead of a reset.

    Bounded by `seconds`; a peer that sends on is cut then. Raises nothing but trio.Cancelled.
    """
    try:
        transport.send(deque(transport.end_of_sending()))
        transport.shutdown()
        with trio.move_on_after(seconds):
            while (data := transport.receive()) != b"":
                if data is None:
                    await transport.wait_readable()
                else:
                    await trio.lowlevel.checkpoint()
    except (OSError, trio.ClosedResourceError):
        return
