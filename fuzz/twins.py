"""The functions in C, and a while in which their twins in Python take their place everywhere in the core."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from rawws.core import WSConnection as WSConnection  # noqa: PLC0414  so that every module of the core is loaded
from rawws.core import accelerator

from tests.core.twins import TWINS


def _in_c() -> ModuleType | None:
    if not accelerator.ACCELERATED:
        return None
    from rawws.core import _speedups  # noqa: PLC0415  where it has been built

    return _speedups


#: The functions in C; None where they were not built, or are not wanted.
in_c = _in_c()


def _places() -> list[tuple[ModuleType, str]]:
    """Where the core holds one of the functions in C."""
    return [
        (module, name)
        for key, module in sys.modules.items()
        for name in TWINS
        if key.startswith("rawws.core") and module is not in_c and getattr(module, name, None) is getattr(in_c, name)
    ]


@contextmanager
def in_python() -> Iterator[None]:
    """As if rawws had been built without a compiler, as long as this lasts."""
    places = [] if in_c is None else _places()
    for module, name in places:
        setattr(module, name, TWINS[name])
    try:
        yield
    finally:
        for module, name in places:
            setattr(module, name, getattr(in_c, name))
