"""Hypothesis looks for the stream at which your code departs from what it promises. pip install 'rawws[testing]'."""

from hypothesis import given, settings

from rawws.testing.cuts import whole
from rawws.testing.outcome import run
from rawws.testing.strategies import cuts, right_streams, streams


@settings(max_examples=50, derandomize=True, deadline=None)
@given(right_streams(), cuts())
def test_what_a_right_peer_sends_is_understood(stream, cut):
    outcome = run(stream.connection(), stream.chunks(cut))
    assert tuple(outcome.messages) == stream.told


@settings(max_examples=50, derandomize=True, deadline=None)
@given(streams(), cuts())
def test_no_cut_changes_anything(stream, cut):
    assert run(stream.connection(), stream.chunks(cut)) == run(stream.connection(), stream.chunks(whole))


# pytest calls these by itself.
test_what_a_right_peer_sends_is_understood()
test_no_cut_changes_anything()
print("100 streams, and nothing found")
