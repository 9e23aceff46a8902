"""`SocketTransport`, `TlsTransport` and `StreamTransport`: octets, and what is said when there are none."""

from __future__ import annotations

import os
import socket
from collections import deque
from collections.abc import Iterator

import pytest
import trio
import trio.testing

from rawws.trio.stream_transport import StreamTransport
from rawws.trio.transport import Octets, SocketTransport, TlsTransport

from tests.trio.running import certificates, eventually, in_trio


@pytest.fixture
def pair() -> Iterator[tuple[SocketTransport, socket.socket]]:
    """A transport, and the plain socket at its other end."""
    ours, theirs = socket.socketpair()
    theirs.settimeout(10)
    yield SocketTransport(ours), theirs
    ours.close()
    theirs.close()


Pair = tuple[SocketTransport, socket.socket]


def test_receive_never_waits(pair: Pair) -> None:
    """`receive` gives None while nothing is there, octets when they are, and b"" at the end of the stream."""
    transport, peer = pair
    assert transport.receive() is None
    peer.sendall(b"octets")
    assert transport.receive() == b"octets"
    assert transport.receive() is None
    peer.shutdown(socket.SHUT_WR)
    assert transport.receive() == b""


def test_send_takes_what_the_kernel_takes(pair: Pair) -> None:
    """`send` writes buffers of all sizes in order, says how much went, and leaves the rest in the backlog."""
    transport, peer = pair
    pieces = [bytes([number]) * (number * 53) for number in range(1, 250)]
    backlog: deque[Octets] = deque(pieces)
    whole = b"".join(pieces)
    received = b""
    taken = transport.send(backlog)
    assert 0 < taken < len(whole)
    assert sum(map(len, backlog)) == len(whole) - taken
    while len(received) < len(whole):
        received += peer.recv(100_000)
        transport.send(backlog)
    assert received == whole
    assert not backlog


def test_more_buffers_than_the_kernel_takes_at_once(pair: Pair) -> None:
    """A backlog of more buffers than IOV_MAX goes out whole."""
    transport, peer = pair
    count = os.sysconf("SC_IOV_MAX") * 3
    backlog: deque[Octets] = deque([b"%04d" % number for number in range(count)])
    received = b""
    while backlog:
        transport.send(backlog)
        received += peer.recv(1 << 20)
    assert received == b"".join(b"%04d" % number for number in range(count))


def test_a_large_buffer_is_not_copied(pair: Pair) -> None:
    """What is left of a large buffer is a view of it, so that small bites do not cost its square."""
    transport, _ = pair
    large = b"x" * 5_000_000
    backlog: deque[Octets] = deque([large])
    transport.send(backlog)
    assert isinstance(backlog[0], memoryview)
    assert backlog[0].obj is large


def test_errors_of_the_network_come_out(pair: Pair) -> None:
    """Sending to a peer that has gone raises OSError; so does receiving after a reset."""
    transport, peer = pair
    transport.sock.send(b"never read")
    peer.close()
    with pytest.raises(BrokenPipeError):
        transport.send(deque([b"x"]))
    with pytest.raises(ConnectionResetError):
        transport.receive()


@in_trio()
async def test_what_was_not_acknowledged_is_counted() -> None:
    """Octets that stay in our kernel since the peer does not read are counted; once closed, there are 0."""
    listener = socket.create_server(("127.0.0.1", 0))
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.connect(listener.getsockname())
    transport = SocketTransport(listener.accept()[0])
    listener.close()
    with peer:
        assert transport.unacknowledged() == 0
        while transport.send(deque([b"x" * 100_000])):
            pass
        assert transport.unacknowledged() > 1000
        transport.close()
        assert transport.unacknowledged() == 0


@pytest.mark.parametrize("how", ["wake", "close"])
@in_trio()
async def test_who_waits_is_woken(how: str, pair: Pair) -> None:
    """`wake` and `close` end waiting for reading and for writing with ClosedResourceError; closing twice is fine."""
    transport, _ = pair
    backlog: deque[Octets] = deque([b"x" * 10_000_000])
    transport.send(backlog)
    woken = []

    async def read() -> None:
        with pytest.raises(trio.ClosedResourceError):
            await transport.wait_readable()
        woken.append("reader")

    async def write() -> None:
        with pytest.raises(trio.ClosedResourceError):
            await transport.send_later(backlog)
        woken.append("writer")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        nursery.start_soon(write)
        await trio.testing.wait_all_tasks_blocked()
        assert not woken
        getattr(transport, how)()
    assert sorted(woken) == ["reader", "writer"]
    transport.close()
    transport.close()
    transport.wake()
    assert transport.sock.fileno() == -1


def test_shutdown_ends_one_direction(pair: Pair) -> None:
    """After `shutdown` the peer reads what was sent, then the end, and can still be heard; again, it does nothing."""
    transport, peer = pair
    transport.send(deque([b"last"]))
    transport.shutdown()
    transport.shutdown()
    assert (peer.recv(10), peer.recv(10)) == (b"last", b"")
    peer.sendall(b"answer")
    assert transport.receive() == b"answer"


