"""What hypothesis can make of RFC 7692: agreements, styles of compression, and payloads that are corrupt or bombs."""

from __future__ import annotations

import zlib
from functools import cache

from hypothesis import strategies as st

from rawws.testing.deflate import Agreement, Deflater, Style

_STRATEGIES = (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FIXED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE, zlib.Z_FILTERED)


@cache
def agreements() -> st.SearchStrategy[Agreement]:
    """Every setting that both ends can have agreed on, but for windows of 8, which zlib cannot send."""
    bits = st.one_of(st.none(), st.integers(9, 15))
    return st.builds(Agreement, st.booleans(), st.booleans(), bits, bits)


@cache
def styles() -> st.SearchStrategy[Style]:
    """Every way of compressing a message."""
    return st.builds(
        Style,
        level=st.sampled_from([6, 0, 1, 9]),
        strategy=st.sampled_from(_STRATEGIES),
        between=st.sampled_from(["none", "sync", "full", "final"]),
        final=st.booleans(),
    )


@cache
def bombs() -> st.SearchStrategy[bytes]:
    """Few octets that inflate to many: zeros in one run, or run after run behind final blocks."""
    run = st.sampled_from([1 << 12, 1 << 16, 1 << 20, 3 << 20])
    return st.builds(
        lambda size, style, times: Deflater(Agreement(), client=False).message([bytes(size)] * times, style),
        run,
        st.builds(Style, level=st.just(9), between=st.sampled_from(["none", "final"])),
        st.integers(1, 3),
    )


@cache
@st.composite
def corrupted(draw: st.DrawFn) -> bytes:
    """A compressed payload with something wrong in it; or a bomb; or no DEFLATE at all."""
    choice = draw(st.integers(0, 4))
    if choice == 0:
        return draw(st.binary(max_size=30))
    if choice == 1:
        return draw(bombs())
    data = draw(st.binary(max_size=40))
    payload = Deflater(Agreement(), client=False).message([data, data[::-1]], draw(styles()))
    place = draw(st.integers(0, len(payload)))
    if choice == 2:
        return payload[:place]
    if choice == 3:
        return payload[:place] + draw(st.binary(min_size=1, max_size=3)) + payload[place + 1 :]
    # Behind a block that says it is the last one, something that is none.
    return payload + draw(st.sampled_from([b"\x03\x00", b"\xff", b"\x06", b"\x01\x01\x00\xfe\xffa", b"\x07"]))
