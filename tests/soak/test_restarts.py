"""Processes behind nginx are restarted one after the other under wss clients: in short here, whole in `make soak`."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from tests.soak import nginx
from tests.soak.restarts import PROCESSES, Plan, Seen, restart_under_load

SHORT = Plan(clients=60, drain=2.0, pause=0.3, first_delay=0.3)


def check(seen: Seen, plan: Plan) -> None:
    """Fail unless a restart has been what it has to be: nothing is lost, and nobody comes as a herd."""
    assert seen.statuses == [0] * PROCESSES
    assert seen.lost == []
    # Every client is back after the last restart, and goes on where it was: no number is missing, none comes twice.
    assert len(seen.acknowledged) == plan.clients
    for number, messages in seen.acknowledged.items():
        assert messages == [f"{number}-{count}" for count in range(len(messages))]
        assert messages
    # Whatever was sent away was told so: no connection broke, and no handshake was refused.
    assert set(seen.causes) == {"closed 1012"}
    moved = seen.causes["closed 1012"]
    assert moved >= plan.clients
    # A process has at most all clients, and sends them away evenly. The jitter may bring some of them together again;
    # without a drain all would come within `first_delay`.
    within = plan.first_delay
    bound = 2.5 * plan.clients * within / plan.drain
    assert bound < plan.clients
    assert seen.most_in(within) <= bound, (seen.most_in(within), bound)


def test_restarts_behind_nginx(tmp_path: Path) -> None:
    """Three processes are restarted under clients: nothing acknowledged is lost, nobody is refused, no herd comes."""
    program = nginx.find()
    if program is None:
        pytest.skip("nginx is not installed (Debian: nginx-light)")
    seen = trio.run(restart_under_load, program, tmp_path, SHORT)
    check(seen, SHORT)


def test_what_is_lost_is_seen() -> None:
    """A message that was acknowledged and is in no ledger is lost; one that was only written is not."""
    seen = Seen(acknowledged={0: ["0-0", "0-1"], 1: []}, written=["0-0", "1-0"])
    assert seen.lost == ["0-1"]


def test_a_herd_is_seen() -> None:
    """The most connections within a time are counted wherever that time begins, once the restarts have begun."""
    seen = Seen(opened=[0.0] * 50 + [10.0, 10.5, 11.4, 11.5, 11.6, 20.0], began=5.0)
    assert seen.most_in(1.0) == 3
    assert seen.most_in(2.0) == 5
    assert seen.most_in(100.0) == 6
