"""`connect`: from a URL to an open WebSocket, and every way in which that fails."""

from __future__ import annotations

import functools
import re

import pytest
import trio
import trio.testing

import rawws.trio
from rawws.core.connection import ConnectionState
from rawws.core.extensions import PerMessageDeflate
from rawws.trio import Rejected

from tests.trio.frames import CLOSE, TEXT, header
from tests.trio.peer import HOST, RawPeer
from tests.trio.running import in_trio, open_websocket
from tests.trio.scripts import accept, echo, scripted


@in_trio()
async def test_a_connection_in_a_block() -> None:
    """`async with connect(url)` gives an open WebSocket; leaving does the closing handshake with 1000."""
    closes = []

    async def script(peer: RawPeer) -> None:
        await accept(peer)
        await peer.expect(TEXT, b"hello")
        closes.append((await peer.expect(CLOSE)).close_code)
        await peer.send_close(1000)

    async with scripted(script) as url:
        async with rawws.trio.connect(url) as ws:
            assert isinstance(ws, rawws.trio.WebSocket)
            assert ws.state is ConnectionState.OPEN
            await ws.send("hello")
        assert ws.ended is not None
        assert ws.ended.clean
        assert closes == [1000]


@in_trio()
async def test_the_request() -> None:
    """The request holds what the RFC asks for and what the keywords say, each field once."""
    requests = []

    async def script(peer: RawPeer) -> None:
        requests.append(await accept(peer, b"Sec-WebSocket-Protocol: b"))

    async with scripted(script) as url:
        connection = rawws.trio.connect(
            url + "chat?room=1",
            subprotocols=["a", "b"],
            extra_headers={"X-Token": "secret"},
            origin="https://example.com",
            compression=False,
        )
        async with connection as ws:
            assert ws.subprotocol == "b"
            assert ws.request.target == "/chat?room=1"
            assert ws.extensions == ""
            assert ws.remote_address == (HOST, int(url.rsplit(":", 1)[1][:-1]))
    head = requests[0]
    assert head.startswith(b"GET /chat?room=1 HTTP/1.1\r\n")
    assert header(head, b"host") == url[len("ws://") : -1].encode()
    assert header(head, b"upgrade").lower() == b"websocket"
    assert header(head, b"connection").lower() == b"upgrade"
    assert header(head, b"sec-websocket-version") == b"13"
    assert re.fullmatch(rb"[A-Za-z0-9+/]{22}==", header(head, b"sec-websocket-key"))
    assert header(head, b"sec-websocket-protocol") == b"a, b"
    assert header(head, b"x-token") == b"secret"
    assert header(head, b"origin") == b"https://example.com"
    assert header(head, b"user-agent").startswith(b"rawws/")
    assert b"extensions" not in head.lower()
    names = [line.split(b":")[0].lower() for line in head.split(b"\r\n")[1:-2]]
    assert len(names) == len(set(names))


@in_trio()
async def test_keys_are_fresh_and_the_user_agent_can_be_left_out() -> None:
    """Each connection has a nonce of its own; `user_agent` may be another or None."""
    requests = []

    async def script(peer: RawPeer) -> None:
        requests.append(await accept(peer))

    async with scripted(script) as url:
        for agent in (None, "mine/1", None):
            async with rawws.trio.connect(url, user_agent=agent):
                pass
    assert len({header(head, b"sec-websocket-key") for head in requests}) == 3
    assert [header(head, b"user-agent") for head in requests] == [b"", b"mine/1", b""]


@in_trio()
async def test_deflate_is_offered_and_used_for_what_is_worth_it() -> None:
    """By default permessage-deflate is offered; once agreed, long messages go compressed and short ones plain."""
    fields = (b"Sec-WebSocket-Extensions: permessage-deflate",)
    async with open_websocket("client", response_fields=fields) as (ws, peer):
        assert header(peer.head, b"sec-websocket-extensions").startswith(b"permessage-deflate")
        assert ws.extensions == "permessage-deflate"
        await ws.send("short")
        assert (await peer.expect(TEXT, b"short")).rsv == 0
        await ws.send("long " * 1000)
        frame = await peer.expect(TEXT)
        assert frame.rsv == 4
        assert len(frame.payload) < 500


@in_trio()
async def test_an_own_extension_is_offered() -> None:
    """A callable for `compression` makes the extension that is offered."""
    requests = []

    async def script(peer: RawPeer) -> None:
        requests.append(await accept(peer))

    async with scripted(script) as url:
        own = functools.partial(PerMessageDeflate, client_no_context_takeover=True)
        async with rawws.trio.connect(url, compression=own):
            pass
    assert b"client_no_context_takeover" in header(requests[0], b"sec-websocket-extensions")


# -- the block's own exceptions ---------------------------------------------------------------------------------------


class Mine(Exception):
    """An exception of the user's."""


