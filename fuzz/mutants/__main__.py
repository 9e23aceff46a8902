"""`make mutants`: change the core in one place after the other, and see which test notices.

python -m fuzz.mutants                   all that nothing is known of; may be interrupted, and goes on where it was
python -m fuzz.mutants --only inflate    of modules with the word (or one of several) in their path
python -m fuzz.mutants --minutes 10      so long, and no longer; what is run is drawn by lot
python -m fuzz.mutants --again           those that no test noticed and nobody has explained, when there are new tests
python -m fuzz.mutants --list            what survives and has no reason yet, without running anything
"""

from __future__ import annotations

import argparse
import functools
import os
import random
import subprocess
import sys
import time
from collections import defaultdict, deque
from pathlib import Path
from typing import TYPE_CHECKING

from fuzz.mutants import report
from fuzz.mutants.chosen import modules, mutants_of
from fuzz.mutants.made import Mutant
from fuzz.mutants.results import Results
from fuzz.mutants.survivors import Reasons
from fuzz.planting import planted
from fuzz.planting.afresh import Afresh, Order
from fuzz.planting.places import function_at, names_at, statement_at, uses_of
from fuzz.planting.planted import ROOT

if TYPE_CHECKING:
    import pytest

    from fuzz.planting.session import Tests

CACHE = ROOT / ".cache" / "mutants"

#: These are what the core does without its accelerator: tests compare them with it. All others run without it.
WITH_C = tuple(f"rawws/core/{name}.py" for name in ("accelerator", "encoding", "masking", "scan"))

#: What counts lines, compiles, or compares documents would notice any change, and none for what it does.
_LEFT_OUT = ("*_budget_*", "*_build.py", "*_report.py", "*test_linear_work.py", "*test_states_table.py")

#: Of the batteries: each row at a few cuts.
_ROWS = ("::test_one_verdict_", "::test_a_violation_is_found_", "_it_is_cut[whole-", "::test_a_refusal_is_final")

#: A mutant in no function may be noticed by any test of its module; so many are asked, the quickest first.
_MOST_AFRESH = 400


def test_files(*, properties: bool) -> list[Path]:
    """The files whose tests are to notice."""
    folders = [ROOT / "tests" / "core", *([ROOT / "fuzz" / "properties"] if properties else [])]
    return [path for folder in folders for path in folder.rglob("*.py") if "budget" not in path.name]


