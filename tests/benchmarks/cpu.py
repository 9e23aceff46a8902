"""What a process has cost: its CPU time in nanoseconds, user and system, read from outside (Linux)."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path

# <linux/posix-timers.h>: the clock of a process is its id, inverted, above two bits that say which clock is meant.
# CPUCLOCK_SCHED is what the scheduler has given to all its threads; clock_getcpuclockid(3) gives the same number.
_CPUCLOCK_SCHED = 2

# Seconds in which a CPU shows whether somebody uses it.
_LOOK = 0.5


class CpuClock:
    """The CPU time of one process, which may be another one."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._clock = (~pid << 3) | _CPUCLOCK_SCHED

    def read(self) -> int:
        """Nanoseconds on a CPU since the process began. Raises OSError when there is no such process."""
        return time.clock_gettime_ns(self._clock)


def quietest_cpu(cpus: Collection[int]) -> int:
    """Of these, the one that has been idle the most in the last half second."""
    before = _idle_ticks()
    time.sleep(_LOOK)
    after = _idle_ticks()
    return max(cpus, key=lambda cpu: (after[cpu] - before[cpu], cpu))


def _idle_ticks() -> dict[int, int]:
    """What every CPU has been idle since the machine began, as /proc/stat counts it."""
    lines = Path("/proc/stat").read_text(encoding="ascii").splitlines()
    rows = [line.split() for line in lines if line.startswith("cpu") and line[3].isdigit()]
    return {int(row[0][3:]): int(row[4]) for row in rows}


def proportional_bytes(pid: int) -> int:
    """Octets of memory that a process holds; of pages that it shares with others, its share (PSS)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name == "Pss":
            return int(value.split()[0]) * 1024
    raise ValueError("the kernel tells no PSS")
