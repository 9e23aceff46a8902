"""Draw faults by lot from all the mutants that cosmic-ray makes of the core, and print them for by_tool.py.

python -m fuzz.faults.draw 26
"""

from __future__ import annotations

import random
import sys

from fuzz.mutants.chosen import modules, mutants_of
from fuzz.mutants.made import Mutant
from fuzz.planting.planted import ROOT


def main() -> None:
    """Print so many."""
    mutants = [mutant for path in modules() for mutant in mutants_of(path) if _fits(mutant)]
    for mutant in random.Random(7692).sample(mutants, int(sys.argv[1])):  # noqa: S311  no secret
        operator = mutant.operator.removeprefix("core/")
        name = f"{operator}: {mutant.after.strip()}"
        rows = (name, mutant.path, mutant.before + "\n", mutant.after + "\n", operator)
        print("    Fault(\n" + "".join(f"        {row!r},\n" for row in rows) + "    ),")


def _fits(mutant: Mutant) -> bool:
    """Whether it is found again by its text."""
    return (ROOT / mutant.path).read_text(encoding="utf-8").count(mutant.before + "\n") == 1


if __name__ == "__main__":
    main()
