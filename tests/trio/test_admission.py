"""Who comes in: paths, passwords, origins, proxies, subprotocols, and how the server says that it goes."""

from __future__ import annotations

import base64
import functools
import logging
import re
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import trio

import rawws.trio
from rawws.core import Limits
from rawws.core.basic_auth import parse_basic
from rawws.trio import BasicAuth, HTTPRequest, HTTPResponse, Routes, WebSocket

from tests.trio.frames import CLOSE, REQUEST, TEXT, header
from tests.trio.peer import HOST, End, RawPeer, dial
from tests.trio.running import echo, eventually, in_trio, open_websocket, serving


def request(*fields: str, target: str = "/", upgrade: bool = True) -> bytes:
    """An opening handshake, or a plain GET, with more fields."""
    extra = "".join(f"{field}\r\n" for field in fields).encode("latin-1")
    head = REQUEST if upgrade else b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    return head.replace(b"GET / ", f"GET {target} ".encode("latin-1"))[:-2] + extra + b"\r\n"


async def ask(port: int, octets: bytes) -> tuple[int, bytes, bytes]:
    """Send a request; status, head and body of the answer."""
    async with RawPeer(await dial(port), client=True) as peer:
        await peer.send(octets)
        head = await peer.read_head()
        status, body = int(head.split()[1]), peer.unread
        while status != 101:
            try:
                body += await peer.read_octets()
            except End:
                break
        return status, head, body


# -- what a handler has at hand -------------------------------------------------------------------------------------


@in_trio()
async def test_headers_and_cookies_are_at_hand() -> None:
    """A handler reads header fields by name, in any case, and cookies; and knows the path without its query."""
    octets = request("X-Token: one", "x-token: two", "Cookie: SID=31d4; theme=dark", target="/a%20b?secret=1")
    async with open_websocket("server", request=octets) as (ws, _):
        assert ws.header("X-TOKEN") == "one"
        assert ws.header("X-Other") is None
        assert ws.cookies == {"SID": "31d4", "theme": "dark"}
        assert ws.path == "/a%20b"


@in_trio()
async def test_who_answers_requests_has_the_same() -> None:
    """`on_request` reads header fields and cookies, and no repr shows what may be secret."""
    seen: list[HTTPRequest] = []
    async with serving(echo, on_request=seen.append) as server:
        await ask(server.port, request("Cookie: SID=31d4", "Authorization: Basic s3cr3t", target="/x?token=s3cr3t"))
    assert seen[0].cookies == {"SID": "31d4"}
    assert seen[0].header("authorization") == "Basic s3cr3t"
    assert repr(seen[0]) == "<HTTPRequest GET '/x'>"


@in_trio()
async def test_several_functions_are_asked_in_turn() -> None:
    """Of several functions for requests the first answer counts; where none has one, the handshake goes on."""

    def one(asked: HTTPRequest) -> HTTPResponse | None:
        return HTTPResponse(200, b"one") if asked.path in {"/one", "/both"} else None

    async def two(asked: HTTPRequest) -> HTTPResponse | None:
        return HTTPResponse(200, b"two") if asked.path in {"/two", "/both"} else None

    async with serving(echo, on_request=[one, two]) as server:
        for path, body in (("/one", b"one"), ("/two", b"two"), ("/both", b"one")):
            assert (await ask(server.port, request(target=path)))[2] == body
        assert (await ask(server.port, request(target="/none")))[0] == 101


# -- paths ----------------------------------------------------------------------------------------------------------


@in_trio()
async def test_routes() -> None:
    """Each path leads to its handler, with the values of its names; others get a 404 and never reach one."""
    routes = Routes()

    @routes.at("/rooms/{room}/{number:int}")
    async def join(ws: WebSocket, room: str, number: int) -> None:
        await ws.send(f"{room!r} {number!r}")

    @routes.at("/echo")
    async def plain(ws: WebSocket) -> None:
        await echo(ws)

    async with serving(routes) as server:
        async with rawws.trio.connect(f"ws://{HOST}:{server.port}/rooms/caf%C3%A9/7?x=1") as ws:
            assert await ws.receive() == "'café' 7"
        async with rawws.trio.connect(f"ws://{HOST}:{server.port}/echo") as ws:
            await ws.send("hi")
            assert await ws.receive() == "hi"
        for target in ("/", "/rooms", "/rooms/a/b", "/echo/", "/rooms/%ff/1"):
            status, _, body = await ask(server.port, request(target=target))
            assert (status, body) == (404, b"nothing is served at this path\n")
        assert (await ask(server.port, request(target="http://localhost/echo")))[0] == 101
        assert server.counts.opened == 3


def test_wrong_routes() -> None:
    """A handler that cannot be called with its path's names is refused where it is added, and nothing is added."""
    routes = Routes()

    async def handler(ws: WebSocket, room: str) -> None:
        """Do nothing."""

    with pytest.raises(TypeError, match=r"handler of '/rooms/\{other\}' cannot be called with"):
        routes.add("/rooms/{other}", handler)
    with pytest.raises(TypeError, match="handler of '/rooms' cannot be called with"):
        routes.at("/rooms")(handler)
    with pytest.raises(TypeError, match="handler must be a function"):
        routes.add("/", "handler")  # type: ignore[arg-type]
    assert routes.find("/rooms/x") is None
    routes.add("/rooms/{room}", handler)
    assert routes.find("/rooms/x") == (handler, {"room": "x"})


