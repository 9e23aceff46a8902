"""How an end is told in a log, and which ends are normal."""

from __future__ import annotations

import pytest

from rawws.core.ended import Ended, EndedBy
from rawws.core.failure import Failure

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
