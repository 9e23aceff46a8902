"""PROMISES.md: the tests that it names are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
ROWS = [line for line in (FOLDER / "PROMISES.md").read_text().splitlines() if line.startswith("|") and "`test_" in line]


def test_there_are_promises() -> None:
    """The table is read as a table."""
    assert len(ROWS) > 50


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_a_promise_is_held_by_tests_that_exist(row: str) -> None:
    """Every test that a row names stands in one of the modules that the row names."""
    _, _, modules, tests, _ = (cell.strip() for cell in row.split("|"))
    sources = ""
    for name in re.split(r"[,;] *", modules):
        path = FOLDER.parent.parent / f"{name}.py" if "/" in name else FOLDER / f"test_{name}.py"
        sources += path.read_text()
    for test in re.findall(r"`(test_\w+)`", tests):
        assert f"def {test}(" in sources, f"{test} is in none of {modules}"
