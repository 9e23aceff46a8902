"""A soak in short: nothing that was acknowledged is lost, doubled or overtaken, and nothing is left behind."""

from __future__ import annotations

import pytest
import trio

from tests.soak.clients import Tally
from tests.soak.cutting_proxy import Kind
from tests.soak.storm import Plan, Round, judge, soak
from tests.soak.talk import Book

SHORT = Plan(clients=60, seconds=1.0, rounds=2, pause=0.02, most_octets=100_000, silence=1.0)


def test_a_short_soak() -> None:
    """Sixty clients, with faults of every kind, twice: what was acknowledged arrived once, in order; all is gone."""
    rounds = trio.run(soak, SHORT)
    assert judge(rounds, growth=0.1) == []
    assert all(made.tally.opened > SHORT.clients for made in rounds)


def good() -> Round:
    """A round in which all was well."""
    made = Round(Tally({0: 200}), Book(), dict.fromkeys(Kind, 1))
    made.book.booked[0] = 201
    return made


def test_a_good_round() -> None:
    """Nothing is wrong where all is well; that more was booked than acknowledged is no loss."""
    assert judge([good()] * 3, growth=0.1) == []


@pytest.mark.parametrize(
    "what", ["lost", "left", "doubled", "tasks", "sockets", "connections", "endless", "harmless", "growing"]
)
def test_what_is_wrong_is_seen(what: str) -> None:
    """Each thing that a soak is to find makes it fail."""
    rounds = [good(), good(), good()]
    made = rounds[2]
    if what == "lost":
        made.book.booked[0] = 199
    elif what == "left":
        made.tally.left = 3
    elif what == "doubled":
        made.book.wrong.append("client 0: 3 came after 3 on one connection")
    elif what == "endless":
        made.in_time = False
    elif what == "harmless":
        made.faults[Kind.RESET] = 0
    elif what == "growing":
        rounds[1].resident, made.resident = 100, 120
    else:
        setattr(made, what, 1)
    assert len(judge(rounds, growth=0.1)) == 1
