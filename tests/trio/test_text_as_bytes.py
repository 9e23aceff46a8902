"""`text_as_bytes`: text for who wants octets."""

from __future__ import annotations

import pytest
import trio

import rawws.trio
from rawws.trio import WebSocket

from tests.trio.frames import BINARY, TEXT
from tests.trio.running import Over, Role, both_roles, everywhere, in_trio, open_websocket, serving


@everywhere
@both_roles
@in_trio()
async def test_text_comes_as_bytes(role: Role, over: Over) -> None:
    """With `text_as_bytes`, text is received as bytes, by message and by chunk; what is sent is as ever."""
    async with open_websocket(role, over, text_as_bytes=True) as (ws, peer):
        large = "ü" * 100_000
        await peer.send_text("hällo", large, large)
        await peer.send_binary(b"\xff")
        assert await ws.receive() == "hällo".encode()
        assert await ws.receive() == large.encode()
        assert b"".join([chunk async for chunk in ws.receive_stream() if isinstance(chunk, bytes)]) == large.encode()
        assert await ws.receive() == b"\xff"
        await ws.send("a")
        await peer.expect(TEXT, b"a")
        await ws.send(b"b")
        await peer.expect(BINARY, b"b")


@both_roles
@in_trio()
async def test_text_is_checked_all_the_same(role: Role) -> None:
    """Text that is not UTF-8 fails the connection with 1007."""
    async with open_websocket(role, text_as_bytes=True) as (ws, peer):
        await peer.send(peer.frame(TEXT, b"\xff"))
        with pytest.raises(trio.BrokenResourceError):
            await ws.receive()
        await peer.expect_close(1007)


@in_trio()
async def test_with_callbacks() -> None:
    """`on_message` is given bytes, too."""

    def shout(ws: WebSocket, message: str | bytes) -> None:
        assert type(message) is bytes
        ws.send_nowait(message.upper())

    async with (
        serving(None, on_message=shout, text_as_bytes=True) as server,
        rawws.trio.connect(f"ws://127.0.0.1:{server.port}/") as ws,
    ):
        await ws.send("hello")
        assert await ws.receive() == b"HELLO"
