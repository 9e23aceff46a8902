"""Broadcasts: everybody gets the message, whoever is slow keeps nobody waiting, and memory is bounded."""

from __future__ import annotations

import functools
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import pytest
import trio

import rawws.trio
from rawws.trio import Broadcaster, Server, Slow, WebSocket, broadcast

from tests.trio.frames import BINARY, CLOSE, REQUEST, TEXT, close_payload
from tests.trio.peer import HOST, End, RawPeer, dial
from tests.trio.running import (
    certificates,
    enter,
    eventually,
    in_trio,
    open_websocket,
    raw_socket,
    serving,
    shrink_send_buffer,
)

#: More than the kernel takes on its own, in few messages.
LARGE = b"x" * 32 * 1024


async def idle(_ws: WebSocket) -> None:
    """Leave the connection to others."""
    await trio.sleep_forever()


async def only(server: Server, peers: list[RawPeer]) -> None:
    """Wait until the server knows all of them."""
    await eventually(lambda: len(server.connections) == len(peers))


@asynccontextmanager
async def hall(count: int, **settings: Any) -> AsyncIterator[tuple[Server, list[RawPeer]]]:  # noqa: ANN401  of `serve`
    """A server, and so many peers with open connections."""
    async with serving(idle, **settings) as server, AsyncExitStack() as stack:
        peers = [await stack.enter_async_context(await enter(server)) for _ in range(count)]
        await only(server, peers)
        yield server, peers


@in_trio()
async def test_everybody_gets_it() -> None:
    """Text and binary come to every connection, again and again, and the statistics count each."""
    async with hall(20) as (server, peers):
        for number in range(5):
            assert broadcast(server.connections, f"number {number}") == []
            assert broadcast(server.connections, b"\x00" * number) == []
        for peer in peers:
            for number in range(5):
                await peer.expect(TEXT, f"number {number}".encode())
                await peer.expect(BINARY, b"\x00" * number)
        for ws in server.connections:
            assert (ws.stats.messages_sent, ws.stats.bytes_sent) == (10, 50)
        assert server.traffic.messages_sent == 200


@in_trio()
async def test_each_gets_it_once() -> None:
    """Whoever stands in a list twice gets a message once, whole, also where the kernel takes a part of it."""
    async with open_websocket("server", receive_buffer=4096) as (ws, peer):
        count = 0
        while count < 1000 and ws.has_room:
            assert broadcast([ws, ws, ws], LARGE) == []
            count += 1
        assert count < 1000
        assert broadcast([ws, ws], LARGE) == [ws]
        for _ in range(count):
            await peer.expect(BINARY, LARGE)
        assert ws.stats.messages_sent == count


@in_trio()
async def test_a_socket_that_breaks() -> None:
    """A connection whose socket refuses the frame has ended; the others get it."""
    async with hall(3) as (server, peers):
        connections = list(server.connections)
        assert broadcast(connections, "warm") == []
        raw_socket(connections[1]).shutdown(socket.SHUT_WR)
        assert broadcast(connections, "hello") == []
        assert [ws.broken for ws in connections] == [False, True, False]
        got = 0
        for peer in peers:
            await peer.expect(TEXT, b"warm")
            with suppress(End):
                await peer.expect(TEXT, b"hello")
                got += 1
        assert got == 2


@in_trio()
async def test_between_other_messages() -> None:
    """Broadcasts, sends, corked answers, streams and pings keep their order on each connection."""
    async with open_websocket("server") as (ws, peer):
        expected = []
        for number in range(50):
            broadcast([ws], f"all {number}")
            await ws.send(f"one {number}")
            broadcast([ws], f"again {number}")
            expected += [f"all {number}", f"one {number}", f"again {number}"]
        await ws.send_stream(["a", "b"])
        broadcast([ws], "after")
        for text in expected:
            await peer.expect(TEXT, text.encode())
        for text in ("a", "b", "after"):
            frame = await peer.read_frame()
            assert frame.payload == text.encode()


@in_trio()
async def test_behind_a_cork() -> None:
    """What a handler has answered already goes before a broadcast, though it was held back."""

    async def handler(ws: WebSocket) -> None:
        broadcast([ws], "warm")
        async for message in ws:
            await ws.send(message)
            broadcast([ws], "all")

    async with serving(handler) as server, await enter(server) as peer:
        await peer.expect(TEXT, b"warm")
        await peer.send_text(*(str(number) for number in range(20)))
        for number in range(20):
            await peer.expect(TEXT, str(number).encode())
            await peer.expect(TEXT, b"all")


