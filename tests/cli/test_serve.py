"""`rawws serve`, as a process, against clients of plain sockets."""

from __future__ import annotations

import re
import signal
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
import websocket

from rawws.cli.log import address

from tests.cli.raw_client import BINARY, CLOSE, TEXT, RawClient, answer_to_get, close_payload, fragments, frame
from tests.cli.running import DEADLINE, Running, Serve, run, serving

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def server() -> Iterator[Serve]:
    """A server with the defaults, for all tests of this module that do it no lasting harm."""
    with serving() as running:
        yield running
        running.stop()


def echoes(port: int, *fields: str) -> None:
    """Fail unless the server at `port` lets us in and sends back what we send."""
    with RawClient(port) as client:
        assert client.open(*fields) == "HTTP/1.1 101 Switching Protocols"
        client.send(frame(TEXT, b"hello"))
        assert client.read_frame() == (TEXT, b"hello")
        client.send(frame(BINARY, b"\x00\xff"))
        assert client.read_frame() == (BINARY, b"\x00\xff")
        client.send(frame(CLOSE, close_payload(1000)))
        assert client.read_close() == 1000


def test_the_first_line(server: Serve) -> None:
    """The first line of output is `listening on ws://HOST:PORT/`, exactly, before anybody has connected."""
    assert re.fullmatch(r"listening on ws://127\.0\.0\.1:[1-9][0-9]*/\n", server.first_line)


def test_echo(server: Serve) -> None:
    """Text comes back as text and binary as binary, and a Close is answered with its code."""
    echoes(server.port)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", "127.0.0.1:8765"), ("::1", "[::1]:8765"), ("::", "[::]:8765"), ("localhost", "localhost:8765")],
)
def test_addresses(host: str, expected: str) -> None:
    """An IPv6 address stands in brackets, as a URL wants it."""
    assert address(host, 8765) == expected


def test_ipv6() -> None:
    """On ::1 the first line has brackets and its URL works; a machine without IPv6 is told so in a sentence."""
    running = Running("serve", "--host", "::1", "--port", "0")
    try:
        line = running.line()
        if line:
            assert re.fullmatch(r"listening on ws://\[::1\]:[1-9][0-9]*/\n", line)
            done = run("connect", line.split()[-1], "--send", "six", "--expect", "1")
            assert (done.returncode, done.stdout) == (0, "six\n")
        else:
            assert running.end() == 2
            assert running.error().startswith("rawws: cannot listen on [::1]:0: ")
    finally:
        running.kill()


def test_tls(tmp_path: Path) -> None:
    """With a certificate the first line says wss://, and a client that nobody here wrote is served over TLS."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "certificate.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with serving("--tls-cert", str(tmp_path / "certificate.pem"), "--tls-key", str(tmp_path / "key.pem")) as server:
        assert re.fullmatch(r"listening on wss://127\.0\.0\.1:[1-9][0-9]*/\n", server.first_line)
        client = websocket.create_connection(server.url, timeout=DEADLINE, sslopt={"context": context})
        client.send("over TLS")
        assert client.recv() == "over TLS"
        client.close()
        with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
            plain.shutdown(socket.SHUT_WR)
        log = server.stop()
    assert len(log) == 1
    assert "the opening handshake failed" in log[0]


def test_certificate_and_key_in_one_file(tmp_path: Path) -> None:
    """--tls-key may be left out where the certificate's file holds the key."""
    certificate = trustme.CA().issue_cert("127.0.0.1")
    certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    with serving("--tls-cert", str(tmp_path / "both.pem")) as server:
        done = run("connect", server.url, "--insecure", "--send", "hello", "--expect", "1")
        assert (done.returncode, done.stdout) == (0, "hello\n")


# -- origins, subprotocols, compression -------------------------------------------------------------------------------

SAME = "http://127.0.0.1:{port}"
FOREIGN = "https://example.com"


