"""Paths and what they lead to: `/rooms/{room}` and `/users/{number:int}`.

A pattern is made of segments between slashes. A segment is text, which must be the same, or stands in braces: a name,
with a kind behind a colon. Kinds: `str`, one segment that is not empty (the default); `int`, digits; `path`, one or
more segments, only at the end. Values are percent-decoded (RFC 3986 §2.1) behind the cutting, so that %2F ends no
segment.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar
from urllib.parse import unquote_to_bytes

_T = TypeVar("_T")

#: The values of a pattern's names.
Parameters = dict[str, "str | int"]

_NAMED = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)(?::([a-z]+))?\}")
_KINDS = frozenset({"int", "path", "str"})

# Visible characters that a path may hold as they are, but for braces: RFC 3986 §3.3, generously.
_TEXT = re.compile(r"[\x21-\x7e]*", re.ASCII)
_INT = re.compile(r"[0-9]{1,18}", re.ASCII)


class _Segment(NamedTuple):
    """text: what must be there, where there is no name. name, kind: of what may be there."""

    text: str = ""
    name: str = ""
    kind: str = ""


class PathPattern:
    """A path with names in it.

    names: in their order. Raises TypeError or ValueError, which show the pattern, where it is none.
    """

    def __init__(self, pattern: str) -> None:
        if not isinstance(pattern, str):
            raise TypeError(f"a path pattern must be str, not {type(pattern).__name__}")
        if not pattern.startswith("/"):
            raise ValueError(f"a path pattern begins with a slash: {pattern!r}")
        self.pattern = pattern
        self._segments = [_parse_segment(text, pattern) for text in pattern[1:].split("/")]
        self.names = [segment.name for segment in self._segments if segment.name]
        if len(set(self.names)) < len(self.names):
            raise ValueError(f"a path pattern has each name once: {pattern!r}")
        if any(segment.kind == "path" for segment in self._segments[:-1]):
            raise ValueError(f"in a path pattern only the last segment may be a path: {pattern!r}")

    @property
    def shape(self) -> Sequence[tuple[str, str]]:
        """What tells this pattern from others: two of one shape match the same paths."""
        return tuple([(segment.text, segment.kind) for segment in self._segments])

    def match(self, path: str) -> Parameters | None:
        """The values that `path`, as it was sent, gives the names; None where it is another path."""
        if not path.startswith("/"):
            return None
        texts = path[1:].split("/")
        if self._segments[-1].kind == "path" and len(texts) > len(self._segments):
            last = len(self._segments) - 1
            texts[last:] = ["/".join(texts[last:])]
        if len(texts) != len(self._segments):
            return None
        found: Parameters = {}
        for segment, sent in zip(self._segments, texts, strict=True):
            value = _value(segment.kind, sent)
            if value is None or (not segment.name and value != segment.text):
                return None
            if segment.name:
                found[segment.name] = value
        return found


def _parse_segment(text: str, pattern: str) -> _Segment:
    named = _NAMED.fullmatch(text)
    if named is not None:
        kind = named[2] or "str"
        if kind not in _KINDS:
            raise ValueError(f"a name in a path pattern is a str, an int or a path, not {kind!r}: {pattern!r}")
        return _Segment(name=named[1], kind=kind)
    if "{" in text or "}" in text:
        raise ValueError(f"in a path pattern braces hold a whole segment, as in /rooms/{{room}}: {pattern!r}")
    if not _TEXT.fullmatch(text) or "?" in text or "#" in text:
        raise ValueError(f"a path pattern has neither query nor fragment, and is percent-encoded ASCII: {pattern!r}")
    decoded = _decode(text)
    if decoded is None:
        raise ValueError(f"what a path pattern percent-encodes is UTF-8: {pattern!r}")
    return _Segment(text=decoded)


def _value(kind: str, sent: str) -> str | int | None:
    """What a segment that was sent stands for, None where it is not of this kind ("" for text)."""
    if kind == "int":
        return int(sent) if _INT.fullmatch(sent) else None
    decoded = _decode(sent)
    # A name stands for something.
    return None if kind and not decoded else decoded


def _decode(text: str) -> str | None:
    try:
        return unquote_to_bytes(text).decode("utf-8") if "%" in text else text
    except UnicodeDecodeError:
        return None


def path_of(target: str) -> str:
    """The path of a target, as it was sent: of a path with a query, or of a whole URI (RFC 9112 §3.2)."""
    path = target.partition("?")[0]
    if path.startswith("/"):
        return path
    return "/" + path.partition("://")[2].partition("/")[2]


class PathTable(Generic[_T]):
    """Patterns and what they lead to; the first one that matches counts, in the order in which they were added."""

    def __init__(self) -> None:
        self._rows: list[tuple[PathPattern, _T]] = []

    def add(self, pattern: str, target: _T) -> PathPattern:
        """Let a pattern lead to `target`. Raises TypeError or ValueError for none, and for a second one."""
        made = PathPattern(pattern)
        for row, _ in self._rows:
            if row.shape == made.shape:
                raise ValueError(f"{pattern!r} matches the same paths as {row.pattern!r}, which was there before")
        self._rows.append((made, target))
        return made

    def find(self, path: str) -> tuple[_T, Parameters] | None:
        """What `path` leads to, and the values of its names; None where it leads nowhere."""
        for pattern, target in self._rows:
            found = pattern.match(path)
            if found is not None:
                return target, found
        return None
