"""How much went over the wire in the cases of groups 12 and 13, at three levels, as Autobahn reports it."""

from __future__ import annotations

from typing import Any

from rawws_conformance.corpora import Corpora
from rawws_conformance.model import Case, Slices
from rawws_conformance.reports.frames import FrameView
from rawws_conformance.slices import Library
from rawws_conformance.verdict import Result

_LIBRARY = Library(Corpora())


def traffic(case: Case, result: Result, view: FrameView) -> dict[str, Any] | None:
    """The object `trafficStats`; null where nobody counted.

    Counted are octets on the wire and messages, in both directions. Into how many frames a peer cut its echoes, and
    what the payloads of these add up to, is not: null.
    """
    echo = case.echo
    if echo is None or not isinstance(echo.payload, Slices) or not result.facts.was_open:
        return None
    pieces = _LIBRARY.pieces(echo.payload)
    sent, received = (sum(len(pieces[index]) for index in range(count)) for count in result.messages)
    return {
        **_direction("outgoing", result.octets_sent, len(view.head("sent")), result.messages[0], sent),
        **_direction("incoming", result.octets_received, len(view.head("received")), result.messages[1], received),
    }


def _direction(name: str, wire: int, head: int, messages: int, octets: int) -> dict[str, Any]:
    """One direction. The opening handshake is counted by itself; octets: of all messages, before compression."""
    return {
        f"{name}OctetsWireLevel": wire - head,
        f"{name}OctetsWebSocketLevel": None,
        f"{name}OctetsAppLevel": octets,
        f"{name}WebSocketFrames": None,
        f"{name}WebSocketMessages": messages,
        f"{name}CompressionRatio": round((wire - head) / octets, 3) if octets else None,
        f"{name}WebSocketOverhead": None,
        f"preopen{name.capitalize()}OctetsWireLevel": head,
    }
