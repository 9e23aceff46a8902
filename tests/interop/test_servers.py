"""`rawws.trio.connect`, connected to servers of other projects."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar, TypeVarTuple

import pytest
import trio

import rawws.trio

from tests.interop import with_aiohttp, with_tornado, with_websockets
from tests.interop.conftest import Certificates
from tests.interop.payloads import CLOSES, COMPRESSIBLE, FRAGMENTS, MESSAGES
from tests.interop.peer import DEADLINE, HOST, LoopThread, Options, Parted, Peer, PeerServer
from tests.interop.relay import Relay
from tests.interop.rows import Row, every_row, named, on_and_off

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

LIBRARIES = [with_websockets.LIBRARY, with_aiohttp.LIBRARY, with_tornado.LIBRARY]

#: Codes after which `receive` tells of an end that was as it should be.
NORMAL_ENDS = {1000, 1001}

Keywords = Mapping[str, Any]

ANYTHING = Options()
NOTHING: Keywords = {}

Story = Callable[[rawws.trio.WebSocket, Peer], Awaitable[None]]


ROWS = every_row(LIBRARIES)
ON_AND_OFF = on_and_off(ROWS)
WITH_FRAGMENTS = [row for row in ON_AND_OFF if row.library.fragments]


async def in_thread(function: Callable[[*Ts], T], *arguments: *Ts) -> T:
    """Call a method of a peer, which blocks, until its own deadline at the latest."""
    return await trio.to_thread.run_sync(function, *arguments)


async def both(one: Callable[[], Awaitable[object]], other: Callable[[], Awaitable[object]]) -> None:
    """Run two at the same time, to the end of both."""

    async def run(function: Callable[[], Awaitable[object]]) -> None:
        await function()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run, one)
        nursery.start_soon(run, other)


def host_of(row: Row) -> str:
    """A name where a certificate has to be for it, else an address."""
    return "localhost" if row.secure else HOST


@dataclass(frozen=True)
class Meeting:
    """The means to bring a row's two ends together."""

    loop: LoopThread
    certificates: Certificates

    def server(self, row: Row, options: Options) -> PeerServer:
        """The row's server."""
        assert row.library.serve is not None
        tls = self.certificates.server if row.secure else None
        return row.library.serve(self.loop, replace(options, tls=tls, deflate=row.server_agrees))

    def run(self, row: Row, story: Story, *, options: Options = ANYTHING, connect: Keywords = NOTHING) -> None:
        """Connect `rawws` to the row's server, run the story with both ends, and part with 1000 if it did not.

        options: of the server. connect: more keywords for `rawws.trio.connect`.
        """
        with self.server(row, options) as server:
            trio.run(self.meet, row, server, server.port, story, connect)

    async def meet(self, row: Row, server: PeerServer, port: int, story: Story, connect: Keywords) -> None:
        """Connect to `port`, behind which is `server`."""
        host = host_of(row)
        context = self.certificates.client if row.secure else None
        url = f"{row.scheme}://{host}:{port}/path?query=1"
        with trio.fail_after(3 * DEADLINE):
            async with rawws.trio.connect(url, ssl_context=context, compression=row.client_offers, **connect) as ws:
                peer = await in_thread(server.accepted)
                try:
                    await story(ws, peer)
                    if not peer.parted:

                        async def see_the_end() -> None:
                            assert await in_thread(peer.closed) == (1000, "")

                        await both(ws.close, see_the_end)
                        assert (ws.close_code, ws.close_reason) == row.library.answer(1000, "")
                finally:
                    await in_thread(peer.abandon)


@pytest.fixture
def meeting(loop: LoopThread, certificates: Certificates) -> Meeting:
    """The means to bring both ends together."""
    return Meeting(loop, certificates)


# -- messages ---------------------------------------------------------------------------------------------------------


@named(ON_AND_OFF)
def test_messages(meeting: Meeting, row: Row) -> None:
    """Every message arrives as it was sent, from us and from the peer, text as text and binary as binary."""

    async def story(ws: rawws.trio.WebSocket, peer: Peer) -> None:
        for name, message in MESSAGES.items():
            await ws.send(message)
            assert await in_thread(peer.receive) == message, f"{name} to the peer"
            await in_thread(peer.send, message)
            assert await ws.receive() == message, f"{name} from the peer"

    meeting.run(row, story)


@named(ON_AND_OFF)
def test_many_in_flight(meeting: Meeting, row: Row) -> None:
    """Messages that are sent one after the other without waiting arrive in their order, in both directions at once."""
    messages = [f"message {number} " * (number % 50) for number in range(100)]

    async def story(ws: rawws.trio.WebSocket, peer: Peer) -> None:
        async def talk() -> None:
            for message in messages:
                await in_thread(peer.send, message)

        async def listen() -> None:
            for message in messages:
                await ws.send(message)
            assert [await ws.receive() for _ in messages] == messages

        await both(talk, listen)
        assert [await in_thread(peer.receive) for _ in messages] == messages

    meeting.run(row, story)


