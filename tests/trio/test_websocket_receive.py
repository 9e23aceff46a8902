"""`WebSocket.receive`: whole messages in order, and at the end the error that says how it ended."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio
import trio.testing

import rawws.trio
from rawws.core import Limits
from rawws.core.connection import ConnectionState
from rawws.core.errors import RemoteProtocolError
from rawws.core.session import EndedBy

from tests.trio.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close_payload
from tests.trio.peer import RawPeer
from tests.trio.running import Over, Role, both_roles, eventually, everywhere, in_trio, open_websocket, when_all_wait

pytestmark = pytest.mark.usefixtures("no_housekeeping", "apart_and_crowded")


def test_a_websocket_is_a_channel() -> None:
    """A WebSocket is what trio calls a channel, so that it goes wherever trio's channels go."""
    assert issubclass(rawws.trio.WebSocket, trio.abc.Channel)


@everywhere
@both_roles
@in_trio()
async def test_text_is_str_and_binary_is_bytes(role: Role, over: Over) -> None:
    """A text message comes as str, a binary one as bytes (never bytearray), at every length that changes the header."""
    async with open_websocket(role, over) as (ws, peer), trio.open_nursery() as nursery:
        messages: list[str | bytes] = ["", "grüße \U0001f409", b"", b"\x00\xff", b"x" * 125, b"x" * 126]
        messages += ["y" * 65_535, b"x" * 65_536, b"z" * 1_000_000]
        frames = [
            peer.frame(TEXT, message.encode()) if isinstance(message, str) else peer.frame(BINARY, bytes(message))
            for message in messages
        ]
        nursery.start_soon(peer.send, *frames)
        for message in messages:
            received = await ws.receive()
            assert received == message
            assert type(received) in {str, bytes}
        assert ws.stats.messages_received == len(messages)


@everywhere
@both_roles
@in_trio()
async def test_any_cut_of_the_octets_gives_the_same_messages(role: Role, over: Over) -> None:
    """Octets that come one by one give the messages that they give in one piece, pings between fragments included."""
    async with open_websocket(role, over) as (ws, peer), trio.open_nursery() as nursery:
        octets = b"".join(
            [
                peer.frame(TEXT, b"gr\xc3", fin=False),
                peer.frame(PING, b"now"),
                peer.frame(CONTINUATION, b"\xbc\xc3\x9fe", fin=False),
                peer.frame(CONTINUATION),
                peer.frame(BINARY, b"x" * 130),
                peer.frame(CLOSE, close_payload(1000, "done")),
            ]
        )

        async def send() -> None:
            for octet in octets:
                await peer.send(bytes([octet]))

        nursery.start_soon(send)
        assert await ws.receive() == "grüße"
        assert await ws.receive() == b"x" * 130
        with pytest.raises(trio.EndOfChannel):
            await ws.receive()
        await peer.expect(PONG, b"now")
        await peer.expect_close(1000)


@both_roles
@in_trio()
async def test_octets_behind_the_opening_handshake_are_not_lost(role: Role) -> None:
    """Frames in the same piece as the peer's half of the opening handshake are received."""
    key = {"server": RawPeer(None, client=True), "client": RawPeer(None, client=False)}[role]  # type: ignore[arg-type]
    behind = key.frame(TEXT, b"early") + key.frame(PING, b"bird") + key.frame(TEXT, b"again")
    async with open_websocket(role, behind_handshake=behind) as (ws, peer):
        assert await ws.receive() == "early"
        assert await ws.receive() == "again"
        await peer.expect(PONG, b"bird")


@both_roles
@in_trio()
async def test_async_for_ends_with_the_channel(role: Role) -> None:
    """`async for` gives all messages and ends where the peer closes in good order."""
    async with open_websocket(role) as (ws, peer):
        await peer.send_text("a", "b", "c")
        await peer.send_close(1000)
        assert [message async for message in ws] == ["a", "b", "c"]


