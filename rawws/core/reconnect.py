"""RFC 6455 §7.2.3: whether to connect again after a connection has ended or could not be made, and when.

6455-7.2.3-1: "To prevent this, clients SHOULD use some form of backoff when trying to reconnect after abnormal
closures": what is to be prevented is that all clients of a server that has had trouble come back at once.

A policy has no clock and draws no numbers: what it needs comes in as arguments.
"""

from __future__ import annotations

import math
import re
import sys
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum

from rawws.core.ended import Ended, EndedBy
from rawws.core.failure import Fault


class Cause(Enum):
    """What kept a connection from being there."""

    #: It ended with a Close frame of the peer's: `Why.code`.
    CLOSED = "closed"

    #: This end closed it, or failed it by its own fault: whoever did that and still asks for another shall have it.
    LEFT = "left"

    #: This end failed it, because the peer broke a rule or a limit: `Why.code` is what we said.
    FAILED = "failed"

    #: The server answered the opening handshake with another status than 101: `Why.status`.
    REFUSED = "refused"

    #: The server's answer was none that the protocol allows.
    INVALID_HANDSHAKE = "invalid handshake"

    #: One of the two ends does not trust the other's certificate.
    UNTRUSTED = "untrusted"

    #: TLS could not be agreed on, for another reason.
    TLS = "TLS"

    #: The proxy did not let us through: `Why.status`, where it is one of HTTP.
    PROXY = "proxy"

    #: The network broke, fell silent, or led nowhere.
    NETWORK = "network"

    #: The opening handshake took too long.
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Why:
    """Why there is no connection; comparable by value.

    cause: what kind of thing happened. code: of the Close frame, for CLOSED, LEFT and FAILED. status: the HTTP status,
    for REFUSED and PROXY. retry_after: seconds that the server wants to be left alone for, None where it did not say.
    text: one sentence for people.
    """

    cause: Cause
    text: str = ""
    code: int | None = None
    status: int | None = None
    retry_after: float | None = None

    def __str__(self) -> str:
        return self.text or self.cause.value


def why_it_ended(ended: Ended) -> Why:
    """What the end of a connection means for the next one."""
    if ended.by is EndedBy.REMOTE:
        return Why(Cause.CLOSED, str(ended), code=ended.code, retry_after=_asked_by_close(ended))
    if ended.failure is not None and ended.failure.fault is Fault.LOCAL:
        return Why(Cause.LEFT, str(ended), code=ended.code)
    if ended.failure is not None and ended.failure.limit not in {"ping_timeout", "close_timeout"}:
        return Why(Cause.FAILED, str(ended), code=ended.code)
    if ended.by is EndedBy.LOCAL and ended.failure is None:
        return Why(Cause.LEFT, str(ended), code=ended.code)
    return Why(Cause.NETWORK, str(ended))


# Registered with IANA: "Service Restart" and "Try Again Later".
_LATER_CODES = frozenset({1012, 1013})

_retry_after = re.compile(r"Retry-After:[ \t]*([0-9]{1,10})[ \t]*", re.IGNORECASE).fullmatch


def _asked_by_close(ended: Ended) -> float | None:
    """Seconds that a server has asked for in the reason of its Close frame, None where it has not.

    Nothing but the reason has room for it; servers of rawws that drain write "Retry-After: 30" there, as in HTTP.
    """
    asked = _retry_after(ended.reason) if ended.code in _LATER_CODES else None
    return None if asked is None else float(asked[1])


#: Close codes after which the same would happen again, whoever tried: the peer holds what we sent, or what we are,
#: against us. 1002, 1003, 1007, 1009, 1010: our frames, kinds, texts, sizes, extensions. 1008: its policy. 3000 and
#: 3003 are registered as Unauthorized and Forbidden.
POINTLESS_CODES = frozenset({1002, 1003, 1007, 1008, 1009, 1010, 3000, 3003})

#: Statuses that pass: the server's own trouble, and "later" in its various forms. Every other one is an answer.
PASSING_STATUSES = frozenset({408, 421, 425, 429, 500, 502, 503, 504})

