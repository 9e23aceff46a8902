"""Plant a fault in a copy of the repository, and see which property finds it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fuzz.faults.fault import Fault

ROOT = Path(__file__).parent.parent.parent

#: What the properties need.
_NEEDED = ("rawws", "fuzz", "tests", "pyproject.toml", "setup.py", "README.md", "LICENSE")

#: Seconds after which a run that says nothing is ended. A fault that makes the code wait for ever is found, too.
_TIMEOUT = 900


@dataclass(frozen=True)
class Found:
    """What came of a fault.

    property: the first property that failed, "" where none did. examples: how many it needed; 0 where it has none,
    being a table. problem: why nothing could be found out, "" where it could.
    """

    fault: Fault
    property: str = ""
    examples: int = 0
    problem: str = ""


@contextmanager
def copy() -> Iterator[Path]:
    """A copy of the repository, for one fault after the other."""
    with tempfile.TemporaryDirectory(prefix="rawws-faults-") as name:
        root = Path(name)
        for needed in _NEEDED:
            source = ROOT / needed
            if source.is_dir():
                shutil.copytree(source, root / needed, ignore=shutil.ignore_patterns("__pycache__", ".hypothesis"))
            else:
                shutil.copy(source, root)
        yield root


def plant(fault: Fault, root: Path) -> Found:
    """Plant a fault in a copy, run the properties until one fails, and repair the copy."""
    try:
        source = fault.apply(root)
    except ValueError as exc:
        return Found(fault, problem=str(exc))
    try:
        if fault.path.endswith(".c"):
            _build(root)
        return _run(fault, root)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as exc:
        return Found(fault, problem=str(exc))
    finally:
        (root / fault.path).write_text(source, encoding="utf-8")
        if fault.path.endswith(".c"):
            _build(root)


def _build(root: Path) -> None:
    """Compile the accelerator where it lies."""
    command = [sys.executable, "setup.py", "--quiet", "build_ext", "--inplace", "--force"]
    subprocess.run(command, cwd=root, check=True, capture_output=True, timeout=300)


def run_properties(root: Path, result: Path, *selection: str) -> subprocess.CompletedProcess[str]:
    """The properties in the profile of `make test`, but without looking for the smallest example."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "--no-header",
        *(selection or ["fuzz"]),
    ]
    environment = {**os.environ, "RAWWS_FUZZ_PROFILE": "find", "RAWWS_FUZZ_COUNT": str(result)}
    # Faults are planted in the code that is imported: from here, not from where rawws is installed.
    environment["PYTHONPATH"] = str(root)
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, timeout=_TIMEOUT, check=False
    )


def _run(fault: Fault, root: Path) -> Found:
    result = root / "found.json"
    result.unlink(missing_ok=True)
    process = run_properties(root, result)
    if result.exists():
        found = json.loads(result.read_text(encoding="utf-8"))
        return Found(fault, found["property"], found["examples"])
    if process.returncode == 0:
        return Found(fault)
    last = process.stdout.strip().splitlines()[-1:] or process.stderr.strip().splitlines()[-1:]
    if "Timeout" in process.stdout + process.stderr:
        return Found(fault, _hanging(process.stdout + process.stderr), 0)
    # It could not even be imported: the fault is found before any property runs.
    return Found(fault, problem=last[0] if last else "no output")


def _hanging(output: str) -> str:
    """The property that waited for ever, as the stacks show it."""
    for line in output.splitlines():
        if "/fuzz/" in line and "test_" in line:
            return f"{line.split('/fuzz/')[1].split(chr(34))[0]} (it waits for ever)"
    return "one that waits for ever"