def main() -> int:
    """Run mutants, and say what came of them."""
    parser = argparse.ArgumentParser(prog="python -m fuzz.mutants", description="see which test notices which change")
    parser.add_argument("--only", nargs="*", default=[""], help="modules with one of these words in their path")
    parser.add_argument("--minutes", type=float, default=1e9, help="how long at most")
    parser.add_argument("--again", action="store_true", help="only those that are on the list")
    parser.add_argument("--tests", nargs="*", help="only tests in these files; what they do not notice stays as it was")
    parser.add_argument("--properties", action="store_true", help="ask the properties, too, where no test has noticed")
    parser.add_argument("--list", action="store_true", help="what survives and has no reason, and run nothing")
    parser.add_argument("--write", action="store_true", help="write what has come of it into fuzz/README.md")
    parser.add_argument("--mode", choices=["python", "c"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.mode:
        return _run(arguments)
    if not arguments.list:
        until = time.monotonic() + arguments.minutes * 60
        for mode in ("python", "c"):
            left = (until - time.monotonic()) / 60
            command = [sys.executable, "-m", "fuzz.mutants", *sys.argv[1:], "--mode", mode, "--minutes", str(left)]
            subprocess.run(command, cwd=ROOT, check=True)
    results = Results(test_files(properties=arguments.properties))
    chosen = [mutant for path in _paths(arguments) for mutant in mutants_of(path)]
    return report.report(chosen, results, write=arguments.write, old=arguments.list)


def _paths(arguments: argparse.Namespace) -> list[str]:
    """The modules that were asked for."""
    return [path for path in modules() if any(word in path for word in arguments.only)]


def _run(arguments: argparse.Namespace) -> int:
    """Run those of one mode, in this process and its children."""
    # Before anything of rawws is imported.
    afresh = Afresh()
    os.environ["RAWWS_SPEEDUPS"] = "1" if arguments.mode == "c" else "0"
    os.environ["RAWWS_FUZZ_PROFILE"] = "mutants"
    paths = [path for path in _paths(arguments) if (path in WITH_C) == (arguments.mode == "c")]
    results = Results(test_files(properties=arguments.properties))
    waiting = [mutant for path in paths for mutant in mutants_of(path) if results.known(mutant) is None]
    if arguments.again:
        reasons = Reasons()
        waiting = [mutant for mutant in waiting if results.survived(mutant) and reasons.of(mutant) is None]
    # Whoever is interrupted has a sample.
    random.Random(1).shuffle(waiting)  # noqa: S311  no secret
    print(f"{len(waiting)} mutants to run", flush=True)
    if waiting:
        hunt = Hunt(waiting, results, afresh, time.monotonic() + arguments.minutes * 60)
        hunt.keeps_survivors = not arguments.tests
        _collect(arguments, hunt)
    afresh.close()
    return 0


def _collect(arguments: argparse.Namespace, hunt: Hunt) -> None:
    import pytest  # noqa: PLC0415  behind the fork

    from fuzz.planting.session import Serve  # noqa: PLC0415  (the same)

    folders = arguments.tests or ["tests/core", *(["fuzz/properties"] if arguments.properties else [])]
    ignored = [f"--ignore-glob={glob}" for glob in _LEFT_OUT]
    options = ["-q", "-p", "no:cacheprovider", "--capture=no"]
    name = f"reach-{arguments.mode}.pickle"
    pytest.main([*options, *ignored, *folders], plugins=[Serve(hunt, CACHE / name, _is_wanted)])


def _is_wanted(item: pytest.Item) -> bool:
    """Of the batteries, which feed the same rows again and again, as much as says what each row comes to."""
    if item.get_closest_marker("battery") is None or "/fuzz/" in str(item.path):
        return True
    return any(name in item.nodeid for name in _ROWS)


class Hunt:
    """Runs mutants one after the other, as long as there is time."""

    def __init__(self, mutants: list[Mutant], results: Results, afresh: Afresh, until: float) -> None:
        self._mutants = mutants
        self._results = results
        self._afresh = afresh
        self._until = until
        #: Whether it says something that none of the tests has noticed a mutant.
        self.keeps_survivors = True
        self._environment = {name: os.environ[name] for name in ("RAWWS_SPEEDUPS", "RAWWS_FUZZ_PROFILE")}
        # Who has killed one in a function will kill others there.
        self._killers: dict[tuple[str, int], deque[str]] = defaultdict(lambda: deque(maxlen=8))

    def __call__(self, tests: Tests) -> None:
        """Run them."""
        begun, killed = time.monotonic(), 0
        for count, mutant in enumerate(self._mutants):
            if time.monotonic() > self._until:
                break
            killer = self._kill(mutant, tests)
            if killer or self.keeps_survivors:
                self._results.store(mutant, killer)
            killed += bool(killer)
            if count % 50 == 49:
                print(f"{count + 1} run, {killed} killed, {time.monotonic() - begun:.0f} s", flush=True)

    def _kill(self, mutant: Mutant, tests: Tests) -> str:
        source = (ROOT / mutant.path).read_text(encoding="utf-8")
        function = function_at(source, mutant.line)
        names = [] if function is None else tests.that_reach(mutant.path, statement_at(source, mutant.line))
        if function is not None and not names:
            names = tests.that_reach(mutant.path, function)
        recent = self._killers[mutant.path, function.start if function else 0]
        first = [name for name in (self._results.former_killer(mutant), *recent) if name in tests.items]
        plant = functools.partial(planted.swap, mutant.path, source, mutant.source)
        try:
            # In no function: nothing is tried, for swapping finds out that it is elsewhere.
            failed = tests.first_to_fail(plant, list(dict.fromkeys([*first, *names])))
        except planted.NotInPlaceError:
            own = [name for name in names if name.startswith(_own_tests(mutant))]
            asked = [*own, *names] or self._users(mutant, source, tests) or tests.items
            touched = list(dict.fromkeys([*first, *asked]))
            seconds = {name: reach.seconds for name, reach in tests.reach.items()}
            failed = self._afresh.first_to_fail(
                Order(mutant.path, mutant.source, touched[:_MOST_AFRESH], seconds, self._environment)
            )
        killer = failed.name if failed else ""
        if killer and not killer.startswith("("):
            recent.appendleft(killer)
        return killer

    def _users(self, mutant: Mutant, source: str, tests: Tests) -> list[str]:
        """Who may notice a mutant in no function: tests of its module, those that reach a use of its name, others."""
        names = names_at(source, mutant.line)
        # What begins with an underscore is used where it is made.
        public = any(not name.startswith("_") for name in names)
        files = (ROOT / "rawws").rglob("*.py") if public else [ROOT / mutant.path]
        found = {
            test
            for file in files
            for test in tests.that_reach(str(file.relative_to(ROOT)), uses_of(file.read_text(encoding="utf-8"), names))
        }
        touching = tests.that_touch(mutant.path)
        own = [name for name in touching if name.startswith(_own_tests(mutant))]
        quickest = sorted(found, key=lambda name: tests.reach[name].seconds)
        return [*own[: _MOST_AFRESH // 2], *quickest[: _MOST_AFRESH // 4], *touching]


def _own_tests(mutant: Mutant) -> str:
    """What the names of the tests of a mutant's module begin with."""
    return f"tests/core/test_{Path(mutant.path).stem}"


if __name__ == "__main__":
    sys.exit(main())
