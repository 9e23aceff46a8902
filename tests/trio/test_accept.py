"""What a server answers to an opening handshake: 101, a refusal with its status, or plain HTTP."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack, suppress
from typing import Any

import pytest
import trio
import trio.testing

import rawws.trio.accept
from rawws.core import Limits
from rawws.core.extensions import Extension
from rawws.trio import ANY_ORIGIN, HTTPRequest, HTTPResponse

from tests.trio.frames import NONCE, REQUEST, TEXT, header
from tests.trio.peer import HOST, End, RawPeer, dial
from tests.trio.running import certificates, echo, eventually, in_trio, open_websocket, serving


def request(*fields: str, target: str = "/") -> bytes:
    """An opening handshake with more fields."""
    extra = "".join(f"{field}\r\n" for field in fields).encode("latin-1")
    return REQUEST.replace(b"GET / ", f"GET {target} ".encode())[:-2] + extra + b"\r\n"


async def ask(port: int, octets: bytes) -> tuple[int, bytes, bytes]:
    """Send a request; status, head and body of the answer, after which the stream must end unless it is a 101."""
    async with RawPeer(await dial(port), client=True) as peer:
        await peer.send(octets)
        head = await peer.read_head()
        status = int(head.split()[1])
        body = peer.unread
        if status != 101:
            try:
                while True:
                    body += await peer.read_octets()
            except End:
                pass
        return status, head, body


@in_trio()
async def test_an_acceptance() -> None:
    """A right request is answered with the 101 of the RFC, with the key's hash and the server's own fields."""
    async with serving(echo, extra_headers=[("Server", "mine")]) as server:
        status, head, _ = await ask(server.port, REQUEST)
        assert status == 101
        assert header(head, b"upgrade").lower() == b"websocket"
        assert header(head, b"connection").lower() == b"upgrade"
        # The RFC's own example (§1.3).
        assert NONCE == b"dGhlIHNhbXBsZSBub25jZQ=="
        assert header(head, b"sec-websocket-accept") == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        assert header(head, b"server") == b"mine"
        assert b"sec-websocket-protocol" not in head.lower()
        assert b"sec-websocket-extensions" not in head.lower()


@in_trio()
async def test_what_the_handler_sees() -> None:
    """The WebSocket knows the request, the response, and the client's address."""
    octets = request("X-Token: secret", "Sec-WebSocket-Protocol: chat", target="/room?x=1")
    async with open_websocket("server", request=octets, subprotocols=["chat"]) as (ws, peer):
        assert ws.request.target == "/room?x=1"
        assert (b"x-token", b"secret") in [(name.lower(), value) for name, value in ws.request.extra_headers]
        assert ws.subprotocol == ws.response.subprotocol == "chat"
        assert ws.extensions == ""
        assert isinstance(peer.stream, trio.SocketStream)
        assert ws.remote_address == peer.stream.socket.getsockname()


@pytest.mark.parametrize("cut", ["octets", "pieces"])
@in_trio()
async def test_a_request_in_pieces(cut: str) -> None:
    """A request that comes octet by octet, or in two halves, is accepted like one in one piece."""
    async with serving(echo) as server, RawPeer(await dial(server.port), client=True) as peer:
        step = 1 if cut == "octets" else len(REQUEST) // 2
        for start in range(0, len(REQUEST), step):
            await peer.send(REQUEST[start : start + step])
            await trio.lowlevel.checkpoint()
        assert (await peer.read_head()).startswith(b"HTTP/1.1 101 ")


@pytest.mark.parametrize(
    ("server_speaks", "client_offers", "chosen"),
    [
        ([], "chat", b""),
        (["chat"], "", b""),
        (["chat"], "other", b""),
        (["chat"], "other, chat", b"chat"),
        (["a", "b"], "b, a", b"a"),
        (["c", "b"], "a, b", b"b"),
        (["Chat"], "chat", b""),
    ],
)
@in_trio()
async def test_the_choice_of_a_subprotocol(server_speaks: list[str], client_offers: str, chosen: bytes) -> None:
    """The server's most wanted subprotocol that the client offers is chosen; without any the connection has none."""
    async with serving(echo, subprotocols=server_speaks) as server:
        fields = [f"Sec-WebSocket-Protocol: {client_offers}"] if client_offers else []
        status, head, _ = await ask(server.port, request(*fields))
        assert (status, header(head, b"sec-websocket-protocol")) == (101, chosen)


