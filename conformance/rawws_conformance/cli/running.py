"""trio in a command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import trio

_T = TypeVar("_T")


def run_in_trio(main: Callable[..., Awaitable[_T]], *arguments: Any) -> _T:  # noqa: ANN401 - as `trio.run` takes them
    """`trio.run`, but a KeyboardInterrupt comes out as itself, wherever in the run it was raised.

    Whoever presses Ctrl-C before somebody listens to signals may hit the inside of a nursery, which makes a group of
    whatever leaves it.
    """
    try:
        return trio.run(main, *arguments)
    except BaseExceptionGroup as group:
        interrupts, others = group.split(KeyboardInterrupt)
        if interrupts is None or others is not None:
            raise
        raise KeyboardInterrupt from None
