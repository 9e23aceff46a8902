"""Mutants of what runs when a module is imported: tests begin anew, where everything is imported but rawws."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import NamedTuple

import pytest

from fuzz.planting.children import Failed, Say, in_child, limit_cpu, read
from fuzz.planting.instead import Instead

#: Seconds for a test, or for the collection of all.
_PATIENCE = 120.0

# What tests import and what a child need not import again.
_HEAVY = ("h11", "wsproto", "trio", "trio.testing", "hypothesis", "hypothesis.stateful", "websockets", "zlib")


class Order(NamedTuple):
    """Run these tests with something else in the place of a module, until one fails.

    path: of the module, from the root of the repository. source: what it says instead; of the accelerator, the file
    that it was compiled to. seconds: of CPU, for each test.
    """

    path: str
    source: str
    names: Sequence[str]
    seconds: Mapping[str, float]
    environment: Mapping[str, str]


class Reporter:
    """A plugin for pytest that says which test runs, and which has failed."""

    def __init__(self, order: Order, say: Say) -> None:
        self._order = order
        self._say = say

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Give it its time."""
        self._say(f"runs {nodeid}")
        limit_cpu(3 + 15 * self._order.seconds.get(nodeid, 1.0))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Say it."""
        if report.failed:
            # Imported when the tests are, and not before: it asks the environment.
            from fuzz import counting  # noqa: PLC0415

            self._say(f"fails {counting.seen()} {report.nodeid}")


class Afresh:
    """A process that waits for orders. To be made before anything of rawws is imported."""

    def __init__(self) -> None:
        here, there = Pipe()
        self._pipe: Connection = here
        sys.stdout.flush()
        if os.fork() == 0:
            try:
                here.close()
                for name in _HEAVY:
                    __import__(name)
                assert not any(name.startswith("rawws") for name in sys.modules)
                _serve(there)
            finally:
                os._exit(0)
        there.close()

    def first_to_fail(self, order: Order) -> Failed | None:
        """The first test that fails, None where none does."""
        self._pipe.send_bytes(pickle.dumps(order))
        answer: Failed | None = self._pipe.recv()
        return answer

    def close(self) -> None:
        """End it."""
        self._pipe.close()


def _serve(pipe: Connection) -> None:
    while True:
        try:
            order: Order = pickle.loads(pipe.recv_bytes())  # noqa: S301  from the process that has forked this one
        except EOFError:
            return
        pipe.send(_carry_out(order))


def _carry_out(order: Order) -> Failed | None:
    def run(say: Say) -> None:
        os.environ.update(order.environment)
        sys.meta_path.insert(0, Instead(order.path, order.source))
        limit_cpu(60)
        options = ["-x", "-q", "-p", "no:cacheprovider", "--capture=no"]
        # A plugin that has been imported already asserts nothing.
        options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
        if pytest.main([*options, *order.names], plugins=[Reporter(order, say)]) == pytest.ExitCode.OK:
            say("passes")

    said, ended = in_child(run, _PATIENCE)
    return read(said, ended=ended)
