"""What the HTML reports share: colours and signs of verdicts, the frame of a document, the sentences behind a case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from rawws.spec import REQUIREMENTS
from rawws_conformance.model import Case
from rawws_conformance.reports.style import STYLE
from rawws_conformance.reports.verdicts import Verdict

#: Class in the style sheet, sign, and words, of each colour.
COLOURS = {
    "good": ("✓", "OK"),
    "info": ("i", "informational"),
    "soft": ("~", "not strict"),
    "none": ("–", "not implemented"),
    "bad": ("✗", "failed"),
}

#: The colours of what nobody has to look at.
ALL_RIGHT = frozenset(("good", "info"))

_BEHAVIORS = {
    "OK": "good",
    "INFORMATIONAL": "info",
    "NON-STRICT": "soft",
    "UNIMPLEMENTED": "none",
}


def colour(verdict: Verdict) -> str:
    """The class of a verdict in the style sheet."""
    return "bad" if verdict.failed else _BEHAVIORS.get(verdict.behavior, "bad")


def html_document(title: str, body: Sequence[str]) -> str:
    """A whole HTML document that needs nothing from elsewhere."""
    return "".join([
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
        f"<title>{escape(title[:200])}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        *body,
        "</body>\n</html>\n",
    ])


def name_with_breaks(name: str) -> str:
    """A name as HTML that may be broken behind its dots, dashes and underscores, and between no other letters."""
    parts: list[str] = []
    for char in name:
        parts.append(escape(char))
        if char in "._-/":
            parts.append("<wbr>")
    return "".join(parts)


def about(case: Case) -> str:
    """What a case sends, what it expects, and the sentences of the RFCs that it tests: a `dl`."""
    head = f"<dl><dt>Sent<dd>{escape(case.sends)}<dt>Expected<dd>{escape(case.expects)}"
    quotes = "".join(_quotes(case))
    return f"{head}{'<dt>Why' if quotes else ''}{quotes}</dl>"


def _quotes(case: Case) -> Iterator[str]:
    for name in case.requirements:
        requirement = REQUIREMENTS[name]
        place = f"RFC {requirement.rfc} §{requirement.section}"
        yield f'<dd>{place}: <q>{escape(requirement.text)}</q> <span class="small faint">{escape(name)}</span>'
