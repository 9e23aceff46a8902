"""Memory counted: what Python and zlib hold, as tracemalloc sees it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable


def peak(function: Callable[[], object]) -> int:
    """The most memory that Python held at one time while `function` ran, beyond what it held before."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        function()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def kept(function: Callable[[], object]) -> int:
    """The memory that is still held for what `function` returns."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        result = function()
        after = tracemalloc.get_traced_memory()[0]
        del result
        return after - before
    finally:
        tracemalloc.stop()
