"""`WebSocket.send` and `send_nowait`: what goes on the wire, what is refused, and when it waits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio
import trio.testing

import rawws.trio
from rawws.core.errors import LocalProtocolError, WrongType, WrongValue

from tests.trio.frames import BINARY, PING, REQUEST, TEXT
from tests.trio.running import Over, Role, both_roles, eventually, everywhere, in_trio, open_websocket

#: More than kernels take when nobody reads and the buffers have been made small.
FILLER = b"\xaa" * 300_000


@everywhere
@both_roles
@in_trio()
async def test_str_is_text_and_bytes_are_binary(role: Role, over: Over) -> None:
    """A str goes out as one text frame and bytes as one binary frame, at every length that changes the header."""
    async with open_websocket(role, over) as (ws, peer):
        await ws.send("grüße")
        await peer.expect(TEXT, "grüße".encode())
        await ws.send(b"\x00\xff")
        await peer.expect(BINARY, b"\x00\xff")
        for size in (0, 125, 126, 65_535, 65_536, 200_000):
            await ws.send(b"x" * size)
            found = await peer.expect(BINARY, b"x" * size)
            assert found.fin


@both_roles
@in_trio()
async def test_mutable_buffers_are_copied(role: Role) -> None:
    """What the caller does to a bytearray after `send` has returned does not change what goes on the wire."""
    async with open_websocket(role, receive_buffer=4096) as (ws, peer):
        await ws.send(FILLER[:60_000])
        buffer = bytearray(b"before")
        await ws.send(buffer)
        await ws.send(memoryview(buffer))
        assert ws._writer.backlog_bytes > 0
        buffer[:] = b"after!"
        await peer.expect(BINARY, FILLER[:60_000])
        await peer.expect(BINARY, b"before")
        await peer.expect(BINARY, b"before")


@both_roles
@pytest.mark.parametrize("value", [None, 1, 1.5, ["a"], {"a": 1}, object()], ids=lambda value: type(value).__name__)
@in_trio()
async def test_other_types_are_refused_at_the_call(role: Role, value: object) -> None:
    """What is neither text nor octets raises WrongType, a LocalProtocolError and TypeError; then all goes on."""
    async with open_websocket(role) as (ws, peer):
        for call in (ws.send, _async(ws.send_nowait)):
            with pytest.raises(WrongType) as caught:
                await call(value)  # type: ignore[arg-type]
            assert isinstance(caught.value, (LocalProtocolError, TypeError))
        await ws.send("still here")
        await peer.expect(TEXT, b"still here")
        await peer.send_text("and there")
        assert await ws.receive() == "and there"
        assert ws.stats.messages_sent == 1


def _async(function: Callable[[Any], None]) -> Callable[[Any], Awaitable[None]]:
    async def call(value: object) -> None:
        function(value)

    return call


@both_roles
@in_trio()
async def test_lone_surrogates_are_refused_at_the_call(role: Role) -> None:
    """A str that has no UTF-8 raises WrongValue, a LocalProtocolError and ValueError; nothing of it is sent."""
    async with open_websocket(role) as (ws, peer):
        for call in (ws.send, _async(ws.send_nowait)):
            with pytest.raises(WrongValue) as caught:
                await call("half \ud83d a pair")
            assert isinstance(caught.value, (LocalProtocolError, ValueError))
        await ws.send("whole")
        await peer.expect(TEXT, b"whole")


@everywhere
@in_trio()
async def test_send_does_not_wait_for_the_network(over: Over) -> None:
    """While the backlog is below high water, `send` returns at once though the peer reads nothing."""
    async with open_websocket("server", over, receive_buffer=4096) as (ws, peer):
        await ws.send(FILLER)
        assert ws._writer.backlog_bytes > 64 * 1024
        with trio.move_on_after(0.05) as scope:
            await ws.send("waits")
        assert scope.cancelled_caught
        await peer.expect(BINARY, FILLER)
        await ws.send("goes")
        await peer.expect(TEXT, b"goes")


@both_roles
@in_trio()
async def test_the_backlog_is_bounded(role: Role) -> None:
    """A sender that a peer does not read is stopped: the backlog is high water and one message at most."""
    size = 10_000
    async with open_websocket(role, receive_buffer=4096) as (ws, _), trio.open_nursery() as nursery:
        backlogs = []

        async def send() -> None:
            while True:
                await ws.send(b"x" * size)
                backlogs.append(ws._writer.backlog_bytes)

        nursery.start_soon(send)
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert 64 * 1024 < max(backlogs) <= 64 * 1024 + size + 14
        nursery.cancel_scope.cancel()


@in_trio()
async def test_room_comes_at_low_water() -> None:
    """Who waits for room goes on when the backlog has gone down to low water, and not before."""
    async with open_websocket("server", receive_buffer=4096) as (ws, peer), trio.open_nursery() as nursery:
        await ws.send(FILLER)
        backlogs = []

        async def send() -> None:
            await ws.send(b"")
            backlogs.append(ws._writer.backlog_bytes)

        nursery.start_soon(send)
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert not backlogs
        frames = []
        before = 0
        while not backlogs:
            before = ws._writer.backlog_bytes
            frames += await peer.read_slowly(4096)
            await trio.testing.wait_all_tasks_blocked(0.001)
        assert before > 16 * 1024
        assert backlogs[0] <= 16 * 1024 + 2
        assert not frames


@both_roles
@in_trio()
async def test_sends_of_several_tasks_go_out_in_the_order_of_their_calls(role: Role) -> None:
    """Messages of tasks that call `send` one after the other while nothing moves come out in that order."""
    async with open_websocket(role, receive_buffer=4096) as (ws, peer), trio.open_nursery() as nursery:
        await ws.send(FILLER)
        for number in range(40):
            nursery.start_soon(ws.send, f"{number}")
            await trio.testing.wait_all_tasks_blocked()
        await peer.expect(BINARY, FILLER)
        for number in range(40):
            await peer.expect(TEXT, b"%d" % number)


@in_trio()
async def test_a_turn_for_others_does_not_change_the_order() -> None:
    """Now and then `send` lets other tasks run; one that sends then does not overtake."""
    async with open_websocket("server") as (ws, peer), trio.open_nursery() as nursery:
        calls = 0

        async def send() -> None:
            nonlocal calls
            for _ in range(100):
                await trio.lowlevel.checkpoint()
                calls += 1
                await ws.send(f"call {calls}")

        for _ in range(3):
            nursery.start_soon(send)
        for number in range(1, 301):
            await peer.expect(TEXT, b"call %d" % number)


@in_trio()
async def test_every_call_checks_for_cancellation() -> None:
    """`send` of a cancelled task sends nothing, every time, though there was room."""
    async with open_websocket("server") as (ws, peer):
        for _ in range(100):
            with trio.CancelScope() as scope:
                scope.cancel()
                await ws.send("not this")
            assert scope.cancelled_caught
        await ws.send("this")
        await peer.expect(TEXT, b"this")


@in_trio()
async def test_a_turn_for_others_is_no_point_to_be_cancelled_at() -> None:
    """A `send` that lets other tasks run, one of which cancels it, has sent its message and returns."""
    async with open_websocket("server") as (ws, peer):
        sent = []
        for number in range(1000):
            scope = trio.CancelScope()

            async def cancel(scope: trio.CancelScope = scope) -> None:
                scope.cancel()

            async with trio.open_nursery() as nursery:
                nursery.start_soon(cancel)
                with scope:
                    await ws.send(f"{number}")
                    sent.append(number)
        assert len(sent) == 1000
        for number in sent:
            await peer.expect(TEXT, b"%d" % number)


@pytest.mark.parametrize(("seconds", "fewest"), [(0.0, 4000 // 256 - 2), (0.002, 4000 // 32 - 2)])
@in_trio()
async def test_a_loop_of_sends_lets_others_run(
    seconds: float, fewest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sends that never have to wait still give other tasks a turn, and sooner when something was heard long ago."""
    async with open_websocket("server") as (ws, _), trio.open_nursery() as nursery:
        monkeypatch.setattr(ws._reader, "time", lambda: ws._session.heard_at + seconds)
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                await trio.lowlevel.checkpoint()
                turns += 1

        nursery.start_soon(other)
        for _ in range(4000):
            await ws.send("")
        assert turns >= fewest
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("way", ["send", "send_nowait", "send_stream"])
@in_trio()
async def test_each_message_may_be_compressed_or_not(way: str) -> None:
    """`compress` overrules the threshold, both ways, for one message; None leaves it to the threshold."""
    request = REQUEST[:-2] + b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    async with open_websocket("server", request=request) as (ws, peer):

        async def send(text: str, compress: bool | None) -> None:
            if way == "send_nowait":
                ws.send_nowait(text, compress=compress)
            elif way == "send":
                await ws.send(text, compress=compress)
            else:
                await ws.send_stream([text], compress=compress)

        for text, compress, rsv in (
            ("aaaa" * 10, None, 0),
            ("aaaa" * 10, True, 4),
            ("aaaa" * 10, False, 0),
            ("aaaa" * 100, None, 4),
            ("aaaa" * 100, True, 4),
            ("aaaa" * 100, False, 0),
            ("aaaa" * 10_000, None, 4),
            ("aaaa" * 10_000, False, 0),
        ):
            await send(text, compress)
            frame = await peer.expect(TEXT)
            assert frame.rsv == rsv, (text[:4], len(text), compress)
            assert frame.payload == text.encode() or rsv


