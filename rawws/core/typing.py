"""Types that the core's signatures share (wsproto.typing)."""

from __future__ import annotations

from wsproto.typing import Headers

__all__ = ["Headers"]
