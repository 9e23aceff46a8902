"""Limits at which short streams already run into every bound."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from rawws.core.limits import DEFAULT_LIMITS, Limits


@cache
def limits() -> st.SearchStrategy[Limits]:
    """The defaults, or such as are small where streams are small; or none at all."""
    # Steps of an octet make an event of each, so they go with messages that have few; a bomb would make millions.
    steps: dict[int | None, tuple[int, ...]] = {
        None: (64, 65536),
        **dict.fromkeys((0, 1, 10, 125, 126), (1, 7, 64, 65536)),
        **dict.fromkeys((65535, 65536), (7, 64, 65536)),
    }
    messages = st.sampled_from([(most, step) for most, each in steps.items() for step in each])
    small = st.builds(
        lambda message, **others: Limits(max_message_bytes=message[0], max_inflate_step=message[1], **others),
        messages,
        max_frame_bytes=st.one_of(st.none(), st.sampled_from([0, 5, 125, 126, 65535])),
        max_fragments=st.one_of(st.none(), st.integers(0, 4)),
        max_control_burst=st.one_of(st.none(), st.integers(0, 4)),
        max_queued_messages=st.integers(1, 4),
    )
    lifted = Limits(max_message_bytes=None, max_control_burst=None)
    return st.one_of(st.just(DEFAULT_LIMITS), small, st.just(lifted))
