"""What the opening handshake raises: the rule as data, and the answer of a server, ready to be sent."""

from __future__ import annotations

import pytest

from rawws.core.events import RejectConnection
from rawws.core.failure import Failure
from rawws.core.refused import HandshakeRefusedError, refuse
from rawws.core.utilities import RemoteProtocolError


def test_a_refusal_is_an_error_with_its_answer() -> None:
    """It is wsproto's RemoteProtocolError; its failure and its answer say the same status, 400 where none was said."""
    error = refuse("Bad", "6455-4.2.1-1", status_code=426, headers=[(b"x", b"y")], message="bad", limit="max_headers")
    assert isinstance(error, RemoteProtocolError)
    assert str(error) == "Bad"
    assert error.failure == Failure("6455-4.2.1-1", "bad", status_code=426, limit="max_headers")
    assert error.event_hint == RejectConnection(status_code=426, headers=[(b"x", b"y")])
    plain = refuse("Bad", "6455-4.2.1-1")
    assert plain.failure == Failure("6455-4.2.1-1", "Bad", status_code=400)
    assert plain.event_hint == RejectConnection(status_code=400, headers=[])


def test_a_failure_without_a_status_is_answered_with_400() -> None:
    """Whoever raises it for a failure of its own has an answer to send all the same."""
    error = HandshakeRefusedError("Bad", Failure("6455-4.2.1-1", "bad"), [])
    assert error.event_hint == RejectConnection(status_code=400, headers=[])


def test_what_the_answer_holds_is_named() -> None:
    """A status is no header, and a header no message: whoever asks for one says which it is."""
    assert refuse("Bad", "6455-4.2.1-1", status_code=426).failure.status_code == 426
    with pytest.raises(TypeError):
        refuse("Bad", "6455-4.2.1-1", 426)  # type: ignore[call-arg]
