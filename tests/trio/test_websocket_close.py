"""`WebSocket.close`: the closing handshake from both ends, its deadline, and what is left when it is cancelled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import trio
import trio.testing

from rawws.core import Limits
from rawws.core.connection import ConnectionState
from rawws.core.errors import LocalProtocolError, WrongType, WrongValue
from rawws.core.session import EndedBy

from tests.trio.frames import BINARY, PONG, TEXT
from tests.trio.peer import End, RawPeer
from tests.trio.running import (
    Over,
    Role,
    both_roles,
    eventually,
    everywhere,
    in_trio,
    open_websocket,
    raw_socket,
    when_all_wait,
)

pytestmark = pytest.mark.usefixtures("apart_and_crowded")


@everywhere
@both_roles
@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1001, "going"), (4999, "ü" * 61), (None, "")])
@in_trio()
async def test_close_says_code_and_reason(role: Role, over: Over, code: int | None, reason: str) -> None:
    """`close` sends its code and reason, waits for the peer's Close, keeps what it says, and gives the socket back."""
    async with open_websocket(role, over) as (ws, peer), trio.open_nursery() as nursery:
        nursery.start_soon(ws.close, code, reason)
        found = await peer.expect_close(code)
        assert found.payload[2:].decode() == reason
        assert ws.state is ConnectionState.LOCAL_CLOSING
        await peer.send_close(3000, "and you")
        if role == "server":
            # "the server MUST close the underlying TCP connection immediately" (§7.1.1)
            await peer.expect_end()
        else:
            await peer.half_close()
    assert (ws.close_code, ws.close_reason) == (3000, "and you")
    assert ws.ended is not None
    assert (ws.ended.by, ws.ended.clean) == (EndedBy.LOCAL, True)
    if over != "stream":
        assert raw_socket(ws).fileno() == -1


@both_roles
@in_trio()
async def test_aclose_is_close_with_1000(role: Role) -> None:
    """`aclose` does what `close()` does; once closed, both do nothing, and still check for cancellation."""
    async with open_websocket(role) as (ws, peer):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ws.aclose)
            await peer.expect_close(1000)
            await peer.send_close(1000)
            await peer.half_close()
        await ws.aclose()
        await ws.close(1001, "again")
        with trio.CancelScope() as scope:
            scope.cancel()
            await ws.aclose()
        assert scope.cancelled_caught
        assert await peer.read_to_end() == []


@pytest.mark.parametrize(
    ("code", "reason", "error"),
    [
        (999, "", WrongValue),
        (1004, "", WrongValue),
        (1005, "", WrongValue),
        (1006, "", WrongValue),
        (1015, "", WrongValue),
        (2000, "", WrongValue),
        (5000, "", WrongValue),
        (-1, "", WrongValue),
        (2**70, "", WrongValue),
        ("1000", "", WrongType),
        (True, "", WrongType),
        (1000.0, "", WrongType),
        (1000, b"bytes", WrongType),
        (1000, None, WrongType),
        (1000, "x" * 124, WrongValue),
        (1000, "ü" * 62, WrongValue),
        (1000, "\ud800", WrongValue),
        (None, "a reason without a code", WrongValue),
    ],
)
@in_trio()
async def test_wrong_codes_and_reasons_are_refused(code: object, reason: object, error: type[Exception]) -> None:
    """What no Close frame may say raises WrongValue or WrongType, nothing is sent, and the connection stays open."""
    async with open_websocket("server") as (ws, peer):
        with pytest.raises(error) as caught:
            await ws.close(code, reason)  # type: ignore[arg-type]
        assert isinstance(caught.value, LocalProtocolError)
        assert ws.state is ConnectionState.OPEN
        await ws.send("still open")
        await peer.expect(TEXT, b"still open")
        await peer.send_text("on both sides")
        assert await ws.receive() == "on both sides"


@both_roles
@in_trio(virtual=True)
async def test_a_peer_that_never_answers_is_cut(role: Role) -> None:
    """`close` without an answer ends after `close_timeout`, raises nothing, and leaves close code 1006."""
    async with open_websocket(role, close_timeout=7) as (ws, peer):
        began = trio.current_time()
        await ws.close(1000)
        assert 7 <= trio.current_time() - began < 10
        assert ws.close_code == 1006
        assert ws.ended is not None
        assert not ws.ended.clean
        await peer.expect_close(1000)
        await peer.expect_end()


