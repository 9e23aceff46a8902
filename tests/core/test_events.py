"""Events are exactly wsproto's classes, however quickly they were made."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import pytest
import wsproto.events

from rawws.core import events
from rawws.core.connection import SERVER, Connection
from rawws.core.events import BytesMessage, CloseConnection, Event, Ping, Pong, TextMessage
from rawws.core.frame_protocol import CloseReason

from tests.core.octets import binary, close, last, ping, pong, text

STREAM = b"".join(
    frame.to("server")
    for frame in (
        text("é"),
        binary(b"\xff"),
        ping(b"1"),
        pong(b"2"),
        text("a", fin=False),
        last("b"),
        close(1000, "bye"),
    )
)
EXPECTED: list[Event] = [
    TextMessage("é"),
    BytesMessage(b"\xff"),
    Ping(b"1"),
    Pong(b"2"),
    TextMessage("a", message_finished=False),
    TextMessage("b"),
    CloseConnection(CloseReason.NORMAL_CLOSURE, "bye"),
]


def received() -> list[Event]:
    """One event of each kind, as a connection makes them."""
    connection = Connection(SERVER)
    connection.receive_data(STREAM)
    return list(connection.events())


def test_all_names_are_those_of_wsproto() -> None:
    """Every event of wsproto is here, and is the same class."""
    for name in events.__all__:
        assert getattr(events, name) is getattr(wsproto.events, name)
    theirs = {
        name
        for name, value in vars(wsproto.events).items()
        if isinstance(value, type) and issubclass(value, wsproto.events.Event)
    }
    assert theirs == set(events.__all__)


@pytest.mark.parametrize("index", range(len(EXPECTED)))
def test_a_received_event_is_like_one_that_was_built(index: int) -> None:
    """Equal both ways, of the very class, with the same hash, text, fields, copies and pickles."""
    event, built = received()[index], EXPECTED[index]
    assert type(event) is type(built)
    assert event == built
    assert built == event
    assert hash(event) == hash(built)
    assert repr(event) == repr(built)
    assert dataclasses.asdict(event) == dataclasses.asdict(built)  # type: ignore[call-overload]
    assert copy.copy(event) == copy.deepcopy(event) == built
    assert pickle.loads(pickle.dumps(event)) == built
    assert dataclasses.replace(event) == built  # type: ignore[type-var]


def test_received_events_cannot_be_changed() -> None:
    """They are frozen like those that were built."""
    for event in received():
        field = dataclasses.fields(event)[0].name  # type: ignore[arg-type]
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(event, field, "other")


def test_an_event_can_be_sent_on() -> None:
    """What one connection received another can send: the octets are those of the original frames."""
    forwarded = b"".join(Connection(SERVER).send(event) for event in received()[:4])
    originals = (text("é"), binary(b"\xff"), ping(b"1"), pong(b"2"))
    assert forwarded == b"".join(frame.to("client") for frame in originals)
