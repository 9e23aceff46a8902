"""Three processes behind nginx, restarted one after the other under wss clients that send on.

What a client sends has a number, and counts as acknowledged when it has come back. Each process is asked to end as an
operator asks, drains, and is replaced by a new one at the same place before the next one has its turn.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import socket
import ssl
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import trio
import trustme

import rawws.trio
from rawws.core.reconnect import ReconnectPolicy, Why
from rawws.trio import WebSocket

from tests.soak import nginx
from tests.soak.ledger import LEDGER

ROOT = Path(__file__).parent.parent.parent
PROCESSES = 3

_DEADLINE = 60.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to do.

    clients: how many. drain: seconds that each process takes to send its clients away. pause: between the messages of a
    client, about. retry_after: what clients are told. first_delay: the bound of the jitter before they come back.
    """

    clients: int
    drain: float
    pause: float = 1.0
    retry_after: int = 0
    first_delay: float = 1.0


@dataclass
class Seen:
    """What came of it.

    acknowledged: the messages, in the order of each client. opened: when each connection was opened. causes: why
    connections had to be opened again. written: lines of the ledger. began: when the first process was asked to end.
    statuses: of the processes that were asked to end.
    """

    acknowledged: dict[int, list[str]] = field(default_factory=dict)
    opened: list[float] = field(default_factory=list)
    causes: Counter[str] = field(default_factory=Counter)
    written: list[str] = field(default_factory=list)
    began: float = 0.0
    statuses: list[int] = field(default_factory=list)

    def most_in(self, seconds: float) -> int:
        """The most connections that were opened within so many seconds, since the first process was asked to end."""
        moments = sorted(moment for moment in self.opened if moment >= self.began)
        most = first = 0
        for last, moment in enumerate(moments):
            while moments[first] < moment - seconds:
                first += 1
            most = max(most, last - first + 1)
        return most

    @property
    def lost(self) -> list[str]:
        """Messages that were acknowledged, and are in no ledger."""
        written = set(self.written)
        return [message for messages in self.acknowledged.values() for message in messages if message not in written]


class Process:
    """One of the servers. path: where it listens."""

    def __init__(self, path: Path, ledger: Path, plan: Plan) -> None:
        self.path = path
        environment = {**os.environ, LEDGER: str(ledger), "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            [
                sys.executable, "-m", "rawws.cli", "serve", "--app", "tests.soak.ledger:handler", "--unix", str(path),
                "--trust-proxy", "unix", "--ready", "/readyz", "--drain", f"{plan.drain:g}",
                "--retry-after", str(plan.retry_after),
            ],
            env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    async def ready(self) -> None:
        """Wait until it says that it is."""
        with trio.fail_after(_DEADLINE):
            while not await trio.to_thread.run_sync(self._says_ready):  # noqa: ASYNC110  another process's event
                await trio.sleep(0.05)

    def _says_ready(self) -> bool:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(_DEADLINE)
            try:
                sock.connect(str(self.path))
                sock.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                return sock.recv(4096).startswith(b"HTTP/1.1 200 ")
            except OSError:
                return False

    async def end(self) -> int:
        """Ask it to end, and wait until it has; its status."""
        self._process.send_signal(signal.SIGTERM)
        return await trio.to_thread.run_sync(self._process.wait, _DEADLINE)

    def kill(self) -> None:
        """End it in any case."""
        self._process.kill()
        self._process.wait()


class _Clients:
    """The clients, each a task. stopping: when they are to end. all_open: whether they have begun."""

    def __init__(self, url: str, context: ssl.SSLContext, plan: Plan, seen: Seen) -> None:
        self._url = url
        self._context = context
        self._plan = plan
        self._seen = seen
        self.stopping = False
        self.all_open = trio.Event()

    async def run(self, number: int) -> None:
        """One client, until it is told to stop."""
        acknowledged = self._seen.acknowledged[number] = []
        policy = ReconnectPolicy(first_delay=self._plan.first_delay)
        connecting = rawws.trio.reconnect(
            self._url, policy=policy, ssl_context=self._context, on_open=self._note, proxy=None
        )
        async with connecting as sessions:
            async for ws in sessions:
                try:
                    await self._talk(ws, number, acknowledged)
                except (trio.BrokenResourceError, trio.EndOfChannel):
                    continue
                break

    async def _note(self, _ws: WebSocket, why: Why | None) -> None:
        self._seen.opened.append(trio.current_time())
        if len(self._seen.opened) == self._plan.clients:
            self.all_open.set()
        if why is not None:
            self._seen.causes[f"{why.cause.value} {why.code or why.status or ''}".strip()] += 1

    async def _talk(self, ws: WebSocket, number: int, acknowledged: list[str]) -> None:
        while not self.stopping:
            # What was not acknowledged is sent again, under its old number.
            message = f"{number}-{len(acknowledged)}"
            await ws.send(message)
            answer = await ws.receive()
            if answer != message:
                raise AssertionError(f"{answer!r} instead of {message!r}")
            acknowledged.append(message)
            await trio.sleep(random.uniform(0.5, 1.5) * self._plan.pause)


async def restart_under_load(program: str, folder: Path, plan: Plan) -> Seen:
    """Do all of it; `program` is nginx."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    authority = trustme.CA()
    certificate = folder / "certificate.pem"
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(certificate)
    context = ssl.create_default_context()
    authority.configure_trust(context)
    ledger = folder / "ledger"
    seen = Seen()
    paths = [folder / f"{number}.socket" for number in range(PROCESSES)]
    with ExitStack() as stack:
        processes = [Process(path, ledger, plan) for path in paths]
        for process in processes:
            stack.callback(process.kill)
        for process in processes:
            await process.ready()
        port = stack.enter_context(nginx.running(program, folder, certificate, paths))
        clients = _Clients(f"wss://localhost:{port}/", context, plan, seen)
        async with trio.open_nursery() as nursery:
            for number in range(plan.clients):
                nursery.start_soon(clients.run, number)
                # Not a herd, either.
                await trio.sleep(0.002)
            with trio.fail_after(_DEADLINE):
                await clients.all_open.wait()
            seen.began = trio.current_time()
            for process in processes:
                seen.statuses.append(await process.end())
                again = Process(process.path, ledger, plan)
                stack.callback(again.kill)
                await again.ready()
            # Whoever was sent away last has time to come back, and all to be heard once more.
            await trio.sleep(plan.retry_after + plan.first_delay + 2 * plan.pause)
            clients.stopping = True
    seen.written = ledger.read_text().splitlines()
    return seen
