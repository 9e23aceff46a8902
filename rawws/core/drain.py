"""How a server that restarts sends its clients away, so that they do not come back as a herd.

RFC 6455 §7.2.3 asks clients to spread their coming back; a server can begin with that: it closes one connection after
the other over a time of its choice, and says in the Close frame when to come back.
"""

from __future__ import annotations

import math

from rawws.core.close_payload import check_close

#: RFC 6455 §7.4.1: 1001 "indicates that an endpoint is "going away", such as a server going down".
GOING_AWAY = 1001

#: Registered with IANA: "Service Restart". A client may come back, and should wait a moment first.
SERVICE_RESTART = 1012

# RFC 9110 §10.2.3: "delay-seconds = 1*DIGIT".
_MOST_SECONDS = 10**9


class Drain:
    """A drain, as data.

    seconds: over which the closing is spread. code: of the Close frames. retry_after: whole seconds after which clients
    may come back, None to leave that to them.

    Raises TypeError or ValueError, which name the argument.
    """

    def __init__(self, seconds: float, code: int = SERVICE_RESTART, retry_after: int | None = None) -> None:
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
            raise TypeError(f"seconds must be a number, not {type(seconds).__name__}")
        if not 0 <= seconds < math.inf:
            raise ValueError(f"seconds must be a number that is not negative, not {seconds!r}")
        if retry_after is not None:
            if isinstance(retry_after, bool) or not isinstance(retry_after, int):
                raise TypeError(f"retry_after must be whole seconds or None, not {type(retry_after).__name__}")
            if not 0 <= retry_after < _MOST_SECONDS:
                raise ValueError(f"retry_after must be whole seconds that are not negative, not {retry_after!r}")
        self.seconds = seconds
        self.code = code
        self.retry_after = retry_after
        check_close(code, self.reason)

    @property
    def reason(self) -> str:
        """The reason of the Close frames: with `SERVICE_RESTART`, what |Retry-After| would say in an HTTP response."""
        if self.code == SERVICE_RESTART and self.retry_after is not None:
            return f"Retry-After: {self.retry_after}"
        return "the server is going away"

    @property
    def fields(self) -> list[tuple[bytes, bytes]]:
        """The header fields of a 503 meanwhile (RFC 9110 §10.2.3): without an own wish, to come after the drain."""
        seconds = math.ceil(self.seconds) if self.retry_after is None else self.retry_after
        return [(b"Retry-After", b"%d" % seconds)]

    def moments(self, count: int) -> list[float]:
        """When to close each of `count` connections, in seconds from the beginning: one every so often.

        In no interval are more closed than their part of the whole, and one.
        """
        return [self.seconds * number / count for number in range(count)]
