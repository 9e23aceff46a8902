"""What the groups of cases are called, and what a case of a report is about."""

from __future__ import annotations

from rawws_conformance.cases import autobahn
from rawws_conformance.model import Case

GROUPS = {
    "1": "messages",
    "2": "pings and pongs",
    "3": "reserved bits",
    "4": "reserved opcodes",
    "5": "fragmentation",
    "6": "UTF-8",
    "7": "closing",
    "9": "limits and load",
    "10": "many fragments",
    "12": "permessage-deflate, kinds of data",
    "13": "permessage-deflate, parameters",
}


def group_of(case_id: str) -> str:
    """The group of a case: the first part of its id."""
    return case_id.partition(".")[0]


def group_title(case_id: str) -> str:
    """The group of a case, with its name where it has one."""
    group = group_of(case_id)
    return f"{group} {GROUPS[group]}" if group in GROUPS else group


def case_of(case_id: str) -> Case | None:
    """The case with this id, where it is one that this release knows."""
    return autobahn().get(case_id)
