"""`Callbacks`: connections that are served by a plain function, without a task for each."""

from __future__ import annotations

import errno
import gc
import os
import select
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import trio
import trio.testing

import rawws.trio
from rawws.core import Limits
from rawws.trio import WebSocket, accept

from tests.trio.frames import BINARY, CLOSE, CONTINUATION, PING, REQUEST, TEXT
from tests.trio.peer import HOST, RawPeer, dial
from tests.trio.running import (
    Over,
    certificates,
    enter,
    entering,
    eventually,
    expect_echo,
    in_trio,
    raw_socket,
    serving,
)

PLENTY = b"x" * (1 << 18)


def echo(ws: WebSocket, message: str | bytes) -> None:
    """Answer each message with itself."""
    ws.send_nowait(message)


def tasks() -> int:
    """How many tasks there are in this run."""
    return trio.lowlevel.current_statistics().tasks_living


def open_files() -> int:
    """How many files this process has open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@in_trio()
async def test_a_connection_has_no_task() -> None:
    """Twenty open connections need no task more than one does, and all are answered."""
    async with serving(None, on_message=echo) as server, entering(server, 1) as [first]:
        await expect_echo(first, "first")
        await trio.testing.wait_all_tasks_blocked()
        before = tasks()
        async with entering(server, 20) as peers:
            for peer in peers:
                await expect_echo(peer, "next")
            assert len(server.connections) == 21
            await eventually(lambda: tasks() == before)
        await eventually(lambda: len(server.connections) == 1)
        await expect_echo(first, "still there")


@pytest.mark.parametrize("over", ["tcp", "tls"])
@in_trio()
async def test_many_messages_are_answered_in_order(over: Over) -> None:
    """Small and large messages, many at a time, over TCP and TLS."""
    server_tls = certificates().server if over == "tls" else None
    client_tls = certificates().client if over == "tls" else None
    messages = [f"{number}" * (1 if number % 10 else 30_000) for number in range(400)]
    async with serving(None, on_message=echo, ssl_context=server_tls) as server:
        url = f"{'wss' if over == 'tls' else 'ws'}://{HOST}:{server.port}/"
        async with rawws.trio.connect(url, ssl_context=client_tls) as ws, trio.open_nursery() as nursery:

            async def send() -> None:
                for message in messages:
                    await ws.send(message)

            nursery.start_soon(send)
            assert [await ws.receive() for _ in messages] == messages


@in_trio()
async def test_what_tls_has_taken_already_is_handed_over() -> None:
    """More decrypted octets than one read gives are read on, though the socket announces nothing any more."""
    count = 80
    received = 0

    def counted(_ws: WebSocket, _message: str | bytes) -> None:
        nonlocal received
        received += 1

    async with serving(None, on_message=counted, ssl_context=certificates().server) as server:
        url = f"wss://{HOST}:{server.port}/"
        async with rawws.trio.connect(url, ssl_context=certificates().client, compression=False) as ws:
            for _ in range(count):
                ws._session.send(b"x" * 990)
            wire = b"".join(ws._transport.encode(ws._session.data_to_send()))
            # First a part of a record, which waits inside TLS for the rest; then as much as one read takes.
            first, rest = wire[:16_300], wire[16_300:]
            assert len(rest) < 1 << 16 < count * 990
            sock = raw_socket(ws)
            assert sock.send(first) == len(first)
            await trio.testing.wait_all_tasks_blocked(0.01)
            assert sock.send(rest) == len(rest)
            await eventually(lambda: received == count)


@in_trio()
async def test_octets_behind_the_opening_handshake_are_not_lost() -> None:
    """Messages that came in one piece with the request are handed over, though the socket never announces them."""
    async with serving(None, on_message=echo) as server:
        peer = RawPeer(await dial(server.port), client=True)
        async with peer:
            await peer.send(REQUEST, *(peer.frame(TEXT, b"%d" % number) for number in range(600)))
            await peer.read_head()
            for number in range(600):
                await peer.expect(TEXT, b"%d" % number)


@in_trio()
async def test_it_is_called_only_while_there_is_room_for_an_answer() -> None:
    """Who does not read is not read, either: no answer finds the way blocked, and all come in order in the end."""
    calls = 0
    messages = 100

    def counted(ws: WebSocket, message: str | bytes) -> None:
        nonlocal calls
        calls += 1
        ws.send_nowait(message)

    async with (
        serving(None, on_message=counted, ping_interval=0.5, ping_timeout=0.5) as server,
        entering(server, 2) as [slow, other],
        trio.open_nursery() as nursery,
    ):

        async def flood() -> None:
            for number in range(messages):
                await slow.send_binary(b"%03d" % number + PLENTY)

        nursery.start_soon(flood)
        await eventually(lambda: calls)
        await trio.testing.wait_all_tasks_blocked()
        for _ in range(20):
            await expect_echo(other, "quick")
        assert calls < messages + 20
        for number in range(messages):
            await slow.expect(BINARY, b"%03d" % number + PLENTY)
        assert calls == messages + 20


@in_trio()
async def test_who_cannot_be_answered_and_goes_is_let_go() -> None:
    """A peer that never reads, and then resets the connection, leaves nothing behind."""
    async with serving(None, on_message=echo) as server, trio.open_nursery() as nursery:
        peer = await enter(server)
        [ws] = server.connections

        async def flood() -> None:
            while True:
                await peer.send_binary(PLENTY)

        nursery.start_soon(flood)
        await eventually(lambda: not ws.has_room)
        nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            await peer.reset()
            await eventually(lambda: not server.connections)


@in_trio()
async def test_a_flood_leaves_the_others_their_turn() -> None:
    """Of thousands of messages in one read, some hundreds are handed over at a time, with the others in between."""
    order: list[str] = []

    def record(_ws: WebSocket, message: str | bytes) -> None:
        order.append(str(message))

    async with serving(None, on_message=record) as server, entering(server, 2) as [busy, quiet]:
        flood = busy.frame(TEXT, b"b") * 5000 + busy.frame(TEXT, b"e")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(busy.send, flood)
            nursery.start_soon(quiet.send_text, "q")
        await eventually(lambda: len(order) == 5002)
        assert order.index("q") < order.index("e")


@in_trio()
async def test_fragments_pings_and_a_close() -> None:
    """What is no plain message is dealt with on the way, and the closing handshake is done."""
    async with serving(None, on_message=echo) as server, entering(server, 1) as [peer]:
        await peer.send(peer.frame(TEXT, b"in ", fin=False), peer.frame(PING, b"p"), peer.frame(CONTINUATION, b"parts"))
        await peer.expect(0xA, b"p")
        await peer.expect(TEXT, b"in parts")
        await peer.send_close(3000, "bye")
        await peer.expect_close(3000)
        await peer.expect_end()
        await eventually(lambda: not server.connections)


@in_trio()
async def test_a_violation_fails_the_connection() -> None:
    """What came before a violation is answered first; then its Close goes out."""
    async with serving(None, on_message=echo) as server, entering(server, 1) as [peer]:
        await peer.send(peer.frame(TEXT, b"before"), peer.frame(0x3, b""))
        await peer.expect(TEXT, b"before")
        await peer.expect_close(1002)
        await peer.expect_end()


@in_trio()
async def test_other_tasks_may_send_ping_and_close() -> None:
    """A WebSocket that is served by a function is one like any other, but for receiving."""
    async with serving(None, on_message=echo) as server, entering(server, 1) as [peer]:
        [ws] = server.connections
        with pytest.raises(trio.BusyResourceError):
            await ws.receive()
        with pytest.raises(trio.BusyResourceError):
            async for _ in ws.receive_stream():
                pass
        await ws.send("from elsewhere")
        await peer.expect(TEXT, b"from elsewhere")
        async with trio.open_nursery() as nursery:

            async def ping() -> None:
                assert await ws.ping(b"?") >= 0

            nursery.start_soon(ping)
            await peer.expect(PING, b"?")
            await peer.send_text("between")
            await peer.expect(TEXT, b"between")
            await peer.send_pong(b"?")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ws.close, 3001, "enough")
            await peer.expect_close(3001)
            await peer.send_text("too late")
            await peer.send_close(3001)
            await peer.expect_end()
        await eventually(lambda: not server.connections)


@in_trio()
async def test_a_function_may_cut_its_connection() -> None:
    """`cut` in `on_message`: what comes behind is not handed over, and the connection has gone."""
    calls: list[str | bytes] = []

    def cut(ws: WebSocket, message: str | bytes) -> None:
        calls.append(message)
        ws.cut()

    async with serving(None, on_message=cut) as server, entering(server, 1) as [peer]:
        await peer.send_text("one", "two")
        await peer.expect_end()
        await eventually(lambda: not server.connections)
        assert calls == ["one"]


@in_trio()
async def test_what_was_sent_before_a_cut_is_on_its_way() -> None:
    """An answer that is held back while more messages wait goes out before the socket is given back."""

    def last_words(ws: WebSocket, _message: str | bytes) -> None:
        ws.send_nowait("the last one")
        ws.cut()

    async with serving(None, on_message=last_words) as server, entering(server, 1) as [peer]:
        await peer.send(peer.frame(TEXT, b"answered"), peer.frame(TEXT, b"dropped"))
        await peer.expect(TEXT, b"the last one")


@in_trio(virtual=True)
async def test_a_silent_peer_is_given_up() -> None:
    """Keepalive pings, and gives up, without any task of the connection's."""
    async with serving(None, on_message=echo, ping_interval=5, ping_timeout=5) as server, entering(server, 1) as [peer]:
        await peer.expect(PING)
        await peer.expect_close(1011)
        await eventually(lambda: not server.connections)


