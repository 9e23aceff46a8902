"""The programs of docs/examples/testing are those that the how-to shows, and test_documents.py runs what it shows."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "docs/examples/testing").glob("*.py"))
HOW_TO = ROOT / "docs/how-to/test-your-application.md"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_how_to_shows_the_file(path: Path) -> None:
    """Each file stands in the how-to as it is, so that a copy of either is the same program."""
    assert f"```python\n{path.read_text(encoding='utf-8')}```\n" in HOW_TO.read_text(encoding="utf-8")


def test_the_how_to_shows_nothing_else() -> None:
    """Each program in the how-to is such a file."""
    assert HOW_TO.read_text(encoding="utf-8").count("```python\n") == len(EXAMPLES) > 0