@in_trio()
async def test_not_inside_a_message() -> None:
    """While a message is sent in fragments no broadcast goes between them: the connection counts as slow."""

    async def chunks() -> AsyncIterator[str]:
        yield "a"
        yield "b"
        assert broadcast([ws], "between") == [ws]
        yield "c"

    async with open_websocket("server") as (ws, peer):
        assert broadcast([ws], "before") == []
        await ws.send_stream(chunks())
        assert broadcast([ws], "behind") == []
        assert [(await peer.read_frame()).payload for _ in range(5)] == [b"before", b"a", b"b", b"c", b"behind"]


@pytest.mark.parametrize("over", ["tcp", "tls", "stream"])
@pytest.mark.parametrize("role", ["server", "client"])
@in_trio()
async def test_over_everything(over: Any, role: Any) -> None:  # noqa: ANN401  parameters of open_websocket
    """Over TLS, over a given stream, and from a client, which masks, the message comes as well."""
    async with open_websocket(role, over) as (ws, peer):
        for _ in range(3):
            assert broadcast([ws], "hello") == []
            await peer.expect(TEXT, b"hello")


@in_trio()
async def test_compressed() -> None:
    """Where deflate was agreed on the message comes compressed, between others, and everybody can read it."""
    text = "the same words again and again " * 100
    async with serving(idle) as server, AsyncExitStack() as stack:
        clients = []
        for compression in (True, True, False):
            connecting = rawws.trio.connect(f"ws://{HOST}:{server.port}/", compression=compression)
            clients.append(await stack.enter_async_context(connecting))
        await eventually(lambda: len(server.connections) == 3)
        for number in range(3):
            for ws in server.connections:
                await ws.send(f"{number} {text}")
            assert broadcast(server.connections, text) == []
            assert broadcast(server.connections, "short") == []
        for client in clients:
            for number in range(3):
                assert [await client.receive() for _ in range(3)] == [f"{number} {text}", text, "short"]


@in_trio()
async def test_whoever_has_gone_is_passed_over() -> None:
    """Connections that have ended, in whatever way, are passed over: nothing is sent behind a Close."""
    async with hall(3) as (server, peers):
        connections = list(server.connections)
        for _ in range(2):
            assert broadcast(connections, "hello") == []
        await peers[0].send_close(1000)
        await peers[0].expect(TEXT, b"hello")
        await peers[0].expect(TEXT, b"hello")
        await eventually(lambda: any(ws.ended for ws in connections) or _read_all(connections))
        assert broadcast(connections, "still") == []
        await peers[0].expect(CLOSE)
        await peers[0].expect_end()
        connections[0].cut()
        assert broadcast(connections, "more") == []


def _read_all(connections: list[WebSocket]) -> bool:
    """Have the housekeeper's work done now; whether that has ended a connection."""
    for ws in connections:
        ws.keep_house(trio.current_time(), stalled=False)
    return False


@in_trio()
async def test_nothing_follows_our_own_close() -> None:
    """Once this end has said Close, a broadcast passes the connection over."""
    async with open_websocket("server") as (ws, peer):
        broadcast([ws], "before")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ws.close, 1000)
            await peer.expect(TEXT, b"before")
            await peer.expect(CLOSE)
            assert broadcast([ws], "behind") == []
            await peer.send_close(1000)
            await peer.expect_end()


@in_trio()
async def test_the_kernel_takes_a_part() -> None:
    """A frame of which the kernel takes a part comes whole; who has too much waiting is left out, and told of."""
    async with open_websocket("server", receive_buffer=4096) as (ws, peer):
        assert broadcast([ws], b"first") == []
        sent = 1
        while sent < 1000 and not broadcast([ws], LARGE):
            sent += 1
        assert not ws.has_room
        await peer.expect(BINARY, b"first")
        for _ in range(sent - 1):
            await peer.expect(BINARY, LARGE)
        await eventually(lambda: ws.has_room)
        assert broadcast([ws], b"last") == []
        await peer.expect(BINARY, b"last")


@pytest.mark.parametrize("message", [None, 7, "\ud800"])
@in_trio()
async def test_what_is_no_message(message: Any) -> None:  # noqa: ANN401  wrong on purpose
    """What cannot be sent is refused, and nobody gets anything."""
    async with open_websocket("server") as (ws, peer):
        with pytest.raises((TypeError, ValueError)):
            broadcast([ws], message)
        assert broadcast([ws], "right") == []
        await peer.expect(TEXT, b"right")


