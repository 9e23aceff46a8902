"""How many examples a property has seen, for `make faults`: set RAWWS_FUZZ_COUNT to the file to write to."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Where to write which property failed first, and after how many examples; None for nowhere.
FILE = Path(os.environ["RAWWS_FUZZ_COUNT"]) if "RAWWS_FUZZ_COUNT" in os.environ else None

_seen = 0


def begin() -> None:
    """A property begins."""
    global _seen  # noqa: PLW0603  one count for the one property that runs
    _seen = 0


def tick() -> None:
    """It sees one more example."""
    global _seen  # noqa: PLW0603  (the same)
    _seen += 1


def counted(test: Callable[..., Any]) -> None:
    """Let a property made by `hypothesis.given` count its examples."""
    inner = test.hypothesis.inner_test  # type: ignore[attr-defined]  # hypothesis documents it for plugins

    @functools.wraps(inner)
    def count(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  whatever it is
        tick()
        return inner(*args, **kwargs)

    test.hypothesis.inner_test = count  # type: ignore[attr-defined]  # (the same)


def failed(name: str) -> None:
    """A property has failed: the first one is written down."""
    if FILE is not None and not FILE.exists():
        FILE.write_text(json.dumps({"property": name, "examples": _seen}), encoding="utf-8")
