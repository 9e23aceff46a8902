"""A case for people: what goes out octet by octet, what has to come back, and which sentences say so."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from rawws.spec import OPCODES, REQUIREMENTS
from rawws_conformance.extensions import offer
from rawws_conformance.model import (
    BeginFrame,
    Case,
    CloseAfter,
    Echo,
    Event,
    Frame,
    KillAfter,
    Message,
    MoreOfFrame,
    Octets,
    Payload,
    Ping,
    Repeated,
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
from rawws_conformance.octets import close_payload, head, payload_length
from rawws_conformance.verdict import describe

_WIDTH = 110

#: Octets of a payload that are shown in full.
_SHOWN = 48

_MASK = "mm mm mm mm"


def explain(case: Case) -> str:
    """All about a case, over several lines."""
    lines = [f"Case {case.id}: {case.group}", f"  {case.sends}", f"  {case.expects}", "", "Sends"]
    if case.deflate:
        lines.append(f"  in the request to a server   Sec-WebSocket-Extensions: {offer(case.deflate)}")
    for step in case.script:
        lines += [f"  {line}" for line in _step(step)]
    lines += ["", "Expects", *(f"  {line}" for line in _expectations(case))]
    lines += ["", f"Why ({case.level})"]
    for requirement_id in case.requirements:
        requirement = REQUIREMENTS.get(requirement_id)
        text = "(not in this release of rawws.spec)" if requirement is None else f'"{requirement.text}"'
        section = "" if requirement is None else f" RFC {requirement.rfc} §{requirement.section}:"
        sentence = f"  {requirement_id}{section} {text}"
        lines += textwrap.wrap(sentence, _WIDTH, subsequent_indent="    ")
    return "\n".join(lines)


def _hex(data: bytes) -> str:
    return data.hex(" ")


def payload_words(payload: Payload | Slices) -> str:
    """A payload: its octets where they are few, a description where they are many."""
    if isinstance(payload, Slices):
        return f"pieces of {payload.length} from the corpus {payload.corpus!r}"
    if isinstance(payload, Repeated):
        return f"{payload.length} octets: {_hex(payload.unit)} ({describe(payload.unit)}) over and over"
    if not payload.data:
        return "no payload"
    words = describe(payload.data, _SHOWN)
    shown = _hex(payload.data[:_SHOWN]) + (" ..." if len(payload.data) > _SHOWN else "")
    return shown if words.startswith(payload.data[:1].hex()) else f"{shown}   {words}"


def _frame_line(opcode: int, length: int, payload: str, *, fin: bool, rsv: int) -> str:
    """A frame: its octets for a server, mask included, and its parts in words."""
    octets = f"{_hex(head(opcode, length, fin=fin, rsv=rsv, masked=True))} {_MASK}"
    name = OPCODES[opcode].name
    reserved = f" RSV={rsv}" if rsv else ""
    return f"{octets:32} {name}({opcode:#x}) FIN={int(fin)}{reserved} length {length}: {payload}"


def _frame(frame: Frame) -> str:
    return _frame_line(
        frame.opcode, payload_length(frame.payload), payload_words(frame.payload), fin=frame.fin, rsv=frame.rsv
    )


def _step(step: Step) -> Iterator[str]:
    """A step, over one line or more. Masks are random, and the payloads stand here as they are before masking."""
    match step:
        case Send(frames, write):
            for frame in frames:
                yield _frame(frame)
            yield from _write(write)
        case SendMessage(opcode, payload, fragment):
            yield from _message(opcode, payload, fragment)
        case BeginFrame(opcode, length, data, fin, rsv):
            yield _frame_line(opcode, length, f"first {payload_words(Octets(data))}", fin=fin, rsv=rsv)
        case MoreOfFrame(data):
            yield f"{'':32} more of that frame: {payload_words(Octets(data))}"
        case SendOctets(data):
            yield f"{'':32} octets without a frame: {payload_words(Octets(data))}"
        case SendClose(code, reason):
            yield _frame(Frame(8, Octets(close_payload(code, reason)))) + "   (the closing handshake)"
        case CloseAfter(seconds):
            yield f"after {seconds:g} s at the latest: an empty Close"
        case KillAfter(seconds):
            yield f"after {seconds:g} s at the latest: Close 1001, or the end of TCP"
        case Wait(seconds, event):
            then = "" if event is None else f", then, if OPEN, event {event} and the rest"
            yield f"a pause of {seconds:g} s{then}"
        case Echo():
            yield from _echo(step)


def _write(write: Write | int) -> Iterator[str]:
    if isinstance(write, int):
        yield f"{'':32} written {write} octet{'s' if write > 1 else ''} at a time"
    elif write is Write.FRAME:
        yield f"{'':32} each frame written by itself"


def _message(opcode: int, payload: Payload, fragment: int | None) -> Iterator[str]:
    length = payload_length(payload)
    words = payload_words(payload)
    if fragment is None or length <= fragment:
        yield _frame_line(opcode, length, words, fin=True, rsv=0)
        return
    whole, rest = divmod(length, fragment)
    yield _frame_line(opcode, fragment, f"the first of {words}", fin=False, rsv=0)
    if whole > 1:
        more = _frame_line(0, fragment, "the next", fin=False, rsv=0)
        yield f"{more}   ({whole - 1} such frames)"
    yield _frame_line(0, rest, "the last" if rest else "no payload", fin=True, rsv=0)


def _echo(step: Echo) -> Iterator[str]:
    kind = "text" if step.opcode == 1 else "binary"
    fragments = f", in fragments of {step.fragment} octets" if step.fragment else ""
    yield f"{step.count} {kind} message{'s' if step.count > 1 else ''}, each after the echo of the last one{fragments}"
    if step.quick != step.count:
        yield f"  (in a quick run {step.quick})"
    yield f"  {payload_words(step.payload)}"
    yield from _write(step.write)
    yield f"  compared: type and {step.compare}"


def _event(event: Event) -> str:
    match event:
        case Message(payload, binary):
            return f"{'binary' if binary else 'text'} message: {payload_words(payload)}"
        case Timeout(name):
            return f"the end of pause {name}"
        case _:
            return f"{'ping' if isinstance(event, Ping) else 'pong'}: {payload_words(event.payload)}"


def _expectations(case: Case) -> Iterator[str]:
    for outcome in case.outcomes:
        yield f"{outcome.verdict} if exactly this comes:" + ("" if outcome.events else " nothing")
        for event in outcome.events:
            yield f"  {_event(event)}"
    closing = case.closing
    codes = ", ".join(map(str, closing.codes))
    who = "the tester" if closing.by_tester else "the peer"
    yield f"closing: started by {who}, peer's code {codes} or none, {'clean' if closing.clean else 'clean or not'}"
    if case.outcomes and closing.by_tester and case.then is Then.CLOSE:
        yield f"as soon as all has come, the tester sends Close {closing.codes[0]}"
    if closing.wrong_closer_fails:
        yield "FAILED, too, if the wrong side starts to close"
    if closing.wrong_code_fails:
        yield "FAILED, too, if the code is another one"
    if case.informational:
        yield "whatever comes, the verdict is INFORMATIONAL"
