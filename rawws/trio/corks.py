"""Small frames that wait a moment for company, and the safety net under them.

While messages that have come whole still wait for a handler, its answers are put together and written at once, as one.
A cork comes off before anything is read, at 64 KiB, after a millisecond of somebody's computing, and at the close. And
whatever a handler waits for instead, trio looks for input and output then: the instrument here takes every cork off
just before.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import trio

from rawws.trio.per_run import per_run

if TYPE_CHECKING:
    from rawws.trio.writer import Writer

_logger = logging.getLogger("rawws.trio")


class Corks(trio.abc.Instrument):
    """The writers of one trio run that hold something back."""

    def __init__(self) -> None:
        self._corked: set[Writer] = set()
        self._token = trio.lowlevel.current_trio_token()

    def add(self, writer: Writer) -> None:
        """Call the writer's `uncork_soon` before trio waits."""
        self._corked.add(writer)

    def remove(self, writer: Writer) -> None:
        """Forget a writer that holds nothing back any more."""
        self._corked.discard(writer)

    def before_io_wait(self, timeout: float) -> None:  # noqa: ARG002  trio's name and signature
        """Write what is held back.

        An instrument that raises is taken away by trio, so no exception leaves; and a task that were woken here would
        wait as long as trio is about to wait, so that is left to `run_sync_soon`.
        """
        while self._corked:
            writer = self._corked.pop()
            try:
                writer.uncork_soon(self._token)
            except Exception:
                _logger.exception("writing failed; the connection is broken")
                writer.break_soon(self._token)


def _watched() -> Corks:
    made = Corks()
    trio.lowlevel.add_instrument(made)
    return made


#: The corks of the current trio run.
corks = per_run("rawws_corks", _watched)
