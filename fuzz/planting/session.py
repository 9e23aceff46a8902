"""Tests that are collected once and then run again and again, each time in a child with something else planted in it.

That is what makes thousands of mutants affordable: a process that has imported everything is forked in milliseconds,
and of the tests only those run that reach the line that was changed.
"""

from __future__ import annotations

import functools
import pickle
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import coverage
import pytest
from _pytest.runner import runtestprotocol

from fuzz import counting
from fuzz.planting import planted
from fuzz.planting.children import Failed, Say, in_child, limit_cpu, read
from fuzz.planting.planted import ROOT

#: Seconds of CPU that a test may take with a mutant in it: what it takes without one, so many times, and a second.
_SLOWER = 15

#: Seconds after which nobody waits any longer for a child's next word. (With a time for all tests together, a busy
#: machine would have noticed what no test does.)
_PATIENCE = 120.0


@dataclass
class Reach:
    """What a test reaches. seconds: of CPU. lines: of each file, from the root of the repository."""

    seconds: float = 0.0
    lines: dict[str, frozenset[int]] = field(default_factory=dict)


class Tests:
    """The collected tests, what each reaches, and how to run them."""

    def __init__(self, items: Sequence[pytest.Item], cache: Path) -> None:
        self.items = {item.nodeid: item for item in items}
        self._cache = cache
        planted.prepare()
        self.reach = self._reach()

    def _reach(self) -> dict[str, Reach]:
        """What each test reaches: from the cache, or from a run of those that are new or have changed."""
        known: dict[str, tuple[str, Reach]] = {}
        if self._cache.exists():
            known = pickle.loads(self._cache.read_bytes())  # noqa: S301  our own file
        found = {}
        for name, item in self.items.items():
            if name in known and known[name][0] == _print(item.path, known[name][1]):
                found[name] = known[name][1]
        missing = [name for name in self.items if name not in found]
        # A child for some of them, so that what has been found out is kept when somebody interrupts.
        for start in range(0, len(missing), 100):
            part = missing[start : start + 100]
            found |= _measured([self.items[name] for name in part])
            known |= {name: (_print(self.items[name].path, found[name]), found[name]) for name in part if name in found}
            self._cache.parent.mkdir(parents=True, exist_ok=True)
            self._cache.write_bytes(pickle.dumps(known))
            print(f"measured {min(start + 100, len(missing))} of {len(missing)} tests", flush=True)
        return found

    def that_reach(self, path: str, lines: Iterable[int]) -> list[str]:
        """The tests that run one of these lines, the quickest first."""
        wanted = frozenset(lines)
        hits = [name for name, reach in self.reach.items() if wanted & reach.lines.get(path, frozenset())]
        return sorted(hits, key=lambda name: self.reach[name].seconds)

    def that_touch(self, path: str) -> list[str]:
        """The tests that run anything of a module, the quickest first."""
        hits = [name for name, reach in self.reach.items() if reach.lines.get(path)]
        return sorted(hits, key=lambda name: self.reach[name].seconds)

    def first_to_fail(self, plant: Callable[[], None], names: Sequence[str]) -> Failed | None:
        """Plant something in a child, and run tests there until one fails; None where none does.

        Raises planted.NotInPlaceError where it cannot be planted in a process that runs.
        """

        def run(say: Say) -> None:
            try:
                plant()
            except planted.NotInPlaceError:
                say("elsewhere")
                return
            for name in names:
                say(f"runs {name}")
                limit_cpu(1 + _SLOWER * self.reach[name].seconds)
                if not passes(self.items[name]):
                    say(f"fails {counting.seen()} {name}")
                    return
            say("passes")

        said, ended = in_child(run, _PATIENCE)
        if said == ["elsewhere"]:
            raise planted.NotInPlaceError
        return read(said, ended=ended)


def passes(item: pytest.Item) -> bool:
    """Run a test; whether it does not fail."""
    reports = runtestprotocol(item, nextitem=None, log=False)
    return not any(report.failed for report in reports)


def _measured(items: Sequence[pytest.Item]) -> dict[str, Reach]:
    """Run tests in a child, and see what each reaches and takes."""
    passed: dict[str, Reach] = {}
    out = ROOT / ".cache" / "measured.pickle"

    def run(say: Say) -> None:
        found: dict[str, Reach] = {}
        for item in items:
            say(item.nodeid)
            meter = coverage.Coverage(data_file=None, include=[f"{ROOT}/rawws/*"], config_file=False)
            meter.set_option("run:disable_warnings", ["no-data-collected"])
            begun = time.process_time()
            meter.start()
            fine = passes(item)
            meter.stop()
            took = time.process_time() - begun
            data = meter.get_data()
            lines = {
                str(Path(file).relative_to(ROOT)): frozenset(data.lines(file) or ()) for file in data.measured_files()
            }
            if fine:
                found[item.nodeid] = Reach(took, lines)
        out.write_bytes(pickle.dumps(found))

    out.parent.mkdir(parents=True, exist_ok=True)
    out.unlink(missing_ok=True)
    said, ended = in_child(run, 1800)
    if not ended:
        raise RuntimeError(f"the tests did not come to their end: {said[-2:]}")
    passed = pickle.loads(out.read_bytes())  # noqa: S301  our own file
    out.unlink()
    return passed


def _print(path: Path, reach: Reach) -> str:
    """Of a test's file, and of all that it reaches: where its lines are changes with every change there."""
    hashes = [_hash(file) for file in (path, *(ROOT / name for name in sorted(reach.lines)))]
    return sha256("".join(hashes).encode()).hexdigest()


@functools.cache
def _hash(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()[:16] if path.exists() else ""


class Serve:
    """A plugin for pytest that lets a function have the collected tests, instead of running them once."""

    def __init__(
        self,
        function: Callable[[Tests], None],
        cache: Path,
        wanted: Callable[[pytest.Item], bool] = lambda _: True,
    ) -> None:
        self._function = function
        self._cache = cache
        self._wanted = wanted

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of pytest's own."""
        self._function(Tests([item for item in session.items if self._wanted(item)], self._cache))
        return True