@pytest.mark.parametrize(
    ("options", "allowed", "refused"),
    [
        ([], [None, SAME], [FOREIGN, "null", "https://127.0.0.1:{port}", "http://127.0.0.1"]),
        (["--origin", "any"], [None, SAME, FOREIGN, "null"], []),
        (["--origin", FOREIGN], [None, FOREIGN, "https://EXAMPLE.com:443"], [SAME, "http://example.com", "null"]),
        (["--origin", FOREIGN, "--origin", "http://a.example:81"], [FOREIGN, "http://a.example:81"], ["http://a.example"]),
        (["--origin", FOREIGN, "--origin", "any"], ["https://elsewhere.example"], []),
    ],
    ids=["same", "any", "one", "two", "any-and-one"],
)
def test_origins(options: list[str], allowed: list[str | None], refused: list[str]) -> None:
    """Pages of the server's own origin by default, those of --origin instead, and everybody with `any`."""
    with serving(*options) as server:
        for origin in allowed:
            echoes(server.port, *([] if origin is None else ["Origin: " + origin.format(port=server.port)]))
        for origin in refused:
            with RawClient(server.port) as client:
                assert client.open("Origin: " + origin.format(port=server.port)).startswith("HTTP/1.1 403")
        log = server.stop()
    assert len(log) == len(refused)
    assert all("refused with 403: the origin is not allowed" in line for line in log)


def test_subprotocols(server: Serve) -> None:
    """The first of the server's that the client offers is chosen; none without --subprotocol."""
    with serving("--subprotocol", "best", "--subprotocol", "good") as choosy:
        for offered, chosen in (("good, best", "best"), ("other, good", "good"), ("other", None)):
            with RawClient(choosy.port) as client:
                client.open(f"Sec-WebSocket-Protocol: {offered}")
                found = re.search(r"^Sec-WebSocket-Protocol: (.*)\r?$", client.head, re.MULTILINE | re.IGNORECASE)
                assert (found and found[1].strip()) == chosen
    with RawClient(server.port) as client:
        assert " 101 " in client.open("Sec-WebSocket-Protocol: best")
        assert "sec-websocket-protocol" not in client.head.lower()


def test_compression(server: Serve) -> None:
    """permessage-deflate is accepted where it is offered, unless --no-compression."""
    with serving("--no-compression") as plain:
        for port, expected in ((server.port, True), (plain.port, False)):
            with RawClient(port) as client:
                client.open("Sec-WebSocket-Extensions: permessage-deflate")
                assert ("permessage-deflate" in client.head) is expected


# -- limits -----------------------------------------------------------------------------------------------------------


def refusal(port: int, octets: bytes) -> int:
    """The code of the Close with which the server answers these octets."""
    with RawClient(port) as client:
        client.open()
        client.send(octets)
        code = client.read_close()
        client.send(frame(CLOSE, close_payload(code)))
        client.read_to_end()
        return code


def test_65537_fragments_fit_into_64_mib() -> None:
    """With --max-message 64MiB alone, a message of 65,537 fragments of 64 octets comes back whole."""
    part = bytes(range(64))
    with serving("--max-message", "64MiB") as server, RawClient(server.port) as client:
        client.open()
        client.send(fragments([part] * 65_537))
        assert client.read_frame() == (BINARY, part * 65_537)


def test_fragments_are_bounded_by_default(server: Serve) -> None:
    """Under the default of 1 MiB, 65,537 empty fragments are refused with 1009, though they hold no payload at all."""
    assert refusal(server.port, fragments([b""] * 65_537)) == 1009
    echoes(server.port)


def test_max_fragments() -> None:
    """With --max-fragments 10 a message of ten fragments passes and one of eleven is refused with 1009."""
    with serving("--max-fragments", "10") as server:
        with RawClient(server.port) as client:
            client.open()
            client.send(fragments([b"x"] * 10))
            assert client.read_frame() == (BINARY, b"x" * 10)
        assert refusal(server.port, fragments([b"x"] * 11)) == 1009
        echoes(server.port)


