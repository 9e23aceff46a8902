"""Cancelled at any point: what was sent is on the wire, whole and once; what was not is not; nothing received is lost.

Each test plays many games. In each the seed decides when tasks are cancelled (counted in turns of the scheduler, not in
seconds), what they send, and how the peer reads.
"""

from __future__ import annotations

import functools
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest
import trio
import trio.testing

from tests.trio.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Frame
from tests.trio.peer import End, RawPeer
from tests.trio.running import (
    Over,
    Role,
    both_roles,
    cancelled_after,
    eventually,
    everywhere,
    in_trio,
    open_websocket,
)

pytestmark = pytest.mark.usefixtures("apart_and_crowded")

GAMES = 4


def random_message(rng: random.Random, name: str) -> str | bytes:
    """A message that begins with its name, of any size up to more than the kernels take here."""
    text = f"{name}:" + "x" * rng.choice([0, 1, 100, 5000, 40_000, 90_000])
    return text if rng.random() < 0.5 else text.encode()


async def read_all(rng: random.Random, peer: RawPeer, frames: list[Frame]) -> None:
    """Read until the stream ends, in bites and with pauses as the seed decides."""
    try:
        while True:
            frames += await peer.read_slowly(rng.choice([1, 100, 3000, 20_000]))
            for _ in range(rng.choice([0, 0, 0, 1, 5])):
                await trio.lowlevel.checkpoint()
    except End:
        pass


async def slowly(rng: random.Random, chunks: list[str]) -> AsyncGenerator[str]:
    """The chunks, with pauses as the seed decides."""
    for chunk in chunks:
        for _ in range(rng.choice([0, 1, 3])):
            await trio.lowlevel.checkpoint()
        yield chunk


async def comes_last(frames: list[Frame], payload: bytes) -> None:
    """Wait until this is the last payload that has come."""
    await eventually(lambda: frames and frames[-1].payload == payload)


def joined(frames: list[Frame]) -> list[str | bytes]:
    """The messages of data frames; the last one must be whole."""
    messages: list[str | bytes] = []
    pieces: list[bytes] = []
    opcode = 0
    for frame in frames:
        if frame.opcode in {PING, PONG, CLOSE}:
            continue
        assert (frame.opcode == CONTINUATION) == bool(pieces)
        opcode = frame.opcode or opcode
        pieces.append(frame.payload)
        if frame.fin:
            whole = b"".join(pieces)
            messages.append(whole.decode() if opcode == TEXT else whole)
            pieces.clear()
    assert not pieces
    return messages


@everywhere
@pytest.mark.parametrize("seed", range(GAMES))
@in_trio()
async def test_sends_to_a_slow_reader(over: Over, seed: int) -> None:
    """Three tasks send, are cancelled at random, and send on: the wire holds what returned, in order, once, whole."""
    rng = random.Random(seed)
    role: Role = rng.choice(["client", "server"])
    async with open_websocket(role, over, receive_buffer=4096, compression=False) as (ws, peer):
        sent: dict[str, list[str | bytes]] = {name: [] for name in "abc"}
        order: list[str | bytes] = []
        cancelled = 0

        async def send(name: str) -> None:
            nonlocal cancelled
            for number in range(30):
                message = random_message(rng, f"{name}{number}")
                if await cancelled_after(rng.choice([0, 1, 2, 5, 30, 200]), functools.partial(ws.send, message)):
                    cancelled += 1
                else:
                    sent[name].append(message)
                    order.append(message)

        frames: list[Frame] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(read_all, rng, peer, frames)
            async with trio.open_nursery() as senders:
                for name in sent:
                    senders.start_soon(send, name)
            await eventually(lambda: ws._writer.backlog_bytes == 0)
            await ws.send("the end")
            await comes_last(frames, b"the end")
            nursery.cancel_scope.cancel()
        messages = joined(frames)[:-1]
        for name, mine in sent.items():
            assert [m for m in messages if m[:1] in {name, name.encode()}] == mine
        assert len(messages) == len(order)
        assert 5 < cancelled < 85
        assert ws.stats.messages_sent == len(messages) + 1


@everywhere
@in_trio()
async def test_sends_to_a_peer_that_reads_nothing(over: Over) -> None:
    """Sends that wait for room and are cancelled, in any order, leave nothing: what is read later is what returned."""
    rng = random.Random(5)
    async with open_websocket("server", over, receive_buffer=4096, compression=False) as (ws, peer):
        sent = []
        for number in range(200):
            message = random_message(rng, str(number))
            turns = rng.choice([0, 1, 3, 10])
            if not await cancelled_after(turns, functools.partial(ws.send, message)):
                sent.append(message)
        scopes = []

        async def wait(number: int, scope: trio.CancelScope) -> None:
            with scope:
                await ws.send(f"waited {number}")
                sent.append(f"waited {number}")

        async with trio.open_nursery() as nursery:
            for number in range(20):
                scopes.append(trio.CancelScope())
                nursery.start_soon(wait, number, scopes[-1])
                await trio.testing.wait_all_tasks_blocked()
            for scope in rng.sample(scopes, 10):
                scope.cancel()
            await trio.testing.wait_all_tasks_blocked()
            before = len(sent)
            assert before < 200
            frames: list[Frame] = []
            nursery.start_soon(read_all, rng, peer, frames)
            await eventually(lambda: len(sent) == before + 10)
            await eventually(lambda: len(frames) == len(sent))
            nursery.cancel_scope.cancel()
        assert joined(frames) == sent


