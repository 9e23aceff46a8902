"""The Python API: servers, adapters, the fuzzing server in a thread, and what comes of wrong arguments."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.server import ServerConnection, serve

from rawws_conformance.adapters import AdapterError
from rawws_conformance.api import FuzzingServer, check_adapter, check_server, describe, failures, write_reports
from rawws_conformance.runs.client import ListenFailed
from rawws_conformance.runs.wire import BadUrl, ConnectFailed
from rawws_conformance.selection import UnknownCase

from tests.conformance import clients
from tests.conformance.faulty.closing import WrongReplyCode
from tests.conformance.peers import Peer


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server that takes messages of up to 1 MiB."""

    def echo(connection: ServerConnection) -> None:
        for message in connection:
            connection.send(message)

    with serve(echo, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()
        thread.join()


def test_a_server(url: str, tmp_path: Path) -> None:
    """`check_server` gives a run, `describe` says what failed, `failures` leaves out what may; reports are written."""
    run = check_server(url, cases=["1.1.*", "9.1.6"], exclude=["1.1.8"], headers=[("X-Test", "1")], agent="mine")
    assert (run.agent, run.target, run.quick, len(run.results)) == ("mine", url, True, 8)
    assert [result.case_id for result in run.failed] == ["9.1.6"]
    assert describe(run).splitlines()[0] == "mine: 1 of 8 cases failed"
    assert failures(run, ["9.*"]) == []
    write_reports(tmp_path, [run])
    assert set(json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))["mine"]) == set(run.results)


def test_suites(url: str) -> None:
    """Ours is a suite like Autobahn's, and `all` is both; each has only the cases for that end of a connection."""
    assert set(check_server(url, suite="rawws", cases=["20.4.7", "24.2.*", "24.3.1"]).results) == {"20.4.7", "24.3.1"}
    run = check_adapter(Peer, suite="all", cases=["1.1.1", "24.1.1"], role="server")
    assert list(run.results) == ["1.1.1", "24.1.1"]
    assert list(check_adapter(Peer, suite="all", cases=["1.1.1", "24.1.1"], role="client").results) == ["1.1.1"]
    with FuzzingServer(suite="all") as server:
        assert not any(case.id.startswith(("20.", "21.", "27.")) for case in server.cases)


def test_adapters() -> None:
    """An adapter is given as a class, by its name, or as module:Class."""
    by_class = check_adapter(WrongReplyCode, cases=["1.1.1", "7.7.3"])
    by_name = check_adapter("tests.conformance.faulty.closing:WrongReplyCode", cases=["1.1.1", "7.7.3"])
    for run in (by_class, by_name):
        assert [result.case_id for result in run.failed] == ["1.1.1", "7.7.3"]
    assert by_class.agent == "WrongReplyCode"
    assert check_adapter("rawws", cases=["1.1.1"]).failed == []


def test_clients() -> None:
    """The fuzzing server runs in a thread as long as its block, and tells what everybody has played."""
    with FuzzingServer(cases=["1.1.1", "2.2"]) as server:
        clients.play(server.port, "/runCase?case=1&agent=somebody")
        assert server.case_url(2, "x") == f"{server.url}/runCase?case=2&agent=x"
        assert server.case_url("2.2", "x") == f"{server.url}/runCase?casetuple=2.2&agent=x"
    (run,) = server.runs
    assert (run.agent, run.complete, list(run.results)) == ("somebody", False, ["1.1.1"])


@pytest.mark.parametrize("wrong", [{"suite": "autoban"}, {"cases": ["77.*"]}, {"suite": "rawws", "cases": ["1.1.1"]}])
def test_wrong_choices(wrong: dict[str, object]) -> None:
    """A suite or a case that is not there is a ValueError that names it, before anything is played."""
    for check in (lambda: check_server("ws://127.0.0.1:1", **wrong), lambda: FuzzingServer(**wrong)):  # type: ignore[arg-type]
        with pytest.raises((UnknownCase, ValueError), match=r"autoban|77|1\.1\.1"):
            check()


def test_who_is_not_there() -> None:
    """What is no URL, nobody who listens, no adapter, and no address to listen on, are errors of documented types."""
    with pytest.raises(BadUrl):
        check_server("http://localhost")
    with pytest.raises(ConnectFailed):
        check_server("ws://127.0.0.1:1", cases=["1.1.1"])
    with pytest.raises(AdapterError):
        check_adapter("nobody")
    with pytest.raises(ListenFailed), FuzzingServer("192.0.2.1"):
        pass