# -- passwords ------------------------------------------------------------------------------------------------------


def basic(user: str, password: str) -> str:
    """A field with credentials."""
    return "Authorization: Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


async def only_alice(user: str, password: str) -> bool:
    """Decide like somebody who asks a database."""
    await trio.lowlevel.checkpoint()
    return (user, password) == ("alice", "one")


@pytest.mark.parametrize("credentials", [{"alice": "one"}, only_alice], ids=["mapping", "function"])
@in_trio()
async def test_basic_authentication(credentials: Any, caplog: pytest.LogCaptureFixture) -> None:  # noqa: ANN401  either
    """Who knows a password comes in and is known to the handler; others get a 401 and a challenge."""
    caplog.set_level(logging.DEBUG)

    async def who(ws: WebSocket) -> None:
        sent = parse_basic(ws.header("authorization"))
        await ws.send("" if sent is None else sent.user)

    auth = BasicAuth(credentials, realm="the test")
    async with serving(who, on_request=auth, readiness_path="/readyz") as server:
        async with RawPeer(await dial(server.port), client=True) as peer:
            await peer.send(request(basic("alice", "one")))
            await peer.read_head()
            await peer.expect(TEXT, b"alice")
        for fields in ([], [basic("alice", "two-secret")], [basic("bob", "one")], ["Authorization: Basic rubbish"]):
            status, head, _ = await ask(server.port, request(*fields))
            assert status == 401
            assert header(head, b"www-authenticate") == b'Basic realm="the test", charset="UTF-8"'
        # The readiness check is open to all, and nobody becomes a connection by it.
        for upgrade in (True, False):
            assert (await ask(server.port, request(target="/readyz", upgrade=upgrade)))[0] == 200
        assert server.counts.refused == {401: 4, 200: 2}
    assert "two-secret" not in caplog.text
    assert basic("alice", "two-secret").split()[-1] not in caplog.text


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        ({"credentials": 7}, TypeError, "credentials"),
        ({"credentials": {"a": 7}}, TypeError, "credentials"),
        ({"credentials": {}, "realm": "a\nb"}, ValueError, "realm"),
    ],
)
def test_wrong_authentication(arguments: dict[str, Any], error: type[Exception], name: str) -> None:
    """What cannot be is refused where it is made, with the name of the argument."""
    with pytest.raises(error, match=name):
        BasicAuth(**arguments)


@in_trio()
async def test_credentials_that_cannot_be_checked() -> None:
    """A function that raises lets nobody in: the answer is 500."""

    def broken(user: str, password: str) -> bool:
        raise OSError(f"no database for {user}")

    async with serving(echo, on_request=BasicAuth(broken)) as server:
        assert (await ask(server.port, request(basic("alice", "one"))))[0] == 500
        assert (await ask(server.port, request()))[0] == 401


# -- origins and subprotocols ---------------------------------------------------------------------------------------


@in_trio()
async def test_origins_by_pattern_and_callback(caplog: pytest.LogCaptureFixture) -> None:
    """Origins may be patterns or a callback's; a callback that raises lets nobody in, and is logged."""

    def decide(origin: str, host: str) -> bool:
        if "broken" in origin:
            raise RuntimeError(host)
        return origin == "https://good.example"

    good, bad, broken = (request(f"Origin: https://{name}.example") for name in ("good", "bad", "broken"))
    for origins in (decide, [re.compile(r"https://go+d\.example")], ["https://*.example"]):
        async with serving(echo, origins=origins) as server:
            assert (await ask(server.port, good))[0] == 101
            assert (await ask(server.port, bad))[0] == (101 if origins == ["https://*.example"] else 403)
    async with serving(echo, origins=decide) as server:
        assert (await ask(server.port, broken))[0] == 500
    errors = [record.message for record in caplog.records if record.levelno >= logging.ERROR]
    assert errors[-1].endswith("a callback failed")


@in_trio()
async def test_a_subprotocol_by_callback() -> None:
    """A callback chooses from what is offered, or nothing; what was not offered is its mistake, and a 500."""

    def choose(offered: Sequence[str], asked: HTTPRequest) -> str | None:
        return {"/first": offered[0] if offered else None, "/none": None, "/wrong": "other"}[asked.path]

    async with serving(echo, subprotocols=choose) as server:
        for path, status, chosen in (("/first", 101, b"b"), ("/none", 101, b""), ("/wrong", 500, b"")):
            octets = request("Sec-WebSocket-Protocol: b, a", target=path)
            answered, head, _ = await ask(server.port, octets)
            assert (answered, header(head, b"sec-websocket-protocol")) == (status, chosen)
        assert (await ask(server.port, request(target="/first")))[0] == 101


# -- proxies --------------------------------------------------------------------------------------------------------


