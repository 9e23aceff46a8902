"""Whatever is asked of the command, and whatever a peer does: a sentence, the exit status, and a report; no traceback.

Everything here is the real command, as a process, and real connections.
"""

from __future__ import annotations

import json
import socket
from functools import partial
from itertools import count
from pathlib import Path

import pytest
import trio

from rawws_conformance.cases import autobahn
from rawws_conformance.selection import select

from tests.conformance import clients, servers
from tests.conformance.commands import Measured, measured, rawws_conformance, run_of, started

#: Cases of every kind that asks for another amount: short ones, a message of 16 MiB, many messages, compressed ones.
IDS = ("1.1.*", "2.1", "7.1.*", "9.1.6", "9.7.*", "12.1.3", "12.1.18", "13.3.4")
CASES = [word for case in IDS for word in ("--case", case)]
TOTAL = len(select(autobahn().values(), IDS))

#: Octets of memory that a run may take, whatever comes. One of no case takes 40 MiB; the largest message has 16.
MOST_MEMORY = 400 << 20

NOTHING = "127.0.0.1:1"  # nobody listens on port 1


def assert_sentence(printed: str, words: str) -> None:
    """What was printed for people."""
    assert words in printed
    assert "Traceback" not in printed


# ----------------------------------------------------------------------------------------------------- the command line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["list", "--case", "77.1"], "no case has the id '77.1'"),
        (["show", "1.1"], "no case has the id '1.1'"),
        (["server", f"ws://{NOTHING}", "--case", "77.1"], "no case has the id '77.1'"),
        (["client", "--port", "0", "--case", "77.1"], "no case has the id '77.1'"),
        (["memory", "rawws", "--exclude", "77.*"], "no case has the id '77.*'"),
        (["server", "http://127.0.0.1"], "the scheme has to be ws or wss"),
        (["server", "ws://127.0.0.1:99999"], "is no URL"),
        (["server", "ws://"], "names no host"),
        (["server", "ws://host/\u00e4"], "have to be percent-encoded"),
        (["server", f"ws://{NOTHING}", "--cases-from", "not.json"], "not.json is no JSON"),
        (["server", f"ws://{NOTHING}", "--cases-from", "other.json"], "no document of the format"),
        (["server", f"ws://{NOTHING}", "--cases-from", "deep.json"], "deep.json is no JSON"),
        (["server", f"ws://{NOTHING}", "--baseline", "not.json"], "not.json is no JSON"),
        (["server", f"ws://{NOTHING}", "--baseline", "nowhere"], "nowhere cannot be read"),
        (["diff", "not.json", "other.json"], "not.json is no JSON"),
        (["html", "other.json", "--to", "x.html"], "no document of the format"),
        (["client", "--port", "0", "--host", "no such host"], "is no address to listen on"),
        (["client", "--port", "0", "--key", "not.json"], "--key needs --cert"),
        (["client", "--port", "0", "--cert", "not.json"], "cannot be used"),
        (["server", "--run", "'unclosed {port}"], "is no command"),
        (["server", "--run", ""], "the command is empty"),
        (["memory", "os:nothing"], "has no class"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage(arguments: list[str], words: str, tmp_path: Path) -> None:
    """What cannot be done is a sentence on standard error, and exit status 2."""
    (tmp_path / "not.json").write_text("{", encoding="utf-8")
    (tmp_path / "other.json").write_text('{"format": "something else"}', encoding="utf-8")
    (tmp_path / "deep.json").write_text("[" * 100_000, encoding="utf-8")
    done = rawws_conformance(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert_sentence(done.stderr, words)
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "spec.json"),
        ("[]", "spec.json"),
        ('{"servers": [{"url": "http://x"}], "cases": ["1.1.1"]}', "scheme has to be ws or wss"),
        ('{"servers": [{"url": "ws://127.0.0.1:1"}], "cases": ["77.1"]}', "77.1"),
    ],
)
def test_wrong_specs(content: str, words: str, tmp_path: Path) -> None:
    """With Autobahn's command line it is the same, and its exit status, which is 1."""
    (tmp_path / "spec.json").write_text(content, encoding="utf-8")
    done = rawws_conformance("wstest", "-m", "fuzzingclient", "-s", "spec.json", folder=tmp_path)
    assert done.returncode == 1
    assert_sentence(done.stderr, words)


