"""What the tests ask of another project's WebSocket, whichever project it is.

The libraries differ in style: blocking calls, coroutines, callbacks. Here each becomes a `Peer` with plain blocking
methods that have a deadline, so that one test is run with all of them. Libraries on asyncio run in one thread with a
loop of its own, as clients and as servers.
"""

from __future__ import annotations

import abc
import asyncio
import queue
import ssl
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")

Message = str | bytes

#: Seconds that any single step may take.
DEADLINE = 10.0

#: Servers and clients of one test are on this host.
HOST = "127.0.0.1"


class Refused(Exception):
    """A peer's connect was refused by our server.

    status: the HTTP status, as the peer's own exception tells it.
    """

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Parted(Exception):
    """A peer was asked for a message, and had got a Close, or the end, instead."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a peer offers as a client, or allows as a server.

    tls: for wss. deflate_parameters: the library's own keywords for permessage-deflate. shows_pongs: make pongs
    visible, even where the library then leaves pings to its user. refuse: as a server, the HTTP status to refuse with.
    """

    tls: ssl.SSLContext | None = None
    deflate: bool = False
    deflate_parameters: Mapping[str, Any] = field(default_factory=dict)
    subprotocols: Sequence[str] = ()
    headers: Sequence[tuple[str, str]] = ()
    origin: str | None = None
    shows_pongs: bool = False
    refuse: int | None = None


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """What a peer knows of the opening handshake.

    extensions: the value of |Sec-WebSocket-Extensions| in the response, "" for none. headers: those that we sent, in
    the request or in the response, with small names.
    """

    subprotocol: str | None
    extensions: str
    headers: Mapping[str, str]


class Peer(abc.ABC):
    """One end of a connection, by another project. Every method raises within `DEADLINE` what it cannot do.

    Left as a context manager it does the closing handshake with 1000, if nobody has closed before.
    """

    agreed: Agreed
    parted = False

    @abc.abstractmethod
    def send(self, message: Message) -> None:
        """Send one message in one frame."""

    @abc.abstractmethod
    def send_fragments(self, fragments: Sequence[str] | Sequence[bytes]) -> None:
        """Send one message in several frames; NotImplementedError where the library cannot."""

    @abc.abstractmethod
    def receive(self) -> Message:
        """The next message. Raises Parted after a Close or the end."""

    @abc.abstractmethod
    def ping(self, payload: bytes) -> None:
        """Send a ping, and come back when the pong with that payload has come."""

    @abc.abstractmethod
    def close(self, code: int, reason: str) -> None:
        """Begin the closing handshake and wait for its end."""

    @abc.abstractmethod
    def closed(self) -> tuple[int, str | None]:
        """Wait for the end; the code and the reason that we sent (None: the library does not tell)."""

    @abc.abstractmethod
    def abandon(self) -> None:
        """Give back the socket, without another word, and everything else."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if exc is None and not self.parted:
                self.close(1000, "")
        finally:
            self.abandon()


class AsyncPeer(abc.ABC):
    """The same as coroutines, for libraries on asyncio; see `Peer`."""

    agreed: Agreed

    @abc.abstractmethod
    async def send(self, message: Message) -> None:
        """As `Peer.send`."""

    async def send_fragments(self, fragments: Sequence[str] | Sequence[bytes]) -> None:
        """As `Peer.send_fragments`."""
        raise NotImplementedError

    @abc.abstractmethod
    async def receive(self) -> Message:
        """As `Peer.receive`."""

    @abc.abstractmethod
    async def ping(self, payload: bytes) -> None:
        """As `Peer.ping`."""

    @abc.abstractmethod
    async def close(self, code: int, reason: str) -> None:
        """As `Peer.close`."""

    @abc.abstractmethod
    async def closed(self) -> tuple[int, str | None]:
        """As `Peer.closed`."""

    @abc.abstractmethod
    async def abandon(self) -> None:
        """As `Peer.abandon`."""


class LoopThread:
    """An asyncio loop in a thread of its own."""

    def __init__(self) -> None:
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run_loop, name="asyncio of the peers", daemon=True)
        self._thread.start()
        assert self._ready.wait(DEADLINE)

    def _run_loop(self) -> None:
        asyncio.run(self._live())

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._ready.set()
        await self._stop.wait()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run to its end, from any other thread. Raises TimeoutError after `DEADLINE` seconds."""
        assert self._loop is not None
        in_time = asyncio.wait_for(coroutine, DEADLINE)
        return asyncio.run_coroutine_threadsafe(in_time, self._loop).result(DEADLINE + 1)

    def close(self) -> None:
        """Cancel what still runs, and end the thread."""
        assert self._loop is not None
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive()


class _ThreadPeer(Peer):
    """An `AsyncPeer` in the loop's thread, made blocking."""

    def __init__(self, loop: LoopThread, inner: AsyncPeer) -> None:
        self._loop = loop
        self._inner = inner
        self.agreed = inner.agreed

    def send(self, message: Message) -> None:
        self._loop.run(self._inner.send(message))

    def send_fragments(self, fragments: Sequence[str] | Sequence[bytes]) -> None:
        self._loop.run(self._inner.send_fragments(fragments))

    def receive(self) -> Message:
        return self._loop.run(self._inner.receive())

    def ping(self, payload: bytes) -> None:
        self._loop.run(self._inner.ping(payload))

    def close(self, code: int, reason: str) -> None:
        self.parted = True
        self._loop.run(self._inner.close(code, reason))

    def closed(self) -> tuple[int, str | None]:
        self.parted = True
        return self._loop.run(self._inner.closed())

    def abandon(self) -> None:
        self._loop.run(self._inner.abandon())


def connected(loop: LoopThread, connecting: Coroutine[Any, Any, AsyncPeer]) -> Peer:
    """Run a coroutine that connects, in the loop's thread, and make what it gives blocking."""
    return _ThreadPeer(loop, loop.run(connecting))


class PeerServer:
    """A server of another project, in the loop's thread.

    port: where it listens. close: a coroutine function that ends it.
    """

    def __init__(self, loop: LoopThread) -> None:
        self._loop = loop
        self._accepted: queue.Queue[AsyncPeer] = queue.Queue()
        self.port = 0
        self.close: Callable[[], Awaitable[None]] | None = None

    def accept(self, peer: AsyncPeer) -> None:
        """Called in the loop, with a connection whose handshake is done."""
        self._accepted.put(peer)

    def accepted(self) -> Peer:
        """The server's end of the next connection."""
        return _ThreadPeer(self._loop, self._accepted.get(timeout=DEADLINE))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        async def end() -> None:
            while not self._accepted.empty():
                await self._accepted.get_nowait().abandon()
            if self.close is not None:
                await self.close()

        self._loop.run(end())


@dataclass(frozen=True, kw_only=True)
class Library:
    """What a project has, and what its API can do.

    deflates: whether it knows permessage-deflate. fragments: whether its API can send a message in fragments.
    answer: what it puts into the Close with which it answers ours, from our code and reason.
    no_tls: what its client raises when it does not trust the server's certificate.
    """

    name: str
    connect: Callable[[LoopThread, str, Options], Peer]
    serve: Callable[[LoopThread, Options], PeerServer] | None = None
    deflates: bool = True
    fragments: bool = False
    answer: Callable[[int, str], tuple[int, str]]
    no_tls: type[Exception] = ssl.SSLError

    def __str__(self) -> str:
        return self.name


def small_names(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Header fields by small name, several of one name joined as HTTP allows."""
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields[name.lower()] = f"{fields[name.lower()]}, {value}" if name.lower() in fields else value
    return fields
