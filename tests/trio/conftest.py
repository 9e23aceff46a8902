"""What the tests of the transport share."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

import rawws.trio.housekeeper


@pytest.fixture
def no_housekeeping(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the housekeeper asleep, so that a test shows what happens at once and without it."""
    monkeypatch.setattr(rawws.trio.housekeeper, "PERIOD", 1e6)


@pytest.fixture
def open_sockets() -> Callable[[], int]:
    """A function that counts the sockets that this process has open."""

    def count() -> int:
        found = 0
        for file in Path("/proc/self/fd").iterdir():
            with contextlib.suppress(OSError):
                found += str(file.readlink()).startswith("socket:")
        return found

    return count
