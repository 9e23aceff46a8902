"""Cases as JSON and back, without loss: the form in which they outlive this runner.

`schema/cases-1.schema.json` says what may stand where; README.md says what it means. A payload is one of

    {"text": "Hello"}                               the UTF-8 of a text
    {"hex": "00fffe"}                               octets
    {"repeat": {"hex": "fe"}, "octets": 126}        a unit over and over, cut after so many octets
    {"slices": "json", "length": 16}                in an echo step: message k is piece k of a corpus
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from importlib import resources

from rawws_conformance.exchange_heads import field_in, field_out, opening_in, opening_out
from rawws_conformance.exchange_steps import FormatError, Json, payload_in, payload_out, step_in, step_out
from rawws_conformance.model import (
    Behavior,
    Case,
    Closing,
    Corpus,
    DeflateWish,
    Event,
    Level,
    Lost,
    Message,
    Outcome,
    Ping,
    Pong,
    Refused,
    Role,
    Seconds,
    Slices,
    Then,
    Timeout,
)

__all__ = ["FORMAT", "VERSION", "FormatError", "case_in", "case_out", "document", "read_document", "schema"]

FORMAT = "rawws-conformance/cases"
VERSION = 1


def schema() -> Json:
    """The JSON Schema of the format (draft 2020-12)."""
    text = resources.files("rawws_conformance").joinpath("schema", "cases-1.schema.json").read_text(encoding="utf-8")
    loaded: Json = json.loads(text)
    return loaded


# --------------------------------------------------------------------------------------------------------- expectations


def _event_out(event: Event) -> Json:
    match event:
        case Message(payload, binary):
            return {"message": payload_out(payload), "binary": binary}
        case Ping(payload):
            return {"ping": payload_out(payload)}
        case Pong(payload):
            return {"pong": payload_out(payload)}
        case Timeout(name):
            return {"timeout": name}
        case Refused(statuses, fields):
            return {"refused": {"statuses": list(statuses), "fields": [field_out(field) for field in fields]}}
        case Lost():
            return {"lost": True}


def _event_in(value: Json) -> Event:
    if "message" in value:
        return Message(payload_in(value["message"]), value["binary"])
    if "ping" in value:
        return Ping(payload_in(value["ping"]))
    if "pong" in value:
        return Pong(payload_in(value["pong"]))
    if "refused" in value:
        least, most = value["refused"]["statuses"]
        return Refused((least, most), tuple(map(field_in, value["refused"]["fields"])))
    return Lost() if "lost" in value else Timeout(value["timeout"])


def _closing_out(closing: Closing) -> Json:
    return {
        "by_tester": closing.by_tester,
        "codes": list(closing.codes),
        "clean": closing.clean,
        "wrong_closer_fails": closing.wrong_closer_fails,
        "wrong_code_fails": closing.wrong_code_fails,
        "lenient_codes": list(closing.lenient_codes),
        "silent": closing.silent,
    }


def _closing_in(value: Json) -> Closing:
    return Closing(
        by_tester=value["by_tester"],
        codes=tuple(value["codes"]),
        clean=value["clean"],
        wrong_closer_fails=value["wrong_closer_fails"],
        wrong_code_fails=value["wrong_code_fails"],
        lenient_codes=tuple(value["lenient_codes"]),
        silent=value["silent"],
    )


def _outcome_out(outcome: Outcome) -> Json:
    value: Json = {"verdict": outcome.verdict, "events": [_event_out(event) for event in outcome.events]}
    return value if outcome.closing is None else value | {"closing": _closing_out(outcome.closing)}


def _outcome_in(value: Json) -> Outcome:
    closing = _closing_in(value["closing"]) if "closing" in value else None
    return Outcome(Behavior(value["verdict"]), tuple(map(_event_in, value["events"])), closing)


def _wish_out(wish: DeflateWish) -> Json:
    return {
        "no_context_takeover": wish.no_context_takeover,
        "window_bits": wish.window_bits,
        "own_no_context_takeover": wish.own_no_context_takeover,
        "own_window_bits": wish.own_window_bits,
    }


def _wish_in(value: Json) -> DeflateWish:
    return DeflateWish(
        value["no_context_takeover"],
        value["window_bits"],
        value["own_no_context_takeover"],
        value["own_window_bits"],
    )


def case_out(case: Case) -> Json:
    """A case as JSON."""
    return {
        "id": case.id,
        "group": case.group,
        "sends": case.sends,
        "expects": case.expects,
        "requirements": list(case.requirements),
        "level": case.level,
        "roles": list(case.roles),
        "opening": None if case.opening is None else opening_out(case.opening),
        "deflate": [_wish_out(wish) for wish in case.deflate],
        "script": [step_out(step) for step in case.script],
        "outcomes": [_outcome_out(outcome) for outcome in case.outcomes],
        "then": case.then,
        "closing": _closing_out(case.closing),
        "fresh_masks": case.fresh_masks,
        "informational": case.informational,
    }


def case_in(value: Json) -> Case:
    """A case from JSON. Raises FormatError."""
    try:
        return Case(
            id=value["id"],
            group=value["group"],
            sends=value["sends"],
            expects=value["expects"],
            requirements=tuple(value["requirements"]),
            level=Level(value["level"]),
            script=tuple(map(step_in, value["script"])),
            closing=_closing_in(value["closing"]),
            outcomes=tuple(map(_outcome_in, value["outcomes"])),
            then=Then(value["then"]),
            informational=value["informational"],
            deflate=tuple(map(_wish_in, value["deflate"])),
            roles=tuple(map(Role, value["roles"])),
            opening=None if value["opening"] is None else opening_in(value["opening"]),
            fresh_masks=value["fresh_masks"],
        )
    except FormatError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        name = value.get("id", "without an id") if isinstance(value, dict) else "that is no object"
        raise FormatError(f"case {name}: {type(exc).__name__}: {exc}") from exc


def _corpus_out(corpus: Corpus) -> Json:
    return {
        "text": corpus.text,
        "origin": corpus.origin,
        "octets": len(corpus.octets),
        "sha256": hashlib.sha256(corpus.octets).hexdigest(),
        "zlib": base64.b64encode(zlib.compress(corpus.octets, 9)).decode(),
    }


def _corpus_in(name: str, value: Json) -> Corpus:
    # `octets` bounds what is inflated: a document from elsewhere shall not fill the memory.
    try:
        size = int(value["octets"])
        octets = zlib.decompressobj().decompress(base64.b64decode(value["zlib"], validate=True), size + 1)
        digest = hashlib.sha256(octets).hexdigest()
        if len(octets) != size or digest != value["sha256"]:
            raise FormatError(f"corpus {name}: size or SHA-256 differ from what the document says")
        return Corpus(name, bool(value["text"]), str(value["origin"]), octets)
    except (KeyError, TypeError, ValueError, zlib.error) as exc:
        if isinstance(exc, FormatError):
            raise
        raise FormatError(f"corpus {name}: {type(exc).__name__}: {exc}") from exc


# ------------------------------------------------------------------------------------------------------------ documents


def document(cases: Iterable[Case], corpora: Mapping[str, Corpus], *, suite: str = "autobahn") -> Json:
    """Cases, and the corpora they need, as one JSON document."""
    listed = list(cases)
    needed = {case.echo.payload.corpus for case in listed if case.echo and isinstance(case.echo.payload, Slices)}
    seconds = Seconds()
    return {
        "format": FORMAT,
        "version": VERSION,
        "suite": suite,
        "seconds": {"opening": seconds.opening, "close_reply": seconds.close_reply, "tcp_end": seconds.tcp_end},
        "corpora": {name: _corpus_out(corpora[name]) for name in sorted(needed)},
        "cases": [case_out(case) for case in listed],
    }


def read_document(value: object) -> tuple[dict[str, Case], dict[str, Corpus], Seconds]:
    """The cases by id, the corpora by name, and the time limits of a document. Raises FormatError."""
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise FormatError(f'this is no document of the format "{FORMAT}"')
    if value.get("version") != VERSION:
        raise FormatError(f"this document has version {value.get('version')}; this runner reads version {VERSION}")
    try:
        seconds = Seconds(**value["seconds"])
        corpora = {name: _corpus_in(name, corpus) for name, corpus in value["corpora"].items()}
        cases = {case.id: case for case in map(case_in, value["cases"])}
    except (KeyError, TypeError, AttributeError) as exc:
        raise FormatError(f"{type(exc).__name__}: {exc}") from exc
    return cases, corpora, seconds
