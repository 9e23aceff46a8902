"""Redirects: how far `connect` follows, what it takes along, and what it refuses."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
import trio
import trio.testing

import rawws.trio
from rawws.core import Limits
from rawws.trio import (
    ConnectError,
    HTTPRequest,
    HTTPResponse,
    OpenTimeout,
    RedirectRefused,
    Rejected,
)

from tests.trio.peer import HOST
from tests.trio.proxies import http_proxy
from tests.trio.running import certificates, echo, in_trio, serving

BASIC = "Basic " + base64.b64encode(b"me:s3cret").decode()


class Redirecting:
    """A server that redirects each path that it was told of. requests: what came."""

    def __init__(self, places: dict[str, str], status: int = 302) -> None:
        self.places = places
        self.status = status
        self.requests: list[HTTPRequest] = []

    def answer(self, request: HTTPRequest) -> HTTPResponse | None:
        """For `on_request`."""
        self.requests.append(request)
        place = self.places.get(request.path)
        return None if place is None else HTTPResponse(self.status, b"away\n", [(b"Location", place.encode())])


@asynccontextmanager
async def servers(count: int, **settings: Any) -> AsyncIterator[list[tuple[Redirecting, str]]]:  # noqa: ANN401
    """So many servers, each with its URL."""
    async with AsyncExitStack() as stack:
        made = []
        for _ in range(count):
            one = Redirecting({})
            server = await stack.enter_async_context(serving(echo, on_request=one.answer, **settings))
            scheme = "wss" if server.secure else "ws"
            made.append((one, f"{scheme}://localhost:{server.port}"))
        yield made


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@in_trio()
async def test_a_redirect_is_followed(status: int) -> None:
    """Whatever the status, the handshake is done anew where Location points; `request` is the one that was accepted."""
    async with servers(2) as [(one, url), (two, other)]:
        one.status = status
        one.places = {"/a": other.replace("ws:", "http:") + "/b?c"}
        async with rawws.trio.connect(f"{url}/a", subprotocols=["x"]) as ws:
            await ws.send("hello")
            assert await ws.receive() == "hello"
            assert ws.request.target == "/b?c"
        assert len({request.header("sec-websocket-key") for request in one.requests + two.requests}) == 2
        assert [request.header("sec-websocket-protocol") for request in two.requests] == ["x"]


@in_trio()
async def test_secrets_go_only_to_the_same_origin() -> None:
    """Credentials, Authorization and Cookie go along on the same origin, to no other, and not back from there."""
    async with servers(2) as [(one, url), (two, other)]:
        one.places = {"/a": "b", "/b": f"{other}/c"}
        two.places = {"/c": f"{url}/d"}
        ways: list[tuple[str, dict[str, str]]] = [("me:s3cret@", {}), ("", {"authorization": BASIC})]
        for user, fields in ways:
            connection = rawws.trio.connect(
                url.replace("//", f"//{user}") + "/a", extra_headers={"cookie": "s3cret", "X-A": "1", **fields}
            )
            async with connection:
                pass
            names = ("authorization", "cookie", "x-a")
            sent = [(request.path, *map(request.header, names)) for request in one.requests + two.requests]
            assert sent == [
                ("/a", BASIC, "s3cret", "1"),
                ("/b", BASIC, "s3cret", "1"),
                ("/d", None, None, "1"),
                ("/c", None, None, "1"),
            ]
            one.requests.clear()
            two.requests.clear()


@in_trio()
async def test_from_wss_none_goes_to_ws() -> None:
    """From wss to ws is refused, whatever the server says; within wss, each certificate is verified."""
    made = certificates()
    async with servers(2, ssl_context=made.server) as [(one, url), (_, other)], servers(1) as [(plain, insecure)]:
        one.places = {"/a": f"{insecure}/", "/b": insecure.replace("ws", "http"), "/c": other}
        for path in ("/a", "/b"):
            with pytest.raises(RedirectRefused, match="wss to ws") as caught:
                await rawws.trio.connect(url + path, ssl_context=made.client).__aenter__()
            assert isinstance(caught.value, Rejected)
            assert (caught.value.status_code, caught.value.body) == (302, b"away\n")
        async with rawws.trio.connect(f"{url}/c", ssl_context=made.client):
            pass
        assert not plain.requests
        plain.places = {"/a": other}
        with pytest.raises(ConnectError, match="not trusted"):
            await rawws.trio.connect(f"{insecure}/a").__aenter__()


@in_trio()
async def test_redirects_are_bounded() -> None:
    """A circle ends after `max_redirects`; with 0 none is followed, and the answer is the refusal that it is."""
    async with servers(1) as [(one, url)]:
        one.places = {"/": "/"}
        with pytest.raises(RedirectRefused, match="there were 5"):
            await rawws.trio.connect(url).__aenter__()
        assert len(one.requests) == 6
        with pytest.raises(RedirectRefused, match="there were 2"):
            await rawws.trio.connect(url, limits=Limits(max_redirects=2)).__aenter__()
        with pytest.raises(Rejected) as caught:
            await rawws.trio.connect(url, limits=Limits(max_redirects=0)).__aenter__()
        assert type(caught.value) is Rejected
        assert len(one.requests) == 6 + 3 + 1


@pytest.mark.parametrize("place", ["ftp://x/", "http://me:s3cret@localhost/", "http://[", "/a|b", "http://localhost:0/"])
@in_trio()
async def test_a_place_that_is_none(place: str) -> None:
    """A Location that is no place for a WebSocket is RedirectRefused, and repeats nothing."""
    async with servers(1) as [(one, url)]:
        one.places = {"/": place}
        with pytest.raises(RedirectRefused, match="Location") as caught:
            await rawws.trio.connect(url).__aenter__()
        assert "s3cret" not in str(caught.value)


@in_trio()
async def test_a_redirect_to_nobody() -> None:
    """Where nobody listens at the new place, the error is the one of that place."""
    async with servers(1) as [(one, url)]:
        [listener] = await trio.open_tcp_listeners(0, host=HOST)
        port = listener.socket.getsockname()[1]
        await listener.aclose()
        one.places = {"/": f"http://{HOST}:{port}/"}
        with pytest.raises(ConnectError, match=str(port)) as caught:
            await rawws.trio.connect(url).__aenter__()
        assert isinstance(caught.value.__cause__, ConnectionRefusedError)


@in_trio()
async def test_a_given_stream_leads_nowhere_else() -> None:
    """On a given stream a redirect is the refusal that it is: there is no second stream."""
    mine, theirs = trio.testing.memory_stream_pair()
    await theirs.send_all(b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n")
    with pytest.raises(Rejected) as caught:
        await rawws.trio.connect("ws://nowhere.invalid/", stream=mine).__aenter__()
    assert type(caught.value) is Rejected


@in_trio()
async def test_redirects_through_a_proxy() -> None:
    """Each server that a redirect leads to is asked for anew at the proxy."""
    async with servers(2) as [(one, url), (_, other)], http_proxy() as asked:
        one.places = {"/": f"{other}/b"}
        async with rawws.trio.connect(url, proxy=f"http://{HOST}:{asked.port}") as ws:
            await ws.send("hello")
            assert await ws.receive() == "hello"
        assert [f"ws://{host}:{port}" for host, port in asked.targets] == [url, other]


@in_trio(virtual=True)
async def test_the_timeout_is_for_all_of_them() -> None:
    """`open_timeout` is for the whole way, however many servers take part of it."""

    async def slowly(request: HTTPRequest) -> HTTPResponse:
        await trio.sleep(3)
        return HTTPResponse(302, b"", [(b"Location", b"/")])

    async with serving(echo, on_request=slowly) as server:
        began = trio.current_time()
        with pytest.raises(OpenTimeout, match="7 seconds"):
            await rawws.trio.connect(f"ws://{HOST}:{server.port}/", open_timeout=7).__aenter__()
        assert 7 <= trio.current_time() - began < 9
