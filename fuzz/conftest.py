"""How the properties run: the same examples in every run of `make test`, other ones in every run of `make fuzz`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

FOLDER = Path(__file__).parent

_COMMON = settings(
    # A shared machine may take its time; work is counted elsewhere.
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
settings.register_profile("ci", _COMMON, max_examples=100, derandomize=True, database=None)
settings.register_profile("long", _COMMON, max_examples=3000, print_blob=True)
# For planted faults: it is enough to know that one is found, and after how many examples.
settings.register_profile("find", settings.get_profile("ci"), phases=[Phase.explicit, Phase.generate])
settings.load_profile(os.environ.get("RAWWS_FUZZ_PROFILE", "ci"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Properties are batteries: they feed much through few lines, and run without coverage."""
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.battery)
