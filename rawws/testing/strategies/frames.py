"""Single frames: right ones, wrong ones, and such as are wrong in one point only."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from rawws.testing.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    FIN,
    PING,
    PONG,
    RSV1,
    RSV2,
    RSV3,
    TEXT,
    Frame,
    Role,
    close,
)
from rawws.testing.strategies.utf8 import not_utf8, octets, texts

#: The form of a length changes at 126 and 65536, and what may be announced at 2³¹, 2³², 2⁵³, 2⁶³ (§5.2).
LENGTH_BORDERS = (0, 1, 124, 125, 126, 127, 65534, 65535, 65536, 65537)

_EDGES = (1 << 16, 1 << 20, 1 << 31, 1 << 32, 1 << 53, 1 << 63)
_ANNOUNCED = (*(edge + step for edge in _EDGES for step in (-1, 0, 1)), (1 << 64) - 1)

#: Codes that a Close frame may carry, from every range of §7.4, and codes that it may not.
GOOD_CODES = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999)
BAD_CODES = (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)


@cache
def lengths() -> st.SearchStrategy[int]:
    """Lengths of a payload: short ones, and those where the form of the length changes."""
    return st.one_of(st.integers(0, 20), st.integers(0, 300), st.sampled_from(LENGTH_BORDERS))


def filled(length: int, pattern: bytes) -> bytes:
    """So many octets of a pattern, again and again."""
    return (pattern * (length // len(pattern) + 1))[:length] if length else b""


@cache
def payloads() -> st.SearchStrategy[bytes]:
    """Octets of those lengths: noise for zlib, or a run, or UTF-8 by chance."""
    pattern = st.one_of(st.binary(min_size=1, max_size=8), st.just(b"\x00"), st.just(bytes(range(251))))
    return st.builds(filled, lengths(), pattern)


@cache
def long_texts() -> st.SearchStrategy[str]:
    """Text; also such as takes 125, 126, 65535 or 65536 octets, with a long character at its end or not."""
    ending = st.sampled_from(["", "é", "€", "\U0001f600"])
    padded = st.builds(
        lambda length, end: "x" * max(length - len(end.encode()), 0) + end, st.sampled_from(LENGTH_BORDERS), ending
    )
    return st.one_of(texts(), texts(60), padded)


@cache
def keys() -> st.SearchStrategy[bytes]:
    """Masking keys."""
    return st.one_of(st.binary(min_size=4, max_size=4), st.just(b"\0\0\0\0"), st.just(b"\x37\xfa\x21\x3d"))


def _frame(first: int, payload: bytes, key: bytes, wrong_mask: bool = False) -> Frame:  # noqa: FBT001, FBT002  drawn
    return Frame(first, payload, key=key, wrong_mask=wrong_mask)


@cache
def control_frames() -> st.SearchStrategy[Frame]:
    """Pings and pongs that are right (§5.5.2, §5.5.3)."""
    payload = st.one_of(st.binary(max_size=8), st.sampled_from([b"", b"x" * 124, b"x" * 125]))
    return st.builds(_frame, st.sampled_from([FIN | PING, FIN | PONG]), payload, keys())


@cache
def close_frames() -> st.SearchStrategy[Frame]:
    """Close frames that are right: without a code, with one, with a reason of up to 123 octets (§5.5.1)."""
    reason = st.one_of(texts(10), st.just("x" * 123), st.just("€" * 41))
    return st.one_of(st.builds(close, st.sampled_from(GOOD_CODES), reason), st.just(close()))


@cache
def bad_close_frames() -> st.SearchStrategy[Frame]:
    """Close frames with half a code, a code that must not be sent, or a reason that is no UTF-8."""
    bad_code = st.one_of(st.sampled_from(BAD_CODES), st.integers(0, 999), st.integers(1015, 2999))
    return st.one_of(
        st.binary(min_size=1, max_size=1).map(lambda octet: Frame(FIN | CLOSE, octet)),
        st.builds(close, bad_code, texts(5)),
        st.builds(close, st.sampled_from(GOOD_CODES), not_utf8()),
    )


@cache
def data_frames() -> st.SearchStrategy[Frame]:
    """Any data frame, whole or a fragment; whether it may come at that place is another question."""
    first = st.sampled_from([TEXT, BINARY, CONTINUATION, FIN | TEXT, FIN | BINARY, FIN | CONTINUATION])
    return st.builds(_frame, first, st.one_of(octets(), payloads()), keys())


@cache
def right_frames() -> st.SearchStrategy[Frame]:
    """Any frame that is right by itself."""
    return st.one_of(data_frames(), control_frames(), close_frames())


@cache
def wrong_frames() -> st.SearchStrategy[Frame]:
    """A frame that is right but for one point of §5.2, §5.5 or §7.4."""
    return st.one_of(st.builds(_spoil, right_frames(), st.integers(0, 6), _points()), bad_close_frames())


@cache
def _points() -> st.SearchStrategy[tuple[int, int, int]]:
    """What to spoil it with: a reserved bit, a reserved opcode, a length."""
    return st.tuples(
        st.sampled_from([RSV1, RSV2, RSV3, RSV1 | RSV2 | RSV3]),
        st.sampled_from([0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF]),
        st.sampled_from(_ANNOUNCED),
    )


def _spoil(frame: Frame, how: int, points: tuple[int, int, int]) -> Frame:
    bits, opcode, length = points
    control = frame.opcode >= CLOSE
    if how == 0:
        return frame._replace(first=frame.first ^ bits)
    if how == 1:
        return frame._replace(first=frame.first & 0xF0 | opcode)
    if how == 2:
        return frame._replace(wrong_mask=True)
    if how == 3:
        # A length in a form that is longer than it need be; of a control frame, any form but the shortest.
        return frame._replace(form=64 if len(frame.payload) > 125 or bits == RSV1 else 16)
    if how == 4:
        return frame._replace(announced=length, form=64 if length >= 1 << 16 else 16)
    if control:
        return frame._replace(first=frame.first & 0x7F) if how == 5 else frame._replace(payload=b"x" * 126)
    # A fragment where there was none, or none where there was one.
    return frame._replace(first=frame.first ^ FIN)


@cache
def frames() -> st.SearchStrategy[Frame]:
    """Right ones, almost right ones, and any first octet with a few octets of payload."""
    anything = st.builds(_frame, st.integers(0, 255), st.binary(max_size=10), keys(), st.booleans())
    return st.one_of(right_frames(), wrong_frames(), anything)


@cache
def roles() -> st.SearchStrategy[Role]:
    """Who reads."""
    return st.sampled_from(["server", "client"])
