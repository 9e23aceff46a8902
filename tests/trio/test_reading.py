"""`Reader`: when it reads and when it waits first, and large messages that are read to where they are needed."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from rawws.core import Limits
from rawws.trio.transport import SocketTransport

from tests.trio.frames import BINARY, TEXT
from tests.trio.running import Over, Role, both_roles, cancelled_after, everywhere, in_trio, open_websocket

MIB = 1 << 20
PAYLOAD = bytes(range(256)) * (4 * MIB // 256)
PLENTY = Limits(max_message_bytes=16 * MIB)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What each read of a socket came to: "octets", "nothing" or "in place"."""
    seen: list[str] = []
    receive, receive_into = SocketTransport.receive, SocketTransport.receive_into

    def watched(transport: SocketTransport) -> bytes | None:
        data = receive(transport)
        seen.append("nothing" if data is None else "octets")
        return data

    def watched_into(transport: SocketTransport, place: memoryview) -> int | None:
        seen.append("in place")
        return receive_into(transport, place)

    monkeypatch.setattr(SocketTransport, "receive", watched)
    monkeypatch.setattr(SocketTransport, "receive_into", watched_into)
    return seen


@both_roles
@in_trio()
async def test_it_waits_first_where_reading_first_did_not_pay(role: Role, reads: list[str]) -> None:
    """Of a hundred messages that come one by one, few are looked for before they are there."""
    async with open_websocket(role, ping_interval=None) as (ws, peer), trio.open_nursery() as nursery:
        received: list[str | bytes] = []

        async def handler() -> None:
            async for message in ws:
                received.append(message)
                await ws.send(message)

        nursery.start_soon(handler)
        reads.clear()
        for number in range(100):
            await trio.testing.wait_all_tasks_blocked()
            await peer.send_text(f"{number}")
            await peer.expect(TEXT, f"{number}".encode())
        assert len(received) == 100
        assert reads.count("octets") == 100
        # Each miss doubles the time to the next try, up to sixteen messages.
        assert reads.count("nothing") <= 5 + 100 // 16
        nursery.cancel_scope.cancel()


@both_roles
@in_trio()
async def test_it_reads_first_where_that_pays(role: Role, reads: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """While more has come than one read takes, nothing is waited for."""
    monkeypatch.setattr("rawws.trio.transport._RECEIVE_BYTES", 100)
    waits = 0
    wait_readable = SocketTransport.wait_readable

    def watched(transport: SocketTransport) -> object:
        nonlocal waits
        waits += 1
        return wait_readable(transport)

    async with open_websocket(role, ping_interval=None) as (ws, peer):
        await peer.send_text(*(f"{number:02}" * 20 for number in range(100)))
        monkeypatch.setattr(SocketTransport, "wait_readable", watched)
        for number in range(100):
            assert await ws.receive() == f"{number:02}" * 20
        assert waits <= 1


@both_roles
@in_trio(20)
async def test_a_large_message_is_read_to_where_it_is_needed(role: Role, reads: list[str]) -> None:
    """Most of a large binary message is read in place, and what is around it is not touched."""
    async with open_websocket(role, limits=PLENTY) as (ws, peer), trio.open_nursery() as nursery:
        large = peer.frame(BINARY, PAYLOAD)
        nursery.start_soon(peer.send, peer.frame(TEXT, b"before"), large, peer.frame(TEXT, b"behind"))
        assert await ws.receive() == "before"
        reads.clear()
        assert await ws.receive() == PAYLOAD
        assert reads.count("in place") > 0
        assert reads.count("octets") * 64 * 1024 < len(PAYLOAD)
        assert await ws.receive() == "behind"


@both_roles
@everywhere
@in_trio(20)
async def test_a_cancelled_receive_loses_nothing_of_a_large_message(role: Role, over: Over) -> None:
    """Cancelled again and again while a large message comes, receiving goes on where it was."""
    async with open_websocket(role, over, limits=PLENTY) as (ws, peer), trio.open_nursery() as nursery:
        nursery.start_soon(peer.send_binary, PAYLOAD, b"next")
        received: list[str | bytes] = []

        async def receive() -> None:
            received.append(await ws.receive())

        turns = 1
        while not received:
            await cancelled_after(turns, receive)
            turns = turns % 7 + 1
        assert received == [PAYLOAD]
        assert await ws.receive() == b"next"


@both_roles
@pytest.mark.parametrize("ending", ["fin", "rst"])
@in_trio(20)
async def test_the_end_inside_a_large_message(role: Role, ending: str) -> None:
    """An end of the stream, or of the network, while a large message is read in place breaks the connection."""
    async with open_websocket(role, limits=PLENTY) as (ws, peer), trio.open_nursery() as nursery:

        async def send() -> None:
            await peer.send(peer.frame(BINARY, PAYLOAD)[: 3 * MIB])
            await trio.testing.wait_all_tasks_blocked()
            await (peer.half_close() if ending == "fin" else peer.reset())

        nursery.start_soon(send)
        with pytest.raises(trio.BrokenResourceError):
            await ws.receive()
        assert ws.close_code == 1006


@both_roles
@in_trio(20)
async def test_a_large_message_in_chunks(role: Role) -> None:
    """Who takes a message chunk by chunk gets it so, whether or not it would have been read in place."""
    async with open_websocket(role, limits=PLENTY) as (ws, peer), trio.open_nursery() as nursery:
        nursery.start_soon(peer.send_binary, PAYLOAD, b"next")
        chunks = [chunk async for chunk in ws.receive_stream()]
        assert len(chunks) > 1
        assert b"".join(chunk for chunk in chunks if isinstance(chunk, bytes)) == PAYLOAD
        assert await ws.receive() == b"next"
