"""What an endpoint made of a stream, joined so that no cut shows."""

from __future__ import annotations

import pytest

from rawws.core.connection import SERVER, Connection
from rawws.core.events import BytesMessage, CloseConnection, Message, Ping, TextMessage
from rawws.core.session import Session
from rawws.testing import Outcome, Part
from rawws.testing.cuts import bytewise, whole
from rawws.testing.frames import close, last, ping, take_apart, text
from rawws.testing.outcome import join, run, run_session

STREAM = b"".join(frame.to("server") for frame in (text("a€", fin=False), ping(b"1"), last("b"), close(1000, "bye")))


def test_a_run_is_the_same_at_every_cut() -> None:
    """Pieces of a message are joined up to the control frame between them, and messages over it."""
    outcome = run(Connection(SERVER), whole(STREAM))
    assert outcome == run(Connection(SERVER), [*bytewise(STREAM), None])._replace(state="REMOTE_CLOSING")
    end = CloseConnection(code=1000, reason="bye")
    assert outcome.events == (Part("a€", complete=False), Ping(payload=b"1"), Part("b", complete=True), end)
    assert outcome.messages == [Ping(payload=b"1"), "a€b", end]
    assert (outcome.failure, outcome.state) == (None, "REMOTE_CLOSING")


def test_nobody_reads_behind_the_end() -> None:
    """What follows the end of a connection is not fed."""
    connection = Connection(SERVER)
    outcome = run(connection, [None, b"more"])
    assert outcome == Outcome((CloseConnection(code=1006),), None, "CLOSED", 0)


def test_a_session_is_run_likewise() -> None:
    """Messages, how it ended, and what was answered."""
    received = run_session(Session(Connection(SERVER)), bytewise(STREAM))
    assert received.messages == ["a€b"]
    assert received.ended is not None
    assert received.ended.code == 1000
    assert [frame.opcode for frame in take_apart(received.sent)] == [0xA, 0x8]
    assert received.must_drop


def test_what_is_no_event_of_the_core_is_told() -> None:
    """Only the two classes of messages, each with its own type of data, can be joined."""
    assert join([BytesMessage(data=b"a", message_finished=False)]) == (Part(b"a", complete=False),)
    with pytest.raises(TypeError, match="carries bytes"):
        join([TextMessage(data=b"a")])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="neither"):
        join([Message(data="a")])
