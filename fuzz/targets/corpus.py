"""Inputs in files: those that once broke a promise, which are kept, and those that `make fuzz` works with."""

from __future__ import annotations

from pathlib import Path

from fuzz.planting.planted import ROOT

#: What has broken a promise once, or would with one line missing: replayed by `make test`.
CORPUS = ROOT / "fuzz" / "corpus"

#: What libFuzzer has found to take a branch that no other input takes; begun with the seeds.
WORKING = ROOT / ".cache" / "fuzz" / "corpus"


def replay(target: str, file: Path) -> None:
    """Put one input before a target. Raises whatever it raises."""
    from fuzz.targets.promises import TARGETS  # noqa: PLC0415  what is instrumented is imported later

    TARGETS[target](file.read_bytes())
