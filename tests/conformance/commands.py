"""The command `rawws-conformance` as a process of its own, as people run it, and what it leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

#: Seconds that any command of the tests may take on a busy machine.
DEADLINE = 100


def command_line(*arguments: str) -> list[str]:
    """The command, with these arguments."""
    return [sys.executable, "-m", "rawws_conformance", *arguments]


def rawws_conformance(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command to its end. folder: where."""
    return subprocess.run(
        command_line(*arguments), cwd=folder, capture_output=True, text=True, timeout=DEADLINE, check=False
    )


class Measured(NamedTuple):
    """How a command ended. peak: octets of memory that it had at most."""

    returncode: int
    stdout: str
    stderr: str
    peak: int


def measured(folder: Path, *arguments: str) -> Measured:
    """Run the command to its end, and measure it. folder: takes what it prints."""
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        process = subprocess.Popen(command_line(*arguments), stdout=out, stderr=err)
        timer = threading.Timer(DEADLINE, process.kill)
        timer.start()
        try:
            _pid, status, usage = os.wait4(process.pid, 0)
        finally:
            timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    printed, said = ((folder / name).read_text(encoding="utf-8") for name in ("stdout", "stderr"))
    return Measured(process.returncode, printed, said, usage.ru_maxrss * 1024)


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command, running."""
    with subprocess.Popen(
        command_line(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def run_of(folder: Path) -> dict[str, Any]:
    """The one run in the reports of a folder."""
    (run,) = json.loads((folder / "report.json").read_text(encoding="utf-8"))["runs"]
    assert isinstance(run, dict)
    return run