@in_trio()
async def test_a_place_is_given_back() -> None:
    """A connection without a task counts against the limits as long as it lasts, and no longer."""
    async with serving(None, on_message=echo, limits=Limits(max_connections=1)) as server:
        for _ in range(3):
            async with await enter(server) as peer:
                await expect_echo(peer, "here")
                refused = RawPeer(await dial(server.port), client=True)
                async with refused:
                    await refused.send(REQUEST)
                    assert (await refused.read_head()).startswith(b"HTTP/1.1 503 ")
            await eventually(lambda: not server.connections)


@in_trio()
async def test_a_graceful_close() -> None:
    """`Server.close` closes every connection with 1001; then `serve` returns."""
    async with trio.open_nursery() as nursery:
        async with serving(None, on_message=echo) as server, entering(server, 3) as peers:
            nursery.start_soon(server.close)
            for peer in peers:
                await peer.expect_close(1001)
                await peer.send_close(1001)
                await peer.expect_end()
        assert not server.connections


@in_trio()
async def test_a_server_without_connections_closes() -> None:
    """There is nobody to wait for."""
    async with serving(None, on_message=echo) as server:
        await server.close()


@in_trio()
async def test_a_cancelled_server_leaves_nothing() -> None:
    """Cancelled with open connections, a server leaves no task and no file behind."""
    before, files = tasks(), open_files()
    async with trio.open_nursery():
        async with serving(None, on_message=echo) as server, entering(server, 5) as peers:
            await expect_echo(peers[0], "here")
        gc.collect()
        await eventually(lambda: tasks() == before)
        assert open_files() == files


