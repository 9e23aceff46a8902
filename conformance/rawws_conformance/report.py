"""What a run has shown, as JSON: Autobahn's `index.json`, and all that we know. `reports` makes files of it.

A run in `report.json` (format "rawws-conformance/report", version 1; the whole document: `reports.document`):

    agent, target, role, suite, quick                      what was tested, and how
    started, duration                                      RFC 3339 in UTC, seconds
    complete                                               false: the run was stopped before all cases were played
    counts                                                 behavior -> close behavior -> number of cases
    cases                                                  id -> an object, in the order of the numbers:
        behavior, close_behavior, result, close_result     the verdict, and a sentence for each half
        failed                                             whether this makes the exit status 1
        notes                                              what else was seen; changes no verdict
        duration, octets_sent, octets_received             seconds, octets
        played_again                                       whether it was played again because of load
        close                                              who closed, how, with which codes
        received                                           the events that came: [kind, octets, first of them as hex]
        wire                                               of a failed case, all that went over the wire: objects of
                                                           seconds, kind, text, octets, hex
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rawws_conformance import __version__
from rawws_conformance.model import Role, sort_key
from rawws_conformance.verdict import Result
from rawws_conformance.wirelog import Entry

FORMAT = "rawws-conformance/report"
VERSION = 1

#: What Autobahn calls a server that does not say what it is.
UNKNOWN = "UnknownServer"

#: Octets of a received event that a report shows.
_SHOWN = 64

#: Events of a case that a report shows.
_MOST_EVENTS = 100

Json = dict[str, Any]


@dataclass(kw_only=True)
class Run:
    """What a report is about.

    started: when. agent: how the peer is called in reports. target: a URL, or the name of an adapter. again: the cases
    that were played a second time, alone, because load may have decided them.
    """

    agent: str
    target: str
    role: Role
    quick: bool = False
    suite: str = "autobahn"
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    duration: float = 0.0
    complete: bool = True
    results: dict[str, Result] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)
    #: When each case began, where that is known.
    began: dict[str, datetime] = field(default_factory=dict)

    def in_order(self) -> list[Result]:
        """The results, by the numbers of their cases."""
        return [self.results[case_id] for case_id in sorted(self.results, key=sort_key)]

    @property
    def failed(self) -> list[Result]:
        """The cases that make the exit status 1."""
        return [result for result in self.in_order() if result.failed]


def agent_from(results: Iterable[Result], default: str = UNKNOWN) -> str:
    """What the peer calls itself in its Server or User-Agent header, as Autobahn takes it."""
    return next((result.product for result in results if result.product), default)


def report_file(agent: str, case_id: str) -> str:
    """The name of the report of a case, as Autobahn forms it."""
    name = re.sub("[^a-z0-9]", " ", agent.lower()).strip().replace(" ", "_")
    return f"{name}_case_{case_id.replace('.', '_')}.json"


def autobahn_index(runs: Iterable[Run]) -> Json:
    """The content of Autobahn's `index.json`."""
    return {
        run.agent: {
            result.case_id: {
                "behavior": result.behavior.value,
                "behaviorClose": result.close_behavior.value,
                "duration": round(result.duration * 1000),
                "remoteCloseCode": result.facts.remote_code,
                "reportfile": report_file(run.agent, result.case_id),
            }
            for result in run.in_order()
        }
        for run in runs
    }


def full_report(run: Run) -> Json:
    """The content of `report.json`."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "product": f"rawws-conformance {__version__}",
        "agent": run.agent,
        "target": run.target,
        "role": run.role.value,
        "suite": run.suite,
        "quick": run.quick,
        "complete": run.complete,
        "started": run.started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "duration": round(run.duration, 3),
        "counts": counts(run.results),
        "cases": {result.case_id: _case(result, again=result.case_id in run.again) for result in run.in_order()},
    }


def counts(results: Mapping[str, Result]) -> dict[str, dict[str, int]]:
    """How many cases ended how."""
    counter = Counter((result.behavior.value, result.close_behavior.value) for result in results.values())
    found: dict[str, dict[str, int]] = {}
    for (behavior, close), number in sorted(counter.items()):
        found.setdefault(behavior, {})[close] = number
    return found


def _case(result: Result, *, again: bool) -> Json:
    return case_entry(result, again=again) | ({"wire": wire_entries(result)} if result.failed else {})


def wire_entries(result: Result) -> list[Json]:
    """All that went over the wire in a case, as far as it was kept."""
    return [_entry(entry) for entry in result.log]


def case_entry(result: Result, *, again: bool) -> Json:
    """What `report.json` says about a case, but for the wire log. again: whether it was played a second time."""
    facts = result.facts
    return {
        "behavior": result.behavior.value,
        "close_behavior": result.close_behavior.value,
        "failed": result.failed,
        "result": result.result,
        "close_result": result.close_result,
        "notes": result.notes,
        "duration": round(result.duration, 6),
        "octets_sent": result.octets_sent,
        "octets_received": result.octets_received,
        "played_again": again,
        "close": {
            "open": facts.was_open,
            "closed_by_tester": facts.closed_by_tester,
            "failed_by_tester": facts.failed_by_tester,
            "dropped_by_tester": facts.dropped_by_tester,
            "clean": facts.clean,
            "unclean_reason": facts.unclean_reason,
            "local_code": facts.local_code,
            "local_reason_hex": facts.local_reason.hex(),
            "remote_code": facts.remote_code,
            "remote_reason_hex": facts.remote_reason.hex(),
            "violation": facts.violation,
            "expired": [wait.value for wait in facts.expired],
        },
        "received": [
            [event.kind if not event.binary else "binary message", event.length, event.payload[:_SHOWN].hex()]
            for event in result.received[:_MOST_EVENTS]
        ],
    }


def _entry(entry: Entry) -> Json:
    value: Json = {"seconds": round(entry.seconds, 6), "kind": entry.kind}
    if entry.text:
        value["text"] = entry.text
    if entry.length:
        value |= {"octets": entry.length, "hex": entry.octets.hex()}
    return value
