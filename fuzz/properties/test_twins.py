"""Pure Python = C: a connection says the same whichever of the two handles its octets.

tests/core/test_speedups.py compares the five functions with their twins; here whole connections are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawws.core import accelerator, encoding, masking
from rawws.core import payloads as taking
from rawws.core import scan as scanning
from rawws.core.events import BytesMessage, TextMessage
from rawws.core.limits import Limits
from rawws.core.session import Session
from rawws.testing import Cut, Role
from rawws.testing.frames import BINARY, FIN, TEXT, Frame
from rawws.testing.outcome import run, run_session
from rawws.testing.strategies import Stream, cuts, limits, payloads, right_streams, roles, streams
from rawws.testing.strategies.frames import LENGTH_BORDERS, filled, long_texts

from fuzz.budget import examples
from fuzz.oracles.verdict import frames_of
from fuzz.properties.test_any_cut import answers
from fuzz.twins import in_c, in_python

pytestmark = pytest.mark.skipif(in_c is None, reason="rawws was built without a C compiler")


@examples(4)
@given(streams(), limits(), cuts())
def test_read_the_same_events(stream: Stream, bounds: Limits, cut: Cut) -> None:
    """Any stream at any cut: the same events, piece by piece as they come, failure, state and offset."""
    found = run(stream.connection(bounds), stream.chunks(cut))
    with in_python():
        assert run(stream.connection(bounds), stream.chunks(cut)) == found


@examples(3)
@given(st.one_of(right_streams(deflate=False), streams()), limits(), cuts())
def test_read_the_same_messages(stream: Stream, bounds: Limits, cut: Cut) -> None:
    """Any stream at any cut: the same messages, answers and end of a session."""
    found = run_session(Session(stream.connection(bounds)), stream.chunks(cut))
    with in_python():
        twin = run_session(Session(stream.connection(bounds)), stream.chunks(cut))
    assert twin._replace(sent=b"") == found._replace(sent=b"")
    assert answers(twin.sent) == answers(found.sent)


@examples(4)
@given(streams(), st.integers(-1, 1), st.integers(0, 3), st.booleans())
def test_scan_as_far(stream: Stream, more: int, most: int, events: bool) -> None:  # noqa: FBT001  drawn
    """Both stop at the same octet, also where a limit is as large as a payload, or larger or smaller by one.

    Whatever the one in C leaves, the one in Python judges again: whole connections say the same if it stops too early.
    """
    assert in_c is not None
    classes = (TextMessage, BytesMessage) if events else (None, None)
    for frame in frames_of(stream):
        max_bytes = max(len(frame.payload) + more, 0)
        told: list[list[object]] = [[], []]
        stops = []
        for scan, out in zip((in_c.scan, scanning.scan), told, strict=True):
            stops.append(scan(stream.octets, 0, out, most + 1, max_bytes, stream.reader == "server", *classes))
        assert stops[0] == stops[1]
        assert told[0] == told[1]


LENGTHS = st.one_of(st.integers(0, 20), st.sampled_from([*LENGTH_BORDERS, 70_000]))
FORMS = st.sampled_from([None, None, 7, 16, 64])


def laid_out(frames: list[tuple[int, int | None, int]], reader: Role, position: int, missing: int) -> bytes:
    """Frames by length, form and first octet, behind so many other octets, and with so many missing in the end."""
    data = b"x" * position
    for length, form, first in frames:
        fits = form is None or length < (126 if form == 7 else 1 << form)
        data += Frame(first, filled(length, b"payload"), form=form if fits else None).to(reader)
    return data[: len(data) - missing]


def assert_alike(functions: Sequence[Callable[..., int]], data: bytes, position: int, *rest: object) -> None:
    """The one in C and its twin append the same, and stop at the same place."""
    told: list[list[object]] = [[], []]
    stops = [function(data, position, out, *rest) for function, out in zip(functions, told, strict=True)]
    assert stops[0] == stops[1]
    assert told[0] == told[1]


@examples(6)
@given(
    st.lists(st.tuples(LENGTHS, FORMS, st.sampled_from([FIN | TEXT, FIN | BINARY])), min_size=1, max_size=3),
    roles(),
    st.integers(0, 9),
    st.integers(0, 2),
)
def test_scan_lengths_alike(
    frames: list[tuple[int, int | None, int]], reader: Role, position: int, missing: int
) -> None:
    """Both take frames of every length, in its form and in longer ones, from any place on, and stop at the same one."""
    assert in_c is not None
    data = laid_out(frames, reader, position, missing)
    assert_alike((in_c.scan, scanning.scan), data, position, 256, 1 << 20, reader == "server", None, None)


@examples(6)
@given(
    st.lists(st.tuples(LENGTHS, FORMS, st.sampled_from([0x00, 0x00, 0xC1])), min_size=1, max_size=3),
    roles(),
    st.integers(0, 9),
    st.integers(0, 2),
    st.sampled_from([0, 20, 126, 1 << 20]),
)
def test_take_payloads_alike(
    frames: list[tuple[int, int | None, int]], reader: Role, position: int, missing: int, longest: int
) -> None:
    """Both take the payloads of fragments of every length, from any place on, and stop at the same one."""
    assert in_c is not None
    functions = (in_c.take_payloads, taking.take_payloads)
    data = laid_out(frames, reader, position, missing)
    assert_alike(functions, data, position, 0x00, 256, 1 << 20, longest, reader == "server")


@examples(2)
@given(st.one_of(long_texts(), payloads()), st.binary(min_size=4, max_size=4), st.integers(0, 255), st.integers(0, 8))
def test_write_the_same_octets(payload: str | bytes, key: bytes, first: int, offset: int) -> None:
    """Any payload under any key: the same frame, masked and not."""
    data = payload.encode() if isinstance(payload, str) else payload
    assert in_c is not None
    for any_key in (None, key):
        assert in_c.encode(first, payload, any_key) == encoding.encode(first, payload, any_key)
    hidden = masking.apply_mask(data, key, offset)
    assert in_c.apply_mask(data, key, offset) == hidden
    assert in_c.unmask_text(hidden, key, offset) == masking.unmask_text(hidden, key, offset)


def test_both_are_there() -> None:
    """What is compared is the one and the other, and not one of them with itself."""
    assert in_c is not None
    assert in_c.scan is not scanning.scan
    with in_python():
        assert accelerator.scan is scanning.scan
