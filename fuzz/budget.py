"""How many examples a property is worth, as a share of those of the profile."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hypothesis import settings

_T = TypeVar("_T", bound=Callable[..., None])


def examples(share: float) -> Callable[[_T], _T]:
    """Give a property `share` times the examples of the profile: more where they are cheap and the ground is wide."""

    def decorate(test: _T) -> _T:
        return settings(max_examples=max(int(settings().max_examples * share), 1))(test)

    return decorate
