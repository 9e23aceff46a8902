"""The peer `aiohttp`, its client and its server."""

from __future__ import annotations

import asyncio
from collections import deque
from types import SimpleNamespace

import aiohttp
from aiohttp import WSMsgType, web

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

# The window with which the client offers permessage-deflate; 0 would mean not to offer it.
_WINDOW_BITS = 15


class _AiohttpPeer(AsyncPeer):
    """A connection of `aiohttp`, which reads only while it is asked for something."""

    def __init__(
        self,
        connection: aiohttp.ClientWebSocketResponse | web.WebSocketResponse,
        agreed: Agreed,
        *,
        session: aiohttp.ClientSession | None = None,
        transport: asyncio.Transport | None = None,
    ) -> None:
        self._connection = connection
        self._session = session
        self._transport = transport
        self._messages: deque[Message] = deque()
        self._closed: tuple[int, str | None] | None = None
        self.agreed = agreed
        self.finished = asyncio.Event()

    async def send(self, message: Message) -> None:
        if isinstance(message, str):
            await self._connection.send_str(message)
        else:
            await self._connection.send_bytes(message)

    async def receive(self) -> Message:
        while not self._messages:
            await self._read()
        return self._messages.popleft()

    async def _read(self) -> bytes | None:
        """Read one thing; the payload if it was a pong."""
        message = await self._connection.receive()
        if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
            self._messages.append(message.data)
        elif message.type is WSMsgType.PONG:
            return bytes(message.data)
        elif message.type is WSMsgType.CLOSE:
            # Its own `close_code` is 1006 when we, after a failure, did not wait for an answer.
            self._closed = (int(message.data), message.extra or "")
            raise Parted
        else:
            raise Parted(message)
        return None

    async def ping(self, payload: bytes) -> None:
        await self._connection.ping(payload)
        while await self._read() != payload:
            pass

    async def close(self, code: int, reason: str) -> None:
        await self._connection.close(code=code, message=reason.encode())
        self.finished.set()

    async def closed(self) -> tuple[int, str | None]:
        try:
            while not self._connection.closed:
                await self._read()
        except Parted:
            pass
        self.finished.set()
        if self._closed is not None:
            return self._closed
        # We answered its own Close: it keeps the code, and drops the reason.
        assert self._connection.close_code is not None
        return int(self._connection.close_code), None

    async def abandon(self) -> None:
        self.finished.set()
        if self._transport is not None:
            self._transport.abort()
        if self._session is not None:
            await self._session.close()


def connect(loop: LoopThread, url: str, options: Options) -> Peer:
    """A client."""
    headers: dict[str, str] = {}

    async def keep_headers(
        _session: aiohttp.ClientSession, _context: SimpleNamespace, ended: aiohttp.TraceRequestEndParams
    ) -> None:
        headers.update(small_names(list(ended.response.headers.items())))

    async def start() -> AsyncPeer:
        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(keep_headers)
        session = aiohttp.ClientSession(trace_configs=[trace])
        try:
            connection = await session.ws_connect(
                url,
                ssl=options.tls or True,
                protocols=options.subprotocols,
                headers=dict(options.headers),
                origin=options.origin,
                compress=_WINDOW_BITS if options.deflate else 0,
                autoping=not options.shows_pongs,
                timeout=aiohttp.ClientWSTimeout(ws_receive=DEADLINE, ws_close=DEADLINE),
            )
        except aiohttp.WSServerHandshakeError as exc:
            await session.close()
            raise Refused(exc.status) from exc
        except BaseException:
            await session.close()
            raise
        agreed = Agreed(
            subprotocol=connection.protocol, extensions=headers.get("sec-websocket-extensions", ""), headers=headers
        )
        return _AiohttpPeer(connection, agreed, session=session)

    return connected(loop, start())


def serve(loop: LoopThread, options: Options) -> PeerServer:
    """A server."""
    server = PeerServer(loop)

    async def handle(request: web.Request) -> web.StreamResponse:
        if options.refuse is not None:
            return web.Response(status=options.refuse, text="aiohttp says no\n")
        connection = web.WebSocketResponse(
            timeout=DEADLINE,
            protocols=options.subprotocols,
            compress=options.deflate,
            autoping=not options.shows_pongs,
        )
        connection.headers.extend(options.headers)
        await connection.prepare(request)
        agreed = Agreed(
            subprotocol=connection.ws_protocol,
            extensions=connection.headers.get("Sec-WebSocket-Extensions", ""),
            headers=small_names(list(request.headers.items())),
        )
        peer = _AiohttpPeer(connection, agreed, transport=request.transport)
        server.accept(peer)
        await peer.finished.wait()
        return connection

    async def start() -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", handle)
        runner = web.AppRunner(app, shutdown_timeout=DEADLINE, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, HOST, 0, ssl_context=options.tls).start()
        server.port = runner.addresses[0][1]
        server.close = runner.cleanup

    loop.run(start())
    return server


# Whatever a Close says, it answers 1000.
LIBRARY = Library(
    name="aiohttp",
    connect=connect,
    serve=serve,
    answer=lambda _code, _reason: (1000, ""),
    no_tls=aiohttp.ClientConnectorCertificateError,
)
