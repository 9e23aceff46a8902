"""Ids and patterns."""

from __future__ import annotations

import pytest

from rawws_conformance.cases import autobahn
from rawws_conformance.selection import UnknownCase, matches, select

CASES = autobahn().values()


@pytest.mark.parametrize(
    ("pattern", "case_id", "expected"),
    [
        ("1.1.1", "1.1.1", True),
        ("1.1.1", "1.1.10", False),
        ("1.*", "1.1.1", True),
        ("1.*", "10.1.1", False),
        ("1.*", "11.1", False),
        ("13.*.1", "13.4.1", True),
        ("13.*.1", "13.4.11", False),
        ("*", "7.1.6", True),
        ("1.1.", "1.1.1", False),
        ("1?1.1", "1.1.1", False),
        ("[1-3].*", "1.1.1", False),
    ],
)
def test_patterns(pattern: str, case_id: str, expected: bool) -> None:
    """`*` stands for any characters, everything else for itself, and a pattern is about the whole id."""
    assert matches(pattern, case_id) is expected


def test_select() -> None:
    """What is taken and not left out, in the order of the cases."""
    assert len(select(CASES, ())) == 517
    assert [case.id for case in select(CASES, ("3.2", "3.1", "2.1*"), ("2.10",))] == ["2.1", "2.11", "3.1", "3.2"]


@pytest.mark.parametrize(("take", "leave"), [(("8.1",), ()), ((), ("8.*",)), (("1.1.1", "x"), ())])
def test_unknown_ids(take: tuple[str, ...], leave: tuple[str, ...]) -> None:
    """A pattern that no case has is a mistake, not an empty selection."""
    with pytest.raises(UnknownCase, match="no case"):
        select(CASES, take, leave)
