"""The other end of a connection, under the test's control: it says what the test says, octet by octet."""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import Any, Self

import trio

from tests.trio.frames import BINARY, CLOSE, KEY, PING, PONG, TEXT, Frame, FrameReader, close_payload, frame

#: Everything happens on this host.
HOST = "127.0.0.1"

_READ_BYTES = 64 * 1024

PeerStream = trio.SocketStream | trio.SSLStream[trio.SocketStream] | trio.StapledStream[Any, Any]


class End(Exception):
    """The stream ended while the test waited for octets."""


class RawPeer:
    """A peer that speaks over a plain stream, and gives its frames in `async for`.

    client: whether it is a client, and so masks its frames.
    head: the HTTP head that it read, request or response.
    """

    def __init__(self, stream: PeerStream, *, client: bool) -> None:
        self.stream = stream
        self.client = client
        self.head = b""
        self._sending = trio.Lock()
        self._reader = FrameReader(masked=not client)

    # -- what it says ---------------------------------------------------------------------------------------------

    def frame(self, opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0) -> bytes:
        """A frame of this peer's, masked if it must be."""
        return frame(opcode, payload, fin=fin, rsv=rsv, key=KEY if self.client else None)

    async def send(self, *pieces: bytes) -> None:
        """Put octets on the wire; several tasks may do so."""
        async with self._sending:
            await self.stream.send_all(b"".join(pieces))

    async def send_text(self, *texts: str) -> None:
        """Send messages, each in one frame."""
        await self.send(*(self.frame(TEXT, text.encode()) for text in texts))

    async def send_binary(self, *messages: bytes) -> None:
        """Send messages, each in one frame."""
        await self.send(*(self.frame(BINARY, message) for message in messages))

    async def send_ping(self, payload: bytes = b"") -> None:
        """Send a ping."""
        await self.send(self.frame(PING, payload))

    async def send_pong(self, payload: bytes = b"") -> None:
        """Send a pong."""
        await self.send(self.frame(PONG, payload))

    async def send_close(self, code: int | None = 1000, reason: str = "") -> None:
        """Send a Close frame with any code."""
        await self.send(self.frame(CLOSE, close_payload(code, reason)))

    # -- what it hears --------------------------------------------------------------------------------------------

    async def read_head(self) -> bytes:
        """Read an HTTP head up to its empty line; what comes behind it counts as frames."""
        data = bytearray()
        while b"\r\n\r\n" not in data:
            data += await self.read_octets()
        head, _, rest = bytes(data).partition(b"\r\n\r\n")
        self._reader.feed(rest)
        self.head = head + b"\r\n\r\n"
        return self.head

    async def read_octets(self, most: int = _READ_BYTES) -> bytes:
        """Read once. Raises End."""
        try:
            data = await self.stream.receive_some(most)
        except trio.BrokenResourceError as exc:
            raise End(str(exc.__cause__)) from exc
        if not data:
            raise End("the stream has ended")
        return bytes(data)

    async def read_frame(self) -> Frame:
        """The next frame. Raises End."""
        while (found := self._reader.next_frame()) is None:
            self._reader.feed(await self.read_octets())
        return found

    async def read_slowly(self, most: int) -> list[Frame]:
        """Read once, at most so many octets, and give the frames that are whole with them. Raises End."""
        self._reader.feed(await self.read_octets(most))
        return list(self._whole_frames())

    async def read_to_end(self) -> list[Frame]:
        """Read all frames until the stream ends, however it ends."""
        frames = list(self._whole_frames())
        with contextlib.suppress(End):
            while True:
                frames.append(await self.read_frame())
        return frames

    async def expect(self, opcode: int, payload: bytes | None = None) -> Frame:
        """The next frame, which must be this."""
        found = await self.read_frame()
        assert found.opcode == opcode, found
        assert payload is None or found.payload == payload
        return found

    async def expect_close(self, code: int | None) -> Frame:
        """The next frame, which must be a Close with this code."""
        found = await self.expect(CLOSE)
        assert found.close_code == code, found
        return found

    async def expect_end(self) -> None:
        """The next thing must be the end of the stream."""
        try:
            data = await self.read_octets()
        except End:
            return
        raise AssertionError(f"octets instead of the end: {data!r}")

    def _whole_frames(self) -> list[Frame]:
        frames = []
        while (found := self._reader.next_frame()) is not None:
            frames.append(found)
        return frames

    @property
    def unread(self) -> bytes:
        """What was read and is not a whole frame."""
        return bytes(self._reader.rest)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Frame:
        try:
            return await self.read_frame()
        except End:
            raise StopAsyncIteration from None

    # -- how it goes ----------------------------------------------------------------------------------------------

    async def half_close(self) -> None:
        """Say that nothing more will come (FIN), and go on reading."""
        if isinstance(self.stream, trio.SSLStream):
            await self.stream.transport_stream.send_eof()
        else:
            await self.stream.send_eof()

    async def reset(self) -> None:
        """Break the connection (RST)."""
        if isinstance(self.stream, trio.StapledStream):
            await trio.aclose_forcefully(self.stream)
            return
        stream = self.stream.transport_stream if isinstance(self.stream, trio.SSLStream) else self.stream
        reset(stream.socket)

    async def aclose(self) -> None:
        """Give the socket back, without TLS's goodbye."""
        stream = self.stream.transport_stream if isinstance(self.stream, trio.SSLStream) else self.stream
        await trio.aclose_forcefully(stream)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()


def reset(sock: trio.socket.SocketType) -> None:
    """Close a socket so that the peer gets a RST instead of a FIN."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


async def dial(port: int, *, receive_buffer: int | None = None) -> trio.SocketStream:
    """A TCP connection to a port of this host. receive_buffer: of the kernel, set before connecting."""
    sock = trio.socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        _shrink(sock, receive_buffer)
        await sock.connect((HOST, port))
    except BaseException:
        sock.close()
        raise
    return trio.SocketStream(sock)


def _shrink(sock: trio.socket.SocketType, receive_buffer: int | None) -> None:
    if receive_buffer is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        # Loopback has segments of 64 KiB, and TCP takes its time where a window is smaller than a segment.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1460)


async def listen(*, receive_buffer: int | None = None) -> trio.SocketListener:
    """A socket that listens on a free port of this host."""
    sock = trio.socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    _shrink(sock, receive_buffer)
    await sock.bind((HOST, 0))
    sock.listen(128)
    return trio.SocketListener(sock)


def port_of(listener: trio.SocketListener) -> int:
    """Where a socket listens."""
    port: int = listener.socket.getsockname()[1]
    return port