async def _tls_pair() -> tuple[TlsTransport, TlsTransport]:
    one, other = socket.socketpair()
    server = TlsTransport(SocketTransport(one), certificates().server)
    client = TlsTransport(SocketTransport(other), certificates().client, server_hostname="localhost")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.handshake)
        nursery.start_soon(client.handshake)
    return client, server


async def _read(transport: TlsTransport | StreamTransport, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = transport.receive()
        if piece is None:
            await transport.wait_readable()
        else:
            assert piece
            data += piece
    return data


@in_trio()
async def test_tls_carries_octets_both_ways() -> None:
    """What one end encodes the other one reads; on the wire nothing of it is to be seen."""
    client, server = await _tls_pair()
    for one, other in ((client, server), (server, client)):
        secret = b"nobody reads this on the wire" * 3000
        wire = one.encode([b"nobody reads this", secret[17:], b""])
        assert b"nobody" not in b"".join(wire)
        assert one.encode([]) == []
        backlog: deque[Octets] = deque(wire)
        async with trio.open_nursery() as nursery:

            async def send(one: TlsTransport = one, backlog: deque[Octets] = backlog) -> None:
                while backlog:
                    await one.send_later(backlog)

            nursery.start_soon(send)
            assert await _read(other, len(secret)) == secret
        assert other.receive() is None
    client.close()
    server.close()


@pytest.mark.parametrize("goodbye", [True, False], ids=["close_notify", "cut"])
@in_trio()
async def test_tls_ends_with_and_without_a_goodbye(goodbye: bool) -> None:
    """The end of the stream is b"" whether or not the peer said it in TLS: WebSocket has an end of its own."""
    client, server = await _tls_pair()
    if goodbye:
        server.send(deque(server.end_of_sending()))
    server.shutdown()
    while (data := client.receive()) is None:
        await client.wait_readable()
    assert data == b""
    assert client.receive() == b""
    if goodbye:
        # One direction has ended in good order; the other one has not ended.
        client.send(deque(client.encode([b"still here"])))
        assert await _read(server, 10) == b"still here"
    client.close()
    server.close()


@in_trio()
async def test_tls_that_is_tampered_with_is_an_error() -> None:
    """Octets that are no TLS record of this connection raise an OSError (ssl.SSLError)."""
    client, server = await _tls_pair()
    server._raw.send(deque([b"HTTP/1.1 200 OK\r\n\r\n"]))
    with pytest.raises(OSError, match="SSL"):
        await _read(client, 1)
    client.close()
    server.close()


@in_trio()
async def test_a_stream_is_read_ahead_within_bounds() -> None:
    """The reader task of a given stream keeps a bounded number of octets, and goes on when they are taken."""
    mine, theirs = trio.testing.lockstep_stream_pair()
    transport = StreamTransport(mine)
    transport.start()
    sent = 0

    async def send() -> None:
        nonlocal sent
        while True:
            await theirs.send_all(b"x" * 10_000)
            sent += 10_000

    async with trio.open_nursery() as nursery:
        nursery.start_soon(send)
        await trio.testing.wait_all_tasks_blocked(0.005)
        assert 0 < sent <= 64 * 1024 + 20_000
        await _read(transport, 500_000)
        assert sent >= 490_000
        nursery.cancel_scope.cancel()
    transport.close()


@in_trio()
async def test_a_stream_is_written_in_pieces() -> None:
    """A large backlog goes to a given stream piece by piece, in order, so that its progress is seen."""
    mine, theirs = trio.testing.memory_stream_pair()
    transport = StreamTransport(mine)
    pieces = [bytes([number]) * 1000 for number in range(100)] + [b"large" * 20_000]
    backlog: deque[Octets] = deque(pieces)
    assert transport.send(backlog) == 0
    received = b""
    while backlog:
        taken = await transport.send_later(backlog)
        assert 0 < taken <= 16 * 1024
        piece = await theirs.receive_some(100_000)
        assert len(piece) == taken
        received += piece
    assert received == b"".join(pieces)


class Faulty(trio.abc.Stream):
    """A stream that raises what it was told to."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.closed = False

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Fail."""
        await trio.lowlevel.checkpoint()
        raise self.error

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Fail."""
        await trio.lowlevel.checkpoint()
        raise self.error

    async def wait_send_all_might_not_block(self) -> None:
        """Fail."""
        raise self.error

    async def aclose(self) -> None:
        """Fail, but be closed."""
        self.closed = True
        raise self.error


@pytest.mark.parametrize(
    "error",
    [
        trio.BrokenResourceError("x"),
        trio.ClosedResourceError("x"),
        trio.BusyResourceError("x"),
        OSError("x"),
        KeyError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
@in_trio()
async def test_whatever_a_stream_raises_is_a_network_error(error: Exception) -> None:
    """A given stream that fails, however, ends its own connection with an OSError that has the cause."""
    stream = Faulty(error)
    transport = StreamTransport(stream)
    transport.start()
    with pytest.raises(OSError, match="broke") as caught:
        while transport.receive() is None:
            await transport.wait_readable()
    assert caught.value.__cause__ is error
    with pytest.raises(OSError, match="broke") as caught:
        await transport.send_later(deque([b"x"]))
    assert caught.value.__cause__ is error
    transport.shutdown()
    transport.close()
    await eventually(lambda: stream.closed)
