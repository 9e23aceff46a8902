"""The fuzzing server over TCP: Autobahn's URLs, right clients, faulty ones, and requests that make no sense."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator

import pytest
import trio
import trio.testing
import trustme
from websockets.asyncio.client import connect

from rawws_conformance.api import FuzzingServer
from rawws_conformance.cases import autobahn
from rawws_conformance.corpora import Corpora
from rawws_conformance.model import Seconds
from rawws_conformance.report import Run
from rawws_conformance.runs.client import ClientRun, ListenFailed, listen
from rawws_conformance.slices import Library

from tests.conformance import clients, peers
from tests.conformance.clients import (
    DEADLINE,
    UPGRADE,
    ask,
    connected,
    exchange,
    masked,
    play,
    read_all,
    request,
    run_case,
)
from tests.conformance.faulty import closing, control, framing, text

#: Cases of every group that end at once where the client is right.
LIGHT = (
    "1.1.1", "1.2.6", "2.4", "2.10", "3.2", "4.1.1", "5.1", "5.6", "6.3.1", "6.5.1", "7.1.1", "7.7.1", "7.9.1", "9.7.1",
)  # fmt: skip


@pytest.fixture
def server() -> Iterator[FuzzingServer]:
    """A fuzzing server with a few cases."""
    with FuzzingServer(cases=LIGHT) as running:
        yield running


def only_run(server: FuzzingServer) -> Run:
    """What the only client has played."""
    (run,) = server.runs
    return run


def verdicts(run: Run) -> dict[str, tuple[str, str]]:
    """The verdicts of a run by case."""
    return {result.case_id: (str(result.behavior), str(result.close_behavior)) for result in run.in_order()}


def test_a_right_client_passes(server: FuzzingServer) -> None:
    """A client without a fault, driven as a driver does it, is OK in every case, and in the order of the numbers."""
    clients.drive(server.port, "right")
    run = only_run(server)
    assert (run.agent, run.complete, run.role) == ("right", True, "client")
    assert verdicts(run) == dict.fromkeys(LIGHT, ("OK", "OK"))


def test_deflate_is_agreed_upon_as_a_case_wants_it() -> None:
    """In groups 12 and 13 the server answers an offer as the case wishes, and the messages come back."""
    ids = ("12.1.3", "12.2.11", "13.1.3", "13.2.3", "13.3.3", "13.4.3", "13.5.3", "13.6.3", "13.7.3")
    with FuzzingServer(cases=ids) as server:
        clients.drive(server.port, "right")
    assert verdicts(only_run(server)) == dict.fromkeys(ids, ("OK", "OK"))


def test_a_client_that_offers_no_deflate() -> None:
    """Where the client offers none, nothing is agreed upon, and the case is UNIMPLEMENTED."""
    answer = b""
    with FuzzingServer(cases=["13.3.1"]) as server, connected(server.port) as sock:
        sock.sendall(request("/runCase?case=1&agent=plain"))
        while not answer.endswith(b"\x88\x02\x03\xe8"):
            answer += sock.recv(65536)
        sock.sendall(masked(8, b"\x03\xe8"))
        read_all(sock)
    assert b"Sec-WebSocket-Extensions" not in answer
    assert verdicts(only_run(server)) == {"13.3.1": ("UNIMPLEMENTED", "OK")}


@pytest.mark.parametrize(
    ("make", "case_id", "behavior", "close"),
    [
        (framing.LongLengths, "1.1.1", "FAILED", "UNCLEAN"),
        (framing.EchoesTextAsBinary, "5.3", "FAILED", "OK"),
        (control.EmptyPongs, "2.2", "FAILED", "OK"),
        (control.TakesFragmentedControlFrames, "5.1", "FAILED", "OK"),
        (text.TakesInvalidUtf8, "6.6.1", "FAILED", "FAILED"),
        (closing.WrongReplyCode, "7.7.1", "FAILED", "WRONG CODE"),
        (closing.NoCloseReply, "7.1.1", "OK", "UNCLEAN"),
        (framing.UnmaskedClient, "1.1.1", "FAILED", "UNCLEAN"),
    ],
    ids=lambda value: getattr(value, "__name__", None) or str(value),
)
def test_faulty_clients_are_caught(make: clients.Make, case_id: str, behavior: str, close: str) -> None:
    """Over TCP as in memory, a faulty client gets the verdict of its fault."""
    with FuzzingServer(cases=[case_id]) as server:
        run_case(server.port, 1, "faulty", make)
    assert verdicts(only_run(server)) == {case_id: (behavior, close)}


def test_case_count_and_info(server: FuzzingServer) -> None:
    """The count is of the selected cases; information names a case by its place among them, or by its id."""
    assert ask(server.port, "/getCaseCount") == [str(len(LIGHT))]
    (text,) = ask(server.port, "/getCaseInfo?case=2")
    assert json.loads(text) == {"id": "1.2.6", "description": autobahn()["1.2.6"].sends}
    (text,) = ask(server.port, "/getCaseInfo?casetuple=7.7.1")
    assert json.loads(text)["id"] == "7.7.1"
    assert server.runs == []


def test_an_answer_ends_with_an_empty_close(server: FuzzingServer) -> None:
    """Behind the text comes a Close without a code; a client that does not answer it is cut off."""
    with connected(server.port) as sock:
        sock.sendall(request("/getCaseCount"))
        octets = read_all(sock)
    assert clients.frames(octets) == [(0x81, str(len(LIGHT)).encode()), (0x88, b"")]


def test_the_status_waits_for_its_case(server: FuzzingServer) -> None:
    """Asked for the status of a case that has not been played yet, the server answers when it has."""
    found: list[list[str]] = []
    target = "/getCaseStatus?casetuple=1.1.1&agent=a"
    waiting = threading.Thread(target=lambda: found.append(ask(server.port, target)))
    waiting.start()
    run_case(server.port, "1.2.6", "a")
    run_case(server.port, "1.1.1", "b")
    assert found == []
    run_case(server.port, "1.1.1", "a")
    waiting.join(DEADLINE)
    assert found == [['{"behavior": "OK"}']]
    assert ask(server.port, target) == ['{"behavior": "OK"}']


@pytest.mark.parametrize(
    "target",
    [
        "/runCase?case=1",
        "/runCase?case=1&agent=",
        "/runCase?agent=a",
        "/runCase?case=0&agent=a",
        "/runCase?case=15&agent=a",
        "/runCase?case=-1&agent=a",
        "/runCase?case=abc&agent=a",
        "/runCase?case=%D9%A1&agent=a",
        "/runCase?case=1&case=2&agent=a",
        "/runCase?case=1&agent=a&agent=b",
        "/runCase?casetuple=1.1.2&agent=a",
        "/getCaseInfo",
        "/getCaseStatus?case=1",
        "/getCaseStatus?agent=a",
        "/updateReports",
        "/getCaseCount?case=99",
        "/anything?agent=a&agent=b",
        "http://[/runCase",
    ],
)
def test_wrong_requests(server: FuzzingServer, target: str) -> None:
    """A request that makes no sense gets a bare 500 and the end of TCP, and leaves no trace in the reports."""
    assert exchange(server.port, request(target)) == b"HTTP/1.1 500 Internal Server Error\r\n\r\n"
    assert server.runs == []
    ask(server.port, "/updateReports?agent=a")


def test_browsers_get_a_page(server: FuzzingServer) -> None:
    """A plain GET gets a page that says what this is and how clients do, with their names as text."""
    run_case(server.port, "1.1.1", "<script>")
    head, _, body = exchange(server.port, request("/", "")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert b"/runCase?case=N&amp;agent=NAME" in body
    assert b"&lt;script&gt;<td>1<td>0" in body
    assert b"<script>" not in body
    assert exchange(server.port, request("/", "", method="HEAD")).endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (request("/", "", method="POST"), b"405"),
        (request("/", "Content-Length: 2\r\n", method="PUT") + b"hi", b"405"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nNo colon\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000, b"400"),
    ],
    ids=["POST", "PUT", "TLS", "no header", "too long"],
)
def test_other_requests(server: FuzzingServer, octets: bytes, status: bytes) -> None:
    """What is no request for a WebSocket or for a page is refused, and the server goes on."""
    assert exchange(server.port, octets).startswith(b"HTTP/1.1 " + status)
    assert ask(server.port, "/getCaseCount") == [str(len(LIGHT))]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (UPGRADE.replace("Version: 13", "Version: 8"), b"426"),
        (UPGRADE.replace("Sec-WebSocket-Key", "X-Key"), b"400"),
        (UPGRADE.replace("Connection: Upgrade", "Connection: close"), b"400"),
    ],
    ids=["version", "key", "connection"],
)
def test_a_wrong_opening_handshake(server: FuzzingServer, headers: str, status: bytes) -> None:
    """A client whose request is for a case, but no right one, gets an HTTP answer, and the case is FAILED."""
    answer = exchange(server.port, request("/runCase?case=1&agent=a", headers))
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert verdicts(only_run(server)) == {"1.1.1": ("FAILED", "FAILED")}
    answer = exchange(server.port, request("/getCaseCount", headers))
    assert answer.startswith(b"HTTP/1.1 " + status)


def test_connections_at_once() -> None:
    """Several clients may play at the same time, also the same cases; each gets its own verdicts."""
    makes = {
        "right": peers.Peer,
        "binary": framing.EchoesTextAsBinary,
        "pongs": control.EmptyPongs,
        "codes": closing.WrongReplyCode,
    }
    with FuzzingServer(cases=["1.1.1", "2.2", "7.7.3"]) as server:
        threads = [threading.Thread(target=clients.drive, args=(server.port, *each)) for each in makes.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLINE)
    failed = {run.agent: [result.case_id for result in run.failed] for run in server.runs}
    assert failed == {
        "right": [], "binary": ["1.1.1"], "pongs": ["2.2"], "codes": ["1.1.1", "2.2", "7.7.3"]
    }  # fmt: skip
    assert all(run.complete for run in server.runs)


def test_a_case_is_judged_anew_when_it_is_played_again(server: FuzzingServer) -> None:
    """Of two rounds of one case the last one counts."""
    run_case(server.port, "7.7.1", "a", closing.WrongReplyCode)
    assert verdicts(only_run(server))["7.7.1"] == ("FAILED", "WRONG CODE")
    run_case(server.port, "7.7.1", "a")
    assert verdicts(only_run(server))["7.7.1"] == ("OK", "OK")


def test_a_name_for_every_client() -> None:
    """With a name given, clients go by that name, also those that give none."""
    with FuzzingServer(cases=["1.1.1"], agent="mine") as server:
        play(server.port, "/runCase?case=1")
    assert verdicts(only_run(server)) == {"1.1.1": ("OK", "OK")}
    assert only_run(server).agent == "mine"


def test_octets_that_come_with_the_request(server: FuzzingServer) -> None:
    """Frames in the same segment as the request belong to the connection, also where they are the client's Close."""
    answer = exchange(server.port, request("/runCase?casetuple=1.1.1&agent=a") + masked(1) + masked(8, b"\x03\xe8"))
    assert clients.frames(answer)[-1] == (0x88, b"\x03\xe8")
    assert verdicts(only_run(server)) == {"1.1.1": ("OK", "OK")}


