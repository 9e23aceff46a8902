"""Cases against a server, over TCP or TLS, many at the same time."""

from __future__ import annotations

import ssl
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import trio

from rawws_conformance.cases import autobahn
from rawws_conformance.endpoint import Wait
from rawws_conformance.model import Behavior, Case, Role, Seconds, Send, Write
from rawws_conformance.player import Player
from rawws_conformance.runs.drive import PAUSE, Driver, Waited
from rawws_conformance.runs.plan import Kind, LoadWatch, by_kind, is_doubtful, kind_of, limit_of, limit_ran_out
from rawws_conformance.runs.wire import ConnectFailed, Dialer, Target, Wire
from rawws_conformance.slices import Library
from rawws_conformance.verdict import Result
from rawws_conformance.wirelog import LogBudget

#: Cases of a kind at the same time, whatever `jobs` says: enough to keep a peer busy, few enough for it to answer soon.
_TRIPS = 8
_BULK = 4

#: The same for cases that are played again: so few that they are no load.
_CALM = 8

#: How often a case is played alone at most, before what comes out counts.
_ALONE = 3

#: Seconds between the writes of a script that is played again because of them: enough for any reader to come.
_LONG_PAUSE = 0.025

#: A case that every server comes through in a moment.
_EASY = "1.1.1"

Told = Callable[[Result], None]


def _is_paced(case: Case) -> bool:
    """Whether a script wants several writes, one after the other."""
    return any(isinstance(step, Send) and step.write is not Write.TOGETHER for step in case.script)


