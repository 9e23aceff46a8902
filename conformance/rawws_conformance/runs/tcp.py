"""Cases against a server, over TCP or TLS, many at the same time."""

from __future__ import annotations

import ssl
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import trio

from rawws_conformance.model import Case, Role, Seconds
from rawws_conformance.player import Player
from rawws_conformance.runs.drive import Driver, Waited
from rawws_conformance.runs.plan import Kind, LoadWatch, by_kind, is_doubtful, kind_of, limit_of, limit_ran_out
from rawws_conformance.runs.wire import ConnectFailed, Dialer, Target, Wire
from rawws_conformance.slices import Library
from rawws_conformance.verdict import Result
from rawws_conformance.wirelog import LogBudget

#: Seconds between two looks at how late the event loop is.
_TICK = 0.02

#: Cases of a kind at the same time, whatever `jobs` says: enough to keep a peer busy, few enough for it to answer soon.
_TRIPS = 8
_BULK = 4

#: The same for cases that are played again: so few that they are no load.
_CALM = 8

Told = Callable[[Result], None]


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
    again: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._dialer = Dialer(self.target, self.context)
        self._watch = LoadWatch()
        self._logs = LogBudget()
        self._limiter = trio.CapacityLimiter(self.jobs)
        #: Heavy cases that are being played.
        self._heavy = 0

    async def probe(self) -> None:
        """See whether anybody is there. Raises ConnectFailed."""
        with trio.move_on_after(self.seconds.opening) as scope:
            wire = await self._dialer.connect()
            wire.close(abort=False)
        if scope.cancelled_caught:
            host, port = self.target.address
            raise ConnectFailed(f"no answer from {host} port {port} within {self.seconds.opening:g} s")

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
            outer.start_soon(self._tick)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._batch, kinds[Kind.WAITING], self.jobs, doubtful)
                await self._batch(light, self.jobs, doubtful)
                nursery.start_soon(self._batch, kinds[Kind.TRIPS], _TRIPS, doubtful)
                await self._batch(kinds[Kind.BULK], _BULK, doubtful)
            still = [case for case in doubtful if case in heavy]
            await self._batch([case for case in doubtful if case not in heavy], _CALM, still)
            for case in still:
                result = await self.play_one(case)
                self.results[case.id] = result
                self.told(result)
            outer.cancel_scope.cancel()

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
        loaded = self._watch.was_loaded(began, limit_of(case)) or (busy and limit_ran_out(result))
        if self.jobs > 1 and loaded and is_doubtful(result):
            result.under_load = True
            self.again.append(case.id)
            doubtful.append(case)
        else:
            self.told(result)

    async def _tick(self) -> None:
        """Look how late the event loop is."""
        while True:
            due = trio.current_time() + _TICK
            await trio.sleep_until(due)
            now = trio.current_time()
            self._watch.note(now, now - due)

    async def play_one(self, case: Case) -> Result:
        """Play one case over a connection of its own."""
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
                driver = Driver(player, wire, paced=case.echo is None, waited=self._watching(player, began))
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
