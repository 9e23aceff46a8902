"""Drivers that other projects wrote for Autobahn's fuzzing server, unmodified, against `rawws-conformance client`.

aiohttp ships its driver in its source distribution, faye-websocket (JavaScript) in its package. pip and npm bring them
once, into `.cache/`, and each runs as it is. They name port 9001, which may be taken here: a hook of their interpreter
turns that into the port that is free. `make drivers` runs these tests; they need the network.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rawws_conformance.cases import autobahn
from rawws_conformance.selection import select

from tests.packages import ROOT, PackageError, source_distribution

pytestmark = pytest.mark.network

CACHE = ROOT / ".cache" / "drivers"

#: Seconds for a package to come, and for a driver to run.
FETCH, DRIVE = 120, 100

#: Whatever ends soon, of every group; 5.19, 5.20 and 6.4.* wait for seconds.
CASES = (
    "1.*", "2.*", "3.*", "4.*", "5.*", "6.1.*", "6.2.*", "6.3.*", "6.1*.1", "6.2*.1", "7.*", "9.7.1", "9.8.3", "10.*",
    "12.1.3", "12.2.12", "12.5.5", "13.1.5", "13.2.5", "13.3.5", "13.7.5",
)  # fmt: skip
SLOW = ("5.19", "5.20")

#: Run with `node --require`: connections to port 9001 go to the one in PORT.
NODE_HOOK = """
const net = require('net');
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...given) {
  const options = Array.isArray(given[0]) ? given[0][0] : given[0];
  if (options && Number(options.port) === 9001) options.port = Number(process.env.PORT);
  return connect.apply(this, given);
};
"""

#: The same for a driver in asyncio.
PYTHON_HOOK = """
import os, runpy, sys
from asyncio.selector_events import BaseSelectorEventLoop
connect = BaseSelectorEventLoop.sock_connect
def sock_connect(self, sock, address):
    port = int(os.environ["PORT"]) if address[1] == 9001 else address[1]
    return connect(self, sock, (address[0], port, *address[2:]))
