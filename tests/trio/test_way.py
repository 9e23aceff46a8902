"""The way to a server: names with many addresses, Unix sockets, names in certificates, certificates of clients."""

from __future__ import annotations

import contextlib
import functools
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
import trustme

import rawws.trio
from rawws.core.errors import LocalProtocolError
from rawws.trio import ConnectError, HTTPRequest, HTTPResponse, OpenTimeout, RedirectRefused, WebSocket
from rawws.trio.names import to_ascii

from tests.trio.frames import header, response
from tests.trio.peer import HOST, RawPeer
from tests.trio.running import certificates, echo, eventually, in_trio, serving
from tests.trio.scripts import echo as raw_echo


async def hello(ws: WebSocket) -> None:
    """Say something and hear it."""
    await ws.send("hello")
    assert await ws.receive() == "hello"


# -- names with many addresses ----------------------------------------------------------------------------------------


class Resolver(trio.abc.HostnameResolver):
    """Knows one name, with the addresses that it is given, in their order."""

    def __init__(self, *addresses: str) -> None:
        self.asked: list[bytes | None] = []
        self._addresses = addresses

    async def getaddrinfo(self, host: bytes | None, port: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """As the one of `socket`."""
        self.asked.append(host)
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in self._addresses
        ]

    async def getnameinfo(self, *args: Any) -> Any:  # noqa: ANN401
        """Nobody asks."""
        raise NotImplementedError


@asynccontextmanager
async def silent_address(port: int) -> AsyncIterator[str]:
    """An address of this host that answers no SYN at this port: its queue of connections is full."""
    address = "127.0.0.9"
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((address, port))
        listener.listen(0)
        for _ in range(8):
            sock = stack.enter_context(socket.socket())
            sock.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                sock.connect((address, port))
        yield address


@in_trio()
async def test_an_address_that_does_not_answer_does_not_hold_up_the_others() -> None:
    """Of a name's addresses the next is tried beside one that is silent: long before any timeout of TCP's."""
    async with serving(echo) as server, silent_address(server.port) as silent:
        resolver = Resolver(silent, HOST)
        trio.socket.set_custom_hostname_resolver(resolver)
        async with rawws.trio.connect(f"ws://many.example:{server.port}/", proxy=None) as ws:
            await hello(ws)
            assert ws.remote_address == (HOST, server.port)
    assert resolver.asked == [b"many.example"]


@in_trio()
async def test_an_address_that_refuses_is_passed_over() -> None:
    """Of a name's addresses, one that refuses is no reason to give up; where all refuse, the error says so."""
    async with serving(echo) as server:
        trio.socket.set_custom_hostname_resolver(Resolver("127.0.0.2", HOST))
        async with rawws.trio.connect(f"ws://many.example:{server.port}/", proxy=None) as ws:
            await hello(ws)
        port = server.port
    trio.socket.set_custom_hostname_resolver(Resolver("127.0.0.2", "127.0.0.3"))
    with pytest.raises(ConnectError, match="Connection refused") as caught:
        await rawws.trio.connect(f"ws://many.example:{port}/", proxy=None).__aenter__()
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)
    assert str(caught.value).count("refused") == 1


@in_trio()
async def test_a_name_outside_ascii_is_looked_up_as_dns_knows_it() -> None:
    """The name is asked for, and sent as Host, in its form for DNS."""
    heads: list[bytes] = []

    async def script(stream: trio.SocketStream) -> None:
        async with RawPeer(stream, client=False) as peer:
            heads.append(await peer.read_head())
            await peer.send(response(heads[0]))
            await peer.read_to_end()

    resolver = Resolver(HOST)
    trio.socket.set_custom_hostname_resolver(resolver)
    async with trio.open_nursery() as nursery:
        [listener] = await nursery.start(functools.partial(trio.serve_tcp, script, 0, host=HOST))
        port = listener.socket.getsockname()[1]
        async with rawws.trio.connect(f"ws://faß.example:{port}/", proxy=None, close_timeout=0.01):
            pass
        nursery.cancel_scope.cancel()
    name = to_ascii("faß.example").encode()
    assert name == b"xn--fa-hia.example"
    assert resolver.asked == [name]
    assert header(heads[0], b"host") == name + b":%d" % port


