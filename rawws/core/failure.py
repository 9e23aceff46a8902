"""Failures as data: which rule was broken, by whom, where in the stream, and what the answer is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from rawws.spec import REQUIREMENTS


class Fault(Enum):
    """Whose fault a failure is."""

    #: This endpoint, or the application above it.
    LOCAL = "local"

    #: The peer.
    REMOTE = "remote"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a connection failed; comparable by value.

    requirement: id of a sentence in `rawws.spec.REQUIREMENTS`, such as `6455-5.1-2`.
    message: one sentence for a log; never holds octets that the peer chose.
    close_code: what the Close frame of this endpoint carries (1002, 1007, 1008, 1009, 1011), None during the handshake.
    status_code: what a server answers during the handshake (400, 403, 405, 413, 426, 431, 503), None afterwards.
    offset: octets of the peer's stream before the frame (or the HTTP head: 0) that broke the rule. Frames are
        counted from the first octet after the opening handshake.
    fault: whose fault it is.
    limit: the field of `rawws.core.limits.Limits` that was exceeded, or None.
    """

    requirement: str
    message: str
    close_code: int | None = None
    status_code: int | None = None
    offset: int = 0
    fault: Fault = Fault.REMOTE
    limit: str | None = None

    @property
    def sentence(self) -> str:
        """The sentence of the RFC that was broken."""
        return REQUIREMENTS[self.requirement].text

    def __str__(self) -> str:
        return f"{self.message} [{self.requirement}, octet {self.offset}]"