# -- those who are slow ---------------------------------------------------------------------------------------------


@asynccontextmanager
async def slow_hall(*policies: Slow | None, **settings: Any) -> AsyncIterator[tuple[Broadcaster, list[RawPeer]]]:  # noqa: ANN401
    """A broadcaster whose members have these policies, and the peers; None: a quick one, with a task that reads."""
    joined = 0
    async with Broadcaster(**settings) as audience, AsyncExitStack() as stack:

        async def handler(ws: WebSocket) -> None:
            nonlocal joined
            policy = policies[joined]
            joined += 1
            if policy is not None:
                shrink_send_buffer(ws)
            with audience.joined(ws, policy):
                async for _ in ws:
                    pass

        server = await stack.enter_async_context(serving(handler, ping_interval=None))
        peers = []
        for number, policy in enumerate(policies):
            stream = await dial(server.port, receive_buffer=None if policy is None else 4096)
            peer = await stack.enter_async_context(RawPeer(stream, client=True))
            await peer.send(REQUEST)
            await peer.read_head()
            await eventually(functools.partial(lambda count: len(audience.members) == count, number + 1))
            peers.append(peer)
        yield audience, peers


async def read_numbers(peer: RawPeer, until: int) -> list[int]:
    """The numbers at the front of the messages that come, up to the last one."""
    numbers: list[int] = []
    while not numbers or numbers[-1] < until:
        frame = await peer.read_frame()
        if frame.opcode == CLOSE:
            break
        numbers.append(int.from_bytes(frame.payload[:4]))
    return numbers


def numbered(number: int) -> bytes:
    """A large message."""
    return number.to_bytes(4) + LARGE


@in_trio(20)
async def test_drop_oldest() -> None:
    """Who is slow misses the oldest messages and gets the latest, in order; who is quick gets all, at once."""
    async with slow_hall(None, Slow.DROP_OLDEST, most_waiting=4) as (audience, (quick, slow)):
        for number in range(100):
            await audience.send(numbered(number))
            frame = await quick.read_frame()
            assert frame.payload == numbered(number)
        numbers = await read_numbers(slow, 99)
        assert numbers == sorted(set(numbers))
        assert numbers[-4:] == [96, 97, 98, 99]
        assert audience.counts.forgotten == 100 - len(numbers) > 50
        await eventually(lambda: audience.counts.delivered == 100 + len(numbers))


@in_trio(20)
async def test_drop_client() -> None:
    """Who is slow is closed with 1013, and is no member any more; the others go on."""
    async with slow_hall(None, Slow.DROP_CLIENT) as (audience, (quick, slow)):
        for number in range(40):
            await audience.send(numbered(number))
            assert (await quick.read_frame()).payload == numbered(number)
        assert audience.counts.dropped == 1
        assert len(audience.members) == 1
        closes = []
        try:
            while True:
                frame = await slow.read_frame()
                if frame.opcode == CLOSE:
                    closes.append(frame.payload)
                    await slow.send_close(1013)
        except End:
            pass
        assert closes == [close_payload(1013, "too slow")]


@in_trio(20)
async def test_wait() -> None:
    """Who may miss nothing gets all: whoever sends waits for it, once the others have the message."""
    async with slow_hall(None, Slow.WAIT, most_waiting=2, patience=None) as (audience, (quick, slow)):
        sent = 0

        async def send_all() -> None:
            nonlocal sent
            for number in range(60):
                await audience.send(numbered(number))
                sent = number + 1

        async with trio.open_nursery() as nursery:
            nursery.start_soon(send_all)
            seen = -1

            async def watch() -> None:
                nonlocal seen
                while seen < 59:
                    seen = int.from_bytes((await quick.read_frame()).payload[:4])

            nursery.start_soon(watch)
            await trio.testing.wait_all_tasks_blocked(0.05)
            # One message is with everybody who is quick, while its sender waits for the slow one.
            assert seen == sent < 40
            assert await read_numbers(slow, 59) == list(range(60))


@in_trio(virtual=True)
async def test_patience_ends() -> None:
    """A client for which a sender has waited long enough is dropped, and the sender goes on."""
    async with slow_hall(Slow.WAIT, most_waiting=1, patience=30.0) as (audience, _):
        began = trio.current_time()
        for number in range(40):
            await audience.send(numbered(number))
        assert audience.counts.dropped == 1
        assert 29 < trio.current_time() - began < 60


