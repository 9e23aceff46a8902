"""What has gone wrong elsewhere, class by class, each with public advisories: none of it happens here.

Each test is of one class and names at least one advisory of that class, of whatever implementation. An advisory is an
example; what is tested is the class.
"""

from __future__ import annotations

import ast
import functools
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import pytest
import trio

import rawws.trio
from rawws.cli.escape import is_safe
from rawws.core import WSConnection
from rawws.core.connection import CLIENT, SERVER, Connection, ConnectionState
from rawws.core.errors import LocalProtocolError, RemoteProtocolError, WrongType
from rawws.core.events import AcceptConnection, CloseConnection, RejectConnection, Request
from rawws.core.extensions import PerMessageDeflate
from rawws.core.headers import same_origin
from rawws.core.limits import Limits
from rawws.core.negotiation import server_extensions_handshake
from rawws.core.session import Session
from rawws.core.url import parse_url
from rawws.testing import Frame, Role, SessionPair, handshake
from rawws.testing.cuts import bytewise, cuttings
from rawws.testing.deflate import Agreement, Deflater
from rawws.testing.frames import (
    BINARY,
    CONTINUATION,
    FIN,
    PING,
    RSV1,
    RSV2,
    RSV3,
    TEXT,
    binary,
    close,
    last,
    more,
    ping,
    take_apart,
    text,
)
from rawws.testing.outcome import run

from tests.core.lines_run import lines_run
from tests.trio.leaks import count_sockets, nothing_left
from tests.trio.peer import HOST, RawPeer, dial, listen, port_of
from tests.trio.running import certificates, eventually, in_trio, serving

MIB = 1024 * 1024
ROLES: tuple[Role, ...] = ("client", "server")

#: The classes, in the words of those who gathered them.
CLASSES = (
    "inflation bomb",
    "bad deflate parameters",
    "compressed frame without negotiation, RSV misuse",
    "64-bit lengths, non-minimal lengths",
    "tiny fragments, empty fragments, empty messages holding memory",
    "quadratic work",
    "header parser: count, size, non-ASCII, unclosed quote",
    "an unhandled error ending the process",
    "dribbled or endless handshake, endless 1xx, body on upgrade",
    "smuggling",
    "CR, LF and NUL injection outward",
    "foreign Origin, Origin: null",
    "timing of credential checks",
    "memory disclosure on send",
    "redirects that carry credentials or downgrade the scheme",
    "leak per aborted connection at every stage",
    "TLS host name not verified",
    "predictable masks",
    "terminal escapes from the peer printed by a CLI",
    "reading on after an error",
    "control-frame floods",
    "close races",
)

_TESTED: dict[str, tuple[str, ...]] = {}
_Test = TypeVar("_Test", bound=Callable[..., Any])


def advisory(name: str, *ids: str) -> Callable[[_Test], _Test]:
    """Say of which class a test is, and which advisories are of that class."""
    assert name in CLASSES
    _TESTED[name] = (*_TESTED.get(name, ()), *ids)
    return lambda test: test


def connection(role: Role, *, deflate: bool = False, limits: Limits | None = None) -> Connection:
    """An open connection."""
    extensions: list[Any] = [Agreement().extension()] if deflate else []
    return Connection(SERVER if role == "server" else CLIENT, extensions, limits=limits or Limits())


