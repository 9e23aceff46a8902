"""Connections through proxies: CONNECT and SOCKS5, for ws and wss, by argument and by environment."""

from __future__ import annotations

import base64
import builtins
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest
import trio
import trio.testing

import rawws.trio
from rawws.core.errors import RemoteProtocolError
from rawws.trio import ConnectError, OpenTimeout, ProxyError

from tests.trio.peer import HOST, RawPeer, listen, port_of
from tests.trio.proxies import http_proxy, socks_proxy
from tests.trio.running import certificates, echo, eventually, in_trio, serving

Scheme = Literal["http", "https", "socks5", "socks5h"]
SCHEMES: tuple[Scheme, ...] = ("http", "https", "socks5", "socks5h")

BASIC = b"Basic " + base64.b64encode(b"me:s3cret")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine's own environment says."""
    for name in ("ws", "wss", "http", "https", "socks", "all", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name}_PROXY".upper(), raising=False)


@asynccontextmanager
async def a_proxy(scheme: Scheme, *, secret: bool = False) -> AsyncIterator[tuple[str, list[tuple[str, int]]]]:
    """A proxy of a kind: its URL, and a list that gets what it is asked for."""
    userinfo = "me:s3cret@" if secret else ""
    if scheme.startswith("socks"):
        user, password = (b"me", b"s3cret") if secret else (b"", b"")
        async with socks_proxy(user=user, password=password) as asked:
            yield f"{scheme}://{userinfo}{HOST}:{asked.port}", asked.targets
    else:
        tls = certificates().server if scheme == "https" else None
        async with http_proxy(wants=BASIC if secret else b"", tls=tls) as asked:
            yield f"{scheme}://{userinfo}{HOST}:{asked.port}", asked.targets


@pytest.mark.parametrize("secret", [False, True], ids=["open", "secret"])
@pytest.mark.parametrize("tls", [False, True], ids=["ws", "wss"])
@pytest.mark.parametrize("scheme", SCHEMES)
@in_trio()
async def test_through_a_proxy(scheme: Scheme, tls: bool, secret: bool) -> None:
    """Every kind of proxy is asked for the server's host and port, for ws as for wss, and what is sent arrives."""
    made = certificates()
    settings: dict[str, Any] = {"ssl_context": made.client} if tls else {}
    if scheme == "https":
        settings["proxy_ssl_context"] = made.client
    async with (
        serving(echo, ssl_context=made.server if tls else None) as server,
        a_proxy(scheme, secret=secret) as (proxy, targets),
    ):
        url = f"{'wss' if tls else 'ws'}://localhost:{server.port}/"
        async with rawws.trio.connect(url, proxy=proxy, **settings) as ws:
            for message in ("hello", b"x" * 300_000, ""):
                await ws.send(message)
                assert await ws.receive() == message
            assert await ws.ping() >= 0
        assert ws.ended is not None
        assert ws.ended.clean
        assert [port for _, port in targets] == [server.port]
        assert targets[0][0] in ({HOST, "::1"} if scheme == "socks5" else {"localhost"})
        await eventually(lambda: not server.connections)


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
@in_trio()
async def test_a_name_that_only_the_proxy_knows(scheme: Scheme) -> None:
    """The name of the server goes to the proxy as it is (and as DNS knows it), and is not looked up here."""
    async with serving(echo) as server, a_proxy(scheme) as (proxy, targets):
        for name in ("server.example", "münchen.example"):
            async with rawws.trio.connect(f"ws://{name}:{server.port}/", proxy=proxy) as ws:
                await ws.send("hello")
                assert await ws.receive() == "hello"
    assert targets == [("server.example", server.port), ("xn--mnchen-3ya.example", server.port)]


@in_trio()
async def test_the_environments_proxy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an argument the environment's proxy is used, with None none; to this host itself there is none."""
    async with serving(echo) as server, a_proxy("http", secret=True) as (proxy, targets):
        monkeypatch.setenv("https_proxy", proxy)
        url = f"ws://server.example:{server.port}/"
        async with rawws.trio.connect(url) as ws:
            await ws.send("hello")
            assert await ws.receive() == "hello"
        async with rawws.trio.connect(f"ws://{HOST}:{server.port}/"):
            pass
        assert targets == [("server.example", server.port)]
        monkeypatch.setenv("no_proxy", "server.example")
        directly: list[dict[str, Any]] = [{}, {"proxy": None}]
        for settings in directly:
            monkeypatch.setattr(trio.socket, "getaddrinfo", _unknown)
            with pytest.raises(ConnectError):
                await rawws.trio.connect(url, **settings).__aenter__()
            monkeypatch.setenv("no_proxy", "")
        assert len(targets) == 1


async def _unknown(*args: object, **kwargs: object) -> None:
    """Names outside of this host are not asked for in tests."""
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


