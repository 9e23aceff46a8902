"""Keepalive: a peer that has fallen silent is given up, and no other."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from rawws.core import Limits
from rawws.core.session import EndedBy
from rawws.trio import WebSocket

from tests.trio.frames import BINARY, CLOSE, PING, TEXT
from tests.trio.peer import RawPeer
from tests.trio.running import Over, Role, both_roles, eventually, everywhere, in_trio, open_websocket, raw_socket

#: What a test waits for beyond an interval: rounds of the housekeeper, and seconds that pass too early.
SLACK = 5


@everywhere
@both_roles
@pytest.mark.parametrize("waits", ["receive", "nobody"])
@in_trio(virtual=True)
async def test_a_silent_peer_is_pinged_and_given_up(role: Role, over: Over, waits: str) -> None:
    """Silence brings a ping after `ping_interval`, and after `ping_timeout` more the end: a Close 1011, then Broken."""
    settings: dict[str, Any] = {"ping_interval": 20, "ping_timeout": 10, "close_timeout": 30}
    async with open_websocket(role, over, **settings) as (ws, peer), trio.open_nursery() as nursery:
        began = trio.current_time()
        broken = trio.Event()

        async def receive() -> None:
            with pytest.raises(trio.BrokenResourceError, match="no answer to a ping"):
                await ws.receive()
            broken.set()

        if waits == "receive":
            nursery.start_soon(receive)
        await peer.expect(PING)
        assert 19 <= trio.current_time() - began <= 20 + SLACK
        await peer.expect_close(1011)
        assert 29 <= trio.current_time() - began <= 30 + 2 * SLACK
        if waits == "nobody":
            await receive()
        await broken.wait()
        # At once, and not when the peer has had its time to leave.
        assert trio.current_time() - began <= 30 + 2 * SLACK
        assert ws.ended is not None
        assert ws.ended.failure is not None
        assert ws.ended.failure.limit == "ping_timeout"
        assert ws.ended.by is EndedBy.LOCAL
        await peer.expect_end()
        await eventually(lambda: over == "stream" or raw_socket(ws).fileno() == -1)


@both_roles
@in_trio(virtual=True)
async def test_the_pong_of_a_keepalive_gives_the_latency(role: Role) -> None:
    """A peer that answers pings is kept for ever, and `latency` tells the round-trip time of the latest one."""
    async with open_websocket(role, ping_interval=5, ping_timeout=5) as (ws, peer):
        for _ in range(10):
            await peer.send_pong((await peer.expect(PING)).payload)
        await trio.sleep(2)
        assert ws.ended is None
        assert ws.latency is not None
        assert 0 <= ws.latency <= 3
        assert ws.stats.pings_sent == 10


@both_roles
@pytest.mark.parametrize("sign", ["message", "ping", "pong", "octet"])
@in_trio(virtual=True)
async def test_any_octet_is_a_sign_of_life(role: Role, sign: str) -> None:
    """A peer that answers no ping, but from which something comes now and then, be it one octet, is not given up."""
    limits = Limits(max_queued_messages=1000, ping_interval=4, ping_timeout=4)
    async with open_websocket(role, limits=limits) as (ws, peer):
        slow = peer.frame(BINARY, b"x" * 100)
        for number in range(40):
            match sign:
                case "message":
                    await peer.send_text("alive")
                case "ping":
                    await peer.send_ping(b"alive")
                case "pong":
                    await peer.send_pong(b"unsolicited")
                case "octet":
                    await peer.send(slow[number : number + 1])
            await trio.sleep(5)
        assert ws.ended is None


@both_roles
@in_trio(virtual=True)
async def test_none_means_never(role: Role) -> None:
    """Without `ping_interval` nothing is sent; without `ping_timeout` nobody is given up, however silent."""
    async with open_websocket(role, ping_interval=None) as (ws, _):
        await trio.sleep(100)
        assert ws.stats.pings_sent == 0
        assert ws.ended is None
    async with open_websocket(role, ping_interval=5, ping_timeout=None) as (ws, _):
        await trio.sleep(100)
        assert ws.stats.pings_sent >= 1
        assert ws.ended is None


@everywhere
@both_roles
@in_trio(virtual=True)
async def test_a_slow_large_transfer_is_not_killed(role: Role, over: Over) -> None:
    """A peer that takes minutes for one message, and cannot get at the pings behind it, is alive all the while."""
    size = 600_000
    settings: dict[str, Any] = {"ping_interval": 20, "ping_timeout": 20, "compression": False}
    async with open_websocket(role, over, receive_buffer=16_384, **settings) as (ws, peer):
        began = trio.current_time()
        await ws.send(b"x" * size)
        await peer.read_slowly(0 + 1)
        while not await peer.read_slowly(12_000):  # noqa: ASYNC110  a slow reader sleeps
            await trio.sleep(5)
        assert trio.current_time() - began > 200
        assert ws.ended is None
        await ws.send("on we go")
        while (await peer.read_frame()).opcode != TEXT:
            pass


@both_roles
@in_trio(virtual=True)
async def test_a_slow_large_transfer_inward_is_not_killed(role: Role) -> None:
    """A message that takes the peer minutes to send, with no pong in between, is received whole."""
    async with (
        open_websocket(role, ping_interval=5, ping_timeout=5) as (ws, peer),
        trio.open_nursery() as nursery,
    ):
        octets = peer.frame(BINARY, b"x" * 100_000)

        async def send() -> None:
            for start in range(0, len(octets), 2000):
                await peer.send(octets[start : start + 2000])
                await trio.sleep(7)

        nursery.start_soon(send)
        assert await ws.receive() == b"x" * 100_000


@both_roles
@in_trio(virtual=True)
async def test_a_peer_that_takes_nothing_more_is_given_up(role: Role) -> None:
    """A peer that stops reading in the middle of a large message, and says nothing, is given up in time."""
    settings: dict[str, Any] = {"ping_interval": 5, "ping_timeout": 5, "close_timeout": 5}
    async with open_websocket(role, receive_buffer=4096, **settings) as (ws, _):
        began = trio.current_time()
        await ws.send(b"x" * 400_000)
        with pytest.raises(trio.BrokenResourceError):
            await ws.send("waits for room")
        assert trio.current_time() - began >= 10
        assert raw_socket(ws).fileno() == -1


def _run_with_pauses(role: Role, test) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Run a test whose clock stands still unless the test moves it, for steps and for pauses."""
    clock = trio.testing.MockClock()

    async def pass_seconds(seconds: int) -> None:
        for _ in range(seconds):
            clock.jump(1)
            await trio.testing.wait_all_tasks_blocked(0.003)

    async def main() -> None:
        settings: dict[str, Any] = {"ping_interval": 20, "ping_timeout": 10, "close_timeout": 3}
        async with open_websocket(role, **settings) as (ws, peer):
            await test(ws, peer, clock, pass_seconds)

    trio.run(main, clock=clock)