@in_trio(20)
async def test_a_cancelled_send_has_sent() -> None:
    """Cancelled while it waits for a slow client, a message is with everybody all the same, once."""
    async with slow_hall(None, Slow.WAIT, most_waiting=1, patience=None) as (audience, (quick, slow)):
        number = 0
        with trio.move_on_after(0.3) as scope:
            while True:
                await audience.send(numbered(number))
                number += 1
                await quick.read_frame()
        assert scope.cancelled_caught
        assert (await quick.read_frame()).payload == numbered(number)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(audience.send, numbered(number + 1))
            assert await read_numbers(slow, number + 1) == list(range(number + 2))


@in_trio(20)
async def test_who_goes_is_forgotten() -> None:
    """Of a slow client that goes nothing is kept, and nobody waits for it any more."""
    async with slow_hall(Slow.WAIT, Slow.WAIT, most_waiting=1, patience=None) as (audience, (one, other)):
        async with trio.open_nursery() as nursery:

            async def send_all() -> None:
                for number in range(40):
                    await audience.send(numbered(number))

            nursery.start_soon(send_all)
            await trio.testing.wait_all_tasks_blocked(0.05)
            await one.reset()
            assert await read_numbers(other, 39) == list(range(40))
        assert len(audience.members) == 1


@in_trio(20)
async def test_one_order_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages of several senders come in one order to everybody, also where deliveries take several turns."""
    monkeypatch.setattr(rawws.trio.broadcaster, "_DELIVERIES_PER_TURN", 3)
    async with slow_hall(*[None] * 8) as (audience, peers):
        async with trio.open_nursery() as nursery:
            for sender in range(5):

                async def send(sender: int = sender) -> None:
                    for number in range(10):
                        await audience.send(f"{sender}-{number}")

                nursery.start_soon(send)
        orders = [[(await peer.read_frame()).payload for _ in range(50)] for peer in peers]
        assert all(order == orders[0] for order in orders)


@in_trio()
async def test_leaving_the_block() -> None:
    """At the end of the block nothing is kept, what was raised there comes out as itself, and connections stay open."""
    async with open_websocket("server") as (ws, peer):
        with pytest.raises(KeyError):
            async with Broadcaster() as audience:
                audience.add(ws)
                await audience.send("hello")
                raise KeyError
        assert audience.members == frozenset()
        with pytest.raises(RuntimeError, match="entered first"):
            audience.add(ws)
        with pytest.raises(RuntimeError, match="entered once"):
            await audience.__aenter__()
        audience.remove(ws)
        await ws.send("on")
        await peer.expect(TEXT, b"hello")
        await peer.expect(TEXT, b"on")


@pytest.mark.parametrize(
    ("settings", "error", "name"),
    [
        ({"slow": "drop"}, TypeError, "slow"),
        ({"most_waiting": 0}, ValueError, "most_waiting"),
        ({"most_waiting": 1.5}, TypeError, "most_waiting"),
        ({"patience": -1}, ValueError, "patience"),
        ({"patience": "long"}, TypeError, "patience"),
        ({"patience": float("nan")}, ValueError, "patience"),
    ],
)
def test_wrong_settings(settings: dict[str, Any], error: type[Exception], name: str) -> None:
    """What cannot be is refused at the call, with the name of the argument."""
    with pytest.raises(error, match=name):
        Broadcaster(**settings)


@in_trio(20)
async def test_a_large_hall_over_tls() -> None:
    """A hundred connections over TLS, with a broadcaster, get each message once and in order."""
    async with Broadcaster(slow=Slow.WAIT) as audience:

        async def handler(ws: WebSocket) -> None:
            with audience.joined(ws):
                async for message in ws:
                    await audience.send(message)

        context = certificates().client
        async with serving(handler, ssl_context=certificates().server) as server, AsyncExitStack() as stack:
            url = f"wss://localhost:{server.port}/"
            clients = [
                await stack.enter_async_context(rawws.trio.connect(url, ssl_context=context)) for _ in range(100)
            ]
            await eventually(lambda: len(audience.members) == 100)
            for number in range(3):
                await clients[number].send(f"{number}")
            received = [sorted([await client.receive() for _ in range(3)]) for client in clients]
            assert received == [["0", "1", "2"]] * 100
