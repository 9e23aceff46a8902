"""A server that restarts sends its clients away one by one, and tells everybody when to come back."""

from __future__ import annotations

from typing import Any

import pytest
import trio

import rawws.trio
from rawws.trio import HTTPRequest, HTTPResponse, WebSocket

from tests.trio.frames import CLOSE, REQUEST, TEXT, close_payload, header
from tests.trio.peer import End, RawPeer, dial
from tests.trio.running import echo, enter, eventually, in_trio, serving

#: Time passes quickly here, and is nobody's silence.
PATIENT: dict[str, Any] = {"ping_interval": None, "close_timeout": None}

PLAIN = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def answer_back(ws: WebSocket, message: str | bytes) -> None:
    """The same, as a callback."""
    ws.send_nowait(message)


async def ask(port: int, octets: bytes) -> bytes:
    """Send a request; the whole answer, which is no 101."""
    async with RawPeer(await dial(port), client=True) as peer:
        await peer.send(octets)
        answer = await peer.read_head() + peer.unread
        try:
            while True:
                answer += await peer.read_octets()
        except End:
            return answer


@pytest.mark.parametrize("how", ["handler", "callback"])
@in_trio(virtual=True)
async def test_connections_are_closed_one_by_one(how: str) -> None:
    """Each client gets a Close that says when to come back, evenly over the time; then all is closed."""
    settings: dict[str, Any] = dict(PATIENT) if how == "handler" else {"on_message": answer_back, **PATIENT}
    ended: list[float] = []

    async def wait(peer: RawPeer) -> None:
        await peer.expect(CLOSE, close_payload(1012, "Retry-After: 7"))
        ended.append(trio.current_time())
        await peer.send_close(1012)
        await peer.expect_end()
        await peer.aclose()

    async with serving(echo if how == "handler" else None, **settings) as server, trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(wait, await enter(server))
        await eventually(lambda: len(server.connections) == 10)
        began = trio.current_time()
        await server.drain(100.0, retry_after=7)
        assert not server.connections
        assert server.counts.closed == {1012: 10}
        with pytest.raises(OSError, match="refused"):
            await dial(server.port)
        # One in each ten seconds, or a second later where the virtual clock has hurried.
        late = [moment - began - 10 * number for number, moment in enumerate(sorted(ended))]
        assert all(-0.1 <= seconds < 8 for seconds in late), late


@in_trio(virtual=True)
async def test_nobody_new_comes_in() -> None:
    """Meanwhile a handshake gets 503 with Retry-After, the readiness check too, and plain HTTP goes on."""

    def page(request: HTTPRequest) -> HTTPResponse | None:
        return HTTPResponse(200, b"a page") if request.path == "/page" else None

    settings = {"on_request": page, "readiness_path": "/readyz", **PATIENT}
    async with serving(echo, **settings) as server, await enter(server) as peer:
        assert server.ready
        assert (await ask(server.port, PLAIN)).endswith(b"\r\n\r\nready\n")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(server.drain, 1e6)
            await eventually(lambda: not server.ready)
            for octets in (REQUEST, PLAIN):
                answer = await ask(server.port, octets)
                assert answer.startswith(b"HTTP/1.1 503 ")
                assert header(answer, b"retry-after") == b"1000000"
            assert (await ask(server.port, PLAIN.replace(b"/readyz", b"/page"))).endswith(b"a page")
            # The first one goes at once.
            await peer.expect(CLOSE, close_payload(1012, "the server is going away"))
            nursery.cancel_scope.cancel()


@in_trio(virtual=True)
async def test_whoever_waits_is_served_until_its_turn() -> None:
    """A connection whose turn has not come works on: what it sends is answered."""
    async with serving(echo, **PATIENT) as server, await enter(server) as one, await enter(server) as two:
        peers = {False: one, True: two}
        async with trio.open_nursery() as nursery:
            nursery.start_soon(server.drain, 1000.0)
            closed: list[bool] = []

            async def wait(which: bool) -> None:
                frame = await peers[which].read_frame()
                assert frame.opcode == CLOSE
                closed.append(which)
                await peers[which].send_close(1012)

            async with trio.open_nursery() as waiting:
                for which in peers:
                    waiting.start_soon(wait, which)
                await eventually(lambda: closed)
                waiting.cancel_scope.cancel()
            other = peers[not closed[0]]
            await other.send_text("still here")
            await other.expect(TEXT, b"still here")
            await other.expect(CLOSE)
            await other.send_close(1012)
            await eventually(lambda: not server.connections)


@in_trio(virtual=True)
async def test_a_cancelled_drain_cuts() -> None:
    """Whoever has no more patience cancels the drain: every connection is cut, and the server has ended."""
    async with serving(echo, **PATIENT) as server, await enter(server) as one, await enter(server) as two:
        with trio.move_on_after(5) as scope:
            await server.drain(1000.0)
        assert scope.cancelled_caught
        for peer in (one, two):
            with pytest.raises(End):
                while True:
                    await peer.read_frame()
        await eventually(lambda: not server.connections)


@in_trio()
async def test_an_empty_server_drains_at_once() -> None:
    """Without connections there is nothing to wait for."""
    async with serving(echo) as server:
        await server.drain(1000.0)


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        ({"seconds": -1}, ValueError, "seconds"),
        ({"seconds": 1, "code": 1006}, ValueError, "code"),
        ({"seconds": 1, "retry_after": 0.5}, TypeError, "retry_after"),
    ],
)
@in_trio()
async def test_wrong_drains_change_nothing(arguments: dict[str, Any], error: type[Exception], name: str) -> None:
    """What cannot be is refused, with the name of the argument, and the server goes on."""
    async with serving(echo) as server:
        with pytest.raises(error, match=name):
            await server.drain(**arguments)
        assert server.ready
        async with await enter(server) as peer:
            await peer.send_text("on")
            await peer.expect(TEXT, b"on")


@in_trio()
async def test_the_reconnect_policy_comes_back() -> None:
    """A client with `reconnect` goes through the drain of one server to another one on the same port."""
    async with serving(echo) as server:
        port = server.port
        policy = rawws.core.reconnect.ReconnectPolicy(first_delay=0.05)
        async with rawws.trio.reconnect(f"ws://127.0.0.1:{port}/", policy=policy) as sessions:
            async with trio.open_nursery() as nursery:
                first = await sessions.__anext__()
                nursery.start_soon(server.drain, 0.1, 1012, 0)
                with pytest.raises(trio.BrokenResourceError, match="1012"):
                    await first.receive()
            async with trio.open_nursery() as nursery:
                again = await nursery.start(_serve_at, port)
                second = await sessions.__anext__()
                await second.send("back")
                assert await second.receive() == "back"
                assert again.counts.opened == 1
                nursery.cancel_scope.cancel()


async def _serve_at(port: int, task_status: trio.TaskStatus[rawws.trio.Server]) -> None:
    await rawws.trio.serve(echo, "127.0.0.1", port, task_status=task_status)
