"""The housekeeper: what is done where nobody waits."""

from __future__ import annotations

import logging

import pytest
import trio
import trio.testing

import rawws.trio
from rawws.core import Limits
from rawws.core.connection import ConnectionState
from rawws.core.session import Session
from rawws.trio import WebSocket
from rawws.trio.housekeeper import housekeeper
from rawws.trio.transport import SocketTransport

from tests.trio.frames import CONTINUATION, PONG, TEXT
from tests.trio.running import (
    Over,
    Role,
    both_roles,
    eventually,
    everywhere,
    in_trio,
    open_websocket,
    raw_socket,
    serving,
)


def system_tasks(name: str) -> int:
    """How many tasks of this name the run has."""
    root = trio.lowlevel.current_root_task()
    assert root is not None
    waiting, found = [root], 0
    while waiting:
        task = waiting.pop()
        found += task.name == name
        for nursery in task.child_nurseries:
            waiting.extend(nursery.child_tasks)
    return found


@everywhere
@both_roles
@in_trio(virtual=True)
async def test_pings_are_answered_while_nobody_waits(role: Role, over: Over) -> None:
    """Within about a second a ping is answered though no task calls anything; the messages before it are kept."""
    async with open_websocket(role, over) as (ws, peer):
        for number in range(3):
            await peer.send_text(f"{number}")
            began = trio.current_time()
            await peer.send_ping(b"%d" % number)
            await peer.expect(PONG, b"%d" % number)
            assert trio.current_time() - began <= 3
        assert [await ws.receive() for _ in range(3)] == ["0", "1", "2"]


@everywhere
@both_roles
@in_trio(virtual=True)
async def test_a_close_is_answered_while_nobody_waits(role: Role, over: Over) -> None:
    """A peer's Close is answered within about a second; the stream ends; the messages are kept."""
    async with open_websocket(role, over, close_timeout=5) as (ws, peer):
        await peer.send_text("kept")
        await peer.send_close(1001, "bye")
        await peer.expect_close(1001)
        await peer.expect_end()
        await eventually(lambda: over == "stream" or raw_socket(ws).fileno() == -1)
        assert await ws.receive() == "kept"
        for _ in range(2):
            with pytest.raises(trio.EndOfChannel):
                await ws.receive()
        assert (ws.close_code, ws.close_reason) == (1001, "bye")
        with pytest.raises(trio.BrokenResourceError):
            await ws.send("late")
        await ws.aclose()


@both_roles
@pytest.mark.parametrize("how", ["fin", "rst"])
@in_trio(virtual=True)
async def test_an_end_is_noticed_while_nobody_waits(role: Role, how: str) -> None:
    """A connection that the peer leaves, or resets, is noticed within about a second, and its socket given back."""
    async with open_websocket(role, close_timeout=3) as (ws, peer):
        await peer.send_text("last")
        await trio.sleep(2)
        await (peer.half_close() if how == "fin" else peer.reset())
        await eventually(lambda: ws.ended is not None)
        await eventually(lambda: raw_socket(ws).fileno() == -1)
        assert ws.close_code == 1006
        assert await ws.receive() == "last"
        with pytest.raises(trio.BrokenResourceError) as caught:
            await ws.receive()
        assert isinstance(caught.value.__cause__, ConnectionResetError) == (how == "rst")


@both_roles
@in_trio(virtual=True)
async def test_a_violation_is_answered_while_nobody_waits(role: Role) -> None:
    """A violation fails the connection within about a second, behind the messages that came before it."""
    async with open_websocket(role, close_timeout=3) as (ws, peer):
        await peer.send(peer.frame(TEXT, b"fine"), peer.frame(0x3))
        await peer.expect_close(1002)
        await peer.expect_end()
        assert await ws.receive() == "fine"
        with pytest.raises(trio.BrokenResourceError):
            await ws.receive()


@in_trio(virtual=True)
async def test_there_is_one_for_all_connections_of_a_run() -> None:
    """Servers' and clients' connections of one run have one housekeeper, and otherwise no task of their own."""

    async def sleeper(ws: WebSocket) -> None:
        await trio.sleep_forever()

    async with serving(sleeper) as server:
        url = f"ws://127.0.0.1:{server.port}/"
        async with rawws.trio.connect(url):
            await eventually(lambda: len(server.connections) == 1)
            before = trio.lowlevel.current_statistics().tasks_living
            clients = [await rawws.trio.connect(url).__aenter__() for _ in range(20)]
            await eventually(lambda: len(server.connections) == 21)
            # The handlers' tasks are the user's; nobody else has any.
            assert trio.lowlevel.current_statistics().tasks_living == before + 20
            assert system_tasks("rawws housekeeper") == 1
            for client in clients:
                client.cut()


