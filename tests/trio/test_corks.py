"""`Corks`: answers that wait a moment for company, and never stay behind."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

import pytest
import trio
import trio.testing

from rawws.trio import WebSocket, writer
from rawws.trio.corks import corks
from rawws.trio.transport import Octets, SocketTransport

from tests.trio.frames import BINARY, TEXT
from tests.trio.running import Over, Role, both_roles, eventually, everywhere, in_trio, open_websocket


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many octets each write of the transports was given, from here on."""
    sizes: list[int] = []
    send_now, send = SocketTransport.send_now, SocketTransport.send

    def watched_now(transport: SocketTransport, data: bytes) -> int:
        sizes.append(len(data))
        return send_now(transport, data)

    def watched(transport: SocketTransport, backlog: deque[Octets]) -> int:
        sizes.append(sum(map(len, backlog)))
        return send(transport, backlog)

    monkeypatch.setattr(SocketTransport, "send_now", watched_now)
    monkeypatch.setattr(SocketTransport, "send", watched)
    return sizes


def let_corks_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow this machine is, a cork is not taken off for its age."""
    monkeypatch.setattr(writer, "_LONGEST_CORKED", 60.0)


async def queue_messages(ws: WebSocket, peer_send: Callable[..., object], count: int) -> None:
    """Have so many messages of the peer's wait in the WebSocket, behind one that is received."""
    await peer_send(*(f"{number}" for number in range(count + 1)))  # type: ignore[misc]
    await trio.testing.wait_all_tasks_blocked()
    assert await ws.receive() == "0"
    assert len(ws._session.messages) == count


