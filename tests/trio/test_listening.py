"""`Listener`: connections are taken as they come, several at a time."""

from __future__ import annotations

import errno
import socket
from contextlib import ExitStack

import pytest
import trio
import trio.testing

from rawws.trio.listening import Listener, open_listeners

from tests.trio.peer import HOST
from tests.trio.running import in_trio


@in_trio()
async def test_all_that_have_come_are_taken_at_once_within_bounds() -> None:
    """Forty connections are taken in two turns, each with the address that its client has, and writes at once."""
    listener = Listener(socket.create_server((HOST, 0), backlog=64))
    with ExitStack() as stack:
        clients = [stack.enter_context(socket.create_connection(listener.sock.getsockname())) for _ in range(40)]
        accepted = await listener.accept()
        assert len(accepted) == 32
        accepted += await listener.accept()
        for sock, _ in accepted:
            stack.enter_context(sock)
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert {address for _, address in accepted} == {client.getsockname() for client in clients}
    listener.close()


@in_trio()
async def test_close_wakes_who_waits() -> None:
    """`close` ends a wait for connections with ClosedResourceError, and may be called again."""
    [listener] = await open_listeners(HOST, 0)
    async with trio.open_nursery() as nursery:

        async def wait() -> None:
            with pytest.raises(trio.ClosedResourceError):
                await listener.accept()

        nursery.start_soon(wait)
        await trio.testing.wait_all_tasks_blocked()
        listener.close()
        listener.close()


class Closing(trio.abc.Instrument):
    """Closes a listener between the waking of its task and the task itself."""

    def __init__(self, listener: Listener, task: trio.lowlevel.Task) -> None:
        self._listener = listener
        self._task = task

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """Somebody has come."""
        if task is self._task:
            self._listener.close()


@in_trio()
async def test_closed_when_somebody_has_come() -> None:
    """`close` between the announcement of a connection and its acceptance is a ClosedResourceError, too."""
    [listener] = await open_listeners(HOST, 0)
    closing = Closing(listener, trio.lowlevel.current_task())
    with socket.socket() as client:
        client.setblocking(False)

        async def come() -> None:
            await trio.testing.wait_all_tasks_blocked()
            trio.lowlevel.add_instrument(closing)
            assert client.connect_ex(listener.sock.getsockname()) in {0, errno.EINPROGRESS}

        async with trio.open_nursery() as nursery:
            nursery.start_soon(come)
            with pytest.raises(trio.ClosedResourceError):
                await listener.accept()
            trio.lowlevel.remove_instrument(closing)


@in_trio()
async def test_a_closed_listener_has_none() -> None:
    """`accept` behind `close` is a ClosedResourceError, too."""
    [listener] = await open_listeners(HOST, 0)
    listener.close()
    with pytest.raises(trio.ClosedResourceError):
        await listener.accept()


class Failing:
    """A socket whose `accept` has something else to say first."""

    def __init__(self, sock: socket.socket, numbers: list[int]) -> None:
        self._sock = sock
        self._numbers = numbers

    def accept(self) -> tuple[socket.socket, object]:
        """Raise what is planned, then do it."""
        if self._numbers:
            raise OSError(self._numbers.pop(0), "planted")
        return self._sock.accept()

    def fileno(self) -> int:
        """That of the socket."""
        return self._sock.fileno()


@in_trio()
async def test_who_has_gone_meanwhile_is_passed_over() -> None:
    """A connection that was aborted while it waited to be accepted is no error."""
    with socket.create_server((HOST, 0)) as server, socket.create_connection(server.getsockname()) as client:
        listener = Listener(server)
        listener.sock = Failing(server, [errno.ECONNABORTED, errno.EPROTO])  # type: ignore[assignment]
        [(sock, address)] = await listener.accept()
        with sock:
            assert address == client.getsockname()


@in_trio()
async def test_what_has_been_taken_comes_before_an_error() -> None:
    """When the process runs out of files, those that were taken are given first; then the error is raised."""
    with socket.create_server((HOST, 0)) as server, ExitStack() as stack:
        stack.enter_context(socket.create_connection(server.getsockname()))
        listener = Listener(server)
        failing = Failing(server, [])
        listener.sock = failing  # type: ignore[assignment]
        take = listener._accept_one

        def take_one_and_fail(accepted: list[tuple[socket.socket, object]]) -> None:
            take(accepted)
            failing._numbers.append(errno.EMFILE)

        listener._accept_one = take_one_and_fail  # type: ignore[method-assign]
        [(sock, _)] = await listener.accept()
        stack.enter_context(sock)
        stack.enter_context(socket.create_connection(server.getsockname()))
        failing._numbers.append(errno.EMFILE)
        with pytest.raises(OSError, match="planted"):
            await listener.accept()