@everywhere
@both_roles
@pytest.mark.parametrize("code", [1000, 1001, None])
@in_trio()
async def test_a_normal_close_is_the_end_of_the_channel(role: Role, over: Over, code: int | None) -> None:
    """After the peer's Close with 1000, 1001 or no code: what came before, then EndOfChannel on every call."""
    async with open_websocket(role, over) as (ws, peer):
        await peer.send(peer.frame(TEXT, b"last"), peer.frame(BINARY, b"words"))
        await peer.send_close(code, "" if code is None else "bye")
        assert ws.close_code is None
        assert await ws.receive() == "last"
        assert await ws.receive() == b"words"
        for _ in range(3):
            with pytest.raises(trio.EndOfChannel):
                await ws.receive()
        assert ws.close_code == (code or 1005)
        assert ws.close_reason == ("" if code is None else "bye")
        assert ws.ended is not None
        assert (ws.ended.by, ws.ended.clean) == (EndedBy.REMOTE, True)
        await peer.expect_close(code)


@both_roles
@pytest.mark.parametrize("code", [1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999])
@in_trio()
async def test_another_close_is_broken(role: Role, code: int) -> None:
    """After the peer's Close with any other code: what came before, then BrokenResourceError on every call."""
    async with open_websocket(role) as (ws, peer):
        await peer.send_text("last")
        await peer.send_close(code, "no more")
        assert await ws.receive() == "last"
        for _ in range(3):
            with pytest.raises(trio.BrokenResourceError, match=f"{code} 'no more'"):
                await ws.receive()
        assert (ws.close_code, ws.close_reason) == (code, "no more")
        await peer.expect_close(code)


#: What the peer does wrong, and the close code that it gets for it.
VIOLATIONS: dict[str, tuple[Callable[[RawPeer], bytes], int]] = {
    "reserved opcode": (lambda peer: peer.frame(0x3), 1002),
    "RSV1 without an extension": (lambda peer: peer.frame(TEXT, b"x", rsv=4), 1002),
    "continuation of nothing": (lambda peer: peer.frame(CONTINUATION, b"x"), 1002),
    "message inside a message": (lambda peer: peer.frame(TEXT, b"x", fin=False) + peer.frame(TEXT, b"y"), 1002),
    "fragmented ping": (lambda peer: peer.frame(PING, fin=False), 1002),
    "ping of 126 octets": (lambda peer: peer.frame(PING, b"x" * 126), 1002),
    "close code 1005": (lambda peer: peer.frame(CLOSE, close_payload(1005)), 1002),
    "close code 999": (lambda peer: peer.frame(CLOSE, close_payload(999)), 1002),
    "close of one octet": (lambda peer: peer.frame(CLOSE, b"\x03"), 1002),
    "no UTF-8": (lambda peer: peer.frame(TEXT, b"\xff"), 1007),
    "no UTF-8 in a close reason": (lambda peer: peer.frame(CLOSE, b"\x03\xe8\xff"), 1007),
    "too big": (lambda peer: peer.frame(BINARY, b"x" * 2000), 1009),
}


@everywhere
@both_roles
@pytest.mark.parametrize("violation", VIOLATIONS)
@in_trio()
async def test_a_violation_is_broken(role: Role, over: Over, violation: str) -> None:
    """What came before a violation is received, then BrokenResourceError with its cause; one Close goes out."""
    make, code = VIOLATIONS[violation]
    async with open_websocket(role, over, limits=Limits(max_message_bytes=1000), compression=False) as (ws, peer):
        await peer.send(peer.frame(TEXT, b"before"), make(peer), peer.frame(TEXT, b"behind"))
        assert await ws.receive() == "before"
        for _ in range(3):
            with pytest.raises(trio.BrokenResourceError) as caught:
                await ws.receive()
            assert isinstance(caught.value.__cause__, RemoteProtocolError)
        with pytest.raises(trio.BrokenResourceError):
            await ws.send("anything")
        assert ws.ended is not None
        assert ws.ended.failure is not None
        assert ws.ended.failure.close_code == code
        assert (ws.close_code, ws.close_reason) == (1006, "")
        await peer.expect_close(code)