def test_max_message() -> None:
    """With --max-message 1KiB a message of 1,024 octets passes and one of 1,025 is refused with 1009."""
    with serving("--max-message", "1KiB") as server:
        with RawClient(server.port) as client:
            client.open()
            client.send(frame(BINARY, bytes(1024)))
            assert client.read_frame() == (BINARY, bytes(1024))
        assert refusal(server.port, frame(BINARY, bytes(1025))) == 1009
        assert refusal(server.port, fragments([bytes(1000), bytes(25)])) == 1009
        echoes(server.port)


# -- one line for each connection that was refused or failed -----------------------------------------------------------

WRONG_REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
ENDLESS_HEAD = b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 70_000
NOT_HTTP = b"\x1b[2J\x16\x03\x01\x00\r\n\r\n"

FAILURES = [
    ("unmasked", frame(TEXT, b"hello", masked=False), 1002),
    ("reserved", b"\xf1\x80\x00\x00\x00\x00", 1002),
    ("utf8", frame(TEXT, b"\xff"), 1007),
    ("big", frame(BINARY, bytes(2**20 + 1)), 1009),
]


@pytest.mark.parametrize(("octets", "code"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES])
def test_a_failure_is_one_line(octets: bytes, code: int) -> None:
    """A connection that is failed is closed with its code, told in one line of the log, and harms no other."""
    with serving() as server:
        assert refusal(server.port, octets) == code
        echoes(server.port)
        log = server.stop()
    assert len(log) == 1
    assert re.match(r"\d\d:\d\d:\d\d 127\.0\.0\.1:\d+: .*failed", log[0])


@pytest.mark.parametrize(
    ("octets", "status"),
    [(WRONG_REQUEST, b" 4"), (ENDLESS_HEAD, b" 431 "), (NOT_HTTP, b" 400 ")],
    ids=["no-upgrade", "endless-head", "not-http"],
)
def test_a_refusal_is_one_line(octets: bytes, status: bytes) -> None:
    """A request that is none gets a status of HTTP and is told in one printable line; the next one is served."""
    with serving() as server:
        with RawClient(server.port) as client:
            client.send(octets)
            assert client.read_to_end().split(b"\r\n")[0].startswith(b"HTTP/1.1" + status)
        echoes(server.port)
        log = server.stop()
    assert len(log) == 1
    assert re.match(r"\d\d:\d\d:\d\d 127\.0\.0\.1:\d+: refused", log[0])
    assert log[0].rstrip("\n").isprintable()


def test_a_connection_that_is_torn_off() -> None:
    """A client that goes away without a closing handshake is one line, and the server goes on."""
    with serving() as server:
        with RawClient(server.port) as client:
            client.open()
            client.send(frame(TEXT, b"hello"))
            client.read_frame()
        echoes(server.port)
        log = server.stop()
    assert len(log) == 1
    assert "1006" in log[0]


# -- applications -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        ("apps:greet", "hello and goodbye"),
        ("apps:rooms", "from an object"),
        ("apps:rooms.method", "from a method"),
        ("apps:partial", "from a partial"),
    ],
)
def test_apps(app: str, expected: str) -> None:
    """--app finds, in the current folder, functions, methods, partial functions and objects that can be awaited."""
    with serving("--app", app, cwd=HERE) as server, RawClient(server.port) as client:
        client.open()
        assert client.read_frame() == (TEXT, expected.encode())
        assert client.read_close() == 1000


def test_an_app_that_is_a_plain_function() -> None:
    """--app finds functions of a WebSocket and a message, too, which are called with each message."""
    with serving("--app", "apps:shout", cwd=HERE) as server, RawClient(server.port) as client:
        client.open()
        client.send(frame(TEXT, b"hello") + frame(TEXT, b"again"))
        assert client.read_frame() == (TEXT, b"HELLO")
        assert client.read_frame() == (TEXT, b"AGAIN")


