"""Every row of the frame battery, whole, byte by byte and at random cuts: one verdict, and nothing else comes out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from rawws.core.connection import CLIENT, SERVER, Connection
from rawws.core.errors import LocalProtocolError
from rawws.core.events import CloseConnection, Event, Message, Ping, Pong, TextMessage
from rawws.core.extensions import Extension, PerMessageDeflate
from rawws.core.session import EndedBy, Session
from rawws.spec import REQUIREMENTS

from tests.core.battery.frame_row import FrameRow
from tests.core.battery.frames import ROWS
from tests.core.cuts import (
    Chunk,
    Outcome,
    at,
    bytewise,
    closes,
    cut_stream,
    finest,
    randomly,
    run,
    run_session,
    whole,
)
from tests.core.octets import CLOSE, FIN, PONG, take_apart

#: See pyproject.toml.
pytestmark = pytest.mark.battery

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.role}-{row.id}")
FAULTS = [row for row in ROWS if row.requirement is not None]
each_fault = pytest.mark.parametrize("row", FAULTS, ids=lambda row: f"{row.role}-{row.id}")

RANDOM_CUTS = 3
MOST_BORDERS = 10


def start(row: FrameRow) -> Connection:
    """The connection that reads the row."""
    extensions: list[Extension] = []
    if row.deflate is not None:
        deflate = PerMessageDeflate()
        element = f"permessage-deflate; {row.deflate}" if row.deflate else "permessage-deflate"
        if row.role == "server":
            assert deflate.accept(element) is not None
        else:
            deflate.finalize(element.replace("server_max_window_bits=8", "server_max_window_bits=9"))
        extensions.append(deflate)
    connection = Connection(SERVER if row.role == "server" else CLIENT, extensions, limits=row.limits)
    if row.closing:
        assert connection.send(CloseConnection(1000))
    return connection


def ways(row: FrameRow) -> Iterator[list[Chunk]]:
    """Ways of cutting a row besides the whole: octet by octet, at random, around the borders of its frames.

    Rows of 2^16 octets are cut octet by octet at both ends only; what is between are octets of one payload.
    """
    yield cut_stream(row.chunks, finest(row.chunks))
    for time in range(RANDOM_CUTS):
        yield cut_stream(row.chunks, partial(randomly, seed=(row.id, row.role, time)))
    yield row.chunks
    borders = [0]
    for chunk in row.chunks:
        borders.append(borders[-1] + len(chunk or b""))
    for border in borders[1:MOST_BORDERS]:
        yield cut_stream(row.chunks, partial(at, places=[border - 1]))
        yield cut_stream(row.chunks, partial(at, places=[border + 1, border + 2]))


def judge(row: FrameRow, outcome: Outcome) -> None:
    """Hold what came out against the row."""
    told = outcome.messages
    ends = closes(outcome)
    assert [item for item in told if not isinstance(item, CloseConnection)] == list(row.told)
    assert outcome.state == row.state
    assert [int(end.code) for end in ends] == ([] if row.code is None else [row.code])
    assert not ends or told[-1] is ends[0]
    failure = outcome.failure
    if row.requirement is None:
        assert failure is None
        assert not ends or ends[0].reason == row.reason
        return
    assert failure is not None
    assert (failure.requirement, failure.limit) == (row.requirement, row.limit)
    assert (failure.close_code, failure.status_code) == (row.code, None)
    assert failure.offset == outcome.offset == row.offset
    assert ends[0].reason == failure.message


def test_the_battery_is_large_and_names_its_rows() -> None:
    """There are at least 170 cases, in both roles, under names of their own; each cites sentences that exist."""
    names = Counter((row.role, row.id) for row in ROWS)
    assert [name for name, count in names.items() if count > 1] == []
    assert len({row.id for row in ROWS}) >= 170
    assert {row.role for row in ROWS} == {"client", "server"}
    assert {row.requirement for row in FAULTS} <= set(REQUIREMENTS)
    assert {row.section.split("-")[0] for row in ROWS} == {"6455", "7692"}


@each_row
def test_one_verdict_however_the_octets_are_cut(row: FrameRow) -> None:
    """Messages, pings, failure, offset, limit and state are those of the row; and any cut gives the same events."""
    outcome = run(start(row), cut_stream(row.chunks, whole))
    judge(row, outcome)
    for chunks in ways(row):
        assert run(start(row), chunks) == outcome


@each_fault
def test_a_violation_is_found_as_soon_as_it_can_be(row: FrameRow) -> None:
    """Octet by octet, the failure is there at the very octet that the row names, or within the frame at fault."""
    connection = start(row)
    found = 0
    for octet in bytewise(b"".join(chunk for chunk in row.chunks if chunk is not None)):
        connection.receive_data(octet)
        found += 1
        for _ in connection.events():
            pass
        if connection.failure is not None:
            break
    if row.shows_after is not None:
        assert found == row.shows_after
    assert row.fault_at is not None
    assert row.offset < found <= row.offset + len(row.chunks[row.fault_at] or b"")


@pytest.mark.parametrize("row", [row for row in FAULTS if not row.closing], ids=lambda row: f"{row.role}-{row.id}")
def test_what_was_complete_before_a_violation_can_be_answered(row: FrameRow) -> None:
    """All that came before the violation comes out before it, while the connection is OPEN and sends answers."""
    connection = start(row)
    for chunk in cut_stream(row.chunks, whole):
        connection.receive_data(chunk)
    count = 0
    for event in connection.events():
        if isinstance(event, CloseConnection):
            break
        assert connection.state.name == "OPEN"
        assert connection.failure is None
        answer: Event = TextMessage("yes") if isinstance(event, Message) else Pong(b"yes")
        assert take_apart(connection.send(answer))[0].payload == b"yes" or row.deflate is not None
        count += not isinstance(event, Message) or event.message_finished
    assert count == len(row.told)
    assert connection.failure is not None


@each_fault
def test_behind_a_violation_there_is_one_close_and_nothing_else(row: FrameRow) -> None:
    """Input is discarded and its memory given back; one Close may be sent while the stream lasts, and nothing else."""
    connection = start(row)
    run(connection, cut_stream([chunk for chunk in row.chunks if chunk is not None], whole))
    failure = connection.failure
    assert connection.state.name == ("CLOSED" if row.closing else "REMOTE_CLOSING")
    for event in (TextMessage("no"), Pong(b"no")):
        with pytest.raises(LocalProtocolError):
            connection.send(event)
    if not row.closing:
        connection.receive_data(b"\x81\x00" * 100)
        assert list(connection.events()) == []
        assert row.code is not None
        sent = take_apart(connection.send(CloseConnection(row.code, "why")))
        assert [(frame.first, frame.payload) for frame in sent] == [(FIN | CLOSE, row.code.to_bytes(2, "big") + b"why")]
    with pytest.raises(LocalProtocolError):
        connection.send(CloseConnection(1002))
    with pytest.raises(LocalProtocolError):
        connection.receive_data(b"\x81\x00")
    assert connection.failure is failure
    decoder = connection._proto.frame_decoder
    assert not decoder._buffer
    assert decoder._deflate is None or decoder._deflate._decompressor is None


@each_row
def test_a_session_comes_to_the_same_verdict(row: FrameRow) -> None:
    """The same messages, one end with the row's code and failure, a pong for each ping, however the octets are cut."""
    outcomes = []
    for cut in (whole, finest(row.chunks), partial(randomly, seed=(row.id, row.role))):
        connection = start(replace(row, closing=False))
        session = Session(connection)
        if row.closing:
            session.close(now=0.0)
            session.data_to_send()
        outcomes.append(run_session(session, cut_stream(row.chunks, cut)))
        outcomes[-1] = outcomes[-1]._replace(sent=_keyless(outcomes[-1].sent))
        assert session.failure == connection.failure
    assert outcomes[1:] == outcomes[:1] * 2
    messages, ended, sent, must_drop = outcomes[0]
    assert messages == [item for item in row.told if isinstance(item, (str, bytes))]
    frames = take_apart(sent)
    pings = [item.payload for item in row.told if isinstance(item, Ping)]
    assert [frame.payload for frame in frames if frame.first == FIN | PONG] == pings
    if row.code is None:
        assert (ended, must_drop) == (None, False)
        return
    assert ended is not None
    if row.requirement is not None:
        assert (ended.by, ended.code, ended.clean) == (EndedBy.LOCAL, row.code, False)
        assert ended.failure is not None
        assert ended.failure.requirement == row.requirement
        assert must_drop
    else:
        assert (ended.code, ended.failure, ended.clean) == (row.code, None, row.code != 1006)
        assert (ended.by is EndedBy.NETWORK) is (row.code == 1006)
        assert must_drop or row.role == "client"
    answers = [frame for frame in frames if frame.first == FIN | CLOSE]
    assert len(answers) == (0 if row.closing or row.code == 1006 else 1)
    if answers:
        assert frames[-1] is answers[0]
        assert answers[0].payload[:2] == (b"" if row.code == 1005 else row.code.to_bytes(2, "big"))


def _keyless(sent: bytes) -> bytes:
    """The frames with the same masking key each, so that they can be compared."""
    return b"".join(bytes((frame.first, len(frame.payload))) + frame.payload for frame in take_apart(sent))
