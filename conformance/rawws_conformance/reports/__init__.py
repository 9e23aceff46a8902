"""Verdicts as files.

| module      | what it writes or reads                                                   |
|-------------|---------------------------------------------------------------------------|
| `document`  | `report.json`: everything, in a form of our own                            |
| `autobahn`  | `index.json`, and a JSON file for each case, in Autobahn's form            |
| `page`      | `index.html`: agents side by side                                          |
| `case_page` | an HTML page for each case; `parts`, `style`, `wire` serve both             |
| `case_files`| both files of each case, as early as its verdict is there                  |
| `files`     | a file that is whole or not there                                          |
| `junit`     | JUnit XML                                                                  |
| `verdicts`  | two reports compared                                                       |
| `frames`    | frames in a wire log                                                       |

`write` writes them all; `complete` those that are still missing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from rawws_conformance.model import Case
from rawws_conformance.report import Run
from rawws_conformance.reports.autobahn import index
from rawws_conformance.reports.case_files import CaseFiles
from rawws_conformance.reports.document import Json, document
from rawws_conformance.reports.files import write_file
from rawws_conformance.reports.page import page

__all__ = ["CaseFiles", "complete", "write", "write_junit"]


def write(folder: Path, runs: Sequence[Run], cases: Mapping[str, Case]) -> Json:
    """Write everything but JUnit XML into a folder, made if it is not there. Raises OSError.

    cases: the selected ones, by id, in order. Returns what is in `report.json`.
    """
    return complete(CaseFiles(folder, cases), runs)


def complete(case_files: CaseFiles, runs: Sequence[Run]) -> Json:
    """What `write` does, where some of the files of cases may be written already. Raises OSError.

    Each file is whole or not there; `index.json` and `report.json` come last, so that whoever waits for them finds the
    others.
    """
    folder = case_files.folder
    folder.mkdir(parents=True, exist_ok=True)
    case_files.write(runs)
    written = document(runs)
    write_file(folder / "index.html", page(written).encode("utf-8", "replace"))
    write_file(folder / "index.json", json.dumps(index(runs), sort_keys=True, indent=3).encode() + b"\n")
    write_file(folder / "report.json", json.dumps(written, indent=1).encode() + b"\n")
    return written


def write_junit(path: Path, written: Json) -> None:
    """Write JUnit XML. Raises OSError."""
    from rawws_conformance.reports.junit import junit  # noqa: PLC0415 - few need it, and nobody else XML

    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, junit(written))