@pytest.mark.parametrize(
    ("origins", "origin", "status"),
    [
        (None, None, 101),
        (None, "http://localhost", 101),
        (None, "http://evil.example", 403),
        (None, "null", 403),
        (None, "", 403),
        (ANY_ORIGIN, "http://evil.example", 101),
        (ANY_ORIGIN, "null", 101),
        (["https://example.com"], "https://example.com", 101),
        (["https://example.com"], "http://localhost", 403),
        (["https://example.com"], None, 101),
        ([], "http://localhost", 403),
    ],
)
@in_trio()
async def test_origins(origins: object, origin: str | None, status: int) -> None:
    """By default a foreign origin, and `null`, gets a 403; an absent one passes; a list or ANY_ORIGIN decides else."""
    settings = {} if origins is None else {"origins": origins}
    async with serving(echo, **settings) as server:
        octets = request() if origin is None else request(f"Origin: {origin}")
        assert (await ask(server.port, octets))[0] == status


@in_trio()
async def test_deflate_is_accepted_when_offered() -> None:
    """An offer of permessage-deflate is accepted, without window bits of our own; `compression=False` declines."""
    for offer, agreed in (("permessage-deflate", b"permessage-deflate"), ("x-other", b"")):
        octets = request(f"Sec-WebSocket-Extensions: {offer}")
        async with serving(echo) as server:
            assert header((await ask(server.port, octets))[1], b"sec-websocket-extensions") == agreed
        async with serving(echo, compression=False) as server:
            assert header((await ask(server.port, octets))[1], b"sec-websocket-extensions") == b""
    offered = request("Sec-WebSocket-Extensions: permessage-deflate")
    async with open_websocket("server", request=offered) as (ws, peer):
        assert ws.extensions == "permessage-deflate"
        await ws.send("short")
        assert (await peer.expect(TEXT, b"short")).rsv == 0
        await ws.send("long " * 1000)
        assert (await peer.expect(TEXT)).rsv == 4


#: Requests that are none of ours, and what is answered.
REFUSED = {
    "no upgrade": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "version 12": (REQUEST.replace(b"Version: 13", b"Version: 12"), 426),
    "no host": (REQUEST.replace(b"Host: localhost\r\n", b""), 400),
    "no key": (REQUEST.replace(b"Sec-WebSocket-Key: " + NONCE + b"\r\n", b""), 400),
    "short key": (REQUEST.replace(NONCE, b"c2hvcnQ="), 400),
    "two keys": (request(f"Sec-WebSocket-Key: {NONCE.decode()}"), 400),
    "POST": (REQUEST.replace(b"GET", b"POST"), 405),
    "HTTP/1.0": (REQUEST.replace(b"HTTP/1.1", b"HTTP/1.0"), 400),
    "rubbish": (b"\x16\x03\x01 TLS on the wrong port\r\n\r\n", 400),
    "a long head": (request("X: " + "y" * 20_000), 431),
    "many fields": (request(*["X: y"] * 200), 431),
    "a body": (request("Content-Length: 5"), 400),
}


@pytest.mark.parametrize("why", REFUSED)
@in_trio()
async def test_refusals(why: str, caplog: pytest.LogCaptureFixture) -> None:
    """A request that breaks a rule gets its status, then the end; one line is logged; the server goes on serving."""
    caplog.set_level(logging.INFO, "rawws.server")
    octets, expected = REFUSED[why]
    async with serving(echo) as server:
        status, head, _ = await ask(server.port, octets)
        assert status == expected, why
        if status == 426:
            assert header(head, b"sec-websocket-version") == b"13"
        await eventually(lambda: len([record for record in caplog.records if "refused" in record.message]) == 1)
        assert all(record.levelno == logging.INFO for record in caplog.records)
        assert (await ask(server.port, REQUEST))[0] == 101


@in_trio(virtual=True)
async def test_a_slow_handshake_is_cut() -> None:
    """Whoever says nothing, or octet by octet, has `open_timeout` seconds; others are served meanwhile."""

    async def dribble(peer: RawPeer) -> None:
        try:
            await peer.send(b"GET / HTTP/1.1\r\n")
            while True:
                await peer.send(b"X")
                await trio.sleep(1)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass

    async with serving(echo, open_timeout=7) as server, trio.open_nursery() as nursery:
        silent = RawPeer(await dial(server.port), client=True)
        slow = RawPeer(await dial(server.port), client=True)
        began = trio.current_time()
        nursery.start_soon(dribble, slow)
        assert (await ask(server.port, REQUEST))[0] == 101
        for peer in (silent, slow):
            await peer.expect_end()
            assert 5 <= trio.current_time() - began < 12
            await peer.aclose()


