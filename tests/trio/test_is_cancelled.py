"""`is_cancelled`: the same as trio says, however it looks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio

from rawws.trio.cancellation import is_cancelled, quickest_way

from tests.trio.running import in_trio


async def trio_says() -> bool:
    """Whether a checkpoint that lets nobody else run is cancelled."""
    try:
        await trio.lowlevel.checkpoint_if_cancelled()
    except trio.Cancelled:
        return True
    return False


ways = pytest.mark.parametrize("ask", [is_cancelled, quickest_way("no.such.module"), quickest_way("re")])


@ways
@in_trio()
async def test_it_says_what_trio_says(ask: Callable[[], bool]) -> None:
    """In scopes that are cancelled before and after they are entered, within others, and behind shields."""
    with trio.CancelScope() as outer:
        assert ask() is await trio_says() is False
        with trio.CancelScope(shield=True) as shield:
            outer.cancel()
            assert ask() is await trio_says() is False
            with trio.CancelScope() as inner:
                inner.cancel()
                assert ask() is await trio_says() is True
            shield.shield = False
            assert ask() is await trio_says() is True
    with trio.move_on_after(0):
        assert ask() is await trio_says()
        with trio.CancelScope(shield=True):
            await trio.lowlevel.checkpoint()
            assert ask() is await trio_says() is False
        assert ask() is await trio_says() is True


@ways
@in_trio()
async def test_each_task_has_its_own(ask: Callable[[], bool]) -> None:
    """Another task's cancellation is not this one's."""
    answers: dict[str, bool] = {}

    async def other(name: str, task_status: trio.TaskStatus[trio.CancelScope]) -> None:
        with trio.CancelScope() as scope:
            task_status.started(scope)
            with trio.CancelScope(shield=True) as shield:
                await ready.wait()
                shield.shield = False
                answers[name] = ask()

    ready = trio.Event()
    async with trio.open_nursery() as nursery:
        (await nursery.start(other, "cancelled")).cancel()
        await nursery.start(other, "not cancelled")
        ready.set()
    assert answers == {"cancelled": True, "not cancelled": False}


def test_trio_still_keeps_it_there() -> None:
    """The quick way is taken with the trio that is installed: should this fail, `quickest_way` wants a new one."""
    assert quickest_way() is not quickest_way("no.such.module")
    assert is_cancelled is not quickest_way("no.such.module")
