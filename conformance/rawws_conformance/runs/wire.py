"""Sockets for the tester: plain and TLS, never waiting by themselves."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import ssl
import struct
from dataclasses import dataclass
from urllib.parse import urlsplit

import trio

#: One read. Large echoes come in few pieces, and a buffer of this size costs nothing until it is filled.
_READ = 256 * 1024


class BadUrl(ValueError):
    """This is no URL of a WebSocket server; the text says why."""


class ConnectFailed(Exception):
    """There is no connection; the text says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a server is.

    address: host and port to connect to. host: the value of the Host header. path: path and query. tls: whether wss.
    """

    url: str
    address: tuple[str, int]
    host: str
    path: str
    tls: bool


def parse_url(url: str) -> Target:
    """Read a ws or wss URL; `HOST:PORT` alone stands for ws. Raises BadUrl."""
    full = url if "://" in url else f"ws://{url}"
    try:
        parts = urlsplit(full)
        port = parts.port
    except ValueError as exc:
        raise BadUrl(f"{url!r} is no URL: {exc}") from None
    if parts.scheme not in {"ws", "wss"}:
        raise BadUrl(f"{url!r}: the scheme has to be ws or wss")
    if not parts.hostname:
        raise BadUrl(f"{url!r} names no host")
    if not full.isascii() or any(char <= " " for char in full):
        raise BadUrl(f"{url!r} holds characters that have to be percent-encoded")
    tls = parts.scheme == "wss"
    default = 443 if tls else 80
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    header = host if port in {None, default} else f"{host}:{port}"
    return Target(full, (parts.hostname, port or default), header, path, tls)


class Wire:
    """A connected TCP socket."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        sock.setblocking(False)
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def receive(self) -> bytes | None:
        """What has come: octets, b"" at the end, None when nothing is there. Raises OSError."""
        try:
            return self.sock.recv(_READ)
        except (BlockingIOError, InterruptedError):
            return None

    def send(self, data: bytes | memoryview) -> int:
        """Write what the kernel takes at once; how many octets. Raises OSError."""
        try:
            return self.sock.send(data)
        except (BlockingIOError, InterruptedError):
            return 0

    async def readable(self) -> None:
        """Until `receive` may have something."""
        await trio.lowlevel.wait_readable(self.sock)

    async def either(self) -> None:
        """Until there is something to read, or room to write."""
        async with trio.open_nursery() as nursery:

            async def wait(how: object) -> None:
                await how(self.sock)  # type: ignore[operator]
                nursery.cancel_scope.cancel()

            nursery.start_soon(wait, trio.lowlevel.wait_readable)
            nursery.start_soon(wait, trio.lowlevel.wait_writable)

    def flush(self) -> bool:
        """Whether everything that `send` has taken is with the kernel; if not, try again."""
        return True

    def close(self, *, abort: bool) -> None:
        """End TCP. abort: with a reset, throwing away what was not sent."""
        if abort:
            with contextlib.suppress(OSError):
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        trio.lowlevel.notify_closing(self.sock)
        self.sock.close()


class TlsWire(Wire):
    """The same with TLS, over a socket whose TLS handshake is done by `connect`."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext, host: str) -> None:
        super().__init__(sock)
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._backlog = b""
        self._ended = False

    def flush(self) -> bool:
        """As `Wire.flush`: whether every record is with the kernel."""
        self._backlog += self._outgoing.read()
        if self._backlog:
            self._backlog = self._backlog[Wire.send(self, self._backlog) :]
        return not self._backlog

    def _fill(self) -> bool:
        """Read from the socket; whether anything came, its end included."""
        data = Wire.receive(self)
        if data is None:
            return False
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
        return True

    async def handshake(self) -> None:
        """Do the TLS handshake. Raises ssl.SSLError, OSError."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self.flush()
                if not self._fill():
                    await self.readable()
            else:
                while not self.flush():
                    await trio.lowlevel.wait_writable(self.sock)
                return

    def receive(self) -> bytes | None:
        """As `Wire.receive`; an end without close_notify is an end, too."""
        parts: list[bytes] = []
        while not self._ended:
            try:
                part = self._tls.read(_READ)
            except ssl.SSLWantReadError:
                self.flush()
                if parts or not self._fill():
                    break
                continue
            except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
                part = b""
            if part:
                parts.append(part)
            else:
                self._ended = True
        if parts:
            return b"".join(parts)
        return b"" if self._ended else None

    def send(self, data: bytes | memoryview) -> int:
        """As `Wire.send`: nothing is taken while older records wait."""
        if not self.flush():
            return 0
        taken = self._tls.write(data[: 1 << 20])
        self.flush()
        return taken


class Dialer:
    """Connects to one server, again and again.

    The first connection finds out which of a name's addresses answers; the others go there.
    """

    def __init__(self, target: Target, context: ssl.SSLContext | None = None) -> None:
        self.target = target
        self._context = context
        self._found: tuple[int, object] | None = None

    async def connect(self) -> Wire:
        """A connection, TLS included. Raises ConnectFailed."""
        host, port = self.target.address
        try:
            sock = await (self._first() if self._found is None else self._again(*self._found))
        except OSError as exc:
            raise ConnectFailed(f"no connection to {host} port {port}: {_words(exc)}") from None
        if not self.target.tls:
            return Wire(sock)
        wire = TlsWire(sock, self._context or ssl.create_default_context(), host)
        try:
            await wire.handshake()
        except (ssl.SSLError, OSError) as exc:
            wire.close(abort=True)
            raise ConnectFailed(f"TLS with {host} port {port} failed: {_words(exc)}") from None
        except BaseException:
            wire.close(abort=True)
            raise
        return wire

    async def _first(self) -> socket.socket:
        stream = await trio.open_tcp_stream(*self.target.address)
        self._found = (stream.socket.family, stream.socket.getpeername())
        # A duplicate of the socket is ours alone, so that trio's own object can go.
        sock = socket.socket(fileno=os.dup(stream.socket.fileno()))
        await trio.aclose_forcefully(stream)
        return sock

    @staticmethod
    async def _again(family: int, address: object) -> socket.socket:
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            error = sock.connect_ex(address)  # type: ignore[arg-type]
            if error == errno.EINPROGRESS:
                await trio.lowlevel.wait_writable(sock)
                error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        except BaseException:
            sock.close()
            raise
        if error:
            sock.close()
            raise OSError(error, os.strerror(error))
        return sock


def _words(exc: BaseException) -> str:
    """An error in a few words; trio groups the errors of several addresses."""
    if isinstance(exc, ssl.SSLError):
        return exc.reason or str(exc)
    if isinstance(exc, OSError) and exc.errno is not None and exc.errno > 0 and not isinstance(exc, socket.gaierror):
        return os.strerror(exc.errno)
    if isinstance(exc.__cause__, BaseExceptionGroup):
        return "; ".join(sorted({_words(each) for each in exc.__cause__.exceptions}))
    if isinstance(exc.__cause__, OSError):
        return _words(exc.__cause__)
    return exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
