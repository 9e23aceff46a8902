"""Results as text."""

from __future__ import annotations

import statistics
from collections.abc import Iterable

from tests.benchmarks.figures import Figure, is_tie, paired_ratio, ratio
from tests.benchmarks.goals import Judged
from tests.benchmarks.run import Result

#: Whose figure the others are divided by, and the floor that they are divided by, too, where the row has it.
OURS = "rawws"
FLOOR = "raw-trio"


def text_table(result: Result) -> str:
    """One row's figures, the cheapest first: least and median, and how many times the cost of rawws and the floor.

    `paired` is the median of the ratios round by round. `≈`: within 1.25, which is a tie.
    """
    row = result.row
    ours, floor = result.figures.get(OURS), result.figures.get(FLOOR)
    lines = [
        f"{row.name}: {row.title} ({row.unit})",
        f"  {'':20} {'least':>11} {'median':>11} {'× rawws':>9}   {'paired':>7} {'× raw trio':>11}",
    ]
    for name, figure in sorted(result.figures.items(), key=lambda item: item[1].least):
        line = f"  {name:20} {figure.least:11.2f} {figure.median:11.2f}"
        if ours is not None:
            same = "≈" if is_tie(ratio(figure, ours)) and figure is not ours else " "
            line += f" {ratio(figure, ours):9.2f} {same} {paired_ratio(figure, ours):7.2f}"
        if floor is not None:
            line += f" {ratio(figure, floor):11.2f}"
        lines.append(line)
    lines += [f"  {name:20} left out: {reason}" for name, reason in result.left_out.items()]
    lines.append(f"  noise: {noise(result.figures.values()):.0%}")
    return "\n".join(lines)


def noise(figures: Iterable[Figure]) -> float:
    """How far the medians lie above the least, of all figures in the middle: 0.1 is a tenth."""
    return statistics.median([figure.noise for figure in figures] or [0.0])


def bound_words(judged: Judged) -> tuple[str, str]:
    """A promise's bound and what came out, each as one likes to read it: small ratios upside down."""
    goal, value = judged.goal, judged.value
    if not goal.against:
        return f"{goal.bound:g}", "–" if value is None else f"{value:.1f}"
    if goal.bound < 1:
        return f"1/{1 / goal.bound:g}", "–" if value is None else f"1/{1 / value:.1f}"
    return f"{goal.bound:g}", "–" if value is None else f"{value:.2f}"


def text_goals(judged: Iterable[Judged]) -> str:
    """The promises, and how each came out."""
    lines = [f"  {'row':20} {'promise':55} {'bound':>7} {'measured':>9}"]
    for one in judged:
        bound, value = bound_words(one)
        lines.append(f"  {one.goal.row:20} {one.goal.words:55} {bound:>7} {value:>9}  {one.word}")
    return "\n".join(lines)
