"""`rawws connect` from scripts: arguments, pipes and files, exit statuses."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from rawws.cli.stdin import MOST_OCTETS

from tests.cli.running import COMMAND, DEADLINE, Running, Serve, environment, run, serving

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def server() -> Iterator[Serve]:
    """An echo server with the defaults."""
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def describing() -> Iterator[Serve]:
    """A server that tells what the client has asked for, and knows two subprotocols."""
    options = ["--subprotocol", "best", "--subprotocol", "good", "--origin", "any"]
    with serving("--app", "apps:describe", *options, cwd=HERE) as running:
        yield running


@contextlib.contextmanager
def answering(octets: bytes) -> Iterator[str]:
    """The URL of something that gives `octets` to one client, whatever that says, and ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(DEADLINE)

        def answer() -> None:
            with contextlib.suppress(OSError):
                client, _ = listener.accept()
                with client:
                    client.settimeout(DEADLINE)
                    client.recv(65536)
                    client.sendall(octets)
                    client.shutdown(socket.SHUT_WR)
                    while client.recv(65536):
                        pass

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/"
        thread.join(DEADLINE)


# -- scripts ----------------------------------------------------------------------------------------------------------


def test_send_and_expect(server: Serve) -> None:
    """What is sent comes back in order, one message per line, and stdout holds nothing else."""
    done = run("connect", server.url, "--send", "one", "--send", "", "--send", "three 世界", "--expect", "3")
    assert (done.returncode, done.stdout, done.stderr) == (0, "one\n\nthree 世界\n", "")


def test_send_without_expect(server: Serve) -> None:
    """--send alone sends, closes, and prints nothing."""
    done = run("connect", server.url, "--send", "one")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_expect_without_send() -> None:
    """--expect alone waits for what the server says by itself; the server's leaving afterwards is no failure."""
    with serving("--app", "apps:greet", cwd=HERE) as server:
        done = run("connect", server.url, "--expect", "1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "hello and goodbye\n", "")


def test_scripts_leave_stdin_alone(server: Serve) -> None:
    """With --send or --expect nothing is read: a loop in a shell keeps its lines."""
    script = f'{" ".join(COMMAND)} connect {server.url} --send x --expect 1; cat'
    done = run(prefix=["sh", "-c", script], stdin="left\n")
    assert (done.returncode, done.stdout) == (0, "x\nleft\n")


def test_too_few_messages() -> None:
    """A server that closes before all expected messages came: those that did, a sentence, exit status 1."""
    with serving("--app", "apps:greet", cwd=HERE) as server:
        done = run("connect", server.url, "--expect", "2")
    assert (done.returncode, done.stdout) == (1, "hello and goodbye\n")
    assert done.stderr == "rawws: the server closed the connection: 1000 (normal closure), after 1 of 2 messages\n"


def test_too_slow(server: Serve) -> None:
    """--timeout bounds the wait for each message."""
    done = run("connect", server.url, "--send", "x", "--expect", "2", "--timeout", "0.3")
    assert (done.returncode, done.stdout) == (1, "x\n")
    assert done.stderr == "rawws: no message within 0.3 seconds, after 1 of 2\n"


def test_the_server_quarrels() -> None:
    """A close code of the server's own is told with its reason, in which nothing reaches the terminal."""
    with serving("--app", "apps:quarrel", cwd=HERE) as server:
        done = run("connect", server.url, "--expect", "1")
    assert (done.returncode, done.stdout) == (1, "")
    assert 'the server closed the connection: 4001 (private): "go \\x1b[2Jaway"' in done.stderr
    assert done.stderr.rstrip("\n").isprintable()


def test_sent_too_much() -> None:
    """A message that the server refuses is exit status 1, also when nothing was expected."""
    with serving("--max-message", "10") as server:
        done = run("connect", server.url, "--send", "x" * 11)
    assert (done.returncode, done.stdout) == (1, "")
    assert "1009 (message too big)" in done.stderr


def test_received_too_much(server: Serve) -> None:
    """--max-message bounds what this end accepts; beyond, it fails the connection."""
    done = run("connect", server.url, "--send", "x" * 11, "--expect", "1", "--max-message", "10")
    assert (done.returncode, done.stdout) == (1, "")
    assert "failed with 1009" in done.stderr


def test_much_in_both_directions(server: Serve) -> None:
    """More than a mebibyte that is on its way in both directions at once comes back whole and in order."""
    texts = [character * 65_536 for character in "abcdefghijklmnopqrst"]
    done = run("connect", server.url, *[word for text in texts for word in ("--send", text)], "--expect", "20")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == texts


def test_what_is_shown() -> None:
    """Binary is hexadecimal behind its length, and text that a terminal would obey is escaped: one line each."""
    with serving("--app", "apps:mutter", cwd=HERE) as server:
        done = run("connect", server.url, "--expect", "4")
    assert done.returncode == 0
    assert done.stdout == "binary, 4 octets: 00 01 fe ff\nbinary, 0 octets:\n\\x1b[2J\\u202e\\x9b\n\n"


def test_a_locale_that_has_no_such_characters(server: Serve) -> None:
    """Where stdout cannot hold a character its escape is shown."""
    done = run("connect", server.url, "--send", "世", "--expect", "1", variables={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stdout) == (0, "\\u4e16\n")


# -- what is asked for ------------------------------------------------------------------------------------------------


def asked(url: str, *options: str) -> dict[str, Any]:
    """What the server says that we have asked for."""
    done = run("connect", url, *options, "--expect", "1")
    assert (done.returncode, done.stderr) == (0, "")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_headers_and_origin(describing: Serve) -> None:
    """--header, repeated, and --origin reach the server, without the spaces around a value."""
    options = ["--header", "X-One: 1", "--header", "Authorization:Basic YTpi", "--origin", "https://example.com"]
    fields = asked(describing.url, *options)["fields"]
    assert fields.items() >= {"x-one": "1", "authorization": "Basic YTpi", "origin": "https://example.com"}.items()


def test_subprotocols_and_compression(describing: Serve) -> None:
    """--subprotocol offers, --no-compression does not."""
    plain = asked(describing.url, "--subprotocol", "good", "--subprotocol", "best", "--no-compression")
    usual = asked(describing.url)
    assert (plain["subprotocol"], plain["extensions"]) == ("best", "")
    assert usual["subprotocol"] is None
    assert usual["extensions"].startswith("permessage-deflate")


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Serve, Path]]:
    """A server with a certificate for 127.0.0.1, and a file with the authority that nobody else trusts."""
    folder = tmp_path_factory.mktemp("certified")
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    authority.cert_pem.write_to_path(folder / "authority.pem")
    with serving("--tls-cert", str(folder / "server.pem")) as running:
        yield running, folder / "authority.pem"


