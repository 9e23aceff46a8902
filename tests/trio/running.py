"""How the tests run: each in a trio run of its own with a deadline, against a peer that the test controls."""

from __future__ import annotations

import functools
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Literal, ParamSpec

import pytest
import trio
import trio.testing
import trustme

import rawws.trio
from rawws.trio.transport import SocketTransport, TlsTransport
from rawws.trio.websocket import WebSocket

from tests.trio.frames import REQUEST, TEXT, response
from tests.trio.peer import HOST, PeerStream, RawPeer, dial, listen, port_of

_P = ParamSpec("_P")

#: Which end of the connection rawws has.
Role = Literal["client", "server"]

#: What the octets go over: TCP, TLS over TCP, or a stream that somebody else made (here in memory).
Over = Literal["tcp", "tls", "stream"]

ROLES: tuple[Role, ...] = ("client", "server")
EVERYWHERE: tuple[Over, ...] = ("tcp", "tls", "stream")

both_roles = pytest.mark.parametrize("role", ROLES)
everywhere = pytest.mark.parametrize("over", EVERYWHERE)

# A second of the virtual clock passes when nothing has happened for so long. The kernel needs less for loopback; where
# it does not, a second passes too early, and no test minds one.
_AUTOJUMP = 0.002


async def echo(ws: WebSocket) -> None:
    """Answer every message with itself: the plainest handler."""
    async for message in ws:
        await ws.send(message)


def in_trio(
    seconds: float = 10.0, *, virtual: bool = False
) -> Callable[[Callable[_P, Coroutine[Any, Any, None]]], Callable[_P, None]]:
    """Make an asynchronous test a plain one. virtual: time passes when nothing else happens, and then at once.

    seconds: the deadline; of virtual seconds there are a hundred times as many. An exception comes out as itself, not
    as a group of one.
    """

    def decorate(test: Callable[_P, Coroutine[Any, Any, None]]) -> Callable[_P, None]:
        @functools.wraps(test)
        def run(*args: _P.args, **kwargs: _P.kwargs) -> None:
            async def main() -> None:
                with trio.fail_after(seconds * 100 if virtual else seconds):
                    await test(*args, **kwargs)

            clock = trio.testing.MockClock(autojump_threshold=_AUTOJUMP) if virtual else None
            try:
                trio.run(main, clock=clock)
            except BaseExceptionGroup as group:
                raise _alone(group) from None

        return run

    return decorate


def _alone(exc: BaseException) -> BaseException:
    while isinstance(exc, BaseExceptionGroup) and len(exc.exceptions) == 1:
        exc = exc.exceptions[0]
    return exc


async def eventually(condition: Callable[[], object]) -> None:
    """Wait until a condition holds; the test's deadline bounds it."""
    virtual = isinstance(trio.lowlevel.current_clock(), trio.testing.MockClock)
    while not condition():  # noqa: ASYNC110  most conditions here are nobody's event
        await trio.sleep(0.25 if virtual else 0.001)


async def cancelled_after(turns: int, call: Callable[[], Awaitable[object]]) -> bool:
    """Make a call and cancel it after so many turns of the scheduler, 0: before; whether it did not return."""
    scope = trio.CancelScope()
    if not turns:
        scope.cancel()

    async def cancel() -> None:
        for _ in range(turns):
            await trio.lowlevel.checkpoint()
        scope.cancel()

    returned, error = False, None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(cancel)
        with scope:
            try:
                await call()
                returned = True
            except Exception as exc:  # noqa: BLE001  raised below, and not as a group
                error = exc
        nursery.cancel_scope.cancel()
    if error is not None:
        raise error
    return not returned


async def when_all_wait(call: Callable[[], Awaitable[object]]) -> None:
    """Call a function once every other task waits for something."""
    await trio.testing.wait_all_tasks_blocked(0.005)
    await call()


@dataclass(frozen=True)
class Certificates:
    """server: for servers. client: for clients that trust its authority. stranger: for clients that do not.

    foreign: for servers; from the same authority, but for another host. trust: makes a context trust the authority.
    """

    server: ssl.SSLContext
    client: ssl.SSLContext
    stranger: ssl.SSLContext
    foreign: ssl.SSLContext
    trust: Callable[[ssl.SSLContext], None]


@functools.cache
def certificates() -> Certificates:
    """Made once for each run of the tests."""
    authority = trustme.CA()
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", HOST).configure_cert(server)
    foreign = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("elsewhere.example").configure_cert(foreign)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    return Certificates(server, client, ssl.create_default_context(), foreign, authority.configure_trust)


def raw_socket(ws: rawws.trio.WebSocket) -> socket.socket:
    """The socket under a WebSocket."""
    transport = ws._transport
    if isinstance(transport, TlsTransport):
        transport = transport._raw
    assert isinstance(transport, SocketTransport)
    return transport.sock


def shrink_send_buffer(ws: rawws.trio.WebSocket) -> None:
    """Let the kernel take little, so that a few messages are enough to fill it; a given stream has no kernel."""
    if isinstance(ws._transport, (SocketTransport, TlsTransport)):
        raw_socket(ws).setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)