@in_trio()
async def test_a_stream_is_compressed_as_a_whole_or_not_at_all() -> None:
    """`compress` decides about all fragments of a message, which only the first one tells (RFC 7692 §6.1)."""
    request = REQUEST[:-2] + b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    async with open_websocket("server", request=request) as (ws, peer):
        for compress, rsv in ((None, 4), (True, 4), (False, 0)):
            await ws.send_stream(["a" * 400, "b" * 400], compress=compress)
            first, second = await peer.read_frame(), await peer.read_frame()
            assert first is not None
            assert second is not None
            assert (first.rsv, second.rsv) == (rsv, 0)
            assert (len(first.payload) == 400) is (rsv == 0)


@both_roles
@in_trio()
async def test_send_after_our_close_is_closed(role: Role) -> None:
    """While `aclose` waits, and after it, `send` and `send_nowait` raise ClosedResourceError."""
    async with open_websocket(role) as (ws, peer):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ws.aclose)
            await peer.expect_close(1000)
            await _expect_closed(ws)
            await peer.send_close(1000)
            await peer.half_close()
        await _expect_closed(ws)


async def _expect_closed(ws: rawws.trio.WebSocket) -> None:
    for _ in range(3):
        with pytest.raises(trio.ClosedResourceError):
            await ws.send("late")
        with pytest.raises(trio.ClosedResourceError):
            ws.send_nowait("late")


