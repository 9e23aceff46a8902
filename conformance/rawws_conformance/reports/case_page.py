"""An HTML page for one case of one agent, beside the JSON file that Autobahn would write: what was sent, what came."""

from __future__ import annotations

from html import escape

from rawws_conformance.model import Case
from rawws_conformance.report import Run, case_entry, wire_entries
from rawws_conformance.reports.document import Json
from rawws_conformance.reports.parts import about, colour, html_document
from rawws_conformance.reports.verdicts import Verdict
from rawws_conformance.reports.wire import wire_text
from rawws_conformance.verdict import Result

#: Octets of the wire log on the page.
_WIRE_OCTETS = 16 * 1024

#: Octets of an event on the page.
_EVENT_OCTETS = 32


def case_page(run: Run, case: Case, result: Result) -> str:
    """The page of one case."""
    found = case_entry(result, again=case.id in run.again)
    verdict = Verdict(found["behavior"], found["close_behavior"])
    sentences = dict.fromkeys([found["result"], found["close_result"], *map(str, found["notes"])])
    wire = wire_text(wire_entries(result), _WIRE_OCTETS, elsewhere="…")
    body = [
        f"<header><h1>{escape(case.id)} {escape(case.group)}</h1>\n",
        f'<p class="faint">{escape(run.agent)}, {escape(run.role.value)}, {escape(run.target)}</p></header>\n<main>\n',
        f'<p><span class="mark {colour(verdict)}">{escape(str(verdict))}</span>\n',
        f"<ul>{''.join(f'<li>{escape(each)}' for each in sentences)}</ul>\n{about(case)}\n",
        f"<h2>What came</h2>\n{_events(found)}<h2>How it ended</h2>\n<dl>{_closing(found)}</dl>\n",
        f"<h2>Wire log</h2>\n<pre>{escape(wire)}</pre>\n</main>\n",
        f"<footer><p>{found['octets_sent']} octets sent, {found['octets_received']} received, ",
        f"in {found['duration']:.3f} s.</p></footer>\n",
    ]
    return html_document(f"{case.id} {run.agent}", body)


def _events(found: Json) -> str:
    rows = []
    for kind, length, shown in found["received"]:
        octets = bytes.fromhex(shown)[:_EVENT_OCTETS]
        words = escape(octets.hex(" ")) + (" …" if length > len(octets) else "")
        rows.append(f"<li>{escape(kind)}, {length} octet{'' if length == 1 else 's'} <code>{words}</code>")
    return f"<ol>{''.join(rows)}</ol>\n" if rows else "<p>No message, no ping and no pong.</p>\n"


def _closing(found: Json) -> str:
    close = found["close"]
    rows = {
        "First Close": "the tester's" if close["closed_by_tester"] else "not the tester's",
        "Tester's code": _code(close["local_code"], close["local_reason_hex"]),
        "Peer's code": _code(close["remote_code"], close["remote_reason_hex"]),
        "Clean": "yes" if close["clean"] else f"no: {close['unclean_reason'] or 'there was no closing handshake'}",
        "TCP": "ended by the tester" if close["dropped_by_tester"] else "not ended by the tester",
        "Time was up": ", ".join(close["expired"]) or "never",
    }
    if not close["open"]:
        rows = {"Open": "never"}
    return "".join(f"<dt>{name}<dd>{escape(str(words))}" for name, words in rows.items())


def _code(code: int | None, reason: str) -> str:
    words = bytes.fromhex(reason).decode("utf-8", "backslashreplace")
    return "none" if code is None else f"{code} {words}".rstrip()
