"""What has come of faults, as long as they and the files that they are planted in stay as they are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256

from fuzz.faults.fault import Fault
from fuzz.faults.plant import Found
from fuzz.planting.children import Failed
from fuzz.planting.planted import ROOT

STORE = ROOT / ".cache" / "mutants" / "faults.jsonl"

#: Where properties are: what has not been found is looked for again when one of them has changed.
_PROPERTIES = ("fuzz/properties", "fuzz/machines", "fuzz/oracles", "rawws/testing")


def keep(found: Found) -> None:
    """Write down what has come of one."""
    failed = None if found.failed is None else list(found.failed)
    row = {"name": found.fault.name, "print": _print(found.fault, seen=failed is not None), "failed": failed}
    STORE.parent.mkdir(parents=True, exist_ok=True)
    with STORE.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def known(faults: Iterable[Fault]) -> dict[str, Found]:
    """What is known and still holds, by the faults' names."""
    rows = {}
    if STORE.exists():
        rows = {row["name"]: row for row in map(json.loads, STORE.read_text(encoding="utf-8").splitlines())}
    found = {}
    for fault in faults:
        row = rows.get(fault.name)
        if row is not None and row["print"] == _print(fault, seen=row["failed"] is not None):
            failed = None if row["failed"] is None else Failed(*row["failed"])
            found[fault.name] = Found(fault, failed)
    return found


def _print(fault: Fault, *, seen: bool) -> str:
    texts = [repr(fault).encode(), (ROOT / fault.path).read_bytes()]
    if not seen:
        texts += [path.read_bytes() for folder in _PROPERTIES for path in sorted((ROOT / folder).rglob("*.py"))]
    return sha256(b"".join(texts)).hexdigest()[:16]
