"""The page that puts the batteries before wsproto is in step with the rows, and says what it claims."""

from __future__ import annotations

import importlib.util
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """The program that writes the page."""
    spec = importlib.util.spec_from_file_location("generate_wsproto_report", ROOT / "docs/generate_wsproto_report.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_in_step(generator: ModuleType) -> None:
    """The page is what the program prints for the version of wsproto that it names."""
    page = generator.PAGE.read_text(encoding="utf-8")
    title = page.splitlines()[0]
    if not title.endswith(f"wsproto {version('wsproto')}"):
        # Another release may well differ: then only the rows' own tests count.
        assert title.startswith("# The batteries, put before wsproto 1.")
        return
    assert generator.main(["--check"]) == 0


def test_the_classes_that_wsproto_is_known_for_are_seen(generator: ModuleType) -> None:
    """The comparison finds the places where wsproto is known to need help; were it blind, it would find none."""
    frames = {row.row: row for row in map(generator.compare_frames, generator.FRAME_ROWS) if row is not None}
    heads = {row.row: row for row in map(generator.compare_handshakes, generator.HANDSHAKE_ROWS) if row is not None}
    assert frames["large-bomb"].category == "through"
    assert heads["bad-host-utf-8"].category == "exception"
    assert heads["same-key-twice"].category == "through"
    assert len(frames) + len(heads) >= 250
