"""Octets over a raw non-blocking socket, with and without TLS.

A transport does what it can at once and says when it cannot: `receive` and `send` never wait, `wait_readable` and
`wait_writable` do nothing else. What to do in between is the WebSocket's business.
"""

from __future__ import annotations

import contextlib
import fcntl
import socket
import ssl
import struct
import termios
from collections import deque
from collections.abc import Awaitable, Callable
from itertools import islice
from typing import TYPE_CHECKING, Protocol

import trio

if TYPE_CHECKING:
    from rawws.trio.crowd import Crowd, Seat

Octets = bytes | memoryview

_RECEIVE_BYTES = 64 * 1024

# One sendmsg takes at most so many buffers (IOV_MAX is 1,024 on Linux and the BSDs).
_MOST_BUFFERS = 512

# Octets from which a piece is worth a buffer of its own; smaller ones are cheaper to copy than to describe.
_WORTH_A_BUFFER = 4096

_INT = struct.Struct("i")


class Transport(Protocol):
    """What a WebSocket needs of a network connection.

    plain: whether octets of the WebSocket are octets on the wire, and the kernel takes them at once.
    """

    plain: bool

    @property
    def express(self) -> Callable[[bytes], int] | None:
        """The socket's own `send`, on a `plain` transport: it raises BlockingIOError, too."""

    @property
    def pending(self) -> bool:
        """Whether `receive` has something that the socket will not announce."""

    def fileno(self) -> int:
        """The number of the socket, -1 where there is none."""

    def receive(self) -> bytes | None:
        """What has come: octets, b"" at the end of the stream, None when nothing is there yet. Raises OSError."""

    def receive_into(self, place: memoryview) -> int | None:
        """Read into `place`, on a `plain` transport: how many octets, 0 at the end, None when nothing is there yet."""

    def encode(self, data: list[bytes]) -> list[bytes]:
        """Turn octets of the WebSocket into octets for the wire (TLS encrypts here). Raises OSError."""

    def send_now(self, data: bytes) -> int:
        """Write octets, on a `plain` transport; how many the kernel took. Raises OSError."""

    def send(self, backlog: deque[Octets]) -> int:
        """Write from the front of `backlog` what the kernel takes; how many octets it took. Raises OSError."""

    def wait_readable(self) -> Awaitable[None]:
        """Until `receive` has something. Raises trio.ClosedResourceError when woken by `wake` or `close`."""

    def join(self, crowd: Crowd) -> None:
        """The connection is open now: its socket may be waited for together with others, until `leave` or `close`."""

    def leave(self) -> None:
        """Its socket is waited for by itself again."""

    async def send_later(self, backlog: deque[Octets]) -> int:
        """Wait until something can be written, then do as `send`. Raises trio.ClosedResourceError when woken."""

    def unacknowledged(self) -> int:
        """Octets that were sent and have not come to the peer's kernel yet, 0 where nobody can tell."""

    def end_of_sending(self) -> list[bytes]:
        """What says on the wire that nothing more will come, besides the end itself (TLS's close_notify)."""

    def shutdown(self) -> None:
        """End the sending direction, so that the peer reads what was sent and then the end."""

    def wake(self) -> None:
        """Make who waits come back, with trio.ClosedResourceError."""

    def close(self) -> None:
        """Give the socket back; safe to call twice."""


def _put_together(data: list[bytes]) -> list[bytes]:
    """Large pieces as they are, runs of small ones as one."""
    if max(map(len, data), default=_WORTH_A_BUFFER) < _WORTH_A_BUFFER:
        return [b"".join(data)]
    pieces: list[bytes] = []
    small: list[bytes] = []
    for piece in data:
        if len(piece) < _WORTH_A_BUFFER:
            small.append(piece)
            continue
        if small:
            pieces.append(b"".join(small))
            small = []
        pieces.append(piece)
    if small:
        pieces.append(b"".join(small))
    return pieces


def _take_off(backlog: deque[Octets], sent: int) -> bool:
    """Take from the front what was sent; whether that ends with a piece."""
    while backlog and sent >= len(backlog[0]):
        sent -= len(backlog.popleft())
    if sent:
        # A view, not a copy: a large message that the kernel takes in small bites must not cost its square.
        backlog[0] = memoryview(backlog[0])[sent:]
    return not sent