@pytest.mark.parametrize("fragments", FRAGMENTS.values(), ids=FRAGMENTS)
@named(WITH_FRAGMENTS)
def test_fragments(meeting: Meeting, row: Row, fragments: list[str] | list[bytes]) -> None:
    """A message that a peer sends in fragments is received whole, and the connection goes on."""
    whole = fragments[0][:0].join(fragments)  # type: ignore[arg-type]

    async def story(ws: rawws.trio.WebSocket, peer: Peer) -> None:
        for _ in range(2):
            await in_thread(peer.send_fragments, fragments)
            assert await ws.receive() == whole

    meeting.run(row, story)


# -- what is agreed ---------------------------------------------------------------------------------------------------


@named(ROWS)
def test_deflate_is_agreed_or_not(meeting: Meeting, row: Row) -> None:
    """permessage-deflate is agreed exactly when it is offered and taken, and both ends read the same answer."""

    async def story(ws: rawws.trio.WebSocket, peer: Peer) -> None:
        assert ws.extensions == peer.agreed.extensions
        assert ws.extensions.partition(";")[0] == ("permessage-deflate" if row.deflate else "")
        offered = peer.agreed.headers.get("sec-websocket-extensions", "")
        assert offered.startswith("permessage-deflate") == row.client_offers

    meeting.run(row, story)


@named(ROWS)
def test_size_on_the_wire(meeting: Meeting, row: Row) -> None:
    """With permessage-deflate a message is far smaller on the wire in both directions, without it it is not."""

    async def story(ws: rawws.trio.WebSocket, peer: Peer) -> None:
        await ws.send(COMPRESSIBLE)
        assert await in_thread(peer.receive) == COMPRESSIBLE
        await in_thread(peer.send, COMPRESSIBLE)
        assert await ws.receive() == COMPRESSIBLE

    with meeting.server(row, Options()) as server, Relay(meeting.loop, server.port) as relay:
        trio.run(meeting.meet, row, server, relay.port, story, NOTHING)
    for direction in (relay.up, relay.down):
        assert (direction < len(COMPRESSIBLE) // 10) if row.deflate else (direction > len(COMPRESSIBLE))


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [(("strange.example", "good.example"), "good.example"), (("good.example",), "good.example"), ((), None)],
    ids=["two", "one", "none"],
)
@named(ON_AND_OFF)
def test_subprotocol(meeting: Meeting, row: Row, offered: tuple[str, ...], chosen: str | None) -> None:
    """Of the subprotocols that we offer, both ends take the one that the server speaks."""

    async def story(ws: rawws.trio.WebSocket, peer: Peer) -> None:
        assert ws.subprotocol == peer.agreed.subprotocol == chosen

    meeting.run(row, story, options=Options(subprotocols=("good.example",)), connect={"subprotocols": offered})


@named(ON_AND_OFF)
def test_extra_headers(meeting: Meeting, row: Row) -> None:
    """The server sees our own header fields, origin and host; we see the server's own header fields."""

    async def story(ws: rawws.trio.WebSocket, peer: Peer) -> None:
        headers = peer.agreed.headers
        assert headers["x-word"] == "some words, with a comma"
        assert headers["cookie"] == "a=1; b=2"
        assert headers["origin"] == f"{row.page_scheme}://{headers['host']}"
        assert (b"x-answer", b"yes, really") in [(name.lower(), value) for name, value in ws.response.extra_headers]

    options = Options(headers=(("X-Answer", "yes, really"),))
    with meeting.server(row, options) as server:
        connect = {
            "extra_headers": {"X-Word": "some words, with a comma", "Cookie": "a=1; b=2"},
            "origin": f"{row.page_scheme}://{host_of(row)}:{server.port}",
        }
        trio.run(meeting.meet, row, server, server.port, story, connect)


@pytest.mark.parametrize("status", [401, 404, 503])
@named(ON_AND_OFF)
def test_refusal(meeting: Meeting, row: Row, status: int) -> None:
    """A server's refusal comes out as Rejected, with its status and its body."""

    async def story(_ws: rawws.trio.WebSocket, _peer: Peer) -> None:
        pytest.fail("connected")

    with pytest.raises(rawws.trio.Rejected) as rejected:
        meeting.run(row, story, options=Options(refuse=status))
    assert rejected.value.status_code == status
    assert rejected.value.body == f"{row.library} says no\n".encode()


@pytest.mark.parametrize("row", [row for row in ON_AND_OFF if row.secure], ids=str)
@pytest.mark.parametrize("fault", ["unknown authority", "foreign host"])
def test_certificate_is_verified(meeting: Meeting, row: Row, fault: str) -> None:
    """Without a certificate for the host, by an authority that we trust, there is no connection."""
    good = (meeting.certificates.server, meeting.certificates.client)
    foreign, unknown = (meeting.certificates.foreign, good[1]), (good[0], ssl.create_default_context())
    tls, context = foreign if fault == "foreign host" else unknown

    async def main(port: int) -> None:
        with trio.fail_after(DEADLINE), pytest.raises(rawws.trio.ConnectError) as no_connection:
            async with rawws.trio.connect(f"wss://{HOST}:{port}/", ssl_context=context):
                pytest.fail("connected")
        assert isinstance(no_connection.value.__cause__, ssl.SSLCertVerificationError)

    assert row.library.serve is not None
    with row.library.serve(meeting.loop, Options(tls=tls)) as server:
        for _ in range(2):  # so that the server is seen to go on
            trio.run(main, server.port)