@both_roles
@in_trio()
async def test_the_wrong_masking_is_a_violation(role: Role) -> None:
    """A server that gets an unmasked frame, and a client that gets a masked one, fail the connection with 1002."""
    async with open_websocket(role) as (ws, peer):
        peer.client = not peer.client
        await peer.send_text("wrong way")
        with pytest.raises(trio.BrokenResourceError):
            await ws.receive()
        await peer.expect_close(1002)


@everywhere
@both_roles
@in_trio()
async def test_an_end_without_a_close_is_broken(role: Role, over: Over) -> None:
    """A stream that ends without a Close frame: what came before, then BrokenResourceError, and close code 1006."""
    async with open_websocket(role, over) as (ws, peer):
        await peer.send_text("last")
        await peer.half_close()
        assert await ws.receive() == "last"
        for _ in range(3):
            with pytest.raises(trio.BrokenResourceError, match="1006"):
                await ws.receive()
        assert (ws.close_code, ws.close_reason) == (1006, "")
        assert ws.ended is not None
        assert ws.ended.by is EndedBy.NETWORK


@both_roles
@in_trio()
async def test_a_reset_is_broken_with_its_cause(role: Role) -> None:
    """A reset while `receive` waits raises BrokenResourceError caused by ConnectionResetError, on every call."""
    async with open_websocket(role) as (ws, peer), trio.open_nursery() as nursery:
        nursery.start_soon(when_all_wait, peer.reset)
        for _ in range(3):
            with pytest.raises(trio.BrokenResourceError) as caught:
                await ws.receive()
            assert isinstance(caught.value.__cause__, ConnectionResetError)
        assert ws.close_code == 1006
        assert ws.state is ConnectionState.CLOSED


@both_roles
@in_trio()
async def test_an_end_inside_a_message_is_broken(role: Role) -> None:
    """A stream that ends inside a message gives the whole ones before, then BrokenResourceError."""
    async with open_websocket(role) as (ws, peer):
        await peer.send(peer.frame(TEXT, b"whole"), peer.frame(TEXT, b"ha", fin=False))
        await peer.send(peer.frame(CONTINUATION, b"lf")[:-1])
        await peer.half_close()
        assert await ws.receive() == "whole"
        with pytest.raises(trio.BrokenResourceError):
            await ws.receive()


@both_roles
@in_trio()
async def test_receive_after_our_close_is_closed(role: Role) -> None:
    """After our own close `receive` raises ClosedResourceError, though messages had come."""
    async with open_websocket(role) as (ws, peer):
        await peer.send_text("never received")
        await peer.send_close(1000)
        await peer.half_close()
        await ws.aclose()
        for _ in range(3):
            with pytest.raises(trio.ClosedResourceError):
                await ws.receive()
        await peer.expect_close(1000)


@everywhere
@both_roles
@in_trio()
async def test_receive_while_another_task_closes_is_closed(role: Role, over: Over) -> None:
    """A `receive` that waits raises ClosedResourceError as soon as another task closes, not when the peer answers."""
    async with open_websocket(role, over) as (ws, peer), trio.open_nursery() as nursery:
        closed = trio.Event()

        async def receive() -> None:
            with pytest.raises(trio.ClosedResourceError):
                await ws.receive()
            closed.set()

        nursery.start_soon(receive)
        await trio.testing.wait_all_tasks_blocked(0.005)
        nursery.start_soon(ws.aclose)
        await closed.wait()
        await peer.expect_close(1000)
        await peer.send_close(1000)
        await peer.half_close()


@both_roles
@in_trio()
async def test_two_receivers_are_busy(role: Role) -> None:
    """A second `receive` while one waits raises BusyResourceError; the first one is not disturbed."""
    async with open_websocket(role) as (ws, peer), trio.open_nursery() as nursery:
        received: list[str | bytes] = []

        async def receive() -> None:
            received.append(await ws.receive())

        nursery.start_soon(receive)
        await trio.testing.wait_all_tasks_blocked(0.005)
        for _ in range(2):
            with pytest.raises(trio.BusyResourceError):
                await ws.receive()
        with pytest.raises(trio.BusyResourceError):
            await anext(ws.receive_stream())
        await peer.send_text("mine")
        await eventually(lambda: received == ["mine"])
        await peer.send_text("next")
        assert await ws.receive() == "next"


