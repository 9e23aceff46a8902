"""Rows of servers, from one end to the other, so that the benchmarks cannot rot unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.certificate import make_certificate
from tests.benchmarks.contenders import BY_NAME, Contender
from tests.benchmarks.rows import ROWS, SERVER_ROWS
from tests.benchmarks.run import Effort, missing, run_server_row

OURS = [BY_NAME["rawws"], BY_NAME["rawws-callback"]]
ROW = {row.name: row for row in SERVER_ROWS}
TINY = Effort(rounds=1, seconds=0.02)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PEM file for wss."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.mark.parametrize("name", ["echo-64", "echo-wss", "storm-tls", "broadcast-500"])
def test_row(name: str, certificate: str) -> None:
    """A row is measured with rawws, both ways of serving, and each has a figure for each round."""
    result = run_server_row(ROW[name], OURS, TINY, certificate)
    assert result.left_out == {}
    assert set(result.figures) == {"rawws", "rawws-callback"}
    for contender, figure in result.figures.items():
        assert len(figure.rounds) == 1
        assert figure.least > 0
        answer = result.answers[contender][0]
        assert answer[ROW[name].per] > 0
        assert answer.get("unanswered", 0) == 0


def test_who_cannot_take_part_is_left_out() -> None:
    """What is not installed, what does not start, and what does not fit the row is left out, and the row says why."""
    absent = Contender("absent", "rawws_handler", "", ("no_such_module",))
    broken = Contender("broken", "no_such_program", "")
    plain = Contender("plain", "raw_trio", "", tls=False)
    result = run_server_row(ROW["storm-plain"], [BY_NAME["raw-trio"], absent, broken], TINY, "")
    assert set(result.figures) == {"raw-trio"}
    assert result.left_out["absent"] == "not installed: no_such_module"
    assert "no_such_program has ended" in result.left_out["broken"]
    assert ROW["echo-wss"].reason_against(plain) == "no TLS"
    assert ROW["echo-deflate"].reason_against(BY_NAME["picows-uvloop"]) == "no permessage-deflate"
    assert ROW["broadcast-500"].reason_against(BY_NAME["raw-trio"]) == "no broadcast"
    assert ROW["echo-1MiB"].reason_against(BY_NAME["rawws-callback"]) == "a callback cannot wait for room"


def test_who_fails_while_it_is_measured_is_left_out() -> None:
    """A server that is not what the row needs fails the measurement of itself alone."""
    pretender = Contender("pretender", "raw_trio", "")
    result = run_server_row(ROW["echo-1"], [pretender, BY_NAME["rawws"]], TINY, "")
    assert set(result.figures) == {"rawws"}
    assert "wrong octets" in result.left_out["pretender"]


def test_every_server_program_is_a_contender() -> None:
    """No program in `servers/` is forgotten, and none is named that is not there."""
    folder = Path(__file__).with_name("servers")
    assert {path.stem for path in folder.glob("*.py")} - {"canned", "common"} == {
        contender.module for contender in BY_NAME.values()
    }


def test_names_are_names_of_one() -> None:
    """Rows and contenders can be told apart by their names."""
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_missing_names_what_is_missing() -> None:
    """Modules that are there are not named."""
    assert missing(("json", "no_such_module", "no_such_other")) == "not installed: no_such_module, no_such_other"
    assert missing(("json",)) is None