@everywhere
@both_roles
@in_trio(virtual=True)
async def test_a_peer_that_sends_on_without_end_is_cut(role: Role, over: Over) -> None:
    """Messages, pings and fragments that never stop do not keep a closing handshake beyond `close_timeout`."""
    async with open_websocket(role, over, close_timeout=5) as (ws, peer), trio.open_nursery() as nursery:

        async def talk() -> None:
            try:
                await peer.send(peer.frame(TEXT, b"", fin=False))
                while True:
                    await peer.send(*[peer.frame(0, b"and", fin=False)] * 10, peer.frame(0x9, b"?"))
                    await trio.sleep(0.1)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                pass

        nursery.start_soon(talk)
        began = trio.current_time()
        await ws.close(1000)
        assert 5 <= trio.current_time() - began < 8
        assert ws.close_code == 1006
        nursery.cancel_scope.cancel()


@both_roles
@in_trio(virtual=True)
async def test_a_peer_that_does_not_read_is_cut(role: Role) -> None:
    """A Close behind a backlog that the peer never reads does not keep `close` beyond `close_timeout`."""
    async with open_websocket(role, receive_buffer=4096, close_timeout=5) as (ws, _):
        await ws.send(b"x" * 500_000)
        began = trio.current_time()
        await ws.close(1000)
        assert 5 <= trio.current_time() - began < 8
        assert raw_socket(ws).fileno() == -1


@everywhere
@both_roles
@in_trio()
async def test_what_was_sent_arrives_before_the_close(role: Role, over: Over) -> None:
    """`close` waits until a slow peer has taken everything that was sent before, and the Close behind it."""
    async with open_websocket(role, over, receive_buffer=4096) as (ws, peer), trio.open_nursery() as nursery:
        await ws.send(b"x" * 300_000)
        nursery.start_soon(ws.close, 1000, "that was all")
        await peer.expect(BINARY, b"x" * 300_000)
        assert (await peer.expect_close(1000)).payload[2:] == b"that was all"
        await peer.send_close(1000)
        await peer.half_close()


@everywhere
@both_roles
@in_trio()
async def test_what_was_sent_arrives_though_the_peer_has_closed_first(role: Role, over: Over) -> None:
    """After the peer's Close, too, `close` waits until a slow peer has taken all that was sent, and the answer."""
    async with open_websocket(role, over, receive_buffer=4096) as (ws, peer), trio.open_nursery() as nursery:
        await ws.send(b"x" * 300_000)
        nursery.start_soon(peer.send_close, 1001)
        with pytest.raises(trio.EndOfChannel):
            await ws.receive()
        nursery.start_soon(ws.close)
        await trio.testing.wait_all_tasks_blocked(0.005)
        await peer.expect(BINARY, b"x" * 300_000)
        await peer.expect_close(1001)
        await peer.half_close()


@everywhere
@both_roles
@in_trio()
async def test_the_last_words_of_a_failure_arrive(role: Role, over: Over) -> None:
    """A peer that is still sending when it breaks a rule gets the Close that says so, not a reset."""
    limits = Limits(max_message_bytes=1000)
    async with (
        open_websocket(role, over, limits=limits, compression=False) as (ws, peer),
        trio.open_nursery() as nursery,
    ):
        await peer.send(peer.frame(TEXT, b"x" * 2000))
        nursery.start_soon(_send_on, peer)
        with pytest.raises(trio.BrokenResourceError):
            await ws.receive()
        nursery.start_soon(ws.aclose)
        await peer.expect_close(1009)
        nursery.cancel_scope.cancel()


async def _send_on(peer: RawPeer) -> None:
    try:
        while True:
            await peer.send_text("x" * 10_000)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        pass


@both_roles
@in_trio()
async def test_a_cancelled_close_cuts_at_once(role: Role) -> None:
    """`aclose` of a cancelled task waits for nothing: the Close goes out if it can, the socket is given back."""
    async with open_websocket(role, close_timeout=1e6) as (ws, peer):
        with trio.CancelScope() as scope:
            scope.cancel()
            await ws.aclose()
        assert scope.cancelled_caught
        assert raw_socket(ws).fileno() == -1
        assert ws.close_code == 1006
        frames = await peer.read_to_end()
        assert [frame.close_code for frame in frames] == [1000]
        with pytest.raises(trio.ClosedResourceError):
            await ws.send("late")
        with pytest.raises(trio.ClosedResourceError):
            await ws.receive()


@both_roles
@in_trio()
async def test_aclose_forcefully_cuts_at_once(role: Role) -> None:
    """`trio.aclose_forcefully`, with which trio's own code drops a channel, gives the socket back without waiting."""
    async with open_websocket(role, receive_buffer=4096, close_timeout=1e6) as (ws, peer):
        await ws.send(b"x" * 500_000)
        await trio.aclose_forcefully(ws)
        assert raw_socket(ws).fileno() == -1
        with pytest.raises(End):
            await peer.expect(BINARY)