@in_trio()
async def test_a_name_that_nobody_knows() -> None:
    """A name that cannot be resolved is a ConnectError caused by gaierror."""

    class Unknown(Resolver):
        async def getaddrinfo(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    trio.socket.set_custom_hostname_resolver(Unknown())
    with pytest.raises(ConnectError, match="Name or service not known") as caught:
        await rawws.trio.connect("ws://unknown.example/", proxy=None).__aenter__()
    assert isinstance(caught.value.__cause__, socket.gaierror)


# -- Unix sockets -----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def on_unix_socket(path: Path, **settings: Any) -> AsyncIterator[rawws.trio.Server]:  # noqa: ANN401
    """A server on a Unix socket."""
    async with trio.open_nursery() as nursery:
        serve = functools.partial(rawws.trio.serve, echo, None, 0, unix_path=path, **settings)
        yield await nursery.start(serve)
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("tls", [False, True], ids=["ws", "wss"])
@in_trio()
async def test_over_a_unix_socket(tls: bool, tmp_path: Path, open_sockets: Callable[[], int]) -> None:
    """With `unix_path` the connection goes over that socket, whatever the host; the URL says what to ask for."""
    made = certificates()
    path = tmp_path / "s"
    before = open_sockets()
    async with on_unix_socket(path, **({"ssl_context": made.server} if tls else {})):
        settings: dict[str, Any] = {"ssl_context": made.client} if tls else {}
        for unix in (path, str(path)):
            url = f"{'wss' if tls else 'ws'}://localhost/chat"
            async with rawws.trio.connect(url, unix_path=unix, **settings) as ws:
                await hello(ws)
                assert ws.request.target == "/chat"
                assert ws.request.host == "localhost"
                assert ws.remote_address == str(path)
                await ws.send(b"x" * 1_000_000)
                assert await ws.receive() == b"x" * 1_000_000
    await eventually(lambda: open_sockets() == before)


@in_trio()
async def test_a_unix_socket_that_is_not_there(tmp_path: Path) -> None:
    """A path where nobody listens is a ConnectError caused by OSError."""
    with pytest.raises(ConnectError, match="No such file") as caught:
        await rawws.trio.connect("ws://localhost/", unix_path=tmp_path / "none").__aenter__()
    assert isinstance(caught.value.__cause__, FileNotFoundError)


@in_trio()
async def test_a_unix_socket_does_not_lead_elsewhere(tmp_path: Path) -> None:
    """A redirect on the same origin goes over the same socket; one to another server is refused."""

    def answer(request: HTTPRequest) -> HTTPResponse | None:
        places = {"/a": b"/b", "/c": b"ws://other.example/"}
        place = places.get(request.path)
        return None if place is None else HTTPResponse(302, b"", [(b"Location", place)])

    async with on_unix_socket(tmp_path / "s", on_request=answer):
        async with rawws.trio.connect("ws://localhost/a", unix_path=tmp_path / "s") as ws:
            assert ws.request.target == "/b"
            await hello(ws)
        with pytest.raises(RedirectRefused, match="Unix socket"):
            await rawws.trio.connect("ws://localhost/c", unix_path=tmp_path / "s").__aenter__()


# -- certificates -----------------------------------------------------------------------------------------------------


@in_trio()
async def test_the_name_in_the_certificate_may_be_another() -> None:
    """`server_hostname` is the name that is asked for and verified, where the URL names an address of that server."""
    made = certificates()
    async with serving(echo, ssl_context=made.foreign) as server:
        url = f"wss://{HOST}:{server.port}/"
        with pytest.raises(ConnectError, match="not trusted"):
            await rawws.trio.connect(url, ssl_context=made.client).__aenter__()
        settings: dict[str, Any] = {"ssl_context": made.client, "server_hostname": "elsewhere.example"}
        async with rawws.trio.connect(url, **settings) as ws:
            await hello(ws)
        with pytest.raises(ConnectError, match="not trusted"):
            await rawws.trio.connect(url, ssl_context=made.client, server_hostname="localhost").__aenter__()


@in_trio()
async def test_the_other_name_is_not_for_other_servers() -> None:
    """Where a redirect leads to another origin, its certificate must be for the host in the URL again."""
    made = certificates()

    async with serving(echo, ssl_context=made.foreign) as second:

        def away(request: HTTPRequest) -> HTTPResponse:
            return HTTPResponse(302, b"", [(b"Location", b"https://localhost:%d/" % second.port)])

        async with serving(echo, ssl_context=made.foreign, on_request=away) as first:
            url = f"wss://{HOST}:{first.port}/"
            settings: dict[str, Any] = {"ssl_context": made.client, "server_hostname": "elsewhere.example"}
            with pytest.raises(ConnectError, match=rf"certificate of localhost:{second.port} is not trusted"):
                await rawws.trio.connect(url, **settings).__aenter__()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@in_trio()
async def test_a_server_that_wants_to_see_a_certificate(version: ssl.TLSVersion) -> None:
    """With a certificate of its own a client gets in; without, or with a stranger's, it is a ConnectError by TLS."""
    authority, stranger = trustme.CA(), trustme.CA()
    server_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_context.verify_mode = ssl.CERT_REQUIRED
    server_context.maximum_version = version
    authority.issue_cert(HOST).configure_cert(server_context)
    authority.configure_trust(server_context)

    def client(*of: trustme.CA) -> ssl.SSLContext:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        for issuer in of:
            issuer.issue_cert("me@example.com").configure_cert(context)
        return context

    async with serving(echo, ssl_context=server_context) as server:
        url = f"wss://{HOST}:{server.port}/"
        async with rawws.trio.connect(url, ssl_context=client(authority)) as ws:
            await hello(ws)
        for context in (client(), client(stranger)):
            with pytest.raises(ConnectError) as caught:
                await rawws.trio.connect(url, ssl_context=context).__aenter__()
            assert isinstance(caught.value.__cause__, (ssl.SSLError, ConnectionError))


@in_trio()
async def test_basic_credentials_come_from_the_url() -> None:
    """Name and password before the host are sent as Basic credentials, decoded, and Host holds nothing of them."""
    heads: list[bytes] = []

    async def script(stream: trio.SocketStream) -> None:
        async with RawPeer(stream, client=False) as peer:
            await raw_echo(peer)
            heads.append(peer.head)

    async with trio.open_nursery() as nursery:
        [listener] = await nursery.start(functools.partial(trio.serve_tcp, script, 0, host=HOST))
        port = listener.socket.getsockname()[1]
        async with rawws.trio.connect(f"ws://Aladdin:open%20sesame@{HOST}:{port}/"):
            pass
        await eventually(lambda: heads)
        nursery.cancel_scope.cancel()
    assert header(heads[0], b"authorization") == b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    assert header(heads[0], b"host") == f"{HOST}:{port}".encode()


@in_trio()
async def test_certificates_are_verified_on_a_given_stream() -> None:
    """A certificate that is not trusted is told as such on a given stream, too."""
    mine, theirs = trio.testing.memory_stream_pair()
    server = trio.SSLStream(theirs, certificates().server, server_side=True)
    async with trio.open_nursery() as nursery:

        async def serve() -> None:
            with pytest.raises(trio.BrokenResourceError):
                await server.do_handshake()

        nursery.start_soon(serve)
        with pytest.raises(ConnectError, match="the certificate of localhost is not trusted") as caught:
            await rawws.trio.connect("wss://localhost/", stream=mine).__aenter__()
        assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)


