"""How an end is told in a log, which ends are normal, and what is known of a session that has ended."""

from __future__ import annotations

import dataclasses

import pytest

from rawws.core.ended import Ended, EndedBy, SessionStats
from rawws.core.failure import Failure

from tests.core.octets import close, ping, text
from tests.core.sessions import feed, server

FAILURE = Failure("6455-5.1-2", "no mask", 1002, offset=7)


@pytest.mark.parametrize(
    ("ended", "text", "normal"),
    [
        (Ended(EndedBy.REMOTE, 1000, "bye", None, clean=True), "the peer closed the connection: 1000 'bye'", True),
        (Ended(EndedBy.LOCAL, 1001, "", None, clean=True), "this end closed the connection: 1001", True),
        (Ended(EndedBy.LOCAL, 1005, "", None, clean=False), "this end closed the connection: 1005", True),
        (Ended(EndedBy.REMOTE, 1011, "\x1b", None, clean=True), "the peer closed the connection: 1011 '\\x1b'", False),
        (
            Ended(EndedBy.NETWORK, 1006, "", None, clean=False),
            "the connection ended without a closing handshake (1006)",
            False,
        ),
        (
            Ended(EndedBy.LOCAL, 1002, "", FAILURE, clean=False),
            "the connection failed: no mask [6455-5.1-2, octet 7]",
            False,
        ),
        # Whatever code a failure has, all is not well.
        (Ended(EndedBy.LOCAL, 1000, "", FAILURE, clean=True), f"the connection failed: {FAILURE}", False),
    ],
)
def test_an_end_in_a_sentence(ended: Ended, text: str, normal: bool) -> None:
    """Who ended it, with which code and why; the peer's reason cannot steer a terminal."""
    assert str(ended) == text
    assert ended.normal is normal


def test_an_end_is_a_value() -> None:
    """Equal ends are equal and hash alike; none can be changed, and none has room for anything else."""
    one = Ended(EndedBy.LOCAL, 1002, "", FAILURE, clean=False)
    assert len({one, dataclasses.replace(one), dataclasses.replace(one, code=1007)}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.code = 1000  # type: ignore[misc]
    assert not one.normal
    assert not hasattr(one, "__dict__")


def test_what_went_through_is_counted_from_nothing() -> None:
    """Every count begins at 0, and is there when the connection has ended; what is not counted has no place."""
    session = server()
    assert set(dataclasses.asdict(session.stats).values()) == {0}
    feed(session, text("Hello"), ping(b"?"), close(1000))
    assert session.ended is not None
    assert session.ended.normal
    assert session.stats == SessionStats(1, 0, 5, 0, 1, 0, 0)
    with pytest.raises(AttributeError):
        session.stats.messages = 1  # type: ignore[attr-defined]
