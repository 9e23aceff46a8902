"""Nurseries inside a call: who makes the call made none, and shall not have to take exception groups apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import trio


@contextmanager
def no_group_of_one() -> Iterator[None]:
    """Let out a group that comes down to one exception, or to cancellation, as that; other groups stay groups."""
    try:
        yield
    except BaseExceptionGroup as group:
        error = _only(group)
        context = error.__context__
        try:
            raise error
        finally:
            # `raise … from None` would take the exception's own cause away, too.
            error.__context__ = context


def _only(group: BaseExceptionGroup[BaseException]) -> BaseException:
    leaves = list(_leaves(group))
    others = [leaf for leaf in leaves if not isinstance(leaf, trio.Cancelled)]
    if not others:
        return leaves[0]
    return others[0] if len(others) == 1 else group


def _leaves(exc: BaseException) -> Iterator[BaseException]:
    if isinstance(exc, BaseExceptionGroup):
        for inner in exc.exceptions:
            yield from _leaves(inner)
    else:
        yield exc
