"""What ends the command with a sentence instead of a traceback."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import click
import trio

_T = TypeVar("_T")


class Problem(click.ClickException):
    """The command cannot do what it was asked for; the message is one sentence without a full stop. Exit status 2."""

    exit_code = 2


class Interrupted(click.ClickException):
    """The other end, or the network, kept the command from finishing. Exit status 1."""

    exit_code = 1


def sentence_of(exc: BaseException) -> str:
    """What an exception says, in one line: for an OSError without its number, for an empty one its name."""
    if isinstance(exc, OSError) and exc.strerror:
        return exc.strerror
    return " ".join(str(exc).split()) or type(exc).__name__


def run_trio(function: Callable[[], Awaitable[_T]]) -> _T:
    """`trio.run`, out of which an exception comes bare: the groups that nurseries put around it are taken off.

    Of several at once it is one that tells the command how to end; a group stays together where there is none.
    """
    try:
        return trio.run(functools.partial(_call, function))
    except BaseExceptionGroup as group:
        leaves = list(_leaves(group))
        for kind in (KeyboardInterrupt, SystemExit, BrokenPipeError, click.ClickException):
            for leaf in leaves:
                if isinstance(leaf, kind):
                    raise leaf from None
        if len(leaves) == 1:
            raise leaves[0] from None
        raise


async def _call(function: Callable[[], Awaitable[_T]]) -> _T:
    return await function()


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for exc in group.exceptions:
        if isinstance(exc, BaseExceptionGroup):
            yield from _leaves(exc)
        else:
            yield exc
