"""A fault that is planted on purpose: a few characters of one file, changed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One fault.

    name: what goes wrong, in a few words. path: the file, from the root of the repository.
    before, after: the text that is replaced; it stands in the file exactly once. operator: of the mutation tool that
    made it, "" where somebody did.
    """

    name: str
    path: str
    before: str
    after: str
    operator: str = ""

    def apply(self, source: str) -> str:
        """The file with the fault in it. Raises ValueError where it does not fit."""
        if source.count(self.before) != 1:
            raise ValueError(f"{self.path} has {source.count(self.before)} places like {self.before!r}, and not one")
        return source.replace(self.before, self.after)
