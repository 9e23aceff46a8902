"""Cases as JSON: without loss, under the published schema, and suspicious of documents from elsewhere."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from rawws_conformance.cases import autobahn
from rawws_conformance.corpora import Corpora
from rawws_conformance.exchange import FormatError, case_in, case_out, document, read_document, schema
from rawws_conformance.model import (
    Behavior,
    Case,
    Closing,
    Level,
    Message,
    Octets,
    Outcome,
    Ping,
    Repeated,
    Seconds,
    SendOctets,
    Timeout,
)

from tests.conformance.schema import problems

SCHEMA = schema()

#: A case with everything that no case of Autobahn has.
ODD = Case(
    id="99.1",
    group="odd",
    sends="Octets.",
    expects="Nothing.",
    requirements=(),
    level=Level.MAY,
    script=(SendOctets(b"\x81\x00"), SendOctets(b"GET")),
    outcomes=(
        Outcome(Behavior.FAILED, (Ping(Octets(b"\xff")), Message(Repeated(b"ab", 5), binary=True), Timeout("Z"))),
    ),
    closing=Closing(by_tester=False, codes=(1000,), clean=False, wrong_code_fails=True),
)


@pytest.fixture(scope="module")
def exported() -> dict[str, Any]:
    """All cases as they come out of a JSON file."""
    loaded: dict[str, Any] = json.loads(json.dumps(document([*autobahn().values(), ODD], Corpora())))
    return loaded


def test_nothing_is_lost(exported: dict[str, Any]) -> None:
    """Every case, every corpus and every time limit is the same after a journey through JSON."""
    cases, corpora, seconds = read_document(exported)
    assert cases == {**autobahn(), ODD.id: ODD}
    assert corpora == dict(Corpora())
    assert seconds == Seconds()


def test_the_document_keeps_the_schema(exported: dict[str, Any]) -> None:
    """What is exported is what the published schema describes."""
    assert problems(exported, SCHEMA, SCHEMA) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), 2),
        (("cases", 0, "id"), "one"),
        (("cases", 0, "level"), "SHALL"),
        (("cases", 0, "script", 0, "write"), "slowly"),
        (("cases", 0, "script", 0, "send", 0, "rsv"), 8),
        (("cases", 0, "script", 0, "send", 0, "payload"), {"text": "a", "hex": "61"}),
        (("cases", 0, "closing", "codes"), []),
        (("cases", 0, "extra"), True),
        (("cases", 16, "outcomes", 0, "events", 0), {"pong": {"hex": "0"}}),
    ],
)
def test_the_schema_refuses(exported: dict[str, Any], path: tuple[str | int, ...], value: object) -> None:
    """The schema is no formality: what does not belong into a document is not accepted."""
    changed = copy.deepcopy({**exported, "corpora": {}, "cases": exported["cases"][:20]})
    assert problems(changed, SCHEMA, SCHEMA) == []
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert problems(changed, SCHEMA, SCHEMA) != []


@pytest.mark.parametrize(
    "value", [None, [], {}, {"format": "other"}, {"format": "rawws-conformance/cases", "version": 9}]
)
def test_other_documents_are_refused(value: object) -> None:
    """A document of another format or version is refused with a sentence."""
    with pytest.raises(FormatError, match="document"):
        read_document(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("zlib", "@@@"), ("zlib", ""), ("octets", 3), ("sha256", "0" * 64), ("octets", None)],
)
def test_damaged_corpora_are_refused(exported: dict[str, Any], name: str, value: object) -> None:
    """A corpus whose octets are not what the document says of them is refused."""
    corpus = {**exported["corpora"]["pdf"], name: value}
    with pytest.raises(FormatError, match="corpus pdf"):
        read_document({**exported, "corpora": {"pdf": corpus}, "cases": []})


@pytest.mark.parametrize("name", ["id", "script", "closing", "outcomes", "level", "roles"])
def test_cases_without_a_field_are_refused(name: str) -> None:
    """A case that lacks a field is refused, and the sentence says which case."""
    value = case_out(autobahn()["1.1.1"])
    del value[name]
    with pytest.raises(FormatError, match="case"):
        case_in(value)


def test_unknown_steps_are_refused() -> None:
    """A step that this runner does not know is refused: playing the rest would be another case."""
    value = case_out(autobahn()["1.1.1"])
    value["script"].append({"dance": 1})
    with pytest.raises(FormatError, match="dance"):
        case_in(value)
