"""`run_in_trio`: Ctrl-C comes out of a run as itself."""

from __future__ import annotations

import pytest
import trio

from rawws_conformance.cli.running import run_in_trio


async def raising(*errors: BaseException) -> None:
    """Raise each in a task of its own, two nurseries deep."""

    async def fail(error: BaseException) -> None:
        raise error

    async with trio.open_nursery() as outer, trio.open_nursery() as inner:
        for nursery, error in zip((outer, inner), errors, strict=False):
            nursery.start_soon(fail, error)


def test_what_a_run_gives() -> None:
    """Arguments go in, and the result comes out."""

    async def double(number: int) -> int:
        return number * 2

    assert run_in_trio(double, 21) == 42


@pytest.mark.parametrize("count", [1, 2])
def test_an_interrupt_in_a_nursery(count: int) -> None:
    """However deep it was raised, and however often, it is a KeyboardInterrupt and no group."""
    with pytest.raises(KeyboardInterrupt):
        run_in_trio(raising, *[KeyboardInterrupt() for _ in range(count)])


def test_other_errors_are_not_lost() -> None:
    """Where something else went wrong, too, all of it comes out."""
    with pytest.raises(BaseExceptionGroup) as caught:
        run_in_trio(raising, KeyboardInterrupt(), OSError("disk"))
    assert caught.group_contains(OSError, match="disk")
