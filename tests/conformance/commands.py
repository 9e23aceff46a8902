"""The command `rawws-conformance` as a process of its own, as people run it, and what it leaves."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

#: Seconds that any command of the tests may take on a busy machine.
DEADLINE = 100


def rawws_conformance(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command to its end. folder: where."""
    return subprocess.run(
        [sys.executable, "-m", "rawws_conformance", *arguments],
        cwd=folder, capture_output=True, text=True, timeout=DEADLINE, check=False,
    )  # fmt: skip


def run_of(folder: Path) -> dict[str, Any]:
    """The one run in the reports of a folder."""
    (run,) = json.loads((folder / "report.json").read_text(encoding="utf-8"))["runs"]
    assert isinstance(run, dict)
    return run
