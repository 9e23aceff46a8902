"""The peer `tornado`, its client and its server."""

from __future__ import annotations

import asyncio
from typing import Any

import tornado.httpclient
import tornado.httpserver
import tornado.httputil
import tornado.netutil
import tornado.web
import tornado.websocket

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


class _TornadoPeer(AsyncPeer):
    """A connection of `tornado`, which reads in the background and calls back."""

    def __init__(
        self,
        connection: tornado.websocket.WebSocketHandler | tornado.websocket.WebSocketClientConnection,
        agreed: Agreed,
        messages: asyncio.Queue[Message | None],
        pongs: asyncio.Queue[bytes],
    ) -> None:
        self._connection = connection
        self._messages = messages
        self._pongs = pongs
        self.agreed = agreed

    async def send(self, message: Message) -> None:
        await self._connection.write_message(message, binary=isinstance(message, bytes))

    async def receive(self) -> Message:
        message = await self._messages.get()
        if message is None:
            self._messages.put_nowait(None)  # for who asks again
            raise Parted
        return message

    async def ping(self, payload: bytes) -> None:
        self._connection.ping(payload)
        while await self._pongs.get() != payload:
            pass

    async def close(self, code: int, reason: str) -> None:
        self._connection.close(code, reason)
        await self._end()

    async def _end(self) -> None:
        while await self._messages.get() is not None:
            pass
        self._messages.put_nowait(None)
        self._connection.close()

    async def closed(self) -> tuple[int, str | None]:
        await self._end()
        code = self._connection.close_code
        return 1005 if code is None else code, self._connection.close_reason or ""

    async def abandon(self) -> None:
        if isinstance(self._connection, tornado.websocket.WebSocketHandler):
            protocol = self._connection.ws_connection
        else:
            protocol = self._connection.protocol
        if protocol is not None and protocol.stream is not None:
            protocol.stream.close()
        await self._end()


def connect(loop: LoopThread, url: str, options: Options) -> Peer:
    """A client."""

    async def start() -> AsyncPeer:
        messages: asyncio.Queue[Message | None] = asyncio.Queue()
        pongs: asyncio.Queue[bytes] = asyncio.Queue()
        headers = tornado.httputil.HTTPHeaders(dict(options.headers))
        if options.origin is not None:
            headers["Origin"] = options.origin
        request = tornado.httpclient.HTTPRequest(
            url, headers=headers, ssl_options=options.tls, connect_timeout=DEADLINE, request_timeout=DEADLINE
        )
        try:
            connection = await tornado.websocket.websocket_connect(
                request,
                on_message_callback=messages.put_nowait,
                compression_options={} if options.deflate else None,
                subprotocols=list(options.subprotocols) or None,
            )
        except tornado.httpclient.HTTPClientError as exc:
            raise Refused(exc.code) from exc
        setattr(connection, "on_pong", pongs.put_nowait)  # noqa: B010  a method that is meant to be replaced
        assert connection.headers is not None
        agreed = Agreed(
            subprotocol=connection.selected_subprotocol,
            extensions=connection.headers.get("Sec-WebSocket-Extensions", ""),
            headers=small_names(list(connection.headers.get_all())),
        )
        return _TornadoPeer(connection, agreed, messages, pongs)

    return connected(loop, start())


class Handler(tornado.websocket.WebSocketHandler):
    """The server's end of one connection, by callbacks."""

    def initialize(self, server: PeerServer, options: Options) -> None:
        """Take what the application was given for its handlers."""
        self._server = server
        self._options = options
        self._messages: asyncio.Queue[Message | None] = asyncio.Queue()
        self._pongs: asyncio.Queue[bytes] = asyncio.Queue()

    def prepare(self) -> None:
        """Refuse, or add headers, before the opening handshake."""
        if self._options.refuse is not None:
            self.set_status(self._options.refuse)
            self.finish("tornado says no\n")
            return
        for name, value in self._options.headers:
            self.set_header(name, value)

    def get_compression_options(self) -> dict[str, Any] | None:
        """Whether to agree to permessage-deflate."""
        return {} if self._options.deflate else None

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """The first of ours that the client offers."""
        return next((name for name in self._options.subprotocols if name in subprotocols), None)

    def open(self, *_args: str, **_kwargs: str) -> None:
        """Hand over the connection."""
        agreed = Agreed(
            subprotocol=self.selected_subprotocol,
            extensions=self._headers.get("Sec-WebSocket-Extensions", ""),
            headers=small_names(list(self.request.headers.get_all())),
        )
        self._server.accept(_TornadoPeer(self, agreed, self._messages, self._pongs))

    def on_message(self, message: str | bytes) -> None:
        """Queue a message."""
        self._messages.put_nowait(message)

    def on_pong(self, data: bytes) -> None:
        """Queue a pong."""
        self._pongs.put_nowait(data)

    def on_close(self) -> None:
        """Mark the end."""
        self._messages.put_nowait(None)


def serve(loop: LoopThread, options: Options) -> PeerServer:
    """A server."""
    server = PeerServer(loop)

    async def start() -> None:
        routes = [(r"/.*", Handler, {"server": server, "options": options})]
        app = tornado.web.Application(routes, log_function=lambda _handler: None)
        listener = tornado.httpserver.HTTPServer(app, ssl_options=options.tls)
        sockets = tornado.netutil.bind_sockets(0, HOST)
        listener.add_sockets(sockets)
        server.port = sockets[0].getsockname()[1]

        async def end() -> None:
            listener.stop()
            await listener.close_all_connections()

        server.close = end

    loop.run(start())
    return server


# It sends back the code of a Close, without the reason.
LIBRARY = Library(name="tornado", connect=connect, serve=serve, answer=lambda code, _reason: (code, ""))
