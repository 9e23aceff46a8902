"""Limits at which short streams already run into every bound."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from rawws.core.limits import DEFAULT_LIMITS, Limits


@cache
def limits() -> st.SearchStrategy[Limits]:
    """The defaults, or such as are small where streams are small; or none at all."""
    small = st.builds(
        Limits,
        max_message_bytes=st.one_of(st.none(), st.sampled_from([0, 1, 10, 125, 126, 65535, 65536])),
        max_frame_bytes=st.one_of(st.none(), st.sampled_from([0, 5, 125, 126, 65535])),
        max_fragments=st.one_of(st.none(), st.integers(0, 4)),
        max_inflate_step=st.sampled_from([1, 7, 64, 65536]),
        max_control_burst=st.one_of(st.none(), st.integers(0, 4)),
        max_queued_messages=st.integers(1, 4),
    )
    lifted = Limits(max_message_bytes=None, max_control_burst=None)
    return st.one_of(st.just(DEFAULT_LIMITS), small, st.just(lifted))
