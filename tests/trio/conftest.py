"""What the tests of the transport share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import rawws.trio.housekeeper

from tests.trio.leaks import count_sockets


@pytest.fixture
def no_housekeeping(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the housekeeper asleep, so that a test shows what happens at once and without it."""
    monkeypatch.setattr(rawws.trio.housekeeper, "PERIOD", 1e6)


@pytest.fixture
def open_sockets() -> Callable[[], int]:
    """A function that counts the sockets that this process has open."""
    return count_sockets
