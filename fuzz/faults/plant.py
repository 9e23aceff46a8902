"""Plant a fault, and see which property finds it."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fuzz.faults.fault import Fault
from fuzz.planting import planted
from fuzz.planting.afresh import Afresh, Order
from fuzz.planting.children import Failed
from fuzz.planting.places import function_at, statement_at
from fuzz.planting.planted import ROOT

if TYPE_CHECKING:
    from fuzz.planting.session import Tests

#: The profile of `make test`, but without looking for the smallest example.
ENVIRONMENT = {"RAWWS_FUZZ_PROFILE": "find", "RAWWS_FUZZ_COUNT": "1", "RAWWS_SPEEDUPS": "1"}


_TWINS = "test_twins.py"


@dataclass(frozen=True)
class Found:
    """What came of a fault. failed: the first property that failed, None where none did."""

    fault: Fault
    failed: Failed | None


class Planter:
    """Plants one fault after the other, each in a process of its own."""

    def __init__(self, tests: Tests, afresh: Afresh) -> None:
        self._tests = tests
        self._afresh = afresh

    def plant(self, fault: Fault, first: Sequence[str] = ()) -> Found:
        """Plant a fault, and run properties until one fails: `first` these, then those that reach it, quick ones first.

        Raises ValueError where it does not fit.
        """
        source = (ROOT / fault.path).read_text(encoding="utf-8")
        faulty = fault.apply(source)
        names = [name for name in first if name in self._tests.items]
        if fault.path.endswith(".c"):
            return Found(fault, self._compiled(fault, faulty, names))
        line = source[: source.index(fault.before)].count("\n") + 1
        lines = range(line, line + fault.before.rstrip("\n").count("\n") + 1)
        reached = {each for line in lines for each in statement_at(source, line)}
        names += self._tests.that_reach(fault.path, reached)
        if function_at(source, line) is not None:
            try:
                plant = functools.partial(planted.swap, fault.path, source, faulty)
                return Found(fault, self._tests.first_to_fail(plant, list(dict.fromkeys(names))))
            except planted.NotInPlaceError:
                pass
        names += self._tests.that_touch(fault.path)
        return Found(fault, self._begin_afresh(fault.path, faulty, names))

    def _compiled(self, fault: Fault, faulty: str, first: Sequence[str]) -> Failed | None:
        """The accelerator, compiled somewhere else."""
        with tempfile.TemporaryDirectory(prefix="rawws-faults-") as name:
            root = Path(name)
            for needed in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
                shutil.copy(ROOT / needed, root)
            shutil.copytree(ROOT / "rawws", root / "rawws", ignore=shutil.ignore_patterns("__pycache__", "*.so"))
            (root / fault.path).write_text(faulty, encoding="utf-8")
            command = [sys.executable, "setup.py", "--quiet", "build_ext", "--inplace"]
            subprocess.run(command, cwd=root, check=True, capture_output=True, timeout=300)
            [made] = (root / "rawws").rglob("*.so")
            # Which lines of C a test reaches, nobody knows; those that compare it with its twin are asked first.
            names = sorted(self._tests.items, key=lambda name: (_TWINS not in name, self._tests.reach[name].seconds))
            return self._begin_afresh(fault.path, str(made), [*first, *names])

    def _begin_afresh(self, path: str, source: str, names: Sequence[str]) -> Failed | None:
        seconds = {name: reach.seconds for name, reach in self._tests.reach.items()}
        environment = {name: os.environ[name] for name in ENVIRONMENT}
        return self._afresh.first_to_fail(Order(path, source, list(dict.fromkeys(names)), seconds, environment))
