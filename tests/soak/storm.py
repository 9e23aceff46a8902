"""A soak: many clients, some behind a proxy that cuts, for a while; round after round in one process.

After each round everybody has gone, so that what is left can be counted: tasks, sockets, objects.
"""

from __future__ import annotations

import functools
import random
import resource
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import trio
import trustme

import rawws.trio

from tests.soak.clients import Client, Tally
from tests.soak.cutting_proxy import CuttingProxy, Fault, Kind
from tests.soak.talk import Book
from tests.trio.leaks import count_sockets, living
from tests.trio.peer import HOST
from tests.trio.running import quiet_logs

_FAULTS = tuple(kind for kind in Kind if kind is not Kind.NONE)

#: Of ten connections through the proxy, what happens to them.
_KINDS = (Kind.NONE,) * 2 + _FAULTS * 2


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to do.

    clients: how many; of ten, three go through the proxy, two are wild, one both, and every other one speaks TLS.
    seconds: of each round, before everybody is asked to come to an end; it is more, should a kind of fault not have
    happened by then. rounds: how many. pause: between the messages of a client, about. most_octets: through the proxy,
    before a fault. deadline: seconds for a round to come to an end.
    """

    clients: int
    seconds: float
    rounds: int
    pause: float
    most_octets: int
    silence: float = 2.0
    deadline: float = 120.0
    seed: int = 0


@dataclass
class Round:
    """What came of one round.

    tally: what clients saw. book: what the server did. faults: how many of each kind. in_time: whether all came to an
    end. tasks, sockets, connections: that are left, beyond those before (the last are Python's objects). resident:
    octets of memory.
    """

    tally: Tally
    book: Book
    faults: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(_FAULTS, 0))
    tasks: int = 0
    sockets: int = 0
    connections: int = 0
    in_time: bool = True
    resident: int = 0


class _Certificates:
    """For the half that speaks TLS."""

    def __init__(self) -> None:
        authority = trustme.CA()
        self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(HOST).configure_cert(self.server)
        self.client = ssl.create_default_context()
        authority.configure_trust(self.client)


class _Hall:
    """Where a round takes place: a server without TLS and one with it, and a proxy in front of each."""

    def __init__(self, plan: Plan, certificates: _Certificates, seed: int) -> None:
        self._plan = plan
        self._certificates = certificates
        self._chance = random.Random(seed)
        self._servers: list[rawws.trio.Server] = []
        self._proxies: list[CuttingProxy] = []
        self.made = Round(Tally(), Book())
        self._settings: dict[str, Any] = {
            "ping_interval": plan.silence, "ping_timeout": plan.silence, "close_timeout": 5.0,
            "open_timeout": 10 * plan.silence,
        }  # fmt: skip
        self._every_kind = trio.Event()

    async def run(self) -> Round:
        """Open, let the clients talk, and close."""
        async with trio.open_nursery() as nursery:
            for context in (None, self._certificates.server):
                await self._open(nursery, context)
            clients = [self._client(number) for number in range(self._plan.clients)]
            async with trio.open_nursery() as talking:
                for client in clients:
                    talking.start_soon(client.run)
                    await trio.sleep(0.001)
                await trio.sleep(self._plan.seconds)
                talking.cancel_scope.deadline = trio.current_time() + self._plan.deadline
                with trio.move_on_after(self._plan.deadline / 2):
                    await self._every_kind.wait()
                for client in clients:
                    client.stop()
            self.made.in_time = not talking.cancel_scope.cancelled_caught
            for server in self._servers:
                await server.close()
            nursery.cancel_scope.cancel()
        return self.made

    def _happened(self, kind: Kind) -> None:
        self.made.faults[kind] += 1
        if all(self.made.faults.values()):
            self._every_kind.set()

    async def _open(self, nursery: trio.Nursery, context: ssl.SSLContext | None) -> None:
        limits = rawws.core.Limits(max_handshakes=None)
        serve = functools.partial(
            rawws.trio.serve, self.made.book.handler, HOST, 0, ssl_context=context, limits=limits, **self._settings
        )
        server = await nursery.start(serve)
        stall = min(self._plan.seconds, 8.0)
        proxy = CuttingProxy(
            server.port,
            self._chance,
            kinds=_KINDS,
            most_octets=self._plan.most_octets,
            stall=stall,
            happened=self._happened,
        )
        await nursery.start(proxy.run)
        self._servers.append(server)
        self._proxies.append(proxy)

    def _client(self, number: int) -> Client:
        secure = number % 2
        kind = number // 2 % 10
        proxy = self._proxies[secure] if kind < 4 else None
        port = self._servers[secure].port if proxy is None else proxy.port

        def fault_at(port: int) -> Fault | None:
            return None if proxy is None else proxy.faults.get(port)

        return Client(
            number,
            f"{'wss' if secure else 'ws'}://{HOST}:{port}/",
            self.made.tally,
            seed=self._chance.randrange(1 << 30),
            wild=3 <= kind < 6,
            pause=self._plan.pause,
            context=self._certificates.client if secure else None,
            fault_at=fault_at,
            settings=self._settings,
        )


async def soak(plan: Plan, tell: Callable[[int, Round], None] = lambda number, made: None) -> list[Round]:
    """Do all rounds. tell: called with each when it is over, for whoever waits."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    certificates = _Certificates()
    rounds = []
    # Thousands of connections fail here: that is no news.
    with quiet_logs():
        for number in range(plan.rounds):
            tasks, sockets, objects = _tasks(), count_sockets(), living()
            made = await _Hall(plan, certificates, plan.seed + number).run()
            # Writers and housekeepers are system tasks, which end by themselves.
            with trio.move_on_after(20):
                while _tasks() > tasks or count_sockets() > sockets:  # noqa: ASYNC110  nobody's event
                    await trio.sleep(0.05)
            made.tasks, made.sockets = _tasks() - tasks, count_sockets() - sockets
            made.connections = living() - objects
            made.resident = _resident()
            rounds.append(made)
            tell(number, made)
    return rounds


def _tasks() -> int:
    return trio.lowlevel.current_statistics().tasks_living


def _resident() -> int:
    """Octets of this process's memory."""
    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123  no file of anybody's
        return int(file.read().split()[1]) * resource.getpagesize()


def judge(rounds: list[Round], *, growth: float) -> list[str]:
    """What is wrong, in words; nothing where all is well. growth: of memory between rounds that is none."""
    wrong = []
    for number, made in enumerate(rounds):
        wrong += [f"round {number}: {what}" for what in made.book.wrong]
        for client, count in made.tally.acknowledged.items():
            if made.book.booked[client] < count:
                wrong.append(f"round {number}: client {client} has {count} acknowledged, of {made.book.booked[client]}")
        if made.tally.share < 0.99:
            wrong.append(f"round {number}: of the messages outside a fault {made.tally.share:.2%} were acknowledged")
        if made.tasks or made.sockets or made.connections:
            left = f"{made.tasks} tasks, {made.sockets} sockets and {made.connections} objects of connections"
            wrong.append(f"round {number}: {left} are left")
        if not made.in_time:
            wrong.append(f"round {number}: there was no end to it")
        for kind, count in made.faults.items():
            if not count:
                wrong.append(f"round {number}: no connection was {kind.value}, so nothing is proved")
    # The first round makes what is made once.
    if len(rounds) > 2 and rounds[-1].resident > rounds[1].resident * (1 + growth):
        wrong.append(f"memory grows: {rounds[1].resident} to {rounds[-1].resident} octets")
    return wrong
