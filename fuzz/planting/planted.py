"""Plant a mutant in a process: into the functions that live in it."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType, FunctionType

ROOT = Path(__file__).parent.parent.parent

#: What of a code object makes it another program; line numbers do not, nor do names of types in annotations.
_SAYS = (
    "co_code",
    "co_names",
    "co_varnames",
    "co_freevars",
    "co_cellvars",
    "co_flags",
    "co_exceptiontable",
    "co_argcount",
    "co_kwonlyargcount",
)


class NotInPlaceError(Exception):
    """The mutant is in what ran when the module was imported, and so cannot be planted behind that."""


def swap(path: str, source: str, mutated: str) -> None:
    """Let the functions of an imported module be those of a mutant. Raises NotInPlaceError where more than they differ.

    path: of the module, from the root of the repository. source, mutated: of the whole module.
    """
    file = str(ROOT / path)
    changes = list(_changed(_compiled(file, source), compile(mutated, file, "exec", dont_inherit=True)))
    if not changes:
        raise NotInPlaceError(path)
    for old, new in changes:
        where = (file, old.co_qualname)
        functions = [function for function in _living().get(where, []) if function.__code__.co_code == old.co_code]
        if not functions or where in _run_by_imports():
            raise NotInPlaceError(old.co_qualname)
        for function in functions:
            function.__code__ = new


@cache
def _compiled(file: str, source: str) -> CodeType:
    return compile(source, file, "exec", dont_inherit=True)


def _changed(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The functions that differ; NotInPlaceError where the body of a module or of a class does."""
    if not _same_by_itself(old, new):
        raise NotInPlaceError(old.co_qualname)
    for one, other in zip(_inner(old), _inner(new), strict=True):
        if one.co_flags & CO_OPTIMIZED:
            # A function, with whatever is made when it runs.
            if not _same(one, other):
                yield one, other
        else:
            yield from _changed(one, other)


def _inner(code: CodeType) -> list[CodeType]:
    return [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def _same_by_itself(old: CodeType, new: CodeType) -> bool:
    plain = [
        [repr(constant) for constant in code.co_consts if not isinstance(constant, CodeType)] for code in (old, new)
    ]
    same = all(getattr(old, name) == getattr(new, name) for name in _SAYS)
    return same and plain[0] == plain[1] and len(_inner(old)) == len(_inner(new))


def _same(old: CodeType, new: CodeType) -> bool:
    return _same_by_itself(old, new) and all(map(_same, _inner(old), _inner(new)))


@cache
def _living() -> dict[tuple[str, str], list[FunctionType]]:
    """The functions of the core that live in this process, by file and qualified name."""
    found: dict[tuple[str, str], list[FunctionType]] = {}
    core = str(ROOT / "rawws" / "core")
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename.startswith(core):
            found.setdefault((thing.__code__.co_filename, thing.__code__.co_qualname), []).append(thing)
    return found


_TRACE = """
import sys, importlib, pkgutil
called = set()
sys.setprofile(lambda frame, event, arg: called.add((frame.f_code.co_filename, frame.f_code.co_qualname)))
import rawws.core
for found in pkgutil.iter_modules(rawws.core.__path__, "rawws.core."):
    importlib.import_module(found.name)
sys.setprofile(None)
print("\\n".join("\\t".join(each) for each in called if "rawws/core" in each[0]))
"""


@cache
def _run_by_imports() -> frozenset[tuple[str, str]]:
    """The functions that run when the core is imported: what they have made stays as it was made."""
    command = [sys.executable, "-c", _TRACE]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    rows = (line.split("\t") for line in output.splitlines())
    return frozenset((row[0], row[1]) for row in rows)


def prepare() -> None:
    """Look at this process before any mutant is planted in it."""
    _living()
    _run_by_imports()
