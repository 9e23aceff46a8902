"""The cases: the 517 of Autobahn, under Autobahn's numbers, and our own."""

from __future__ import annotations

from enum import StrEnum
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
from rawws_conformance.cases.own import own
from rawws_conformance.model import Case

__all__ = ["SuiteName", "autobahn", "own", "suite"]

_GROUPS = (group1, group2, group3, group4, group5, group6, group7, group9, group10, group12, group13)


class SuiteName(StrEnum):
    """Which cases."""

    AUTOBAHN = "autobahn"
    RAWWS = "rawws"
    ALL = "all"


@cache
def autobahn() -> dict[str, Case]:
    """The cases of Autobahn by id, in the order of their numbers."""
    return {case.id: case for group in _GROUPS for case in group.CASES}


def suite(name: str) -> dict[str, Case]:
    """The cases of a suite by id, in the order of their numbers. Raises ValueError for a name that is none."""
    match SuiteName(name):
        case SuiteName.AUTOBAHN:
            return autobahn()
        case SuiteName.RAWWS:
            return own()
        case SuiteName.ALL:
            return autobahn() | own()
