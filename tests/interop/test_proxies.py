"""`rawws.trio.connect` through proxies that nobody here wrote: proxy.py speaks HTTP CONNECT, pproxy SOCKS5."""

from __future__ import annotations

import contextlib
import functools
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import trio

import rawws.trio

from tests.interop.conftest import Certificates
from tests.interop.payloads import MESSAGES
from tests.interop.peer import DEADLINE, HOST
from tests.interop.processes import START_DEADLINE

#: Both listen on a free port, and want a name and a password.
HTTP = ["-m", "proxy", "--hostname", HOST, "--port", "0", "--basic-auth", "me:s3cret", "--log-level", "ERROR"]
SOCKS = ["-u", "-m", "pproxy", "-l", f"socks5://{HOST}:0#me:s3cret"]

SCHEMES = ["http", "socks5", "socks5h"]


@contextlib.contextmanager
def running(arguments: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A program in Python, which is ended."""
    command = [sys.executable, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.communicate()


@pytest.fixture(scope="module")
def http_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where a running proxy.py listens, as the file tells that it writes."""
    told = tmp_path_factory.mktemp("proxy") / "port"
    with running([*HTTP, "--num-workers", "1", "--num-acceptors", "1", "--port-file", str(told)]) as process:
        deadline = time.monotonic() + START_DEADLINE
        while not (told.exists() and told.read_text().strip()):
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield int(told.read_text().split()[0])


@pytest.fixture(scope="module")
def socks_port() -> Iterator[int]:
    """Where a running pproxy listens, as its first line tells."""
    with running(SOCKS) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        match = re.search(r"127\.0\.0\.1:([1-9][0-9]*)", line)
        assert match, line
        yield int(match[1])


@pytest.fixture
def proxy(scheme: str, request: pytest.FixtureRequest) -> str:
    """The URL of a proxy that speaks a scheme."""
    port = request.getfixturevalue("http_port" if scheme == "http" else "socks_port")
    return f"{scheme}://me:s3cret@{HOST}:{port}"


async def echo(ws: rawws.trio.WebSocket) -> None:
    """Answer every message with itself."""
    async for message in ws:
        await ws.send(message)


def in_trio(story: Any, *arguments: object) -> None:  # noqa: ANN401  any coroutine function
    """Run a test with a deadline."""

    async def main() -> None:
        with trio.fail_after(DEADLINE):
            await story(*arguments)

    trio.run(main)


@pytest.mark.parametrize("tls", [False, True], ids=["ws", "wss"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_messages_cross_a_proxy(proxy: str, tls: bool, certificates: Certificates) -> None:
    """Messages of every kind and size cross the proxy in both directions, for ws and for wss."""

    async def story() -> None:
        async with trio.open_nursery() as nursery:
            context = certificates.server if tls else None
            serve = functools.partial(rawws.trio.serve, echo, HOST, 0, ssl_context=context)
            server = await nursery.start(serve)
            url = f"{'wss' if tls else 'ws'}://{HOST}:{server.port}/"
            settings: dict[str, Any] = {"ssl_context": certificates.client} if tls else {}
            async with rawws.trio.connect(url, proxy=proxy, **settings) as ws:
                assert ws.remote_address == (HOST, int(proxy.rpartition(":")[2]))
                for message in MESSAGES:
                    await ws.send(message)
                    assert await ws.receive() == message
            assert ws.ended is not None
            assert ws.ended.clean
            nursery.cancel_scope.cancel()

    in_trio(story)


@pytest.mark.parametrize("userinfo", ["", "me:wrong@"])
@pytest.mark.parametrize("scheme", ["http"])
def test_the_proxy_wants_to_know_who_asks(userinfo: str, proxy: str) -> None:
    """Without the right name and password it is a ProxyError with 407."""

    async def story() -> None:
        with pytest.raises(rawws.trio.ProxyError) as caught:
            await rawws.trio.connect(f"ws://{HOST}:9/", proxy=proxy.replace("me:s3cret@", userinfo)).__aenter__()
        assert caught.value.status_code == 407

    in_trio(story)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_server_that_the_proxy_cannot_reach(proxy: str) -> None:
    """Where nobody listens behind the proxy it is a ConnectError, whatever the proxy makes of it."""

    async def story() -> None:
        [listener] = await trio.open_tcp_listeners(0, host=HOST)
        port = listener.socket.getsockname()[1]
        await listener.aclose()
        with pytest.raises(rawws.trio.ConnectError) as caught:
            await rawws.trio.connect(f"ws://{HOST}:{port}/", proxy=proxy).__aenter__()
        assert "s3cret" not in f"{caught.value!r}"
        if proxy.startswith("http:"):
            assert isinstance(caught.value, rawws.trio.ProxyError)
            assert caught.value.status_code == 502

    in_trio(story)
