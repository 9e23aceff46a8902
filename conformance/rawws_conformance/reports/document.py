"""`report.json`: everything that is known about one or more runs, as one JSON document; written and read.

    format, version          "rawws-conformance/report" and 1; `schema/report-1.schema.json` says what may stand where
    product                  the release of this package that wrote it
    made                     when; RFC 3339 in UTC
    runs                     a list with an object for each agent:
        agent, target, role  what was tested: its name, a URL or an adapter, and which end of the connection it was
        suite, quick         which cases, and whether with fewer messages in groups 9, 12 and 13
        complete             false: the run was stopped before all cases were played
        started, duration    RFC 3339 in UTC, seconds
        counts               behavior -> close behavior -> number of cases
        cases                id -> what `rawws_conformance.report` says about a case, in the order of the numbers; of a
                             failed case `wire` is all that went over the wire, as hex
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rawws_conformance import __version__
from rawws_conformance.report import FORMAT, VERSION, Run, full_report

Json = dict[str, Any]

#: What of `full_report` belongs to the document and not to the run.
_HEADER = ("format", "version", "product")

#: More octets than this are no report of ours: one with every case failed and its whole wire log has half of that.
_MOST_OCTETS = 1 << 30


class ReportError(ValueError):
    """This is no report that can be read; the text says which file and why."""


def document(runs: Iterable[Run]) -> Json:
    """All runs as one document."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "product": f"rawws-conformance {__version__}",
        "made": timestamp(datetime.now(UTC)),
        "runs": [{name: value for name, value in full_report(run).items() if name not in _HEADER} for run in runs],
    }


def timestamp(moment: datetime) -> str:
    """A moment as both JSON files write it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def merge(documents: Iterable[Json]) -> Json:
    """One document with the runs of all; an agent that is there twice gets a number behind its name."""
    runs: list[Json] = []
    seen: set[str] = set()
    for each in documents:
        for run in each["runs"]:
            agent, number = run["agent"], 1
            while agent in seen:
                number += 1
                agent = f"{run['agent']} ({number})"
            seen.add(agent)
            runs.append(run | {"agent": agent})
    merged = document([])
    merged["runs"] = runs
    return merged


def find(path: Path) -> Path:
    """The report that a path stands for: itself, or the one in this folder, ours before Autobahn's.

    Raises ReportError.
    """
    if not path.is_dir():
        return path
    for name in ("report.json", "index.json"):
        if (path / name).is_file():
            return path / name
    raise ReportError(f"{path} holds neither report.json nor index.json")


def load_json(path: Path) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """What is in a file. Raises ReportError."""
    try:
        if path.stat().st_size > _MOST_OCTETS:
            raise ReportError(f"{path} is too large for a report")
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise ReportError(f"{path} cannot be read: {exc.strerror or exc}") from None
    except (ValueError, RecursionError) as exc:
        if isinstance(exc, ReportError):
            raise
        raise ReportError(f"{path} is no JSON: {exc}") from None


def read(path: Path) -> Json:
    """A `report.json`, checked as far as the other modules of this package rely on it. Raises ReportError."""
    found = find(path)
    value = load_json(found)
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise ReportError(f'{found} is no document of the format "{FORMAT}"')
    if value.get("version") != VERSION:
        raise ReportError(f"{found} has version {value.get('version')!r}; this is a reader of version {VERSION}")
    runs = value.get("runs")
    if not isinstance(runs, list) or not all(_is_run(run) for run in runs):
        raise ReportError(f"{found} lacks what a report has to hold: see schema/report-1.schema.json")
    return value


_RUN = {"agent": str, "target": str, "role": str, "quick": bool, "complete": bool, "started": str, "cases": dict}
_CASE = {"behavior": str, "close_behavior": str, "failed": bool, "result": str, "close_result": str, "notes": list}


def _is_run(run: object) -> bool:
    return _has(run, _RUN) and all(_has(case, _CASE) and _has_numbers(case) for case in run["cases"].values())  # type: ignore[index]


def _has(value: object, fields: Mapping[str, type]) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(name), kind) for name, kind in fields.items())


def _has_numbers(case: Json) -> bool:
    return isinstance(case.get("duration"), (int, float))


def numbers(case_id: str) -> tuple[tuple[int, int, str], ...]:
    """A key to sort case ids by: numbers by their value, words behind them."""
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in case_id.split("."))
