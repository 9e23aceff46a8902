"""What the fuzzing server shows to a browser: what it is, and how every client has done so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from rawws_conformance.model import Case
from rawws_conformance.opening import PRODUCT
from rawws_conformance.verdict import Result

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse}td,th{padding:.2rem .8rem .2rem 0;text-align:left}code{overflow-wrap:anywhere}"
)

_URLS = (
    ("/getCaseCount", "how many cases are selected"),
    ("/runCase?case=N&agent=NAME", "play case N (or casetuple=ID); send every message back as it came"),
    ("/getCaseInfo?case=N", "what case N is"),
    ("/getCaseStatus?case=N&agent=NAME", "how case N went"),
    ("/updateReports?agent=NAME", "write the reports; &amp;shutdownOnComplete=true ends the server, too"),
    ("/stopServer", "end the server"),
)


def welcome(cases: Sequence[Case], standing: Mapping[str, Sequence[Result]]) -> str:
    """The page, as HTML."""
    urls = "".join(f"<tr><td><code>{escape(url)}</code><td>{words}" for url, words in _URLS)
    rows = "".join(
        f"<tr><td>{escape(agent)}<td>{len(results)}<td>{sum(result.failed for result in results)}"
        for agent, results in sorted(standing.items())
    )
    table = f"<h2>Clients so far</h2><table><tr><th>Agent<th>Played<th>Failed{rows}</table>" if rows else ""
    return (
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(PRODUCT)}</title><style>{_STYLE}</style><h1>{escape(PRODUCT)}</h1>"
        f"<p>This is a fuzzing server: it plays {len(cases)} cases against WebSocket clients. Connect with a WebSocket "
        f"client under test to</p><table>{urls}</table>{table}</html>\n"
    )


def response(page: str | None, *, head_only: bool) -> bytes:
    """An HTTP response with this page; without one, the word that this method is not for us."""
    status = "200 OK" if page is not None else "405 Method Not Allowed"
    body = (page if page is not None else "Only GET, and WebSocket.\n").encode()
    lines = [
        f"HTTP/1.1 {status}",
        f"Server: {PRODUCT}",
        f"Content-Type: text/{'html' if page is not None else 'plain'}; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    if page is None:
        lines.append("Allow: GET, HEAD")
    return "\r\n".join([*lines, "", ""]).encode() + (b"" if head_only else body)
