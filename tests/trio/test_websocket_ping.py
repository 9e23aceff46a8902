"""`WebSocket.ping`, and how `receive`, `ping` and `close` share the work of reading."""

from __future__ import annotations

import functools

import pytest
import trio
import trio.testing

from rawws.core import Limits
from rawws.core.errors import LocalProtocolError, WrongType, WrongValue

from tests.trio.frames import PING, PONG, TEXT
from tests.trio.running import Over, Role, both_roles, eventually, everywhere, in_trio, open_websocket, when_all_wait

pytestmark = pytest.mark.usefixtures("no_housekeeping")


@everywhere
@both_roles
@in_trio(virtual=True)
async def test_a_ping_gives_the_round_trip_time(role: Role, over: Over) -> None:
    """`ping` sends its payload, waits for the pong, and gives the seconds between; `latency` is the same."""
    async with open_websocket(role, over) as (ws, peer), trio.open_nursery() as nursery:
        assert ws.latency is None

        async def answer() -> None:
            await peer.expect(PING, b"are you there?")
            await trio.sleep(2)
            await peer.send_pong(b"are you there?")

        nursery.start_soon(answer)
        seconds = await ws.ping(b"are you there?")
        assert 2 <= seconds < 4
        assert ws.latency == seconds


@both_roles
@in_trio()
async def test_pings_of_their_own_differ(role: Role) -> None:
    """Pings without a payload get one each, so that each pong finds its ping, in whatever order they come."""
    async with open_websocket(role) as (ws, peer), trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(ws.ping)
        payloads = [(await peer.expect(PING)).payload for _ in range(3)]
        assert len(set(payloads)) == 3
        for payload in payloads:
            await peer.send_pong(payload)


@both_roles
@in_trio()
async def test_a_pong_answers_earlier_pings_too(role: Role) -> None:
    """A pong for the latest ping alone is enough for all before it (§5.5.3); an unsolicited one is for none."""
    async with open_websocket(role) as (ws, peer), trio.open_nursery() as nursery:
        answered = []

        async def ping(payload: bytes) -> None:
            await ws.ping(payload)
            answered.append(payload)

        for payload in (b"1", b"2", b"3"):
            nursery.start_soon(ping, payload)
            await trio.testing.wait_all_tasks_blocked()
        await peer.send_pong(b"4")
        await peer.send_pong(b"2")
        await eventually(lambda: len(answered) == 2)
        assert sorted(answered) == [b"1", b"2"]
        await peer.send_pong(b"3")


@pytest.mark.parametrize(
    ("payload", "error"),
    [("text", WrongType), (1, WrongType), ([1], WrongType), (b"x" * 126, WrongValue)],
    ids=["str", "int", "list", "long"],
)
@in_trio()
async def test_wrong_payloads_are_refused_at_the_call(payload: object, error: type[Exception]) -> None:
    """A payload that a ping cannot carry raises WrongType or WrongValue; nothing is sent, and all goes on."""
    async with open_websocket("server") as (ws, peer), trio.open_nursery() as nursery:
        with pytest.raises(error) as caught:
            await ws.ping(payload)  # type: ignore[arg-type]
        assert isinstance(caught.value, LocalProtocolError)
        assert ws.stats.pings_sent == 0
        nursery.start_soon(ws.ping, bytearray(b"right"))  # type: ignore[arg-type]
        await peer.expect(PING, b"right")
        with pytest.raises(WrongValue):
            await ws.ping(b"right")
        await peer.send_pong(b"right")


@both_roles
@in_trio()
async def test_a_ping_beside_a_receiver(role: Role) -> None:
    """A `ping` is answered while another task waits in `receive`, which gets the messages and nothing else."""
    async with open_websocket(role) as (ws, peer), trio.open_nursery() as nursery:
        received: list[str | bytes] = []

        async def receive() -> None:
            async for message in ws:
                received.append(message)  # noqa: PERF401  seen from outside while it grows

        nursery.start_soon(receive)
        await trio.testing.wait_all_tasks_blocked(0.005)
        nursery.start_soon(when_all_wait, functools.partial(peer.send_pong, b"p"))
        await ws.ping(b"p")
        nursery.start_soon(ws.ping, b"q")
        await peer.expect(PING, b"p")
        await peer.expect(PING, b"q")
        await peer.send(peer.frame(TEXT, b"a"), peer.frame(PONG, b"q"), peer.frame(TEXT, b"b"))
        await eventually(lambda: received == ["a", "b"])
        await peer.send_close()


@both_roles
@in_trio()
async def test_who_pings_reads_for_who_receives(role: Role) -> None:
    """A task in `ping` hands what it reads to a `receive` that began later, and to one after it."""
    async with open_websocket(role) as (ws, peer), trio.open_nursery() as nursery:
        nursery.start_soon(ws.ping, b"p")
        await peer.expect(PING, b"p")
        received: list[str | bytes] = []

        async def receive() -> None:
            received.append(await ws.receive())

        nursery.start_soon(receive)
        await trio.testing.wait_all_tasks_blocked(0.005)
        await peer.send_text("first", "second")
        await eventually(lambda: received == ["first"])
        assert await ws.receive() == "second"
        await peer.send_pong(b"p")


