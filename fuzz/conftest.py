"""How the properties run: the same examples in every run of `make test`, other ones in every run of `make fuzz`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

from fuzz import counting

FOLDER = Path(__file__).parent

_COMMON = settings(
    # A shared machine may take its time; work is counted elsewhere.
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
settings.register_profile("ci", _COMMON, max_examples=100, derandomize=True, database=None)
settings.register_profile(
    "long", _COMMON, max_examples=int(os.environ.get("RAWWS_FUZZ_EXAMPLES", "3000")), print_blob=True
)
# For planted faults: it is enough to know that one is found, and after how many examples.
settings.register_profile("find", settings.get_profile("ci"), phases=[Phase.explicit, Phase.generate])
# For mutants, which are thousands; and they have gone through the tests of the core before.
settings.register_profile("mutants", settings.get_profile("find"), max_examples=20)
PROFILE = os.environ.get("RAWWS_FUZZ_PROFILE", "ci")
settings.load_profile(PROFILE)


def _forget_constants() -> None:
    """Let no example depend on which modules have been imported before.

    Hypothesis tries the constants of the modules that it finds loaded, which depend on the order of the tests. That is
    what `make fuzz` wants; here the same examples are to run on every machine. Hypothesis has no setting for it.
    """
    if hasattr(providers, "_get_local_constants"):
        providers._get_local_constants = Constants


if PROFILE != "long":
    _forget_constants()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Properties are batteries: they feed much through few lines, and run without coverage."""
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.battery)
            if counting.COUNTING and hasattr(getattr(item, "obj", None), "hypothesis"):
                counting.counted(item.obj)  # type: ignore[attr-defined]  # a function that `given` has made


def pytest_runtest_setup() -> None:
    """Count the examples of each property from nought."""
    counting.begin()
