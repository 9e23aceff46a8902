"""The page that compares implementations says what their reports say, and every program that it names is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from rawws_conformance.reports.document import Json

from tests.conformance.compared.document import Rounds, document, ranges
from tests.conformance.compared.peers import COMPARED, Compared

PROGRAMS = Path(__file__).parent / "programs"

PEER = Compared(name="somebody", distribution="somebody", version="1.2", programs="somebody", remark="As it comes.")


def case(behavior: str, close: str = "OK", **facts: object) -> Json:
    """A case as `report.json` has it, as far as the page looks at it."""
    return {
        "behavior": behavior,
        "close_behavior": close,
        "failed": behavior == "FAILED" or close not in {"OK", "INFORMATIONAL"},
        "result": "Wrong | answer.",
        "close_result": "It ended wrongly.",
        "notes": ["The peer broke a rule: so and so.", "Something else."],
        "close": {"clean": True, "remote_code": 1000, "unclean_reason": None} | facts,
    }


def rounds(*cases: dict[str, Json]) -> Rounds:
    """What somebody has shown in so many rounds."""
    return Rounds(PEER, [{"runs": [{"agent": "somebody", "cases": each}]} for each in cases])


def test_every_program_is_there() -> None:
    """Each implementation has its programs, and each program its implementation."""
    named = {peer.client for peer in COMPARED} | {peer.server for peer in COMPARED if peer.server} | {"picows_echo.py"}
    assert {path.name for path in PROGRAMS.glob("*.py")} == named


@pytest.mark.parametrize(
    ("case_ids", "text"),
    [
        ([], ""),
        (["5.19"], "5.19"),
        (["1.1.1", "1.1.2"], "1.1.1, 1.1.2"),
        (["1.1.1", "1.1.2", "1.1.3", "1.1.5"], "1.1.1 to 1.1.3, 1.1.5"),
        (["5.19", "5.20", "6.1.1", "13.7.18"], "5.19 to 6.1.1, 13.7.18"),
    ],
)
def test_ranges(case_ids: list[str], text: str) -> None:
    """Ids that follow each other in the suite, three or more, are joined."""
    assert ranges(case_ids) == text


def test_what_failed_is_told() -> None:
    """Cases of one verdict and one sentence share a row; where rounds differ, it says in how many."""
    lost = case("OK", "UNCLEAN", clean=False, remote_code=None, unclean_reason="TCP was reset before the end")
    always = {"3.1": case("FAILED"), "3.2": case("FAILED"), "3.3": lost, "3.4": case("NON-STRICT")}
    found = rounds(always | {"3.5": case("OK")}, always | {"3.5": case("OK", "WRONG CODE")})
    text = document({"server": [found], "client": [found]}, quick=True)
    assert "| somebody | 1.2 | As it comes. |" in text
    assert "| somebody | 0 to 1 | 0 | 1 | 0 | 3 to 4 |" in text
    assert "\nNot strict: 3.4.\n" in text
    assert "| 3.1, 3.2 | FAILED | Wrong \\| answer. The peer broke a rule: so and so. |" in text
    assert "| 3.3 | OK, close UNCLEAN | connection lost |" in text
    assert "| 3.5 | OK, close WRONG CODE (in 1 of 2 rounds) | It ended wrongly. The peer broke a rule: " in text
    assert "quick runs" in text


def test_who_fails_nothing_has_no_section() -> None:
    """An implementation whose every case is right has a row in the table, and no section of its own."""
    text = document({"server": [rounds({"1.1.1": case("OK")})], "client": []}, quick=False)
    assert "| somebody | 1 | 0 | 0 | 0 | 0 |" in text
    assert "###" not in text
    assert "quick runs" not in text
