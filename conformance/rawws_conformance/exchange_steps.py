"""Steps and payloads as JSON and back; `exchange` does the same for whole cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rawws_conformance.steps import (
    BeginFrame,
    CloseAfter,
    Compare,
    Echo,
    EndTcp,
    Frame,
    KillAfter,
    MoreOfFrame,
    Octets,
    Payload,
    Repeated,
    Send,
    SendClose,
    SendMessage,
    SendOctets,
    Slices,
    Step,
    Wait,
    Write,
)

Json = dict[str, Any]


class FormatError(ValueError):
    """What was read is no document of this format; the text says where and why."""


# ------------------------------------------------------------------------------------------------------------- payloads


def octets_out(data: bytes) -> Json:
    """Octets written out."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return {"hex": data.hex()}
    return {"text": text} if text.isascii() and text.isprintable() else {"hex": data.hex()}


def octets_in(value: Json) -> bytes:
    """From octets written out."""
    if "text" in value:
        return str(value["text"]).encode()
    return bytes.fromhex(value["hex"])


def payload_out(payload: Payload | Slices) -> Json:
    """A payload."""
    if isinstance(payload, Octets):
        return octets_out(payload.data)
    if isinstance(payload, Repeated):
        return {"repeat": octets_out(payload.unit), "octets": payload.length}
    return {"slices": payload.corpus, "length": payload.length}


def payload_in(value: Json) -> Payload:
    """From a payload that is the same in every message."""
    if "repeat" in value:
        return Repeated(octets_in(value["repeat"]), value["octets"])
    return Octets(octets_in(value))


def any_payload_in(value: Json) -> Payload | Slices:
    """From any payload."""
    return Slices(value["slices"], value["length"]) if "slices" in value else payload_in(value)


# ---------------------------------------------------------------------------------------------------------------- steps


def _frame_out(frame: Frame) -> Json:
    value: Json = {
        "opcode": frame.opcode,
        "fin": frame.fin,
        "rsv": frame.rsv,
        "payload": payload_out(frame.payload),
    }
    return value if frame.length_octets is None else value | {"length_octets": frame.length_octets}


def _frame_in(value: Json) -> Frame:
    payload = payload_in(value["payload"])
    return Frame(value["opcode"], payload, value["fin"], value["rsv"], value.get("length_octets"))


def write_in(value: str | int) -> Write | int:
    """From how octets are cut into writes."""
    return value if isinstance(value, int) else Write(value)


def step_out(step: Step) -> Json:
    """A step."""
    match step:
        case Send(frames, write):
            return {"send": [_frame_out(frame) for frame in frames], "write": write}
        case SendMessage(opcode, payload, fragment):
            return {"message": {"opcode": opcode, "payload": payload_out(payload), "fragment": fragment}}
        case BeginFrame(opcode, length, data, fin, rsv):
            frame = {"opcode": opcode, "fin": fin, "rsv": rsv, "length": length, "payload": octets_out(data)}
            return {"begin_frame": frame}
        case MoreOfFrame(data):
            return {"more_of_frame": octets_out(data)}
        case SendOctets(data):
            return {"octets": octets_out(data)}
        case SendClose(code, reason):
            return {"close": {"code": code, "reason": octets_out(reason)}}
        case CloseAfter(seconds):
            return {"close_after": seconds}
        case KillAfter(seconds):
            return {"kill_after": seconds}
        case Wait(seconds, event):
            return {"wait": {"seconds": seconds, "event": event}}
        case EndTcp():
            return {"end_tcp": True}
        case Echo():
            return {"echo": _echo_out(step)}


def _echo_out(step: Echo) -> Json:
    return {
        "opcode": step.opcode,
        "payload": payload_out(step.payload),
        "count": step.count,
        "quick": step.quick,
        "compare": step.compare,
        "fragment": step.fragment,
        "write": step.write,
    }


def _echo_in(value: Json) -> Echo:
    return Echo(
        value["opcode"],
        any_payload_in(value["payload"]),
        value["count"],
        value["quick"],
        Compare(value["compare"]),
        value["fragment"],
        write_in(value["write"]),
    )


_STEPS_IN: dict[str, Callable[[Json], Step]] = {
    "send": lambda v: Send(tuple(map(_frame_in, v["send"])), write_in(v["write"])),
    "message": lambda v: SendMessage(
        v["message"]["opcode"], payload_in(v["message"]["payload"]), v["message"]["fragment"]
    ),
    "begin_frame": lambda v: BeginFrame(
        v["begin_frame"]["opcode"],
        v["begin_frame"]["length"],
        octets_in(v["begin_frame"]["payload"]),
        v["begin_frame"]["fin"],
        v["begin_frame"]["rsv"],
    ),
    "more_of_frame": lambda v: MoreOfFrame(octets_in(v["more_of_frame"])),
    "octets": lambda v: SendOctets(octets_in(v["octets"])),
    "close": lambda v: SendClose(v["close"]["code"], octets_in(v["close"]["reason"])),
    "close_after": lambda v: CloseAfter(v["close_after"]),
    "kill_after": lambda v: KillAfter(v["kill_after"]),
    "wait": lambda v: Wait(v["wait"]["seconds"], v["wait"]["event"]),
    "end_tcp": lambda _v: EndTcp(),
    "echo": lambda v: _echo_in(v["echo"]),
}


def step_in(value: Json) -> Step:
    """From a step. Raises FormatError."""
    for name, read in _STEPS_IN.items():
        if name in value:
            return read(value)
    raise FormatError(f"a step of no known kind: {sorted(value)}")
