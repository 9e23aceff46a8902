"""wss: the same connection over TLS, and what can go wrong with TLS itself."""

from __future__ import annotations

import os
import random
import ssl
from collections.abc import Callable
from typing import Any

import pytest
import trio
import trio.testing

import rawws.trio
from rawws.core.connection import ConnectionState
from rawws.trio import ConnectError, OpenTimeout, WebSocket

from tests.trio.frames import BINARY, REQUEST
from tests.trio.peer import HOST, RawPeer, dial, listen, port_of
from tests.trio.running import Role, both_roles, certificates, echo, eventually, in_trio, open_websocket, serving


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@in_trio()
async def test_both_ends_over_tls(version: ssl.TLSVersion) -> None:
    """Our client and our server speak over TLS 1.2 and 1.3, with messages of all sizes in both directions."""
    rng = random.Random(version)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    certificates().trust(client)
    client.minimum_version = client.maximum_version = version
    async with serving(echo, ssl_context=certificates().server) as server:
        async with rawws.trio.connect(f"wss://localhost:{server.port}/", ssl_context=client) as ws:
            for size in (0, 1, 16_384, 16_385, 65_536, 1_000_000):
                message = rng.randbytes(size)
                await ws.send(message)
                assert await ws.receive() == message
        assert ws.close_code == 1000
        await eventually(lambda: not server.connections)


@pytest.mark.parametrize("trusts", ["nobody", "default", "another host"])
@in_trio()
async def test_certificates_are_verified(trusts: str) -> None:
    """A certificate of an unknown authority, or for another host, raises ConnectError with the reason."""
    made = certificates()
    context = {"nobody": made.stranger, "default": None, "another host": made.client}[trusts]
    async with serving(echo, ssl_context=made.foreign if trusts == "another host" else made.server) as server:
        with pytest.raises(ConnectError) as caught:
            await rawws.trio.connect(f"wss://localhost:{server.port}/", ssl_context=context).__aenter__()
        assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)


@in_trio()
async def test_the_host_is_named_to_the_server() -> None:
    """The client says by SNI which host it wants."""
    names = []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.sni_callback = lambda tls, name, _: names.append(name)

    async with serving(echo, ssl_context=context) as server:
        with pytest.raises(ConnectError):
            await rawws.trio.connect(f"wss://localhost:{server.port}/").__aenter__()
    assert names == ["localhost"]


@in_trio()
async def test_a_server_that_speaks_no_tls() -> None:
    """A server that answers in plain HTTP raises ConnectError caused by ssl.SSLError."""
    async with serving(echo) as server:
        with pytest.raises(ConnectError) as caught:
            await rawws.trio.connect(f"wss://{HOST}:{server.port}/").__aenter__()
        assert isinstance(caught.value.__cause__, ssl.SSLError)


@pytest.mark.parametrize("how", ["silence", "fin", "rst"])
@in_trio(virtual=True)
async def test_a_server_that_leaves_in_the_tls_handshake(how: str) -> None:
    """Silence in the TLS handshake raises OpenTimeout, an end of the stream ConnectError."""
    async with await listen() as listener, trio.open_nursery() as nursery:

        async def leave() -> None:
            async with RawPeer(await listener.accept(), client=False) as peer:
                await peer.read_octets()
                match how:
                    case "silence":
                        await trio.sleep_forever()
                    case "rst":
                        await peer.reset()

        nursery.start_soon(leave)
        with pytest.raises(OpenTimeout if how == "silence" else ConnectError) as caught:
            await rawws.trio.connect(f"wss://{HOST}:{port_of(listener)}/", open_timeout=5).__aenter__()
        assert isinstance(caught.value, OpenTimeout) == (how == "silence")
        nursery.cancel_scope.cancel()


@in_trio(virtual=True)
async def test_a_client_that_is_silent_in_the_tls_handshake() -> None:
    """A client has `open_timeout` seconds for the TLS handshake and the opening handshake together."""
    async with serving(echo, ssl_context=certificates().server, open_timeout=5) as server:
        async with RawPeer(await dial(server.port), client=True) as silent:
            began = trio.current_time()
            await silent.expect_end()
            assert 4 <= trio.current_time() - began < 10
        stream = trio.SSLStream(await dial(server.port), certificates().client, server_hostname=HOST)
        async with RawPeer(stream, client=True) as half:
            await half.send(REQUEST[:20])
            await half.expect_end()


@both_roles
@in_trio()
async def test_records_in_pieces(role: Role) -> None:
    """Frames cut across TLS records, and records cut across TCP segments, give the same messages."""
    rng = random.Random(3)
    async with open_websocket(role, "tls") as (ws, peer), trio.open_nursery() as nursery:
        assert isinstance(peer.stream, trio.SSLStream)
        messages = [rng.randbytes(rng.choice([1, 100, 20_000])) for _ in range(20)]
        octets = b"".join(peer.frame(BINARY, message) for message in messages)

        async def send() -> None:
            rest = octets
            while rest:
                size = rng.choice([1, 7, 1000, 16_384])
                await peer.send(rest[:size])
                rest = rest[size:]

        nursery.start_soon(send)
        for message in messages:
            assert await ws.receive() == message