# -- what goes wrong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("proxy", ["http", "socks5", "socks5h"])
@in_trio()
async def test_a_proxy_that_is_not_there(proxy: str) -> None:
    """A proxy that cannot be reached is a ProxyError, caused by OSError, that names the proxy without its secrets."""
    async with await listen() as listener:
        port = port_of(listener)
    with pytest.raises(ProxyError) as caught:
        await rawws.trio.connect("ws://h.example/", proxy=f"{proxy}://me:s3cret@{HOST}:{port}").__aenter__()
    assert isinstance(caught.value, ConnectError)
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.status_code is None
    assert str(port) in str(caught.value)
    assert "refused" in str(caught.value)
    _shows_no_secret(caught.value)


@pytest.mark.parametrize("proxy", ["http", "socks5", "socks5h"])
@in_trio()
async def test_a_proxy_that_wants_to_know_who_asks(proxy: Scheme) -> None:
    """Wrong credentials are a ProxyError; of an HTTP proxy it tells the status."""
    async with a_proxy(proxy, secret=True) as (url, _):
        for wrong in (url.replace("s3cret", "s3cre"), url.replace("me:s3cret@", "")):
            with pytest.raises(ProxyError) as caught:
                await rawws.trio.connect("ws://127.0.0.1:9/", proxy=wrong).__aenter__()
            assert caught.value.status_code == (407 if proxy == "http" else None)
            assert (caught.value.__cause__ is None) == (proxy == "http")
            _shows_no_secret(caught.value, "s3cre")


def _shows_no_secret(exc: BaseException | None, secret: str = "s3cret") -> None:
    while exc is not None:
        assert secret not in f"{exc} {exc!r}"
        assert base64.b64encode(f"me:{secret}".encode()).decode() not in f"{exc} {exc!r}"
        exc = exc.__cause__ or exc.__context__


@in_trio()
async def test_a_server_that_the_proxy_cannot_reach() -> None:
    """A SOCKS proxy's refusal is a ProxyError with the reason in words."""
    async with socks_proxy(reply=5) as asked:
        with pytest.raises(ProxyError, match="refused") as caught:
            await rawws.trio.connect("ws://h.example/", proxy=f"socks5h://{HOST}:{asked.port}").__aenter__()
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (b"", None),
        (b"HTTP/1.1 20", None),
        (b"SSH-2.0-OpenSSH\r\n\r\n", RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n\r\n", RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000, RemoteProtocolError),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, RemoteProtocolError),
    ],
    ids=["nothing", "half", "no HTTP", "more", "endless", "1xx"],
)
@pytest.mark.parametrize("tls", [False, True], ids=["ws", "wss"])
@in_trio()
async def test_an_answer_that_is_none(said: bytes, cause: type[Exception] | None, tls: bool) -> None:
    """A proxy that says nothing, half of something, something else or without end is a ProxyError."""

    async def answer(peer: RawPeer) -> None:
        await peer.send(said)

    async with http_proxy(answer=answer) as asked:
        with pytest.raises(ProxyError) as caught:
            url = f"{'wss' if tls else 'ws'}://h.example/"
            await rawws.trio.connect(url, proxy=f"http://{HOST}:{asked.port}").__aenter__()
    assert caught.value.__cause__ is not None
    assert cause is None or isinstance(caught.value.__cause__, cause)


@pytest.mark.parametrize("status", [301, 403, 404, 502, 503])
@in_trio()
async def test_a_refusal_of_the_proxys(status: int) -> None:
    """Any other status than 2xx is a ProxyError that tells it: a redirect of a proxy's leads nowhere."""

    async def answer(peer: RawPeer) -> None:
        await peer.send(b"HTTP/1.1 %d No\r\nRetry-After: 7\r\nLocation: ws://127.0.0.1:1/\r\n\r\nendless" % status)
        await peer.read_to_end()

    async with http_proxy(answer=answer) as asked:
        with pytest.raises(ProxyError, match=str(status)) as caught:
            await rawws.trio.connect("ws://h.example/", proxy=f"http://{HOST}:{asked.port}").__aenter__()
    assert caught.value.status_code == status
    assert (b"retry-after", b"7") in caught.value.headers


@pytest.mark.parametrize("tls", [False, True], ids=["ws", "wss"])
@in_trio()
async def test_what_fails_behind_the_proxy_is_no_proxys_error(tls: bool) -> None:
    """Where the way is open and the server wrong, the error is the one that there would be without a proxy."""

    async def answer(peer: RawPeer) -> None:
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
        await peer.read_octets()
        await peer.send(b"what?\r\n\r\n")

    async with http_proxy(answer=answer) as asked:
        with pytest.raises(ConnectError) as caught:
            url = f"{'wss' if tls else 'ws'}://h.example/"
            await rawws.trio.connect(url, proxy=f"http://{HOST}:{asked.port}").__aenter__()
    assert type(caught.value) is (ConnectError if tls else rawws.trio.InvalidHandshake)
    assert isinstance(caught.value.__cause__, ssl.SSLError if tls else RemoteProtocolError)


