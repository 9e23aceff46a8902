"""The 517 cases of Autobahn, under Autobahn's numbers."""

from __future__ import annotations

from functools import cache

from rawws_conformance.cases import (
    group1,
    group2,
    group3,
    group4,
    group5,
    group6,
    group7,
    group9,
    group10,
    group12,
    group13,
)
from rawws_conformance.model import Case

_GROUPS = (group1, group2, group3, group4, group5, group6, group7, group9, group10, group12, group13)


@cache
def autobahn() -> dict[str, Case]:
    """All cases by id, in the order of their numbers."""
    return {case.id: case for group in _GROUPS for case in group.CASES}
