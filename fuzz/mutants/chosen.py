"""Which of the mutants that can be made are run."""

from __future__ import annotations

from fuzz.mutants.made import Mutant
from fuzz.mutants.made import mutants_of as made_of
from fuzz.planting.planted import ROOT

#: What the core compares by identity are members of enumerations, types and None, whose equality is identity.
_THE_SAME = frozenset({"core/ReplaceComparisonOperator_Is_Eq", "core/ReplaceComparisonOperator_IsNot_NotEq"})

#: The bare `*` of a signature, behind which arguments are named, is no product.
_MARKER, _MARKER_DIVIDED = "*,", "/,"


def modules() -> list[str]:
    """The modules that are changed."""
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "rawws" / "core").glob("*.py"))


def mutants_of(path: str) -> list[Mutant]:
    """The mutants of a module that are other programs."""
    return [mutant for mutant in made_of(ROOT, path) if not _is_the_same(mutant)]


def _is_the_same(mutant: Mutant) -> bool:
    return mutant.operator in _THE_SAME or mutant.before.replace(_MARKER, _MARKER_DIVIDED, 1) == mutant.after