@in_trio(virtual=True)
async def test_it_ends_with_the_last_connection_and_begins_with_the_next() -> None:
    """The housekeeper runs while there are connections, ends about a second after the last, and begins anew."""
    for _ in range(2):
        async with open_websocket("client") as (ws, peer):
            assert system_tasks("rawws housekeeper") == 1
            await peer.send_ping(b"p")
            await peer.expect(PONG, b"p")
            ws.cut()
            await trio.sleep(3)
            assert system_tasks("rawws housekeeper") == 0


def test_each_run_has_its_own() -> None:
    """A second trio run in the same process is looked after like the first, also when the first was left in a hurry."""

    @in_trio(virtual=True)
    async def run() -> None:
        async with open_websocket("server") as (_, peer):
            await peer.send_ping(b"p")
            await peer.expect(PONG, b"p")

    @in_trio()
    async def hurry() -> None:
        async with open_websocket("server"):
            raise KeyError("in a hurry")

    run()
    with pytest.raises(KeyError):
        hurry()
    run()


@both_roles
@in_trio(virtual=True)
async def test_it_never_reads_under_a_parked_receiver(role: Role, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a task waits in `receive`, that task alone reads from the socket."""
    async with open_websocket(role, ping_interval=None) as (ws, peer), trio.open_nursery() as nursery:
        me: list[trio.lowlevel.Task] = []
        readers: list[trio.lowlevel.Task] = []
        read = SocketTransport.receive

        def watched(transport: SocketTransport) -> bytes | None:
            if transport is ws._transport:
                readers.append(trio.lowlevel.current_task())
            return read(transport)

        monkeypatch.setattr(SocketTransport, "receive", watched)
        received: list[str | bytes] = []

        async def receive() -> None:
            me.append(trio.lowlevel.current_task())
            async for message in ws:
                received.append(message)  # noqa: PERF401  seen from outside while it grows

        nursery.start_soon(receive)
        for number in range(5):
            await trio.sleep(1.5)
            await peer.send_text(f"{number}")
        await eventually(lambda: len(received) == 5)
        assert set(readers) == set(me)
        nursery.cancel_scope.cancel()


@both_roles
@in_trio(virtual=True)
async def test_it_stops_at_high_water(role: Role) -> None:
    """It reads only while there is room for messages; what is behind them stays in the kernel, pings included."""
    async with open_websocket(role, limits=Limits(max_queued_messages=3), ping_interval=None) as (ws, peer):
        for number in range(10):
            await peer.send(peer.frame(TEXT, b"%d" % number, fin=False), peer.frame(CONTINUATION))
        await peer.send_ping(b"behind")
        await trio.sleep(10)
        assert ws.stats.messages_received <= 3
        assert ws.stats.pings_received == 0
        assert [await ws.receive() for _ in range(10)] == [str(number) for number in range(10)]
        await peer.expect(PONG, b"behind")


@both_roles
@in_trio(virtual=True)
async def test_what_goes_wrong_in_it_cuts_one_connection(
    role: Role, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error while it looks after one connection is logged and cuts that one; the run and the others go on."""
    async with open_websocket(role) as (bad, _), open_websocket(role) as (_, peer):

        read_ahead = Session.read_ahead

        def fail(session: Session) -> bool:
            if session is bad._session:
                raise RuntimeError("planted")
            return read_ahead(session)

        monkeypatch.setattr(Session, "read_ahead", fail)
        await eventually(lambda: bad.state is ConnectionState.CLOSED)
        assert any(record.levelno >= logging.ERROR and "planted" in str(record.exc_info) for record in caplog.records)
        await peer.send_ping(b"p")
        await peer.expect(PONG, b"p")


@in_trio(virtual=True)
async def test_a_flood_in_one_connection_leaves_time_for_the_others() -> None:
    """Octets that never stop on one connection do not keep it from answering the pings of another."""
    limits = Limits(max_control_burst=None)
    async with (
        open_websocket("server", limits=limits) as (_, flooder),
        open_websocket("server") as (_, peer),
        trio.open_nursery() as nursery,
    ):

        async def flood() -> None:
            pongs = flooder.frame(PONG, b"x" * 100) * 5000
            while True:
                await flooder.send(pongs)

        nursery.start_soon(flood)
        for _ in range(3):
            await peer.send_ping(b"p")
            await peer.expect(PONG, b"p")
        nursery.cancel_scope.cancel()


@in_trio(virtual=True)
async def test_it_knows_only_open_connections() -> None:
    """A connection that has been closed, cut or given up is forgotten."""
    keeper = housekeeper()
    async with open_websocket("server", close_timeout=2) as (ws, peer):
        assert ws in keeper._open
        await peer.reset()
        await eventually(lambda: ws not in keeper._open)
    async with open_websocket("client") as (ws, peer), trio.open_nursery() as nursery:
        assert ws in keeper._open
        nursery.start_soon(ws.aclose)
        await peer.expect_close(1000)
        await peer.send_close()
        await peer.half_close()
        await eventually(lambda: ws not in keeper._open)
    async with open_websocket("client") as (ws, _):
        ws.cut()
        assert ws not in keeper._open