@asynccontextmanager
async def serving(
    handler: Callable[[rawws.trio.WebSocket], Awaitable[None]] | None,
    **settings: Any,  # noqa: ANN401  the keywords of `serve`
) -> AsyncIterator[rawws.trio.Server]:
    """A server on a free port, which is cancelled at the end of the block."""
    async with trio.open_nursery() as nursery:
        server = await nursery.start(functools.partial(rawws.trio.serve, handler, HOST, 0, **settings))
        try:
            yield server
        finally:
            nursery.cancel_scope.cancel()


async def enter(server: rawws.trio.Server) -> RawPeer:
    """A client with an open connection."""
    peer = RawPeer(await dial(server.port), client=True)
    await peer.send(REQUEST)
    assert (await peer.read_head()).startswith(b"HTTP/1.1 101 ")
    return peer


@asynccontextmanager
async def entering(server: rawws.trio.Server, count: int) -> AsyncIterator[list[RawPeer]]:
    """So many clients with open connections."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(await enter(server)) for _ in range(count)]


async def expect_echo(peer: RawPeer, text: str) -> None:
    """The server answers."""
    await peer.send_text(text)
    await peer.expect(TEXT, text.encode())


def _stream_pair(receive_buffer: int | None) -> tuple[Any, Any]:
    """Streams in memory; with a bounded buffer such where whoever sends waits until all has been read."""
    return trio.testing.memory_stream_pair() if receive_buffer is None else trio.testing.lockstep_stream_pair()


@asynccontextmanager
async def open_websocket(
    role: Role = "server",
    over: Over = "tcp",
    *,
    receive_buffer: int | None = None,
    request: bytes = REQUEST,
    behind_handshake: bytes = b"",
    **settings: Any,  # noqa: ANN401  the keywords of `connect` and `serve`
) -> AsyncIterator[tuple[rawws.trio.WebSocket, RawPeer]]:
    """An open WebSocket, at which no task waits, and the peer at its other end.

    receive_buffer: of the peer's kernel; any one shrinks our send buffer, too, and makes a given stream one that holds
    nothing. behind_handshake: octets that the
    peer sends in one piece with its half of the opening handshake. settings: for `connect` or `serve`.
    """
    opening = _open_client if role == "client" else _open_server
    async with opening(over, receive_buffer, request, behind_handshake, settings) as (ws, peer):
        if receive_buffer is not None:
            shrink_send_buffer(ws)
        async with peer:
            yield ws, peer


@asynccontextmanager
async def _open_server(
    over: Over, receive_buffer: int | None, request: bytes, behind: bytes, settings: dict[str, Any]
) -> AsyncIterator[tuple[rawws.trio.WebSocket, RawPeer]]:
    opened, arrived = trio.open_memory_channel[rawws.trio.WebSocket](1)

    async def handler(ws: rawws.trio.WebSocket) -> None:
        await opened.send(ws)
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        stream: Any
        if over == "stream":
            mine, stream = _stream_pair(receive_buffer)
            nursery.start_soon(functools.partial(rawws.trio.serve_stream, handler, mine, **settings))
        else:
            if over == "tls":
                settings = {"ssl_context": certificates().server, **settings}
            server = await nursery.start(functools.partial(rawws.trio.serve, handler, HOST, 0, **settings))
            stream = await dial(server.port, receive_buffer=receive_buffer)
            if over == "tls":
                stream = trio.SSLStream(stream, certificates().client, server_hostname="localhost")
        peer = RawPeer(stream, client=True)
        await peer.send(request + behind)
        await peer.read_head()
        yield await arrived.receive(), peer
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def _open_client(
    over: Over, receive_buffer: int | None, request: bytes, behind: bytes, settings: dict[str, Any]
) -> AsyncIterator[tuple[rawws.trio.WebSocket, RawPeer]]:
    scheme = "wss" if over == "tls" else "ws"
    settings = dict(settings)
    if over == "tls":
        settings.setdefault("ssl_context", certificates().client)
    fields = settings.pop("response_fields", ())
    peers: list[RawPeer] = []
    answered = trio.Event()

    async def answer(stream: PeerStream) -> None:
        peer = RawPeer(stream, client=False)
        peers.append(peer)
        request = await peer.read_head()
        await peer.send(response(request, *fields) + behind)
        answered.set()

    async with trio.open_nursery() as nursery:
        if over == "stream":
            settings["stream"], stream = _stream_pair(receive_buffer)
            nursery.start_soon(answer, stream)
            port = 80
        else:
            listener = await listen(receive_buffer=receive_buffer)
            port = port_of(listener)

            async def accept() -> None:
                async with listener:
                    stream: Any = await listener.accept()
                if over == "tls":
                    stream = trio.SSLStream(stream, certificates().server, server_side=True)
                await answer(stream)

            nursery.start_soon(accept)
        ws = await rawws.trio.connect(f"{scheme}://{HOST}:{port}/", **settings).__aenter__()
        await answered.wait()
        try:
            yield ws, peers[0]
        finally:
            # Leaving `connect` would do the closing handshake: the tests that want it say so.
            ws.cut()


@contextmanager
def quiet_logs() -> Iterator[None]:
    """No log records are made: whoever keeps them would keep what they hold."""
    logger = logging.getLogger("rawws")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)