@both_roles
@pytest.mark.parametrize("code", [1000, 1001, None, 1011, 4000])
@in_trio()
async def test_send_after_the_peers_close_is_broken(role: Role, code: int | None) -> None:
    """After the peer's Close, whatever its code, `send` raises BrokenResourceError, again and again."""
    async with open_websocket(role) as (ws, peer):
        await peer.send_close(code)
        with pytest.raises((trio.EndOfChannel, trio.BrokenResourceError)):
            await ws.receive()
        for _ in range(3):
            with pytest.raises(trio.BrokenResourceError):
                await ws.send("late")
            with pytest.raises(trio.BrokenResourceError):
                ws.send_nowait("late")
        await peer.expect_close(code)


@both_roles
@in_trio()
async def test_send_on_a_broken_network_says_why(role: Role) -> None:
    """After a reset `send` raises BrokenResourceError with the operating system's error as its cause, not a group."""
    async with open_websocket(role) as (ws, peer):
        await peer.reset()
        with pytest.raises(trio.BrokenResourceError) as caught:
            while True:
                await ws.send("into the void")
                await trio.sleep(0.001)
        assert isinstance(caught.value.__cause__, (ConnectionResetError, BrokenPipeError))
        with pytest.raises(trio.BrokenResourceError) as again:
            await ws.send("into the void")
        assert again.value.__cause__ is not None