@both_roles
@in_trio()
async def test_answers_to_waiting_messages_go_out_together(
    role: Role, writes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While messages wait, answers are held back; the one to the last message takes them all along, in order."""
    let_corks_stay(monkeypatch)
    async with open_websocket(role, compression=False) as (ws, peer):
        await queue_messages(ws, peer.send_text, 9)
        writes.clear()
        await ws.send("answer to 0")
        for number in range(1, 10):
            assert await ws.receive() == f"{number}"
            assert writes == []
            await ws.send(f"answer to {number}")
        assert len(writes) == 1
        for number in range(10):
            await peer.expect(TEXT, f"answer to {number}".encode())


@both_roles
@everywhere
@in_trio()
async def test_nothing_stays_behind_when_the_handler_waits_for_something_else(role: Role, over: Over) -> None:
    """An answer that was held back is on the wire though the handler then sleeps, with messages still unread."""
    async with open_websocket(role, over, ping_interval=None) as (ws, peer), trio.open_nursery() as nursery:
        await queue_messages(ws, peer.send_text, 5)

        async def handler() -> None:
            await ws.send("now")
            await trio.sleep_forever()

        nursery.start_soon(handler)
        await peer.expect(TEXT, b"now")
        assert len(ws._session.messages) == 5
        nursery.cancel_scope.cancel()


@in_trio()
async def test_it_is_the_instrument_that_writes(writes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written by `send` itself while messages wait, and all of it the next time that trio looks for work."""
    let_corks_stay(monkeypatch)
    async with open_websocket("server") as (ws, peer):
        await queue_messages(ws, peer.send_text, 3)
        writes.clear()
        await ws.send("held")
        assert writes == []
        await trio.lowlevel.checkpoint()
        assert len(writes) == 1
        await peer.expect(TEXT, b"held")


@in_trio()
async def test_a_handler_that_computes_keeps_nothing_back_for_long(
    writes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cork that is older than a millisecond comes off with the next answer, whatever still waits."""
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    async with open_websocket("server") as (ws, peer):
        await queue_messages(ws, peer.send_text, 5)
        writes.clear()
        await ws.send("first")
        now += 0.0005
        await ws.send("second")
        assert writes == []
        now += 0.001
        await ws.send("third")
        assert len(writes) == 1
        for text in (b"first", b"second", b"third"):
            await peer.expect(TEXT, text)


@in_trio()
async def test_64_kib_are_not_held_back(writes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """As much as is worth a system call goes out, though messages wait."""
    let_corks_stay(monkeypatch)
    async with open_websocket("server", compression=False) as (ws, peer):
        await queue_messages(ws, peer.send_text, 5)
        writes.clear()
        for _ in range(3):
            await ws.send("x" * 20_000)
            assert writes == []
        await ws.send("x" * 20_000)
        assert writes == [4 * 20_004]
        for _ in range(4):
            await peer.expect(TEXT, b"x" * 20_000)


@in_trio()
async def test_a_large_message_is_not_held_back(writes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that is worth a system call of its own goes out at once, behind what was held back."""
    let_corks_stay(monkeypatch)
    async with open_websocket("server", compression=False) as (ws, peer):
        await queue_messages(ws, peer.send_text, 5)
        writes.clear()
        await ws.send("small")
        await ws.send(b"x" * 40_000)
        assert sum(writes) == 7 + 40_004
        await peer.expect(TEXT, b"small")
        await peer.expect(BINARY, b"x" * 40_000)


@both_roles
@in_trio()
async def test_it_is_written_before_anything_is_read(
    role: Role, writes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads writes first: the peer may be waiting for just that."""
    let_corks_stay(monkeypatch)
    async with open_websocket(role) as (ws, peer):
        await queue_messages(ws, peer.send_text, 1)
        writes.clear()
        await ws.send("held")
        assert await ws.receive() == "1"
        assert writes == []
        ws._reader.read()
        assert len(writes) == 1
        await peer.expect(TEXT, b"held")


@both_roles
@everywhere
@in_trio()
async def test_it_is_written_before_a_close(role: Role, over: Over, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was held back goes out in front of our Close."""
    let_corks_stay(monkeypatch)
    async with open_websocket(role, over) as (ws, peer), trio.open_nursery() as nursery:
        await queue_messages(ws, peer.send_text, 3)
        await ws.send("held")
        nursery.start_soon(ws.close)
        await peer.expect(TEXT, b"held")
        await peer.expect_close(1000)
        await peer.send_close(1000)
        await peer.half_close()


@in_trio()
async def test_pings_stay_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the session itself has to say goes behind what was held back before."""
    let_corks_stay(monkeypatch)
    async with open_websocket("server") as (ws, peer), trio.open_nursery() as nursery:
        await queue_messages(ws, peer.send_text, 3)
        await ws.send("before")
        nursery.start_soon(ws.ping, b"p")
        await peer.expect(TEXT, b"before")
        await peer.expect(0x9, b"p")
        await peer.send_pong(b"p")


@in_trio()
async def test_a_kernel_that_takes_little_gets_the_rest_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the instrument cannot write follows by the writer's task, though nobody calls anything any more."""
    let_corks_stay(monkeypatch)
    async with open_websocket("server", receive_buffer=2048, ping_interval=None, compression=False) as (ws, peer):
        await queue_messages(ws, peer.send_text, 3)
        # Fills the kernel, but for a little.
        while not ws._writer.backlog_bytes:
            ws._writer.write_frame(peer_frame(1000))
        filled = ws._writer.taken + ws._writer.backlog_bytes
        while ws._writer.backlog_bytes:
            await peer.read_frame()
        for _ in range(60):
            await ws.send("x" * 1000)
        with trio.fail_after(5):
            while ws._writer.taken < filled + 60 * 1004:
                await peer.read_octets()
        assert ws._writer.backlog_bytes == 0


def peer_frame(size: int) -> bytes:
    """A binary frame without a mask."""
    return b"\x82\x7e" + size.to_bytes(2, "big") + bytes(size)


@in_trio()
async def test_a_broken_network_breaks_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """An instrument that meets a broken network lets nothing out: the connection is broken, and who waits is woken."""
    let_corks_stay(monkeypatch)
    async with open_websocket("server", ping_interval=None) as (ws, peer):
        await queue_messages(ws, peer.send_text, 3)
        await peer.reset()
        await ws.send("held")
        with pytest.raises(trio.BrokenResourceError):
            while True:
                await ws.send("more")
                await trio.lowlevel.checkpoint()
        assert ws.broken


@in_trio()
async def test_what_goes_wrong_in_it_breaks_one_connection(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """trio takes an instrument away that raises; this one marks the connection broken, logs, and goes on."""
    let_corks_stay(monkeypatch)
    async with open_websocket("server") as (bad, bad_peer), open_websocket("server") as (good, good_peer):
        await queue_messages(bad, bad_peer.send_text, 3)
        await queue_messages(good, good_peer.send_text, 3)
        encode = SocketTransport.encode

        def fail(transport: SocketTransport, data: list[bytes]) -> list[bytes]:
            if transport is bad._transport:
                raise RuntimeError("planted")
            return encode(transport, data)

        monkeypatch.setattr(SocketTransport, "encode", fail)
        await bad.send("lost")
        await good.send("kept")
        await good_peer.expect(TEXT, b"kept")
        await eventually(lambda: bad.broken)
        assert not good.broken
        with pytest.raises(trio.BrokenResourceError):
            await bad.send("more")
        await good.send("again")
        await good_peer.expect(TEXT, b"again")
        assert any("writing failed" in record.message for record in caplog.records)


@in_trio()
async def test_each_run_has_its_own() -> None:
    """The instrument is one for all connections of a run."""
    assert corks() is corks()


@in_trio()
async def test_a_writer_that_is_cut_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was held back has been sent, so the kernel gets it; then nothing keeps the writer."""
    let_corks_stay(monkeypatch)
    async with open_websocket("server") as (ws, peer):
        await queue_messages(ws, peer.send_text, 3)
        await ws.send("held")
        assert corks()._corked == {ws._writer}
        ws.cut()
        assert not corks()._corked
        await peer.expect(TEXT, b"held")
        await peer.expect_end()