@both_roles
def test_a_pause_is_no_silence(role: Role) -> None:
    """After this process did not run for minutes, nobody is given up at once: the peer gets its time to answer."""

    async def test(ws: WebSocket, peer: RawPeer, clock: trio.testing.MockClock, pass_seconds) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        await pass_seconds(21)
        await peer.expect(PING)
        # Both the ping and all that time pass in a pause of ours.
        clock.jump(300)
        await trio.testing.wait_all_tasks_blocked(0.003)
        await pass_seconds(15)
        assert ws.ended is None
        await pass_seconds(6)
        await peer.expect(PING)
        await pass_seconds(12)
        assert (await peer.read_frame()).opcode == CLOSE

    _run_with_pauses(role, test)


@both_roles
def test_an_error_after_a_pause_says_how_long_it_was(role: Role) -> None:
    """When the peer has gone during a pause of ours, the error says for how long we did not run."""

    async def test(ws: WebSocket, peer: RawPeer, clock: trio.testing.MockClock, pass_seconds) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        await pass_seconds(3)
        async with trio.open_nursery() as nursery:

            async def receive() -> None:
                with pytest.raises(trio.BrokenResourceError, match=r"had not run for (29|30|31)\.\d seconds"):
                    await ws.receive()

            nursery.start_soon(receive)
            await trio.testing.wait_all_tasks_blocked(0.003)
            clock.jump(31)
            await peer.reset()

    _run_with_pauses(role, test)


@both_roles
def test_an_error_without_a_pause_says_nothing_of_one(role: Role) -> None:
    """When this process has run all the time, the error does not speak of a pause."""

    async def test(ws: WebSocket, peer: RawPeer, clock: trio.testing.MockClock, pass_seconds) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        await pass_seconds(10)
        await peer.reset()
        with pytest.raises(trio.BrokenResourceError) as caught:
            await ws.receive()
        assert "had not run" not in str(caught.value)

    _run_with_pauses(role, test)
