"""Two endpoints and an adversarial wire: at the end both agree how it ended, and nothing acknowledged is lost."""

from __future__ import annotations

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from fuzz.machines.endpoints import Endpoints


def test_both_ends_agree() -> None:
    """Whatever happens, messages come whole, in order and once, pongs are true, and both ends tell the same end."""
    examples = settings().max_examples * 2
    run_state_machine_as_test(Endpoints, settings=settings(max_examples=examples, stateful_step_count=40))
