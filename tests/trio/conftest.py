"""What the tests of the transport share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import rawws.trio.crowd
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


@pytest.fixture
def crowded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the sockets of all connections together, in one epoll object, from the first one on."""
    monkeypatch.setattr(rawws.trio.crowd, "MANY", 1)
    monkeypatch.setattr(rawws.trio.crowd, "FEW", 1)


@pytest.fixture(params=["apart", "crowded"])
def apart_and_crowded(request: pytest.FixtureRequest) -> None:
    """Run a test twice: where each socket is waited for by itself, and where all are in one epoll object."""
    if request.param == "crowded":
        request.getfixturevalue("crowded")
