"""Fixtures for pytest; installed with this package, they are there without an import.

    def test_server(server_conformance, my_server):
        server_conformance(my_server.url)

    def test_client(client_conformance):
        with client_conformance(cases=["1.*", "7.*"]) as server:
            drive_my_client(server.url)

Both let the test fail, with the failed cases in its message, and both take what `api.check_server` and
`api.FuzzingServer` take, and beside it

    allow       ids, or patterns with *, of cases that may fail
    strict      whether NON-STRICT and UNIMPLEMENTED are failures, too
    out         a folder for the reports

The modules that do the work are imported when a test asks for them, so that others do not wait for trio.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from rawws_conformance.api import FuzzingServer
    from rawws_conformance.report import Run


@pytest.fixture(scope="session")
def server_conformance() -> Callable[..., Run]:
    """A function that plays the cases against a server at a URL; gives the `Run`, or lets the test fail."""
    return _check_server


@pytest.fixture(scope="session")
def client_conformance() -> Callable[..., AbstractContextManager[FuzzingServer]]:
    """A function whose block has a fuzzing server; at its end the test fails where a client did."""
    return _check_clients


def _check_server(
    url: str, *, allow: Sequence[str] = (), strict: bool = False, out: str | Path | None = None, **options: Any  # noqa: ANN401
) -> Run:
    from rawws_conformance.api import check_server  # noqa: PLC0415 - see the docstring of this module

    run = check_server(url, **options)
    _judge([run], allow, strict=strict, out=out)
    return run


@contextmanager
def _check_clients(
    *, allow: Sequence[str] = (), strict: bool = False, out: str | Path | None = None, **options: Any  # noqa: ANN401
) -> Iterator[FuzzingServer]:
    from rawws_conformance.api import FuzzingServer  # noqa: PLC0415 - (the same)

    with FuzzingServer(**options) as server:
        yield server
    runs = server.runs
    if not runs:
        pytest.fail(f"no client has played a case on {server.url}", pytrace=False)
    _judge(runs, allow, strict=strict, out=out)
    total = len(server.cases)
    missing = [f"{run.agent} played {len(run.results)} of {total} cases" for run in runs if not run.complete]
    if missing:
        pytest.fail("\n".join(missing), pytrace=False)


def _judge(runs: Sequence[Run], allow: Sequence[str], *, strict: bool, out: str | Path | None) -> None:
    from rawws_conformance.api import describe, failures, write_reports  # noqa: PLC0415 - (the same)

    if out is not None:
        write_reports(out, runs)
    found = [(run, failures(run, allow, strict=strict)) for run in runs]
    texts = [describe(run, failed) for run, failed in found if failed]
    if texts:
        pytest.fail("\n".join(texts), pytrace=False)