def test_a_frame_is_ended_before_the_close() -> None:
    """A client that closes while a large frame is on its way gets all of it, and behind it the reply."""
    with FuzzingServer(cases=["9.1.6"]) as server:
        answer = exchange(server.port, request("/runCase?case=1&agent=a") + masked(8, b"\x03\xe8"))
    assert [(first, len(payload)) for first, payload in clients.frames(answer)] == [(0x81, 16 << 20), (0x88, 2)]


def test_a_client_that_leaves(server: FuzzingServer) -> None:
    """A client that ends TCP wherever it likes gets a verdict, and the server goes on."""
    whole = request("/runCase?case=1&agent=a")
    for octets in (b"", b"GET /runCase", whole, request("/runCase?case=2&agent=a") + b"\x81"):
        with connected(server.port) as sock:
            sock.sendall(octets)
    clients.drive(server.port, "a")
    assert verdicts(only_run(server)) == dict.fromkeys(LIGHT, ("OK", "OK"))


def test_stop_server() -> None:
    """/stopServer: the opening handshake is answered, TCP ends without a Close, and nobody listens any more."""
    with FuzzingServer(cases=["1.1.1"]) as server:
        assert clients.frames(exchange(server.port, request("/stopServer"))) == []
        deadline = time.monotonic() + DEADLINE
        with pytest.raises(ConnectionRefusedError):
            while time.monotonic() < deadline:
                exchange(server.port, b"")