@both_roles
@in_trio()
async def test_a_close_that_is_cancelled_later_cuts_then(role: Role) -> None:
    """Cancelling a `close` wakes everybody at once: another `close`, a `receive`, and a `send` without room."""
    async with open_websocket(role, receive_buffer=4096, close_timeout=1e6) as (ws, _), trio.open_nursery() as nursery:
        ended: list[str] = []

        async def expect_closed(name: str, call: Callable[[], Awaitable[object]]) -> None:
            with pytest.raises(trio.ClosedResourceError):
                await call()
            ended.append(name)

        await ws.send(b"x" * 500_000)
        nursery.start_soon(expect_closed, "send", lambda: ws.send("waits"))
        nursery.start_soon(expect_closed, "receive", ws.receive)
        await trio.testing.wait_all_tasks_blocked(0.005)
        scope = trio.CancelScope()

        async def close() -> None:
            with scope:
                await ws.close()
            ended.append("close")

        async def close_too() -> None:
            await ws.close()
            ended.append("close, too")

        nursery.start_soon(close)
        nursery.start_soon(close_too)
        await trio.testing.wait_all_tasks_blocked(0.005)
        assert "close" not in ended
        assert "close, too" not in ended
        scope.cancel()
        await eventually(lambda: sorted(ended) == ["close", "close, too", "receive", "send"])


@both_roles
@in_trio()
async def test_both_ends_close_at_once(role: Role) -> None:
    """Two Closes that cross are one closing handshake."""
    async with open_websocket(role) as (ws, peer):
        await peer.send_close(4001, "mine")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ws.close, 4002, "yours")
            await peer.expect_close(4002)
            await peer.half_close()
            await peer.expect_end()
        assert (ws.close_code, ws.close_reason) == (4001, "mine")


@both_roles
@in_trio()
async def test_a_close_after_the_peers_close_says_nothing_more(role: Role) -> None:
    """`close` after the peer's Close was received, and answered, sends no second Close and ends with the stream."""
    async with open_websocket(role) as (ws, peer), trio.open_nursery() as nursery:
        await peer.send_close(1001, "first")
        with pytest.raises(trio.EndOfChannel):
            await ws.receive()
        nursery.start_soon(when_all_wait, peer.half_close)
        await ws.close(4000, "second")
        frames = await peer.read_to_end()
        assert [frame.close_code for frame in frames] == [1001]
        assert (ws.close_code, ws.close_reason) == (1001, "first")


@both_roles
@in_trio()
async def test_close_drops_what_was_not_received(role: Role) -> None:
    """Messages that nobody received do not keep `close` from finding the peer's Close behind them."""
    async with open_websocket(role, limits=Limits(max_queued_messages=1)) as (ws, peer), trio.open_nursery() as nursery:
        nursery.start_soon(ws.close)
        await peer.expect_close(1000)
        await peer.send_text(*["unread"] * 1000)
        await peer.send_close(1000)
        await peer.half_close()
    assert ws.close_code == 1000


@both_roles
@in_trio()
async def test_pings_are_answered_until_the_peers_close(role: Role) -> None:
    """After our Close a ping still gets its pong: only the peer's Close ends that duty (§5.5.2)."""
    async with open_websocket(role) as (ws, peer), trio.open_nursery() as nursery:
        nursery.start_soon(ws.close)
        await peer.expect_close(1000)
        await peer.send_ping(b"still there?")
        await peer.expect(PONG, b"still there?")
        await peer.send_close(1000)
        await peer.half_close()
        await peer.expect_end()


@both_roles
@in_trio()
async def test_pings_before_the_peers_close_are_answered(role: Role) -> None:
    """A ping right before the peer's Close gets its pong, and then the Close its answer."""
    async with open_websocket(role) as (ws, peer):
        await peer.send_ping(b"last one")
        await peer.send_close(1000)
        with pytest.raises(trio.EndOfChannel):
            await ws.receive()
        await peer.expect(PONG, b"last one")
        await peer.expect_close(1000)


@in_trio(virtual=True)
async def test_a_client_waits_for_the_server_to_close_the_stream() -> None:
    """After the Closes a client leaves the end of the stream to the server for a while, and then takes it (§7.1.1)."""
    async with open_websocket("client", close_timeout=6) as (ws, peer), trio.open_nursery() as nursery:
        nursery.start_soon(ws.close)
        await peer.expect_close(1000)
        began = trio.current_time()
        await peer.send_close(1000)
        await peer.expect_end()
        assert 3 <= trio.current_time() - began < 9
        assert ws.close_code == 1000
