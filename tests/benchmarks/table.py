"""Results as text."""

from __future__ import annotations

from tests.benchmarks.figures import paired_ratio, ratio
from tests.benchmarks.run import Result

#: Whose figure the others are divided by.
OURS = "rawws"


def text_table(result: Result) -> str:
    """One row's figures, the cheapest first: least and median, and how many times rawws's cost they are.

    `paired` is the median of the ratios round by round.
    """
    row = result.row
    ours = result.figures.get(OURS)
    lines = [
        f"{row.name}: {row.title} ({row.unit})",
        f"  {'':20} {'least':>9} {'median':>9} {'× rawws':>9} {'paired':>9}",
    ]
    for name, figure in sorted(result.figures.items(), key=lambda item: item[1].least):
        against = f"{ratio(figure, ours):9.2f} {paired_ratio(figure, ours):9.2f}" if ours else ""
        lines.append(f"  {name:20} {figure.least:9.2f} {figure.median:9.2f} {against}")
    lines += [f"  {name:20} left out: {reason}" for name, reason in result.left_out.items()]
    return "\n".join(lines)
