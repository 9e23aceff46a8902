"""`send_stream` and `receive_stream`: messages chunk by chunk."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import pytest
import trio
import trio.testing

from rawws.core.errors import LocalProtocolError, WrongType, WrongValue

from tests.trio.frames import BINARY, CONTINUATION, PING, PONG, TEXT
from tests.trio.running import Over, Role, both_roles, eventually, everywhere, in_trio, open_websocket

pytestmark = pytest.mark.usefixtures("no_housekeeping")


async def _slowly(*chunks: str | bytes) -> AsyncIterator[str | bytes]:
    for chunk in chunks:
        await trio.lowlevel.checkpoint()
        yield chunk


@everywhere
@both_roles
@in_trio()
async def test_each_chunk_is_a_fragment(role: Role, over: Over) -> None:
    """`send_stream` sends a fragment for each chunk, of text or binary as the chunks are, and the last one ends it."""
    async with open_websocket(role, over) as (ws, peer):
        await ws.send_stream(_slowly("a", "b", "c"))
        frames = [await peer.read_frame() for _ in range(3)]
        assert [(frame.opcode, frame.payload, frame.fin) for frame in frames] == [
            (TEXT, b"a", False),
            (CONTINUATION, b"b", False),
            (CONTINUATION, b"c", True),
        ]
        await ws.send_stream([b"x", b"y"])
        frames = [await peer.read_frame() for _ in range(2)]
        assert [(frame.opcode, frame.payload, frame.fin) for frame in frames] == [
            (BINARY, b"x", False),
            (CONTINUATION, b"y", True),
        ]
        assert ws.stats.messages_sent == 2


@both_roles
@in_trio()
async def test_a_chunk_goes_out_when_the_next_one_is_there(role: Role) -> None:
    """A fragment does not wait for the end of its message, so that a stream may be endless."""
    async with open_websocket(role) as (ws, peer), trio.open_nursery() as nursery:
        more, chunks = trio.open_memory_channel[str](0)
        nursery.start_soon(ws.send_stream, chunks)
        for number in range(5):
            await more.send(str(number))
            if number:
                frame = await peer.read_frame()
                assert (frame.payload, frame.fin) == (str(number - 1).encode(), False)
        await more.aclose()
        frame = await peer.read_frame()
        assert (frame.payload, frame.fin) == (b"4", True)


@both_roles
@in_trio()
async def test_streams_of_nothing_and_of_one(role: Role) -> None:
    """No chunk at all is an empty binary message; a single one is a message of one frame, even when it is empty."""
    async with open_websocket(role) as (ws, peer):
        await ws.send_stream([])
        assert (await peer.expect(BINARY, b"")).fin
        await ws.send_stream(["only"])
        assert (await peer.expect(TEXT, b"only")).fin
        await ws.send_stream([""])
        assert (await peer.expect(TEXT, b"")).fin


@both_roles
@in_trio()
async def test_other_sends_wait_for_the_end_of_a_stream(role: Role) -> None:
    """`send` and `send_stream` of other tasks go out behind a stream; pongs and pings go between its fragments."""
    async with open_websocket(role) as (ws, peer), trio.open_nursery() as nursery:
        more, chunks = trio.open_memory_channel[str](0)
        nursery.start_soon(ws.send_stream, chunks)
        await more.send("one")
        await more.send("two")
        nursery.start_soon(ws.send, "other")
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(ws.send_stream, ["and", "more"])
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(trio.WouldBlock):
            ws.send_nowait("now")
        nursery.start_soon(ws.ping, b"p")
        await peer.expect(TEXT, b"one")
        await peer.expect(PING, b"p")
        await peer.send_ping(b"q")
        await peer.expect(PONG, b"q")
        await peer.send_pong(b"p")
        await more.aclose()
        assert [(await peer.read_frame()).payload for _ in range(4)] == [b"two", b"other", b"and", b"more"]


@both_roles
@in_trio()
async def test_a_stream_waits_for_room(role: Role) -> None:
    """A stream that a peer does not read is stopped: the backlog is high water and one chunk at most."""
    async with open_websocket(role, receive_buffer=4096) as (ws, peer), trio.open_nursery() as nursery:
        most = taken = 0

        async def endless() -> AsyncGenerator[bytes]:
            nonlocal most, taken
            while True:
                most = max(most, ws._writer.backlog_bytes)
                taken += 1
                yield b"x" * 10_000

        async def send() -> None:
            async with aclosing(endless()) as chunks:
                await ws.send_stream(chunks)

        nursery.start_soon(send)
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert 64 * 1024 < most <= 64 * 1024 + 10_014
        before = taken
        for _ in range(20):
            await peer.read_frame()
        await eventually(lambda: taken > before)
        nursery.cancel_scope.cancel()


@both_roles
@in_trio()
async def test_a_cancelled_stream_fails_the_connection(role: Role) -> None:
    """A stream that is cancelled after its first fragment ends the connection with 1011: half a message is none."""
    async with open_websocket(role) as (ws, peer), trio.open_nursery() as nursery:
        scope = trio.CancelScope()

        async def send() -> None:
            async def forever() -> AsyncIterator[str]:
                yield "one"
                yield "two"
                await trio.sleep_forever()

            with scope:
                await ws.send_stream(forever())

        nursery.start_soon(send)
        await peer.expect(TEXT, b"one")
        scope.cancel()
        await peer.expect_close(1011)
        with pytest.raises(trio.BrokenResourceError):
            await ws.send("more")


@pytest.mark.parametrize("first", ["ours", "theirs"])
@both_roles
@in_trio()
async def test_a_close_in_the_middle_of_a_stream_is_a_clean_one(role: Role, first: str) -> None:
    """Whoever closes while a message is being sent: its rest is refused, and the closing handshake takes its way."""
    async with open_websocket(role) as (ws, peer):
        more = trio.Event()

        async def chunks() -> AsyncGenerator[str, None]:
            yield "one"
            yield "two"
            await more.wait()
            yield "three"

        async def send() -> None:
            async with aclosing(chunks()) as stream:
                with pytest.raises(trio.ClosedResourceError if first == "ours" else trio.BrokenResourceError):
                    await ws.send_stream(stream)

        async def end() -> None:
            if first == "ours":
                await ws.close(3000)
            else:
                with pytest.raises(trio.BrokenResourceError):
                    await ws.receive()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(send)
            await peer.expect(TEXT, b"one")
            if first == "theirs":
                await peer.send_close(3000)
            nursery.start_soon(end)
            await peer.expect_close(3000)
            more.set()
            await trio.testing.wait_all_tasks_blocked()
            if first == "ours":
                await peer.send_close(3000)
            await peer.half_close()
        assert ws.ended is not None
        assert (ws.ended.code, ws.ended.clean) == (3000, True)


@both_roles
@in_trio()
async def test_a_stream_cancelled_before_its_first_fragment_does_nothing(role: Role) -> None:
    """A stream that is cancelled before anything of it was sent leaves the connection as it was."""
    async with open_websocket(role) as (ws, peer):
        with trio.CancelScope() as scope:
            scope.cancel()
            await ws.send_stream(["a", "b"])
        assert scope.cancelled_caught

        async def never() -> AsyncGenerator[str, None]:
            yield "held back until the next one is there"
            await trio.sleep_forever()

        with trio.move_on_after(0.01) as scope:
            await ws.send_stream(never())
        assert scope.cancelled_caught
        await ws.send("fine")
        await peer.expect(TEXT, b"fine")


@both_roles
@in_trio()
async def test_an_error_of_the_chunks_comes_out_and_fails_the_connection(role: Role) -> None:
    """What the iterable raises comes out as itself; after the first fragment the connection then fails with 1011."""

    async def broken(chunks: int) -> AsyncIterator[str]:
        for _ in range(chunks):
            yield "chunk"
        raise KeyError("mine")

    async with open_websocket(role) as (ws, peer):
        for chunks in (0, 1):
            with pytest.raises(KeyError, match="mine"):
                await ws.send_stream(broken(chunks))
        await ws.send("fine")
        await peer.expect(TEXT, b"fine")
        with pytest.raises(KeyError, match="mine"):
            await ws.send_stream(broken(2))
        await peer.expect(TEXT, b"chunk")
        await peer.expect_close(1011)


@both_roles
@pytest.mark.parametrize(
    ("chunks", "error"),
    [([1, 2], WrongType), ([None], WrongType), (["\ud800", "b"], WrongValue), (["\ud800"], WrongValue), (7, TypeError)],
    ids=["ints", "None", "surrogate", "one surrogate", "no iterable"],
)
@in_trio()
async def test_wrong_chunks_are_refused(role: Role, chunks: object, error: type[Exception]) -> None:
    """A first chunk that cannot be sent raises WrongType or WrongValue, and the connection stays as it was."""
    async with open_websocket(role) as (ws, peer):
        with pytest.raises(error) as caught:
            await ws.send_stream(chunks)  # type: ignore[arg-type]
        assert isinstance(caught.value, (LocalProtocolError, TypeError))
        await ws.send("fine")
        await peer.expect(TEXT, b"fine")


@both_roles
@in_trio()
async def test_a_wrong_chunk_behind_a_fragment_fails_the_connection(role: Role) -> None:
    """A chunk of the other type behind a sent fragment raises WrongType, and the connection ends with 1011."""
    async with open_websocket(role) as (ws, peer):
        with pytest.raises(WrongType):
            await ws.send_stream(["text", b"octets", "text"])
        await peer.expect(TEXT, b"text")
        await peer.expect_close(1011)
        with pytest.raises(trio.BrokenResourceError):
            await ws.receive()


@everywhere
@both_roles
@in_trio()
async def test_chunks_come_before_the_message_is_whole(role: Role, over: Over) -> None:
    """`receive_stream` gives what has come of a message without waiting for the rest; joined, it is the message."""
    async with open_websocket(role, over) as (ws, peer):
        stream = ws.receive_stream()
        await peer.send(peer.frame(TEXT, "grü".encode()[:-1], fin=False))
        assert await anext(stream) == "gr"
        await peer.send(peer.frame(CONTINUATION, "ü".encode()[1:] + b"\xc3", fin=False))
        assert await anext(stream) == "ü"
        await peer.send(peer.frame(CONTINUATION, b"\x9fe"), peer.frame(TEXT, b"next"))
        assert [chunk async for chunk in stream] == ["ße"]
        assert [chunk async for chunk in stream] == []
        assert await ws.receive() == "next"
        await peer.send_binary(b"whole")
        assert [chunk async for chunk in ws.receive_stream()] == [b"whole"]


@both_roles
@in_trio()
async def test_a_large_frame_comes_in_chunks(role: Role) -> None:
    """A message in one frame larger than one read comes in several chunks, none of which holds it whole."""
    async with open_websocket(role) as (ws, peer), trio.open_nursery() as nursery:
        message = bytes(range(256)) * 4000
        nursery.start_soon(peer.send_binary, message)
        chunks = [bytes(chunk) async for chunk in ws.receive_stream() if isinstance(chunk, bytes)]
        assert b"".join(chunks) == message
        assert max(map(len, chunks)) <= len(message) // 2


@both_roles
@pytest.mark.parametrize("taken", [0, 1, 2])
@in_trio()
async def test_the_rest_of_an_abandoned_stream_is_skipped(role: Role, taken: int) -> None:
    """After `receive_stream` was left early, `receive` and `receive_stream` go on with the next message."""
    async with open_websocket(role) as (ws, peer):
        for _ in range(2):
            stream = ws.receive_stream()
            for number in range(taken):
                await peer.send(peer.frame(CONTINUATION if number else TEXT, b"part", fin=False))
                assert await anext(stream) == "part"
            if not taken:
                await peer.send(peer.frame(TEXT, b"part", fin=False))
            await peer.send(peer.frame(CONTINUATION, b"rest"), peer.frame(TEXT, b"next"))
            if not taken:
                assert await ws.receive() == "partrest"
            assert await ws.receive() == "next"
        stream = ws.receive_stream()
        await peer.send(peer.frame(TEXT, b"part", fin=False))
        assert await anext(stream) == "part"
        await peer.send(peer.frame(CONTINUATION, b"rest"), peer.frame(BINARY, b"again"))
        assert [chunk async for chunk in ws.receive_stream()] == [b"again"]


@both_roles
@in_trio()
async def test_a_stream_that_was_left_gives_nothing_of_the_next_message(role: Role) -> None:
    """An iterator whose message was skipped by another `receive` never gives chunks of a later message."""
    async with open_websocket(role) as (ws, peer):
        stream = ws.receive_stream()
        await peer.send(peer.frame(TEXT, b"part", fin=False))
        assert await anext(stream) == "part"
        await peer.send(peer.frame(CONTINUATION, b"rest"), peer.frame(TEXT, b"second"), peer.frame(TEXT, b"third"))
        assert await ws.receive() == "second"
        for _ in range(2):
            with pytest.raises(trio.ClosedResourceError):
                await anext(stream)
        unused, used = ws.receive_stream(), ws.receive_stream()
        await peer.send(peer.frame(TEXT, b"part", fin=False))
        assert await anext(used) == "third"
        used = ws.receive_stream()
        assert await anext(used) == "part"
        await peer.send(peer.frame(CONTINUATION, b"rest"), peer.frame(TEXT, b"fifth"))
        assert await anext(unused) == "fifth"
        with pytest.raises(trio.ClosedResourceError):
            await anext(used)


@both_roles
@in_trio()
async def test_a_cancelled_chunk_loses_nothing(role: Role) -> None:
    """Waiting for a chunk can be cancelled, and gone on with on the same iterator."""
    async with open_websocket(role) as (ws, peer):
        stream = ws.receive_stream()
        await peer.send(peer.frame(TEXT, b"a", fin=False))
        assert await anext(stream) == "a"
        for _ in range(3):
            with trio.move_on_after(0.005) as scope:
                await anext(stream)
            assert scope.cancelled_caught
        await peer.send(peer.frame(CONTINUATION, b"b"))
        assert await anext(stream) == "b"
        with pytest.raises(StopAsyncIteration):
            await anext(stream)


@both_roles
@pytest.mark.parametrize("inside", [False, True], ids=["between messages", "inside a message"])
@pytest.mark.parametrize("end", [1000, 1011, None])
@in_trio()
async def test_the_end_of_the_connection_in_a_stream(role: Role, end: int | None, inside: bool) -> None:
    """Between messages a stream ends as `receive` does; inside one it is broken, even by a Close with 1000."""
    async with open_websocket(role) as (ws, peer):
        stream = ws.receive_stream()
        if inside:
            await peer.send(peer.frame(TEXT, b"part", fin=False))
            assert await anext(stream) == "part"
        if end is None:
            await peer.half_close()
        else:
            await peer.send_close(end)
        expected = trio.EndOfChannel if end == 1000 and not inside else trio.BrokenResourceError
        with pytest.raises(expected):
            await anext(stream)


@both_roles
@in_trio()
async def test_a_stream_after_our_close_is_closed(role: Role) -> None:
    """`send_stream` and the chunks of `receive_stream` raise ClosedResourceError after our own close."""
    async with open_websocket(role) as (ws, peer):
        await peer.send_close()
        await peer.half_close()
        await ws.aclose()
        with pytest.raises(trio.ClosedResourceError):
            await ws.send_stream(["a"])
        with pytest.raises(trio.ClosedResourceError):
            await anext(ws.receive_stream())
