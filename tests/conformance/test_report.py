"""Reports: Autobahn's index, and our own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rawws_conformance.adapters import find
from rawws_conformance.cases import autobahn
from rawws_conformance.corpora import Corpora
from rawws_conformance.model import Role
from rawws_conformance.report import Run, agent_from, autobahn_index, full_report, report_file
from rawws_conformance.runs.memory import run
from rawws_conformance.slices import Library

from tests.conformance.faulty.closing import WrongReplyCode

CASES = autobahn()


@pytest.fixture(scope="module")
def finished() -> Run:
    """A run in which one case fails, one is informational, and one is fine."""
    results = run([CASES["10.1.1"], CASES["7.7.1"], CASES["7.1.6"]], WrongReplyCode, Role.SERVER, Library(Corpora()))
    started = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    finished = Run(agent="My Agent/1.0", target="memory", role=Role.SERVER, started=started, duration=1.5)
    finished.results = {result.case_id: result for result in results}
    finished.results |= {r.case_id: r for r in run([CASES["2.1"]], find("rawws"), Role.SERVER, Library(Corpora()))}
    return finished


def test_the_index_is_autobahns(finished: Run) -> None:
    """`index.json` has Autobahn's keys and words, and names the report of each case as Autobahn does."""
    index = autobahn_index([finished])
    assert list(index) == ["My Agent/1.0"]
    assert index["My Agent/1.0"]["7.7.1"] == {
        "behavior": "FAILED",
        "behaviorClose": "WRONG CODE",
        "duration": 0,
        "remoteCloseCode": 1011,
        "reportfile": "my_agent_1_0_case_7_7_1.json",
    }
    assert index["My Agent/1.0"]["7.1.6"]["behavior"] == "INFORMATIONAL"


def test_names_of_report_files() -> None:
    """Agent names become file names as Autobahn makes them."""
    assert report_file("  Foo/Bar 2.0  ", "12.1.10") == "foo_bar_2_0_case_12_1_10.json"
    assert report_file("../../etc", "1.1.1") == "etc_case_1_1_1.json"


def test_the_report_says_all(finished: Run) -> None:
    """`report.json` has the verdicts in the order of the numbers, and of failed cases the whole wire log."""
    report = full_report(finished)
    assert (report["agent"], report["complete"]) == ("My Agent/1.0", True)
    assert report["started"] == "2030-01-02T03:04:05.000Z"
    assert list(report["cases"]) == ["2.1", "7.1.6", "7.7.1", "10.1.1"]
    assert report["counts"] == {
        "FAILED": {"WRONG CODE": 1},
        "INFORMATIONAL": {"INFORMATIONAL": 1},
        "OK": {"OK": 1, "WRONG CODE": 1},
    }
    case = report["cases"]["7.7.1"]
    assert case["failed"]
    assert case["close"]["remote_code"] == 1011
    assert "wire" not in report["cases"]["2.1"]
    sent = b"".join(bytes.fromhex(entry["hex"]) for entry in case["wire"] if entry["kind"] == "sent")
    assert sent.startswith(b"GET / HTTP/1.1\r\n")
    received = b"".join(bytes.fromhex(entry["hex"]) for entry in case["wire"] if entry["kind"] == "received")
    assert received.endswith(b"\x88\x02\x03\xf3")


def test_agents(finished: Run) -> None:
    """Without a name of its own, a peer is called what its Server header says."""
    assert agent_from(finished.results.values()) == "peer of the tests"
    assert agent_from([]) == "UnknownServer"


def test_failed(finished: Run) -> None:
    """What makes the exit status 1 is every case that failed in behavior or in closing."""
    assert [result.case_id for result in finished.failed] == ["7.7.1", "10.1.1"]