def peak(function: Callable[[], object]) -> int:
    """Octets that Python holds at most while a call lasts."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        function()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def read_request(octets: bytes, limits: Limits | None = None) -> WSConnection:
    """A server that has got these octets. Raises RemoteProtocolError."""
    server = WSConnection(SERVER, limits=limits or Limits())
    server.receive_data(octets)
    return server


async def stay(ws: rawws.trio.WebSocket) -> None:
    """A handler that does nothing."""
    await trio.sleep_forever()


# -- compression ------------------------------------------------------------------------------------------------------


@advisory("inflation bomb", "CVE-2018-1000518", "CVE-2026-39804", "GHSA-frh3-6pv6-rc8j")
@pytest.mark.parametrize("role", ROLES)
def test_inflation_bomb(role: Role) -> None:
    """64 MiB in 64 KiB are refused with 1009 at the limit, whole and in fragments, and never held in memory."""
    payload = Deflater(Agreement(), client=True).message([bytes(64 * MIB)])
    whole = Frame(FIN | RSV1 | BINARY, payload).to(role)
    parts = Frame(RSV1 | BINARY, payload[:100]).to(role) + more(payload[100:], fin=True).to(role)
    for octets in (whole, parts):
        reader = connection(role, deflate=True)
        assert peak(functools.partial(run, reader, [octets])) < 4 * MIB
        assert reader.failure is not None
        assert (reader.failure.close_code, reader.failure.limit) == (1009, "max_message_bytes")


@advisory("bad deflate parameters", "CVE-2026-2229")
@pytest.mark.parametrize("value", ["", "=", "=0", "=7", "=16", "=1000", "=-10", "=+10", "=010", "=1_0", "=x", '="16"'])
@pytest.mark.parametrize("name", ["server_max_window_bits", "client_max_window_bits"])
def test_bad_deflate_parameters(name: str, value: str) -> None:
    """A window that zlib would choke on is declined by a server and fails a client: no error of zlib's comes out."""
    offer = f"permessage-deflate; {name}{value}"
    if (name, value) != ("client_max_window_bits", ""):
        assert server_extensions_handshake([offer], [PerMessageDeflate()]) is None
    client = WSConnection(CLIENT)
    request = client.send(Request(host="h", target="/", extensions=[PerMessageDeflate()]))
    with pytest.raises(RemoteProtocolError):
        client.receive_data(handshake.acceptance(request, b"Sec-WebSocket-Extensions: " + offer.encode()))
    assert client.state is ConnectionState.CLOSED


@advisory("compressed frame without negotiation, RSV misuse", "CVE-2022-21676", "GHSA-273r-mgr4-v34f")
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("deflate", [False, True])
def test_rsv_misuse(role: Role, deflate: bool) -> None:
    """A reserved bit that nobody agreed on fails the connection with 1002, on any frame; nothing is raised."""
    payload = Deflater(Agreement(), client=True).message([b"Hello"])
    frames = [
        Frame(FIN | bits | opcode, payload) for bits in (RSV2, RSV3, RSV2 | RSV3) for opcode in (TEXT, BINARY, PING)
    ]
    frames += [Frame(FIN | RSV1 | PING, payload)]
    frames += [] if deflate else [Frame(FIN | RSV1 | TEXT, payload)]
    for frame in frames:
        outcome = run(connection(role, deflate=deflate), [frame.to(role)])
        assert outcome.failure is not None
        assert outcome.failure.close_code == 1002
    octets = Frame(RSV1 * deflate | TEXT, b"").to(role) + Frame(FIN | RSV1 | CONTINUATION, payload).to(role)
    failure = run(connection(role, deflate=deflate), [octets]).failure
    assert failure is not None
    assert failure.close_code == 1002


# -- lengths and fragments --------------------------------------------------------------------------------------------

LENGTHS = sorted(
    {edge + step for edge in (1 << 7, 1 << 16, 1 << 31, 1 << 32, 1 << 53, 1 << 63) for step in (-1, 0, 1)}
    | {(1 << 64) - 1}
)


@advisory("64-bit lengths, non-minimal lengths", "CVE-2020-27813", "CVE-2020-13935", "GHSA-jf24-p9p9-4rjh")
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("role", ROLES)
def test_64_bit_lengths(role: Role, length: int) -> None:
    """Any announced length is judged at its header, allocates nothing, and ends no loop; longer forms are refused."""
    for form in (16, 64):
        if length >> form:
            continue
        octets = Frame(FIN | BINARY, b"abc", announced=length, form=form).to(role)
        for limit in (MIB, None):
            readers = [connection(role, limits=Limits(max_message_bytes=limit)) for _ in range(2)]
            outcomes = [run(readers[0], bytewise(octets))]
            assert peak(functools.partial(run, readers[1], [octets])) < 100_000
            assert outcomes[0] == run(readers[1], [])._replace(events=outcomes[0].events)
            failure = outcomes[0].failure
            if length < 126 or (form == 64 and length < 1 << 16) or length >> 63:
                code: int | None = 1002
            else:
                code = 1009 if limit is not None and length > limit else None
            assert (failure and failure.close_code) == code


