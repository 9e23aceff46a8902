"""A pytest plugin for the process that runs a project's tests: what came out, and whose connections were made.

It runs in the project's own virtual environment, so it imports nothing of ours but `rawws.core`. The variable
`EMBEDDER_WATCH` tells it, in JSON: `package` (what the project is imported as), `tree` (the folder that it must come
from) and `report` (the file to write; the fields are those of `tests.embedders.suite.Report`).
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec

import pytest

_P = ParamSpec("_P")
_SETTINGS = json.loads(os.environ["EMBEDDER_WATCH"])
_TREE = Path(_SETTINGS["tree"]).resolve()

#: The two implementations, and their classes of which every user of theirs makes one.
_CORES = ("wsproto", "rawws.core")
_CLASSES = (("", "WSConnection"), (".connection", "Connection"), (".handshake", "H11Handshake"))

#: Exceptions that no test is charged with.
_UNCAUGHT = (pytest.PytestUnhandledThreadExceptionWarning, pytest.PytestUnraisableExceptionWarning)

_made: Counter[str] = Counter()
_outcomes: dict[str, str] = {}
_texts: dict[str, str] = {}
_unhandled: list[str] = []


def _from_tree() -> bool:
    """Whether the code that makes a connection is the project's library or its tests; what the cores make, is not."""
    return Path(sys._getframe(2).f_code.co_filename).resolve().is_relative_to(_TREE)


def _count(core: str, init: Callable[_P, None]) -> Callable[_P, None]:
    @functools.wraps(init)
    def counted(*args: _P.args, **kwargs: _P.kwargs) -> None:
        if _from_tree():
            _made[core] += 1
        init(*args, **kwargs)

    return counted


def pytest_configure() -> None:
    """Count, before anything of the project is imported, what it makes."""
    for core in _CORES:
        for module, name in _CLASSES:
            cls = getattr(importlib.import_module(core + module), name)
            cls.__init__ = _count(core, cls.__init__)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the worst that setup, call and teardown of a test ended with."""
    if report.failed:
        _outcomes[report.nodeid] = "failed"
        _texts[report.nodeid] = _texts.get(report.nodeid, "") + report.longreprtext
    elif report.skipped:
        # pytest reports an expected failure as skipped; it is as good as a pass, but not one.
        _outcomes.setdefault(report.nodeid, "skipped")
    elif report.when == "call":
        _outcomes.setdefault(report.nodeid, "passed")


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A module that cannot be imported is a failure under the module's name."""
    if report.failed:
        _outcomes[report.nodeid] = "failed"
        _texts[report.nodeid] = report.longreprtext


def pytest_warning_recorded(warning_message: warnings.WarningMessage) -> None:
    """Keep the last line of an exception that nobody caught: it fails no test, and tells something all the same."""
    if issubclass(warning_message.category, _UNCAUGHT):
        traceback = str(warning_message.message).partition("\nEnable tracemalloc")[0].rstrip()
        _unhandled.append(traceback.rpartition("\n")[2].strip())


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Write the report."""
    package = sys.modules.get(_SETTINGS["package"])
    content = {
        "outcomes": _outcomes,
        "texts": _texts,
        "made": {core: _made[core] for core in _CORES},
        "unhandled": _unhandled,
        "package_from_tree": package is not None and Path(package.__file__ or "/").resolve().is_relative_to(_TREE),
    }
    Path(_SETTINGS["report"]).write_text(json.dumps(content), encoding="utf-8")
