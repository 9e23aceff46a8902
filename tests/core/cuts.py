"""Ways of cutting a stream of octets, and what a connection makes of the pieces.

Every promise of the core is independent of chunking: any cut of the same octets gives the same events after joining
adjacent data events of one message, and the same verdict, offset and limit.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from rawws.core.connection import Connection
from rawws.core.events import BytesMessage, CloseConnection, Event, Message, Ping, Pong, TextMessage
from rawws.core.failure import Failure
from rawws.core.session import Ended, Session

#: What comes from the network: octets, and None for the end of the stream.
Chunk = bytes | None
Chunks = Sequence[Chunk]


# -- cutting ----------------------------------------------------------------------------------------------------------


def whole(data: bytes) -> list[bytes]:
    """All in one piece."""
    return [data]


def bytewise(data: bytes) -> list[bytes]:
    """Octet by octet."""
    return [data[index : index + 1] for index in range(len(data))]


def bytewise_ends(data: bytes, edge: int = 1000, step: int = 61) -> list[bytes]:
    """Octet by octet at both ends of something long, in small pieces between."""
    stop = max(len(data) - edge, edge)
    between = [data[start : min(start + step, stop)] for start in range(edge, stop, step)]
    return [*bytewise(data[:edge]), *between, *bytewise(data[stop:])]


def at(data: bytes, places: Iterable[int]) -> list[bytes]:
    """Cut at the given places; a place that is given twice makes an empty piece."""
    borders = [0, *sorted(place for place in places if 0 <= place <= len(data)), len(data)]
    return [data[start:stop] for start, stop in pairwise(borders)]


def randomly(data: bytes, seed: object) -> list[bytes]:
    """Cut at random places, the same ones for the same seed; few places or many, empty pieces among the pieces."""
    rng = random.Random(repr(seed))
    return at(data, [rng.randint(0, len(data)) for _ in range(rng.choice([1, 2, 5, 20]))])


def around(data: bytes, borders: Iterable[int]) -> Iterator[list[bytes]]:
    """For every border a cut right before it, at it, and right behind it."""
    for border in borders:
        for place in (border - 1, border, border + 1):
            if 0 < place < len(data):
                yield at(data, [place])


def cuttings(data: bytes, *, borders: Iterable[int] = (), seed: object = 0, times: int = 5) -> Iterator[list[bytes]]:
    """Whole, octet by octet, at random places, and around every border."""
    yield whole(data)
    yield bytewise(data)
    for time in range(times):
        yield randomly(data, (seed, time))
    yield from around(data, borders)


def cut_stream(pieces: Chunks, cut: Callable[[bytes], list[bytes]]) -> list[Chunk]:
    """Cut what is between the ends of stream in `pieces`, and keep the ends where they are."""
    result: list[Chunk] = []
    gathered = b""
    for piece in pieces:
        if piece is not None:
            gathered += piece
            continue
        result += [*cut(gathered), None] if gathered else [None]
        gathered = b""
    return [*result, *cut(gathered)] if gathered else result


# -- running ----------------------------------------------------------------------------------------------------------


class Part(NamedTuple):
    """Adjacent data events of one message, joined.

    data: what they carried. complete: whether the message ended with them.
    """

    data: str | bytes
    complete: bool


def _joined(pieces: list[str | bytes]) -> str | bytes:
    """Pieces of one message: of one type, or TypeError."""
    empty: str | bytes = "" if isinstance(pieces[0], str) else b""
    return empty.join(pieces)  # type: ignore[arg-type]


class Outcome(NamedTuple):
    """What a connection made of a stream, as far as no cut may change it.

    events: Part for data, the rest as they came. failure, state, offset: the connection's.
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


def join(events: Iterable[Event]) -> tuple[Part | Event, ...]:
    """Join adjacent data events of one message."""
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
        assert type(event) in {TextMessage, BytesMessage}
        assert type(event.data) is (str if isinstance(event, TextMessage) else bytes)
        pieces.append(event.data)
        if event.message_finished:
            flush(complete=True)
    flush(complete=False)
    return tuple(joined)


def run(connection: Connection, chunks: Iterable[Chunk]) -> Outcome:
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


def closes(outcome: Outcome) -> list[CloseConnection]:
    """The ends that were told."""
    return [event for event in outcome.events if isinstance(event, CloseConnection)]


def pings_and_pongs(outcome: Outcome) -> list[Ping | Pong]:
    """The control frames that were told, without the Close."""
    return [event for event in outcome.events if isinstance(event, (Ping, Pong))]


class SessionOutcome(NamedTuple):
    """What a session made of a stream, as far as no cut may change it."""

    messages: list[str | bytes]
    ended: Ended | None
    sent: bytes
    must_drop: bool


def run_session(session: Session, chunks: Iterable[Chunk]) -> SessionOutcome:
    """Feed the chunks one after the other, take the messages and the answers after each."""
    messages: list[str | bytes] = []
    sent = b""
    for chunk in chunks:
        session.receive(chunk, 0.0)
        while (message := session.next_message()) is not None:
            messages.append(message)
        sent += b"".join(session.data_to_send())
    return SessionOutcome(messages, session.ended, sent, session.must_drop)