@both_roles
@in_trio()
async def test_the_reader_role_is_handed_on(role: Role) -> None:
    """Whoever reads and is cancelled, or has what it wanted, leaves the reading to those who still wait."""
    async with open_websocket(role) as (ws, peer), trio.open_nursery() as nursery:
        done: list[str] = []
        scopes: list[trio.CancelScope] = []

        async def receive() -> None:
            with trio.CancelScope() as scope:
                scopes.append(scope)
                done.append(str(await ws.receive()))

        async def ping(payload: bytes) -> None:
            await ws.ping(payload)
            done.append(payload.decode())

        nursery.start_soon(receive)
        await trio.testing.wait_all_tasks_blocked(0.005)
        nursery.start_soon(ping, b"p")
        await trio.testing.wait_all_tasks_blocked(0.005)
        nursery.start_soon(ping, b"q")
        await trio.testing.wait_all_tasks_blocked(0.005)
        scopes[0].cancel()
        await trio.testing.wait_all_tasks_blocked(0.005)
        await peer.send_pong(b"p")
        await eventually(lambda: done == ["p"])
        nursery.start_soon(receive)
        await trio.testing.wait_all_tasks_blocked(0.005)
        await peer.send_pong(b"q")
        await eventually(lambda: done == ["p", "q"])
        await peer.send_text("m")
        await eventually(lambda: done == ["p", "q", "m"])


@both_roles
@pytest.mark.parametrize("beyond", [0, 1, 20])
@in_trio()
async def test_a_pong_behind_unread_messages_waits_for_the_receiver(role: Role, beyond: int) -> None:
    """A full queue stops a `ping` from reading on; receiving a message more than are too many lets its pong through."""
    limits = Limits(max_queued_messages=4)
    count = 4 + beyond
    async with open_websocket(role, limits=limits) as (ws, peer), trio.open_nursery() as nursery:
        answered = trio.Event()

        async def ping() -> None:
            await ws.ping(b"p")
            answered.set()

        nursery.start_soon(ping)
        await peer.expect(PING)
        # Fragments, since whole small messages are taken from one read all at once.
        for number in range(count):
            await peer.send(peer.frame(TEXT, b"%d" % number, fin=False), peer.frame(0))
        await peer.send_pong(b"p")
        await trio.testing.wait_all_tasks_blocked(0.005)
        assert not answered.is_set()
        for number in range(beyond + 1):
            assert await ws.receive() == str(number)
        await answered.wait()
        for number in range(beyond + 1, count):
            assert await ws.receive() == str(number)


@both_roles
@in_trio()
async def test_a_cancelled_ping_leaves_the_connection_as_it_was(role: Role) -> None:
    """A `ping` that is cancelled stays on its way; its pong is taken, and everything else goes on."""
    async with open_websocket(role) as (ws, peer):
        with trio.CancelScope() as scope:
            scope.cancel()
            await ws.ping(b"never sent")
        with trio.move_on_after(0.01) as scope:
            await ws.ping(b"sent")
        assert scope.cancelled_caught
        await peer.expect(PING, b"sent")
        await peer.send_pong(b"sent")
        await peer.send_text("on we go")
        assert await ws.receive() == "on we go"
        assert ws.latency is not None
        assert ws.stats.pings_sent == 1


@both_roles
@pytest.mark.parametrize("end", ["normal", "other", "violation", "fin", "rst"])
@in_trio()
async def test_a_ping_that_gets_no_pong_is_broken(role: Role, end: str) -> None:
    """A `ping` whose connection ends raises BrokenResourceError, whoever ended it, and so does the next one."""
    async with open_websocket(role) as (ws, peer), trio.open_nursery() as nursery:

        async def finish() -> None:
            await peer.expect(PING)
            match end:
                case "normal":
                    await peer.send_close(1000)
                case "other":
                    await peer.send_close(1011)
                case "violation":
                    await peer.send(peer.frame(0x3))
                case "fin":
                    await peer.half_close()
                case "rst":
                    await peer.reset()

        nursery.start_soon(finish)
        for _ in range(2):
            with pytest.raises(trio.BrokenResourceError) as caught:
                await ws.ping()
            assert (caught.value.__cause__ is not None) == (end in {"violation", "rst"})


@both_roles
@in_trio()
async def test_a_ping_during_our_close_is_closed(role: Role) -> None:
    """A `ping` that waits while another task closes raises ClosedResourceError, and so does the next one."""
    async with open_websocket(role) as (ws, peer), trio.open_nursery() as nursery:

        async def close() -> None:
            await peer.expect(PING)
            nursery.start_soon(ws.aclose)
            await peer.expect_close(1000)
            await peer.send_close(1000)
            await peer.half_close()

        nursery.start_soon(close)
        for _ in range(2):
            with pytest.raises(trio.ClosedResourceError):
                await ws.ping()


@both_roles
@in_trio()
async def test_pings_share_the_reading_with_a_close(role: Role) -> None:
    """A `ping` that reads hands the reading to a `close`, whose end does not depend on who had begun to read."""
    async with open_websocket(role) as (ws, peer), trio.open_nursery() as nursery:

        async def ping() -> None:
            with pytest.raises(trio.ClosedResourceError):
                await ws.ping()

        nursery.start_soon(ping)
        await peer.expect(PING)
        await peer.send_text("unread")
        nursery.start_soon(ws.aclose)
        await peer.expect_close(1000)
        await peer.send_close(1000)
        await peer.half_close()
        await peer.expect_end()
