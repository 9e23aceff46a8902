"""Faults that a mutation tool has made."""

from __future__ import annotations

from fuzz.faults.fault import Fault

FAULTS: tuple[Fault, ...] = ()
