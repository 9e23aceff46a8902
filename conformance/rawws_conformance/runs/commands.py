"""The commands that a client may send on any path of the fuzzing server that means nothing else.

Each is a text message with a JSON list: a word, and what belongs to it.

    ["sendframe", {"opcode": 1, "payload": "Hello"}]        fin, rsv, mask, payload_len, chopsize, sync: optional
    ["sendframes", [{...}, {...}]]
    ["close", {"code": 1000, "reason": "Bye"}]              both optional
    ["echo", {"payload": "Hello", "payload_len": 12}]       one text message

`payload_len`: the payload is repeated and cut to so many octets. `mask`: as hex, or null.
"""

from __future__ import annotations

import json
from typing import Any

from rawws_conformance.octets import FrameBuilder, cut, head, mask

#: A client that asks for more in one message gets nothing.
_MOST_OCTETS = 16 << 20

#: One write, or a Close with its code and reason.
Part = bytes | tuple[int | None, bytes]


class CommandError(ValueError):
    """This is no command; the text says why."""


def octets_of(message: bytes, builder: FrameBuilder) -> list[Part]:
    """What to send for a command. Raises CommandError."""
    try:
        command = json.loads(message)
    except (ValueError, RecursionError):
        raise CommandError("this is no JSON") from None
    if not (isinstance(command, list) and len(command) == 2 and isinstance(command[0], str)):
        raise CommandError("a command is a list of a word and an object")
    word, given = command
    if word == "sendframes" and isinstance(given, list) and all(isinstance(each, dict) for each in given):
        parts = [part for each in given for part in _frame(each)]
        if sum(map(len, parts)) > _MOST_OCTETS:
            raise CommandError("that is too much")
        return list(parts)
    if not isinstance(given, dict):
        raise CommandError(f"{word[:40]} needs an object")
    if word == "sendframe":
        return list(_frame(given))
    if word == "echo":
        return [builder.frame(1, _payload(given))]
    if word == "close":
        code = _number(given, "code", None, 65535)
        reason = given.get("reason") or ""
        if not isinstance(reason, str):
            raise CommandError("reason has to be a text")
        return [(code, reason.encode()[:123] if code is not None else b"")]
    raise CommandError(f"there is no command {word[:40]}")


def _number(given: dict[str, Any], name: str, default: int | None, most: int) -> int | None:
    """A number of a command, null and absent being the same."""
    value = given.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise CommandError(f"{name} has to be a number from 0 to {most}")
    return value


def _payload(given: dict[str, Any]) -> bytes:
    payload = given.get("payload") or ""
    if not isinstance(payload, str):
        raise CommandError("payload has to be a text")
    data = payload.encode()
    length = _number(given, "payload_len", None, _MOST_OCTETS)
    return data if length is None or not data else cut(data, length)


def _frame(given: dict[str, Any]) -> list[bytes]:
    """One frame, as one write or in pieces."""
    payload = _payload(given)
    opcode = _number(given, "opcode", 1, 15) or 0
    rsv = _number(given, "rsv", 0, 7) or 0
    key = given.get("mask")
    try:
        octets = None if key is None else bytes.fromhex(key)
    except (TypeError, ValueError):
        octets = b""
    if octets is not None and len(octets) != 4:
        raise CommandError("mask has to be eight hexadecimal digits")
    frame = head(opcode, len(payload), fin=given.get("fin", True) is not False, rsv=rsv, masked=octets is not None)
    frame += payload if octets is None else octets + mask(payload, octets)
    size = _number(given, "chopsize", None, _MOST_OCTETS)
    if not size:
        return [frame]
    if len(frame) // size > 100_000:
        raise CommandError("that would be more than 100000 writes")
    return [frame[at : at + size] for at in range(0, len(frame), size)]
