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
from collections.abc import Callable, Iterable, Mapping
from importlib import resources
from typing import Any

from rawws_conformance.model import (
    BeginFrame,
    Behavior,
    Case,
    CloseAfter,
    Closing,
    Compare,
    Corpus,
    DeflateWish,
    Echo,
    Event,
    Frame,
    KillAfter,
    Level,
    Message,
    MoreOfFrame,
    Octets,
    Outcome,
    Payload,
    Ping,
    Pong,
    Repeated,
    Role,
    Seconds,
    Send,
    SendClose,
    SendMessage,
    SendOctets,
    Slices,
    Step,
    Then,
    Timeout,
    Wait,
    Write,
)

FORMAT = "rawws-conformance/cases"
VERSION = 1

Json = dict[str, Any]


class FormatError(ValueError):
    """What was read is no document of this format; the text says where and why."""


def schema() -> Json:
    """The JSON Schema of the format (draft 2020-12)."""
    text = resources.files("rawws_conformance").joinpath("schema", "cases-1.schema.json").read_text(encoding="utf-8")
    loaded: Json = json.loads(text)
    return loaded


# ------------------------------------------------------------------------------------------------------------- payloads


def _octets_out(data: bytes) -> Json:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return {"hex": data.hex()}
    return {"text": text} if text.isascii() and text.isprintable() else {"hex": data.hex()}


def _octets_in(value: Json) -> bytes:
    if "text" in value:
        return str(value["text"]).encode()
    return bytes.fromhex(value["hex"])


def _payload_out(payload: Payload | Slices) -> Json:
    if isinstance(payload, Octets):
        return _octets_out(payload.data)
    if isinstance(payload, Repeated):
        return {"repeat": _octets_out(payload.unit), "octets": payload.length}
    return {"slices": payload.corpus, "length": payload.length}


def _payload_in(value: Json) -> Payload:
    if "repeat" in value:
        return Repeated(_octets_in(value["repeat"]), value["octets"])
    return Octets(_octets_in(value))


def _any_payload_in(value: Json) -> Payload | Slices:
    return Slices(value["slices"], value["length"]) if "slices" in value else _payload_in(value)


# ---------------------------------------------------------------------------------------------------------------- steps


def _frame_out(frame: Frame) -> Json:
    return {"opcode": frame.opcode, "fin": frame.fin, "rsv": frame.rsv, "payload": _payload_out(frame.payload)}


def _frame_in(value: Json) -> Frame:
    return Frame(value["opcode"], _payload_in(value["payload"]), value["fin"], value["rsv"])


def _write_in(value: str | int) -> Write | int:
    return value if isinstance(value, int) else Write(value)


def _step_out(step: Step) -> Json:
    match step:
        case Send(frames, write):
            return {"send": [_frame_out(frame) for frame in frames], "write": write}
        case SendMessage(opcode, payload, fragment):
            return {"message": {"opcode": opcode, "payload": _payload_out(payload), "fragment": fragment}}
        case BeginFrame(opcode, length, data, fin, rsv):
            frame = {"opcode": opcode, "fin": fin, "rsv": rsv, "length": length, "payload": _octets_out(data)}
            return {"begin_frame": frame}
        case MoreOfFrame(data):
            return {"more_of_frame": _octets_out(data)}
        case SendOctets(data):
            return {"octets": _octets_out(data)}
        case SendClose(code, reason):
            return {"close": {"code": code, "reason": _octets_out(reason)}}
        case CloseAfter(seconds):
            return {"close_after": seconds}
        case KillAfter(seconds):
            return {"kill_after": seconds}
        case Wait(seconds, event):
            return {"wait": {"seconds": seconds, "event": event}}
        case Echo():
            return {"echo": _echo_out(step)}


def _echo_out(step: Echo) -> Json:
    return {
        "opcode": step.opcode,
        "payload": _payload_out(step.payload),
        "count": step.count,
        "quick": step.quick,
        "compare": step.compare,
        "fragment": step.fragment,
        "write": step.write,
    }


def _echo_in(value: Json) -> Echo:
    return Echo(
        value["opcode"],
        _any_payload_in(value["payload"]),
        value["count"],
        value["quick"],
        Compare(value["compare"]),
        value["fragment"],
        _write_in(value["write"]),
    )


