"""`rawws serve` for whoever operates it: drains, proxies, passwords, metrics, certificates, logs for machines."""

from __future__ import annotations

import base64
import json
import os
import queue
import signal
import socket
import ssl
from pathlib import Path

import pytest
import trustme

from tests.cli.raw_client import CLOSE, RawClient, answer_to_get, close_payload, frame
from tests.cli.running import DEADLINE, Running, Serve, run, serving


def get(port: int, path: str) -> str:
    """The answer to a plain request."""
    return answer_to_get(port, path).decode()


def test_a_drain() -> None:
    """SIGTERM turns readiness to 503, sends clients away with 1012 and a time, and ends with 0 when all have gone."""
    with serving("--drain", "0.2", "--retry-after", "7", "--ready", "/readyz") as server:
        assert get(server.port, "/readyz").startswith("HTTP/1.1 200 ")
        with RawClient(server.port) as one, RawClient(server.port) as other:
            clients = (one, other)
            for client in clients:
                assert client.open() == "HTTP/1.1 101 Switching Protocols"
            server.process.send_signal(signal.SIGTERM)
            assert server.error() == "closing 2 connections; a second signal cuts\n"
            # As long as they have not answered their Close frames, the port is open.
            answer = get(server.port, "/readyz")
            assert answer.startswith("HTTP/1.1 503 ")
            assert "Retry-After: 7" in answer
            for client in clients:
                assert client.read_frame() == (CLOSE, close_payload(1012) + b"Retry-After: 7")
                client.send(frame(CLOSE, close_payload(1012)))
        assert server.end() == 0


def test_a_unix_socket_behind_a_proxy(tmp_path: Path) -> None:
    """With --unix the first line tells the path; of a trusted proxy the log shows the client."""
    path = tmp_path / "socket"
    running = Running("serve", "--unix", str(path), "--trust-proxy", "unix", "--origin", "https://*.example.com")
    try:
        assert running.line() == f"listening on unix:{path}\n"
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(DEADLINE)
            sock.connect(str(path))
            sock.sendall(
                b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                b"Origin: https://example.com\r\n"
                b"X-Forwarded-For: 203.0.113.9\r\n\r\n"
            )
            assert sock.recv(4096).startswith(b"HTTP/1.1 403 ")
        assert running.error().split(" ", 1)[1] == "203.0.113.9: refused with 403: the origin is not allowed\n"
        running.process.send_signal(signal.SIGTERM)
        assert running.end() == 0
        assert not path.exists()
    finally:
        running.kill()


def test_passwords_and_metrics(tmp_path: Path) -> None:
    """Who knows a line of the file comes in, and reads the metrics; nobody else does, and the health check is open."""
    file = tmp_path / "passwords"
    file.write_text("# people\nalice:one:two\n\nbob:three\n")
    with serving("--passwords", str(file), "--metrics", "/metrics", "--health", "/healthz") as server:
        assert get(server.port, "/healthz").startswith("HTTP/1.1 200 ")
        assert get(server.port, "/metrics").startswith("HTTP/1.1 401 ")
        field = "Authorization: Basic " + base64.b64encode(b"alice:one:two").decode()
        for fields, status in (([], "401"), ([field], "101"), ([field.replace("YWx", "YWy")], "401")):
            with RawClient(server.port) as client:
                assert client.open(*fields).split()[1] == status
        with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE) as sock:
            sock.sendall(f"GET /metrics HTTP/1.1\r\nHost: x\r\n{field}\r\n\r\n".encode())
            answer = b""
            while data := sock.recv(65536):
                answer += data
        assert b'rawws_handshakes_total{status="401"} 3.0' in answer
        assert answer.endswith(b"# EOF\n")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_certificate_is_read_anew(tmp_path: Path, workers: str) -> None:
    """SIGHUP has the next connections see the new certificate; files that cannot be used change nothing."""
    file = tmp_path / "both.pem"
    authority = trustme.CA()
    context = ssl.create_default_context()
    authority.configure_trust(context)

    def issue(name: str) -> None:
        issued = authority.issue_cert("127.0.0.1", organization_name=name)
        issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / "new.pem")
        os.replace(tmp_path / "new.pem", file)  # noqa: PTH105  one step

    def shown(port: int) -> str:
        sock = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
        with sock, context.wrap_socket(sock, server_hostname="127.0.0.1") as tls:
            certificate = tls.getpeercert() or {}
            subject = dict(part[0] for part in certificate["subject"])  # type: ignore[misc]
            return str(subject["organizationName"])

    issue("first")
    with serving("--tls-cert", str(file), "--workers", workers) as server:
        assert shown(server.port) == "first"
        issue("second")
        _reload(server, int(workers), "read anew")
        assert {shown(server.port) for _ in range(8)} == {"second"}
        file.write_text("rubbish")
        _reload(server, int(workers), "stays as it was")
        assert shown(server.port) == "second"


def _reload(server: Serve, workers: int, expected: str) -> None:
    """Ask for the certificate to be read anew until every worker has said what is expected.

    A worker that is still being started hears no signal, and reads the files once it is there.
    """
    said = 0
    while said < workers:
        server.process.send_signal(signal.SIGHUP)
        try:
            while True:
                said += expected in server.errors.get(timeout=1.0)
        except queue.Empty:
            continue


def test_a_log_for_machines() -> None:
    """With --log-json each line is an object with the event, the address and what belongs to it."""
    with serving("--log-json") as server:
        with RawClient(server.port) as client:
            assert client.open("Origin: https://elsewhere.example").split()[1] == "403"
        line = json.loads(server.error())
    assert line["event"] == "refused"
    assert line["status"] == 403
    assert line["level"] == "info"
    assert line["remote_address"].startswith("127.0.0.1:")
    assert line["message"].endswith("refused with 403: the origin is not allowed")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--unix", "/x", "--workers", "2"], "--unix is one socket of one process"),
        (["--trust-proxy", "proxy.example"], "'proxy.example' does not appear to be an IPv4 or IPv6 network"),
        (["--drain", "-1"], "'-1' is not a positive number of seconds"),
        (["--retry-after", "-1"], "-1 is not in the range x>=0"),
        (["--passwords", "/nowhere"], "cannot read --passwords /nowhere: No such file or directory"),
        (["--origin", "https://*"], "'https://*' is neither an origin such as"),
        (["--metrics", "metrics"], "'metrics' is not a path"),
        (["--unix", "/nowhere/socket"], "cannot listen on unix:/nowhere/socket: No such file or directory"),
    ],
)
def test_what_cannot_be(arguments: list[str], sentence: str) -> None:
    """Wrong options end with a sentence that names them, and status 2."""
    done = run("serve", "--port", "0", *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_no_sentence_shows_a_password(tmp_path: Path) -> None:
    """Of a line that cannot be used, only its number is told."""
    file = tmp_path / "passwords"
    file.write_text("alice:one\ns3cr3t\n")
    done = run("serve", "--port", "0", "--passwords", str(file))
    assert done.returncode == 2
    assert "line 2 of --passwords" in done.stderr
    assert "s3cr3t" not in done.stderr
