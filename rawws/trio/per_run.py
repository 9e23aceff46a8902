"""Things of which each trio run has one, made when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import trio

_T = TypeVar("_T")


def per_run(name: str, make: Callable[[], _T]) -> Callable[[], _T]:
    """A function that gives the one of the current trio run, and makes it where there is none yet."""
    kept: trio.lowlevel.RunVar[_T] = trio.lowlevel.RunVar(name)

    def get() -> _T:
        try:
            return kept.get()
        except LookupError:
            made = make()
            kept.set(made)
            return made

    return get
