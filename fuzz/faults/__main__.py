"""`make faults`: plant every fault, and write into fuzz/README.md which property found it.

python -m fuzz.faults                 all that nothing is known of; may be interrupted, and goes on where it was
python -m fuzz.faults --forget        all, as if nothing were known
python -m fuzz.faults --only mask     those with the word in their name or path
python -m fuzz.faults --count 5       so many, and no more
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

from fuzz.faults import by_hand, by_tool, store
from fuzz.faults.fault import Fault
from fuzz.faults.plant import ENVIRONMENT, Found, Planter
from fuzz.faults.store import STORE
from fuzz.planting.afresh import Afresh
from fuzz.planting.planted import ROOT

README = ROOT / "fuzz" / "README.md"
_BEGIN, _END = "<!-- faults: begin -->\n", "<!-- faults: end -->\n"


def main() -> int:
    """Plant them, and say what came of it; 1 where one was not found."""
    parser = argparse.ArgumentParser(prog="python -m fuzz.faults", description="plant faults, and see them found")
    parser.add_argument("--only", default="", help="only faults with this word in their name or path")
    parser.add_argument("--forget", action="store_true", help="as if nothing were known")
    parser.add_argument("--count", type=int, default=1000, help="how many at most")
    arguments = parser.parse_args()
    if arguments.forget:
        STORE.unlink(missing_ok=True)
    faults = [*by_hand.FAULTS, *by_tool.FAULTS]
    known = store.known(faults)
    waiting = [fault for fault in faults if fault.name not in known and arguments.only in f"{fault.name} {fault.path}"]
    if waiting and arguments.count:
        _plant_all(waiting[: arguments.count], _last_time())
        known = store.known(faults)
    missed = [fault.name for fault in faults if fault.name in known and known[fault.name].failed is None]
    print(f"{len(known)} of {len(faults)} faults were planted, and {len(known) - len(missed)} found; not: {missed}")
    _write(faults, known)
    return 1 if missed or len(known) < len(faults) else 0


def _plant_all(faults: list[Fault], last_time: dict[str, str]) -> None:
    """Plant them all, in processes that have collected the properties once."""
    # Before anything of rawws is imported.
    afresh = Afresh()
    os.environ.update(ENVIRONMENT)
    import pytest  # noqa: PLC0415  (the same)

    from fuzz.planting.session import Serve, Tests  # noqa: PLC0415  (the same)

    def plant_all(tests: Tests) -> None:
        planter = Planter(tests, afresh)
        names = {_short(name): name for name in tests.items}
        for fault in faults:
            hint = names.get(last_time.get(fault.name, ""), "")
            try:
                found = planter.plant(fault, [hint])
            except ValueError as exc:
                # The line has changed since: whoever changed it writes the fault anew.
                print(f"{fault.name}: {exc}", flush=True)
                continue
            store.keep(found)
            told = f"{_short(found.failed.name)} ({_examples(found)})" if found.failed else "NOT FOUND"
            print(f"{fault.name}: {told}", flush=True)

    serve = Serve(plant_all, ROOT / ".cache" / "mutants" / "reach-properties.pickle")
    options = ["-q", "-p", "no:cacheprovider", "--capture=no"]
    pytest.main([*options, "fuzz/properties", "fuzz/machines"], plugins=[serve])
    afresh.close()


def _short(name: str) -> str:
    """The name of a property as the table has it."""
    file, _, test = name.partition("::")
    return f"{Path(file).name}::{test}"


def _examples(found: Found) -> str:
    if found.failed is None or not found.failed.ended:
        return "it comes to no end" if found.failed else ""
    return str(found.failed.examples or "a table")


def _rows() -> str:
    return README.read_text(encoding="utf-8").partition(_BEGIN)[2].partition(_END)[0]


def _last_time() -> dict[str, str]:
    """Which property found which fault, as the table says."""
    rows = re.finditer(r"^\| (.*?) \| `.*?` \| `(.*?)` \|", _rows(), re.MULTILINE)
    return {row[1].replace("\\|", "|"): row[2] for row in rows}


def _write(faults: list[Fault], known: dict[str, Found]) -> None:
    """Put the table into the document, between its two marks."""
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    behind = rest.partition(_END)[2]
    seen = sum(found.failed is not None for found in known.values())
    rows = [f"{len(known)} of {len(faults)} were planted, {seen} of them were found.", ""]
    rows += ["| fault | in | found by | examples |", "|---|---|---|---|"]
    for fault in faults:
        found = known.get(fault.name)
        by, needed = "not planted yet", ""
        if found is not None:
            by, needed = f"`{_short(found.failed.name)}`" if found.failed else "**nothing**", _examples(found)
        name = fault.name.replace("|", "\\|")
        rows.append(f"| {name} | `{Path(fault.path).name}` | {by} | {needed} |")
    README.write_text(before + _BEGIN + "\n".join(rows) + "\n" + _END + behind, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
