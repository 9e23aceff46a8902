"""`Crowd`: the sockets of many connections in one epoll object, for handlers that have a task each."""

from __future__ import annotations

import errno
import os
import select
import socket
from collections.abc import Callable, Iterator

import pytest
import trio
import trio.testing

import rawws.trio
from rawws.trio import WebSocket
from rawws.trio.crowd import FEW, MANY, Crowd, crowd
from rawws.trio.transport import SocketTransport

from tests.trio.frames import TEXT
from tests.trio.leaks import nothing_left
from tests.trio.running import entering, eventually, expect_echo, in_trio, serving

pytestmark = pytest.mark.skipif(not hasattr(select, "epoll"), reason="this system has no epoll")


async def echo(ws: WebSocket) -> None:
    """Answer each message with itself."""
    async for message in ws:
        await ws.send(message)


def waits() -> int:
    """For how many sockets trio itself is waiting."""
    statistics = trio.lowlevel.current_statistics().io_statistics
    assert statistics.backend == "epoll"
    return statistics.tasks_waiting_read


@in_trio(20)
async def test_many_sockets_are_one_wait(open_sockets: Callable[[], int]) -> None:
    """With many connections trio waits for one thing more than with none; all are answered, and nothing is left."""
    async with serving(echo) as server, nothing_left(open_sockets):
        await trio.testing.wait_all_tasks_blocked()
        before = waits()
        async with entering(server, MANY) as peers:
            for text in ("first", "second", "third"):
                async with trio.open_nursery() as nursery:
                    for peer in peers:
                        nursery.start_soon(expect_echo, peer, text)
            await trio.testing.wait_all_tasks_blocked()
            assert waits() == before + 1
        await eventually(lambda: not server.connections)


@in_trio(20)
async def test_few_sockets_are_waited_for_one_by_one() -> None:
    """So it is up to `MANY`, and again from `FEW` on; connections that waited meanwhile lose nothing on the way."""
    async with serving(echo) as server:
        await trio.testing.wait_all_tasks_blocked()
        before = waits()
        async with entering(server, FEW - 1) as peers:
            async with entering(server, MANY - FEW) as others:
                await trio.testing.wait_all_tasks_blocked()
                assert waits() == before + MANY - 1
                async with entering(server, 1) as [last]:
                    for peer in (*peers, *others, last):
                        await expect_echo(peer, "crowded")
                    await trio.testing.wait_all_tasks_blocked()
                    assert waits() == before + 1
            await eventually(lambda: len(server.connections) == FEW - 1)
            await trio.testing.wait_all_tasks_blocked()
            assert waits() == before + FEW - 1
            async with entering(server, MANY - FEW + 1) as others:
                for peer in (*peers, *others):
                    await expect_echo(peer, "crowded again")
                await trio.testing.wait_all_tasks_blocked()
                assert waits() == before + 1
            for peer in peers:
                await expect_echo(peer, "apart")


