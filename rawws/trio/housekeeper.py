"""One task per trio run that looks after the connections at which nobody waits.

About once a second it reads without blocking where no task reads, so that pings and closes are answered while a handler
does something else, and does what is due: keepalive pings, and ends that have been waited for long enough.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import trio

from rawws.trio.memory import give_back
from rawws.trio.per_run import per_run

if TYPE_CHECKING:
    from rawws.trio.link import Link

_logger = logging.getLogger("rawws.trio")

#: Seconds between two rounds.
PERIOD = 1.0

# Connections that have freed the memory of their compression, until that is worth giving back to the operating system.
_WORTH_GIVING_BACK = 32


class Housekeeper:
    """Knows the open connections of one trio run; runs while there are any.

    time: the time of this run, in seconds; `trio.current_time` by a shorter way.
    freed: how many connections have freed a large piece of memory that the process still holds.
    """

    def __init__(self) -> None:
        self.time = trio.lowlevel.current_clock().current_time
        self._open: set[Link] = set()
        self._running = False
        self._last_round = 0.0
        self._stall = 0.0
        self.freed = 0

    def add(self, link: Link) -> None:
        """Look after this connection until `remove`."""
        self._open.add(link)
        if not self._running:
            self._running = True
            self._last_round = trio.current_time()
            self._stall = 0.0
            trio.lowlevel.spawn_system_task(self._run, name="rawws housekeeper")

    def remove(self, link: Link) -> None:
        """Forget this connection."""
        self._open.discard(link)

    def stalled(self, now: float) -> float:
        """Seconds for which this process did not run lately, as far as the missed rounds tell; 0.0 for none."""
        overdue = now - self._last_round - PERIOD if self._running else 0.0
        stall = max(self._stall, overdue)
        return stall if stall > PERIOD else 0.0

    async def _run(self) -> None:
        # A system task must let no exception out, and be left by nothing but the end of the run.
        try:
            while self._open:
                await trio.sleep(PERIOD)
                now = trio.current_time()
                self._stall = now - self._last_round - PERIOD
                self._last_round = now
                for link in tuple(self._open):
                    try:
                        link.keep_house(now, stalled=self._stall > PERIOD)
                    except Exception:
                        _logger.exception("housekeeping failed; the connection is cut")
                        link.cut()
                if self.freed >= _WORTH_GIVING_BACK:
                    self.freed = 0
                    give_back()
        finally:
            self._running = False


#: The housekeeper of the current trio run.
housekeeper = per_run("rawws_housekeeper", Housekeeper)