@both_roles
@in_trio()
async def test_one_of_two_receivers_is_busy_always(role: Role) -> None:
    """Of two tasks that begin to receive at the same time one is told so, also when `receive` lets other tasks run."""
    async with open_websocket(role) as (ws, peer):
        for number in range(100):
            for _ in range(number % 40):
                await ws.send("one call nearer to a turn for others")
            outcomes: list[object] = []

            async def receive(outcomes: list[object] = outcomes, number: int = number) -> None:
                try:
                    outcomes.append(await ws.receive())
                except trio.BusyResourceError:
                    outcomes.append("busy")
                    await peer.send_text(f"{number}")

            async with trio.open_nursery() as nursery:
                nursery.start_soon(receive)
                nursery.start_soon(receive)
            assert outcomes == ["busy", f"{number}"]


@both_roles
@in_trio()
async def test_a_cancelled_receive_loses_nothing(role: Role) -> None:
    """A `receive` that is cancelled, with or without messages at hand, leaves them to the next one."""
    async with open_websocket(role) as (ws, peer):
        for _ in range(50):
            with trio.CancelScope() as scope:
                scope.cancel()
                await ws.receive()
            assert scope.cancelled_caught
        await peer.send(peer.frame(TEXT, b"a"), peer.frame(TEXT, b"b"), peer.frame(TEXT, b"c", fin=False))
        assert await ws.receive() == "a"
        with trio.CancelScope() as scope:
            scope.cancel()
            await ws.receive()
        assert await ws.receive() == "b"
        with trio.move_on_after(0.01) as scope:
            await ws.receive()
        assert scope.cancelled_caught
        await peer.send(peer.frame(CONTINUATION, b"d"))
        assert await ws.receive() == "cd"


@both_roles
@in_trio()
async def test_what_anext_gave_may_be_awaited_later(role: Role) -> None:
    """A message that was there is another call's by then: the next one is waited for, or the end is told."""
    async with open_websocket(role) as (ws, peer):
        await peer.send(peer.frame(TEXT, b"1"), peer.frame(TEXT, b"2"))
        assert await ws.receive() == "1"
        first, second, third = anext(ws), anext(ws), anext(ws)
        assert await first == "2"
        with trio.move_on_after(0.01) as scope:
            await second
        assert scope.cancelled_caught
        await peer.send_close(1000)
        with pytest.raises(StopAsyncIteration):
            await third
        ws.cut()
        with pytest.raises(trio.ClosedResourceError):
            await anext(ws)


@both_roles
@pytest.mark.parametrize(("seconds", "fewest"), [(0.0, 4000 // 256 - 2), (0.002, 4000 // 32 - 2)])
@in_trio()
async def test_a_loop_of_receives_lets_others_run(
    role: Role, seconds: float, fewest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While messages never stop coming, and `receive` never waits, others get a turn, and sooner behind slow work."""
    async with open_websocket(role) as (ws, peer), trio.open_nursery() as nursery:
        monkeypatch.setattr(ws._reader, "time", lambda: ws._session.heard_at + seconds)
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                await trio.lowlevel.checkpoint()
                turns += 1

        await peer.send_text(*["x"] * 4000)
        await ws.receive()
        nursery.start_soon(other)
        before = turns
        for _ in range(3999):
            await ws.receive()
        assert turns - before >= fewest
        nursery.cancel_scope.cancel()


@both_roles
@in_trio()
async def test_pings_are_answered_by_who_receives(role: Role) -> None:
    """A task in `receive` answers pings while it waits, with their payloads, in order."""
    async with open_websocket(role) as (ws, peer), trio.open_nursery() as nursery:
        nursery.start_soon(ws.receive)
        await trio.testing.wait_all_tasks_blocked(0.005)
        for payload in (b"", b"one", b"x" * 125):
            await peer.send_ping(payload)
            await peer.expect(PONG, payload)
        await peer.send_pong(b"unsolicited")
        await peer.send_text("end")
    assert ws.stats.pings_received == 3
