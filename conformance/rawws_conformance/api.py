"""The runs as Python functions: for test suites, and for whoever wants the verdicts as objects.

    from rawws_conformance.api import FuzzingServer, check_adapter, check_server

    run = check_server("ws://127.0.0.1:9001", cases=["1.*", "7.*"])
    assert not run.failed, describe(run)

    with FuzzingServer() as server:
        drive_my_client(server.url)
    for run in server.runs: ...

Every function waits until its run is over, in the thread that calls it. A server under test that lives in the event
loop of the same thread could not answer meanwhile; call these with `asyncio.to_thread` or `trio.to_thread.run_sync`
there.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import trio

from rawws_conformance import reports
from rawws_conformance.adapters import MakeAdapter, find
from rawws_conformance.cases import suite as _cases
from rawws_conformance.corpora import Corpora
from rawws_conformance.model import Case, Role
from rawws_conformance.report import Run, agent_from
from rawws_conformance.runs import memory
from rawws_conformance.runs.client import ClientRun, listen
from rawws_conformance.runs.tcp import ServerRun
from rawws_conformance.runs.wire import parse_url
from rawws_conformance.selection import select
from rawws_conformance.slices import Library
from rawws_conformance.verdict import Result

__all__ = ["FuzzingServer", "check_adapter", "check_server", "describe", "failures", "write_reports"]

#: Failed cases that `describe` names.
_DESCRIBED = 20

#: Seconds that a fuzzing server may take to start, and to stop.
_THREAD_SECONDS = 30.0


def _chosen(suite: str, take: Sequence[str], leave: Sequence[str], role: Role) -> list[Case]:
    """The cases of a suite for peers of a role. Raises ValueError, UnknownCase."""
    return [case for case in select(_cases(suite).values(), take, leave) if role in case.roles]


def check_server(
    url: str,
    *,
    suite: str = "autobahn",
    cases: Sequence[str] = (),
    exclude: Sequence[str] = (),
    quick: bool = True,
    jobs: int = 32,
    agent: str | None = None,
    headers: Sequence[tuple[str, str]] = (),
    ssl_context: ssl.SSLContext | None = None,
) -> Run:
    """Play cases against a server that sends every message back as it came.

    suite: "autobahn", "rawws" (our own) or "all". cases, exclude: ids of it, or patterns with *; no case means all.
    quick: fewer messages in groups 9, 12 and 13.
    jobs: cases at the same time. agent: a name for the server, instead of the one in its Server header.
    headers: to add to every request.

    Raises `selection.UnknownCase` for a pattern that no case has, `runs.wire.BadUrl` for what is no URL, and
    `runs.wire.ConnectFailed` where nobody is there.
    """
    chosen = _chosen(suite, cases, exclude, Role.SERVER)
    run = Run(agent="", target=url, role=Role.SERVER, suite=suite, quick=quick)
    playing = ServerRun(
        target=parse_url(url),
        library=Library(Corpora()),
        context=ssl_context,
        jobs=jobs,
        quick=quick,
        extra=tuple(headers),
        results=run.results,
        again=run.again,
    )

    async def play() -> float:
        await playing.probe()
        began = trio.current_time()
        await playing.play(chosen)
        return trio.current_time() - began

    run.duration = trio.run(play)
    run.agent = agent or agent_from(run.results.values())
    return run


def check_adapter(
    adapter: str | MakeAdapter,
    *,
    role: str = "server",
    suite: str = "autobahn",
    cases: Sequence[str] = (),
    exclude: Sequence[str] = (),
    quick: bool = True,
) -> Run:
    """Play cases against a sans-IO implementation in memory, each at every cut.

    adapter: a class as `adapters` describes it, a name that it knows, or "module:Class". role: which end it is.
    Raises `adapters.AdapterError` where there is no such adapter.
    """
    chosen = _chosen(suite, cases, exclude, Role(role))
    make = find(adapter) if isinstance(adapter, str) else adapter
    name = adapter if isinstance(adapter, str) else getattr(adapter, "__name__", "adapter")
    run = Run(agent=name, target=name, role=Role(role), suite=suite, quick=quick)
    for result in memory.run(chosen, make, run.role, Library(Corpora()), quick=quick):
        run.results[result.case_id] = result
    run.duration = sum(result.duration for result in run.results.values())
    return run


class FuzzingServer:
    """The fuzzing server in a thread of its own, for as long as the block lasts.

    host, port: where to listen; port 0: one that is free. suite, cases, exclude, quick: as for `check_server`.
    agent: a name for every client, instead of the one that it gives itself. ssl_context: the server's side of TLS.

    Raises, on entry, `runs.client.ListenFailed`, and `selection.UnknownCase` as `check_server` does.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        suite: str = "autobahn",
        cases: Sequence[str] = (),
        exclude: Sequence[str] = (),
        quick: bool = True,
        agent: str | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.cases: list[Case] = _chosen(suite, cases, exclude, Role.CLIENT)
        self.host = host
        self.port = port
        self._context = ssl_context
        self._play = ClientRun(
            cases=self.cases,
            library=Library(Corpora()),
            quick=quick,
            agent=agent,
            context=ssl_context,
            suite=suite,
        )
        self._started = threading.Event()
        self._token: trio.lowlevel.TrioToken | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where drivers connect to, without a path."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'ws' if self._context is None else 'wss'}://{name}:{self.port}"

    def case_url(self, case: int | str, agent: str) -> str:
        """The URL on which a case is played, by its place among the selected ones, from 1, or by its id."""
        name = "case" if isinstance(case, int) else "casetuple"
        return f"{self.url}/runCase?{name}={case}&agent={agent}"

    @property
    def runs(self) -> list[Run]:
        """What every client has played by now, by the clients' names."""
        return self._play.runs()

    def __enter__(self) -> Self:
        sockets = listen(self.host, self.port)
        self.port = sockets[0].getsockname()[1]
        self._play.target = self.url

        async def serve() -> None:
            self._token = trio.lowlevel.current_trio_token()
            self._started.set()
            await self._play.serve(sockets)

        self._thread = threading.Thread(target=trio.run, args=(serve,), name="fuzzing server", daemon=True)
        self._thread.start()
        if not self._started.wait(_THREAD_SECONDS):
            raise RuntimeError("the fuzzing server did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._token is not None and self._thread is not None:
            try:
                trio.from_thread.run(self._play.settle, trio_token=self._token)
                trio.from_thread.run_sync(self._play.stop, trio_token=self._token)
            except (trio.RunFinishedError, trio.Cancelled):
                pass  # a client has stopped it
            self._thread.join(_THREAD_SECONDS)


def failures(run: Run, allow: Sequence[str] = (), *, strict: bool = False) -> list[Result]:
    """The results that are failures, but for those of cases that `allow` names (ids, or patterns with *).

    strict: NON-STRICT and UNIMPLEMENTED are failures, too.
    """
    allowed = {case.id for case in select(_cases("all").values(), allow)} if allow else set()
    return [
        result
        for result in run.in_order()
        if (result.failed or (strict and not result.perfect)) and result.case_id not in allowed
    ]


def describe(run: Run, failed: Sequence[Result] | None = None) -> str:
    """What failed, in words, a line per case."""
    listed = run.failed if failed is None else failed
    lines = [f"{run.agent}: {len(listed)} of {len(run.results)} cases failed"]
    for result in listed[:_DESCRIBED]:
        lines.append(f"  {result.case_id} {result.behavior}, close {result.close_behavior}: {result.result}")
        if result.close_result != result.result and result.close_behavior != "OK":
            lines.append(f"    {result.close_result}")
    if len(listed) > _DESCRIBED:
        lines.append(f"  ... and {len(listed) - _DESCRIBED} more")
    return "\n".join(lines)


def write_reports(folder: str | Path, runs: Sequence[Run]) -> None:
    """Write report.json, index.json, index.html and Autobahn's file of each case. Raises OSError."""
    reports.write(Path(folder), runs, _cases("all"))
