"""How long to wait before the next try: never less than the server has asked for, never more than was allowed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rawws.core.reconnect import Cause, ReconnectPolicy, Why

from fuzz.budget import examples

_SECONDS = st.floats(0.001, 1000)
_POLICIES = st.builds(
    ReconnectPolicy,
    first_delay=st.floats(0.001, 10),
    max_delay=st.floats(10, 1000),
    growth=st.floats(1, 10),
    attempts=st.none(),
)
_WHY = st.builds(Why, st.just(Cause.REFUSED), status=st.just(503), retry_after=st.one_of(st.none(), _SECONDS))


@examples(1)
@given(_POLICIES, _WHY, st.integers(0, 2000), st.floats(0, 1), st.floats(0, 1))
def test_of_a_delay(policy: ReconnectPolicy, why: Why, failed: int, chance: float, other: float) -> None:
    """It begins where the server has asked, grows with chance and with each failure, and stays below its bound."""
    asked = min(why.retry_after or 0.0, policy.max_retry_after)
    delay = policy.delay(why, failed, chance)
    assert delay is not None
    assert asked <= delay <= asked + policy.max_delay
    shorter, longer = (policy.delay(why, failed, each) or 0.0 for each in sorted((chance, other)))
    assert shorter <= longer
    assert delay <= (policy.delay(why, failed + 1, chance) or 0.0)
