"""Every way in which `connect` fails: an error that says why, and no socket left."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from typing import Any

import pytest
import trio
import trio.testing

import rawws.trio
from rawws.core import Limits
from rawws.core.connection import ConnectionState
from rawws.core.errors import LocalProtocolError, RemoteProtocolError
from rawws.trio import ConnectError, InvalidHandshake, InvalidURL, OpenTimeout, Rejected

from tests.trio.frames import TEXT, response
from tests.trio.peer import HOST, RawPeer, listen, port_of, reset
from tests.trio.running import eventually, in_trio
from tests.trio.scripts import scripted

#: Arguments that cannot be sent, and what they raise at the call, before anything happens.
WRONG: list[tuple[dict[str, Any], type[Exception] | tuple[type[Exception], ...]]] = [
    ({"url": "http://x/"}, InvalidURL),
    ({"subprotocols": "chat"}, TypeError),
    ({"subprotocols": ["a b"]}, LocalProtocolError),
    ({"subprotocols": ["a", "a"]}, LocalProtocolError),
    ({"subprotocols": [""]}, LocalProtocolError),
    ({"subprotocols": ["a\r\nX: y"]}, LocalProtocolError),
    ({"extra_headers": [("X-A", "1\r\nX-B: 2")]}, LocalProtocolError),
    ({"extra_headers": [("X A", "1")]}, LocalProtocolError),
    ({"extra_headers": [("Host", "other")]}, LocalProtocolError),
    ({"extra_headers": [("Sec-WebSocket-Key", "x")]}, LocalProtocolError),
    ({"extra_headers": [("Content-Length", "5")]}, LocalProtocolError),
    ({"extra_headers": ["X-A: 1"]}, TypeError),
    ({"extra_headers": [("X-A", "ü")]}, ValueError),
    ({"origin": "x\r\nX-B: 2"}, LocalProtocolError),
    ({"origin": "ü"}, ValueError),
    ({"user_agent": "x\ny"}, LocalProtocolError),
    ({"user_agent": "ü"}, ValueError),
    ({"ping_interval": "soon"}, TypeError),
    ({"open_timeout": -1}, ValueError),
    ({"ssl_context": ssl.create_default_context()}, ValueError),
    ({"extra_headers": [(b"X-A", b"\x00")]}, LocalProtocolError),
]


@pytest.mark.parametrize(("arguments", "error"), WRONG, ids=lambda value: repr(value)[:40])
def test_wrong_arguments_are_refused_at_the_call(arguments: dict[str, Any], error: type[Exception]) -> None:
    """What cannot be sent raises at the call of `connect`, outside of trio, before any packet."""
    with pytest.raises(error):
        rawws.trio.connect(**{"url": "ws://127.0.0.1:1/", **arguments})


#: For each argument, values that cannot be meant.
NEVER_MEANT: dict[str, list[Any]] = {
    "origin": [7, "ü"],
    "user_agent": [7, "ü"],
    "limits": ["x", None, {}],
    "compression": ["yes", 7, None],
    "text_as_bytes": ["x", None, 1],
    "extra_headers": [7, None, "X: y", [7], [("a", 7)], {"X": "ü"}],
    "subprotocols": [7, None, "chat"],
    "stream": [7, object()],
    "unix_path": [7, "", b"/x", "/a\0b"],
    "proxy": [7, b"http://x", "", "ftp://x"],
    "proxy_ssl_context": [True, ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)],
    "ssl_context": [True, ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)],
    "server_hostname": [7, "", "a b", "\0", "ü"],
    **{f"{name}": ["x", True, -1, float("nan")] for name in ("ping_interval", "ping_timeout", "open_timeout")},
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in NEVER_MEANT.items() for value in values])
def test_the_error_for_an_argument_names_it(name: str, value: object) -> None:
    """Whatever an argument cannot be raises TypeError or ValueError at the call, with the argument's name in it."""
    with pytest.raises((TypeError, ValueError), match=name):
        rawws.trio.connect("wss://localhost/", **{name: value})  # type: ignore[arg-type]


