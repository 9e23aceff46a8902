"""One call at a time, cancelled before or while it waits: it has happened or it has not, and nothing is lost."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Awaitable, Callable

import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

import rawws.trio
from rawws.testing.strategies import texts

from fuzz.budget import examples
from fuzz.machines.programs import Connected, Over
from tests.trio.running import cancelled_after, shrink_send_buffer

_MESSAGES = st.lists(st.one_of(texts(), st.binary(max_size=200)), min_size=2, max_size=8)

#: After how many turns of the scheduler a call is cancelled, 0: before it begins; None: not at all.
_TURNS = st.lists(st.one_of(st.none(), st.just(0), st.integers(1, 3)), max_size=12)

_OVER: st.SearchStrategy[Over] = st.sampled_from(["memory", "tcp"])

#: Sizes and seeds of messages that compression makes no smaller: larger than a kernel takes at once where its buffer is
#: small, and than one call of a stream.
_NOISE = st.lists(st.tuples(st.sampled_from([10, 5000, 20_000, 200_000]), st.integers(0, 9)), min_size=1, max_size=40)

_Handler = Callable[[rawws.trio.WebSocket], Awaitable[None]]


async def _a_moment(over: Over) -> None:
    """Time enough for what was sent to come, mostly; nothing depends on it but what a test gets to see."""
    await trio.sleep(1 if over == "memory" else 0.003)


def between(over: Over, client: _Handler, server: _Handler) -> None:
    """Let the two happen at the ends of one connection; in memory on a virtual clock, since nobody else takes time."""
    done = trio.Event()

    async def serve(ws: rawws.trio.WebSocket) -> None:
        try:
            await server(ws)
        finally:
            done.set()

    async def main() -> None:
        with trio.fail_after(30):
            async with Connected(over, serve) as ws:
                await client(ws)
                await done.wait()

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0) if over == "memory" else None)


@examples(0.5)
@given(_OVER, _MESSAGES, _TURNS)
def test_a_receive_loses_nothing(over: Over, messages: list[str | bytes], turns: list[int | None]) -> None:
    """Whatever was cancelled, the messages come in order, each once; and who is cancelled before gets none."""
    got: list[str | bytes] = []

    async def send(ws: rawws.trio.WebSocket) -> None:
        for message in messages:
            await ws.send(message)
        await ws.close()

    async def receive(ws: rawws.trio.WebSocket) -> None:
        async def once() -> None:
            got.append(await ws.receive())

        # Those that have come by then wait for nobody.
        await _a_moment(over)
        with contextlib.suppress(trio.EndOfChannel):
            await once()
            for after in turns:
                if after is None:
                    await once()
                elif not await cancelled_after(after, once):
                    assert after, "a call that is cancelled already raises"
            while True:
                await once()

    between(over, send, receive)
    assert got == messages


@examples(0.5)
@given(_OVER, _MESSAGES, _TURNS)
def test_a_send_has_happened_or_not(over: Over, messages: list[str | bytes], turns: list[int | None]) -> None:
    """What comes is what was sent by the calls that returned; and who is cancelled before sends nothing."""
    sent: list[str | bytes] = []
    got: list[str | bytes] = []

    async def send(ws: rawws.trio.WebSocket) -> None:
        for message, after in zip(messages, [*turns, *[None] * len(messages)], strict=False):

            async def once(message: str | bytes = message) -> None:
                await ws.send(message)
                sent.append(message)

            if after is None:
                await once()
            else:
                cancelled = await cancelled_after(after, once)
                assert cancelled or after, "a call that is cancelled already raises"
        await ws.close()

    async def receive(ws: rawws.trio.WebSocket) -> None:
        got.extend([message async for message in ws])

    between(over, send, receive)
    assert got == sent


@examples(0.3)
@given(_OVER, _NOISE)
def test_what_is_taken_in_bites_comes_whole(over: Over, noise: list[tuple[int, int]]) -> None:
    """A kernel with a small buffer, and a stream, take a message a piece at a time."""
    messages = [random.Random(seed).randbytes(length) for length, seed in noise]  # noqa: S311  no secrets
    got: list[str | bytes] = []

    async def send(ws: rawws.trio.WebSocket) -> None:
        shrink_send_buffer(ws)
        for message in messages:
            await ws.send(message)
        await ws.close()

    async def receive(ws: rawws.trio.WebSocket) -> None:
        # What the kernel has room for is full by then.
        await _a_moment(over)
        got.extend([message async for message in ws])

    between(over, send, receive)
    assert got == messages