# -------------------------------------------------------------------------------------------------------------- servers


def assert_unreachable(done: Measured, out: Path, words: str) -> None:
    """Exit status 2, a sentence, and a report that nothing was played: not that of an older run."""
    assert done.returncode == 2
    assert_sentence(done.stderr, words)
    run = run_of(out)
    assert (run["complete"], run["cases"]) == (False, {})
    assert (out / "index.html").exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"ws://{NOTHING}", "Connection refused"),
        (f"wss://{NOTHING}", "Connection refused"),
        ("ws://nobody.invalid", "no connection to nobody.invalid port 80"),
    ],
)
def test_nobody_there(url: str, words: str, tmp_path: Path) -> None:
    """A server that cannot be reached."""
    (tmp_path / "report.json").write_text("an older one", encoding="utf-8")
    assert_unreachable(measured(tmp_path, "server", url, "--out", str(tmp_path)), tmp_path, words)


def test_no_tls(tmp_path: Path) -> None:
    """A server that does not speak TLS, asked to."""
    with servers.running(servers.garbage) as url:
        done = measured(tmp_path, "server", url.replace("ws://", "wss://"), "--out", str(tmp_path))
    assert_unreachable(done, tmp_path, "TLS with 127.0.0.1 port")


@pytest.mark.parametrize("handler", [servers.never, servers.dribbles], ids=lambda handler: handler.__name__)
def test_servers_that_never_answer(handler: servers.Handler, tmp_path: Path) -> None:
    """Who takes a connection and does not answer in time is not there, and nobody waits for hundreds of cases."""
    with servers.running(handler) as url:
        done = measured(tmp_path, "server", url, "--out", str(tmp_path))
    assert_unreachable(done, tmp_path, "completes no opening handshake in 5 s")


def test_commands_that_do_not_listen(tmp_path: Path) -> None:
    """With `--run`, a command that ends, or cannot be started, is a server that is not there; its words are shown."""
    done = measured(tmp_path, "server", "--run", "sh -c 'echo I am leaving'", "--out", str(tmp_path))
    assert_unreachable(done, tmp_path, "the peer ended with status 0 before it listened")
    assert "I am leaving" in done.stderr
    done = measured(tmp_path, "server", "--run", "./no-such-program {port}", "--out", str(tmp_path))
    assert_unreachable(done, tmp_path, "./no-such-program cannot be started")


HOSTILE = {
    "garbage": servers.garbage,
    "hangs up": servers.hangs_up,
    "refuses": servers.refuses,
    "an endless head": servers.endless,
    "an endless body": servers.endless_body,
    "interim responses": servers.informs,
} | {name: partial(servers.floods, octets=octets) for name, octets in servers.FLOODS.items()}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_servers(name: str, tmp_path: Path) -> None:
    """Garbage, and what never ends: every case is judged, the report is written, and memory is bounded."""
    with servers.running(HOSTILE[name]) as url:
        done = measured(tmp_path, "server", url, "--quick", "--out", str(tmp_path / "out"), *CASES)
    assert done.returncode == 1, done.stderr
    assert_sentence(done.stdout + done.stderr, f"{TOTAL} cases")
    run = run_of(tmp_path / "out")
    assert (run["complete"], len(run["cases"])) == (True, TOTAL)
    assert all(case["failed"] for case in run["cases"].values() if case["behavior"] != "INFORMATIONAL")
    assert done.peak < MOST_MEMORY


