"""Short ways to write down what many cases have in common."""

from __future__ import annotations

from collections.abc import Sequence

from rawws_conformance.model import (
    Behavior,
    Case,
    CloseAfter,
    Closing,
    Event,
    Frame,
    KillAfter,
    Level,
    Message,
    Octets,
    Outcome,
    Payload,
    Repeated,
    Send,
    Step,
    Write,
)

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10

#: The tester closes with 1000, and the closing handshake is complete.
CLEAN = Closing(by_tester=True, codes=(1000,), clean=True)

#: The peer fails the connection because of a protocol error.
PROTOCOL_ERROR = Closing(by_tester=False, codes=(1002,), clean=False)

#: The peer fails the connection because of the payload. If it does not, it has not seen the mistake at all.
INVALID_PAYLOAD = Closing(by_tester=False, codes=(1007,), clean=False, wrong_closer_fails=True)

#: Nothing comes but the end.
NOTHING = (Outcome(Behavior.OK),)


def octets(value: str | bytes) -> Octets:
    """A payload written out; a str in UTF-8."""
    return Octets(value.encode() if isinstance(value, str) else value)


def text(value: str | bytes | Payload = b"", *, fin: bool = True, rsv: int = 0) -> Frame:
    """A text frame."""
    return Frame(TEXT, _payload(value), fin, rsv)


def binary(value: str | bytes | Payload = b"", *, fin: bool = True, rsv: int = 0) -> Frame:
    """A binary frame."""
    return Frame(BINARY, _payload(value), fin, rsv)


def more(value: str | bytes | Payload = b"", *, fin: bool = True, rsv: int = 0) -> Frame:
    """A continuation."""
    return Frame(CONTINUATION, _payload(value), fin, rsv)


def ping(value: str | bytes | Payload = b"", *, fin: bool = True) -> Frame:
    """A ping."""
    return Frame(PING, _payload(value), fin)


def pong(value: str | bytes | Payload = b"", *, fin: bool = True) -> Frame:
    """A pong."""
    return Frame(PONG, _payload(value), fin)


def _payload(value: str | bytes | Payload) -> Payload:
    return octets(value) if isinstance(value, (str, bytes)) else value


def came(value: str | bytes | Payload, *, is_binary: bool = False) -> Message:
    """A message that has to come."""
    return Message(_payload(value), is_binary)


def send(*frames: Frame, write: Write | int = Write.TOGETHER) -> Send:
    """A step that sends frames."""
    return Send(frames, write)


def ok(*events: Event) -> tuple[Outcome, ...]:
    """These events, and nothing else."""
    return (Outcome(Behavior.OK, events),)


def ok_or_nothing(*events: Event) -> tuple[Outcome, ...]:
    """These events: OK. None at all: NON-STRICT, for a peer that looks at everything before it answers the first."""
    return (Outcome(Behavior.OK, events), Outcome(Behavior.NON_STRICT))


def fails(
    case_id: str,
    group: str,
    sends: str,
    steps: Sequence[Step],
    *,
    requirements: tuple[str, ...],
    seconds: float = 1,
    outcomes: tuple[Outcome, ...] = NOTHING,
    closing: Closing = PROTOCOL_ERROR,
    expects: str = "The connection is failed at once; nothing comes but a Close.",
) -> Case:
    """A case whose octets break a rule: the peer has to fail the connection."""
    return Case(
        id=case_id,
        group=group,
        sends=sends,
        expects=expects,
        requirements=requirements,
        level=Level.MUST,
        script=(*steps, KillAfter(seconds)),
        outcomes=outcomes,
        closing=closing,
    )


def echoes(
    case_id: str,
    group: str,
    sends: str,
    steps: Sequence[Step],
    *events: Event,
    requirements: tuple[str, ...],
    limit: KillAfter | CloseAfter,
    level: Level = Level.MUST,
    expects: str = "The message comes back as it was, then a clean close.",
) -> Case:
    """A case that breaks no rule: these events come back, and then the tester closes."""
    return Case(
        id=case_id,
        group=group,
        sends=sends,
        expects=expects,
        requirements=requirements,
        level=level,
        script=(*steps, limit),
        outcomes=ok(*events),
        closing=CLEAN,
    )


def size(count: int) -> str:
    """A number of octets for people."""
    for unit, step in (("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= step and count % step == 0:
            return f"{count // step} {unit}"
    return f"{count} octets"


def repeated(unit: str | bytes, length: int) -> Payload:
    """`unit` over and over."""
    return Repeated(unit.encode() if isinstance(unit, str) else unit, length)