# -- ping and pong ----------------------------------------------------------------------------------------------------


@named(ON_AND_OFF)
def test_ping_from_the_peer(meeting: Meeting, row: Row) -> None:
    """A peer's ping is answered with its payload while we wait for a message, which is not disturbed."""

    async def story(ws: rawws.trio.WebSocket, peer: Peer) -> None:
        async def talk() -> None:
            for payload in (b"payload", bytes(range(125)), b"\x80\xff"):
                await in_thread(peer.ping, payload)
            await in_thread(peer.send, "after")

        async def listen() -> None:
            assert await ws.receive() == "after"

        await both(talk, listen)

    meeting.run(row, story, options=Options(shows_pongs=True))


@named(ON_AND_OFF)
def test_ping_from_us(meeting: Meeting, row: Row) -> None:
    """A peer's pong ends our ping, and the round-trip time is no longer than the call took."""

    async def story(ws: rawws.trio.WebSocket, peer: Peer) -> None:
        async def talk() -> None:
            for payload in (None, b"payload", bytes(range(125))):
                began = trio.current_time()
                assert 0 < await ws.ping(payload) <= trio.current_time() - began
            await ws.send("after")

        async def listen() -> None:
            assert await in_thread(peer.receive) == "after"

        await both(talk, listen)

    meeting.run(row, story)


# -- the closing handshake --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "reason"), CLOSES)
@named(ON_AND_OFF)
def test_close_by_us(meeting: Meeting, row: Row, code: int, reason: str) -> None:
    """The peer sees code and reason of our Close; we see what the peer answers."""

    async def story(ws: rawws.trio.WebSocket, peer: Peer) -> None:
        async def see_the_end() -> None:
            assert await in_thread(peer.closed) == (code, reason)

        async def end() -> None:
            await ws.close(code, reason)

        await both(end, see_the_end)
        assert (ws.close_code, ws.close_reason) == row.library.answer(code, reason)
        with pytest.raises(trio.ClosedResourceError):
            await ws.receive()

    meeting.run(row, story)


@pytest.mark.parametrize(("code", "reason"), CLOSES)
@named(ON_AND_OFF)
def test_close_by_the_peer(meeting: Meeting, row: Row, code: int, reason: str) -> None:
    """We get what was sent before the peer's Close, then its code and reason; the peer gets its code back."""

    async def story(ws: rawws.trio.WebSocket, peer: Peer) -> None:
        async def end() -> None:
            await in_thread(peer.send, "last words")
            await in_thread(peer.close, code, reason)

        async def see_the_end() -> None:
            assert await ws.receive() == "last words"
            with pytest.raises(trio.EndOfChannel if code in NORMAL_ENDS else trio.BrokenResourceError):
                await ws.receive()
            assert (ws.close_code, ws.close_reason) == (code, reason)
            await ws.aclose()

        await both(end, see_the_end)
        assert (ws.close_code, ws.close_reason) == (code, reason)
        assert await in_thread(peer.closed) in {(code, ""), (code, None)}

    meeting.run(row, story)


@named(ON_AND_OFF)
def test_peer_that_vanishes(meeting: Meeting, row: Row) -> None:
    """A peer that goes without a Close ends a `receive` that waits, and is 1006."""

    async def story(ws: rawws.trio.WebSocket, peer: Peer) -> None:
        async def vanish() -> None:
            peer.parted = True
            await in_thread(peer.abandon)

        async def see_the_end() -> None:
            with pytest.raises(trio.BrokenResourceError):
                await ws.receive()

        await both(vanish, see_the_end)
        assert (ws.close_code, ws.close_reason) == (1006, "")

    meeting.run(row, story)


@named(ON_AND_OFF)
def test_too_big_a_message(meeting: Meeting, row: Row) -> None:
    """A message over our limit is answered with 1009, whether it is compressed or not."""

    async def story(ws: rawws.trio.WebSocket, peer: Peer) -> None:
        await in_thread(peer.send, "x" * 1000)
        assert await ws.receive() == "x" * 1000
        await in_thread(peer.send, "x" * 1001)

        async def see_the_end() -> None:
            with pytest.raises(Parted):
                await in_thread(peer.receive)
            assert (await in_thread(peer.closed))[0] == 1009

        async def fail() -> None:
            with pytest.raises(trio.BrokenResourceError, match="message too big"):
                await ws.receive()
            await ws.aclose()

        await both(fail, see_the_end)

    meeting.run(row, story, connect={"limits": rawws.core.Limits(max_message_bytes=1000)})
