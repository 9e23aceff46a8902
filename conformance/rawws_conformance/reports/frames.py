"""Frames in a wire log: the octets that went over the wire, read once more, for people and for Autobahn's reports."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from rawws_conformance.octets import mask
from rawws_conformance.wirelog import Entry

#: Frames of a log that are looked at: a peer may fill one with the smallest.
_MOST_FRAMES = 10_000

#: Octets of a payload that are shown.
_SHOWN = 64


class LoggedFrame(NamedTuple):
    """A frame as far as the log holds it.

    sent: by the tester. length: of the whole payload. payload: its first octets, unmasked. key: the masking key.
    """

    sent: bool
    opcode: int
    fin: bool
    rsv: int
    key: bytes | None
    length: int
    payload: bytes


class _Stream:
    """One direction of a connection: first an HTTP head, then frames."""

    def __init__(self, *, sent: bool) -> None:
        self._sent = sent
        self._inside_head = True
        self.head = b""
        self._rest = b""
        #: Octets of the payload of the last frame that are still to come.
        self._missing = 0
        self._lost = False

    def forget(self) -> None:
        """Octets are missing from the log here: the next ones begin a frame, as far as anybody knows."""
        self._inside_head = self._lost = False
        self._rest, self._missing = b"", 0

    def feed(self, octets: bytes, length: int) -> Iterator[LoggedFrame]:
        """Octets of the log, of which `length` were on the wire."""
        if self._lost:
            return
        absent = length - len(octets)
        if self._inside_head:
            self.head += octets
            head, found, octets = self.head.partition(b"\r\n\r\n")
            if not found:
                return
            self.head = head + found
            self._inside_head = False
        skipped = min(self._missing, len(octets))
        self._missing -= skipped
        data = self._rest + octets[skipped:]
        self._rest = b""
        while len(data) >= 2:
            frame, size = self._frame(data)
            if frame is None:
                break
            yield frame
            self._missing = max(0, size - len(data))
            data = data[size:]
        self._rest = data
        if absent:
            # What the log left out belongs to the payload that was being read; if not, nobody knows where frames begin.
            if absent <= self._missing and not data:
                self._missing -= absent
            else:
                self._lost = True

    def _frame(self, data: bytes) -> tuple[LoggedFrame | None, int]:
        """The frame at the front, and how many octets it has; None where its head is not all there."""
        length, at = data[1] & 0x7F, 2
        if length >= 126:
            size = 2 if length == 126 else 8
            if len(data) < at + size:
                return None, 0
            length = int.from_bytes(data[at : at + size], "big")
            at += size
        key = None
        if data[1] & 0x80:
            if len(data) < at + 4:
                return None, 0
            key = data[at : at + 4]
            at += 4
        whole = at + length
        if len(data) < min(whole, at + _SHOWN):
            return None, 0  # wait for what is shown of it
        shown = data[at : min(whole, at + _SHOWN)]
        if key is not None:
            shown = mask(shown, key)
        first = data[0]
        return LoggedFrame(self._sent, first & 0x0F, first >= 0x80, first >> 4 & 7, key, length, bytes(shown)), whole


class FrameView:
    """Reads a log entry by entry. heads: of the HTTP request and response, as far as they were logged."""

    def __init__(self) -> None:
        self._room = _MOST_FRAMES
        self._streams = {"sent": _Stream(sent=True), "received": _Stream(sent=False)}

    def frames(self, entry: Entry) -> Iterator[LoggedFrame]:
        """The frames that this entry completes, as far as they can be seen."""
        if entry.kind == "note" and ("are not kept" in entry.text or "are left out" in entry.text):
            for each in self._streams.values():
                each.forget()
        stream = self._streams.get(entry.kind)
        if stream is not None and self._room:
            for frame in islice(stream.feed(entry.octets, entry.length), self._room):
                self._room -= 1
                yield frame

    def head(self, kind: str) -> str:
        """The HTTP head that was "sent" or "received"."""
        return self._streams[kind].head.decode("latin-1")
