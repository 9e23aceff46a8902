"""rawws.core says what wsproto and `websockets` say, wherever these are right; where they differ, the RFC decides.

Every known difference is a row with the sentence that decides it, and with a stream that shows it. Anything else is an
error of the one or of the other.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawws.spec import REQUIREMENTS
from rawws.testing.strategies import Stream, right_streams, streams

from fuzz.budget import examples
from fuzz.oracles import of_websockets, of_wsproto
from fuzz.oracles.verdict import Difference, Verdict, judge, unexplained

ORACLES = {
    "wsproto": (of_wsproto.verdict, of_wsproto.DIFFERENCES),
    "websockets": (of_websockets.verdict, of_websockets.DIFFERENCES),
}
ROWS = [
    pytest.param(verdict, difference, id=f"{name}: {difference.name}")
    for name, (verdict, differences) in ORACLES.items()
    for difference in differences
]

PLAIN = st.one_of(streams(), streams()).filter(lambda stream: stream.agreement is None)


@examples(5)
@given(st.one_of(streams(), PLAIN))
def test_wsproto(stream: Stream) -> None:
    """Any stream: the same messages and verdict as wsproto, but for the known differences."""
    case = judge(stream, of_wsproto.verdict)
    assert not unexplained(case, of_wsproto.DIFFERENCES), case


@examples(5)
@given(st.one_of(streams(), PLAIN))
def test_websockets(stream: Stream) -> None:
    """Any stream: the same messages and verdict as `websockets`, but for the known differences."""
    case = judge(stream, of_websockets.verdict)
    assert not unexplained(case, of_websockets.DIFFERENCES), case


@examples(2)
@given(right_streams(deflate=False))
def test_all_agree_on_what_is_right(stream: Stream) -> None:
    """A plain stream that is right: all three say what it says, and no difference need explain anything but 1014."""
    expected = judge(stream, of_websockets.verdict)
    assert expected.failure is None
    inside = of_websockets.DIFFERENCES[3].explains(expected)
    assert expected.ours == expected.theirs or inside
    case = judge(stream, of_wsproto.verdict)
    assert case.ours == case.theirs or case.ours.code == 1014


@pytest.mark.parametrize(("theirs", "difference"), ROWS)
def test_each_difference_is_there(theirs: Callable[[Stream], Verdict], difference: Difference) -> None:
    """Each known difference shows in its example, and is decided by a sentence that rawws cites."""
    case = judge(difference.example, theirs)
    assert case.ours != case.theirs
    assert difference.explains(case)
    assert difference.requirement in REQUIREMENTS
    assert difference.sentence
