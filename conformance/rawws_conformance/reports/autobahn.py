"""Reports as Autobahn writes them: `index.json`, and a JSON file for each case, field by field.

What is in them is ours: our own words for `result` and `resultClose`, our own view of the wire.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from rawws_conformance.endpoint import Wait
from rawws_conformance.model import Case, CloseAfter, KillAfter, Refused, Role
from rawws_conformance.model import Wait as WaitStep
from rawws_conformance.report import Run, autobahn_index, report_file
from rawws_conformance.reports.document import Json, timestamp
from rawws_conformance.reports.frames import FrameView, LoggedFrame
from rawws_conformance.reports.traffic import traffic
from rawws_conformance.verdict import Came, Result, expected_events
from rawws_conformance.wirelog import Entry

#: Octets of a payload, or of one write, that a report shows.
_SHOWN = 64

#: The longest name of an agent in the name of a file.
_NAME = 100

#: Rows of a wire log: more frames than this say nothing new, and nobody reads them.
_MOST_ROWS = 500

#: What Autobahn's rows call a timer that was set, and one that fired.
_FIRED = {Wait.SCRIPT: "CTE", Wait.CLOSE_AFTER: "TIE", Wait.KILL_AFTER: "KLE"}


_WAITS = {WaitStep: Wait.SCRIPT, CloseAfter: Wait.CLOSE_AFTER, KillAfter: Wait.KILL_AFTER}


def stems(runs: Iterable[Run]) -> list[str]:
    """How the names of each run's files begin. Where Autobahn's rule gives two agents the same, one gets a number."""
    taken: list[str] = []
    for run in runs:
        stem = report_file(run.agent, "0").removesuffix("_case_0.json")[:_NAME].rstrip("_") or "agent"
        name, number = stem, 1
        while name in taken:
            number += 1
            name = f"{stem}_{number}"
        taken.append(name)
    return taken


def file_of(stem: str, case_id: str) -> str:
    """The file of a case."""
    return f"{stem}_case_{case_id.replace('.', '_')}.json"


def index(runs: Sequence[Run]) -> Json:
    """The content of `index.json`."""
    found = autobahn_index(runs)
    for run, stem in zip(runs, stems(runs), strict=True):
        for case_id, case in found[run.agent].items():
            case["reportfile"] = file_of(stem, case_id)
    return found


def case_report(run: Run, case: Case, result: Result, *, number: int) -> Json:
    """The content of the file of one case. number: its place among the selected cases, from 1."""
    facts = result.facts
    view = FrameView()
    rows: list[list[Any]] = []
    opcodes: Counter[tuple[bool, int]] = Counter()
    has_stats = case.echo is None
    for entry in result.log:
        completed = list(view.frames(entry))
        opcodes.update((frame.sent, frame.opcode) for frame in completed)
        if len(rows) < _MOST_ROWS:
            rows += _rows(entry, completed, case)
    if len(rows) > _MOST_ROWS:
        rows[_MOST_ROWS:] = [["WLM", False]]
    sent, received = ("httpResponse", "httpRequest") if run.role is Role.CLIENT else ("httpRequest", "httpResponse")
    closing = case.closing
    expected_close: Json = {
        "closedByMe": closing.by_tester,
        "closeCode": list(closing.codes),
        "requireClean": closing.clean,
    }
    if closing.wrong_closer_fails:
        expected_close["closedByWrongEndpointIsFatal"] = True
    return {
        "case": number,
        "id": case.id,
        "agent": run.agent,
        "description": case.sends,
        "expectation": case.expects,
        "started": timestamp(run.began.get(case.id, run.started)),
        "duration": _milliseconds(result),
        "reportTime": timestamp(datetime.now(UTC)),
        "reportCompressionRatio": None,
        "behavior": result.behavior.value,
        "behaviorClose": result.close_behavior.value,
        "expected": _expected(case),
        "expectedClose": expected_close,
        "received": [_event(each) for each in result.received],
        "result": result.result,
        "resultClose": result.close_result,
        "wirelog": rows,
        "createWirelog": has_stats,
        "createStats": has_stats,
        "closedByMe": facts.closed_by_tester,
        "failedByMe": facts.failed_by_tester,
        "droppedByMe": facts.dropped_by_tester,
        "wasClean": facts.clean,
        "wasNotCleanReason": facts.unclean_reason or facts.opening_failed,
        "wasServerConnectionDropTimeout": Wait.TCP_END in facts.expired,
        "wasOpenHandshakeTimeout": Wait.OPENING in facts.expired,
        "wasCloseHandshakeTimeout": Wait.CLOSE_REPLY in facts.expired,
        "localCloseCode": facts.local_code,
        "localCloseReason": _reason(facts.local_reason),
        "remoteCloseCode": facts.remote_code,
        "remoteCloseReason": _reason(facts.remote_reason),
        "isServer": run.role is Role.CLIENT,
        **(_stats(result.log, opcodes) if has_stats else _stats([], Counter())),
        sent: view.head("sent"),
        received: view.head("received"),
        "trafficStats": traffic(case, result, view) if case.deflate else None,
    }


def _milliseconds(result: Result) -> int:
    return math.floor(result.duration * 1000 + 0.5)


def _reason(octets: bytes) -> str | None:
    return octets.decode("utf-8", "backslashreplace") if octets else None


def _shown(octets: bytes, *, text: bool) -> str:
    """Octets as text, or as 0x and hex, shortened."""
    more = "…" if len(octets) > _SHOWN else ""
    head = octets[:_SHOWN]
    if text:
        try:
            # A cut may go through a character: what is left of it is left out.
            return head.decode("utf-8", "ignore" if more else "strict") + more
        except UnicodeDecodeError:
            pass
    return f"0x{head.hex()}{more}"


def _expected(case: Case) -> Json:
    """Verdicts, each with the events of its first outcome."""
    found: Json = {}
    for outcome, events in expected_events(case):
        found.setdefault(outcome.verdict.value, [_event(each) for each in events])
    return found


def _event(event: Came | Refused) -> list[Any]:
    """An event as ["message", payload, binary], ["ping", payload], ["pong", payload] or ["timeout", name].

    Two kinds are in no case of Autobahn: ["refused", status] (expected: the lowest one) and ["lost"].
    """
    if isinstance(event, Refused):
        return ["refused", event.statuses[0]]
    if event.kind == "timeout":
        return ["timeout", event.payload.decode()]
    if event.kind == "refused":
        return ["refused", event.status]
    if event.kind == "lost":
        return ["lost"]
    value: list[Any] = [event.kind, _shown(event.payload, text=not event.binary)]
    return [*value, event.binary] if event.kind == "message" else value


def _rows(entry: Entry, completed: list[LoggedFrame], case: Case) -> Iterator[list[Any]]:
    """The rows that one entry of our log is in Autobahn's."""
    if entry.kind in {"sent", "received"}:
        row = [entry.length, entry.octets[:_SHOWN].hex()]
        if entry.kind == "received":
            yield ["RO", row]
        for frame in completed:
            yield _frame_row(frame)
        if entry.kind == "sent":
            yield ["TO", row]
    elif entry.kind == "note":
        if entry.text == "the opening handshake is complete":
            yield from _timers(case)
        elif "are not kept" in entry.text:
            yield ["WLM", False]
        elif entry.text == "round trips end":
            yield ["WLM", True]
        else:
            for wait, name in _FIRED.items():
                if entry.text == f"time is up: {wait.value}":
                    yield [name, _delay(case, wait)]


