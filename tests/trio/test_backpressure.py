"""Bounds in both directions: what a peer sends that nobody receives, and what it does not read."""

from __future__ import annotations

import zlib

import pytest
import trio
import trio.testing

from rawws.core import Limits
from rawws.trio import WebSocket

from tests.trio.frames import BINARY, CONTINUATION, PING, PONG, REQUEST, TEXT
from tests.trio.peer import RawPeer, dial
from tests.trio.running import (
    Over,
    Role,
    both_roles,
    eventually,
    everywhere,
    in_trio,
    open_websocket,
    serving,
)

#: The most that one read takes off the wire, and so the most beyond the bounds.
READ = 64 * 1024


def held(ws: WebSocket) -> int:
    """Octets that a connection holds for its application: messages, parts of one, and octets not parsed yet."""
    session = ws._session
    parts = 0 if session._parts is None else session._parts.size
    return session.queued_bytes + parts + len(session._connection._proto.frame_decoder._buffer)


async def flood(peer: RawPeer, octets: bytes, already: int = 0) -> int:
    """Send the same octets again and again until the kernels take no more for a while; how many they took in all."""
    sent = already
    stream = peer.stream
    assert isinstance(stream, trio.SocketStream)
    while True:
        with trio.move_on_after(10) as scope:
            sent += await stream.socket.send(memoryview(octets)[sent % len(octets) :])
        if scope.cancelled_caught:
            return sent


