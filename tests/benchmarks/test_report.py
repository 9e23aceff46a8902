"""What the benchmarks promise, and what they say came of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks import contenders, report
from tests.benchmarks.codec import contenders as codec_contenders
from tests.benchmarks.command import main
from tests.benchmarks.figures import Figure
from tests.benchmarks.goals import GOALS, Goal, judge
from tests.benchmarks.rows import CODEC_ROWS, ROWS, Row
from tests.benchmarks.run import Effort, Result
from tests.benchmarks.table import text_goals, text_table

ROW: dict[str, Row] = {row.name: row for row in ROWS}


def result(name: str, **figures: tuple[float, ...]) -> Result:
    """A row's result; `_` in the name of a contender stands for `-`."""
    found = {key.replace("_", "-"): Figure(rounds) for key, rounds in figures.items()}
    return Result(ROW[name], found, {}, {"picows-uvloop": "not installed: picows"})


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: f"{goal.row}: {goal.words}")
def test_goals_are_about_what_is_measured(goal: Goal) -> None:
    """Each promise names a row that is there, and contenders that can take part in it."""
    codec = ROW[goal.row] in CODEC_ROWS
    known = codec_contenders.CONTENDERS if codec else contenders.CONTENDERS
    assert {goal.who, *goal.against} <= {contender.name for contender in known}
    assert goal.bound > 0


@pytest.mark.parametrize(
    ("ours", "expected"), [((1.0, 9.0), "reached"), ((1.2, 1.5), "tie"), ((1.3, 1.3), "missed")]
)
def test_a_goal_is_judged_by_the_least_against_the_best(ours: tuple[float, ...], expected: str) -> None:
    """The least of our rounds over the least of the best of those that it is measured against."""
    goal = Goal("echo-1", "rawws", 1.0, ("aiohttp", "websockets", "absent"), "ahead of all")
    found = result("echo-1", rawws=ours, aiohttp=(7.0, 1.0), websockets=(2.0, 2.0))
    judged = judge(goal, {"echo-1": found})
    assert (judged.value, judged.word) == (ours[0], expected)


def test_a_goal_in_the_unit_of_its_row() -> None:
    """Without anybody to be measured against, the bound is what it says."""
    goal = Goal("idle-plain", "rawws", 6.0, (), "at most 6 KiB")
    assert judge(goal, {"idle-plain": result("idle-plain", rawws=(5.5,))}).word == "reached"
    assert judge(goal, {"idle-plain": result("idle-plain", rawws=(10.0,))}).word == "missed"


@pytest.mark.parametrize("found", [{}, {"echo-1": {"aiohttp": (1.0,)}}, {"echo-1": {"rawws": (1.0,)}}])
def test_a_goal_without_figures_is_not_measured(found: dict[str, dict[str, tuple[float, ...]]]) -> None:
    """A row that was not run, or in which one of the two is missing, says nothing."""
    goal = Goal("echo-1", "rawws", 1.0, ("aiohttp",), "ahead of aiohttp")
    judged = judge(goal, {name: result(name, **figures) for name, figures in found.items()})
    assert (judged.value, judged.word) == (None, "not measured")


def test_a_table_tells_figures_ratios_and_ties() -> None:
    """The cheapest comes first; each figure beside rawws and beside the floor; what is within 1.25 is marked."""
    text = text_table(result("echo-1", rawws=(10.0, 12.0), raw_trio=(8.0, 8.0), aiohttp=(20.0, 24.0)))
    floor, ours, other, left_out, noise = text.splitlines()[2:]
    assert floor.split() == ["raw-trio", "8.00", "8.00", "0.80", "≈", "0.73", "1.00"]
    assert ours.split() == ["rawws", "10.00", "11.00", "1.00", "1.00", "1.25"]
    assert other.split() == ["aiohttp", "20.00", "22.00", "2.00", "2.00", "2.50"]
    assert left_out.split() == ["picows-uvloop", "left", "out:", "not", "installed:", "picows"]
    assert noise == "  noise: 10%"


def test_small_bounds_are_told_upside_down() -> None:
    """A twentieth is told as 1/20, and so is what came of it."""
    goal = Goal("echo-1", "rawws", 1 / 20, ("aiohttp",), "a twentieth of aiohttp")
    judged = judge(goal, {"echo-1": result("echo-1", rawws=(1.0,), aiohttp=(25.0,))})
    assert text_goals([judged]).splitlines()[1].split()[-3:] == ["1/20", "1/25.0", "reached"]


def test_the_page_in_the_documents_is_what_was_measured() -> None:
    """docs/benchmarks/index.md says what its results.json holds; nobody wrote a figure by hand."""
    page = (report.FOLDER / "index.md").read_text(encoding="utf-8")
    assert page == report.page(*report.read()), "`python -m tests.benchmarks --again` writes it anew"


def test_rows_that_are_measured_anew_take_the_place_of_the_old(tmp_path: Path) -> None:
    """`--write` with some rows leaves all others as they were, in their order."""
    old = [result("echo-1", rawws=(1.0,)), result("echo-64", rawws=(2.0,))]
    (tmp_path / "results.json").write_text(report._document(old, Effort(), {}), encoding="utf-8")
    merged = report.merge([result("echo-100c", rawws=(4.0,)), result("echo-1", rawws=(3.0,))], tmp_path)
    assert [(found.row.name, found.figures["rawws"].least) for found in merged] == [
        ("echo-1", 3.0),
        ("echo-64", 2.0),
        ("echo-100c", 4.0),
    ]


def test_the_documents_hold_a_whole_run() -> None:
    """At least eight rounds of all rows but those that are newer, with the machine and the versions."""
    results, effort, machine = report.read()
    assert len(results) > 0.8 * len(ROWS)
    assert effort.rounds >= Effort.rounds == 8
    assert {"processor", "kernel", "Python", "trio"} <= set(machine)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["no-such-row"], "no such row; there are decode-"),
        (["echo-1", "--contenders", "rawws,nobody"], "no contender nobody; there are aiohttp"),
        (["echo-1", "--rounds", "0"], "at least one round"),
        (["echo-1", "--seconds", "0"], "more than no seconds"),
    ],
)
def test_wrong_arguments(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A row or a contender that is not there is named, with those that are, before anything is measured."""
    with pytest.raises(SystemExit) as exit_info:
        main(arguments)
    assert exit_info.value.code == 2
    assert complaint in capsys.readouterr().err