@pytest.mark.usefixtures("no_housekeeping")
@in_trio(20)
async def test_who_does_not_read_is_left_in_peace(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes for a handler that does something else is announced once, and is there when it looks again."""
    busy, go_on = trio.Event(), trio.Event()
    told: list[list[tuple[int, int]]] = []
    tell = Crowd._tell

    def watched(self: Crowd, ready: list[tuple[int, int]]) -> None:
        told.append(ready)
        tell(self, ready)

    monkeypatch.setattr(Crowd, "_tell", watched)

    async def handler(ws: WebSocket) -> None:
        async for message in ws:
            if message == "be busy":
                busy.set()
                await go_on.wait()
            await ws.send(message)

    async with serving(handler) as server, entering(server, MANY) as [peer, other, *_]:
        for each in (peer, other):
            await expect_echo(each, "hello")
        told.clear()
        await peer.send_text("be busy")
        await busy.wait()
        await peer.send_text("while busy")
        for number in range(20):
            await expect_echo(other, f"{number}")
        await trio.testing.wait_all_tasks_blocked()
        assert len(told) <= 22
        go_on.set()
        await peer.expect(TEXT, b"be busy")
        await peer.expect(TEXT, b"while busy")
        await expect_echo(peer, "and again")


@pytest.mark.parametrize("fails", ["epoll", "register"])
@in_trio(20)
async def test_where_the_kernel_has_no_room_each_socket_waits_by_itself(
    fails: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No epoll object, or none that takes a socket more: everybody is served all the same."""
    make = select.epoll

    class Full:
        """An epoll object without room."""

        def __init__(self) -> None:
            if fails == "epoll":
                raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
            self._inner = make()
            self.fileno, self.close, self.poll = self._inner.fileno, self._inner.close, self._inner.poll

        def register(self, fileno: int, events: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async with serving(echo) as server:
        await trio.testing.wait_all_tasks_blocked()
        before = waits()
        with monkeypatch.context() as patch:
            patch.setattr("rawws.trio.crowd.select.epoll", Full)
            async with entering(server, MANY) as peers:
                for peer in peers:
                    await expect_echo(peer, "hello")
                await trio.testing.wait_all_tasks_blocked()
                assert waits() >= before + MANY


@pytest.fixture
def pair() -> Iterator[tuple[SocketTransport, socket.socket]]:
    """A transport and the socket at its other end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield SocketTransport(ours), theirs


@pytest.mark.usefixtures("apart_and_crowded")
@in_trio()
async def test_one_task_waits_at_a_time(pair: tuple[SocketTransport, socket.socket]) -> None:
    """A second one is told so, and the first goes on waiting."""
    transport, other = pair
    transport.join(crowd())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(transport.wait_readable)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(trio.BusyResourceError):
            await transport.wait_readable()
        other.send(b"!")
    assert transport.receive() == b"!"
    transport.close()


async def woken_by(how: Callable[[], None], transport: SocketTransport, other: socket.socket) -> None:
    """Somebody who has waited once with success waits again, and comes back with trio.ClosedResourceError."""
    other.send(b"!")
    await transport.wait_readable()
    transport.receive()
    async with trio.open_nursery() as nursery:

        @nursery.start_soon
        async def waiting() -> None:
            with pytest.raises(trio.ClosedResourceError):
                await transport.wait_readable()

        await trio.testing.wait_all_tasks_blocked()
        how()


@pytest.mark.usefixtures("apart_and_crowded")
@pytest.mark.parametrize("how", ["wake", "close"])
@in_trio()
async def test_who_waits_is_woken(how: str, pair: tuple[SocketTransport, socket.socket]) -> None:
    """By `wake` and by `close`, which may be called twice."""
    transport, other = pair
    transport.join(crowd())
    await woken_by(getattr(transport, how), transport, other)
    transport.close()
    transport.close()


@pytest.mark.usefixtures("crowded")
@in_trio()
async def test_who_waits_when_the_crowd_disperses_looks_again(pair: tuple[SocketTransport, socket.socket]) -> None:
    """`leave` wakes who waits, to wait for the socket by itself."""
    transport, other = pair
    transport.join(crowd())
    await woken_by(transport.leave, transport, other)
    transport.close()


@pytest.mark.usefixtures("apart_and_crowded")
@in_trio()
async def test_cancelled_a_wait_takes_nothing(pair: tuple[SocketTransport, socket.socket]) -> None:
    """Cancelled before, while waiting, and in the turn in which octets came: the next wait finds them."""
    transport, other = pair
    transport.join(crowd())
    with trio.CancelScope() as scope:
        scope.cancel()
        await transport.wait_readable()
    assert scope.cancelled_caught
    with trio.move_on_after(0.01) as scope:
        await transport.wait_readable()
    assert scope.cancelled_caught
    for number in range(5):
        async with trio.open_nursery() as nursery:

            @nursery.start_soon
            async def waiting() -> None:
                await transport.wait_readable()
                assert transport.receive() == b"!"

            await trio.testing.wait_all_tasks_blocked()
            other.send(b"!")
            for _ in range(number):
                await trio.lowlevel.checkpoint()
            nursery.cancel_scope.cancel()
    transport.receive()
    other.send(b"?")
    await transport.wait_readable()
    assert transport.receive() == b"?"
    transport.close()


@pytest.mark.usefixtures("apart_and_crowded")
@in_trio()
async def test_a_socket_that_is_closed_from_outside_harms_nobody(pair: tuple[SocketTransport, socket.socket]) -> None:
    """Its number may be another socket's by then; that one is waited for as ever, and nothing is left of it."""
    transport, other = pair
    transport.join(crowd())
    other.send(b"!")
    await transport.wait_readable()
    trio.lowlevel.notify_closing(transport.sock)
    transport.sock.close()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        second = SocketTransport(ours)
        second.join(crowd())
        theirs.send(b"?")
        await second.wait_readable()
        assert second.receive() == b"?"
        transport.close()
        theirs.send(b"?")
        await second.wait_readable()
        second.close()
    assert not crowd()._members


@pytest.mark.parametrize("reused", [False, True])
@in_trio()
async def test_what_was_closed_from_outside_is_forgotten(
    reused: bool, monkeypatch: pytest.MonkeyPatch, pair: tuple[SocketTransport, socket.socket]
) -> None:
    """By `close`, whether or not another socket has its number by then."""
    monkeypatch.setattr(rawws.trio.crowd, "MANY", 1)
    transport, _ = pair
    transport.join(crowd())
    transport.sock.close()
    if reused:
        ours, theirs = socket.socketpair()
        second = SocketTransport(ours)
        second.join(crowd())
        second.close()
        theirs.close()
    transport.close()
    assert not crowd()._members


@pytest.mark.usefixtures("crowded")
@in_trio()
async def test_who_has_left_is_announced_no_more(pair: tuple[SocketTransport, socket.socket]) -> None:
    """Its socket may have something; the crowd, which goes on, is not woken by it."""
    transport, other = pair
    ours, theirs = socket.socketpair()
    second = SocketTransport(ours)
    for each, far in ((second, theirs), (transport, other)):
        each.join(crowd())
        far.send(b"!")
        await each.wait_readable()
        each.receive()
    transport.leave()
    other.send(b"!")
    with trio.fail_after(5):
        await trio.testing.wait_all_tasks_blocked(0.05)
    await transport.wait_readable()
    assert transport.receive() == b"!"
    for each in (second, transport):
        each.close()
    theirs.close()


@in_trio()
async def test_callbacks_are_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections that are served by a plain function have an epoll object of their own, and are no crowd."""
    monkeypatch.setattr(rawws.trio.crowd, "MANY", 2)

    def answer(ws: WebSocket, message: str | bytes) -> None:
        ws.send_nowait(message)

    async with serving(None, on_message=answer) as server, entering(server, 5) as peers:
        for peer in peers:
            await expect_echo(peer, "hello")
        assert not crowd()._members