@in_trio()
async def test_certificates_are_verified_behind_a_proxy_and_of_it() -> None:
    """The server's certificate must be for the server, the proxy's for the proxy; an untrusted proxy learns nothing."""
    made = certificates()
    async with serving(echo, ssl_context=made.foreign) as server, a_proxy("http") as (proxy, _):
        with pytest.raises(ConnectError) as caught:
            url = f"wss://localhost:{server.port}/"
            await rawws.trio.connect(url, proxy=proxy, ssl_context=made.client).__aenter__()
        assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)
        assert not isinstance(caught.value, ProxyError)
    async with a_proxy("https", secret=True) as (proxy, targets):
        for context in (None, made.stranger):
            with pytest.raises(ProxyError, match="not trusted") as caught:
                await rawws.trio.connect("ws://h.example/", proxy=proxy, proxy_ssl_context=context).__aenter__()
            assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)
        assert not targets


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
@in_trio(virtual=True)
async def test_the_timeout_is_for_the_proxy_too(scheme: str) -> None:
    """A proxy that never answers is an OpenTimeout after `open_timeout`."""
    async with await listen() as listener, trio.open_nursery() as nursery:
        streams: list[trio.SocketStream] = []

        async def accept() -> None:
            streams.append(await listener.accept())

        nursery.start_soon(accept)
        began = trio.current_time()
        with pytest.raises(OpenTimeout, match="7 seconds"):
            proxy = f"{scheme}://{HOST}:{port_of(listener)}"
            await rawws.trio.connect("ws://h.example/", proxy=proxy, open_timeout=7).__aenter__()
        assert 7 <= trio.current_time() - began < 10
        await eventually(lambda: streams)
        await streams[0].aclose()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("after", [0.0, 0.001, 0.002, 0.004, 0.008, 0.016])
@in_trio()
async def test_cancelled_it_leaves_no_socket(scheme: Scheme, after: float, open_sockets: Callable[[], int]) -> None:
    """Cancelled anywhere on the way through a proxy, no socket is left."""
    made = certificates()
    settings: dict[str, Any] = {"proxy_ssl_context": made.client} if scheme == "https" else {}
    async with serving(echo, ssl_context=made.server) as server, a_proxy(scheme) as (proxy, _):
        before = open_sockets()
        with trio.move_on_after(after):
            url = f"wss://localhost:{server.port}/"
            async with rawws.trio.connect(url, proxy=proxy, ssl_context=made.client, **settings):
                await trio.sleep_forever()
        await eventually(lambda: open_sockets() == before)


@in_trio()
async def test_logs_show_no_secrets(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever is logged on the way, on any level, shows neither the proxy's nor the server's credentials."""
    caplog.set_level(logging.DEBUG)
    async with serving(echo) as server, a_proxy("http", secret=True) as (proxy, _):
        url = f"ws://me:s3cret@localhost:{server.port}/?token=s3cret"
        connection = rawws.trio.connect(url, proxy=proxy, extra_headers=[("Cookie", "s3cret")])
        async with connection as ws:
            assert "s3cret" not in f"{connection!r} {ws!r} {ws.request.extra_headers}"
            assert dict(ws.request.extra_headers)[b"Authorization"] == BASIC
        with pytest.raises(ProxyError):
            await rawws.trio.connect(url, proxy=proxy.replace("me", "you")).__aenter__()
    assert "connected to ws://localhost:" in caplog.text
    assert "s3cret" not in caplog.text
    assert BASIC.decode() not in caplog.text


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"proxy": "ftp://x"}, "proxy: .*ftp"),
        ({"proxy": "http://me:s3cret@x:y"}, "proxy: .*port"),
        ({"proxy": 7}, "proxy: .*int"),
        ({"proxy": "http://x", "unix_path": "/x"}, "unix_path and proxy"),
        ({"proxy": "http://x", "stream": object()}, "stream and proxy"),
        ({"proxy": "http://x", "proxy_ssl_context": ssl.create_default_context()}, "proxy_ssl_context"),
        ({"proxy_ssl_context": True}, "proxy_ssl_context"),
    ],
)
def test_wrong_arguments_are_refused_at_the_call(arguments: dict[str, Any], word: str) -> None:
    """What cannot be is found out at the call, with the argument's name and without its secrets."""
    with pytest.raises((ValueError, TypeError), match=word) as caught:
        rawws.trio.connect("ws://example.com/", **arguments)
    _shows_no_secret(caught.value)


def test_a_wrong_environment_is_found_out_at_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is no proxy's URL is an error at the call, which names the variable."""
    monkeypatch.setenv("HTTPS_PROXY", "gopher://me:s3cret@x")
    with pytest.raises(ValueError, match="HTTPS_PROXY in the environment") as caught:
        rawws.trio.connect("wss://example.com/")
    _shows_no_secret(caught.value)
    rawws.trio.connect("wss://example.com/", proxy=None)
    rawws.trio.connect("wss://localhost/")


def test_socks_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without python-socks, a SOCKS proxy is an ImportError at the call that says what to install."""
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  as the one of Python
        if name.startswith("python_socks"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"rawws\[socks\]"):
        rawws.trio.connect("ws://example.com/", proxy="socks5://x")
    monkeypatch.setenv("all_proxy", "socks5://x")
    with pytest.raises(ImportError, match=r"rawws\[socks\]"):
        rawws.trio.connect("ws://example.com/")
    rawws.trio.connect("ws://example.com/", proxy="http://x")
