"""The peer `websockets`, its asyncio client and server."""

from __future__ import annotations

from collections.abc import Sequence

import websockets.asyncio.client
import websockets.asyncio.server
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, ServerPerMessageDeflateFactory
from websockets.http11 import Request, Response
from websockets.typing import Origin, Subprotocol

from tests.interop.peer import (
    DEADLINE,
    HOST,
    Agreed,
    AsyncPeer,
    Library,
    LoopThread,
    Message,
    Options,
    Parted,
    Peer,
    PeerServer,
    Refused,
    connected,
    small_names,
)

Connection = websockets.asyncio.client.ClientConnection | websockets.asyncio.server.ServerConnection


class _WebsocketsPeer(AsyncPeer):
    """A connection of `websockets`, which reads in the background."""

    def __init__(self, connection: Connection, *, client: bool) -> None:
        assert connection.request is not None
        assert connection.response is not None
        ours = connection.response.headers if client else connection.request.headers
        self._connection = connection
        self.agreed = Agreed(
            subprotocol=connection.subprotocol,
            extensions=connection.response.headers.get("Sec-WebSocket-Extensions", ""),
            headers=small_names(list(ours.raw_items())),
        )

    async def send(self, message: Message) -> None:
        await self._connection.send(message)

    async def send_fragments(self, fragments: Sequence[str] | Sequence[bytes]) -> None:
        await self._connection.send(fragments)

    async def receive(self) -> Message:
        try:
            return await self._connection.recv()
        except ConnectionClosed as exc:
            raise Parted from exc

    async def ping(self, payload: bytes) -> None:
        await (await self._connection.ping(payload))

    async def close(self, code: int, reason: str) -> None:
        await self._connection.close(code, reason)

    async def closed(self) -> tuple[int, str | None]:
        await self._connection.wait_closed()
        assert self._connection.close_code is not None
        return self._connection.close_code, self._connection.close_reason

    async def abandon(self) -> None:
        self._connection.transport.abort()
        await self._connection.wait_closed()


def connect(loop: LoopThread, url: str, options: Options) -> Peer:
    """A client."""
    compression = "deflate" if options.deflate and not options.deflate_parameters else None
    extensions = [ClientPerMessageDeflateFactory(**options.deflate_parameters)] if options.deflate_parameters else None

    async def start() -> AsyncPeer:
        try:
            connection = await websockets.asyncio.client.connect(
                url,
                ssl=options.tls,
                subprotocols=[Subprotocol(name) for name in options.subprotocols] or None,
                additional_headers=list(options.headers),
                origin=None if options.origin is None else Origin(options.origin),
                compression=compression,
                extensions=extensions,
                proxy=None,
                open_timeout=DEADLINE,
                close_timeout=DEADLINE,
            )
        except InvalidStatus as exc:
            raise Refused(exc.response.status_code) from exc
        return _WebsocketsPeer(connection, client=True)

    return connected(loop, start())


def serve(loop: LoopThread, options: Options) -> PeerServer:
    """A server."""
    server = PeerServer(loop)
    compression = "deflate" if options.deflate and not options.deflate_parameters else None
    extensions = [ServerPerMessageDeflateFactory(**options.deflate_parameters)] if options.deflate_parameters else None

    async def handle(connection: websockets.asyncio.server.ServerConnection) -> None:
        server.accept(_WebsocketsPeer(connection, client=False))
        await connection.wait_closed()

    def refuse(connection: websockets.asyncio.server.ServerConnection, _request: Request) -> Response | None:
        return None if options.refuse is None else connection.respond(options.refuse, "websockets says no\n")

    def choose(
        _connection: websockets.asyncio.server.ServerConnection, offered: Sequence[Subprotocol]
    ) -> Subprotocol | None:
        # Left alone, it refuses a client that offers none.
        return next((Subprotocol(name) for name in options.subprotocols if name in offered), None)

    def add_headers(
        _connection: websockets.asyncio.server.ServerConnection, _request: Request, response: Response
    ) -> None:
        for name, value in options.headers:
            response.headers[name] = value

    async def start() -> None:
        listener = await websockets.asyncio.server.serve(
            handle,
            HOST,
            0,
            ssl=options.tls,
            subprotocols=[Subprotocol(name) for name in options.subprotocols] or None,
            select_subprotocol=choose,
            compression=compression,
            extensions=extensions,
            process_request=refuse,
            process_response=add_headers,
            close_timeout=DEADLINE,
        )
        server.port = listener.sockets[0].getsockname()[1]

        async def end() -> None:
            listener.close()
            await listener.wait_closed()

        server.close = end

    loop.run(start())
    return server


# It sends back the payload of a Close as it came.
LIBRARY = Library(
    name="websockets", connect=connect, serve=serve, fragments=True, answer=lambda code, reason: (code, reason)
)
