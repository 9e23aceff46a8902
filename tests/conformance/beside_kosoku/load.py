"""The same verdicts on an idle machine and on a loaded one: the suite alone, and beside busy processes."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.conformance.beside_kosoku.tools import CACHE, ours, peer, play

#: Whom the cases are put before: of these every one fails something, answers less than it could, or passes.
SERVERS = ("rawws", "websockets", "aiohttp", "picows.websockets")

#: Busy processes for each CPU.
BUSY = 4

#: Busy for as long as the process lives that started it, however that ends.
_SPIN = "import os; parent = os.getppid()\nwhile os.getppid() == parent: pass"

#: What came out for a case: behavior and close behavior.
Verdicts = dict[str, tuple[str, str]]


class Compared(NamedTuple):
    """One server: how many cases, and which have another verdict under load, with both verdicts."""

    server: str
    cases: int
    differences: dict[str, tuple[tuple[str, str], tuple[str, str]]]
    seconds: tuple[float, float]


@contextlib.contextmanager
def load() -> Iterator[int]:
    """As many busy processes as leave the suite and its server a small part of the machine; how many."""
    count = BUSY * (os.cpu_count() or 1)
    started = [subprocess.Popen([sys.executable, "-c", _SPIN]) for _ in range(count)]
    try:
        yield count
    finally:
        for process in started:
            process.kill()
            process.wait()


def compare(server: str, python: Path) -> Compared:
    """Play all cases, quick, without load of ours and with it. Raises tools.RunFailed."""
    alone, seconds = _verdicts(server, python, "alone")
    with load():
        beside, longer = _verdicts(server, python, "loaded")
    differences = {case_id: (alone[case_id], beside[case_id]) for case_id in alone if alone[case_id] != beside[case_id]}
    return Compared(server, len(alone), differences, (seconds, longer))


def _verdicts(server: str, python: Path, name: str) -> tuple[Verdicts, float]:
    out = CACHE / f"{name}-{server}"
    cost = play(peer(server), python, ours(out, "--suite", "all", "--quick"))
    (index,) = json.loads((out / "index.json").read_text(encoding="utf-8")).values()
    return {case_id: (case["behavior"], case["behaviorClose"]) for case_id, case in index.items()}, cost.wall