class SocketTransport:
    """A connected, non-blocking stream socket."""

    __slots__ = ("_crowd", "seat", "sock")
    plain = True

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self.sock = sock
        self._crowd: Crowd | None = None
        self.seat: Seat | None = None

    @property
    def express(self) -> Callable[[bytes], int] | None:
        return self.sock.send

    @property
    def pending(self) -> bool:
        return False

    def fileno(self) -> int:
        return self.sock.fileno()

    def receive(self) -> bytes | None:
        try:
            return self.sock.recv(_RECEIVE_BYTES)
        except (BlockingIOError, InterruptedError):
            return None

    def receive_into(self, place: memoryview) -> int | None:
        try:
            return self.sock.recv_into(place)
        except (BlockingIOError, InterruptedError):
            return None

    def encode(self, data: list[bytes]) -> list[bytes]:
        return data if len(data) == 1 else _put_together(data)

    def send_now(self, data: bytes) -> int:
        try:
            return self.sock.send(data)
        except (BlockingIOError, InterruptedError):
            return 0

    def send(self, backlog: deque[Octets]) -> int:
        total = 0
        while backlog:
            try:
                if len(backlog) == 1:
                    sent = self.sock.send(backlog[0])
                else:
                    sent = self.sock.sendmsg(list(islice(backlog, _MOST_BUFFERS)))
            except (BlockingIOError, InterruptedError):
                break
            total += sent
            if not _take_off(backlog, sent):
                # The kernel has no room for more.
                break
        return total

    def wait_readable(self) -> Awaitable[None]:
        if self.seat is not None:
            return self.seat.wait()
        # Given on, not awaited: each coroutine on the way is paid for twice with every message.
        return trio.lowlevel.wait_readable(self.sock)  # noqa: ASYNC105  (see above)

    def join(self, crowd: Crowd) -> None:
        self._crowd = crowd
        crowd.add(self)

    def leave(self) -> None:
        if self._crowd is not None:
            self._crowd.remove(self)
            self._crowd = None

    async def send_later(self, backlog: deque[Octets]) -> int:
        await trio.lowlevel.wait_writable(self.sock)
        return self.send(backlog)

    def unacknowledged(self) -> int:
        try:
            answer = fcntl.ioctl(self.sock, termios.TIOCOUTQ, bytes(_INT.size))
        except (OSError, ValueError):
            return 0
        return int(_INT.unpack(answer)[0])

    def end_of_sending(self) -> list[bytes]:
        return []

    def shutdown(self) -> None:
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)

    def wake(self) -> None:
        if self.seat is not None:
            self.seat.wake()
        if self.sock.fileno() != -1:
            trio.lowlevel.notify_closing(self.sock)

    def close(self) -> None:
        self.leave()
        self.wake()
        self.sock.close()


class TlsTransport:
    """TLS by `ssl.MemoryBIO` over a raw socket; or over another TLS, where a proxy speaks it, too."""

    __slots__ = ("_dry", "_failed", "_incoming", "_outgoing", "_raw", "_tls")
    plain = False
    express = None

    def __init__(
        self, raw: SocketTransport | TlsTransport, context: ssl.SSLContext, *, server_hostname: str | None = None
    ) -> None:
        self._raw = raw
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._dry = False
        self._failed: ssl.SSLError | None = None
        self._tls = context.wrap_bio(
            self._incoming, self._outgoing, server_side=server_hostname is None, server_hostname=server_hostname
        )

    @property
    def pending(self) -> bool:
        return not self._dry or self._raw.pending

    def fileno(self) -> int:
        return self._raw.fileno()

    async def handshake(self) -> None:
        """Do the TLS handshake. Raises ssl.SSLError (certificates included) or OSError."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._send_all(self._outgoing.read())
                await self._feed()
            except ssl.SSLError:
                # The alert tells the peer why.
                with contextlib.suppress(OSError):
                    await self._send_all(self._outgoing.read())
                raise
            else:
                await self._send_all(self._outgoing.read())
                return

    async def _feed(self) -> None:
        while (data := self._raw.receive()) is None:
            await self._raw.wait_readable()
        self._put(data)

    def _put(self, data: bytes) -> None:
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    async def _send_all(self, data: bytes) -> None:
        backlog: deque[Octets] = deque(self._raw.encode([data]) if data else [])
        self._raw.send(backlog)
        while backlog:
            await self._raw.send_later(backlog)

    def receive(self) -> bytes | None:
        if self._failed is not None:
            raise self._failed
        pieces: list[bytes] = []
        room = _RECEIVE_BYTES
        ended = False
        while room > 0 and not ended:
            try:
                piece = self._tls.read(room)
            except ssl.SSLWantReadError:
                if pieces or (data := self._raw.receive()) is None:
                    break
                self._put(data)
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                # With or without close_notify: WebSocket has an end of its own, so nothing is truncated unnoticed.
                ended = True
            except ssl.SSLError as exc:
                # What came before is given first.
                self._failed = exc
                if not pieces:
                    raise
                break
            else:
                ended = not piece
                pieces.append(piece)
                room -= len(piece)
        # Records that have come already are no news for the socket.
        self._dry = not (ended or self._failed or self._incoming.pending or self._tls.pending())
        return b"".join(pieces) if pieces or ended else None

    def receive_into(self, place: memoryview) -> int | None:  # noqa: ARG002  not plain
        return None

    def encode(self, data: list[bytes]) -> list[bytes]:
        # Small frames share a record; a record holds 16 KiB at most, so large ones need not be put together.
        joined = b"".join(data) if len(data) > 1 else data[0] if data else b""
        if joined:
            self._tls.write(joined)
        wire = self._outgoing.read()
        return self._raw.encode([wire]) if wire else []

    def send_now(self, data: bytes) -> int:  # noqa: ARG002  not plain
        return 0

    def send(self, backlog: deque[Octets]) -> int:
        return self._raw.send(backlog)

    def wait_readable(self) -> Awaitable[None]:
        if self._dry:
            return self._raw.wait_readable()
        return trio.lowlevel.checkpoint_if_cancelled()  # noqa: ASYNC105  given on, as there

    def join(self, crowd: Crowd) -> None:
        self._raw.join(crowd)

    def leave(self) -> None:
        self._raw.leave()

    async def send_later(self, backlog: deque[Octets]) -> int:
        return await self._raw.send_later(backlog)

    def unacknowledged(self) -> int:
        return self._raw.unacknowledged()

    def end_of_sending(self) -> list[bytes]:
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()
        wire = self._outgoing.read()
        return (self._raw.encode([wire]) if wire else []) + self._raw.end_of_sending()

    def shutdown(self) -> None:
        self._raw.shutdown()

    def wake(self) -> None:
        self._raw.wake()

    def close(self) -> None:
        self._raw.close()