@in_trio()
async def test_nobody_listens() -> None:
    """A refused connection raises ConnectError, caused by OSError."""
    async with await listen() as listener:
        port = port_of(listener)
    with pytest.raises(ConnectError) as caught:
        async with rawws.trio.connect(f"ws://{HOST}:{port}/"):
            pass
    assert type(caught.value) is ConnectError
    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.parametrize("host", ["a" * 64 + ".invalid", "x..invalid"])
@in_trio()
async def test_names_that_cannot_be_resolved(host: str) -> None:
    """A host name that cannot exist raises ConnectError or InvalidURL, and nothing else."""
    with pytest.raises((ConnectError, InvalidURL, LocalProtocolError)):
        async with rawws.trio.connect(f"ws://{host}:9/"):
            pass


@in_trio(virtual=True)
async def test_a_server_that_never_answers() -> None:
    """A server that accepts the connection and says nothing raises OpenTimeout after `open_timeout`."""

    async def script(peer: RawPeer) -> None:
        await peer.read_head()
        await trio.sleep_forever()

    async with scripted(script) as url:
        began = trio.current_time()
        with pytest.raises(OpenTimeout, match="7 seconds"):
            async with rawws.trio.connect(url, open_timeout=7):
                pass
        assert 7 <= trio.current_time() - began < 10


@in_trio(virtual=True)
async def test_a_server_that_dribbles() -> None:
    """A server that sends its answer octet by octet, without end, does not keep a client beyond `open_timeout`."""

    async def script(peer: RawPeer) -> None:
        await peer.read_head()
        await peer.send(b"HTTP/1.1 101 Switching Protocols\r\n")
        while True:
            await peer.send(b"X")
            await trio.sleep(1)

    async with scripted(script) as url:
        began = trio.current_time()
        with pytest.raises(OpenTimeout):
            async with rawws.trio.connect(url, open_timeout=7):
                pass
        assert 7 <= trio.current_time() - began < 12


@in_trio(virtual=True)
async def test_none_means_to_wait_for_ever() -> None:
    """With `open_timeout=None` a server may take as long as it likes."""

    async def script(peer: RawPeer) -> None:
        request = await peer.read_head()
        await trio.sleep(300)
        await peer.send(response(request))

    async with scripted(script) as url, rawws.trio.connect(url, open_timeout=None, close_timeout=1) as ws:
        assert ws.state is ConnectionState.OPEN


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 101 Swit"])
@pytest.mark.parametrize("how", ["fin", "rst"])
@in_trio()
async def test_a_server_that_leaves(how: str, said: bytes) -> None:
    """A server that ends the stream before its answer is complete raises ConnectError, with the reason as its cause."""

    async def script(peer: RawPeer) -> None:
        await peer.read_head()
        await peer.send(said)
        if how == "rst":
            await peer.reset()

    async with scripted(script) as url:
        with pytest.raises(ConnectError) as caught:
            async with rawws.trio.connect(url):
                pass
        assert type(caught.value) is ConnectError
        assert caught.value.__cause__ is not None
        assert isinstance(caught.value.__cause__, ConnectionResetError) == (how == "rst")


#: Answers to an opening handshake that no client may take for a connection.
WRONG_ANSWERS: dict[str, Callable[[bytes], bytes]] = {
    "no HTTP": lambda request: b"hello\r\n\r\n",
    "HTTP/1.0": lambda request: response(request).replace(b"HTTP/1.1", b"HTTP/1.0"),
    "another key": lambda request: response(request).replace(b"Accept: ", b"Accept: x"),
    "no key": lambda request: re.sub(rb"Sec-WebSocket-Accept: .*?\r\n", b"", response(request)),
    "no upgrade": lambda request: response(request).replace(b"Upgrade: websocket\r\n", b""),
    "no connection": lambda request: response(request).replace(b"Connection: Upgrade\r\n", b""),
    "a subprotocol nobody asked for": lambda request: response(request, b"Sec-WebSocket-Protocol: chat"),
    "an extension nobody asked for": lambda request: response(request, b"Sec-WebSocket-Extensions: x-foo"),
    "the extension twice": lambda request: response(
        request, b"Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate"
    ),
    "too many headers": lambda request: response(request, *[b"X: y"] * 200),
    "a head without end": lambda request: response(request, b"X: " + b"y" * 20_000),
}


