"""Messages of the lengths at which the form of the length changes."""

from __future__ import annotations

from rawws_conformance.cases.build import BINARY, TEXT, came, echoes, repeated, send
from rawws_conformance.model import Case, Frame, KillAfter, Write

#: RFC 6455 §5.2: up to 125 the length is one octet, up to 65535 three, beyond nine.
_LENGTHS = (0, 125, 126, 127, 128, 65535, 65536, 65536)
_CHOP = 997


def _case(minor: int, number: int, length: int) -> Case:
    is_binary = minor == 2
    word, unit = ("binary", b"\xfe") if is_binary else ("text", b"*")
    chopped = number == 8
    chops = f", written {_CHOP} octets at a time" if chopped else ""
    payload = repeated(unit, length)
    frame = Frame(BINARY if is_binary else TEXT, payload)
    return echoes(
        f"1.{minor}.{number}",
        f"{word} messages of several lengths",
        f"A {word} message of {length} octets{chops}.",
        (send(frame, write=_CHOP if chopped else Write.TOGETHER),),
        came(payload, is_binary=is_binary),
        requirements=("6455-5.2-4", "6455-5.6-1") if minor == 1 else ("6455-5.2-4",),
        limit=KillAfter(10 if number >= 6 else 1),
    )


CASES = tuple(_case(minor, number, length) for minor in (1, 2) for number, length in enumerate(_LENGTHS, 1))
