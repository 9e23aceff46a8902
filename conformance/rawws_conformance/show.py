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
    Closing,
    Echo,
    EndTcp,
    Event,
    Field,
    Frame,
    KillAfter,
    Lost,
    Message,
    MoreOfFrame,
    Octets,
    Payload,
    Ping,
    Pong,
    Refused,
    Repeated,
    Role,
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
    lines += [f"  {line}" for line in _opening(case)]
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


def _opening(case: Case) -> Iterator[str]:
    """The tester's head, where it is not the usual one."""
    if case.deflate and Role.SERVER in case.roles:
        yield f"in the request to a server   Sec-WebSocket-Extensions: {offer(case.deflate)}"
    own = case.opening.head if case.opening is not None else None
    if own is not None:
        yield "the request:" if Role.SERVER in case.roles else "the response to a good request:"
        for line in own.lines:
            yield f"  {line.encode('unicode_escape').decode()}"
        if own.end != "\r\n":
            yield f"  each line ends with {_hex(own.end.encode())}"
        if own.behind:
            yield f"  then {payload_words(Octets(own.behind))}"
        yield from _write(own.write)


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


def _frame_line(opcode: int, length: int, payload: str, *, fin: bool, rsv: int, size: int | None = None) -> str:
    """A frame: its octets for a server, mask included, and its parts in words."""
    octets = f"{_hex(head(opcode, length, fin=fin, rsv=rsv, masked=True, length_octets=size))} {_MASK}"
    name = OPCODES[opcode].name
    reserved = f" RSV={rsv}" if rsv else ""
    return f"{octets:32} {name}({opcode:#x}) FIN={int(fin)}{reserved} length {length}: {payload}"


def _frame(frame: Frame) -> str:
    return _frame_line(
        frame.opcode,
        payload_length(frame.payload),
        payload_words(frame.payload),
        fin=frame.fin,
        rsv=frame.rsv,
        size=frame.length_octets,
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
        case EndTcp():
            yield "the end of TCP"
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
        case Refused((least, most), fields):
            status = str(least) if least == most else f"{least} to {most}"
            return f"a response with status {status}" + "".join(f"; {field_words(field)}" for field in fields)
        case Lost():
            return "the end of TCP in the place of a response"
        case Ping(payload):
            return f"ping: {payload_words(payload)}"
        case Pong(payload):
            return f"pong: {payload_words(payload)}"


def field_words(field: Field) -> str:
    """What has to be true of a header field."""
    if field.most == 0:
        return f"no {field.name}"
    if field.most is None:
        times = f"at least {field.least} times" if field.least else "any number of times"
    else:
        times = f"{field.least} times" if field.least == field.most else f"{field.least} to {field.most} times"
    pattern = "" if field.pattern is None else f", matching {field.pattern}"
    return f"{field.name} {times}{pattern}{' in any case' if field.ignore_case and pattern else ''}"


def _closing(closing: Closing) -> str:
    codes = ", ".join(map(str, closing.codes))
    who = "the tester" if closing.by_tester else "the peer"
    none = "" if None in closing.lenient_codes else " or none"
    words = f"closing: started by {who}, peer's code {codes}{none}, {'clean' if closing.clean else 'clean or not'}"
    if closing.lenient_codes:
        lenient = ", ".join("none" if code is None else str(code) for code in closing.lenient_codes)
        words += f"; NON-STRICT with code {lenient}"
    return words + ("; FAILED, too, if anything comes behind the peer's Close" if closing.silent else "")


def _expectations(case: Case) -> Iterator[str]:
    for outcome in case.outcomes:
        yield f"{outcome.verdict} if exactly this comes:" + ("" if outcome.events else " nothing")
        for event in outcome.events:
            yield f"  {_event(event)}"
        if outcome.closing is not None:
            yield f"  then {_closing(outcome.closing)}"
    if case.opening is not None:
        peer = case.opening.peer
        yield from [f"the first line of the peer's head matches {peer.start}"] if peer.start is not None else []
        yield from [f"in the peer's head: {field_words(field)}" for field in peer.fields]
    if case.fresh_masks:
        yield "the masking keys of its frames are not all the same"
    closing = case.closing
    yield _closing(closing)
    if case.outcomes and closing.by_tester and case.then is Then.CLOSE:
        yield f"as soon as all has come, the tester sends Close {closing.codes[0]}"
    if closing.wrong_closer_fails:
        yield "FAILED, too, if the wrong side starts to close"
    if closing.wrong_code_fails:
        yield "FAILED, too, if the code is another one"
    if case.informational:
        yield "whatever comes, the verdict is INFORMATIONAL"
