"""Opcodes that RFC 6455 §5.2 reserves."""

from __future__ import annotations

from rawws_conformance.cases.build import came, fails, octets, ok_or_nothing, ping, send, text
from rawws_conformance.model import Case, Frame, Write

_GROUPS = {1: "reserved data opcodes", 2: "reserved control opcodes"}
_HELLO = "Hello, world!"
_RESERVED = "reserved opcode payload"


def _alone(minor: int, number: int, opcode: int, payload: str) -> Case:
    """One frame with a reserved opcode."""
    what = "with a payload" if payload else "without payload"
    return fails(
        f"4.{minor}.{number}",
        _GROUPS[minor],
        f"A frame with opcode {opcode} {what}.",
        (send(Frame(opcode, octets(payload))),),
        requirements=("6455-5.2-2",),
    )


def _between(minor: int, number: int, opcode: int, payload: str, write: Write | int = Write.TOGETHER) -> Case:
    """A good message, a frame with a reserved opcode, a ping."""
    what = "with a payload" if payload else "without payload"
    how = ", one octet at a time" if write == 1 else ""
    return fails(
        f"4.{minor}.{number}",
        _GROUPS[minor],
        f"A good text message, a frame with opcode {opcode} {what}, a ping{how}.",
        (send(text(_HELLO), Frame(opcode, octets(payload)), ping(), write=write),),
        requirements=("6455-5.2-2",),
        outcomes=ok_or_nothing(came(_HELLO)),
        expects="The message comes back, then the connection is failed; no pong.",
    )


def _five(minor: int, first: int) -> tuple[Case, ...]:
    """The five cases of a minor group, whose first opcode is `first`."""
    return (
        _alone(minor, 1, first, ""),
        _alone(minor, 2, first + 1, _RESERVED),
        _between(minor, 3, first + 2, ""),
        _between(minor, 4, first + 3, _HELLO),
        _between(minor, 5, first + 4, _HELLO, write=1),
    )


CASES = (*_five(1, 3), *_five(2, 11))