@pytest.mark.parametrize(
    "error", [Mine("x"), KeyError("x"), ExceptionGroup("own", [Mine("x")]), trio.BrokenResourceError("x")]
)
@in_trio()
async def test_the_blocks_exception_comes_out_as_itself(error: Exception) -> None:
    """An exception of the block comes out as the same object, in no group, and the peer gets a Close with 1011."""
    codes = []

    async def script(peer: RawPeer) -> None:
        await accept(peer)
        codes.append((await peer.expect(CLOSE)).close_code)
        await peer.send_close(1011)

    async with scripted(script) as url:
        with pytest.raises(type(error)) as caught:
            async with rawws.trio.connect(url):
                raise error
        assert caught.value is error
        assert codes == [1011]


@in_trio()
async def test_the_blocks_exception_comes_out_of_a_cancelled_block() -> None:
    """An exception of the block is not lost when the scope around it is cancelled before, or while the Close waits."""

    async def script(peer: RawPeer) -> None:
        await accept(peer)
        await peer.expect(CLOSE)
        await trio.sleep_forever()

    async with scripted(script) as url:
        for seconds in (0, 0.01):
            scope = trio.CancelScope()
            error = Mine("x")
            with pytest.raises(Mine) as caught, scope:
                async with rawws.trio.connect(url, close_timeout=None) as ws:
                    scope.deadline = trio.current_time() + seconds
                    if not seconds:
                        scope.cancel()
                    raise error
            assert caught.value is error
            assert ws.state is ConnectionState.CLOSED


@pytest.mark.parametrize("error", [KeyboardInterrupt("x"), SystemExit("x"), GeneratorExit("x")])
@in_trio()
async def test_other_exits_of_the_block_come_out_too(error: BaseException) -> None:
    """What is no Exception comes out as itself, too."""
    async with scripted(echo) as url:
        with pytest.raises(type(error)) as caught:
            async with rawws.trio.connect(url):
                raise error
        assert caught.value is error


@pytest.mark.parametrize("end", ["fin", "rst", "close 1011"])
@in_trio()
async def test_an_error_of_the_connection_comes_out_of_the_block(end: str) -> None:
    """When the connection breaks in the block, BrokenResourceError comes out, not in a group; leaving adds nothing."""

    async def script(peer: RawPeer) -> None:
        await accept(peer)
        match end:
            case "fin":
                await peer.half_close()
            case "rst":
                await peer.reset()
            case _:
                await peer.send_close(1011)

    async with scripted(script) as url:
        with pytest.raises(trio.BrokenResourceError):
            async with rawws.trio.connect(url) as ws:
                await ws.receive()


@in_trio()
async def test_a_cancelled_block_does_not_wait() -> None:
    """Cancelling the scope around the block cuts the connection at once, though the peer does not answer the Close."""

    async def script(peer: RawPeer) -> None:
        await accept(peer)
        await peer.read_to_end()

    async with scripted(script) as url:
        with trio.CancelScope() as scope:
            async with rawws.trio.connect(url, close_timeout=1e6) as ws:
                scope.deadline = trio.current_time() + 0.01
                await trio.sleep_forever()
        assert scope.cancelled_caught
        assert ws.state is ConnectionState.CLOSED


@in_trio()
async def test_no_nursery_is_held_around_the_block() -> None:
    """The block may be entered and left by hand in another order than nurseries allow."""
    async with scripted(echo) as url:
        one, other = rawws.trio.connect(url), rawws.trio.connect(url)
        first = await one.__aenter__()
        second = await other.__aenter__()
        await one.__aexit__(None, None, None)
        await second.send("still there")
        assert await second.receive() == "still there"
        await other.__aexit__(None, None, None)
        assert first.state is ConnectionState.CLOSED


@in_trio()
async def test_a_connect_is_entered_once() -> None:
    """Entering the same `connect` a second time raises RuntimeError, whatever came of the first."""
    async with scripted(echo) as url:
        connection = rawws.trio.connect(url)
        async with connection as ws:
            with pytest.raises(RuntimeError):
                await connection.__aenter__()
            await ws.send("fine")
            assert await ws.receive() == "fine"
    failing = rawws.trio.connect(f"ws://{HOST}:1/")
    with pytest.raises(rawws.trio.ConnectError):
        await failing.__aenter__()
    with pytest.raises(RuntimeError):
        await failing.__aenter__()


@in_trio()
async def test_a_given_stream_is_used_and_closed() -> None:
    """With `stream` no connection is made: the handshake goes over it, and it is closed whatever happens."""
    mine, theirs = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:

        async def serve() -> None:
            async with RawPeer(theirs, client=False) as peer:
                await echo(peer)

        nursery.start_soon(serve)
        async with rawws.trio.connect("ws://nowhere.invalid/", stream=mine) as ws:
            await ws.send("over a stream")
            assert await ws.receive() == "over a stream"
            assert ws.remote_address is None
    with pytest.raises(trio.ClosedResourceError):
        await mine.send_all(b"x")
    mine, theirs = trio.testing.memory_stream_pair()
    await theirs.send_all(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")
    with pytest.raises(Rejected):
        await rawws.trio.connect("ws://nowhere.invalid/", stream=mine).__aenter__()
    while True:
        await trio.lowlevel.checkpoint()
        try:
            await mine.send_all(b"x")
        except trio.ClosedResourceError:
            break
