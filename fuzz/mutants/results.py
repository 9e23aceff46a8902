"""What has come of mutants: stored, so that only those run again that something has changed for."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from fuzz.mutants.made import Mutant
from fuzz.planting.places import function_at
from fuzz.planting.planted import ROOT

FILE = ROOT / ".cache" / "mutants" / "results.jsonl"


@dataclass(frozen=True)
class Result:
    """What has come of a mutant.

    key: of the mutant. scope: a hash of the function that it is in, or of its module. killer: the test that failed,
    "" where none did. tests: a hash of the killer's file, or of all tests where there is none.
    """

    key: str
    scope: str
    killer: str
    tests: str


class Results:
    """All of them, by the mutant's key."""

    def __init__(self, tests: Iterable[Path]) -> None:
        files = sorted(tests)
        self._all_tests = _print(b"".join(path.read_bytes() for path in files))
        self._found: dict[str, Result] = {}
        if FILE.exists():
            for line in FILE.read_text(encoding="utf-8").splitlines():
                result = Result(**json.loads(line))
                self._found[result.key] = result

    def known(self, mutant: Mutant) -> Result | None:
        """What came of a mutant, as far as that still holds."""
        result = self._found.get(mutant.key)
        if result is None or result.scope != scope_of(mutant) or result.tests != self._tests_of(result.killer):
            return None
        return result

    def former_killer(self, mutant: Mutant) -> str:
        """Who killed it, before something has changed; "" where nobody did."""
        result = self.last(mutant)
        return "" if result is None else result.killer

    def last(self, mutant: Mutant) -> Result | None:
        """What came of it the last time that it was run, whatever has changed since; None where it never was."""
        return self._found.get(mutant.key)

    def survived(self, mutant: Mutant) -> bool:
        """Whether nobody killed it the last time that it was run."""
        result = self.last(mutant)
        return result is not None and not result.killer

    def store(self, mutant: Mutant, killer: str) -> None:
        """Write down what has come of a mutant."""
        result = Result(mutant.key, scope_of(mutant), killer, self._tests_of(killer))
        self._found[mutant.key] = result
        FILE.parent.mkdir(parents=True, exist_ok=True)
        with FILE.open("a", encoding="utf-8") as file:
            file.write(json.dumps(result.__dict__) + "\n")

    def _tests_of(self, killer: str) -> str:
        path = ROOT / killer.partition("::")[0]
        if killer.startswith("("):
            return ""
        return _print(path.read_bytes()) if killer and path.is_file() else self._all_tests


def scope_of(mutant: Mutant) -> str:
    """A hash of the function that a mutant is in; of the module, where it is in none."""
    source = (ROOT / mutant.path).read_text(encoding="utf-8")
    lines = function_at(source, mutant.line)
    text = source if lines is None else "\n".join(source.split("\n")[lines.start - 1 : lines.stop - 1])
    return _print(text.encode())


def _print(data: bytes) -> str:
    return sha256(data).hexdigest()[:16]