@both_roles
@pytest.mark.parametrize("size", [1, 1000, 100_000, 900_000])
@in_trio(virtual=True)
async def test_a_flood_that_nobody_receives_stops_at_high_water(role: Role, size: int) -> None:
    """Messages that nobody receives are read up to the bounds of the queue; then the peer has to wait, however long."""
    limits = Limits()
    async with open_websocket(role, limits=limits, ping_interval=None) as (ws, peer):
        frame = peer.frame(BINARY, b"x" * size)
        octets = frame * max(1, 100_000 // len(frame))
        sent = await flood(peer, octets)
        most = held(ws)
        sent = await flood(peer, octets, sent)
        assert held(ws) == most
        assert 0 < most <= limits.max_queued_bytes + (limits.max_message_bytes or 0) + READ
        # It is all there, in order, for whoever asks for it.
        for _ in range(min(sent // len(frame), 1000)):
            assert await ws.receive() == b"x" * size


@both_roles
@in_trio(virtual=True)
async def test_tiny_messages_are_bounded_by_their_number(role: Role) -> None:
    """Empty messages, that hold no octets, are read up to a number of them, and what one read brought beyond."""
    async with open_websocket(role, ping_interval=None) as (ws, peer):
        frame = peer.frame(TEXT)
        await flood(peer, frame * 10_000)
        assert len(ws._session.messages) <= 64 + READ // len(frame)


@both_roles
@in_trio(virtual=True)
async def test_an_unfinished_message_is_bounded(role: Role) -> None:
    """Fragments without end are a failure at the message limit, whether or not anybody receives."""
    async with open_websocket(role, limits=Limits(max_message_bytes=100_000)) as (ws, peer):
        await peer.send(peer.frame(BINARY, fin=False))
        try:
            while True:
                await peer.send(peer.frame(CONTINUATION, b"x" * 10_000, fin=False))
                assert held(ws) <= 100_000 + 2 * READ
                await trio.sleep(1)
        except trio.BrokenResourceError:
            pass
        assert ws.ended is not None
        assert ws.ended.failure is not None
        assert ws.ended.failure.close_code == 1009
        assert held(ws) <= 100_000


@in_trio(virtual=True)
async def test_an_inflation_bomb_that_nobody_receives_is_bounded() -> None:
    """Compressed messages that grow a thousandfold hold no more memory than others while nobody receives them."""
    request = REQUEST[:-2] + b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    async with (
        open_websocket("server", request=request, ping_interval=None) as (ws, peer),
        trio.open_nursery() as nursery,
    ):
        assert "permessage-deflate" in ws.extensions
        compressor = zlib.compressobj(wbits=-15)
        bomb = b""
        for _ in range(100):
            data = compressor.compress(b"\0" * 1_000_000) + compressor.flush(zlib.Z_SYNC_FLUSH)
            bomb += peer.frame(BINARY, data[:-4], rsv=4)
        nursery.start_soon(peer.send, bomb)
        await trio.sleep(20)
        assert held(ws) <= 256 * 1024 + 1024 * 1024 + READ
        for _ in range(100):
            assert await ws.receive() == b"\0" * 1_000_000


@both_roles
@in_trio(virtual=True)
async def test_reading_goes_on_below_high_water(role: Role) -> None:
    """Once messages are received, the rest follows; pings behind unread ones wait until then."""
    limits = Limits(max_queued_messages=2)
    async with open_websocket(role, limits=limits, ping_interval=None) as (ws, peer):
        for number in range(5):
            await peer.send(peer.frame(TEXT, b"%d" % number, fin=False), peer.frame(CONTINUATION))
        await peer.send_ping(b"behind")
        await trio.sleep(5)
        assert ws.stats.pings_received == 0
        for number in range(5):
            assert await ws.receive() == str(number)
        await trio.sleep(5)
        await peer.expect(PONG, b"behind")


@everywhere
@both_roles
@in_trio(virtual=True)
async def test_silence_behind_unread_messages_is_no_silence(role: Role, over: Over) -> None:
    """A peer that is not read, because its messages wait, is not taken for dead however long that lasts."""
    limits = Limits(max_queued_messages=1, ping_interval=2, ping_timeout=2)
    async with open_websocket(role, over, limits=limits) as (ws, peer):
        await peer.send(peer.frame(TEXT, b"a", fin=False), peer.frame(CONTINUATION))
        await peer.send(peer.frame(TEXT, b"b", fin=False), peer.frame(CONTINUATION))
        await trio.sleep(60)
        assert ws.ended is None
        assert await ws.receive() == "a"
        assert await ws.receive() == "b"


@everywhere
@pytest.mark.parametrize("reader", ["receive", "housekeeper"])
@in_trio(virtual=True)
async def test_pongs_that_the_peer_does_not_read_are_bounded(over: Over, reader: str) -> None:
    """A peer that pings and never reads makes no backlog of pongs beyond high water (§5.5.3 lets us skip them)."""
    limits = Limits(max_control_burst=None, ping_interval=None)
    async with (
        open_websocket("server", over, receive_buffer=4096, limits=limits) as (ws, peer),
        trio.open_nursery() as nursery,
    ):
        if reader == "receive":

            async def receive() -> None:
                async for _ in ws:
                    pass

            nursery.start_soon(receive)
        pings = peer.frame(PING, b"x" * 125) * 150 + peer.frame(TEXT, b"and a message")
        most = 0
        for _ in range(30):
            await peer.send(pings)
            await trio.sleep(1 if reader == "housekeeper" else 0.01)
            most = max(most, ws._writer.backlog_bytes + sum(map(len, ws._session._out)))
        assert ws.stats.pings_received * 127 > 500_000
        assert most < 128 * 1024
        # Whoever reads at last gets pongs again, and messages behind them.
        nursery.start_soon(ws.send, "after all")
        while (await peer.read_frame()).opcode == PONG:
            pass
        nursery.cancel_scope.cancel()


@both_roles
@in_trio()
async def test_a_slow_reader_gets_everything(role: Role) -> None:
    """Messages of all sizes to a peer that reads in small bites arrive whole, in order, each once."""
    async with open_websocket(role, receive_buffer=4096) as (ws, peer), trio.open_nursery() as nursery:
        messages = [bytes([number]) * (number * 997 % 30_000) for number in range(60)]

        async def send() -> None:
            for message in messages:
                await ws.send(message)

        nursery.start_soon(send)
        received: list[bytes] = []
        while len(received) < len(messages):
            received += [frame.payload for frame in await peer.read_slowly(1 + len(received) * 101 % 5000)]
        assert received == messages


@in_trio()
async def test_one_busy_connection_beside_a_hundred_quiet_ones() -> None:
    """While one client never stops sending, and is always answered, a hundred others are served all the same."""

    async def echo(ws: WebSocket) -> None:
        async for message in ws:
            await ws.send(message)

    peers: list[RawPeer] = []
    async with serving(echo) as server, trio.open_nursery() as nursery:
        for _ in range(101):
            peer = RawPeer(await dial(server.port), client=True)
            await peer.send(REQUEST)
            await peer.read_head()
            peers.append(peer)
        busy, *quiet = peers
        echoes = 0

        async def talk() -> None:
            burst = busy.frame(TEXT, b"blah") * 2000
            while True:
                await busy.send(burst)

        async def listen() -> None:
            nonlocal echoes
            async for _ in busy:
                echoes += 1

        nursery.start_soon(talk)
        nursery.start_soon(listen)
        await eventually(lambda: echoes > 1000)
        for number, peer in enumerate(quiet):
            before = echoes
            await peer.send_text(f"quiet {number}")
            await peer.expect(TEXT, b"quiet %d" % number)
            # A few turns of 64 KiB of tiny messages at most: nobody waits until the flood is over.
            assert echoes - before < 40_000
        nursery.cancel_scope.cancel()
    for peer in peers:
        await peer.aclose()