@pytest.mark.parametrize(
    ("query", "ends"), [("", False), ("&shutdownOnComplete=true", True), ("&shutdownOnComplete=no", False)]
)
def test_update_reports(query: str, ends: bool) -> None:
    """Reports are written before the Close comes, of all agents; the server ends if that was asked for."""
    written: list[list[str]] = []
    run = ClientRun(cases=[autobahn()["1.1.1"]], library=Library(Corpora()))
    run.update = lambda runs: written.append([each.agent for each in runs])

    async def main() -> bool:
        sockets = listen("127.0.0.1", 0)
        port = sockets[0].getsockname()[1]
        with trio.fail_after(DEADLINE):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(run.serve, sockets)
                for agent in ("b", "a"):
                    await trio.to_thread.run_sync(run_case, port, 1, agent)
                await trio.to_thread.run_sync(ask, port, f"/updateReports?agent=a{query}")
                await trio.testing.wait_all_tasks_blocked()
                ended = run.stopped
                run.stop()
        return ended

    assert trio.run(main) is ends
    assert written == [["a", "b"]]


def test_reports_that_cannot_be_written() -> None:
    """Where reports cannot be written, the client gets Close 1011, the user a sentence, and the server goes on."""
    problems: list[str] = []

    def fail(_runs: list[Run]) -> None:
        raise PermissionError(13, "Permission denied")

    run = ClientRun(cases=[autobahn()["1.1.1"]], library=Library(Corpora()), update=fail, problem=problems.append)

    async def main() -> bytes:
        sockets = listen("127.0.0.1", 0)
        port = sockets[0].getsockname()[1]
        with trio.fail_after(DEADLINE):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(run.serve, sockets)
                octets = request("/updateReports?agent=a")
                answer = await trio.to_thread.run_sync(exchange, port, octets)
                assert await trio.to_thread.run_sync(ask, port, "/getCaseCount") == ["1"]
                run.stop()
        return answer

    assert clients.frames(trio.run(main)) == [(0x88, b"\x03\xf3")]
    assert problems == ["the reports could not be written: Permission denied"]


