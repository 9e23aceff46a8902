"""`no_group_of_one`: whose nurseries are not one's own gives no groups."""

from __future__ import annotations

import pytest
import trio

from rawws.trio.groups import no_group_of_one

from tests.trio.running import in_trio


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_a_group_of_one_comes_out_as_the_one(depth: int) -> None:
    """However deep, the only exception comes out as itself, with its own cause and context."""
    cause, error = KeyError("cause"), ValueError("error")
    error.__cause__ = cause
    group: Exception = error
    for _ in range(depth):
        group = ExceptionGroup("group", [group])
    with pytest.raises(ValueError, match="error") as caught, no_group_of_one():
        raise group
    assert caught.value is error
    assert error.__cause__ is cause
    assert error.__context__ is None


def test_a_group_of_several_stays_a_group() -> None:
    """Where two things went wrong, both are told."""
    group = ExceptionGroup("group", [KeyError(), ExceptionGroup("inner", [ValueError()])])
    with pytest.raises(ExceptionGroup) as caught, no_group_of_one():
        raise group
    assert caught.value is group


def test_what_is_no_group_comes_out_as_it_is() -> None:
    """Other exceptions, and none at all, are left alone."""
    with pytest.raises(KeyError), no_group_of_one():
        raise KeyError
    with no_group_of_one():
        pass


@in_trio()
async def test_cancellation_comes_out_as_cancellation() -> None:
    """A group of nothing but Cancelled is one Cancelled; beside another exception, that one is told."""
    with trio.CancelScope() as scope:
        scope.cancel()
        with pytest.raises(trio.Cancelled), no_group_of_one():
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.sleep_forever)
                await trio.sleep_forever()
        with pytest.raises(KeyError), no_group_of_one():
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.sleep_forever)
                raise KeyError