def test_an_app_that_fails() -> None:
    """A handler's own exception closes its connection with 1011 and is logged with a printable traceback."""
    with serving("--app", "apps:fail", cwd=HERE) as server:
        for _ in range(2):
            assert refusal(server.port, frame(TEXT, b"\x1b[2J")) == 1011
        log = server.stop()
    assert [line for line in log if "the handler failed" in line] != []
    assert "RuntimeError: cannot bear \\x1b[2J\n" in log
    assert all(line.rstrip("\n").isprintable() for line in log)


# -- the end ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it(number: signal.Signals) -> None:
    """SIGINT and SIGTERM close open connections with 1001; then it ends with 0, and nobody listens any more."""
    with serving() as server, RawClient(server.port) as client:
        client.open()
        server.process.send_signal(number)
        opcode, payload = client.read_frame()
        assert (opcode, payload[:2]) == (CLOSE, close_payload(1001))
        client.send(frame(CLOSE, payload))
        assert client.read_to_end() == b""
        assert server.end() == 0
        assert server.rest(server.errors) == ["closing 1 connection; a second signal cuts\n"]
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE).close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nobody_connected(number: signal.Signals) -> None:
    """Without connections a signal ends it at once, without a word."""
    with serving() as server:
        server.process.send_signal(number)
        assert server.end() == 0
        assert server.rest(server.errors) == []
        assert server.rest(server.output) == []


def test_a_second_signal_cuts() -> None:
    """Where a client does not answer the Close, a second signal ends the connection and the process at once."""
    with serving() as server, RawClient(server.port) as client:
        client.open()
        server.process.send_signal(signal.SIGTERM)
        assert client.read_close() == 1001
        server.process.send_signal(signal.SIGTERM)
        assert server.end() == 128 + signal.SIGTERM
        assert "Traceback" not in "".join(server.rest(server.errors))
        assert client.read_to_end() == b""


def test_a_signal_during_handshakes() -> None:
    """Somebody who has connected and says nothing does not keep it from ending."""
    with serving() as server, RawClient(server.port) as client:
        client.send(b"GET / HTTP/1.1\r\n")
        echoes(server.port)
        server.process.send_signal(signal.SIGTERM)
        assert server.end() == 0
        client.read_to_end()


def test_a_handler_that_waits_for_something_else() -> None:
    """A handler that does not read is closed and cancelled, too."""
    with serving("--app", "apps:never", cwd=HERE) as server, RawClient(server.port) as client:
        client.open()
        server.process.send_signal(signal.SIGTERM)
        assert client.read_close() == 1001
        server.process.send_signal(signal.SIGTERM)
        assert server.end() == 128 + signal.SIGTERM


def test_a_health_check() -> None:
    """With --health a GET of that path is answered with 200, another one as ever, and WebSocket goes on."""
    with serving("--health", "/healthz") as server:
        healthy = answer_to_get(server.port, "/healthz?deep=1")
        assert healthy.startswith(b"HTTP/1.1 200 ")
        assert healthy.endswith(b"\r\n\r\nok\n")
        assert answer_to_get(server.port, "/").startswith(b"HTTP/1.1 400 ")
        echoes(server.port)


def test_connections_are_limited() -> None:
    """A connection too many, in all or from one address, is refused with 503 until there is room again."""
    for option in ("--max-connections", "--max-connections-per-address"):
        with serving(option, "1") as server:
            with RawClient(server.port) as first:
                assert first.open() == "HTTP/1.1 101 Switching Protocols"
                with RawClient(server.port) as second:
                    assert second.open().startswith("HTTP/1.1 503 ")
                first.send(frame(CLOSE, close_payload(1000)))
                assert first.read_close() == 1000
                first.read_to_end()
            echoes(server.port)


def test_a_slow_handshake_is_cut() -> None:
    """With --open-timeout a client that says nothing is cut after that time; `never` and rubbish are understood."""
    with serving("--open-timeout", "0.2", "--ping-interval", "never") as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE) as sock:
            assert sock.recv(1) == b""
        echoes(server.port)
    for option in ("--open-timeout", "--close-timeout", "--ping-interval", "--ping-timeout"):
        done = run("serve", option, "soon")
        assert done.returncode == 2
        assert "'soon' is not a positive number of seconds" in done.stderr
