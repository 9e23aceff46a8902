"""Verdicts as files.

| module      | what it writes or reads                                                   |
|-------------|---------------------------------------------------------------------------|
| `document`  | `report.json`: everything, in a form of our own                            |
| `autobahn`  | `index.json`, and a JSON file for each case, in Autobahn's form            |
| `page`      | `index.html`: agents side by side                                          |
| `case_page` | an HTML page for each case; `parts`, `style`, `wire` serve both             |
| `junit`     | JUnit XML                                                                  |
| `verdicts`  | two reports compared                                                       |
| `frames`    | frames in a wire log                                                       |

`write` writes them all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rawws_conformance.model import Case
from rawws_conformance.report import Run
from rawws_conformance.reports.autobahn import case_reports, index
from rawws_conformance.reports.case_page import case_pages
from rawws_conformance.reports.document import Json, document
from rawws_conformance.reports.page import page

__all__ = ["write", "write_file", "write_junit"]


def write(folder: Path, runs: Sequence[Run], cases: Mapping[str, Case]) -> Json:
    """Write everything but JUnit XML into a folder, made if it is not there. Raises OSError.

    cases: the selected ones, by id, in order. Each file is whole or not there; `index.json` and `report.json` come
    last, so that whoever waits for them finds the others. Returns what is in `report.json`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, octets in _case_files(runs, cases):
        write_file(folder / name, octets)
    written = document(runs)
    write_file(folder / "index.html", page(written).encode("utf-8", "replace"))
    write_file(folder / "index.json", json.dumps(index(runs), sort_keys=True, indent=3).encode() + b"\n")
    write_file(folder / "report.json", json.dumps(written, indent=1).encode() + b"\n")
    return written


def _case_files(runs: Sequence[Run], cases: Mapping[str, Case]) -> Iterator[tuple[str, bytes]]:
    """The files with one case each: names and content."""
    for name, text in case_pages(runs, cases):
        yield name, text.encode("utf-8", "replace")
    for name, content in case_reports(runs, cases):
        yield name, json.dumps(content, sort_keys=True).encode() + b"\n"


def write_junit(path: Path, written: Json) -> None:
    """Write JUnit XML. Raises OSError."""
    from rawws_conformance.reports.junit import junit  # noqa: PLC0415 - few need it, and nobody else XML

    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, junit(written))


def write_file(path: Path, octets: bytes) -> None:
    """Write a file that is whole or not there. Raises OSError."""
    temporary = path.parent / f".{path.name}.{os.getpid()}"
    try:
        temporary.write_bytes(octets)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
