"""Ctrl-C and SIGTERM: the run ends, what has come out by then is reported as incomplete, and the exit status is 130."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import trio

from tests.conformance import clients, servers
from tests.conformance.commands import run_of, started

SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)

#: A peer that starts, says so, and never listens.
DEAF = shlex.join([sys.executable, "-c", "import sys, time; print('here', flush=True); time.sleep(1000)", "{port}"])


def wait_for(found: Callable[[], object]) -> None:
    """Return when something is so."""
    deadline = time.monotonic() + servers.START_SECONDS
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def interrupt(process: subprocess.Popen[str], number: signal.Signals) -> tuple[str, str]:
    """Send a signal; what was printed until the end."""
    process.send_signal(number)
    printed = process.communicate(timeout=servers.START_SECONDS)
    assert process.returncode == 130, printed
    assert "Traceback" not in printed[1]
    return printed


@SIGNALS
def test_server(number: signal.Signals, tmp_path: Path) -> None:
    """While cases are played: those that were, and those that were being played, are reported."""
    asked = []

    async def tires(stream: trio.abc.Stream) -> None:
        asked.append(stream)
        if len(asked) < 5:
            await servers.echo(stream)
        else:
            await servers.never(stream)  # after the two connections that see whether anybody is there, and two cases

    with servers.running(tires) as url, started(
        "server", url, "--jobs", "1", "--case", "1.1.*", "--out", str(tmp_path)
    ) as process:
        wait_for(lambda: len(asked) == 5)
        out, _err = interrupt(process, number)
    assert "The run was stopped" in out
    run = run_of(tmp_path)
    assert run["complete"] is False
    assert list(run["cases"]) == ["1.1.1", "1.1.2", "1.1.3"]
    assert "stopped" in run["cases"]["1.1.3"]["notes"][0]
    assert (tmp_path / "index.html").exists()


@SIGNALS
def test_server_before_it_answers(number: signal.Signals, tmp_path: Path) -> None:
    """While nobody knows yet whether the server is there."""
    asked = []

    async def never(stream: trio.abc.Stream) -> None:
        asked.append(stream)
        await servers.never(stream)

    with servers.running(never) as url, started("server", url, "--out", str(tmp_path)) as process:
        wait_for(lambda: len(asked) == 2)
        interrupt(process, number)
    run = run_of(tmp_path)
    assert (run["complete"], run["cases"]) == (False, {})


@SIGNALS
def test_server_before_it_listens(number: signal.Signals, tmp_path: Path) -> None:
    """While the command of `--run` does not listen: it is stopped, too."""
    log = tmp_path / "server.log"
    with started("server", "--run", DEAF, "--out", str(tmp_path)) as process:
        wait_for(lambda: log.exists() and log.read_text(encoding="utf-8"))
        interrupt(process, number)
    assert run_of(tmp_path)["complete"] is False
    assert not running(DEAF.partition(" {port}")[0])


@SIGNALS
def test_client(number: signal.Signals, tmp_path: Path) -> None:
    """While a client plays a case: what it has played is reported."""
    options = ["--host", "127.0.0.1", "--port", "0", "--case", "1.1.*", "--case", "5.19", "--out", str(tmp_path)]
    with started("client", *options) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2])
        clients.run_case(port, "1.1.1", "somebody")
        with clients.connected(port) as sock:
            sock.sendall(clients.request("/runCase?casetuple=5.19&agent=somebody"))
            assert sock.recv(1)
            interrupt(process, number)
    run = run_of(tmp_path)
    assert (run["agent"], run["complete"], list(run["cases"])) == ("somebody", False, ["1.1.1", "5.19"])
    assert "stopped" in run["cases"]["5.19"]["notes"][0]


def test_client_without_anybody(tmp_path: Path) -> None:
    """Before any client has come."""
    with started("client", "--host", "127.0.0.1", "--port", "0", "--out", str(tmp_path)) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("listening on ")
        interrupt(process, signal.SIGINT)
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["runs"] == []


def test_client_when_all_is_done(tmp_path: Path) -> None:
    """A fuzzing server whose clients have played everything ends with Ctrl-C as it would end by itself."""
    options = ["--host", "127.0.0.1", "--port", "0", "--case", "1.1.1", "--out", str(tmp_path)]
    with started("client", *options) as process:
        assert process.stdout is not None
        clients.drive(int(process.stdout.readline().rpartition(":")[2]), "right")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=servers.START_SECONDS)
    assert process.returncode == 0
    assert run_of(tmp_path)["complete"] is True


@SIGNALS
def test_client_with_a_driver(number: signal.Signals, tmp_path: Path) -> None:
    """While a driver runs: it is stopped, too."""
    log = tmp_path / "driver.log"
    with started("client", "--port", "0", "--run", DEAF, "--out", str(tmp_path)) as process:
        wait_for(lambda: log.exists() and log.read_text(encoding="utf-8"))
        interrupt(process, number)
    assert not running(DEAF.partition(" {port}")[0])


@SIGNALS
def test_memory(number: signal.Signals, tmp_path: Path) -> None:
    """While cases are played in memory."""
    (tmp_path / "slow.py").write_text(
        "import pathlib, time\n"
        "class Slow:\n"
        "    closed = False\n"
        "    def __init__(self, role): pathlib.Path('begun').touch()\n"
        "    def receive(self, data):\n"
        "        time.sleep(1000)\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "rawws_conformance", "memory", "slow:Slow", "--out", "out"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        wait_for((tmp_path / "begun").exists)
        out, _err = interrupt(process, number)
    assert "The run was stopped" in out
    assert run_of(tmp_path / "out")["complete"] is False


def test_autobahns_command_line(tmp_path: Path) -> None:
    """While `wstest` plays cases: the same, and its files."""
    asked = []

    async def tires(stream: trio.abc.Stream) -> None:
        asked.append(stream)
        await (servers.echo if len(asked) < 3 else servers.never)(stream)

    with servers.running(tires) as url:
        spec = {"outdir": str(tmp_path / "out"), "servers": [{"url": url, "agent": "tired"}], "cases": ["1.1.1"]}
        (tmp_path / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
        with started("wstest", "-m", "fuzzingclient", "-s", str(tmp_path / "spec.json")) as process:
            wait_for(lambda: len(asked) == 3)
            interrupt(process, signal.SIGINT)
    assert list(json.loads((tmp_path / "out" / "index.json").read_text(encoding="utf-8"))) == ["tired"]


def running(command: str) -> bool:
    """Whether a process runs this command."""
    wanted = shlex.split(command)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        except OSError:
            continue
        if words[: len(wanted)] == wanted and folder.name != str(os.getpid()):
            return True
    return False