@pytest.mark.parametrize("waits_for", ["TLS", "the answer of the server", "the proxy"])
@in_trio(virtual=True)
async def test_a_timeout_says_what_was_waited_for(waits_for: str) -> None:
    """The cause of an OpenTimeout says how far it had come: to the proxy, to TLS, or to the server's answer."""
    [listener] = await trio.open_tcp_listeners(0, host=HOST)
    async with listener:
        where = f"{HOST}:{listener.socket.getsockname()[1]}"
        url = f"{'wss' if waits_for == 'TLS' else 'ws'}://{where}/"
        proxy = f"http://me:s3cret@{where}" if waits_for == "the proxy" else None
        with pytest.raises(OpenTimeout) as caught:
            await rawws.trio.connect(url, proxy=proxy, open_timeout=3).__aenter__()
        assert isinstance(caught.value.__cause__, TimeoutError)
        assert str(caught.value.__cause__).startswith(f"waited for {waits_for}")
        assert "s3cret" not in str(caught.value.__cause__)


@pytest.mark.parametrize(
    ("url", "arguments", "word"),
    [
        ("ws://h/", {"unix_path": 7}, "unix_path"),
        ("ws://h/", {"unix_path": b"/x"}, "unix_path"),
        ("ws://h/", {"unix_path": "/x", "stream": object()}, "stream and unix_path"),
        ("ws://h/", {"server_hostname": "x"}, "server_hostname"),
        ("wss://h/", {"server_hostname": 7}, "server_hostname"),
        ("wss://h/", {"ssl_context": True}, "ssl_context"),
        ("ws://me:s3cret@h/", {"extra_headers": {"authorization": "Basic x"}}, "extra_headers"),
    ],
)
def test_wrong_arguments_are_refused_at_the_call(url: str, arguments: dict[str, Any], word: str) -> None:
    """What cannot be is found out at the call, with the argument's name."""
    with pytest.raises((ValueError, TypeError, LocalProtocolError), match=word) as caught:
        rawws.trio.connect(url, **arguments)
    assert "s3cret" not in str(caught.value)