_STEPS_IN: dict[str, Callable[[Json], Step]] = {
    "send": lambda v: Send(tuple(map(_frame_in, v["send"])), _write_in(v["write"])),
    "message": lambda v: SendMessage(
        v["message"]["opcode"], _payload_in(v["message"]["payload"]), v["message"]["fragment"]
    ),
    "begin_frame": lambda v: BeginFrame(
        v["begin_frame"]["opcode"],
        v["begin_frame"]["length"],
        _octets_in(v["begin_frame"]["payload"]),
        v["begin_frame"]["fin"],
        v["begin_frame"]["rsv"],
    ),
    "more_of_frame": lambda v: MoreOfFrame(_octets_in(v["more_of_frame"])),
    "octets": lambda v: SendOctets(_octets_in(v["octets"])),
    "close": lambda v: SendClose(v["close"]["code"], _octets_in(v["close"]["reason"])),
    "close_after": lambda v: CloseAfter(v["close_after"]),
    "kill_after": lambda v: KillAfter(v["kill_after"]),
    "wait": lambda v: Wait(v["wait"]["seconds"], v["wait"]["event"]),
    "echo": lambda v: _echo_in(v["echo"]),
}


def _step_in(value: Json) -> Step:
    for name, read in _STEPS_IN.items():
        if name in value:
            return read(value)
    raise FormatError(f"a step of no known kind: {sorted(value)}")


# --------------------------------------------------------------------------------------------------------- expectations


def _event_out(event: Event) -> Json:
    match event:
        case Message(payload, binary):
            return {"message": _payload_out(payload), "binary": binary}
        case Ping(payload):
            return {"ping": _payload_out(payload)}
        case Pong(payload):
            return {"pong": _payload_out(payload)}
        case Timeout(name):
            return {"timeout": name}


def _event_in(value: Json) -> Event:
    if "message" in value:
        return Message(_payload_in(value["message"]), value["binary"])
    if "ping" in value:
        return Ping(_payload_in(value["ping"]))
    if "pong" in value:
        return Pong(_payload_in(value["pong"]))
    return Timeout(value["timeout"])


def case_out(case: Case) -> Json:
    """A case as JSON."""
    closing = case.closing
    return {
        "id": case.id,
        "group": case.group,
        "sends": case.sends,
        "expects": case.expects,
        "requirements": list(case.requirements),
        "level": case.level,
        "roles": list(case.roles),
        "deflate": [
            {"no_context_takeover": wish.no_context_takeover, "window_bits": wish.window_bits} for wish in case.deflate
        ],
        "script": [_step_out(step) for step in case.script],
        "outcomes": [
            {"verdict": outcome.verdict, "events": [_event_out(event) for event in outcome.events]}
            for outcome in case.outcomes
        ],
        "then": case.then,
        "closing": {
            "by_tester": closing.by_tester,
            "codes": list(closing.codes),
            "clean": closing.clean,
            "wrong_closer_fails": closing.wrong_closer_fails,
            "wrong_code_fails": closing.wrong_code_fails,
        },
        "informational": case.informational,
    }


def case_in(value: Json) -> Case:
    """A case from JSON. Raises FormatError."""
    try:
        closing = value["closing"]
        return Case(
            id=value["id"],
            group=value["group"],
            sends=value["sends"],
            expects=value["expects"],
            requirements=tuple(value["requirements"]),
            level=Level(value["level"]),
            script=tuple(map(_step_in, value["script"])),
            closing=Closing(
                by_tester=closing["by_tester"],
                codes=tuple(closing["codes"]),
                clean=closing["clean"],
                wrong_closer_fails=closing["wrong_closer_fails"],
                wrong_code_fails=closing["wrong_code_fails"],
            ),
            outcomes=tuple(
                Outcome(Behavior(outcome["verdict"]), tuple(map(_event_in, outcome["events"])))
                for outcome in value["outcomes"]
            ),
            then=Then(value["then"]),
            informational=value["informational"],
            deflate=tuple(DeflateWish(wish["no_context_takeover"], wish["window_bits"]) for wish in value["deflate"]),
            roles=tuple(map(Role, value["roles"])),
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