def test_requests_that_never_end() -> None:
    """A client that sends no request, or half of one, is let go when the time for the opening handshake is over."""
    run = ClientRun(cases=[autobahn()["1.1.1"]], library=Library(Corpora()), seconds=Seconds(opening=0.2))

    async def main() -> None:
        sockets = listen("127.0.0.1", 0)
        port = sockets[0].getsockname()[1]
        with trio.fail_after(DEADLINE):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(run.serve, sockets)
                for octets in (b"", b"GET / HT"):
                    assert await trio.to_thread.run_sync(exchange, port, octets) == b""
                run.stop()

    trio.run(main)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["sendframe", {"opcode": 1, "payload": "Hello"}], [(0x81, b"Hello")]),
        (["sendframe", {"opcode": 2, "payload": "ab", "payload_len": 5, "fin": False, "rsv": 4}], [(0x42, b"ababa")]),
        (["sendframe", {"payload": "abc", "chopsize": 1}], [(0x81, b"abc")]),
        (["sendframes", [{"fin": False, "payload": "a"}, {"opcode": 0, "payload": "b"}]], [(0x01, b"a"), (0x80, b"b")]),
        (["echo", {"payload": "xy", "payload_len": 3}], [(0x81, b"xyx")]),
        (["close", {"code": 3000, "reason": "Bye"}], [(0x88, b"\x0b\xb8Bye")]),
        (["close", {}], [(0x88, b"")]),
        (["nonsense", {}], [(0x88, b"\x03\xf0there is no command nonsense")]),
        (["sendframe", {"opcode": 16}], [(0x88, b"\x03\xf0opcode has to be a number from 0 to 15")]),
        (
            ["sendframe", {"payload": "x", "payload_len": 1 << 40}],
            [(0x88, b"\x03\xf0payload_len has to be a number from 0 to 16777216")],
        ),
        (["sendframe", {"mask": "zz"}], [(0x88, b"\x03\xf0mask has to be eight hexadecimal digits")]),
        ([], [(0x88, b"\x03\xf0a command is a list of a word and an object")]),
    ],
    ids=lambda value: json.dumps(value)[:40] if isinstance(value, list) and value and isinstance(value[0], str) else "",
)
def test_commands(server: FuzzingServer, command: list[object], expected: list[tuple[int, bytes]]) -> None:
    """On every other path a client may say what the server is to send; what is no command ends with a sentence."""
    text = json.dumps(command).encode()
    answer = b""
    with connected(server.port) as sock:
        sock.sendall(request("/commands") + masked(1, text))
        while len(answer.partition(b"\r\n\r\n")[2]) < sum(2 + len(payload) for _first, payload in expected):
            answer += sock.recv(65536)
        sock.sendall(masked(8))
        answer += read_all(sock)
    found = clients.frames(answer)
    assert found[: len(expected)] == expected


