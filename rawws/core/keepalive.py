"""RFC 6455 §5.5.2: pings that wait for their pong, round-trip times, and when silence has lasted too long.

"A Ping frame may serve either as a keepalive or as a means to verify that the remote endpoint is still responsive."
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rawws.core.limits import Limits

# Payloads of our own pings: a counter of four octets, behind two that applications are unlikely to begin with.
_OWN_PREFIX = b"\xf0\x9f"

# Pings of the application that wait for a pong. A peer that answers none of so many gets no more remembered.
_MOST_PENDING = 1024


class PingHandle:
    """A ping on its way.

    payload: what it carries.
    sent_at: when it was sent, in the caller's seconds.
    rtt: seconds until its pong came, None until then.
    """

    __slots__ = ("payload", "rtt", "sent_at")

    def __init__(self, payload: bytes, sent_at: float) -> None:
        self.payload = payload
        self.sent_at = sent_at
        self.rtt: float | None = None


class Keepalive:
    """Decides when to ping and when to give up. It sends nothing and has no clock.

    latency: the latest round-trip time in seconds, None before the first pong.
    heard_at: when the peer was last heard. asked_at: when it was asked for a sign of life, None since it has given one.
    """

    __slots__ = ("_count", "_interval", "_pending", "_timeout", "asked_at", "heard_at", "latency")

    def __init__(self, limits: Limits, now: float) -> None:
        self.latency: float | None = None
        self._interval = limits.ping_interval
        self._timeout = limits.ping_timeout
        self.heard_at = now
        self.asked_at: float | None = None
        # Made with the first ping: most connections see none for most of their time.
        self._pending: OrderedDict[bytes, PingHandle] | None = None
        self._count = 0

    def heard(self, now: float) -> None:
        """Any octet from the peer shows that it lives."""
        self.heard_at = now
        self.asked_at = None

    def new_payload(self) -> bytes:
        """A payload that no ping in flight has."""
        while True:
            self._count = (self._count + 1) & 0xFFFFFFFF
            payload = _OWN_PREFIX + self._count.to_bytes(4, "big")
            if not self.in_flight(payload):
                return payload

    def in_flight(self, payload: bytes) -> bool:
        """Whether a ping with this payload waits for its pong."""
        return self._pending is not None and payload in self._pending

    def sent(self, payload: bytes, now: float) -> PingHandle:
        """Remember a ping that was sent."""
        handle = PingHandle(payload, now)
        if self._pending is None:
            self._pending = OrderedDict()
        self._pending[payload] = handle
        if len(self._pending) > _MOST_PENDING:
            self._pending.popitem(last=False)
        return handle

    def pong(self, payload: bytes, now: float) -> list[PingHandle]:
        """The pings that a pong answers: its own and every earlier one; none when it was unsolicited.

        "If an endpoint receives a Ping frame and has not yet sent Pong frame(s) in response to previous Ping frame(s),
        the endpoint MAY elect to send a Pong frame for only the most recently processed Ping frame." (§5.5.3)
        """
        answered: list[PingHandle] = []
        if self._pending is None or payload not in self._pending:
            return answered
        while True:
            key, handle = self._pending.popitem(last=False)
            handle.rtt = now - handle.sent_at
            answered.append(handle)
            if key == payload:
                self.latency = handle.rtt
                return answered

    def next_deadline(self) -> float | None:
        """When to call `due` again; None when there is nothing to wait for."""
        if self.asked_at is not None:
            return None if self._timeout is None else self.asked_at + self._timeout
        return None if self._interval is None else self.heard_at + self._interval

    def due(self, now: float) -> str | None:
        """What is to be done at `now`: "ping", "timeout" or nothing."""
        deadline = self.next_deadline()
        if deadline is None or now < deadline:
            return None
        if self.asked_at is not None:
            return "timeout"
        self.asked_at = now
        return "ping"
