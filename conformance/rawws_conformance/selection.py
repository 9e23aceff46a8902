"""Which cases a run plays: ids, and patterns with `*`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rawws_conformance.model import Case


class UnknownCase(ValueError):
    """A pattern that no case has; the text names it."""


def matches(pattern: str, case_id: str) -> bool:
    """Whether an id is `pattern`, in which `*` stands for any characters. `9.*` takes 9.1.1, and not 19.1."""
    expression = ".*".join(map(re.escape, pattern.split("*")))
    return re.fullmatch(expression, case_id) is not None


def select(cases: Iterable[Case], take: Sequence[str], leave: Sequence[str] = ()) -> list[Case]:
    """Cases that one of `take` takes (empty: all) and none of `leave`. Raises UnknownCase: no case has a pattern."""
    listed = list(cases)
    for pattern in (*take, *leave):
        if not any(matches(pattern, case.id) for case in listed):
            raise UnknownCase(f"no case has the id {pattern!r}; `rawws-conformance list` shows all")
    return [
        case
        for case in listed
        if (not take or any(matches(pattern, case.id) for pattern in take))
        and not any(matches(pattern, case.id) for pattern in leave)
    ]
