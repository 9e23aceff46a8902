"""The files with one case each: Autobahn's JSON, and a page of ours.

A run waits most of its time, for time limits that are a case's own or for its peer; two files for each of hundreds of
cases take a while. So who plays cases may have the files of each written as soon as its verdict is final;
`reports.complete` adds what is missing in the end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from rawws_conformance.model import Case
from rawws_conformance.report import Run
from rawws_conformance.reports.autobahn import case_report, file_of, stems
from rawws_conformance.reports.case_page import case_page
from rawws_conformance.reports.files import write_file
from rawws_conformance.verdict import Result


class CaseFiles:
    """Writes the files of cases into a folder, those of each verdict once.

    cases: the selected ones, by id, in order; results of others are left out.
    """

    def __init__(self, folder: Path, cases: Mapping[str, Case]) -> None:
        self.folder = folder
        self._cases = cases
        self._numbers = {case_id: number for number, case_id in enumerate(cases, 1)}
        #: By the names of the files: what they say.
        self._written: dict[str, tuple[Result, str, bool]] = {}

    def write(self, runs: Sequence[Run]) -> None:
        """Write what is not written yet. The folder is there. Raises OSError."""
        for run, stem in zip(runs, stems(runs), strict=True):
            for result in run.in_order():
                self._write(run, stem, result)

    def write_one(self, run: Run, result: Result) -> None:
        """Write the files of a case of the only run, whose agent is known already. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write(run, stems([run])[0], result)

    def _write(self, run: Run, stem: str, result: Result) -> None:
        case = self._cases.get(result.case_id)
        if case is None:
            return
        name = file_of(stem, case.id)
        says = (result, run.agent, case.id in run.again)
        if self._is_written(name, says):
            return
        path = self.folder / name
        report = case_report(run, case, result, number=self._numbers[case.id])
        write_file(path.with_suffix(".html"), case_page(run, case, result).encode("utf-8", "replace"))
        write_file(path, json.dumps(report, sort_keys=True).encode() + b"\n")
        self._written[name] = says

    def _is_written(self, name: str, says: tuple[Result, str, bool]) -> bool:
        written = self._written.get(name)
        return written is not None and written[0] is says[0] and written[1:] == says[1:]
