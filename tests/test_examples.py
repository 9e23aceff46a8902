"""The programs of docs/examples/ are those that the how-tos show, and test_documents.py runs what they show."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs/examples"

#: Each folder of programs, and the page that shows them.
PAGES = {
    "broadcast": "broadcast.md",
    "connect": "connect.md",
    "restart": "restart.md",
    "serve": "serve.md",
    "stream": "stream.md",
    "testing": "test-your-application.md",
}  # fmt: skip

EXAMPLES = [(folder, path) for folder in PAGES for path in sorted((FOLDER / folder).glob("*.py"))]


def page(folder: str) -> str:
    """The page that shows the programs of a folder."""
    return (ROOT / "docs/how-to" / PAGES[folder]).read_text(encoding="utf-8")


@pytest.mark.parametrize(("folder", "path"), EXAMPLES, ids=[f"{folder}-{path.stem}" for folder, path in EXAMPLES])
def test_the_how_to_shows_the_file(folder: str, path: Path) -> None:
    """Each file stands in its how-to as it is, so that a copy of either is the same program."""
    assert f"```python\n{path.read_text(encoding='utf-8')}```\n" in page(folder)


@pytest.mark.parametrize("folder", PAGES)
def test_the_how_to_shows_nothing_else(folder: str) -> None:
    """Each program in a how-to is such a file."""
    assert page(folder).count("```python\n") == sum(name == folder for name, _ in EXAMPLES) > 0


def test_every_folder_has_its_page() -> None:
    """No folder of programs is shown nowhere."""
    assert {path.name for path in FOLDER.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(PAGES)
