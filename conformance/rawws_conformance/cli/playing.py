"""Cases played against a server: a progress bar, signals, and the files of each case while others are played."""

from __future__ import annotations

import math
import signal
from dataclasses import dataclass

import trio

from rawws_conformance.cli.common import Suite
from rawws_conformance.cli.progress import progress_bar
from rawws_conformance.report import Run, agent_from
from rawws_conformance.reports import CaseFiles
from rawws_conformance.runs.tcp import ServerRun
from rawws_conformance.runs.wire import ConnectFailed
from rawws_conformance.verdict import Result

#: Files are written in no more than one part of so many of a run's time: cases with time limits are being played.
_PARTS = 5


async def play_cases(playing: ServerRun, suite: Suite, meanwhile: Meanwhile | None = None) -> tuple[bool, float]:
    """Play the cases under a progress bar; whether all were played, and in how many seconds. Raises ConnectFailed."""
    began = trio.current_time()
    cancelled = True
    nobody: ConnectFailed | None = None
    to_write, results = trio.open_memory_channel[Result](math.inf)
    with progress_bar(len(suite.cases)) as shown:

        def told(result: Result) -> None:
            shown(result)
            to_write.send_nowait(result)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(_stop_on_signal, nursery.cancel_scope)
            await trio.lowlevel.checkpoint()  # from here on a signal ends the run in order
            try:
                await _probe(playing)
            except ConnectFailed as exc:
                nobody = exc
            else:
                began = trio.current_time()
                playing.told = told
                if meanwhile is not None:
                    nursery.start_soon(meanwhile.write, results)
                await playing.play(suite.cases)
            cancelled = False
            nursery.cancel_scope.cancel()
    if nobody is not None:
        raise nobody
    return not cancelled, trio.current_time() - began


@dataclass(slots=True)
class Meanwhile:
    """Writes the files of cases while others are played.

    agent: the server's name, if it was given; otherwise it is what the server calls itself, and nothing is written
    before that is known.
    """

    run: Run
    files: CaseFiles
    agent: str | None

    async def write(self, results: trio.MemoryReceiveChannel[Result]) -> None:
        """Write until cancelled. What cannot be written is left for the end of the run, which says why."""
        waiting: list[Result] = []
        async for result in results:
            waiting.append(result)
            agent = self.agent or agent_from(self.run.results.values(), "")
            while agent and waiting:
                self.run.agent = agent
                began = trio.current_time()
                try:
                    self.files.write_one(self.run, waiting.pop())
                except OSError:
                    return
                await trio.sleep((_PARTS - 1) * (trio.current_time() - began))


async def _probe(playing: ServerRun) -> None:
    """See whether anybody is there. Raises ConnectFailed."""
    try:
        await playing.probe()
    finally:
        playing.results.clear()  # it is in them where it was stopped


async def _stop_on_signal(scope: trio.CancelScope) -> None:
    """Ctrl-C ends the run, and the reports are written all the same."""
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _number in signals:
            scope.cancel()