@advisory(
    "tiny fragments, empty fragments, empty messages holding memory",
    "CVE-2026-48779",
    "CVE-2026-62389",
    "CVE-2026-42786",
    "GHSA-96hv-2xvq-fx4p",
)
@pytest.mark.parametrize("data", [b"", b"x"])
def test_tiny_fragments(data: bytes) -> None:
    """Fragments without end, of one octet or none, hold little more than their octets, and come to a limit."""
    session = Session(connection("client"))
    chunk = more(data).to("client") * 1000
    count = 0

    def flood() -> None:
        nonlocal count
        session.receive(binary(b"", fin=False).to("client"), 0.0)
        while session.failure is None:
            session.receive(chunk, 0.0)
            session.next_message()
            count += 1000

    assert peak(flood) < 1 * MIB
    assert session.failure is not None
    assert session.failure.limit == "max_fragments"
    assert count < 20_000


@advisory("tiny fragments, empty fragments, empty messages holding memory", "CVE-2026-48779")
def test_empty_messages() -> None:
    """Empty messages that nobody takes stop the reading, and hold no more than the octets that they came in."""
    session = Session(connection("client"))
    octets = text("").to("client") * 50_000

    def flood() -> None:
        session.receive(octets, 0.0)
        assert not session.read_ahead()

    assert peak(flood) < len(octets) + 400_000


# -- work -------------------------------------------------------------------------------------------------------------

