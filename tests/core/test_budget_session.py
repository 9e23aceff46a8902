"""What one message costs in lines and calls of Python when it goes through a Session and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from rawws.core.accelerator import ACCELERATED
from rawws.core.session import Session

from tests.budget import Budget, counting
from tests.core import sessions
from tests.core.octets import text

BUDGET = Budget(Path(__file__).with_name("budget_session.json"))
CODEC = "codec in C" if ACCELERATED else "codec in Python"
MESSAGE = text("sixteen octets..").to("server")
ROUNDS = 50


def echo_all(session: Session, data: bytes) -> int:
    """What a transport does with a Session; how many messages there were."""
    messages = 0
    session.receive(data, 0.0)
    while (message := session.next_message()) is not None:
        messages += 1
        session.send(message)
    session.data_to_send()
    return messages


@pytest.mark.parametrize("at_once", [1, 64])
def test_session(at_once: int) -> None:
    """A message through a Session, alone in its octets or among others, costs no more work than it did."""
    session = sessions.server()
    data = MESSAGE * at_once
    assert echo_all(session, data) == at_once
    with counting() as counts:
        for _ in range(ROUNDS):
            echo_all(session, data)
    BUDGET.check(f"{at_once} at once, {CODEC}", counts.per(ROUNDS * at_once))
