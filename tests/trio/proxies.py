"""Proxies under the test's control: HTTP CONNECT and SOCKS5, as small as the RFCs allow."""

from __future__ import annotations

import contextlib
import functools
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import trio

from tests.trio.frames import header
from tests.trio.peer import HOST, End, RawPeer, listen, port_of

#: Names that only the proxy can resolve lead to this host.
NAMES = {"server.example": HOST, "xn--mnchen-3ya.example": HOST}


@dataclass
class Asked:
    """What the clients of a proxy asked for: the head of each CONNECT, or each host of SOCKS; and where they are.

    port: where it listens. targets: (host, port) in their order.
    """

    port: int
    heads: list[bytes] = field(default_factory=list)
    targets: list[tuple[str, int]] = field(default_factory=list)


Answer = Callable[[RawPeer], Awaitable[None]]


@asynccontextmanager
async def _proxy(serve: Callable[[Any, Asked], Awaitable[None]], tls: ssl.SSLContext | None) -> AsyncIterator[Asked]:
    async with trio.open_nursery() as nursery, await listen() as listener:
        asked = Asked(port_of(listener))

        async def serve_one(stream: Any) -> None:  # noqa: ANN401  one of several kinds
            if tls is not None:
                stream = trio.SSLStream(stream, tls, server_side=True, https_compatible=True)
            async with RawPeer(stream, client=False):
                with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError, OSError, End):
                    await serve(stream, asked)

        nursery.start_soon(functools.partial(trio.serve_listeners, serve_one, [listener]))
        yield asked
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def http_proxy(
    *, wants: bytes = b"", answer: Answer | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Asked]:
    """A proxy for CONNECT. wants: the value of Proxy-Authorization that it insists on; answer: says something else."""

    async def serve(stream: Any, asked: Asked) -> None:  # noqa: ANN401
        peer = RawPeer(stream, client=False)
        head = await peer.read_head()
        asked.heads.append(head)
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        assert method == "CONNECT"
        host, _, port = target.rpartition(":")
        asked.targets.append((host.strip("[]"), int(port)))
        if answer is not None:
            await answer(peer)
        elif wants and header(head, b"proxy-authorization") != wants:
            await peer.send(b'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="x"\r\n\r\nwho?\n')
        else:
            async with await _dial(*asked.targets[-1]) as server:
                await peer.send(b"HTTP/1.1 200 Connection established\r\nContent-Length: 7\r\n\r\n")
                await join(stream, server)

    async with _proxy(serve, tls) as asked:
        yield asked


@asynccontextmanager
async def socks_proxy(*, user: bytes = b"", password: bytes = b"", reply: int = 0) -> AsyncIterator[Asked]:
    """A proxy for SOCKS5 (RFC 1928, RFC 1929). user, password: what it insists on. reply: a REP other than success."""

    async def serve(stream: trio.SocketStream, asked: Asked) -> None:
        version, count = await exactly(stream, 2)
        methods = await exactly(stream, count)
        assert version == 5
        if user:
            await stream.send_all(b"\x05\x02" if 2 in methods else b"\x05\xff")
            said = [await exactly(stream, (await exactly(stream, skip))[-1]) for skip in (2, 1)]
            await stream.send_all(b"\x01\x00" if said == [user, password] else b"\x01\x01")
            if said != [user, password]:
                return
        else:
            await stream.send_all(b"\x05\x00" if 0 in methods else b"\x05\xff")
        version, command, _, kind = await exactly(stream, 4)
        assert (version, command) == (5, 1)
        if kind == 3:
            host = (await exactly(stream, (await exactly(stream, 1))[0])).decode()
        else:
            family = {1: socket.AF_INET, 4: socket.AF_INET6}[kind]
            host = socket.inet_ntop(family, await exactly(stream, {1: 4, 4: 16}[kind]))
        port = int.from_bytes(await exactly(stream, 2), "big")
        asked.targets.append((host, port))
        if reply:
            await stream.send_all(b"\x05%c\x00\x01\x00\x00\x00\x00\x00\x00" % reply)
            return
        async with await _dial(host, port) as server:
            await stream.send_all(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
            await join(stream, server)

    async with _proxy(serve, None) as asked:
        yield asked


async def _dial(host: str, port: int) -> trio.SocketStream:
    return await trio.open_tcp_stream(NAMES.get(host, host), port)


async def exactly(stream: trio.abc.ReceiveStream, count: int) -> bytes:
    """So many octets. Raises BrokenResourceError where the stream ends before."""
    data = b""
    while len(data) < count:
        more = await stream.receive_some(count - len(data))
        if not more:
            raise trio.BrokenResourceError("the stream has ended")
        data += more
    return data


async def join(one: trio.abc.Stream, other: trio.abc.Stream) -> None:
    """Pass octets on in both directions until either side ends."""

    async def copy(source: trio.abc.Stream, sink: trio.abc.Stream) -> None:
        with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            async for data in source:
                await sink.send_all(data)
        nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(copy, one, other)
        await copy(other, one)