def test_commands_that_are_no_json(server: FuzzingServer) -> None:
    """A text that is no JSON, however deep it is nested, ends with a sentence; a binary message is nothing."""
    answer = exchange(server.port, request("/x") + masked(2, b"[") + masked(1, b"[" * 100))
    assert clients.frames(answer) == [(0x88, b"\x03\xf0this is no JSON")]


async def play_over_tls(server: FuzzingServer, context: ssl.SSLContext) -> str | bytes:
    """Play every case, then ask how many there are.

    By asyncio: the client with threads reads and writes one SSL object at once, and its request then goes astray now
    and then, before the first octet of it is on the wire.
    """
    for number in range(1, len(server.cases) + 1):
        url = server.case_url(number, "tls")
        async with connect(url, ssl=context, max_size=None, compression=None) as client:
            async for message in client:
                await client.send(message)
    await asyncio.to_thread(exchange, server.port, request("/getCaseCount"))  # a client without TLS disturbs nobody
    async with connect(f"{server.url}/getCaseCount", ssl=context) as client:
        return await client.recv()


def test_tls() -> None:
    """With a certificate the server speaks TLS."""
    authority = trustme.CA()
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(ours)
    theirs = ssl.create_default_context()
    authority.configure_trust(theirs)
    ids = ["1.2.8", "7.1.1", "9.2.1"]
    with FuzzingServer(cases=ids, ssl_context=ours) as server:
        assert server.url.startswith("wss://")
        assert asyncio.run(asyncio.wait_for(play_over_tls(server, theirs), DEADLINE)) == str(len(ids))
    assert verdicts(only_run(server)) == dict.fromkeys(ids, ("OK", "OK"))


def test_a_name_with_both_families() -> None:
    """Listening on a name means all of its addresses, with one port; a port in use is a sentence."""
    sockets = listen("localhost", 0)
    try:
        assert len({sock.getsockname()[1] for sock in sockets}) == 1
        assert sockets[0].family == socket.AF_INET
        port = sockets[0].getsockname()[1]
        with pytest.raises(ListenFailed, match=f"cannot listen on 127.0.0.1 port {port}: Address already in use"):
            listen("127.0.0.1", port)
    finally:
        for sock in sockets:
            sock.close()
    with pytest.raises(ListenFailed, match="is no address to listen on"):
        listen("no such host.invalid", 0)