@in_trio()
async def test_an_opening_handshake_that_outlives_a_cancelled_server_leaves_nothing() -> None:
    """A connection that opens when nobody calls back any more is cut, and nothing else comes of it."""
    asked = trio.Event()

    async def ask(_request: rawws.trio.HTTPRequest) -> None:
        with trio.CancelScope(shield=True):
            asked.set()
            await trio.testing.wait_all_tasks_blocked(0.01)

    async with serving(None, on_message=echo, on_request=ask) as server:
        peer = RawPeer(await dial(server.port), client=True)
        await peer.send(REQUEST)
        await asked.wait()
    async with peer:
        await peer.read_head()
        await peer.expect_end()
    assert not server.connections


@in_trio()
async def test_without_epoll_each_connection_has_a_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has no epoll, messages are handed over all the same."""
    monkeypatch.setattr(accept, "AVAILABLE", False)
    async with serving(None, on_message=echo) as server, entering(server, 2) as [one, other]:
        await expect_echo(one, "one")
        await expect_echo(other, "other")


@in_trio()
async def test_a_given_stream_has_a_task() -> None:
    """A stream that somebody else made has no socket to wait for."""
    mine, theirs = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: rawws.trio.serve_stream(None, mine, on_message=echo))
        peer = RawPeer(theirs, client=True)
        await peer.send(REQUEST)
        await peer.read_head()
        await expect_echo(peer, "here")
        await peer.send_close(1000)
        await peer.expect_close(1000)


@pytest.mark.parametrize("when", ["new", "paused"])
@in_trio(20)
async def test_where_the_kernel_has_no_room_one_connection_ends(
    when: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A socket that the epoll object cannot take (again) ends with 1011, and the log says why; others are served."""
    make = select.epoll
    full = False

    class Bounded:
        """An epoll object that may be full (epoll_ctl(2): ENOSPC)."""

        def __init__(self) -> None:
            self._inner = make()
            for name in ("fileno", "close", "poll", "unregister"):
                setattr(self, name, getattr(self._inner, name))

        closed = property(lambda self: self._inner.closed)

        def register(self, fileno: int, events: int) -> None:
            if full:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._inner.register(fileno, events)

    monkeypatch.setattr("rawws.trio.callbacks.select.epoll", Bounded)
    async with serving(None, on_message=echo) as server, entering(server, 1) as [first]:
        await expect_echo(first, "first")
        async with AsyncExitStack() as stack:
            if when == "paused":
                [second] = await stack.enter_async_context(entering(server, 1))
                nursery = await stack.enter_async_context(trio.open_nursery())
                nursery.start_soon(second.send_binary, *[PLENTY] * 100)
                await eventually(lambda: not all(ws.has_room for ws in server.connections))
                await trio.testing.wait_all_tasks_blocked()
                full = True
                while (frame := await second.read_frame()).opcode != CLOSE:
                    assert frame.opcode == BINARY
                nursery.cancel_scope.cancel()
                assert frame.payload[:2] == (1011).to_bytes(2, "big")
            else:
                full = True
                [second] = await stack.enter_async_context(entering(server, 1))
                await second.expect_close(1011)
        await expect_echo(first, "still there")
        assert os.strerror(errno.ENOSPC) in caplog.text
        await eventually(lambda: len(server.connections) == 1)
        full = False
        async with entering(server, 1) as [third]:
            await expect_echo(third, "room again")