@pytest.mark.parametrize("wrong", WRONG_ANSWERS)
@in_trio()
async def test_a_wrong_answer(wrong: str) -> None:
    """An answer that breaks a rule raises InvalidHandshake, a ConnectError caused by RemoteProtocolError."""

    async def script(peer: RawPeer) -> None:
        await peer.send(WRONG_ANSWERS[wrong](await peer.read_head()))
        await peer.read_to_end()

    async with scripted(script) as url:
        with pytest.raises(InvalidHandshake) as caught:
            async with rawws.trio.connect(url):
                pass
        assert isinstance(caught.value, ConnectError)
        assert isinstance(caught.value.__cause__, RemoteProtocolError)


@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 426, 500, 503])
@in_trio()
async def test_a_refusal(status: int) -> None:
    """Another status than 101 raises Rejected with status, headers and body."""

    async def script(peer: RawPeer) -> None:
        await peer.read_head()
        await peer.send(b"HTTP/1.1 %d Because\r\nContent-Length: 6\r\nX-Why: so\r\n\r\nsorry!" % status)
        await peer.read_to_end()

    async with scripted(script) as url:
        with pytest.raises(Rejected, match=str(status)) as caught:
            async with rawws.trio.connect(url):
                pass
        assert (caught.value.status_code, caught.value.body) == (status, b"sorry!")
        assert (b"x-why", b"so") in [(name.lower(), value) for name, value in caught.value.headers]


@pytest.mark.parametrize("how", ["fin", "rst", "endless", "none"])
@in_trio()
async def test_the_body_of_a_refusal(how: str) -> None:
    """Of a refusal's body comes what came: until its end, a break, or the bound of `max_refusal_bytes`."""
    limits = Limits(max_refusal_bytes=1000)

    async def script(peer: RawPeer) -> None:
        await peer.read_head()
        if how == "none":
            await peer.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        else:
            await peer.send(b"HTTP/1.1 404 Not Found\r\n\r\nsorry")
        if how == "rst":
            await trio.testing.wait_all_tasks_blocked(0.01)
            await peer.reset()
        while how == "endless":
            await peer.send(b"x" * 1000)

    async with scripted(script) as url:
        with pytest.raises(Rejected) as caught:
            async with rawws.trio.connect(url, limits=limits):
                pass
        assert caught.value.status_code == 404
        assert caught.value.body == {"none": b"", "endless": b"sorry" + b"x" * 995}.get(how, b"sorry")


@in_trio()
async def test_informational_answers_are_passed_over() -> None:
    """A few 1xx before the 101 do no harm; without end they are refused."""

    async def few(peer: RawPeer) -> None:
        request = await peer.read_head()
        await peer.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 3, response(request))
        await peer.expect(TEXT, b"open")

    async def endless(peer: RawPeer) -> None:
        await peer.read_head()
        while True:
            await peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    async with scripted(few) as url, rawws.trio.connect(url) as ws:
        await ws.send("open")
    async with scripted(endless) as url:
        with pytest.raises(InvalidHandshake):
            async with rawws.trio.connect(url):
                pass


@in_trio()
async def test_a_failed_connect_leaves_no_socket(open_sockets: Callable[[], int]) -> None:
    """Whatever goes wrong, the socket is given back before the error comes out."""

    async def refuse(peer: RawPeer) -> None:
        await peer.read_head()
        await peer.send(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")
        reset(peer.stream.socket)  # type: ignore[union-attr]

    async with scripted(refuse) as url:
        await trio.testing.wait_all_tasks_blocked(0.005)
        before = open_sockets()
        for _ in range(20):
            with pytest.raises(ConnectError):
                await rawws.trio.connect(url).__aenter__()
        await eventually(lambda: open_sockets() == before)
