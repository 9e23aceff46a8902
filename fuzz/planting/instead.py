"""Plant a mutant in a process that has not imported its module yet: another text is imported instead."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
from collections.abc import Sequence
from importlib.util import spec_from_file_location, spec_from_loader
from types import ModuleType

from fuzz.planting.planted import ROOT


class Instead(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):  # type: ignore[misc]  # as importlib has it
    """Imports one module from a text, instead of from its file; or the accelerator, from another shared object."""

    def __init__(self, path: str, source: str) -> None:
        self._file = str(ROOT / path)
        self._name = path.rpartition(".")[0].replace("/", ".").removesuffix(".__init__")
        self._compiled = path.endswith(".c")
        self._source = source

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002  importlib's signature
        target: ModuleType | None = None,  # noqa: ARG002  (the same)
    ) -> importlib.machinery.ModuleSpec | None:
        """The specification of that module, None of every other."""
        if fullname != self._name:
            return None
        if self._compiled:
            return spec_from_file_location(fullname, self._source)
        return spec_from_loader(fullname, self, origin=self._file, is_package=self._file.endswith("__init__.py"))

    def get_filename(self, fullname: str) -> str:  # noqa: ARG002  (the same)
        """Where the module would lie."""
        return self._file

    def get_data(self, path: str | bytes) -> bytes:  # noqa: ARG002  (the same)
        """Its text."""
        return self._source.encode()

    def path_stats(self, path: str) -> dict[str, int]:
        """No file, so that no bytecode is looked for."""
        raise OSError(path)
