"""The heads of an opening handshake: as a case writes its own, and as it wants the peer's to be.

A case without an `Opening` has the usual one: the tester's head is a good one, and the peer's has to be what RFC 6455
§4 asks for. A case that is about the opening handshake says what is different.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rawws_conformance.steps import Write

#: What stands in braces in a line of a head, and the words that may.
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
WORDS = frozenset(("target", "host", "key", "accept", "accept_swapped"))


@dataclass(frozen=True, slots=True)
class Head:
    """A head that the tester sends instead of its usual one.

    lines: the request or status line and the fields, without their ends; each character is one octet (Latin-1). These
    words in braces stand for what is known on the connection only: {target} and {host} of the URL; {key}, a fresh
    Sec-WebSocket-Key; in a response {accept}, the Sec-WebSocket-Accept that belongs to the client's key, and
    {accept_swapped}, the same with the case of its letters swapped.
    end: what ends each line; the empty line behind the last one ends with it, too. behind: octets that follow.
    write: how all that is cut into writes.
    """

    lines: tuple[str, ...]
    end: str = "\r\n"
    behind: bytes = b""
    write: Write | int = Write.TOGETHER

    @property
    def names(self) -> frozenset[str]:
        """The names of its fields, in lower case."""
        return frozenset(line.partition(":")[0].strip().lower() for line in self.lines[1:])

    def octets(self, values: Mapping[str, str], extra: tuple[tuple[str, str], ...] = ()) -> bytes:
        """What goes out. extra: fields to add, but for those that it has itself."""
        names = self.names
        lines = [PLACEHOLDER.sub(lambda word: values[word[1]], line) for line in self.lines]
        lines += [f"{name}: {value}" for name, value in extra if name.lower() not in names]
        return "".join(line + self.end for line in [*lines, ""]).encode("latin-1") + self.behind


@dataclass(frozen=True, slots=True)
class Field:
    """What has to be true of all field lines with one name.

    name: in lower case. least, most: how many lines; None: any number. pattern: what every value has to match, from its
    first character to its last, in the regular expressions that ECMA-262 and Python share. ignore_case: of the pattern.
    """

    name: str
    least: int = 0
    most: int | None = None
    pattern: str | None = None
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class PeerHead:
    """What has to be true of the peer's head, besides what is always judged. start: a pattern for its first line."""

    start: str | None = None
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """What is different about the opening handshake of a case.

    head: the tester's, where it is not the usual one. agrees: whether a server may agree to permessage-deflate because
    `head` offers it. peer: what has to be true of the peer's head when the handshake is done; if not: FAILED.
    """

    head: Head | None = None
    agrees: bool = False
    peer: PeerHead = PeerHead()


#: What starts a head, and its fields in order, names in lower case.
Lines = tuple[str, list[tuple[str, str]]]


def read(head: bytes) -> Lines:
    """The first line and the fields of a head that has been found to be HTTP."""
    first, *rest = head.decode("latin-1").rstrip("\r\n").split("\n")
    fields = []
    for line in rest:
        name, _, value = line.partition(":")
        fields.append((name.strip().lower(), value.strip()))
    return first.rstrip("\r"), fields


def problem(head: bytes, wanted: PeerHead) -> str | None:
    """What is not as it has to be, in words; None: nothing."""
    first, fields = read(head)
    if wanted.start is not None and not re.fullmatch(wanted.start, first):
        return f"its first line is {first[:100]!r}"
    for field in wanted.fields:
        values = [value for name, value in fields if name == field.name]
        if len(values) < field.least:
            return f"{field.name} is there {len(values)} times, and has to be {field.least} times"
        if field.most is not None and len(values) > field.most:
            if field.most:
                return f"{field.name} is there {len(values)} times, and may be {field.most} times"
            return f"{field.name} must not be there: {values[0][:100]!r}"
        if field.pattern is not None:
            flags = re.IGNORECASE if field.ignore_case else 0
            wrong = [value for value in values if not re.fullmatch(field.pattern, value, flags)]
            if wrong:
                return f"{field.name} is {wrong[0][:100]!r}"
    return None
