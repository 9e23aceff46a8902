"""The battery of frames: every stream that an established connection must survive, and what may come of it."""

from __future__ import annotations

from tests.core.battery import frame_blocks, frame_closing, frame_deflate, frame_layout, frame_limits, frame_messages
from tests.core.battery.frame_row import FrameRow

#: All rows, both roles.
ROWS: list[FrameRow] = [
    *frame_layout.ROWS,
    *frame_messages.ROWS,
    *frame_closing.ROWS,
    *frame_deflate.ROWS,
    *frame_blocks.ROWS,
    *frame_limits.ROWS,
]
