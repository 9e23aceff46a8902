"""What holds for every test: where all is at hand, a skipped test is a failed one.

Deadlines need no code here: `faulthandler_timeout` in pyproject.toml ends a run that hangs, and shows where.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

# A shell starts what it runs in the background with SIGINT ignored, and processes hand that on to those they start.
# Tests that interrupt somebody would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_Report = TypeVar("_Report", pytest.TestReport, pytest.CollectReport)

#: Set by `.ci/run`. A person may lack the network or a compiler, and the tests that need one skip themselves;
#: continuous integration has both, so there a skip would hide a test that no longer runs.
REQUIRE_ALL = os.environ.get("RAWWS_REQUIRE_ALL") == "1"


def _fail_if_skipped(report: _Report) -> _Report:
    """Make a failure of a skip that nobody expected; an `xfail` is expected, and stays what it is."""
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"RAWWS_REQUIRE_ALL=1 lets no test be skipped. {reason}"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Judge what a test, or its fixtures, ended with: `pytest.skip`, `skipif`, a missing import."""
    return _fail_if_skipped((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Judge what collecting a module ended with: a module that skips itself takes all its tests along."""
    return _fail_if_skipped((yield))
