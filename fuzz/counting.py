"""How many examples a property has seen, for `make faults`: counted where the environment has RAWWS_FUZZ_COUNT."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

#: Whether anybody wants to know.
COUNTING = "RAWWS_FUZZ_COUNT" in os.environ

_seen = 0


def begin() -> None:
    """A property begins."""
    global _seen  # noqa: PLW0603  one count for the one property that runs
    _seen = 0


def tick() -> None:
    """It sees one more example."""
    global _seen  # noqa: PLW0603  (the same)
    _seen += 1


def seen() -> int:
    """How many it has seen; 0 where it has none, being a table."""
    return _seen


def counted(test: Callable[..., Any]) -> None:
    """Let a property made by `hypothesis.given` count its examples."""
    inner = test.hypothesis.inner_test  # type: ignore[attr-defined]  # hypothesis documents it for plugins

    @functools.wraps(inner)
    def count(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  whatever it is
        tick()
        return inner(*args, **kwargs)

    test.hypothesis.inner_test = count  # type: ignore[attr-defined]  # (the same)
