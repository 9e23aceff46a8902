"""Streams of frames: such as a right peer sends, with what must come of them, and such as are spoiled somewhere."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache

from hypothesis import strategies as st

from rawws.core.connection import CLIENT, SERVER, Connection
from rawws.core.events import CloseConnection, Event, Ping, Pong
from rawws.core.extensions import Extension
from rawws.core.limits import DEFAULT_LIMITS, Limits
from rawws.testing.cuts import Chunk, Cut
from rawws.testing.deflate import Agreement, Deflater
from rawws.testing.frames import BINARY, CONTINUATION, FIN, PING, RSV1, TEXT, Frame, Role
from rawws.testing.strategies.deflate import agreements, corrupted, styles
from rawws.testing.strategies.frames import (
    close_frames,
    control_frames,
    frames,
    keys,
    long_texts,
    payloads,
    roles,
    wrong_frames,
)
from rawws.testing.strategies.utf8 import not_utf8, truncated


@dataclass(frozen=True)
class Stream:
    """What one peer sends behind the opening handshake.

    reader: who reads it. octets: all of them. ends: whether the stream ends behind them.
    agreement: on permessage-deflate, None where there is none.
    told: whole messages, pings, pongs and the close that have to come of it, None where that is not known.
    borders: where the frames begin.
    """

    reader: Role
    octets: bytes
    ends: bool = False
    agreement: Agreement | None = None
    told: tuple[str | bytes | Event, ...] | None = None
    borders: tuple[int, ...] = field(default=(), repr=False)

    def connection(self, limits: Limits = DEFAULT_LIMITS) -> Connection:
        """The end of a connection that the stream was made for, behind its opening handshake."""
        extensions: list[Extension] = [] if self.agreement is None else [self.agreement.extension()]
        return Connection(SERVER if self.reader == "server" else CLIENT, extensions, limits=limits)

    def chunks(self, cut: Cut) -> list[Chunk]:
        """The stream as a network could bring it."""
        pieces: list[Chunk] = [*cut(self.octets)]
        return [*pieces, None] if self.ends else pieces


@dataclass(frozen=True)
class _Message:
    """A message that is going to be sent. places: where it is fragmented. between: frames before each fragment."""

    data: str | bytes
    style: object
    pieces: int
    places: tuple[int, ...]
    between: tuple[tuple[Frame, ...], ...]
    key: bytes


@cache
@st.composite
def _messages(draw: st.DrawFn, *, compressed: bool) -> _Message:
    data = draw(st.one_of(long_texts(), payloads()))
    places = draw(st.lists(st.integers(0, 80000), max_size=3))
    # What stands between two fragments; before the first one there is nothing.
    between = [tuple(draw(st.lists(control_frames(), max_size=2))) for _ in places]
    style = draw(st.one_of(styles(), st.none())) if compressed else None
    return _Message(data, style, draw(st.integers(1, 3)), tuple(places), ((), *between), draw(keys()))


def _frames_of(message: _Message, deflater: Deflater | None) -> list[Frame]:
    data = message.data.encode() if isinstance(message.data, str) else message.data
    rsv = 0
    if deflater is not None and message.style is not None:
        size = len(data) // message.pieces + 1
        pieces = [data[start : start + size] for start in range(0, len(data), size)] or [b""]
        data = deflater.message(pieces, message.style)  # type: ignore[arg-type]  # a Style, where there is a deflater
        rsv = RSV1
    borders = [0, *sorted(place % (len(data) + 1) for place in message.places), len(data)]
    kind = TEXT if isinstance(message.data, str) else BINARY
    found = []
    for index, between in enumerate(message.between):
        first = CONTINUATION if index else kind | rsv
        fin = FIN if index == len(message.between) - 1 else 0
        found += [*between, Frame(first | fin, data[borders[index] : borders[index + 1]], key=message.key)]
    return found


def _told(frame: Frame) -> Event:
    """What a control frame is told as."""
    if frame.opcode >= PING:
        return Ping(frame.payload) if frame.opcode == PING else Pong(frame.payload)
    code = int.from_bytes(frame.payload[:2]) if frame.payload else 1005
    return CloseConnection(code, frame.payload[2:].decode())


def _lay_out(reader: Role, found: list[Frame]) -> tuple[bytes, tuple[int, ...]]:
    octets = b""
    borders = []
    for frame in found:
        borders.append(len(octets))
        octets += frame.to(reader)
    return octets, tuple(borders)


@cache
@st.composite
def right_streams(draw: st.DrawFn, *, deflate: bool | None = None, most: int = 5) -> Stream:
    """What a peer sends that keeps every rule. deflate: whether it is agreed on; None for both."""
    reader = draw(roles())
    with_deflate = draw(st.booleans()) if deflate is None else deflate
    agreement = draw(agreements()) if with_deflate else None
    deflater = None if agreement is None else Deflater(agreement, client=reader == "server")
    found: list[Frame] = []
    told: list[str | bytes | Event] = []
    item = st.one_of(_messages(compressed=with_deflate), control_frames())
    for thing in draw(st.lists(item, max_size=most)):
        more = [thing] if isinstance(thing, Frame) else _frames_of(thing, deflater)
        found += more
        told += [_told(frame) for frame in more if frame.opcode > BINARY]
        if not isinstance(thing, Frame):
            told.append(thing.data)
    ends = draw(st.booleans())
    if draw(st.booleans()):
        last = draw(close_frames())
        found.append(last)
        told.append(_told(last))
    elif ends:
        told.append(CloseConnection(1006))
    octets, borders = _lay_out(reader, found)
    return Stream(reader, octets, ends, agreement, tuple(told), borders)


@cache
@st.composite
def spoiled_streams(draw: st.DrawFn) -> Stream:
    """A right stream with one thing wrong in it: a frame too many, a lost or changed octet, an end too early."""
    stream = draw(right_streams(most=3))
    octets = stream.octets
    how = draw(st.integers(0, 4))
    border = draw(st.sampled_from([*stream.borders, len(octets)]))
    place = draw(st.integers(0, max(len(octets) - 1, 0)))
    if how == 0:
        octets = octets[:border] + draw(frames()).to(stream.reader) + octets[border:]
    elif how == 1:
        octets = octets[:border] + draw(wrong_frames()).to(stream.reader) + octets[border:]
    elif how == 2:
        octets = octets[:place] + bytes([draw(st.integers(0, 255))]) + octets[place + 1 :]
    elif how == 3:
        octets = octets[:place] + octets[place + draw(st.integers(1, 5)) :]
    else:
        octets = octets[:place]
    return replace(stream, octets=octets, told=None)


@cache
@st.composite
def wild_streams(draw: st.DrawFn) -> Stream:
    """Frames in any order, or no frames at all."""
    reader = draw(roles())
    agreement = draw(st.one_of(st.none(), agreements()))
    found = draw(st.lists(frames(), max_size=6))
    octets, borders = _lay_out(reader, found)
    return Stream(reader, octets + draw(st.binary(max_size=12)), draw(st.booleans()), agreement, None, borders)


@cache
@st.composite
def bad_text_streams(draw: st.DrawFn) -> Stream:
    """Messages of text that are no UTF-8, fragmented anywhere."""
    reader = draw(roles())
    data = draw(st.one_of(not_utf8(), truncated()))
    places = sorted(draw(st.lists(st.integers(0, len(data)), max_size=3)))
    borders = [0, *places, len(data)]
    count = len(borders) - 1
    found = [
        Frame(
            (CONTINUATION if index else TEXT) | (FIN if index == count - 1 else 0),
            data[borders[index] : borders[index + 1]],
        )
        for index in range(count)
    ]
    octets, starts = _lay_out(reader, found)
    return Stream(reader, octets, draw(st.booleans()), None, None, starts)


@cache
@st.composite
def corrupt_deflate_streams(draw: st.DrawFn) -> Stream:
    """Compressed messages that are no DEFLATE, or bombs, among good ones."""
    reader = draw(roles())
    agreement = draw(agreements())
    before = [Frame(FIN | TEXT, b"before")] if draw(st.booleans()) else []
    kind = draw(st.sampled_from([TEXT, BINARY]))
    payload = draw(corrupted())
    place = draw(st.integers(0, len(payload)))
    pieces = [Frame(kind | RSV1, payload[:place]), Frame(FIN | CONTINUATION, payload[place:])]
    whole = [Frame(FIN | RSV1 | kind, payload)]
    found = [*before, *(pieces if draw(st.booleans()) else whole), Frame(FIN | BINARY, b"behind")]
    octets, borders = _lay_out(reader, found)
    return Stream(reader, octets, draw(st.booleans()), agreement, None, borders)


@cache
def streams() -> st.SearchStrategy[Stream]:
    """Any of these."""
    return st.one_of(spoiled_streams(), wild_streams(), right_streams(), bad_text_streams(), corrupt_deflate_streams())