def test_certificates(certified: tuple[Serve, Path]) -> None:
    """A certificate of an unknown authority is refused, trusted with --ca, and not looked at with --insecure."""
    server, authority = certified
    script = ["--send", "hello", "--expect", "1"]
    refused = run("connect", server.url, *script)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "is not trusted" in refused.stderr
    assert "--ca" in refused.stderr
    assert refused.stderr.count("\n") == 1
    for options in (["--ca", str(authority)], ["--insecure"]):
        done = run("connect", server.url, *script, *options)
        assert (done.returncode, done.stdout, done.stderr) == (0, "hello\n", "")


def test_the_name_in_a_certificate(certified: tuple[Serve, Path]) -> None:
    """A certificate for another host is refused, though its authority is trusted."""
    server, authority = certified
    done = run("connect", server.url.replace("127.0.0.1", "localhost"), "--ca", str(authority), "--send", "x")
    assert (done.returncode, done.stdout) == (2, "")
    assert "is not trusted: Hostname mismatch" in done.stderr


def test_tls_where_there_is_none(server: Serve) -> None:
    """wss:// to a server without TLS is a sentence."""
    done = run("connect", server.url.replace("ws://", "wss://"), "--insecure", "--send", "x")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("rawws: no TLS connection to 127.0.0.1:")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"HTTP/1.1 403 Sorry\r\nContent-Length: 7\r\n\r\nno \x1b[2J", ": 403 Forbidden (no \\x1b[2J)\n"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\n<html>", "refused the connection: 404 Not Found\n"),
        (b"HTTP/1.1 599 What\r\nContent-Length: 0\r\n\r\n", "refused the connection: 599\n"),
        (b"HTTP/1.1 101 Sure\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", "no WebSocket handshake"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "no WebSocket handshake"),
        (b"", "127.0.0.1:"),
    ],
    ids=["403", "html", "unknown-status", "no-accept", "ssh", "nothing"],
)
def test_answers_that_are_none(octets: bytes, expected: str) -> None:
    """A refusal is told with its status, and what is no answer at all as such; exit status 2, one printable line."""
    with answering(octets) as url:
        done = run("connect", url)
    assert (done.returncode, done.stdout) == (2, "")
    assert expected in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stderr.rstrip("\n").isprintable()


# -- pipes and files --------------------------------------------------------------------------------------------------


def test_lines_of_a_pipe(server: Serve) -> None:
    """Each line is a message, also one that begins with a slash or ends with CR LF or the input; answers are shown."""
    done = run("connect", server.url, stdin="one\n\n/ping\n//two\r\nlast")
    assert (done.returncode, done.stdout, done.stderr) == (0, "one\n\n/ping\n//two\nlast\n", "")


def test_many_lines(server: Serve) -> None:
    """A pipe of 20,000 lines comes back as it was."""
    lines = "".join(f"line {number}\n" for number in range(20_000))
    done = run("connect", server.url, stdin=lines)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == lines


