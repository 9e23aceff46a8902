"""Servers over TCP for the tests: right ones, and such as no sans-IO peer can be."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import trio

from tests.conformance.peers import Peer

#: Seconds for a server to start, or to stop, on a busy machine.
START_SECONDS = 30

Handler = Callable[[trio.abc.Stream], Awaitable[None]]


@asynccontextmanager
async def serving(handler: Handler, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on a free port of the loopback address; the port."""

    async def one(stream: trio.SocketStream) -> None:
        with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            if context is None:
                await handler(stream)
            else:
                await handler(trio.SSLStream(stream, context, server_side=True, https_compatible=True))

    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(partial(trio.serve_listeners, one, [listener]))
        yield listener.socket.getsockname()[1]
        nursery.cancel_scope.cancel()


@contextmanager
def running(handler: Handler | None = None) -> Iterator[str]:
    """A server in a thread of its own, an echo where nothing else is said; its URL."""
    ready = threading.Event()
    found: list[tuple[int, trio.lowlevel.TrioToken, trio.CancelScope]] = []

    async def serve() -> None:
        with trio.CancelScope() as scope:
            async with serving(handler or echo) as port:
                found.append((port, trio.lowlevel.current_trio_token(), scope))
                ready.set()
                await trio.sleep_forever()

    thread = threading.Thread(target=trio.run, args=(serve,))
    thread.start()
    assert ready.wait(START_SECONDS)
    ((port, token, scope),) = found
    try:
        yield f"ws://127.0.0.1:{port}/"
    finally:
        token.run_sync_soon(scope.cancel)
        thread.join(START_SECONDS)


async def echo(stream: trio.abc.Stream, peer_class: type[Peer] = Peer) -> None:
    """A sans-IO peer over a stream."""
    peer = peer_class("server")
    while not peer.closed:
        data = await stream.receive_some(65536)
        out = peer.receive(bytes(data) if data else None)
        if out:
            await stream.send_all(out)
    await stream.aclose()


async def slow_echo(stream: trio.abc.Stream, *, seconds: float) -> None:
    """The same, but every answer is late."""
    peer = Peer("server")
    while not peer.closed:
        data = await stream.receive_some(65536)
        out = peer.receive(bytes(data) if data else None)
        await trio.sleep(seconds)
        if out:
            await stream.send_all(out)
    await stream.aclose()


class LooksAtAllFirst(Peer):
    """Answers nothing of what it has read in one go when some of it is wrong."""

    def fail(self, code: int) -> None:
        """Fail without the answers before it."""
        self.out.clear()
        super().fail(code)


async def drowsy(stream: trio.abc.Stream, *, seconds: float) -> None:
    """Looks what has come only every so many seconds, and then at all of it."""
    peer = LooksAtAllFirst("server")
    while not peer.closed:
        await trio.sleep(seconds)
        data = await stream.receive_some(65536)
        out = peer.receive(bytes(data) if data else None)
        if out:
            await stream.send_all(out)
    await stream.aclose()


async def never(stream: trio.abc.Stream) -> None:
    """Takes everything, answers nothing."""
    while await stream.receive_some(65536):
        pass


async def garbage(stream: trio.abc.Stream) -> None:
    """Answers what is no HTTP."""
    await stream.receive_some(65536)
    await stream.send_all(bytes(range(256)))


async def endless(stream: trio.abc.Stream) -> None:
    """Answers with header fields without end."""
    await stream.receive_some(65536)
    await stream.send_all(b"HTTP/1.1 101 Switching Protocols\r\n")
    while True:
        await stream.send_all(b"X: y\r\n" * 1000)


async def hangs_up(stream: trio.abc.Stream) -> None:
    """Ends TCP as soon as it is there."""
    await stream.aclose()


async def refuses(stream: trio.abc.Stream) -> None:
    """Answers with a status that is no 101."""
    await stream.receive_some(65536)
    await stream.send_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")


async def endless_body(stream: trio.abc.Stream) -> None:
    """Refuses, with a body without end."""
    await stream.receive_some(65536)
    await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while True:
        await stream.send_all(b"And so on. " * 10_000)


async def informs(stream: trio.abc.Stream) -> None:
    """Answers with interim responses without end."""
    await stream.receive_some(65536)
    while True:
        await stream.send_all(b"HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n" * 1000)


async def dribbles(stream: trio.abc.Stream) -> None:
    """Answers as slowly as it can."""
    await stream.receive_some(65536)
    for octet in b"HTTP/1.1 101 Switching Protocols\r\n" + b"X: y\r\n" * 10_000:
        await stream.send_all(bytes((octet,)))
        await trio.sleep(0.2)


class Opened(Peer):
    """Answers the opening handshake and nothing else."""

    def next_frame(self) -> bool:
        """Whatever comes is not looked at."""
        self.buffer.clear()
        return False


async def floods(stream: trio.abc.Stream, *, octets: bytes) -> None:
    """Opens, and then sends these octets over and over."""
    peer = Opened("server")
    while not peer.is_open:
        data = await stream.receive_some(65536)
        if not data:
            return
        await stream.send_all(peer.receive(bytes(data)))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_read_all, stream, nursery.cancel_scope)
        with contextlib.suppress(trio.BrokenResourceError):
            while True:
                await stream.send_all(octets)
        nursery.cancel_scope.cancel()


async def _read_all(stream: trio.abc.Stream, scope: trio.CancelScope) -> None:
    with contextlib.suppress(trio.BrokenResourceError):
        while await stream.receive_some(65536):
            pass
    scope.cancel()


#: What `floods` may send, by name: the head of a frame of 2^62 octets, with zeros behind it; fragments without end;
#: messages, pings and small messages without end.
FLOODS = {
    "a frame": b"\x82\x7f\x00\x00\x00\x00\x03\xff\xff\xff" + bytes(1 << 20),
    "fragments": b"\x02\x00" + b"\x00\x7e\xff\xff" + bytes(65535),
    "continuations": b"\x00\x7e\xff\xff" + bytes(65535),
    "messages": b"\x82\x7e\xff\xff" + bytes(65535),
    "pings": b"\x89\x7d" + bytes(125),
    "small messages": b"\x81\x01x" * 10_000,
}