@pytest.mark.parametrize("name", HOSTILE)
def test_other_cases_go_on(name: str, tmp_path: Path) -> None:
    """Where one connection goes wrong, in whatever way, the others are judged as ever."""
    connections = count()

    async def moody(stream: trio.abc.Stream) -> None:
        # Two connections are there to see whether anybody is; of the cases it is the second.
        await (HOSTILE[name] if next(connections) == 3 else servers.echo)(stream)

    with servers.running(moody) as url:
        options = ["--jobs", "1", "--case", "1.1.*", "--case", "7.7.1", "--out", str(tmp_path)]
        done = rawws_conformance("server", url, *options)
    assert done.returncode == 1
    cases = run_of(tmp_path)["cases"]
    assert [case_id for case_id, case in cases.items() if case["failed"]] == ["1.1.2"]
    assert len(cases) == 9


def test_a_server_that_dies(tmp_path: Path) -> None:
    """When the server is gone in the middle of a run, the other cases fail with a sentence each, and soon."""
    program = "import socket, sys; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); s.accept(); s.accept()"
    program += "; c, _ = s.accept(); c.recv(1); sys.exit(7)"
    done = measured(tmp_path, "server", "--run", f'python3 -c "{program}" {{port}}', "--out", str(tmp_path), *CASES)
    assert done.returncode == 1
    run = run_of(tmp_path)
    assert (run["complete"], len(run["cases"])) == (True, TOTAL)
    assert "no connection to 127.0.0.1" in run["cases"]["9.7.6"]["close_result"]


# -------------------------------------------------------------------------------------------------------------- clients


def flood(port: int, head: bytes, octets: bytes) -> None:
    """Send a head, and then these octets over and over until the server has enough."""
    with clients.connected(port) as sock:
        sock.sendall(head)
        with pytest.raises(OSError):  # noqa: PT011 - a reset, or a broken pipe
            while True:
                sock.sendall(octets)


CASE = clients.request("/runCase?casetuple=1.1.1&agent=flood")


@pytest.mark.parametrize(
    ("head", "octets"),
    [
        (b"", b"\x00\xff" * 1000),
        (b"GET / HTTP/1.1\r\n", b"X: y\r\n" * 1000),
        (CASE, b"\x82\xff" + (1 << 62).to_bytes(8, "big") + bytes(1 << 16)),
        (CASE, b"\x82\xff" + (1 << 25).to_bytes(8, "big") + bytes(1 << 16)),
        (CASE, b"\x02\x80\0\0\0\0" + b"\x00\xfe\xff\xff\0\0\0\0" + bytes(65535)),
        (CASE, b"\x89\xfd\0\0\0\0" + bytes(125)),
        (CASE, b"\x81\x81\0\0\0\0x" * 1000),
        (clients.request("/getCaseCount"), b"\x81\x81\0\0\0\0x" * 1000),
    ],
    ids=["octets", "fields", "2^62", "32 MiB", "fragments", "pings", "messages", "at the count"],
)
def test_hostile_clients(head: bytes, octets: bytes, tmp_path: Path) -> None:
    """What a client sends without end is ended, another client's cases are judged as ever, and reports are written."""
    options = ["--host", "127.0.0.1", "--port", "0", "--case", "1.1.1", "--once", "--out", str(tmp_path)]
    with started("client", *options) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2])
        flood(port, head, octets)
        clients.drive(port, "right")
        _out, err = process.communicate(timeout=servers.START_SECONDS)
    assert "Traceback" not in err
    runs = {run["agent"]: run for run in json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["runs"]}
    assert runs["right"]["cases"]["1.1.1"]["failed"] is False
    if head == CASE:
        assert runs["flood"]["cases"]["1.1.1"]["failed"] is True
    assert process.returncode == int(head == CASE)


def test_drivers_that_do_nothing(tmp_path: Path) -> None:
    """A driver that cannot be started, or plays no case, is a client that is not there."""
    for command, words in (("./no-such-driver", "cannot be started"), ("true", "No client has played a case")):
        done = rawws_conformance("client", "--port", "0", "--run", command, "--out", str(tmp_path))
        assert done.returncode == 2
        assert_sentence(done.stderr, words)
        assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["runs"] == []


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    """Where somebody listens already, it is said."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = rawws_conformance("client", "--host", "127.0.0.1", "--port", port, "--out", str(tmp_path))
    assert done.returncode == 2
    assert_sentence(done.stderr, "Address already in use")