def test_a_line_in_pieces(server: Serve) -> None:
    """A line is what stands before its end, however the octets of it come."""
    client = Running("connect", server.url, stdin=subprocess.PIPE)
    try:
        stdin = client.process.stdin
        assert stdin is not None
        stdin.write(b"gan")
        stdin.flush()
        stdin.write(b"z\nfr")
        stdin.flush()
        assert client.line() == "ganz\n"
        stdin.write("üh".encode()[:2])
        stdin.flush()
        stdin.write("üh".encode()[2:])
        stdin.close()
        assert client.line() == "früh\n"
        assert client.end() == 0
    finally:
        client.kill()


def test_a_file(server: Serve, tmp_path: Path) -> None:
    """Input from a file, for which no system can wait, is read like a pipe."""
    path = tmp_path / "lines"
    path.write_text("from\na file\n")
    done = run(prefix=["sh", "-c", f"{' '.join(COMMAND)} connect {server.url} < {path}"])
    assert (done.returncode, done.stdout, done.stderr) == (0, "from\na file\n", "")


def test_no_input(server: Serve) -> None:
    """With /dev/null, or without standard input at all, the connection is opened and closed."""
    for redirection in ("</dev/null", "<&-"):
        done = run(prefix=["sh", "-c", f"{' '.join(COMMAND)} connect {server.url} {redirection}"])
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_no_output(server: Serve) -> None:
    """Without standard output what comes goes nowhere, least of all into a socket."""
    done = run(prefix=["sh", "-c", f"{' '.join(COMMAND)} connect {server.url} --send a --expect 1 >&-"])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_pipe_that_stays_open() -> None:
    """When the server leaves, the command ends, though its input might still bring something."""
    with serving("--app", "apps:greet", cwd=HERE) as server:
        client = Running("connect", server.url, stdin=subprocess.PIPE)
        try:
            assert client.line() == "hello and goodbye\n"
            assert client.end() == 0
            assert client.rest(client.errors) == []
        finally:
            client.kill()


def test_a_server_that_quarrels_with_a_pipe() -> None:
    """An end that is not normal is a sentence on stderr and exit status 1."""
    with serving("--app", "apps:quarrel", cwd=HERE) as server:
        client = Running("connect", server.url, stdin=subprocess.PIPE)
        try:
            assert client.end() == 1
            [line] = client.rest(client.errors)
            assert line == 'the server closed the connection: 4001 (private): "go \\x1b[2Jaway"\n'
        finally:
            client.kill()


def test_a_line_that_is_no_text(server: Serve) -> None:
    """A line that is not UTF-8 cannot be sent: a sentence and exit status 2, after the lines before it."""
    done = run("connect", server.url, stdin=b"good\nb\xffd\ngood\n")
    assert done.returncode == 2
    assert done.stdout in {"good\n", ""}
    assert done.stderr == "rawws: a line of the input is not UTF-8, so it cannot be sent as text\n"


def test_a_line_without_end(server: Serve) -> None:
    """A line that does not end is given up at 64 MiB, not when memory is."""
    script = f"head -c {MOST_OCTETS + 1} /dev/zero | {' '.join(COMMAND)} connect {server.url}"
    done = run(prefix=["sh", "-c", script])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "rawws: a line of the input is longer than 67,108,864 octets\n"


def test_whoever_reads_goes_away(server: Serve) -> None:
    """When the next command of a pipeline has had enough, there is no traceback."""
    script = f"yes | head -n 20000 | {' '.join(COMMAND)} connect {server.url} | head -n 1"
    done = run(prefix=["sh", "-c", script])
    assert (done.stdout, done.stderr) == ("y\n", "")


@pytest.mark.parametrize("options", [[], ["--expect", "3"]], ids=["conversation", "script"])
def test_interrupt(options: list[str]) -> None:
    """SIGINT ends a client that waits, without a traceback, with the exit status of an interrupted process."""
    with serving("--app", "apps:describe", cwd=HERE) as server:
        client = Running("connect", server.url, *options, stdin=subprocess.PIPE)
        try:
            assert "fields" in client.line()
            client.process.send_signal(signal.SIGINT)
            assert client.end() == 130
            assert "".join(client.rest(client.errors)).strip() == ""
        finally:
            client.kill()


def test_stdin_stays_blocking(server: Serve) -> None:
    """The pipe is shared with other processes, so its flags are left as they are."""
    reading, writing = os.pipe()
    try:
        process = subprocess.Popen(
            [*COMMAND, "connect", server.url], stdin=reading, stdout=subprocess.PIPE, env=environment(), text=True
        )
        with process:
            os.write(writing, b"hello\n")
            assert process.stdout is not None
            assert process.stdout.readline() == "hello\n"
            assert os.get_blocking(reading)
            os.close(writing)
            assert process.wait(DEADLINE) == 0
    finally:
        os.close(reading)