@in_trio(virtual=True)
async def test_a_refused_client_that_does_not_leave_is_cut() -> None:
    """A client that is refused and goes on sending gets its answer, is read for about a second, and is cut then."""
    async with serving(echo) as server, RawPeer(await dial(server.port), client=True) as peer:
        began = trio.current_time()
        await peer.send(REQUEST.replace(b"Version: 13", b"Version: 12"))
        assert (await peer.read_head()).startswith(b"HTTP/1.1 426 ")
        with pytest.raises(trio.BrokenResourceError):
            while True:
                await peer.send(b"x" * 1000)
                await trio.sleep(0.1)
        assert trio.current_time() - began < 6


@in_trio()
async def test_a_refused_client_gets_the_end_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal is followed by the end of the stream, and not by the end of our patience."""
    monkeypatch.setattr(rawws.trio.accept, "_SECONDS_TO_LINGER", 1e6)
    async with serving(echo) as server:
        assert (await ask(server.port, REQUEST.replace(b"Version: 13", b"Version: 12")))[0] == 426


# -- how many ---------------------------------------------------------------------------------------------------------


@in_trio()
async def test_connections_in_all_are_limited() -> None:
    """Beyond `max_connections` a request gets 503; when one goes, the next may come."""
    async with serving(echo, limits=Limits(max_connections=3)) as server, AsyncExitStack() as stack:
        peers = []
        for _ in range(3):
            peer = await stack.enter_async_context(RawPeer(await dial(server.port), client=True))
            await peer.send(REQUEST)
            assert (await peer.read_head()).startswith(b"HTTP/1.1 101 ")
            peers.append(peer)
        assert (await ask(server.port, REQUEST))[0] == 503
        await peers[0].reset()
        await eventually(lambda: len(server.connections) == 2)
        assert (await ask(server.port, REQUEST))[0] == 101


@in_trio()
async def test_connections_of_one_address_are_limited() -> None:
    """Beyond `max_connections_per_address` a request gets 503; other addresses are not affected."""
    limits = Limits(max_connections_per_address=2)
    async with serving(echo, limits=limits) as server, AsyncExitStack() as stack:
        for _ in range(2):
            peer = await stack.enter_async_context(RawPeer(await dial(server.port), client=True))
            await peer.send(REQUEST)
            assert (await peer.read_head()).startswith(b"HTTP/1.1 101 ")
        assert (await ask(server.port, REQUEST))[0] == 503
        other = trio.socket.socket()
        await other.bind(("127.0.0.2", 0))
        await other.connect(("127.0.0.1", server.port))
        async with RawPeer(trio.SocketStream(other), client=True) as peer:
            await peer.send(REQUEST)
            assert (await peer.read_head()).startswith(b"HTTP/1.1 101 ")


@in_trio()
async def test_opening_handshakes_are_limited() -> None:
    """Beyond `max_handshakes` a new connection is cut at once, without an answer; open connections do not count."""
    async with serving(echo, limits=Limits(max_handshakes=2)) as server, AsyncExitStack() as stack:
        for _ in range(4):
            peer = await stack.enter_async_context(RawPeer(await dial(server.port), client=True))
            await peer.send(REQUEST)
            assert (await peer.read_head()).startswith(b"HTTP/1.1 101 ")
        waiting = []
        for _ in range(2):
            waiting.append(await stack.enter_async_context(RawPeer(await dial(server.port), client=True)))
            await waiting[-1].send(REQUEST[:10])
        await trio.testing.wait_all_tasks_blocked(0.01)
        async with RawPeer(await dial(server.port), client=True) as late:
            await late.expect_end()
        await waiting[0].send(REQUEST[10:])
        assert (await waiting[0].read_head()).startswith(b"HTTP/1.1 101 ")
        assert (await ask(server.port, REQUEST))[0] == 101


@in_trio()
async def test_opening_handshakes_that_begin_at_once_are_limited() -> None:
    """Of twenty connections that are taken in one turn, no more than `max_handshakes` go on."""
    async with serving(echo, limits=Limits(max_handshakes=3)) as server:
        with ExitStack() as stack:
            clients = [stack.enter_context(socket.create_connection((HOST, server.port))) for _ in range(20)]
            await trio.testing.wait_all_tasks_blocked(0.01)
            waiting = 0
            for client in clients:
                client.setblocking(False)
                with suppress(ConnectionResetError):
                    try:
                        assert client.recv(1) == b""
                    except BlockingIOError:
                        waiting += 1
            assert waiting == 3


# -- plain HTTP on the same port --------------------------------------------------------------------------------------


def pages(http: HTTPRequest) -> HTTPResponse | None:
    """A health check, a page, a refusal, and nothing for anybody else."""
    match http.path:
        case "/health":
            return HTTPResponse(200, b"fine\n")
        case "/page":
            return HTTPResponse(200, b"<p>hello", [(b"Content-Type", b"text/html"), (b"X-Query", http.target.encode())])
        case "/private":
            if http.header("Authorization") != "secret":
                return HTTPResponse(401, b"who are you?", [(b"WWW-Authenticate", b"Basic")])
    return None


async def slow_pages(http: HTTPRequest) -> HTTPResponse | None:
    """The same, with a pause."""
    await trio.lowlevel.checkpoint()
    return pages(http)


@pytest.mark.parametrize("on_request", [pages, slow_pages])
@in_trio()
async def test_plain_http_beside_websocket(on_request: Callable[..., Any]) -> None:
    """`on_request`, a function or a coroutine function, answers what it likes, WebSocket or not; None lets it go on."""
    async with serving(echo, on_request=on_request) as server:
        plain = b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n"
        status, head, body = await ask(server.port, plain % b"/health")
        assert (status, body) == (200, b"fine\n")
        assert header(head, b"content-length") == b"5"
        assert header(head, b"connection") == b"close"
        assert header(head, b"content-type").startswith(b"text/plain")
        status, head, body = await ask(server.port, plain % b"/page?x=1")
        assert (status, body) == (200, b"<p>hello")
        assert header(head, b"x-query") == b"/page?x=1"
        assert (await ask(server.port, plain % b"/other"))[0] == REFUSED["no upgrade"][1]
        assert (await ask(server.port, request(target="/private")))[:1] == (401,)
        assert (await ask(server.port, request("Authorization: secret", target="/private")))[0] == 101
        assert (await ask(server.port, REQUEST))[0] == 101
        status, head, body = await ask(server.port, b"HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (status, body) == (200, b"")


def raises(http: HTTPRequest) -> HTTPResponse:
    """Fail."""
    raise KeyError("planted")


@pytest.mark.parametrize(
    "on_request",
    [
        raises,
        lambda http: "not a response",
        lambda http: HTTPResponse(200, b"", [(b"X", b"1\r\nX: 2")]),
        lambda http: HTTPResponse(99),
        lambda http: HTTPResponse(101),
    ],
    ids=["raises", "wrong type", "injection", "status 99", "status 101"],
)
@in_trio()
async def test_an_on_request_that_fails(on_request: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    """An `on_request` that raises, or gives what cannot be sent, is logged and answered with 500; the server lives."""
    async with serving(echo, on_request=on_request) as server:
        for _ in range(2):
            status, _, body = await ask(server.port, REQUEST)
            assert status == 500
            assert b"planted" not in body
    assert len([record for record in caplog.records if record.levelno == logging.ERROR and record.exc_info]) == 2


@in_trio()
async def test_a_compression_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    """A callable for `compression` that raises costs its connection, is logged, and leaves the server alive."""

    def fail() -> Extension:
        raise KeyError("planted")

    async with serving(echo, compression=fail) as server:
        for _ in range(2):
            try:
                status, _, _ = await ask(server.port, REQUEST)
            except End:
                continue
            assert status == 500
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 2


@in_trio()
async def test_a_client_of_plain_ws_on_a_tls_port() -> None:
    """Octets that are no TLS, a TLS client that leaves, and one that distrusts us cost only their own connections."""
    async with serving(echo, ssl_context=certificates().server) as server:
        for octets in (REQUEST, b"\x16\x03\x01\x00\x05hello", b""):
            async with RawPeer(await dial(server.port), client=True) as peer:
                await peer.send(octets)
                await peer.half_close()
                await peer.read_to_end()
        url = f"wss://127.0.0.1:{server.port}/"
        with pytest.raises(rawws.trio.ConnectError):
            await rawws.trio.connect(url, ssl_context=certificates().stranger).__aenter__()
        async with rawws.trio.connect(url, ssl_context=certificates().client) as ws:
            await ws.send("fine")
            assert await ws.receive() == "fine"