BaseSelectorEventLoop.sock_connect = sock_connect
runpy.run_path(sys.argv[1], run_name="__main__")
"""

#: A driver for `ws`, whose package ships none; written for this test, and it does what every driver does.
WS_DRIVER = """
const { WebSocket } = require('ws');
const base = `ws://localhost:${process.env.PORT}`;
const ended = (socket) => new Promise((resolve) => { socket.on('error', () => {}); socket.on('close', resolve); });
(async () => {
  const asking = new WebSocket(`${base}/getCaseCount`);
  let count = 0;
  asking.on('message', (data) => { count = JSON.parse(data); });
  await ended(asking);
  for (let n = 1; n <= count; n += 1) {
    const socket = new WebSocket(`${base}/runCase?case=${n}&agent=ws`);
    socket.on('message', (data, binary) => socket.send(data, { binary }));
    await ended(socket);
  }
  await ended(new WebSocket(`${base}/updateReports?agent=ws`));
})();
"""

#: Agent to case id to what `index.json` says.
Index = dict[str, dict[str, dict[str, Any]]]


def npm(name: str, *packages: str) -> Path:
    """A folder in the cache into which npm has installed packages. Skips where there is no npm, or no network."""
    found = shutil.which("npm")
    if found is None or shutil.which("node") is None:
        pytest.skip("there is neither node nor npm")
    folder = CACHE / name
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as temporary:
            made = Path(temporary) / name
            made.mkdir()
            command = [found, "install", "--silent", "--no-audit", "--no-fund", "--prefix", ".", *packages]
            try:
                done = subprocess.run(command, cwd=made, capture_output=True, text=True, timeout=FETCH, check=False)
            except subprocess.TimeoutExpired:
                pytest.skip(f"npm brought nothing within {FETCH} s")
            if done.returncode:
                pytest.skip(f"npm brought nothing: {done.stderr.strip()[-500:]}")
            made.replace(folder)  # moved when it is whole
    return folder


def drive(tmp_path: Path, command: Sequence[str], folder: Path, *cases: str, **variables: str) -> Index:
    """Run `rawws-conformance client` with this driver, both as processes; `index.json`, with every case in it."""
    taken = (*CASES, *cases)
    chosen = [word for case in taken for word in ("--case", case)]
    chosen += [word for case in SLOW for word in ("--exclude", case)]
    tester = [sys.executable, "-m", "rawws_conformance", "client", "--port", "0", "--quick", "--once", *chosen]
    # The folder of the reports is none of the driver's.
    with subprocess.Popen([*tester, "--out", str(tmp_path / "reports")], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().rpartition(":")[2].strip()
            environment = {**os.environ, "PORT": port, **variables}
            done = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, text=True, timeout=DRIVE, check=False
            )
            # Its status is no matter: faye-websocket's driver calls `process.exit` with an event, which node refuses.
            printed = done.stdout + done.stderr
            process.communicate(timeout=DRIVE)
        finally:
            process.kill()
    assert process.returncode in {0, 1}, printed
    index: Index = json.loads((tmp_path / "reports" / "index.json").read_text(encoding="utf-8"))
    wanted = {case.id for case in select(autobahn().values(), taken, SLOW)}
    assert all(cases.keys() == wanted for cases in index.values())
    return index


def failed(index: Index) -> dict[str, list[str]]:
    """The failed cases of every agent."""
    return {
        agent: [
            case_id
            for case_id, case in cases.items()
            if case["behavior"] == "FAILED" or case["behaviorClose"] not in {"OK", "INFORMATIONAL"}
        ]
        for agent, cases in index.items()
    }


def test_aiohttp(tmp_path: Path) -> None:
    """aiohttp's driver runs as it is, and fails what its project lists as its known failure, and nothing else."""
    version = importlib.metadata.version("aiohttp")
    try:
        archive = source_distribution("aiohttp", version, CACHE)
    except PackageError as exc:
        pytest.skip(str(exc))
    folder = tmp_path / "aiohttp"
    with tarfile.open(archive) as opened:
        member = opened.getmember(f"aiohttp-{version}/tests/autobahn/client/client.py")
        opened.extract(member, folder, filter="data")
    (tmp_path / "hook.py").write_text(PYTHON_HOOK, encoding="utf-8")
    command = [sys.executable, str(tmp_path / "hook.py"), str(folder / member.name)]
    index = drive(tmp_path, command, folder, "9.1.1", "9.1.4", "9.4.1")
    # The driver keeps to the default of its library, which takes messages of less than 4 MiB.
    assert failed(index) == {"aiohttp": ["7.9.5", "9.1.4", "9.4.1"]}


def test_faye_websocket(tmp_path: Path) -> None:
    """The driver of a library in JavaScript runs as it is, with compression, and fails nothing."""
    # The last version with its driver in the package.
    folder = npm("faye-websocket", "faye-websocket@0.11.1", "permessage-deflate@0.1.7", "pace@0.0.4")
    hook = tmp_path / "port.js"
    hook.write_text(NODE_HOOK, encoding="utf-8")
    driver = folder / "node_modules" / "faye-websocket" / "examples" / "autobahn_client.js"
    index = drive(tmp_path, ["node", "--require", str(hook), str(driver)], folder)
    ((agent, bad),) = failed(index).items()
    assert bad == []
    assert agent.startswith("node-v")
    assert index[agent]["12.1.3"]["behavior"] == "OK"


def test_ws(tmp_path: Path) -> None:
    """`ws`, the client that most of JavaScript uses, passes; what it does not offer is UNIMPLEMENTED."""
    folder = npm("ws", "ws@8.18.3")
    driver = tmp_path / "driver.js"
    driver.write_text(WS_DRIVER, encoding="utf-8")
    index = drive(tmp_path, ["node", str(driver)], folder, NODE_PATH=str(folder / "node_modules"))
    assert failed(index) == {"ws": []}
    assert [case_id for case_id, case in index["ws"].items() if case["behavior"] == "UNIMPLEMENTED"] == ["13.2.5"]