QUADRATIC = {
    "blanks in a list": lambda size: b"Sec-WebSocket-Protocol: b" + b" " * size + b"x",
    "backslashes without an end": lambda size: b'Sec-WebSocket-Extensions: a; b="' + b"\\c" * (size // 2),
    "commas": lambda size: b"Sec-WebSocket-Extensions: " + b"," * size,
    "parameters": lambda size: b"Sec-WebSocket-Extensions: a" + b";b=1" * (size // 4),
    "blanks and a control character": lambda size: b"X: " + b" " * size + b"\x00",
}


@advisory("quadratic work", "CVE-2021-32640", "CVE-2020-7662", "CVE-2023-43669", "GHSA-g78m-2chm-r7qv")
@pytest.mark.parametrize("name", QUADRATIC)
def test_quadratic_work_on_headers(name: str) -> None:
    """Twice as long a value, read octet by octet, runs at most 2.5 times the lines; and a head ends at its limit."""

    def read(size: int) -> None:
        server = WSConnection(SERVER)
        try:
            for octet in bytewise(handshake.request(b"/", QUADRATIC[name](size))):
                server.receive_data(octet)
        except RemoteProtocolError:
            pass

    assert lines_run(lambda: read(4000)) < 2.5 * lines_run(lambda: read(2000))
    with pytest.raises(RemoteProtocolError, match="too large"):
        read_request(handshake.request(b"/", b"X: " + b"y" * 20_000))


@advisory("quadratic work", "CVE-2023-43669")
@pytest.mark.parametrize("cut", [bytewise, lambda data: [data]], ids=["octet by octet", "at once"])
def test_quadratic_work_on_frames(cut: Callable[[bytes], list[bytes]]) -> None:
    """Twice as many fragments, messages or octets run at most 2.5 times the lines, however they come."""

    def read(size: int) -> None:
        octets = text("a", fin=False).to("client") + more("b").to("client") * size + last("c").to("client")
        octets += text("d").to("client") * size + binary(bytes(size)).to("client")
        run(connection("client", limits=Limits(max_fragments=None)), cut(octets))

    assert lines_run(lambda: read(400)) < 2.5 * lines_run(lambda: read(200))


# -- the opening handshake --------------------------------------------------------------------------------------------


@advisory("header parser: count, size, non-ASCII, unclosed quote", "CVE-2024-37890", "GHSA-3h5v-q93c-6h6q")
@pytest.mark.parametrize(
    ("field", "status"),
    [
        (b"\r\n".join(b"X%d: y" % index for index in range(2000)), 431),
        (b"X: " + b"y" * 100_000, 431),
        (b"Sec-WebSocket-Protocol: \xff\xfe", 400),
        (b"Sec-WebSocket-Extensions: \xe9", 400),
        (b'Sec-WebSocket-Extensions: a; b="c', 400),
        (b'Connection: "', 400),
        (b"Host: second", 400),
        (b"Sec-WebSocket-Extensions: constructor, __proto__; toString=1", 101),
    ],
)
def test_header_parser(field: bytes, status: int) -> None:
    """Too many fields, too long ones, octets that are no ASCII and quotes without an end have an answer, at any cut."""
    for pieces in cuttings(handshake.request(b"/", field)):
        server = WSConnection(SERVER)
        answer = b""
        try:
            for piece in filter(None, pieces):
                server.receive_data(piece)
            answer = server.send(AcceptConnection())
        except RemoteProtocolError as exc:
            hint = exc.event_hint
            assert isinstance(hint, RejectConnection)
            answer = server.send(hint)
        assert answer.startswith(b"HTTP/1.1 %d " % status)


@advisory("an unhandled error ending the process", "CVE-2022-41940", "CVE-2022-21676", "GHSA-r7qp-cfhv-p84w")
@in_trio()
async def test_an_unhandled_error() -> None:
    """After clients that break every rule, with and without a handshake, the server serves the next one."""
    wrong = [b"", b"\r\n" * 10, b"\x16\x03\x01" + bytes(50), handshake.request(b"*"), handshake.request(b"/", b": x")]
    frames = [
        Frame(0xFF),
        Frame(0x81, b"\xff"),
        Frame(0x89, b"x" * 126, form=16),
        Frame(0x81, wrong_mask=True),
        close(1005),
    ]
    wrong += [handshake.request() + frame.to("server") for frame in frames]

    async def echo(ws: rawws.trio.WebSocket) -> None:
        async for message in ws:
            await ws.send(message)

    async with serving(echo) as server:
        for octets in wrong:
            async with await dial(server.port) as stream:
                await stream.send_all(octets)
                await stream.send_eof()
                while await stream.receive_some():
                    pass
        async with rawws.trio.connect(f"ws://{HOST}:{server.port}/") as ws:
            await ws.send("still there?")
            assert await ws.receive() == "still there?"


@advisory("dribbled or endless handshake, endless 1xx, body on upgrade", "CVE-2026-47073", "CVE-2018-12541")
def test_endless_handshakes() -> None:
    """A head without end, 1xx without end, and a body come to a limit, octet by octet as well."""
    server = WSConnection(SERVER)
    with pytest.raises(RemoteProtocolError):
        for _ in range(100_000):
            server.receive_data(b"X")
    client = WSConnection(CLIENT, skip_informational=True)
    client.send(Request(host="h", target="/"))
    with pytest.raises(RemoteProtocolError, match="1xx"):
        for _ in range(1000):
            client.receive_data(b"HTTP/1.1 102 Wait\r\n\r\n")
    with pytest.raises(RemoteProtocolError, match="body"):
        read_request(handshake.request(b"/", b"Content-Length: 100000000"))
    client = WSConnection(CLIENT)
    client.send(Request(host="h", target="/"))
    client.receive_data(b"HTTP/1.1 403 No\r\n\r\n")

    def read() -> None:
        for _ in range(500):
            client.receive_data(bytes(10_000))
            for _ in client.events():
                pass

    assert peak(read) < 400_000
    assert client.state is ConnectionState.CLOSED


@advisory("dribbled or endless handshake, endless 1xx, body on upgrade", "CVE-2026-47073")
@in_trio(virtual=True)
async def test_dribbled_handshakes() -> None:
    """A client, and a server, that sends an octet now and then gets as long as `open_timeout`, and no longer."""
    async with serving(stay, open_timeout=5.0) as server, await dial(server.port) as stream:
        began = trio.current_time()
        with pytest.raises((trio.BrokenResourceError, OSError)):
            while True:
                await stream.send_all(b"G")
                await trio.sleep(0.5)
        assert trio.current_time() - began < 10.0
    listener = await listen()

    async def dribble() -> None:
        stream = await listener.accept()
        async with stream:
            try:
                while True:
                    await stream.send_all(b"H")
                    await trio.sleep(0.5)
            except trio.BrokenResourceError:
                pass

    async with trio.open_nursery() as nursery, listener:
        nursery.start_soon(dribble)
        with pytest.raises(rawws.trio.ConnectError):
            await rawws.trio.connect(f"ws://{HOST}:{port_of(listener)}/", open_timeout=5.0).__aenter__()
        nursery.cancel_scope.cancel()


@advisory("smuggling", "CVE-2026-69243", "CVE-2026-2833")
@pytest.mark.parametrize(
    "field",
    [
        b"Content-Length: 44",
        b"Transfer-Encoding: chunked",
        b"Content-Length: 0\r\nTransfer-Encoding: chunked",
        b"Content-Length: 0, 44",
        b"Content-Length : 0",
        b"X: y\n\nGET /smuggled HTTP/1.1",
        b"X: y\r\n\tfolded",
    ],
)
def test_smuggling(field: bytes) -> None:
    """A request that two readers could read in two ways is refused, and what follows it is never looked at."""
    second = handshake.request(b"/smuggled")
    for pieces in cuttings(handshake.request(b"/", field) + second):
        server = WSConnection(SERVER)
        with pytest.raises(RemoteProtocolError) as caught:
            for piece in filter(None, pieces):
                server.receive_data(piece)
        assert isinstance(caught.value.event_hint, RejectConnection)
        answer = server.send(caught.value.event_hint)
        server.receive_data(second)
        assert list(server.events()) == []
        assert b"onnection: close" in answer


@advisory("smuggling", "CVE-2026-2833")
def test_bytes_behind_a_rejected_upgrade() -> None:
    """What a client sends behind a request that is then refused is no second request, and no frames."""
    server = read_request(handshake.request() + handshake.request(b"/smuggled"))
    assert [event.target for event in server.events() if isinstance(event, Request)] == ["/"]
    server.send(RejectConnection(status_code=403))
    server.receive_data(handshake.request(b"/smuggled"))
    assert list(server.events()) == []
    assert server.connection is None


INJECTIONS = ["a\r\nX: y", "a\nX: y", "a\rX", "a\x00b", "a\r\n\r\nGET / HTTP/1.1"]


@advisory("CR, LF and NUL injection outward", "CVE-2026-1527", "GHSA-4992-7rv2-5pvq")
@pytest.mark.parametrize("text", INJECTIONS)
def test_injection_outward(text: str) -> None:
    """Nothing that an application gives can end a line: not path, host, subprotocol, header, parameter or reason."""
    fields: list[dict[str, Any]] = [
        {"target": f"/{text}"},
        {"host": text},
        {"subprotocols": [text]},
        {"extra_headers": [(b"X", text.encode())]},
        {"extra_headers": [(text.encode(), b"x")]},
    ]
    for field in fields:
        with pytest.raises(LocalProtocolError):
            WSConnection(CLIENT).send(Request(**{"host": "h", "target": "/", **field}))
    server = read_request(handshake.request())
    for answer in (AcceptConnection(extra_headers=[(b"X", text.encode())]), AcceptConnection(subprotocol=text)):
        with pytest.raises(LocalProtocolError):
            server.send(answer)
    with pytest.raises(LocalProtocolError):
        server.send(RejectConnection(headers=[(b"X", text.encode())]))
    with pytest.raises(rawws.trio.InvalidURL):
        rawws.trio.connect(f"ws://h/{text}")
    # In a frame a reason is counted octets, whatever they are.
    sent = take_apart(connection("server").send(CloseConnection(code=1000, reason=text)))
    assert sent[0].payload[2:] == text.encode()


@advisory("foreign Origin, Origin: null", "CVE-2019-13209", "CVE-2026-27977", "GHSA-jcc7-9wpm-mj36")
@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "http://evil.example",
        "http://localhost.evil.example",
        "http://evil.example/localhost",
        "https://localhost",
        "http://localhost:81",
        "http://localhost@evil.example",
        "file://",
        "",
        "http://localhost, http://evil.example",
    ],
)
@in_trio()
async def test_foreign_origins(origin: str) -> None:
    """A page of another origin, or of none that has a name, is refused with 403 by a server that was told nothing."""
    assert not same_origin(origin, "localhost", secure=False)
    async with serving(stay) as server, await dial(server.port) as stream:
        peer = RawPeer(stream, client=True)
        await peer.send(handshake.request(b"/", b"Origin: " + origin.encode()))
        assert (await peer.read_head()).startswith(b"HTTP/1.1 403 ")