@in_trio()
async def test_addresses_behind_a_proxy() -> None:
    """Of a proxy that is trusted, the handler, the log and the limits see the client; its TLS makes pages https."""
    octets = request("X-Forwarded-For: 6.6.6.6, 203.0.113.9", "X-Forwarded-Proto: https", "Origin: https://localhost")
    async with open_websocket("server", request=octets, trusted_proxies=[HOST]) as (ws, _):
        assert ws.remote_address == ("203.0.113.9", 0)
    async with serving(echo, trusted_proxies=["10.0.0.0/8"]) as server:
        # Whoever is not trusted speaks for itself, and does so without TLS.
        assert (await ask(server.port, octets))[0] == 403


@in_trio()
async def test_limits_behind_a_proxy() -> None:
    """Connections through a proxy count for their clients, not for the proxy; the one too many gets a 503."""
    limits = Limits(max_connections_per_address=1)
    one, other = request("X-Forwarded-For: 203.0.113.1"), request("X-Forwarded-For: 203.0.113.2")
    async with serving(echo, trusted_proxies=[HOST], limits=limits) as server:
        for _ in range(3):
            async with RawPeer(await dial(server.port), client=True) as first:
                await first.send(one)
                assert (await first.read_head()).startswith(b"HTTP/1.1 101 ")
                assert (await ask(server.port, one))[0] == 503
                assert (await ask(server.port, other))[0] == 101
                await eventually(lambda: len(server.connections) == 1)
                await first.send_close()
                await first.expect(CLOSE)
                await first.expect_end()
                await eventually(lambda: not server.connections)


# -- Unix sockets ---------------------------------------------------------------------------------------------------


@in_trio()
async def test_a_unix_socket(tmp_path: Path) -> None:
    """A server listens on a path, in place of a socket that was left behind, and takes it away at its end."""
    path = tmp_path / "socket"
    for _ in range(2):
        async with trio.open_nursery() as nursery:
            serve = functools.partial(rawws.trio.serve, echo, None, 0, unix_path=path, trusted_proxies=["unix"])
            server = await nursery.start(serve)
            assert (server.port, server.addresses) == (0, [])
            async with RawPeer(await trio.open_unix_socket(path), client=True) as peer:
                await peer.send(request("X-Forwarded-For: 203.0.113.9"))
                assert (await peer.read_head()).startswith(b"HTTP/1.1 101 ")
                [ws] = server.connections
                assert ws.remote_address == ("203.0.113.9", 0)
            with pytest.raises(OSError, match="in use"):
                await rawws.trio.serve(echo, None, 0, unix_path=path)
            nursery.cancel_scope.cancel()
        assert not path.exists()
        with socket.socket(socket.AF_UNIX) as left_behind:
            left_behind.bind(str(path))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"unix_path": "x", "host": HOST}, ValueError),
        ({"unix_path": "x", "port": 80}, ValueError),
        ({"unix_path": 7}, TypeError),
        ({"unix_path": ""}, ValueError),
        ({"unix_path": "a\0b"}, ValueError),
    ],
)
@in_trio()
async def test_wrong_unix_paths(arguments: dict[str, Any], error: type[Exception]) -> None:
    """A path comes in place of host and port; the error names it."""
    with pytest.raises(error, match="unix_path"):
        await rawws.trio.serve(echo, **{"host": None, "port": 0, **arguments})


@in_trio()
async def test_a_file_is_no_socket(tmp_path: Path) -> None:
    """What is no socket stays where it is, and the server does not start."""
    path = tmp_path / "file"
    path.write_text("precious")
    with pytest.raises(OSError, match="in use"):
        await rawws.trio.serve(echo, None, 0, unix_path=path)
    assert path.read_text() == "precious"


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        ({"handler": 7}, TypeError, "handler"),
        ({"host": 7}, TypeError, "host"),
        ({"port": "80"}, TypeError, "port"),
        ({"port": -1}, ValueError, "port"),
        ({"port": 70000}, ValueError, "port"),
        ({"sockets": 7}, TypeError, "sockets"),
        ({"compression": "yes"}, TypeError, "compression"),
        ({"limits": 7}, TypeError, "limits"),
        ({"ssl_context": 7}, TypeError, "ssl_context"),
        ({"trusted_proxies": "10.0.0.0/8"}, TypeError, "trusted_proxies"),
        ({"trusted_proxies": ["x"]}, ValueError, "trusted_proxies"),
        ({"readiness_path": 7}, TypeError, "readiness_path"),
        ({"readiness_path": "readyz"}, ValueError, "readiness_path"),
        ({"readiness_path": "/readyz?x"}, ValueError, "readiness_path"),
        ({"on_request": [7]}, TypeError, "on_request"),
        ({"on_request": "x"}, TypeError, "on_request"),
        ({"origins": 7}, TypeError, "origins"),
        ({"origins": ["https://*"]}, ValueError, "origins"),
    ],
)
@in_trio()
async def test_wrong_arguments_are_named(arguments: dict[str, Any], error: type[Exception], name: str) -> None:
    """What no connection could be served with raises before anybody listens, with the name of the argument."""
    with pytest.raises(error, match=name):
        await rawws.trio.serve(**{"handler": echo, "host": HOST, "port": 0, **arguments})
