"""The HTML report: one file, nothing from elsewhere, agents side by side.

It needs no script: groups fold as `details`, and the two filters are check boxes that the style sheet looks at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from rawws_conformance.reports.document import Json, numbers
from rawws_conformance.reports.parts import ALL_RIGHT, COLOURS, about, colour, html_document, name_with_breaks
from rawws_conformance.reports.verdicts import Verdict
from rawws_conformance.reports.wire import wire_text
from rawws_conformance.reports.words import GROUPS, case_of, group_of

#: Octets of a case's wire log on the page; `report.json` has all of them.
_WIRE_OCTETS = 6000

#: Wire logs on the page; a peer that fails everything would make it too large for a phone.
_WIRE_LOGS = 400

#: More agents than this have only signs on a phone, and more than that scroll sideways on a screen.
_FEW, _MANY = 3, 8

_FAULTY, _DIFFER = "Only what is not OK", "Only where agents differ"

_ELSEWHERE = "The same, with the whole wire log of each failed case, is in report.json."

_QUICK = "quick run: fewer messages in groups 9, 12 and 13"


def page(document: Json) -> str:
    """A `report.json` as an HTML document."""
    runs = document["runs"]
    ids = sorted({case_id for run in runs for case_id in run["cases"]}, key=numbers)
    title = f"WebSocket conformance: {', '.join(run['agent'] for run in runs) or 'nothing'}"
    all_quick = bool(runs) and all(run["quick"] for run in runs)
    body = [
        f'<input type="checkbox" id="faulty" class="switch" aria-label="{_FAULTY}">',
        f'<input type="checkbox" id="differ" class="switch" aria-label="{_DIFFER}">',
        f"\n<header><h1>WebSocket conformance</h1>\n{_subtitle(document, len(ids), quick=all_quick)}</header>\n",
        "<main>\n",
        f'<div class="agents">{"".join(_agent(run, say_quick=not all_quick) for run in runs)}</div>\n',
        _filters(several=len(runs) > 1),
        *_groups(runs, ids),
        *_details(runs, ids),
        f"</main>\n<footer><p>Written by {escape(document['product'])}. {_ELSEWHERE}</p></footer>\n",
    ]
    return html_document(title, body)


def _subtitle(document: Json, count: int, *, quick: bool) -> str:
    day = escape(str(document["made"])[:16].replace("T", " "))
    more = f", {_QUICK}" if quick else ""
    return f'<p class="faint">{count} case{"" if count == 1 else "s"}, {day} UTC{more}</p>'


def _verdict(case: Json) -> Verdict:
    return Verdict(case["behavior"], case["close_behavior"])


def _agent(run: Json, *, say_quick: bool) -> str:
    """The card of one agent."""
    colours = Counter(colour(_verdict(case)) for case in run["cases"].values())
    bar = "".join(f'<i class="{name}" style="flex:{colours[name]}"></i>' for name in COLOURS if colours[name])
    counts = "".join(
        f'<li class="mark {name}">{sign} {colours[name]} {words}'
        for name, (sign, words) in COLOURS.items()
        if colours[name]
    )
    marks = []
    if run["quick"] and say_quick:
        marks.append(_QUICK)
    if not run["complete"]:
        marks.append("stopped before all cases were played")
    notes = "".join(f'<p class="small"><span class="mark soft wraps">{mark}</span>' for mark in marks)
    return (
        f'<section class="agent"><div class="name"><h3>{escape(run["agent"])}</h3>'
        f'<span class="small faint">{escape(run["role"])}, {escape(run["target"])}</span></div>'
        f'<div class="bar" aria-hidden="true">{bar}</div><ul class="counts">{counts}</ul>{notes}</section>'
    )


def _filters(*, several: bool) -> str:
    shown = [("faulty", _FAULTY), ("differ", _DIFFER)][: 2 if several else 1]
    labels = "".join(
        f'<label class="for-{name}" for="{name}"><span class="box" aria-hidden="true"></span>{words}</label>'
        for name, words in shown
    )
    return f'<div class="filters">{labels}</div>\n'


def _groups(runs: Sequence[Json], ids: Sequence[str]) -> Iterator[str]:
    """A folding table for each group; open where something failed."""
    shape = "scroll" + " many" * (len(runs) > _FEW) + " wide" * (len(runs) > _MANY)
    heads = "".join(f'<th scope="col" class="agent-head">{name_with_breaks(run["agent"])}' for run in runs)
    columns = f'<th scope="col" class="number">Case<th scope="col" class="sends">What is sent{heads}'
    for group in dict.fromkeys(map(group_of, ids)):
        members = [case_id for case_id in ids if group_of(case_id) == group]
        rows = [_row(runs, case_id) for case_id in members]
        fine = all(row.fine for row in rows)
        failed = any(each in run["cases"] and run["cases"][each]["failed"] for run in runs for each in members)
        same = all(row.same for row in rows)
        classes = "group" + " allfine" * fine + " allsame" * same
        title = f"<b>{escape(group)} {escape(GROUPS.get(group, ''))}</b>"
        yield (
            f'<details class="{classes}"{" open" if failed else ""}><summary>{title}{_tally(runs, members)}</summary>\n'
            f'<div class="{shape}" style="--agents:{len(runs)}"><table><thead><tr>{columns}</thead><tbody>\n'
            f"{''.join(row.html for row in rows)}</tbody></table></div></details>\n"
        )


def _tally(runs: Sequence[Json], members: Sequence[str]) -> str:
    """How each agent did in a group, in a word; one word for all where all did well."""
    marks = []
    for run in runs:
        colours = Counter(colour(_verdict(run["cases"][each])) for each in members if each in run["cases"])
        signs = " ".join(f"{COLOURS[name][0]} {colours[name]}" for name in ("soft", "none", "bad") if colours[name])
        if signs:
            worst = next(name for name in ("bad", "none", "soft") if colours[name])
            agent = f"{escape(run['agent'])} " if len(runs) > 1 else ""
            marks.append(f'<span class="mark small wraps {worst}">{agent}{signs}</span>')
    return "".join(marks) or f'<span class="mark small good">✓ {len(members)}</span>'


class _Row:
    """A case in a table. fine: every agent that played it is all right. same: all agents got the same verdict."""

    def __init__(self, html: str, *, fine: bool, same: bool) -> None:
        self.html = html
        self.fine = fine
        self.same = same


def _row(runs: Sequence[Json], case_id: str) -> _Row:
    cases = [run["cases"].get(case_id) for run in runs]
    verdicts = [None if case is None else _verdict(case) for case in cases]
    fine = all(verdict is None or colour(verdict) in ALL_RIGHT for verdict in verdicts)
    same = len({None if verdict is None else str(verdict) for verdict in verdicts}) <= 1
    known = case_of(case_id)
    classes = " ".join(["fine"] * fine + ["same"] * same)
    cells = "".join(map(_cell, verdicts, [case_id] * len(runs)))
    html = (
        f'<tr class="{classes}"><th scope="row" class="id">{escape(case_id)}'
        f'<td class="sends">{escape(known.sends if known else "")}{cells}\n'
    )
    return _Row(html, fine=fine, same=same)


def _cell(verdict: Verdict | None, case_id: str) -> str:
    if verdict is None:
        return '<td class="verdict absent"><span aria-hidden="true">·</span> <span class="words">not played</span>'
    name = colour(verdict)
    words, more = verdict.behavior, ""
    if verdict.close not in {"OK", "INFORMATIONAL"}:
        words, more = f"close {verdict.close}", f"behavior {words}"
        if verdict.behavior == "FAILED":
            words, more = verdict.behavior, words
    small = f"<small>{escape(more)}</small>" if more else ""
    text = f'<span aria-hidden="true">{COLOURS[name][0]}</span> <span class="words">{escape(words)}{small}</span>'
    if name not in ALL_RIGHT:
        text = f'<a href="#case-{escape(case_id)}">{text}</a>'
    return f'<td class="verdict {name}">{text}'


def _details(runs: Sequence[Json], ids: Sequence[str]) -> Iterator[str]:
    """Every case that somebody did not do well in: what it sends, what it expects, what came."""
    logs = 0
    first = True
    for case_id in ids:
        found = [(run, run["cases"][case_id]) for run in runs if case_id in run["cases"]]
        wanting = [(run, case) for run, case in found if colour(_verdict(case)) not in ALL_RIGHT]
        if not wanting:
            continue
        if first:
            first = False
            yield "<h2>What is not OK</h2>\n"
        known = case_of(case_id)
        head = f'<section class="case" id="case-{escape(case_id)}"><h3><span class="id">{escape(case_id)}</span>'
        group = f'<span class="faint">{escape(known.group)}</span>' if known else ""
        yield f"{head}{group}</h3>{about(known) if known else ''}"
        for run, case in wanting:
            show = logs < _WIRE_LOGS
            logs += "wire" in case
            yield _found(run, case, several=len(runs) > 1, show_wire=show)
        yield "</section>\n"


def _found(run: Json, case: Json, *, several: bool, show_wire: bool) -> str:
    verdict = _verdict(case)
    name = f"<b>{escape(run['agent'])}</b> " if several else ""
    sentences = list(dict.fromkeys([case["result"], case["close_result"], *map(str, case["notes"])]))
    listed = "".join(f"<li>{escape(sentence)}" for sentence in sentences)
    return (
        f'<div class="found"><p>{name}<span class="mark {colour(verdict)}">{escape(str(verdict))}</span>'
        f"<ul>{listed}</ul>{_wire(case) if show_wire else ''}</div>"
    )


def _wire(case: dict[str, Any]) -> str:
    """The wire log of a failed case, folded."""
    entries = case.get("wire")
    if not entries:
        return ""
    text = wire_text(entries, _WIRE_OCTETS)
    return f'<details class="wire"><summary class="small">Wire log</summary><pre>{escape(text)}</pre></details>'
