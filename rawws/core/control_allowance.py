"""How many control frames a peer may send: RFC 6455 sets no bound, and each one costs an answer."""

from __future__ import annotations

from rawws.core.limits import Limits


class ControlAllowance:
    """An account: time and data frames pay in, each control frame draws one out. It has no clock."""

    def __init__(self, limits: Limits, now: float) -> None:
        self._burst = limits.max_control_burst
        self._per_second = limits.control_frames_per_second
        self._credit = float(self._burst or 0)
        self._at = now

    def earn(self, count: int) -> None:
        """Pay in for `count` data frames."""
        if self._burst is not None:
            self._credit = min(self._credit + count, float(self._burst))

    def spend(self, now: float) -> bool:
        """Draw out for one control frame; whether there was enough."""
        if self._burst is None:
            return True
        earned = max(now - self._at, 0.0) * self._per_second
        self._at = now
        self._credit = min(self._credit + earned, float(self._burst)) - 1
        return self._credit >= 0