def _frame_row(frame: LoggedFrame) -> list[Any]:
    shown = _shown(frame.payload, text=frame.opcode in {0, 1, 9, 10})
    if frame.length > len(frame.payload):
        shown = shown.removesuffix("…") + "…"
    key = frame.key.hex() if frame.key is not None else None
    row: list[Any] = [[frame.length, shown], frame.opcode, frame.fin, frame.rsv]
    # Sent: mask, repeat length, chopsize, sync. Received: masked, mask.
    return ["TF", *row, key, None, None, False] if frame.sent else ["RF", *row, frame.key is not None, key]


def _timers(case: Case) -> Iterator[list[Any]]:
    for step in case.script:
        if isinstance(step, CloseAfter):
            yield ["TI", step.seconds]
        elif isinstance(step, KillAfter):
            yield ["KL", step.seconds]
        elif isinstance(step, WaitStep):
            yield ["CT", step.seconds]


def _delay(case: Case, wait: Wait) -> float | None:
    """The seconds of the timer that fired; of the pauses of a script the first."""
    for step in case.script:
        if isinstance(step, (WaitStep, CloseAfter, KillAfter)) and _WAITS[type(step)] is wait:
            return step.seconds
    return None


def _stats(log: Sequence[Entry], opcodes: Counter[tuple[bool, int]]) -> Json:
    """How many reads and writes of which size, and how many frames of which opcode, keyed by text.

    opcodes: of the frames in the log, whether they were sent and which opcode they have.
    """
    octets = {kind: Counter(each.length for each in log if each.kind == kind) for kind in ("sent", "received")}
    frames = {
        ours: Counter({opcode: number for (sent, opcode), number in opcodes.items() if sent is ours})
        for ours in (True, False)
    }
    return {
        "rxOctetStats": _texts(octets["received"]),
        "rxFrameStats": _texts(frames[False]),
        "txOctetStats": _texts(octets["sent"]),
        "txFrameStats": _texts(frames[True]),
    }


def _texts(counter: Counter[int]) -> dict[str, int]:
    return {str(key): counter[key] for key in sorted(counter)}
