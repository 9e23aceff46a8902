"""`Writer`: the backlog between `send` and the kernel."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
import trio
import trio.lowlevel
import trio.testing

from rawws.trio.transport import SocketTransport
from rawws.trio.writer import Writer

from tests.trio.running import eventually, in_trio

HIGH, LOW = 60_000, 20_000


class Watched:
    """A writer over one end of a pair of sockets, and what it told its owner."""

    def __init__(self) -> None:
        ours, self.peer = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self.peer.setblocking(False)
        self.transport = SocketTransport(ours)
        self.rooms = 0
        self.breaks = 0
        self.writer = Writer(self.transport, HIGH, LOW, self)

    def room_came(self) -> None:
        """Called by the writer."""
        assert self.writer.backlog_bytes <= LOW
        self.rooms += 1

    def progress(self) -> None:
        """Called by the writer."""
        self.breaks += 1

    def read(self) -> bytes:
        """What has come, b"" when nothing has."""
        try:
            return self.peer.recv(10_000)
        except BlockingIOError:
            return b""

    async def read_all(self, size: int) -> bytes:
        """Read as much as was written."""
        data = b""
        while len(data) < size:
            data += self.read()
            await trio.lowlevel.checkpoint()
        return data


@pytest.fixture
def watched() -> Iterator[Watched]:
    """A writer, whose sockets are closed at the end."""
    made = Watched()
    yield made
    made.transport.sock.close()
    made.peer.close()


@in_trio()
async def test_octets_go_to_the_kernel_at_once(watched: Watched) -> None:
    """What the kernel takes is there when `write` returns, without any task."""
    before = trio.lowlevel.current_statistics().tasks_living
    watched.writer.write([b"one", b"", b"two"])
    assert watched.read() == b"onetwo"
    assert watched.writer.backlog_bytes == 0
    assert trio.lowlevel.current_statistics().tasks_living == before


@in_trio()
async def test_the_rest_follows_in_order_by_a_task_that_ends(watched: Watched) -> None:
    """What the kernel does not take goes later, in order, by one task, which ends with the backlog."""
    writer = watched.writer
    before = trio.lowlevel.current_statistics().tasks_living
    pieces = [bytes([number]) * 10_000 for number in range(20)]
    for piece in pieces:
        writer.write([piece])
    assert trio.lowlevel.current_statistics().tasks_living == before + 1
    assert writer.backlog_bytes + writer.taken == 200_000
    assert await watched.read_all(200_000) == b"".join(pieces)
    assert (writer.backlog_bytes, writer.taken) == (0, 200_000)
    await eventually(lambda: trio.lowlevel.current_statistics().tasks_living == before)
    writer.write([b"again"])
    assert watched.read() == b"again"


@in_trio()
async def test_room_is_between_the_marks(watched: Watched) -> None:
    """There is room up to high water; beyond it one waits until low water, when the owner is told, too."""
    writer = watched.writer
    assert writer.has_room
    await writer.wait_for_room()
    while writer.has_room:
        writer.write([b"x" * 5000])
    assert HIGH < writer.backlog_bytes <= HIGH + 5000
    levels = []

    async def wait() -> None:
        await writer.wait_for_room()
        levels.append(writer.backlog_bytes)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        nursery.start_soon(wait)
        await trio.testing.wait_all_tasks_blocked()
        assert not levels
        while not levels:
            watched.read()
            await trio.lowlevel.checkpoint()
    assert len(levels) == 2
    assert max(levels) <= LOW
    assert watched.rooms > 0


@in_trio()
async def test_a_cancelled_wait_changes_nothing(watched: Watched) -> None:
    """Waiting for room, and for the backlog to be empty, can be cancelled; others that wait go on waiting."""
    writer = watched.writer
    writer.write([b"x" * 100_000])
    for wait in (writer.wait_for_room, writer.wait_empty):
        with trio.move_on_after(0.005) as scope:
            await wait()
        assert scope.cancelled_caught
    async with trio.open_nursery() as nursery:
        nursery.start_soon(writer.wait_for_room)
        nursery.start_soon(writer.wait_empty)
        await trio.testing.wait_all_tasks_blocked()
        assert await watched.read_all(100_000) == b"x" * 100_000


@in_trio()
async def test_a_broken_network_wakes_everybody(watched: Watched) -> None:
    """When the kernel refuses octets, who waits is woken, the owner is told, the backlog goes; `broken` says why."""
    writer = watched.writer
    writer.write([b"x" * 100_000])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(writer.wait_for_room)
        nursery.start_soon(writer.wait_empty)
        await trio.testing.wait_all_tasks_blocked()
        watched.peer.close()
    assert isinstance(writer.broken, OSError)
    assert writer.backlog_bytes == 0
    assert watched.breaks > 0
    writer.write([b"dropped"])
    assert writer.backlog_bytes == 0


@in_trio()
async def test_a_write_that_fails_at_once_raises_nothing(watched: Watched) -> None:
    """A `write` that finds the network broken only says so by `broken`."""
    watched.peer.close()
    watched.writer.write([b"x"])
    assert isinstance(watched.writer.broken, BrokenPipeError)
    assert watched.breaks == 1


@pytest.mark.parametrize("size", [0, 10, 100_000])
@in_trio()
async def test_the_end_comes_behind_the_backlog(watched: Watched, size: int) -> None:
    """`end` lets everything out first; then the peer reads the end of the stream, and later writes are dropped."""
    writer = watched.writer
    writer.write([b"x" * size])
    writer.end()
    writer.end()
    writer.write([b"dropped"])
    assert await watched.read_all(size) == b"x" * size
    watched.peer.setblocking(True)
    watched.peer.settimeout(0.01)

    def ended() -> bool:
        try:
            return watched.peer.recv(10) == b""
        except TimeoutError:
            return False

    await eventually(ended)


@in_trio()
async def test_a_wake_for_a_reader_does_not_stop_the_writing(watched: Watched) -> None:
    """`wake` on the transport, which is meant for readers, leaves the backlog on its way."""
    watched.writer.write([b"x" * 100_000])
    await trio.testing.wait_all_tasks_blocked()
    for _ in range(5):
        watched.transport.wake()
        await trio.testing.wait_all_tasks_blocked()
    assert await watched.read_all(100_000) == b"x" * 100_000


@in_trio()
async def test_a_failure_while_octets_are_on_their_way(watched: Watched) -> None:
    """`fail` from elsewhere ends the task that writes; a second failure does not replace the first one's error."""
    before = trio.lowlevel.current_statistics().tasks_living
    first = OSError("first")
    watched.writer.write([b"x" * 100_000])
    await trio.testing.wait_all_tasks_blocked()
    watched.writer.fail(first)
    watched.writer.fail(OSError("second"))
    watched.transport.close()
    assert watched.writer.broken is first
    await eventually(lambda: trio.lowlevel.current_statistics().tasks_living == before)
