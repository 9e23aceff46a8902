"""Every input in fuzz/corpus/, which has broken a promise once, keeps it now."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzz.targets.corpus import CORPUS, replay
from fuzz.targets.promises import TARGETS

FILES = sorted(CORPUS.glob("*/*"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_the_promise_is_kept(file: Path) -> None:
    """What libFuzzer has found, or what stands for a class of faults, comes to the same at any cut, in C and Python."""
    replay(file.parent.name, file)


def test_the_corpus_is_there() -> None:
    """Each target has inputs, so that a folder that is named otherwise is noticed."""
    assert {file.parent.name for file in FILES} == set(TARGETS)
