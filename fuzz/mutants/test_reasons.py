"""The reasons why mutants survive: whether they can be read. Whether they hold is seen by who reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzz.mutants.survivors import REASONS, Reasons
from fuzz.planting.planted import ROOT


def test_every_file_is_of_a_module_and_can_be_read() -> None:
    """Each file of reasons has the name of a module of the core, and each reason is of a kind that is counted."""
    Reasons()
    names = {path.stem for path in REASONS.glob("*.toml")}
    assert names
    assert names <= {path.stem for path in (ROOT / "rawws" / "core").glob("*.py")}


def test_a_kind_that_is_not_counted_is_refused(tmp_path: Path) -> None:
    """A survivor cannot be explained away by a kind that nobody has said how to count."""
    (tmp_path / "scan.toml").write_text('[[because]]\nkind = "dull"\nreason = "?"\nmutants = ["a:0"]\n')
    with pytest.raises(ValueError, match="dull"):
        Reasons(tmp_path)