@both_roles
@pytest.mark.parametrize("seed", range(GAMES))
@in_trio()
async def test_streams_to_a_slow_reader(role: Role, seed: int) -> None:
    """A stream that is cancelled before its first fragment leaves no trace; one cancelled later ends with 1011."""
    rng = random.Random(seed)
    over: Over = rng.choice(["tcp", "tls", "stream"])
    failed = whole = 0
    for _ in range(12):
        async with open_websocket(role, over, receive_buffer=4096, compression=False) as (ws, peer):
            sent: list[str | bytes] = []
            frames: list[Frame] = []
            async with trio.open_nursery() as nursery:
                nursery.start_soon(read_all, rng, peer, frames)
                for number in range(8):
                    parts = range(rng.randrange(1, 5))
                    chunks = [f"{number}.{part}," + "x" * rng.choice([0, 10, 20_000]) for part in parts]
                    turns = rng.choice([1, 5, 20, 300])
                    async with aclosing(slowly(rng, chunks)) as stream:
                        if not await cancelled_after(turns, functools.partial(ws.send_stream, stream)):
                            sent.append("".join(chunks))
                            whole += 1
                        elif ws.ended is not None:
                            break
                if ws.ended is None:
                    await ws.send("the end")
                    await comes_last(frames, b"the end")
                    assert joined(frames)[:-1] == sent
                else:
                    failed += 1
                    await comes_last(frames, b"\x03\xf3a message could not be completed")
                    assert frames.pop().close_code == 1011
                    while frames and not (frames[-1].fin and frames[-1].opcode in {TEXT, CONTINUATION}):
                        assert frames.pop().opcode in {TEXT, CONTINUATION}
                    assert joined(frames) == sent
                nursery.cancel_scope.cancel()
    assert failed > 0
    assert whole > 0


@everywhere
@pytest.mark.parametrize("seed", range(GAMES))
@in_trio()
async def test_receives(over: Over, seed: int) -> None:
    """Receives of all kinds, cancelled at random, lose nothing: what returned is what the peer sent, in order."""
    rng = random.Random(seed)
    role: Role = rng.choice(["client", "server"])
    async with open_websocket(role, over, compression=False) as (ws, peer), trio.open_nursery() as nursery:
        messages = [random_message(rng, str(number)) for number in range(60)]
        octets = b"".join(
            peer.frame(TEXT, message.encode())
            if isinstance(message, str)
            else peer.frame(BINARY, message[:3], fin=False) + peer.frame(CONTINUATION, message[3:])
            for message in messages
        )

        async def send() -> None:
            rest = octets
            while rest:
                size = rng.choice([1, 10, 3000, 100_000])
                await peer.send(rest[:size])
                rest = rest[size:]
                for _ in range(rng.choice([0, 1, 5, 20])):
                    await trio.lowlevel.checkpoint()

        nursery.start_soon(send)
        received: list[str | bytes] = []
        cancelled = 0

        async def receive() -> None:
            received.append(await ws.receive())

        async def stream() -> None:
            chunks.append(await anext(stream_of_chunks))

        while len(received) < len(messages):
            if rng.random() < 0.7:
                cancelled += await cancelled_after(rng.choice([0, 1, 2, 5, 50]), receive)
                continue
            chunks: list[str | bytes] = []
            stream_of_chunks = ws.receive_stream()
            try:
                while True:
                    cancelled += await cancelled_after(rng.choice([0, 1, 2, 5, 50]), stream)
            except StopAsyncIteration:
                whole = b"".join(chunk.encode() if isinstance(chunk, str) else chunk for chunk in chunks)
                received.append(whole.decode() if isinstance(chunks[0], str) else whole)
        assert received == messages
        assert cancelled > 0


@pytest.mark.parametrize("seed", range(GAMES))
@in_trio()
async def test_everybody_at_once(seed: int) -> None:
    """Receives, pings and sends that share one connection and are cancelled at random disturb nobody else."""
    rng = random.Random(seed)
    role: Role = rng.choice(["client", "server"])
    async with (
        open_websocket(role, receive_buffer=8192, compression=False) as (ws, peer),
        trio.open_nursery() as nursery,
    ):
        sent: list[str | bytes] = []
        received: list[str | bytes] = []
        pongs = 0
        frames: list[Frame] = []

        async def answer() -> None:
            async for frame in peer:
                if frame.opcode == PING:
                    await peer.send_pong(frame.payload)
                elif frame.opcode != PONG:
                    frames.append(frame)

        async def talk() -> None:
            for number in range(300):
                await peer.send(peer.frame(TEXT, str(number).encode()))
                if number % 7 == 0:
                    await peer.send_ping(b"?")
                for _ in range(rng.choice([0, 1, 5])):
                    await trio.lowlevel.checkpoint()

        async def receive() -> None:
            async def one() -> None:
                received.append(await ws.receive())

            while len(received) < 300:
                await cancelled_after(rng.choice([1, 2, 5, 50]), one)

        async def ping() -> None:
            nonlocal pongs
            while len(received) < 300:
                pongs += not await cancelled_after(rng.choice([1, 5, 50, 200]), ws.ping)

        async def send() -> None:
            number = 0
            while len(received) < 300:
                message = random_message(rng, str(number := number + 1))
                if not await cancelled_after(rng.choice([1, 2, 5, 50]), functools.partial(ws.send, message)):
                    sent.append(message)

        nursery.start_soon(answer)
        async with trio.open_nursery() as players:
            for player in (talk, receive, ping, ping, send):
                players.start_soon(player)
        assert received == [str(number) for number in range(300)]
        await ws.ping()
        pongs += 1
        await eventually(lambda: len(frames) == len(sent))
        assert joined(frames) == sent
        nursery.cancel_scope.cancel()
