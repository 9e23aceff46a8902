"""What a case says about the opening handshake, as JSON and back; `exchange` does the same for whole cases."""

from __future__ import annotations

import re

from rawws_conformance.exchange_steps import FormatError, Json, octets_in, octets_out, write_in
from rawws_conformance.heads import PLACEHOLDER, WORDS, Field, Head, Opening, PeerHead


def _head_out(head: Head) -> Json:
    return {
        "lines": list(head.lines),
        "end": head.end,
        "behind": octets_out(head.behind),
        "write": head.write,
    }


def _head_in(value: Json) -> Head:
    head = Head(tuple(value["lines"]), value["end"], octets_in(value["behind"]), write_in(value["write"]))
    for line in head.lines:
        if unknown := set(PLACEHOLDER.findall(line)) - WORDS:
            raise FormatError(f"nobody knows what stands for {sorted(unknown)} in {line[:100]!r}")
        if any(ord(character) > 0xFF for character in line):
            raise FormatError(f"a character is more than an octet in {line[:100]!r}")
    return head


def field_out(field: Field) -> Json:
    """What has to be true of a header field."""
    return {
        "name": field.name,
        "least": field.least,
        "most": field.most,
        "pattern": field.pattern,
        "ignore_case": field.ignore_case,
    }


def field_in(value: Json) -> Field:
    """From what has to be true of a header field. Raises FormatError for what is no regular expression."""
    return Field(
        value["name"], value["least"], value["most"], _pattern(value["pattern"]), ignore_case=value["ignore_case"]
    )


def _pattern(value: str | None) -> str | None:
    try:
        re.compile(value or "")
    except re.error as exc:
        raise FormatError(f"{value!r} is no regular expression: {exc}") from None
    return value


def opening_out(opening: Opening) -> Json:
    """What is different about an opening handshake."""
    return {
        "head": None if opening.head is None else _head_out(opening.head),
        "agrees": opening.agrees,
        "peer": {"start": opening.peer.start, "fields": [field_out(field) for field in opening.peer.fields]},
    }


def opening_in(value: Json) -> Opening:
    """From what is different about an opening handshake. Raises FormatError."""
    peer = PeerHead(_pattern(value["peer"]["start"]), tuple(map(field_in, value["peer"]["fields"])))
    return Opening(None if value["head"] is None else _head_in(value["head"]), agrees=value["agrees"], peer=peer)
