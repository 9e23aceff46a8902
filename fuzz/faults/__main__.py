"""`make faults`: plant every fault, and write into fuzz/README.md which property found it.

python -m fuzz.faults                 all of them, on every core
python -m fuzz.faults --only mask     those whose name has the word in it; nothing is written
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from fuzz.faults import by_hand, by_tool
from fuzz.faults.fault import Fault
from fuzz.faults.plant import ROOT, Found, copy, plant

README = ROOT / "fuzz" / "README.md"
_BEGIN, _END = "<!-- faults: begin -->\n", "<!-- faults: end -->\n"


def main() -> int:
    """Plant them, and say what came of it; 1 where one was not found."""
    parser = argparse.ArgumentParser(prog="python -m fuzz.faults", description="plant faults, and see them found")
    parser.add_argument("--only", default="", help="only faults with this word in their name")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time")
    arguments = parser.parse_args()
    faults = [fault for fault in (*by_hand.FAULTS, *by_tool.FAULTS) if arguments.only in f"{fault.name} {fault.path}"]
    found = _plant_all(faults, arguments.jobs)
    missed = [result for result in found if not result.property]
    print(f"{len(found) - len(missed)} of {len(found)} faults were found")
    if not arguments.only:
        _write(found)
    return 1 if missed else 0


def _plant_all(faults: list[Fault], jobs: int) -> list[Found]:
    """Plant them all, each worker in a copy of its own."""

    def work(fault: Fault) -> Found:
        root = roots.get()
        try:
            result = plant(fault, root)
        finally:
            roots.put(root)
        told = f"{result.property} ({result.examples})" if result.property else result.problem or "NOT FOUND"
        print(f"{fault.name}: {told}", flush=True)
        return result

    roots: SimpleQueue[Path] = SimpleQueue()
    copies = [copy() for _ in range(jobs)]
    try:
        for each in copies:
            roots.put(each.__enter__())
        with ThreadPoolExecutor(jobs) as workers:
            return list(workers.map(work, faults))
    finally:
        for each in copies:
            each.__exit__(None, None, None)


def _write(found: list[Found]) -> None:
    """Put the table into the document, between its two marks."""
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    behind = rest.partition(_END)[2]
    rows = ["| fault | in | found by | examples |", "|---|---|---|---|"]
    for result in found:
        name = result.fault.name.replace("|", "\\|")
        where = Path(result.fault.path).name
        by = f"`{result.property.rpartition('/')[2]}`" if result.property else f"**not found** {result.problem}"
        rows.append(f"| {name} | `{where}` | {by} | {result.examples or ''} |")
    README.write_text(before + _BEGIN + "\n".join(rows) + "\n" + _END + behind, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