# -- credentials ------------------------------------------------------------------------------------------------------


@advisory("timing of credential checks", "CVE-2021-33880")
def test_timing_of_credential_checks() -> None:
    """No module of rawws compares a credential by an operator: who has to compare one does it in constant time."""
    secrets = {"authorization", "cookie", "password", "secret", "credentials"}
    found = []
    for path in sorted((Path(rawws.__file__).parent).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            # Whether there is one at all may be asked.
            if isinstance(node, ast.Compare) and not isinstance(node.ops[0], (ast.Is, ast.IsNot)):
                names = {name.id.lower() for name in ast.walk(node) if isinstance(name, ast.Name)}
                names |= {name.attr.lower() for name in ast.walk(node) if isinstance(name, ast.Attribute)}
                found += [(path.name, node.lineno) for name in names & secrets]
    assert found == []


@advisory("redirects that carry credentials or downgrade the scheme", "CVE-2026-47848")
@pytest.mark.parametrize("location", ["ws://127.0.0.1:1/", "http://127.0.0.1:1/", "/elsewhere", "//127.0.0.1/"])
@in_trio()
async def test_redirects_that_downgrade_the_scheme(location: str) -> None:
    """From wss none is followed to ws, however it is written; on the same origin it stays wss, and is followed."""
    targets: list[str] = []

    def redirect(request: rawws.trio.HTTPRequest) -> rawws.trio.HTTPResponse | None:
        targets.append(request.target)
        if request.target == "/elsewhere":
            return None
        return rawws.trio.HTTPResponse(302, b"", [(b"Location", location.encode())])

    async with serving(stay, ssl_context=certificates().server, on_request=redirect) as server:
        connection = rawws.trio.connect(f"wss://localhost:{server.port}/", ssl_context=certificates().client)
        if location == "/elsewhere":
            async with connection:
                assert targets == ["/", "/elsewhere"]
            return
        # "//host" is the same scheme: nobody speaks TLS there.
        error = rawws.trio.ConnectError if location.startswith("//") else rawws.trio.RedirectRefused
        with pytest.raises(error):
            await connection.__aenter__()
        assert targets == ["/"]


@advisory("redirects that carry credentials or downgrade the scheme", "CVE-2026-47848")
@in_trio()
async def test_redirects_that_carry_credentials() -> None:
    """What proves who somebody is goes to the origin that it was meant for, and with a redirect to no other."""
    seen: list[rawws.trio.HTTPRequest] = []

    async with serving(stay, on_request=seen.append) as other:

        def redirect(request: rawws.trio.HTTPRequest) -> rawws.trio.HTTPResponse:
            seen.append(request)
            return rawws.trio.HTTPResponse(302, b"", [(b"Location", b"http://localhost:%d/" % other.port)])

        async with serving(stay, on_request=redirect) as server:
            url = f"ws://user:password@localhost:{server.port}/"
            async with rawws.trio.connect(url, extra_headers={"Cookie": "session=1"}):
                pass
    assert [request.header("authorization") for request in seen] == ["Basic dXNlcjpwYXNzd29yZA==", None]
    assert [request.header("cookie") for request in seen] == ["session=1", None]


@advisory("redirects that carry credentials or downgrade the scheme", "CVE-2026-47848")
def test_credentials_in_a_url() -> None:
    """A URL with credentials ends up in no log and in no |Host|: what is printed of it is the rest."""
    url = parse_url("ws://user:password@localhost/chat")
    assert (url.host_header, str(url)) == ("localhost", "ws://localhost/chat")
    assert "user" not in f"{url!r}{url.credentials!r}"


@advisory("TLS host name not verified", "CVE-2020-15133", "CVE-2020-15134", "GHSA-2v5c-755p-p4gv")
@pytest.mark.parametrize("which", ["another host", "an unknown authority"])
@in_trio()
async def test_tls_host_name(which: str) -> None:
    """By default a certificate has to be for the host of the URL, and from an authority that is trusted."""
    server_context = certificates().foreign if which == "another host" else certificates().server
    client_context = certificates().client if which == "another host" else None
    async with serving(stay, ssl_context=server_context) as server:
        with pytest.raises(rawws.trio.ConnectError, match="is not trusted"):
            await rawws.trio.connect(f"wss://localhost:{server.port}/", ssl_context=client_context).__aenter__()


# -- memory -----------------------------------------------------------------------------------------------------------


@advisory("memory disclosure on send", "CVE-2016-10518", "CVE-2026-45736", "GHSA-58qx-3vcg-4xpx")
@pytest.mark.parametrize("wrong", [5, 125, True, None, 1.5, [1, 2], {}, object()])
def test_memory_disclosure(wrong: Any) -> None:  # noqa: ANN401  that is the point
    """A number is no buffer of that size: wrong types are refused, in messages, pings, pongs, reasons and bodies."""
    session = Session(connection("server"))
    for call in (session.send, lambda data: session.send_fragment(data, final=True)):
        with pytest.raises(WrongType):
            call(wrong)
    if wrong is not None:
        with pytest.raises(WrongType):
            session.ping(wrong, now=0.0)
    with pytest.raises(WrongType):
        session.close(1000, wrong, now=0.0)
    assert session.data_to_send() == []


@advisory("memory disclosure on send", "CVE-2026-45736")
def test_views_are_sent_as_their_octets() -> None:
    """A view of numbers that take more than an octet each is sent as its octets, no more and no fewer."""
    view = memoryview(b"\x01\x02\x03\x04\x05\x06\x07\x08").cast("H")
    assert take_apart(connection("server").send_data(view))[0].payload == bytes(view)
    assert take_apart(Session(connection("server")).encode(view))[0].payload == bytes(view)


@advisory("leak per aborted connection at every stage", "CVE-2024-23672", "CVE-2021-42340")
@pytest.mark.battery
@in_trio(60.0)
async def test_leaks_of_aborted_connections() -> None:
    """Clients that leave in every stage leave no task, socket or object behind."""
    stages = [b"", b"GET", handshake.request()[:-2], handshake.request(), handshake.request() + b"\x81"]
    stages += [handshake.request() + text("whole").to("server"), handshake.request() + close(1000).to("server")]

    async def echo(ws: rawws.trio.WebSocket) -> None:
        async for message in ws:
            await ws.send(message)

    async with serving(echo) as server, nothing_left(count_sockets) as mark:
        for turn in range(6):
            for octets in stages:
                stream = await dial(server.port)
                if octets:
                    await stream.send_all(octets)
                await stream.aclose()
            await eventually(lambda: not server.connections)
            if turn == 1:
                mark()


# -- frames -----------------------------------------------------------------------------------------------------------


@advisory("predictable masks", "CVE-2025-10148")
def test_predictable_masks() -> None:
    """Every frame of a client has a key of its own, and none can be told from those before it."""
    pair = SessionPair()
    for _ in range(500):
        pair.client.send("x" * 10)
        pair.client.ping(now=0.0)
    keys = [frame.key for frame in take_apart(b"".join(pair.client.data_to_send()))]
    assert None not in keys
    # Of a thousand random keys two are equal once in 8,600 runs; three pairs in one run are never seen.
    assert len(set(keys)) > 997
    bits = sum(int.from_bytes(key or b"").bit_count() for key in keys)
    assert abs(bits - 16_000) < 800
    differences = {int.from_bytes(a or b"") ^ int.from_bytes(b or b"") for a, b in pairwise(keys)}
    assert len(differences) > 996


@advisory("terminal escapes from the peer printed by a CLI", "CVE-2019-6109")
def test_terminal_escapes() -> None:
    """Whatever character could move a cursor, change a title or hide text is shown as an escape."""
    dangerous = "\x00\x07\x08\x0b\x1b\x7f\x85\x9b\u200b\u202e\u2066\ufeff\U000e0041\n\r\t"
    assert not any(is_safe(character) for character in dangerous)
    assert all(is_safe(character) for character in "aé€\U0001f600 \u3000")
    failure = run(connection("server"), [close(1000, "\x1b[2J").to("server")])
    session = Session(connection("server"))
    session.receive(close(3000, "\x1b]0;title\x07").to("server"), 0.0)
    session.next_message()
    assert "\x1b" not in str(session.ended)
    assert failure.failure is None


@advisory("reading on after an error", "CVE-2024-49768", "GHSA-9298-4cf8-g4wj")
@pytest.mark.parametrize("role", ROLES)
def test_reading_on_after_an_error(role: Role) -> None:
    """Behind a violation no message, ping or Close is looked at, in the same read or in a later one, at any cut."""
    wrong = Frame(0x83).to(role)
    behind = text("smuggled").to(role) + ping(b"?").to(role) + close(1000).to(role)
    for pieces in cuttings(text("before").to(role) + wrong + behind):
        outcome = run(connection(role), [*pieces, behind])
        assert outcome.messages[0] == "before"
        assert [type(told) for told in outcome.messages[1:]] == [CloseConnection]
        session = Session(connection(role))
        taken = []
        for piece in [*pieces, behind]:
            session.receive(piece, 0.0)
            while (message := session.next_message()) is not None:
                taken.append(message)
        assert taken == ["before"]
        assert [frame.opcode for frame in take_apart(b"".join(session.data_to_send()))] == [0x8]


@advisory("control-frame floods", "CVE-2026-11586", "CVE-2019-9512")
def test_control_frame_floods() -> None:
    """Pings without end, whose pongs nobody takes, hold a bounded queue, and end the connection with 1008."""
    session = Session(connection("server"))
    chunk = ping(b"x" * 125).to("server") * 100

    def flood() -> None:
        for _ in range(1000):
            if session.ended is not None:
                break
            session.receive(chunk, 0.0)
            assert session.next_message() is None

    assert peak(flood) < 200_000
    assert session.failure is not None
    assert (session.failure.close_code, session.failure.limit) == (1008, "max_control_burst")
    assert len(session.data_to_send()) < 100


@advisory("close races", "JLSEC-2026-620", "GHSA-w7p7-f35j-mw7q", "CVE-2025-11234")
@pytest.mark.parametrize("first", ROLES)
def test_close_races(first: Role) -> None:
    """Both ends close at once, while messages and pings are on their way: each sends one Close, and ends."""
    second: Role = "server" if first == "client" else "client"
    pair = SessionPair()
    for role in (first, second):
        session = pair.session(role)
        session.send("on its way")
        session.ping(now=0.0)
        session.close(3000 + ROLES.index(role), role, now=0.0)
        session.close(1001, "again", now=0.0)
    with pytest.raises(LocalProtocolError):
        pair.client.send("too late")
    got = pair.exchange()
    assert got == (["on its way"], ["on its way"])
    for role in ROLES:
        ended = pair.session(role).ended
        assert ended is not None
        other = "server" if role == "client" else "client"
        assert (ended.code, ended.reason, ended.clean) == (3000 + ROLES.index(other), other, True)
        pair.session(role).close(now=0.0)
        pair.session(role).fail(1011, "later")
        pair.session(role).receive(None, 0.0)
        assert pair.session(role).ended == ended
        assert pair.session(role).data_to_send() == []
    with pytest.raises(LocalProtocolError):
        pair.server.send("much too late")


# -- the list ---------------------------------------------------------------------------------------------------------


def test_every_class_has_its_test_and_its_advisory() -> None:
    """No class is without a test, and no test without an identifier that can be looked up."""
    assert tuple(_TESTED) == tuple(name for name in _TESTED if name in CLASSES)
    assert set(_TESTED) == set(CLASSES)
    for ids in _TESTED.values():
        assert ids
        assert all(name.split("-")[0] in {"CVE", "GHSA", "JLSEC"} and len(name) > 8 for name in ids)
