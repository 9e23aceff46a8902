"""Failures as data."""

from __future__ import annotations

import dataclasses

import pytest

from rawws.core.connection import SERVER, Connection
from rawws.core.events import CloseConnection
from rawws.core.failure import Failure, Fault
from rawws.core.limits import Limits
from rawws.spec import REQUIREMENTS

from tests.core.cuts import run
from tests.core.octets import Frame, close, ping, text


def test_a_failure_is_a_value() -> None:
    """Equal failures are equal and hash alike; none can be changed, and none has room for anything else."""
    one = Failure("6455-5.1-2", "unmasked", 1002, offset=7)
    assert one == Failure("6455-5.1-2", "unmasked", 1002, offset=7)
    assert one != dataclasses.replace(one, offset=8)
    assert len({one, dataclasses.replace(one)}) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.offset = 9  # type: ignore[misc]
    assert str(one) == "unmasked [6455-5.1-2, octet 7]"
    assert not hasattr(one, "__dict__")


def test_a_failure_says_what_was_broken() -> None:
    """It has the sentence at hand, and prints as one line with its id and place."""
    failure = Failure("6455-5.1-2", "server received unexpected unmasked frame", 1002, offset=7)
    assert failure.sentence == REQUIREMENTS["6455-5.1-2"].text
    assert str(failure) == "server received unexpected unmasked frame [6455-5.1-2, octet 7]"
    assert failure.fault is Fault.REMOTE
    # Nothing of the peer's stream comes before the head of its handshake.
    assert str(Failure("6455-4.2.1-1", "no request", status_code=400)) == "no request [6455-4.2.1-1, octet 0]"


def test_a_connection_tells_its_failure_whole() -> None:
    """Requirement, close code, place, whose fault and which limit, on `connection.failure`; no status code any more."""
    data = text("Hello").to("server") + ping(b"?").to("server")
    bad = run(Connection(SERVER), [data + Frame(0x83, b"").to("server")])
    assert bad.failure is not None
    assert bad.failure == Failure("6455-5.2-2", bad.failure.message, 1002, None, len(data), Fault.REMOTE, None)
    big = run(Connection(SERVER, limits=Limits(max_message_bytes=5)), [data + text("Hello!").to("server")])
    assert big.failure is not None
    assert big.failure == Failure(
        "6455-10.4-1", big.failure.message, 1009, None, len(data), Fault.REMOTE, "max_message_bytes"
    )


@pytest.mark.parametrize("code", [1000, 1002, 1007, 4000])
def test_a_peer_s_close_is_no_failure(code: int) -> None:
    """The peer may say any code, even that of a failure: `failure` is None, and that tells the two apart."""
    theirs = run(Connection(SERVER), [close(code, "invalid UTF-8 in a text message").to("server")])
    assert theirs.events == (CloseConnection(code, "invalid UTF-8 in a text message"),)
    assert theirs.failure is None
    ours = run(Connection(SERVER), [text(b"\xff").to("server")])
    assert ours.events == (CloseConnection(1007, "invalid UTF-8 in a text message"),)
    assert ours.failure is not None


def test_messages_hold_nothing_that_the_peer_chose() -> None:
    """The text of a failure is fit for a log: whatever octets came, it is one printable line of ASCII."""
    evil = b"\x1b[2J\n\x00"
    for frame in (text(evil + b"\xff"), close(1000, evil + b"\xff"), close(None, b"\x1b"), Frame(0x8B, evil)):
        failure = run(Connection(SERVER), [frame.to("server")]).failure
        assert failure is not None
        assert failure.message.isascii()
        assert failure.message.isprintable()
