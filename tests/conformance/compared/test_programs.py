"""The programs of what is installed here do what they are for, run by the command as `make compare` runs it."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from rawws_conformance.cases import autobahn
from rawws_conformance.selection import select

from tests.conformance.commands import rawws_conformance, run_of

PROGRAMS = Path(__file__).parent / "programs"

#: A few cases of every group that end soon, and the options that choose them.
IDS = ("1.1.*", "2.*", "3.1", "5.1", "6.3.1", "7.7.*", "9.1.1", "12.1.3")
CASES = [word for case in IDS for word in ("--case", case)]
TOTAL = len(select(autobahn().values(), IDS))


@pytest.mark.parametrize("name", ["websockets", "aiohttp"])
def test_servers(name: str, tmp_path: Path) -> None:
    """The server starts, is found, passes, and is stopped."""
    command = shlex.join([sys.executable, str(PROGRAMS / f"{name}_server.py"), "{port}"])
    done = rawws_conformance("server", "--run", command, "--agent", name, "--quick", "--out", str(tmp_path), *CASES)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(run_of(tmp_path)["cases"]) == TOTAL


@pytest.mark.parametrize("name", ["websockets", "aiohttp", "rawws"])
def test_drivers(name: str, tmp_path: Path) -> None:
    """The driver plays every case, passes, asks for the reports, and ends."""
    command = shlex.join([sys.executable, str(PROGRAMS / f"{name}_client.py"), "{url}"])
    done = rawws_conformance("client", "--port", "0", "--run", command, "--quick", "--out", str(tmp_path), *CASES)
    assert done.returncode == 0, done.stdout + done.stderr
    run = run_of(tmp_path)
    assert run["complete"]
    assert (run["agent"], run["role"], len(run["cases"])) == (name, "client", TOTAL)
