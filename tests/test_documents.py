"""What the documents show runs, and what they point to is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

#: A program in a document, and what the document says that it prints.
EXAMPLES = [
    pytest.param(*match.groups(), id=f"{path.name}-{number}")
    for path in DOCUMENTS
    for number, match in enumerate(
        re.finditer(r"```python\n(.*?)```\n\n```text\n(.*?)```\n", path.read_text(encoding="utf-8"), re.DOTALL), start=1
    )
]


def test_every_program_shows_what_it_prints() -> None:
    """Every program in the documents is followed by its output, so that the next test runs all of them."""
    programs = sum(path.read_text(encoding="utf-8").count("```python\n") for path in DOCUMENTS)
    assert programs == len(EXAMPLES) > 0


@pytest.mark.parametrize(("program", "output"), EXAMPLES)
def test_programs_print_what_is_shown(program: str, output: str, tmp_path: Path) -> None:
    """A program copied from a document into an empty folder runs, and prints what the document shows."""
    (tmp_path / "example.py").write_text(program, encoding="utf-8")
    command = [sys.executable, "-W", "error", "example.py"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert result.stderr == ""
    assert result.returncode == 0
    assert result.stdout == output


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_document_names_is_there(document: Path) -> None:
    """Every relative link leads to a file, and every path of the repository that stands in backticks exists."""
    text = document.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    paths = re.findall(r"`((?:rawws|tests|docs)/[\w/.]*)`", text)
    missing = [link for link in links if not (document.parent / link).exists()]
    missing += [path for path in paths if not (ROOT / path).exists()]
    assert missing == []
