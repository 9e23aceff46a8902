"""A connection that is fed from its first octet on, the opening handshake included."""

from __future__ import annotations

from collections.abc import Iterable

from rawws.core import WSConnection
from rawws.core.errors import RemoteProtocolError
from rawws.core.events import AcceptConnection, Event, Request


def feed(ws: WSConnection, pieces: Iterable[bytes], *, ends: bool) -> tuple[list[Event], str]:
    """All events that came of it, and the error that was raised; a server accepts as soon as it may."""
    events: list[Event] = []
    error = ""
    # An empty piece during the handshake would be the end of the stream.
    for piece in [*filter(None, pieces), *([None] if ends else [])]:
        if ws.state.name == "CLOSED":
            break
        try:
            ws.receive_data(piece)
        except RemoteProtocolError as exc:
            error = f"{exc} {exc.event_hint}"
        for event in ws.events():
            events.append(event)
            if isinstance(event, Request):
                ws.send(AcceptConnection())
    return events, error
