"""How a connection ended, and what went through it: data that outlives the connection."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from rawws.core.failure import Failure

# 1005 stands for a Close frame without a code.
_NORMAL_CODES = frozenset({1000, 1001, 1005})


class EndedBy(Enum):
    """Who ended a connection."""

    #: This endpoint began the closing handshake, or failed the connection.
    LOCAL = "local"

    #: The peer began the closing handshake.
    REMOTE = "remote"

    #: The stream ended, or fell silent, without a closing handshake.
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a connection ended; comparable by value.

    by: who ended it.
    code, reason: of the peer's Close frame (1005 when it held no code); where there was none, of ours when this
        endpoint failed the connection, else 1006 and "" (§7.1.5).
    failure: which rule was broken, None where none was.
    clean: whether a Close frame went both ways (§7.1.4).
    """

    by: EndedBy
    code: int
    reason: str
    failure: Failure | None
    clean: bool

    @property
    def normal(self) -> bool:
        """Whether the code says that all is well: 1000, 1001, or a Close without a code."""
        return self.failure is None and self.code in _NORMAL_CODES

    def __str__(self) -> str:
        if self.failure is not None:
            return f"the connection failed: {self.failure}"
        if self.by is EndedBy.NETWORK:
            return "the connection ended without a closing handshake (1006)"
        who = "the peer" if self.by is EndedBy.REMOTE else "this end"
        # The reason is the peer's: `repr` escapes whatever could steer a terminal or forge a line of a log.
        return f"{who} closed the connection: {self.code}" + (f" {self.reason!r}" if self.reason else "")


@dataclass(slots=True)
class SessionStats:
    """Counts of what went through a session: messages, control frames, and the length of messages.

    bytes_received, bytes_sent: octets of binary and characters of text messages, before compression.
    """

    messages_received: int = 0
    messages_sent: int = 0
    bytes_received: int = 0
    bytes_sent: int = 0
    pings_received: int = 0
    pings_sent: int = 0
    pongs_received: int = 0
