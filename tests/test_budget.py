"""The budgets of work notice what they should."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.budget import Budget, Counting, Counts, counting

HERE = Path(__file__).parent


def add_up(numbers: range) -> int:
    """Some work: three lines, and two for each number."""
    total = 0
    for number in numbers:
        total += number
    return total


def test_lines_and_calls_are_counted() -> None:
    """A function that is called twice makes two calls, and its lines are counted each time."""
    with counting(HERE) as counts:
        add_up(range(10))
        add_up(range(10))
    assert counts == {"calls of Python": 2, "lines of Python": 2 * (3 + 20)}


def test_other_folders_do_not_count() -> None:
    """What runs outside of the folders is not counted, and rawws is the folder where none is named."""
    with counting() as counts:
        add_up(range(10))
    assert counts == {}


def test_system_calls_are_counted_wherever_they_are_made() -> None:
    """Calls of sockets count, also those that fail, and methods of the same name of other objects do not."""
    one, other = socket.socketpair()
    with one, other:
        one.setblocking(False)
        with counting() as counts:
            other.send(b"octets")
            one.recv(100)
            with pytest.raises(BlockingIOError):
                one.recv(100)
    assert counts == {"receiving calls": 2, "sending calls": 1}


def test_counting_ends_when_told() -> None:
    """What happens before `start` and after `stop` is not counted."""
    counter = Counting(HERE)
    add_up(range(10))
    counter.start()
    add_up(range(1))
    counter.stop()
    add_up(range(10))
    assert counter.counts["lines of Python"] == 3 + 2


def test_counts_per_message() -> None:
    """Counts are told for one of many, to three places."""
    assert Counts({"b": 10, "a": 1}).per(3) == {"a": 0.333, "b": 3.333}


@pytest.fixture
def budget(tmp_path: Path) -> Budget:
    """A budget of 100 lines."""
    budget = Budget(tmp_path / "budget.json")
    budget.check("decode", {"lines": 100}, update=True)
    return budget


@pytest.mark.parametrize("lines", [81, 100, 102])
def test_what_is_within_the_budget_passes(budget: Budget, lines: float) -> None:
    """As much as is stored is right, give or take what is nothing."""
    budget.check("decode", {"lines": lines}, update=False)


@pytest.mark.parametrize(
    ("counts", "complaint"),
    [
        ({"lines": 103}, "lines: 103 instead of 100, which is worse"),
        ({"lines": 79}, "lines: 79 instead of 100, which is so much better that the budget is out of date"),
        ({}, "lines: 0 instead of 100, which is so much better"),
        ({"lines": 100, "calls": 1}, "calls: 1 instead of 0, which is worse"),
    ],
)
def test_what_is_not_within_the_budget_fails(budget: Budget, counts: dict[str, float], complaint: str) -> None:
    """Worse fails, a kind of operation that is new fails, and so does a budget that guards nothing any more."""
    with pytest.raises(AssertionError, match=complaint):
        budget.check("decode", counts, update=False)


def test_what_has_no_budget_fails(budget: Budget) -> None:
    """A name that nobody stored is no budget without end."""
    with pytest.raises(AssertionError, match="no budget for 'encode': run `make budget`"):
        budget.check("encode", {"lines": 1}, update=False)


def test_another_python_has_more_room(budget: Budget) -> None:
    """Where the counts were made by another version of Python, a quarter more is allowed."""
    stored = json.loads(budget.path.read_text(encoding="utf-8"))
    stored["decode"]["python"] = "2.7"
    budget.path.write_text(json.dumps(stored), encoding="utf-8")
    budget.check("decode", {"lines": 124}, update=False)
    with pytest.raises(AssertionError, match="worse"):
        budget.check("decode", {"lines": 126}, update=False)


def test_updating_keeps_the_other_budgets(budget: Budget) -> None:
    """`make budget` changes what its tests count, and nothing else in the file."""
    budget.check("encode", {"lines": 7}, update=True)
    budget.check("decode", {"lines": 100}, update=False)
    budget.check("encode", {"lines": 7}, update=False)