#: Causes that the same request would meet again.
POINTLESS_CAUSES = frozenset({Cause.FAILED, Cause.INVALID_HANDSHAKE, Cause.UNTRUSTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconnectPolicy:
    """When to connect again: exponential backoff with full jitter, and an end where trying is pointless.

    Before the first try one waits between 0 and `first_delay` seconds, every delay in between being equally likely;
    that bound grows with each try that comes to nothing, up to `max_delay`.

    first_delay, max_delay: seconds. growth: the factor from one try to the next.
    attempts: tries in a row that come to nothing before one gives up; None for no end.
    stable_after: seconds after which a connection counts as one that worked, so that the count begins anew.
    max_retry_after: the longest |Retry-After| that is obeyed; a server that asks for more is asked again after so long.
    pointless_codes, passing_statuses, pointless_causes: what to make of ends and refusals.

    Raises ValueError, which names the argument, for durations that are negative or no numbers, a growth below 1, and
    what is no set.
    """

    first_delay: float = 5.0
    max_delay: float = 60.0
    growth: float = 2.0
    attempts: int | None = None
    stable_after: float = 10.0
    max_retry_after: float = 3600.0
    pointless_codes: frozenset[int] = POINTLESS_CODES
    passing_statuses: frozenset[int] = PASSING_STATUSES
    pointless_causes: frozenset[Cause] = POINTLESS_CAUSES

    def __post_init__(self) -> None:
        for name in ("first_delay", "max_delay", "stable_after", "max_retry_after"):
            value = getattr(self, name)
            if not (_is_number(value) and 0 <= value < math.inf):
                raise ValueError(f"{name} must be a number of seconds, not {value!r}")
        if not (_is_number(self.growth) and 1 <= self.growth < math.inf):
            raise ValueError(f"growth must be at least 1, not {self.growth!r}")
        if self.attempts is not None and not (type(self.attempts) is int and self.attempts >= 1):
            raise ValueError(f"attempts must be at least 1, or None: {self.attempts!r}")
        for name, kind in (("pointless_codes", int), ("passing_statuses", int), ("pointless_causes", Cause)):
            value = getattr(self, name)
            if not isinstance(value, frozenset) or not all(isinstance(each, kind) for each in value):
                raise ValueError(f"{name} must be a frozenset of {kind.__name__}, not {value!r}")

    def is_pointless(self, why: Why) -> bool:
        """Whether the next try would come to the same."""
        if why.cause in self.pointless_causes:
            return True
        if why.cause is Cause.CLOSED:
            return why.code in self.pointless_codes
        if why.cause is Cause.PROXY and why.status is None:
            return False
        return why.cause in {Cause.REFUSED, Cause.PROXY} and why.status not in self.passing_statuses

    def delay(self, why: Why, failed: int, chance: float) -> float | None:
        """Seconds until the next try, None to give up.

        why: what happened last. failed: tries in a row that have come to nothing, this one included; 0 after a
        connection that worked. chance: at least 0.0 and less than 1.0, drawn anew each time.

        What a server asks for by |Retry-After| (RFC 9110 §10.2.3), in a response or in the reason of a Close, is waited
        for first; the jitter comes on top, since all of its clients were told the same.
        """
        if self.is_pointless(why) or (self.attempts is not None and failed >= self.attempts):
            return None
        # 6455-7.2.3-2: "The first reconnect attempt SHOULD be delayed by a random amount of time."
        # 6455-7.2.3-3: "Should the first reconnect attempt fail, subsequent reconnect attempts SHOULD be delayed by
        # increasingly longer amounts of time, using a method such as truncated binary exponential backoff."
        try:
            grown = float(self.growth) ** max(failed - 1, 0)
        except OverflowError:
            grown = sys.float_info.max
        widest = min(self.first_delay * grown, self.max_delay)
        asked = 0.0 if why.retry_after is None else min(why.retry_after, self.max_retry_after)
        return asked + chance * widest


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def parse_retry_after(value: bytes, now: float) -> float | None:
    """Seconds that a |Retry-After| field asks for (RFC 9110 §10.2.3), None where it is none.

    now: the time in seconds since 1970, for a field that names a date.
    """
    text = value.decode("latin-1").strip(" \t")
    if text.isascii() and text.isdigit() and len(text) <= 10:
        return float(text)
    try:
        date = parsedate_to_datetime(text)
        return max(date.timestamp() - now, 0.0)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
