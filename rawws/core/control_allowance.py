"""How many control frames a peer may send: RFC 6455 sets no bound, and each one costs an answer."""

from __future__ import annotations

import math

from rawws.core.limits import Limits


class ControlAllowance:
    """An account: time and data frames pay in, each control frame draws one out. It has no clock.

    Paying in is put off until something is drawn out: data frames come more often.
    """

    __slots__ = ("_at", "_burst", "_credit", "_data_frames", "_per_second")

    def __init__(self, limits: Limits, now: float) -> None:
        self._burst = math.inf if limits.max_control_burst is None else float(limits.max_control_burst)
        self._per_second = limits.control_frames_per_second
        self._credit = self._burst
        self._at = now
        self._data_frames = 0

    def spend(self, now: float, data_frames: int) -> bool:
        """Draw out for one control frame; whether there was enough. data_frames: how many have come in all."""
        earned = max(now - self._at, 0.0) * self._per_second + (data_frames - self._data_frames)
        self._at = now
        self._data_frames = data_frames
        # In this order: no time at a rate without bound earns NaN, and `min` prefers its first argument to that.
        self._credit = min(self._burst, self._credit + earned) - 1
        return self._credit >= 0