@both_roles
@in_trio()
async def test_who_waits_for_room_hears_of_a_reset(role: Role) -> None:
    """A `send` that waits for room raises BrokenResourceError with its cause when the peer resets the connection."""
    async with open_websocket(role, receive_buffer=4096) as (ws, peer), trio.open_nursery() as nursery:
        await ws.send(FILLER)
        caught: list[trio.BrokenResourceError] = []

        async def send() -> None:
            try:
                await ws.send("waits")
            except trio.BrokenResourceError as exc:
                caught.append(exc)

        for _ in range(3):
            nursery.start_soon(send)
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert not caught
        await peer.reset()
        await eventually(lambda: len(caught) == 3)
        assert all(isinstance(exc.__cause__, OSError) for exc in caught)


@both_roles
@in_trio()
async def test_who_waits_for_room_hears_of_our_close(role: Role) -> None:
    """A `send` that waits for room raises ClosedResourceError when another task closes, and sends nothing."""
    async with (
        open_websocket(role, receive_buffer=4096, close_timeout=0.2) as (ws, peer),
        trio.open_nursery() as nursery,
    ):
        await ws.send(FILLER)
        caught = []

        async def send() -> None:
            try:
                await ws.send("waits")
            except trio.ClosedResourceError as exc:
                caught.append(exc)

        nursery.start_soon(send)
        await trio.testing.wait_all_tasks_blocked(0.01)
        await ws.aclose()
        await eventually(lambda: caught)
        assert TEXT not in [frame.opcode for frame in await peer.read_to_end()]


@in_trio()
async def test_send_nowait_would_block_above_high_water() -> None:
    """`send_nowait` sends while there is room, raises WouldBlock and sends nothing while there is none."""
    async with open_websocket("server", receive_buffer=4096) as (ws, peer):
        ws.send_nowait(FILLER)
        sent = ws.stats.messages_sent
        with pytest.raises(trio.WouldBlock):
            ws.send_nowait("no room")
        assert ws.stats.messages_sent == sent
        await peer.expect(BINARY, FILLER)
        ws.send_nowait("room")
        await peer.expect(TEXT, b"room")


@everywhere
@both_roles
@pytest.mark.usefixtures("no_housekeeping")
@in_trio()
async def test_a_message_written_before_the_handler_sleeps_is_on_the_wire(role: Role, over: Over) -> None:
    """What `send` has taken reaches the peer though nobody calls anything afterwards, whatever waits to be received."""
    async with open_websocket(role, over) as (ws, peer):
        await ws.send("first of all")
        await peer.expect(TEXT, b"first of all")
        await peer.send_text(*(f"question {number}" for number in range(10)))
        assert await ws.receive() == "question 0"
        await ws.send("answer 0")
        await peer.expect(TEXT, b"answer 0")
        assert await ws.receive() == "question 1"
        await ws.send("answer 1")
        await ws.send("more about it")
        await peer.expect(TEXT, b"answer 1")
        await peer.expect(TEXT, b"more about it")


@both_roles
@in_trio()
async def test_what_was_sent_is_counted(role: Role) -> None:
    """`stats` counts messages, octets and pings that were sent."""
    async with open_websocket(role) as (ws, peer), trio.open_nursery() as nursery:
        await ws.send("a" * 1000)
        await ws.send("b")
        await peer.expect(TEXT)
        await peer.expect(TEXT)
        nursery.start_soon(ws.ping)
        ping = await peer.expect(PING)
        await peer.send_pong(ping.payload)
        await eventually(lambda: ws.latency is not None)
        assert (ws.stats.messages_sent, ws.stats.bytes_sent, ws.stats.pings_sent) == (2, 1001, 1)
