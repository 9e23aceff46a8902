"""The list of sentences: well-formed, and what the code cites and quotes is in it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from rawws.spec import REQUIREMENTS, Requirement
from rawws.spec.requirements import _ROWS

PACKAGE = Path(__file__).parents[2] / "rawws"
SOURCES = sorted(PACKAGE.rglob("*.py"))

#: The RFCs that the list takes from, and the number of their last section (appendices have none).
LAST_SECTION = {6455: 14, 6585: 9, 7692: 10, 9110: 19, 9112: 13}

CITED = re.compile(r"(?<![\w.-])\d{4}-[\d.]+-\d+(?![\w-])")
DATE = re.compile(r"(?:19|20)\d\d-\d\d-\d\d")
QUOTED = re.compile(r'(?<![\w.-])(\d{4}-[\d.]+-\d+): (?:\w+ )?"')

each_row = pytest.mark.parametrize("row", REQUIREMENTS.values(), ids=lambda row: row.id)


def test_ids_are_unique() -> None:
    """No two rows share an id: a dictionary would drop the first without a word."""
    ids = [row[0] for row in _ROWS]
    assert sorted(ids) == sorted(set(ids))
    assert list(REQUIREMENTS) == ids


@each_row
def test_an_id_names_rfc_section_and_ordinal(row: Requirement) -> None:
    """An id is `RFC-section-ordinal`, of an RFC that the list takes from and a section that it can have."""
    assert re.fullmatch(r"\d{4}-[1-9]\d*(\.[1-9]\d*)*-[1-9]\d*", row.id)
    assert 1 <= int(row.section.split(".")[0]) <= LAST_SECTION[row.rfc]
    assert row.id.startswith(f"{row.rfc}-{row.section}-")


def test_ordinals_of_a_section_leave_no_gap() -> None:
    """The ordinals of a section are 1, 2, 3 …: what was cited once is never taken out or numbered anew."""
    ordinals = defaultdict(list)
    for row in REQUIREMENTS.values():
        ordinals[row.rfc, row.section].append(int(row.id.rsplit("-", 1)[1]))
    assert ordinals == {section: list(range(1, len(given) + 1)) for section, given in ordinals.items()}


@each_row
def test_a_text_is_a_sentence(row: Requirement) -> None:
    """A text is one line of ASCII that ends as a sentence does: no break, no double blank, no bullet left over."""
    assert row.text.isascii()
    assert row.text.endswith(".")
    assert row.text == " ".join(row.text.split())
    assert not re.search(r" [o*] ", row.text)


@each_row
def test_a_role_fits_its_sentence(row: Requirement) -> None:
    """A row binds the client, the server or both, and the one its sentence begins with where it begins so."""
    assert row.role in {"client", "server", "both"}
    subject = re.match(r"(?:A|The) (client|server) (?:MUST|SHOULD|MAY)\b", row.text)
    assert subject is None or row.role == subject[1]


def test_what_the_code_cites_is_in_the_list() -> None:
    """Every id that stands anywhere in rawws is the id of a row, and the list is not cited in vain."""
    cited = {
        name: path.relative_to(PACKAGE)
        for path in SOURCES
        if path.name != "requirements.py"
        for name in CITED.findall(path.read_text(encoding="utf-8"))
        if not DATE.fullmatch(name)
    }
    assert cited
    assert {name: path for name, path in cited.items() if name not in REQUIREMENTS} == {}


def test_what_the_code_quotes_is_what_the_list_says() -> None:
    """Where the code writes an id and a quotation behind it, the quotation is a piece of that row's text."""
    quotes = [(path.name, *quote) for path in SOURCES for quote in _quotes(path.read_text(encoding="utf-8"))]
    assert len(quotes) > 10
    wrong = [(name, cited, quote) for name, cited, quote in quotes if not _is_from(quote, REQUIREMENTS[cited].text)]
    assert wrong == []


@pytest.mark.parametrize(
    ("comment", "right"),
    [
        ('# 6455-5.1-4: "A client MUST close a connection if it\n    # detects a masked frame."', True),
        ('# 6455-5.1-4: "A client SHOULD close a connection if it detects a masked frame."', False),
        ('# 6455-5.1-1: "A client MUST mask all frames that it sends to the server."', True),
        ('# 6455-5.1-1: "A client MUST mask … (see Section 5.3 for further details)."', True),
        ('7692-6.1-1: "An endpoint MUST NOT set the "Per-Message Compressed" bit of data frames"', False),
        ('7692-6.1-1: "An endpoint MUST NOT set the "Per-Message Compressed" bit of control\nframes"', True),
    ],
)
def test_a_false_quotation_is_found(comment: str, right: bool) -> None:
    """The search that the test above stands on tells true quotations from false ones."""
    ((cited, quote),) = _quotes(comment)
    assert _is_from(quote, REQUIREMENTS[cited].text) is right


def _quotes(source: str) -> Iterator[tuple[str, str]]:
    """Ids with the quotations behind them; a quotation may go over several lines and hold quotation marks itself."""
    for found in QUOTED.finditer(source):
        rest = re.sub(r"\n\s*#? ?", " ", source[found.end() : found.end() + 1500])
        before_marks = [rest[: mark.start()] for mark in re.finditer('"', rest)]
        closed = [
            quote for inner, quote in enumerate(before_marks) if inner % 2 == 0 and not quote.endswith((" ", "("))
        ]
        # A quotation that is never closed goes on into the code, and will not be found in the list.
        yield found[1], closed[0] if closed else rest


def _is_from(quote: str, text: str) -> bool:
    """Whether `quote` is a piece of `text`.

    Its first letter may be a capital, it may end with a full stop, and "…" leaves something out.
    """
    pieces = [" ".join(piece.split()).rstrip(".") for piece in quote.split("…")]
    at = 0
    for piece in filter(None, pieces):
        places = [text.find(first + piece[1:], at) for first in {piece[0], piece[0].lower()}]
        at = max(places)
        if at < 0:
            return False
        at += len(piece)
    return True
