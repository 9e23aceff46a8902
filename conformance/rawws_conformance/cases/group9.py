"""Large messages, many fragments, many round trips (RFC 6455 §10.4)."""

from __future__ import annotations

from rawws_conformance.cases.build import BINARY, CLEAN, TEXT, repeated, size
from rawws_conformance.model import Case, CloseAfter, Echo, Level, Payload, Write

_KIB, _MIB = 1 << 10, 1 << 20

#: In a quick run, where a case has round trips, this many.
_QUICK = 20


def _word(opcode: int) -> str:
    return "binary" if opcode == BINARY else "text"


def _case(case_id: str, group: str, sends: str, seconds: float, echo: Echo, *, rules: tuple[str, ...]) -> Case:
    return Case(
        id=case_id,
        group=f"limits: {group}",
        sends=sends,
        expects=f"As many octets of the same type come back, all within {seconds:g} s.",
        requirements=rules,
        level=Level.SHOULD,
        script=(CloseAfter(seconds), echo),
        closing=CLEAN,
    )


def _large(minor: int, number: int, length: int) -> Case:
    opcode, unit = (TEXT, b"BAsd7&jh23") if minor == 1 else (BINARY, b"\x00\xfe\x23\xfa\xf0")
    seconds = 10 if length <= (256 * _KIB if minor == 1 else 4 * _MIB) else 100
    sends = f"A {_word(opcode)} message of {size(length)} in one frame."
    return _case(f"9.{minor}.{number}", _word(opcode), sends, seconds, Echo(opcode, repeated(unit, length)), rules=("6455-10.4-1",))


def _fragmented(minor: int, number: int, fragment: int) -> Case:
    opcode = TEXT if minor == 3 else BINARY
    # Autobahn's own choice: of the binary messages only the first consists of fe.
    unit = b"\xfe" if (minor, number) == (4, 1) else b"*"
    length = 4 * _MIB
    how = "in one frame" if fragment >= length else f"in {length // fragment} fragments of {size(fragment)} and an empty last one"
    echo = Echo(opcode, repeated(unit, length), fragment=fragment)
    sends = f"A {_word(opcode)} message of 4 MiB {how}."
    return _case(f"9.{minor}.{number}", f"fragmented {_word(opcode)}", sends, 100, echo, rules=("6455-5.4-1", "6455-10.4-1"))


def _chopped(minor: int, number: int, chop: int) -> Case:
    opcode, unit = (TEXT, b"BAsd7&jh23") if minor == 5 else (BINARY, b"\x00\xfe\x23\xfa\xf0")
    echo = Echo(opcode, repeated(unit, _MIB), write=chop)
    sends = f"A {_word(opcode)} message of 1 MiB in one frame, written {chop} octets at a time."
    return _case(f"9.{minor}.{number}", f"{_word(opcode)} in chops", sends, 1000, echo, rules=("6455-10.4-1",))


def _round_trips(minor: int, number: int, length: int, seconds: float) -> Case:
    opcode, unit = (TEXT, b"*") if minor == 7 else (BINARY, b"\xfe")
    payload: Payload = repeated(unit, length)
    echo = Echo(opcode, payload, count=1000, quick=_QUICK, write=Write.TOGETHER)
    sends = f"1000 {_word(opcode)} messages of {length} octets, each after the echo of the last one."
    return _case(f"9.{minor}.{number}", f"{_word(opcode)} round trips", sends, seconds, echo, rules=("6455-5.4-4",))


_LARGE = (64 * _KIB, 256 * _KIB, _MIB, 4 * _MIB, 8 * _MIB, 16 * _MIB)
_FRAGMENTS = (64, 256, _KIB, 4 * _KIB, 16 * _KIB, 64 * _KIB, 256 * _KIB, _MIB, 4 * _MIB)
_CHOPS = (64, 128, 256, 512, 1024, 2048)
_TRIPS = ((0, 60), (16, 60), (64, 60), (256, 120), (1024, 240), (4096, 480))

CASES = (
    *(_large(minor, number, length) for minor in (1, 2) for number, length in enumerate(_LARGE, 1)),
    *(_fragmented(minor, number, fragment) for minor in (3, 4) for number, fragment in enumerate(_FRAGMENTS, 1)),
    *(_chopped(minor, number, chop) for minor in (5, 6) for number, chop in enumerate(_CHOPS, 1)),
    *(_round_trips(minor, number, *trip) for minor in (7, 8) for number, trip in enumerate(_TRIPS, 1)),
)
