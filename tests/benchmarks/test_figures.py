"""The arithmetic of the benchmarks."""

from __future__ import annotations

import pytest

from tests.benchmarks.figures import Figure, is_tie, paired_ratio, ratio, verdict


def test_least_median_and_noise() -> None:
    """A figure tells the least and the median of its rounds, and how far they are apart."""
    figure = Figure((3.0, 2.0, 4.0, 10.0))
    assert (figure.least, figure.median) == (2.0, 3.5)
    assert figure.noise == pytest.approx(0.75)


def test_ratio_is_of_the_least() -> None:
    """Two figures are compared by what disturbed each of them least."""
    assert ratio(Figure((6.0, 100.0)), Figure((50.0, 2.0))) == 3.0


def test_paired_ratio_forgets_what_disturbed_a_whole_round() -> None:
    """A round in which everything cost ten times as much changes nothing."""
    assert paired_ratio(Figure((2.0, 30.0, 4.0)), Figure((1.0, 10.0, 2.0))) == 2.0


def test_paired_ratio_wants_the_same_rounds() -> None:
    """Figures of different numbers of rounds are no pairs."""
    with pytest.raises(ValueError, match="shorter"):
        paired_ratio(Figure((2.0, 30.0)), Figure((1.0,)))


@pytest.mark.parametrize(("value", "expected"), [(0.79, False), (0.81, True), (1.0, True), (1.25, True), (1.26, False)])
def test_tie(value: float, expected: bool) -> None:
    """Within 1.25, on either side, is the same."""
    assert is_tie(value) is expected


@pytest.mark.parametrize(
    ("value", "bound", "expected"),
    [(0.3, 1 / 3, "reached"), (1.0, 1.0, "reached"), (0.4, 1 / 3, "tie"), (0.5, 1 / 3, "missed"), (1.3, 1.0, "missed")],
)
def test_verdict(value: float, bound: float, expected: str) -> None:
    """A goal is reached at its bound or below; a little above is a tie, and said as such."""
    assert verdict(value, bound) == expected
