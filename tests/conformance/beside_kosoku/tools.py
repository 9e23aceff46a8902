"""rawws-conformance and kosoku as processes, each against a server of its own, with what either has cost.

kosoku (`pip install kosoku`) plays the same 517 cases from Rust. It and the servers are fetched with pip into a virtual
environment under `.cache/kosoku/`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.compared.peers import COMPARED, Compared
from tests.packages import ROOT, virtual_environment

CACHE = ROOT / ".cache" / "kosoku"
PROGRAMS = ROOT / "tests" / "conformance" / "compared" / "programs"

KOSOKU = "kosoku==0.1.0"

#: Seconds for a run of either, and for a server to start and to stop.
DEADLINE, START, STOP = 3600, 60, 20

#: What both leave out where the many octets of deflate are not to be measured.
WITHOUT_DEFLATE = ("12.*", "13.*")


@dataclass(frozen=True)
class Cost:
    """What a run has cost, in seconds: on the clock, and of CPU, by the tool and by the server."""

    wall: float
    tool: float
    server: float


class RunFailed(Exception):
    """A run came to no end; the text, for people, says what it printed."""


def environment() -> Path:
    """The interpreter of the virtual environment. Raises tests.packages.PackageError."""
    servers = sorted({f"{peer.distribution}=={peer.version}" for peer in COMPARED if peer.distribution})
    return virtual_environment(CACHE / "venv", [KOSOKU, *servers])


def peer(name: str) -> Compared:
    """A server by its name."""
    return next(each for each in COMPARED if each.name == name)


def ours(out: Path, *options: str) -> list[str]:
    """The command line of rawws-conformance, the server's port still missing."""
    command = [sys.executable, "-m", "rawws_conformance", "server", "ws://127.0.0.1:{port}/"]
    return [*command, "--agent", "peer", "--out", str(out), *options]


def kosoku(out: Path, parallelism: int, *options: str) -> list[str]:
    """The command line of kosoku, the server's port still missing."""
    program = str(CACHE / "venv" / "bin" / "kosoku")
    return [program, "127.0.0.1:{port}", "--parallelism", str(parallelism), "--outdir", str(out), *options]


@contextlib.contextmanager
def serving(server: Compared, python: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A running server: its port, and its process. Raises RunFailed."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    if server.server:
        command = [str(python), str(PROGRAMS / server.server), str(port)]
    else:
        command = [sys.executable, "-m", "rawws.cli", "serve", "--max-message", "32MiB", "--port", str(port)]
    log = CACHE / "server.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            _wait_until_listening(port, process, log)
            yield port, process
        finally:
            if process.poll() is None:
                process.kill()


def _wait_until_listening(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise RunFailed(f"the server does not listen: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


def play(server: Compared, python: Path, command: Sequence[str]) -> Cost:
    """Run a tool against a new server; what it cost. Raises RunFailed."""
    log = CACHE / "tool.log"
    with serving(server, python) as (port, process):
        began = time.monotonic()
        words = [word.replace("{port}", str(port)) for word in command]
        with log.open("wb") as output:
            tool = subprocess.Popen(words, stdout=output, stderr=output)
            used = _cpu_of(tool, began + DEADLINE)
        wall = time.monotonic() - began
        if tool.returncode not in {0, 1}:
            raise RunFailed(f"{command[0]}: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
        process.send_signal(signal.SIGTERM)
        return Cost(wall, used, _cpu_of(process, time.monotonic() + STOP))


def alone(command: Sequence[str]) -> Cost:
    """Run a command that needs no server; what it cost. Raises RunFailed."""
    log = CACHE / "tool.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with log.open("wb") as output:
        tool = subprocess.Popen(list(command), stdout=output, stderr=output)
        used = _cpu_of(tool, began + DEADLINE)
    if tool.returncode not in {0, 1}:
        raise RunFailed(f"{command[0]}: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
    return Cost(time.monotonic() - began, used, 0.0)


def _cpu_of(process: subprocess.Popen[bytes], deadline: float) -> float:
    """Wait for the end of a process; the seconds of CPU that it has used. Kills it at the deadline."""
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return usage.ru_utime + usage.ru_stime
        if time.monotonic() > deadline:
            process.kill()
        time.sleep(0.005)