@both_roles
@in_trio()
async def test_tampering_is_a_broken_connection(role: Role) -> None:
    """Octets on the wire that are no record of this connection are BrokenResourceError, caused by ssl.SSLError."""
    async with open_websocket(role, "tls") as (ws, peer):
        assert isinstance(peer.stream, trio.SSLStream)
        await peer.send_text("before")
        await peer.stream.transport_stream.send_all(b"\x17\x03\x03\x00\x20" + b"?" * 32)
        assert await ws.receive() == "before"
        for _ in range(2):
            with pytest.raises(trio.BrokenResourceError) as caught:
                await ws.receive()
            assert isinstance(caught.value.__cause__, ssl.SSLError)
        with pytest.raises(trio.BrokenResourceError):
            await ws.send("after")
        assert ws.close_code == 1006


@both_roles
@pytest.mark.parametrize("goodbye", [True, False], ids=["close_notify", "fin alone"])
@in_trio()
async def test_an_end_without_a_close(role: Role, goodbye: bool) -> None:
    """The end of TLS without a Close frame is 1006, whether or not TLS says goodbye."""
    async with open_websocket(role, "tls") as (ws, peer):
        assert isinstance(peer.stream, trio.SSLStream)
        await peer.send_text("last")
        if goodbye:
            await peer.stream.aclose()
        else:
            await peer.half_close()
        assert await ws.receive() == "last"
        with pytest.raises(trio.BrokenResourceError):
            await ws.receive()
        assert ws.close_code == 1006


@both_roles
@in_trio()
async def test_the_end_is_said_in_tls(role: Role) -> None:
    """After a closing handshake the peer reads TLS's goodbye, and then the end of the stream."""
    async with open_websocket(role, "tls") as (ws, peer), trio.open_nursery() as nursery:
        nursery.start_soon(ws.close)
        await peer.expect_close(1000)
        await peer.send_close(1000)
        if role == "client":
            # The server ends the stream (§7.1.1).
            assert isinstance(peer.stream, trio.SSLStream)
            await peer.half_close()
        else:
            # An end without the goodbye would be an error here.
            assert await peer.stream.receive_some() == b""
    assert ws.state is ConnectionState.CLOSED


@in_trio()
async def test_a_given_stream_and_wss() -> None:
    """For wss:// TLS is spoken on the given stream, with the name of the URL's host."""
    mine, theirs = trio.testing.memory_stream_pair()
    context = certificates()

    async def serve() -> None:
        tls = trio.SSLStream(theirs, context.server, server_side=True, https_compatible=True)
        await rawws.trio.serve_stream(echo, tls)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        async with rawws.trio.connect("wss://localhost/", stream=mine, ssl_context=context.client) as ws:
            for size in (1, 100_000):
                await ws.send(b"x" * size)
                assert await ws.receive() == b"x" * size
    mine, theirs = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        with pytest.raises(ConnectError):
            await rawws.trio.connect("wss://elsewhere.example/", stream=mine, ssl_context=context.client).__aenter__()


@pytest.mark.parametrize("role", ["client", "server"])
@in_trio()
async def test_handshakes_that_are_cut_leave_nothing(role: Role, open_sockets: Callable[[], int]) -> None:
    """A TLS handshake that ends after any number of octets leaves neither tasks nor sockets."""
    hello = _client_hello()
    async with serving(echo, ssl_context=certificates().server) as server, await listen() as listener:
        await trio.testing.wait_all_tasks_blocked(0.005)
        sockets, tasks = open_sockets(), trio.lowlevel.current_statistics().tasks_living
        if role == "server":
            for size in range(0, len(hello), 13):
                async with RawPeer(await dial(server.port), client=True) as peer:
                    await peer.send(hello[:size])
                    await (peer.reset() if size % 2 else peer.half_close())
        else:
            reply = await _server_hello(server.port, hello)

            async def answer(size: int) -> None:
                async with RawPeer(await listener.accept(), client=False) as peer:
                    await peer.read_octets()
                    await peer.send(reply[:size])
                    await (peer.reset() if size % 2 else peer.half_close())

            for size in range(0, len(reply), 211):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(answer, size)
                    with pytest.raises(ConnectError):
                        await rawws.trio.connect(f"wss://{HOST}:{port_of(listener)}/").__aenter__()
        await eventually(lambda: open_sockets() == sockets)
        await eventually(lambda: trio.lowlevel.current_statistics().tasks_living == tasks)


def _client_hello() -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls: Any = certificates().client.wrap_bio(incoming, outgoing, server_hostname=HOST)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


async def _server_hello(port: int, hello: bytes) -> bytes:
    async with RawPeer(await dial(port), client=True) as peer:
        await peer.send(hello)
        return await peer.read_octets()


@in_trio()
async def test_a_large_transfer_both_ways_at_once() -> None:
    """Both ends send at the same time more than the buffers hold, and both get everything."""
    messages = [os.urandom(50_000) for _ in range(40)]
    received: list[list[str | bytes]] = [[], []]

    async def both(ws: WebSocket, into: list[str | bytes]) -> None:
        async with trio.open_nursery() as nursery:

            async def send() -> None:
                for message in messages:
                    await ws.send(message)

            nursery.start_soon(send)
            while len(into) < len(messages):
                into.append(await ws.receive())

    async def handler(ws: WebSocket) -> None:
        await both(ws, received[0])
        await ws.send("done")
        await ws.receive()

    async with (
        serving(handler, ssl_context=certificates().server) as server,
        rawws.trio.connect(f"wss://{HOST}:{server.port}/", ssl_context=certificates().client) as ws,
    ):
        await both(ws, received[1])
        assert await ws.receive() == "done"
        await ws.send("done")
    assert received == [messages, messages]