@dataclass(kw_only=True)
class ServerRun:
    """All that is to be known for playing cases against one server.

    jobs: cases at the same time. told: is called with each result, in the order in which they come.
    again: ids of cases that are played a second time, alone, because load may have decided them.
    """

    target: Target
    library: Library
    context: ssl.SSLContext | None = None
    jobs: int = 32
    quick: bool = False
    seconds: Seconds = field(default_factory=Seconds)
    extra: tuple[tuple[str, str], ...] = ()
    told: Told = lambda _result: None
    results: dict[str, Result] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._dialer = Dialer(self.target, self.context)
        self._watch = LoadWatch()
        self._logs = LogBudget()
        self._limiter = trio.CapacityLimiter(self.jobs)
        #: Heavy cases that are being played.
        self._heavy = 0
        #: Cases that are to be played again with longer pauses between their writes.
        self._hurried: list[Case] = []

    async def probe(self) -> None:
        """See whether anybody is there and answers, with an easy case that does not count. Raises ConnectFailed.

        Who says something, be it wrong, is there: the cases will tell. Who says nothing would make each of them wait.
        """
        host, port = self.target.address
        with trio.move_on_after(self.seconds.opening) as scope:
            wire = await self._dialer.connect()
            wire.close(abort=False)
        if scope.cancelled_caught:
            raise ConnectFailed(f"no answer from {host} port {port} within {self.seconds.opening:g} s")
        result = await self.play_one(autobahn()[_EASY])
        if Wait.OPENING in result.facts.expired:
            limit = f"{self.seconds.opening:g} s"
            raise ConnectFailed(f"{host} port {port} takes connections, but completes no opening handshake in {limit}")

    async def play(self, cases: Iterable[Case]) -> None:
        """Play cases; `results` holds what came out, also when this is cancelled.

        Cases with short time limits come first and heavy ones when none of these is left, so that none waits for a peer
        that is busy with another. What a time limit decided nevertheless while there was load is played again: first
        without the heavy cases, and if there still was load, alone.
        """
        kinds = by_kind((case for case in cases if Role.SERVER in case.roles), quick=self.quick)
        light, heavy = kinds[Kind.LIGHT], (*kinds[Kind.TRIPS], *kinds[Kind.BULK])
        doubtful: list[Case] = []
        async with trio.open_nursery() as outer:
            outer.start_soon(self._watch.look)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._batch, kinds[Kind.WAITING], self.jobs, doubtful)
                await self._batch(light, self.jobs, doubtful)
                nursery.start_soon(self._batch, kinds[Kind.TRIPS], _TRIPS, doubtful)
                await self._batch(kinds[Kind.BULK], _BULK, doubtful)
            still = [case for case in doubtful if case in heavy]
            await self._batch([case for case in doubtful if case not in heavy], _CALM, still)
            for case in still:
                self._count(await self._play_alone(case))
            for case in self._hurried:
                self.again.add(case.id)
                self._count(await self._play_slowly(case))
            outer.cancel_scope.cancel()

    async def _play_alone(self, case: Case) -> Result:
        """Play a case while no other is played, and again if something else on the machine may have decided it."""
        for _ in range(_ALONE - 1):
            began = trio.current_time()
            result = await self.play_one(case)
            if not (is_doubtful(result) and self._watch.was_loaded(began, limit_of(case))):
                return result
        return await self.play_one(case)

    async def _play_slowly(self, case: Case) -> Result:
        """Play a case alone, with long pauses between its writes, and again if these may not have been long enough."""
        for _ in range(_ALONE - 1):
            began = trio.current_time()
            result = await self.play_one(case, pause=_LONG_PAUSE)
            if result.behavior is not Behavior.NON_STRICT or not self._watch.was_late(began, _LONG_PAUSE):
                return result
        return await self.play_one(case, pause=_LONG_PAUSE)

    def _count(self, result: Result) -> None:
        """This is what came out in the end."""
        self.results[result.case_id] = result
        self.told(result)

    async def _batch(self, cases: list[Case], jobs: int, doubtful: list[Case]) -> None:
        """Play cases, so many at a time. doubtful: takes those whose verdict does not count yet."""
        queue = deque(cases)

        async def work() -> None:
            while queue:
                async with self._limiter:
                    # Between the check and here others have had their turn.
                    if queue:
                        await self._one_of_many(queue.popleft(), doubtful)

        async with trio.open_nursery() as nursery:
            for _ in range(min(jobs, len(cases))):
                nursery.start_soon(work)

    async def _one_of_many(self, case: Case, doubtful: list[Case]) -> None:
        heavy = kind_of(case, quick=self.quick) in {Kind.TRIPS, Kind.BULK}
        began = trio.current_time()
        self._heavy += heavy
        busy = self._heavy > heavy
        try:
            result = await self.play_one(case)
        finally:
            busy = busy or self._heavy > heavy
            self._heavy -= heavy
        self.results[case.id] = result
        if result.behavior is Behavior.NON_STRICT and _is_paced(case):
            # It answers less than it could, maybe because it has read at once what was written bit by bit.
            self._hurried.append(case)
            return
        loaded = self._watch.was_loaded(began, limit_of(case)) or (busy and limit_ran_out(result))
        if self.jobs > 1 and loaded and is_doubtful(result):
            result.under_load = True
            self.again.add(case.id)
            doubtful.append(case)
        else:
            self.told(result)

    async def play_one(self, case: Case, *, pause: float = PAUSE) -> Result:
        """Play one case over a connection of its own. pause: seconds between the writes of a script."""
        player = Player(
            case,
            Role.SERVER,
            self.library,
            host=self.target.host,
            target=self.target.path,
            extra=self.extra,
            quick=self.quick,
            seconds=self.seconds,
        )
        began = trio.current_time()
        player.start(began)
        wire: Wire | None = None
        driver: Driver | None = None
        try:
            with trio.move_on_after(self.seconds.opening):
                wire = await self._dialer.connect()
            if wire is None:
                player.lose(f"no connection within {self.seconds.opening:g} s", trio.current_time())
            else:
                waited = self._watching(player, began)
                driver = Driver(player, wire, paced=case.echo is None, pause=pause, waited=waited)
                await driver.play()
        except ConnectFailed as exc:
            player.lose(str(exc), trio.current_time())
        except trio.Cancelled:
            player.stop(trio.current_time())
            self.results[case.id] = self._result(player)
            raise
        finally:
            if driver is not None:
                driver.cut()
        return self._result(player)

    def _result(self, player: Player) -> Result:
        """What came out, with as much of its log as a run may keep."""
        result = player.result(trio.current_time())
        result.log = self._logs.keep(result.log, whole=result.failed)
        return result

    def _watching(self, player: Player, began: float) -> Waited:
        """Takes down how long the peer lets a case wait: for the opening handshake, and for each echo of many."""
        trips = player.case.echo is not None and player.case.echo.count > 1
        opened = False

        def waited(now: float, seconds: float) -> None:
            nonlocal opened
            if not opened and player.facts.was_open:
                opened = True
                self._watch.note(now, now - began)
            elif trips:
                self._watch.note(now, seconds)

        return waited
