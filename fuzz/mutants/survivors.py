"""The mutants that no test notices, each with the reason: `reasons/`, a file for each module of the core.

`python -m fuzz.mutants --list` prints those that are not there yet, as they are to be written there.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from fuzz.mutants.made import Mutant

REASONS = Path(__file__).with_name("reasons")

#: "the same": no caller can tell it from the original. "cost": what comes out is the same, at another cost in time or
#: memory. "twice": another line finds the same thing, so that one of the two may be wrong.
Kind = Literal["the same", "cost", "twice"]

#: What the names of cosmic-ray's own operators begin with.
_OF_COSMIC_RAY = "core/"


@dataclass(frozen=True)
class Because:
    """Why a mutant survives."""

    kind: Kind
    reason: str


def named(mutant: Mutant) -> str:
    """What a mutant is called in the file of its module: its key, without the module."""
    return mutant.key.removeprefix(f"{mutant.path}:").removeprefix(_OF_COSMIC_RAY)


def quoted(name: str) -> str:
    """A name as it is written in these files."""
    return f"'{name}'" if "'" not in name and "\n" not in name else json.dumps(name)


class Reasons:
    """What is known of the survivors of all modules."""

    def __init__(self, folder: Path = REASONS) -> None:
        self._known = {path.stem: dict(_read(path)) for path in sorted(folder.glob("*.toml"))}

    def of(self, mutant: Mutant) -> Because | None:
        """Why a mutant survives; None where nobody has said so."""
        return self._known.get(Path(mutant.path).stem, {}).get(named(mutant))

    def without_mutant(self, mutants: list[Mutant]) -> list[str]:
        """Reasons for mutants that are not made any more, as `module: name`; of the modules of these mutants."""
        made = {(Path(mutant.path).stem, named(mutant)) for mutant in mutants}
        modules = {module for module, _ in made} & self._known.keys()
        return [f"{module}: {name}" for module in sorted(modules) for name in self._known[module] if (module, name) not in made]


def _read(path: Path) -> Iterator[tuple[str, Because]]:
    for entry in tomllib.loads(path.read_text(encoding="utf-8"))["because"]:
        if entry["kind"] not in get_args(Kind):
            raise ValueError(f"{path.name}: there are no survivors of the kind {entry['kind']!r}")
        for name in entry["mutants"]:
            yield name, Because(entry["kind"], entry["reason"])
