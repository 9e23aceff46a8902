"""What an endpoint makes of a stream, as far as no cut of the stream may change it.

A message that is cut comes out in more events than one that is whole. `join` undoes that, and nothing else: two runs
over the same octets must be equal then.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from rawws.core.connection import Connection
from rawws.core.events import BytesMessage, Event, Message, TextMessage
from rawws.core.failure import Failure
from rawws.core.session import Ended, Session
from rawws.testing.cuts import Carried


class Part(NamedTuple):
    """Adjacent data events of one message, joined.

    data: what they carried. complete: whether the message ended with them.
    """

    data: str | bytes
    complete: bool


class Outcome(NamedTuple):
    """What a connection made of a stream.

    events: Part for data, the others as they came. failure, state, offset: the connection's.
    """

    events: tuple[Part | Event, ...]
    failure: Failure | None
    state: str
    offset: int

    @property
    def messages(self) -> list[str | bytes | Event]:
        """Whole messages, joined over the control frames between their fragments, and all other events."""
        told: list[str | bytes | Event] = []
        begun: list[str | bytes] = []
        for event in self.events:
            if not isinstance(event, Part):
                told.append(event)
                continue
            begun.append(event.data)
            if event.complete:
                told.append(_joined(begun))
                begun = []
        return told


class Received(NamedTuple):
    """What a session made of a stream. sent: what it answered, as octets."""

    messages: list[str | bytes]
    ended: Ended | None
    sent: bytes
    must_drop: bool


class Endpoint(Protocol):
    """What `run` needs of a connection: `Connection` has it, and so has what is built like it."""

    failure: Failure | None

    def receive_data(self, data: bytes | None) -> None:
        """Take octets; None for the end of the stream."""

    def events(self) -> Iterable[Event]:
        """What they mean."""


def join(events: Iterable[Event]) -> tuple[Part | Event, ...]:
    """Join adjacent data events of one message.

    Raises TypeError where an event carries a type that its class does not stand for.
    """
    joined: list[Part | Event] = []
    pieces: list[str | bytes] = []

    def flush(*, complete: bool) -> None:
        if pieces:
            joined.append(Part(_joined(pieces), complete))
            pieces.clear()

    for event in events:
        if not isinstance(event, Message):
            flush(complete=False)
            joined.append(event)
            continue
        if type(event) not in {TextMessage, BytesMessage}:
            raise TypeError(f"{type(event).__name__} is neither a TextMessage nor a BytesMessage")
        if type(event.data) is not (str if isinstance(event, TextMessage) else bytes):
            raise TypeError(f"a {type(event).__name__} carries {type(event.data).__name__}")
        pieces.append(event.data)
        if event.message_finished:
            flush(complete=True)
    flush(complete=False)
    return tuple(joined)


def _joined(pieces: list[str | bytes]) -> str | bytes:
    """Pieces of one message: of one type, or TypeError."""
    empty: str | bytes = "" if isinstance(pieces[0], str) else b""
    return empty.join(pieces)  # type: ignore[arg-type]


def run(connection: Connection, chunks: Iterable[Carried]) -> Outcome:
    """Feed the chunks one after the other, take the events after each, and say what came of it.

    What follows the end of the connection is not fed: nobody reads on after it.
    """
    events: list[Event] = []
    for chunk in chunks:
        if chunk is not None and connection.state.name == "CLOSED":
            break
        connection.receive_data(chunk)
        events += connection.events()
    return Outcome(join(events), connection.failure, connection.state.name, connection.offset)


def run_session(session: Session, chunks: Iterable[Carried], now: float = 0.0) -> Received:
    """Feed the chunks one after the other, take the messages and the answers after each, all at the same time `now`."""
    messages: list[str | bytes] = []
    sent = b""
    for chunk in chunks:
        session.receive(chunk, now)
        while (message := session.next_message()) is not None:
            messages.append(message)
        sent += b"".join(session.data_to_send())
    return Received(messages, session.ended, sent, session.must_drop)
