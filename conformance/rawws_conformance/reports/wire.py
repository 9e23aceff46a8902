"""A wire log for people: hex and text side by side, as in a hex dump."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

_ARROWS = {"sent": "→", "received": "←", "frame sent": "→", "frame received": "←"}

#: Octets in a line.
_LINE = 16

#: Each octet as the character that stands for it.
_PRINTED = bytes(octet if 0x20 <= octet < 0x7F else ord(".") for octet in range(256))


def wire_text(entries: Sequence[Any], most: int, elsewhere: str = "The rest is in report.json.") -> str:
    """A wire log out of a `report.json` as lines of text, with at most so many octets. elsewhere: where the rest is."""
    lines: list[str] = []
    left = most
    for entry in entries:
        kind, seconds = str(entry.get("kind")), entry.get("seconds", 0)
        arrow = _ARROWS.get(kind, "·")
        octets = bytes.fromhex(entry.get("hex", ""))
        length = entry.get("octets", len(octets))
        words = entry.get("text", "")
        if not octets:
            lines.append(f"{seconds:8.3f}  {arrow} {words}{f' {length} octets' if length else ''}".rstrip())
            continue
        lines.append(f"{seconds:8.3f}  {arrow} {kind}, {length} octet{'' if length == 1 else 's'} {words}".rstrip())
        lines += dump(octets[:left])
        if length > min(left, len(octets)):
            lines.append(f"{'':2}… {length - min(left, len(octets))} more")
        left -= min(left, len(octets))
        if not left:
            lines.append(elsewhere)
            break
    return "\n".join(lines)


def dump(octets: bytes) -> Iterator[str]:
    """Lines of sixteen octets, as hex and as ASCII."""
    text = octets.translate(_PRINTED).decode("ascii")
    for at in range(0, len(octets), _LINE):
        digits = octets[at : at + _LINE].hex(" ")
        yield f"  {digits:<{3 * _LINE - 1}}  {text[at : at + _LINE]}"
