"""The last step of the demonstration: the cases of `rawws-conformance` against the server, where that is installed.

It is a process of its own, as for any other server: the judge shares nothing with whom it judges.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import trio

from rawws.cli.app import echo
from rawws.cli.show import octets
from rawws.cli.story import Story
from rawws.core.limits import DEFAULT_LIMITS
from rawws.trio import Server, serve

#: Seconds for all cases, on a machine that is busy with others. They take about ten.
CONFORMANCE_DEADLINE = 300

_PACKAGE = "rawws_conformance"

#: The largest message of any case has 16 MiB; a server lets in one of 1 MiB where it is not told otherwise.
_LARGEST = 16 << 20

_SHOWN_LINES = 20


async def play_cases(story: Story, host: str, reports: Path) -> None:
    """Play all cases, quick, and tell what came out and where the reports are. Raises StepFailed."""
    if importlib.util.find_spec(_PACKAGE) is None:
        story.step("The cases of Autobahn: left out, since `rawws-conformance` is not installed")
        return
    story.step("The 517 cases of Autobahn, in their quick form")
    async with trio.open_nursery() as nursery:
        limits = replace(DEFAULT_LIMITS, max_message_bytes=_LARGEST)
        server: Server = await nursery.start(functools.partial(serve, echo, host, 0, limits=limits))
        story.line(f"ws://{host}:{server.port}/ takes messages of up to {octets(_LARGEST)}")
        command = [sys.executable, "-m", _PACKAGE, "server", f"ws://{host}:{server.port}/"]
        command += ["--quick", "--strict", "--agent", "rawws", "--out", str(reports)]
        # Its standard error stays ours: on a terminal it draws a progress bar.
        done = await trio.run_process(command, capture_stdout=True, check=False)
        nursery.cancel_scope.cancel()
    if done.returncode:
        for line in done.stdout.decode("utf-8", "replace").splitlines()[:_SHOWN_LINES]:
            story.line(line)
    story.check(done.returncode == 0, "no case failed, and none was less than strict")
    (run,) = json.loads((reports / "report.json").read_text(encoding="utf-8"))["runs"]
    story.line(f"{len(run['cases'])} cases in {run['duration']:.1f} s: {_counts(run['counts'])}")
    story.line(f"report, for any browser: {(reports / 'index.html').resolve()}")


def _counts(counts: dict[str, dict[str, Any]]) -> str:
    return ", ".join(f"{sum(closes.values())} {behavior}" for behavior, closes in counts.items())
