"""`make soak`: restarts under 1,000 clients behind nginx, and 2,000 connections with faults of every kind; minutes."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import trio

from tests.soak import nginx, restarts, storm
from tests.soak.test_restarts import check

RESTARTS = restarts.Plan(clients=1000, drain=20.0, pause=2.0, first_delay=2.0, retry_after=1)
STORM = storm.Plan(clients=2000, seconds=30.0, rounds=4, pause=3.0, most_octets=100_000, silence=10.0)

# What Python's allocator and the C library keep between rounds.
_GROWTH = 0.15


def main() -> int:
    """Do both, and say what was seen; 1 where something was wrong."""
    return max([soak_restarts(), soak_storm()])


def soak_restarts() -> int:
    """Restart three processes behind nginx."""
    program = nginx.find()
    if program is None:
        print("nginx is not installed (Debian: nginx-light): no restarts", file=sys.stderr)  # noqa: T201
        return 1
    with tempfile.TemporaryDirectory() as folder:
        seen = trio.run(restarts.restart_under_load, program, Path(folder), RESTARTS)
    acknowledged = sum(map(len, seen.acknowledged.values()))
    print(  # noqa: T201
        f"restarts: {RESTARTS.clients} clients, {acknowledged} messages acknowledged, {len(seen.lost)} lost, "
        f"{dict(seen.causes)}, at most {seen.most_in(1.0)} handshakes in a second"
    )
    try:
        check(seen, RESTARTS)
    except AssertionError as exc:
        print(f"restarts: {exc}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def soak_storm() -> int:
    """Let connections suffer."""
    rounds = trio.run(storm.soak, STORM, tell_round)
    wrong = storm.judge(rounds, growth=_GROWTH)
    for what in wrong:
        print(what, file=sys.stderr)  # noqa: T201
    return 1 if wrong else 0


def tell_round(number: int, made: storm.Round) -> None:
    """Say what came of one round."""
    faults = ", ".join(f"{count} {kind.value}" for kind, count in made.faults.items() if count)
    acknowledged = sum(made.tally.acknowledged.values())
    print(  # noqa: T201
        f"round {number}: {made.tally.opened} connections, {acknowledged} messages acknowledged, "
        f"{made.tally.share:.2%} of those outside a fault; {made.book.again} sent again; faults: {faults}; "
        f"left: {made.tasks} tasks, {made.sockets} sockets; {made.resident >> 20} MiB",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
