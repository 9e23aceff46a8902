"""rawws.core says what wsproto and `websockets` say, wherever these are right; where they differ, the RFC decides.

Every known difference is a row with the sentence that decides it, and with a stream that shows it. Anything else is an
error of the one or of the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawws.spec import REQUIREMENTS
from rawws.testing.strategies import Head, Stream, requests, right_streams, streams

from fuzz.budget import examples
from fuzz.oracles import of_websockets, of_wsproto
from fuzz.oracles.grammar import request_errors
from fuzz.oracles.of_wsproto_handshake import WELCOME, Welcome, mine
from fuzz.oracles.of_wsproto_handshake import theirs as wsproto_request
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


# -- the opening handshake ----------------------------------------------------------------------------------------


@examples(6)
@given(requests())
def test_wsproto_on_requests(head: Head) -> None:
    """Any request: the same as wsproto makes of it, but for what the grammar refuses and what is known as welcome."""
    octets = head.octets
    ours, theirs = mine(octets), wsproto_request(octets)
    if ours is None:
        assert theirs is None or request_errors(octets) != []
    elif theirs is None:
        assert any(welcome.explains(octets) for welcome in WELCOME)
    else:
        # 9112-3.2.2-1: the authority of an absolute-form target takes the place of the Host.
        host = theirs.host if ours.target.startswith("/") else ours.host
        # 9110-5.6.1.2-1: empty elements of a list are ignored.
        extensions = [element for element in theirs.extensions if isinstance(element, str) and element]
        subprotocols = [element for element in theirs.subprotocols if element]
        assert ours == replace(theirs, host=host, extensions=extensions, subprotocols=subprotocols)


@pytest.mark.parametrize("welcome", WELCOME, ids=lambda welcome: welcome.name)
def test_each_welcome_is_there(welcome: Welcome) -> None:
    """Each kind of request that only rawws.core accepts is accepted by the grammar, and a sentence decides it."""
    assert mine(welcome.example) is not None
    assert wsproto_request(welcome.example) is None
    assert welcome.explains(welcome.example)
    assert request_errors(welcome.example) == []
    assert welcome.requirement in REQUIREMENTS
