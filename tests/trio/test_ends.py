"""FIN, RST and silence of the peer in every state of an established connection, whatever waits at this end.

For the states before there is a connection see test_connect.py, test_accept.py and test_tls.py.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
import trio
import trio.testing

from rawws.core import Limits
from rawws.core.connection import ConnectionState
from rawws.trio import WebSocket

from tests.trio.frames import CONTINUATION, TEXT
from tests.trio.peer import RawPeer
from tests.trio.running import Over, Role, both_roles, eventually, in_trio, open_websocket, raw_socket

pytestmark = pytest.mark.usefixtures("apart_and_crowded")

#: Everything is over within so many seconds of the virtual clock: two for keepalive, one for closing, and rounds.
LONG_ENOUGH = 60

Step = Callable[[WebSocket, RawPeer], Awaitable[None]]


async def nothing(ws: WebSocket, peer: RawPeer) -> None:
    """No preparation."""


async def half_a_message(ws: WebSocket, peer: RawPeer) -> None:
    """The peer is in the middle of a message."""
    await peer.send(peer.frame(TEXT, b"half", fin=False), peer.frame(CONTINUATION, b"x" * 100)[:50])


async def no_room(ws: WebSocket, peer: RawPeer) -> None:
    """The peer has not read for a while."""
    await ws.send(b"x" * 300_000)


async def the_peer_has_closed(ws: WebSocket, peer: RawPeer) -> None:
    """Both Closes have gone over the wire, the peer's first."""
    await peer.send_close(1000)
    with pytest.raises(trio.EndOfChannel):
        await ws.receive()


async def the_connection_has_failed(ws: WebSocket, peer: RawPeer) -> None:
    """The peer has broken a rule, and been told so."""
    await peer.send(peer.frame(0x3))
    with pytest.raises(trio.BrokenResourceError):
        await ws.receive()


async def receive(ws: WebSocket, peer: RawPeer) -> None:
    """Wait for a message."""
    await ws.receive()


async def stream_in(ws: WebSocket, peer: RawPeer) -> None:
    """Wait for more of a message."""
    async for _ in ws.receive_stream():
        pass


async def ping(ws: WebSocket, peer: RawPeer) -> None:
    """Wait for a pong."""
    await ws.ping()


async def send(ws: WebSocket, peer: RawPeer) -> None:
    """Wait for room."""
    await ws.send("waits")


async def stream_out(ws: WebSocket, peer: RawPeer) -> None:
    """Wait for room in the middle of a message."""
    await ws.send_stream([b"x" * 100_000] * 10)


async def close(ws: WebSocket, peer: RawPeer) -> None:
    """Wait for the peer's Close."""
    await ws.close()


async def sleep(ws: WebSocket, peer: RawPeer) -> None:
    """Wait for nothing in particular."""
    await eventually(lambda: ws.ended is not None)


async def answered_close(ws: WebSocket, peer: RawPeer) -> None:
    """Wait for the end of the stream, both Closes having been said, ours first."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ws.close)
        await peer.expect_close(1000)
        await peer.send_close(1000)


@dataclass(frozen=True)
class State:
    """before: how to come there. waits: for what this end waits. raises: whether that is an error. code: in the end."""

    before: Step
    waits: Step
    raises: bool
    code: int


STATES = {
    "open, nobody waits": State(nothing, sleep, raises=False, code=1006),
    "open, receive": State(nothing, receive, raises=True, code=1006),
    "open, receive inside a message": State(half_a_message, receive, raises=True, code=1006),
    "open, stream inside a message": State(half_a_message, stream_in, raises=True, code=1006),
    "open, ping": State(nothing, ping, raises=True, code=1006),
    "open, send without room": State(no_room, send, raises=True, code=1006),
    "open, stream without room": State(nothing, stream_out, raises=True, code=1006),
    "local closing": State(nothing, close, raises=False, code=1006),
    "local closing inside a message": State(half_a_message, close, raises=False, code=1006),
    "local closing behind a backlog": State(no_room, close, raises=False, code=1006),
    "closed by us": State(nothing, answered_close, raises=False, code=1000),
    "closed by the peer": State(the_peer_has_closed, close, raises=False, code=1000),
    "closed by the peer, nobody waits": State(the_peer_has_closed, sleep, raises=False, code=1000),
    "failed": State(the_connection_has_failed, close, raises=False, code=1006),
    "failed, nobody waits": State(the_connection_has_failed, sleep, raises=False, code=1006),
}


@both_roles
@pytest.mark.parametrize("end", ["fin", "rst", "silence"])
@pytest.mark.parametrize("state", STATES)
@in_trio(virtual=True)
async def test_the_peer_goes(state: str, end: str, role: Role) -> None:
    """Whoever waits is told in time, as documented; then the socket is closed, and the connection says how it ended."""
    await _play(STATES[state], end, role, "tcp")


@pytest.mark.parametrize("over", ["tls", "stream"])
@pytest.mark.parametrize("end", ["fin", "rst", "silence"])
@pytest.mark.parametrize("state", ["open, receive", "open, send without room", "local closing", "closed by us"])
@in_trio(virtual=True)
async def test_the_peer_goes_over_other_transports(state: str, end: str, over: Over) -> None:
    """The same over TLS and over a given stream."""
    await _play(STATES[state], end, "server", over)


async def _play(state: State, end: str, role: Role, over: Over) -> None:
    limits = Limits(ping_interval=4, ping_timeout=4, close_timeout=4)
    async with (
        open_websocket(role, over, receive_buffer=4096, compression=False, limits=limits) as (ws, peer),
        trio.open_nursery() as nursery,
    ):
        await state.before(ws, peer)
        began = trio.current_time()

        async def go() -> None:
            await trio.testing.wait_all_tasks_blocked(0.001)
            if state.waits is answered_close:
                await eventually(lambda: ws.ended is not None)
            if end == "fin":
                await peer.half_close()
            elif end == "rst":
                await peer.reset()

        nursery.start_soon(go)
        if state.raises:
            with pytest.raises(trio.BrokenResourceError) as caught:
                await state.waits(ws, peer)
            if end == "rst" and over != "stream":
                assert isinstance(caught.value.__cause__, OSError)
        else:
            await state.waits(ws, peer)
        if over != "stream":
            await eventually(lambda: raw_socket(ws).fileno() == -1)
        assert trio.current_time() - began < LONG_ENOUGH
        await eventually(lambda: ws.state is ConnectionState.CLOSED)
        assert ws.close_code == state.code
        for call in (ws.receive, ws.ping, lambda: ws.send("x")):
            with pytest.raises((trio.BrokenResourceError, trio.ClosedResourceError, trio.EndOfChannel)):
                await call()
        await ws.aclose()
