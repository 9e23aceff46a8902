"""Drivers that other projects wrote for Autobahn's fuzzing server, unmodified, against ours.

aiohttp ships its driver in its source distribution, faye-websocket (JavaScript) in its package. Both are fetched once
and kept in `.cache/`. Each driver runs as it is; where it names port 9001, a hook of its interpreter turns that into
ours.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from rawws_conformance.api import FuzzingServer
from rawws_conformance.report import Run

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache"

#: Seconds for a package to come, and for a driver to run.
FETCH, DRIVE = 120, 100

#: Whatever ends soon, of every group; 5.19, 5.20 and 6.4.* wait for seconds.
CASES = (
    "1.*", "2.*", "3.*", "4.*", "5.*", "6.1.*", "6.2.*", "6.3.*", "6.1*.1", "6.2*.1", "7.*", "9.7.1", "9.8.3", "10.*",
    "12.1.3", "12.2.12", "12.5.5", "13.1.5", "13.2.5", "13.3.5", "13.7.5",
)  # fmt: skip
SLOW = ("5.19", "5.20")

#: Run with `node --require`: connections to port 9001 go to the one in PORT.
PORT_HOOK = """
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


def fetch(command: Sequence[str], folder: Path) -> None:
    """Run a package manager in a folder. Skips where it cannot bring anything."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=FETCH, check=False)
    except (OSError, subprocess.TimeoutExpired) as exc:
        pytest.skip(f"{command[0]} brought nothing: {exc}")
    if done.returncode:
        pytest.skip(f"{command[0]} brought nothing: {done.stderr.strip()[-500:]}")


def cached(name: str, command: Sequence[str]) -> Path:
    """A folder in the cache that this command filled."""
    folder = CACHE / name
    if not folder.exists():
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as temporary:
            made = Path(temporary) / name
            made.mkdir()
            fetch(command, made)
            made.replace(folder)  # moved when it is whole
    return folder


@pytest.fixture(scope="session")
def aiohttp_driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """aiohttp's own driver, of the version that is installed."""
    version = importlib.metadata.version("aiohttp")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    folder = cached(f"aiohttp-{version}", [*pip, "--no-binary", "aiohttp", f"aiohttp=={version}"])
    (archive,) = folder.glob("*.tar.gz")
    target = tmp_path_factory.mktemp("aiohttp") / "client.py"
    with tarfile.open(archive) as opened:
        member = opened.extractfile(f"aiohttp-{version}/tests/autobahn/client/client.py")
        assert member is not None
        target.write_bytes(member.read())
    return target


@pytest.fixture(scope="session")
def npm() -> str:
    """npm, with node beside it."""
    found = shutil.which("npm")
    if found is None or shutil.which("node") is None:
        pytest.skip("there is neither node nor npm")
    return found


def run_driver(server: FuzzingServer, command: Sequence[str], folder: Path, **variables: str) -> str:
    """Run a driver to its end; what it printed."""
    environment: Mapping[str, str] = {**os.environ, "PORT": str(server.port), **variables}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=DRIVE, check=False
    )
    return done.stdout + done.stderr


def failed(runs: Sequence[Run]) -> dict[str, list[str]]:
    """The failed cases of every agent; all of them have played everything."""
    assert all(run.complete for run in runs)
    return {run.agent: [result.case_id for result in run.failed] for run in runs}


def test_aiohttp(aiohttp_driver: Path, tmp_path: Path) -> None:
    """aiohttp's driver runs as it is, and fails what its project lists as its known failure, and nothing else."""
    hook = tmp_path / "hook.py"
    hook.write_text(PYTHON_HOOK, encoding="utf-8")
    with FuzzingServer("localhost", cases=[*CASES, "9.1.1", "9.1.4", "9.4.1"], exclude=SLOW) as server:
        printed = run_driver(server, [sys.executable, str(hook), str(aiohttp_driver)], tmp_path)
    assert failed(server.runs) == {"aiohttp": ["7.9.5", "9.1.4", "9.4.1"]}, printed


def test_faye_websocket(npm: str, tmp_path: Path) -> None:
    """The driver of a library in JavaScript runs as it is, with compression, and fails nothing."""
    packages = ["faye-websocket@0.10.0", "permessage-deflate@0.1.7", "pace@0.0.4"]
    quiet = ["--silent", "--no-audit", "--no-fund", "--prefix", "."]
    folder = cached("faye-websocket-0.10.0", [npm, "install", *quiet, *packages])
    hook = tmp_path / "port.js"
    hook.write_text(PORT_HOOK, encoding="utf-8")
    driver = folder / "node_modules" / "faye-websocket" / "examples" / "autobahn_client.js"
    with FuzzingServer("localhost", cases=CASES, exclude=SLOW) as server:
        printed = run_driver(server, ["node", "--require", str(hook), str(driver)], folder)
    (run,) = server.runs
    assert failed([run]) == {run.agent: []}, printed
    assert run.agent.startswith("node-v")
    assert run.results["12.1.3"].behavior == "OK"


#: A client of `ws` that does what every driver does; written for this test.
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


def test_ws(npm: str, tmp_path: Path) -> None:
    """`ws`, the client that most of JavaScript uses, passes; what it does not offer is UNIMPLEMENTED."""
    quiet = ["--silent", "--no-audit", "--no-fund", "--prefix", "."]
    folder = cached("ws-8.18.3", [npm, "install", *quiet, "ws@8.18.3"])
    driver = tmp_path / "driver.js"
    driver.write_text(WS_DRIVER, encoding="utf-8")
    with FuzzingServer("localhost", cases=CASES, exclude=SLOW) as server:
        printed = run_driver(server, ["node", str(driver)], folder, NODE_PATH=str(folder / "node_modules"))
    (run,) = server.runs
    assert failed([run]) == {"ws": []}, printed
    unimplemented = [result.case_id for result in run.in_order() if result.behavior == "UNIMPLEMENTED"]
    assert unimplemented == ["13.2.5"]


#: A driver with `websockets`, the library most of Python uses, as its own project does it.
WEBSOCKETS_DRIVER = """
import json, os
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
base = f"ws://localhost:{os.environ['PORT']}"
with connect(f"{base}/getCaseCount") as client:
    count = json.loads(client.recv())
for number in range(1, count + 1):
    try:
        with connect(f"{base}/runCase?case={number}&agent=websockets", max_size=2**25) as client:
            for message in client:
                client.send(message)
    except WebSocketException:
        pass
with connect(f"{base}/updateReports?agent=websockets"):
    pass
"""


def test_websockets(tmp_path: Path) -> None:
    """`websockets` passes, but for one case in some of its versions: there a Close inside a message is an error."""
    driver = tmp_path / "driver.py"
    driver.write_text(WEBSOCKETS_DRIVER, encoding="utf-8")
    with FuzzingServer("localhost", cases=CASES, exclude=SLOW) as server:
        printed = run_driver(server, [sys.executable, str(driver)], tmp_path)
    assert set(failed(server.runs)["websockets"]) <= {"7.1.5"}, printed
