"""`Server.close`: closing in good order, with a deadline, and leaving nothing behind."""

from __future__ import annotations

import functools
import socket
from collections.abc import Callable

import pytest
import trio
import trio.testing

import rawws.trio
from rawws.core import Limits
from rawws.core.errors import LocalProtocolError, WrongType, WrongValue
from rawws.trio import Server, WebSocket
from rawws.trio.transport import SocketTransport

from tests.trio.frames import REQUEST, TEXT
from tests.trio.peer import HOST, RawPeer, dial
from tests.trio.running import echo, enter, eventually, in_trio, serving


@in_trio()
async def test_a_graceful_close() -> None:
    """`close` stops listening, closes all connections with 1001, waits for the handlers; then `serve` returns."""
    finished = []

    async def handler(ws: WebSocket) -> None:
        with pytest.raises(trio.ClosedResourceError):
            await ws.receive()
        await trio.sleep(0.01)
        finished.append(ws)

    async with trio.open_nursery() as nursery:
        server: Server = await nursery.start(functools.partial(rawws.trio.serve, handler, HOST, 0))
        peers = [await enter(server) for _ in range(3)]
        nursery.start_soon(server.close)
        for peer in peers:
            await peer.expect_close(1001)
            with pytest.raises(OSError, match="refused"):
                await dial(server.port)
            await peer.send_close(1001)
            await peer.expect_end()
            await peer.aclose()
    assert len(finished) == 3
    assert server.connections == frozenset()


@in_trio()
async def test_a_connection_that_comes_with_the_close_does_not_keep_it() -> None:
    """A silent client that is taken in the turn in which the server begins to close is let go at once."""
    async with trio.open_nursery() as nursery:
        server: Server = await nursery.start(functools.partial(rawws.trio.serve, echo, HOST, 0, close_timeout=60))
        ours, theirs = socket.socketpair()
        with ours, theirs:
            server._acceptor.accept(SocketTransport(ours), None)
            await server.close()
            assert theirs.recv(1) == b""


@pytest.mark.parametrize(("code", "reason"), [(1012, "restart"), (4000, "ü")])
@in_trio()
async def test_a_close_with_another_code(code: int, reason: str) -> None:
    """`close` takes the code and reason for the Close frames; wrong ones raise and change nothing."""
    async with serving(echo) as server, await enter(server) as peer:
        for wrong, error in (((1005, ""), WrongValue), (("1001", ""), WrongType), ((1001, "x" * 124), WrongValue)):
            with pytest.raises(error) as caught:
                await server.close(*wrong)
            assert isinstance(caught.value, LocalProtocolError)
        await peer.send_text("still open")
        await peer.expect(TEXT, b"still open")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(server.close, code, reason)
            assert (await peer.expect_close(code)).payload[2:].decode() == reason
            await peer.send_close(code)


@in_trio(virtual=True)
async def test_a_close_has_a_deadline() -> None:
    """Peers that do not answer, and handlers that do not end, are cut and cancelled after `timeout` seconds."""
    begun, cancelled = [], []

    async def handler(ws: WebSocket) -> None:
        begun.append(ws)
        try:
            await trio.sleep_forever()
        except trio.Cancelled:
            cancelled.append(ws)
            raise

    async with trio.open_nursery() as nursery:
        server: Server = await nursery.start(functools.partial(rawws.trio.serve, handler, HOST, 0, close_timeout=100))
        peers = [await enter(server) for _ in range(3)]
        await eventually(lambda: len(begun) == 3)
        began = trio.current_time()
        await server.close(timeout=5)
        assert 5 <= trio.current_time() - began < 8
        assert len(cancelled) == 3
        for peer in peers:
            await peer.expect_close(1001)
            await peer.expect_end()
            await peer.aclose()


@in_trio(virtual=True)
async def test_a_close_without_a_timeout_has_the_limits() -> None:
    """Without `timeout` the limits' `close_timeout`, and a little for the handlers, is the deadline."""

    async def handler(ws: WebSocket) -> None:
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        serve = functools.partial(rawws.trio.serve, handler, HOST, 0, limits=Limits(close_timeout=4))
        server: Server = await nursery.start(serve)
        async with await enter(server):
            began = trio.current_time()
            await server.close()
            assert 4 <= trio.current_time() - began < 9


@in_trio()
async def test_a_cancelled_close_cuts_at_once() -> None:
    """Cancelling `close` cuts every connection, cancels the handlers, and lets `serve` return."""

    async def handler(ws: WebSocket) -> None:
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        server: Server = await nursery.start(functools.partial(rawws.trio.serve, handler, HOST, 0, close_timeout=None))
        async with await enter(server) as peer:
            with trio.move_on_after(0.01) as scope:
                await server.close()
            assert scope.cancelled_caught
            await peer.expect_close(1001)
            await peer.expect_end()


@in_trio()
async def test_a_close_ends_opening_handshakes() -> None:
    """Connections that have not finished their opening handshake do not hold `close` up."""
    async with trio.open_nursery() as nursery:
        server: Server = await nursery.start(functools.partial(rawws.trio.serve, echo, HOST, 0, open_timeout=None))
        peers = []
        for said in (b"", REQUEST[:40]):
            peer = RawPeer(await dial(server.port), client=True)
            await peer.send(said)
            peers.append(peer)
        await trio.testing.wait_all_tasks_blocked(0.005)
        await server.close()
        for peer in peers:
            await peer.expect_end()
            await peer.aclose()


@in_trio()
async def test_closing_twice() -> None:
    """A second `close`, at the same time or later, waits for the same end and does nothing else."""
    async with trio.open_nursery() as nursery:
        server: Server = await nursery.start(functools.partial(rawws.trio.serve, echo, HOST, 0))
        async with await enter(server) as peer, trio.open_nursery() as closers:
            closers.start_soon(server.close)
            await peer.expect_close(1001)
            closers.start_soon(server.close, 1012)
            await trio.testing.wait_all_tasks_blocked(0.005)
            await peer.send_close(1001)
        await server.close()


@in_trio()
async def test_a_cancelled_server_leaves_nothing(open_sockets: Callable[[], int]) -> None:
    """Cancelling `serve` cancels the handlers, cuts the connections, and closes every socket."""
    before = open_sockets()
    async with serving(echo) as server:
        peers = [await enter(server) for _ in range(5)]
    assert server.connections == frozenset()
    for peer in peers:
        await peer.read_to_end()
        await peer.aclose()
    assert open_sockets() == before
