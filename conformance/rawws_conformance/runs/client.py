"""Cases against clients: the fuzzing server that drivers written for Autobahn's connect to, over TCP or TLS."""

from __future__ import annotations

import functools
import json
import socket
import ssl
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import h11
import trio

from rawws_conformance.model import Case, Role, Seconds
from rawws_conformance.player import Player
from rawws_conformance.report import Run
from rawws_conformance.runs.answers import Answer, bad_request
from rawws_conformance.runs.drive import Driver
from rawws_conformance.runs.page import response, welcome
from rawws_conformance.runs.plan import LoadWatch
from rawws_conformance.runs.request import (
    INTERNAL_ERROR,
    Asked,
    NoWebSocket,
    RequestReader,
    Route,
    WrongRequest,
    case_info,
    understand,
)
from rawws_conformance.runs.wire import TlsWire, Wire
from rawws_conformance.slices import Library
from rawws_conformance.verdict import Result
from rawws_conformance.wirelog import LogBudget

#: Connections that wait until they are accepted.
_BACKLOG = 128

#: Seconds until the next try, when there is no file descriptor for a new connection.
_NO_DESCRIPTOR = 0.1


class Played(NamedTuple):
    """One case that one client has played: what came out, and when it began (UTC)."""

    result: Result
    started: datetime


class ListenFailed(Exception):
    """The server cannot listen; the text says why."""


class ServerTlsWire(TlsWire):
    """The server's end of TLS."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext) -> None:
        Wire.__init__(self, sock)
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._backlog = b""
        self._ended = False


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets on every address of a name, all with the same port. Raises ListenFailed.

    port: 0 for one that is free.
    """
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as exc:
        raise ListenFailed(f"{host!r} is no address to listen on: {getattr(exc, 'strerror', None) or exc}") from None
    sockets: list[socket.socket] = []
    failed: OSError | None = None
    # IPv4 first: where a name has both families, a machine may know no IPv6, and one address is enough.
    for family, kind, protocol, _name, address in sorted(found, key=lambda each: each[0] != socket.AF_INET):
        sock: socket.socket | None = None
        try:
            sock = socket.socket(family, kind, protocol)
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            chosen = sockets[0].getsockname()[1] if sockets else port
            sock.bind((address[0], chosen, *address[2:]))
            sock.listen(_BACKLOG)
            sockets.append(sock)
        except OSError as exc:
            failed = exc
            if sock is not None:
                sock.close()
    if not sockets:
        raise ListenFailed(f"cannot listen on {host} port {port}: {failed.strerror if failed else 'no address'}")
    return sockets


@dataclass(kw_only=True)
class ClientRun:
    """All that is to be known for playing cases against clients.

    cases: the selected ones; clients name them by their place in this order. agent: a name for every client, instead of
    the one that it gives itself. protocols: subprotocols to choose from. once: stop when reports have been asked for.
    target, suite: what reports say about them. leaves_out: agent and case to whether the case is not for that agent.
    update: writes reports of these runs, in a thread of its own; raises OSError. told: is called with each agent and
    result. problem: is called with a sentence about what went wrong on our side.
    played: agent to case id to what came out.
    """

    cases: Sequence[Case]
    library: Library
    agent: str | None = None
    quick: bool = False
    seconds: Seconds = field(default_factory=Seconds)
    context: ssl.SSLContext | None = None
    protocols: tuple[str, ...] = ()
    once: bool = False
    target: str = ""
    suite: str = "autobahn"
    leaves_out: Callable[[str, str], bool] = lambda _agent, _case: False
    update: Callable[[list[Run]], object] = lambda _runs: None
    told: Callable[[str, Result], None] = lambda _agent, _result: None
    problem: Callable[[str], None] = lambda _sentence: None
    played: dict[str, dict[str, Played]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._news = trio.Event()
        self._playing: Counter[str] = Counter()
        #: Agents of whom a case was being played when the server stopped.
        self.broken_off: set[str] = set()
        self._logs: defaultdict[str, LogBudget] = defaultdict(LogBudget)
        self._stopped = trio.Event()
        self._updating = trio.Lock()
        self._watch = LoadWatch()

    def stop(self) -> None:
        """End `serve`."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        """Whether somebody wants the end."""
        return self._stopped.is_set()

    def runs(self) -> list[Run]:
        """What every agent has played by now, each as a run of its own, by name."""
        return [self._run_of(agent, played.copy()) for agent, played in sorted(self.played.items())]

    def _run_of(self, agent: str, played: dict[str, Played]) -> Run:
        needed = sum(not self.leaves_out(agent, case.id) for case in self.cases)
        return Run(
            agent=agent,
            target=self.target,
            role=Role.CLIENT,
            quick=self.quick,
            suite=self.suite,
            started=min(each.started for each in played.values()),
            duration=_seconds(played.values()),
            complete=len(played) >= needed and agent not in self.broken_off,
            results={case_id: each.result for case_id, each in played.items()},
            began={case_id: each.started for case_id, each in played.items()},
        )

    async def settle(self, agent: str | None = None) -> None:
        """Return when no case is being played, by this agent or by anybody, or when that takes too long.

        A driver goes on when a connection has ended for it; for us that connection may still be ending.
        """
        with trio.move_on_after(self.seconds.close_reply + self.seconds.tcp_end):
            while self._playing.total() if agent is None else self._playing[agent]:
                await self._news.wait()

    async def serve(self, sockets: Iterable[socket.socket]) -> None:
        """Serve until `stop`, or until a client asks for the end. Closes the sockets."""
        listening = list(sockets)
        try:
            async with trio.open_nursery() as nursery:
                for sock in listening:
                    nursery.start_soon(self._accept, sock, nursery)
                nursery.start_soon(self._watch.look)
                await self._stopped.wait()
                nursery.cancel_scope.cancel()
        finally:
            for sock in listening:
                sock.close()

    async def _accept(self, listening: socket.socket, nursery: trio.Nursery) -> None:
        while True:
            await trio.lowlevel.wait_readable(listening)
            try:
                sock, _address = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionError):
                continue
            except OSError as exc:
                self.problem(f"a connection could not be accepted: {exc.strerror}")
                await trio.sleep(_NO_DESCRIPTOR)
                continue
            nursery.start_soon(self._serve_one, sock)

    async def _serve_one(self, sock: socket.socket) -> None:
        """One connection, whatever happens on it."""
        wire = Wire(sock) if self.context is None else ServerTlsWire(sock, self.context)
        try:
            await self._connection(wire)
        except OSError:
            pass  # the client has gone
        except Exception as caught:  # noqa: BLE001 - one connection shall not end the server
            exc: Exception = caught
            while isinstance(exc, ExceptionGroup):
                exc = exc.exceptions[0]
            self.problem(f"on one connection: {type(exc).__name__}: {exc}")
        finally:
            if sock.fileno() >= 0:
                wire.close(abort=False)

    async def _connection(self, wire: Wire) -> None:
        began, started = trio.current_time(), datetime.now(UTC)
        reader = RequestReader()
        request: h11.Request | None = None
        with trio.move_on_after(self.seconds.opening):
            try:
                request = await _read_request(wire, reader)
            except h11.RemoteProtocolError as exc:
                await say(wire, bad_request(f"this is no HTTP request: {exc}"))
        if request is None:
            return
        try:
            asked = understand(request, self.cases, self.agent)
        except WrongRequest:
            await say(wire, INTERNAL_ERROR)
        except NoWebSocket as exc:
            page = welcome(self.cases, self._standing()) if exc.page else None
            await say(wire, response(page, head_only=request.method == b"HEAD"))
        else:
            if asked.route is Route.RUN_CASE and not self.leaves_out(asked.agent or "", asked.case_id):
                await self._run_case(asked, wire, reader.octets, began, started)
            else:
                await self._answer(asked, wire, reader.octets, began)

    def _standing(self) -> dict[str, list[Result]]:
        """What every agent has to show by now."""
        return {agent: [played.result for played in found.values()] for agent, found in self.played.items()}

    # ------------------------------------------------------------------------------------------------------------ cases

    async def _run_case(self, asked: Asked, wire: Wire, octets: bytes, began: float, started: datetime) -> None:
        case, agent = asked.case, asked.agent
        if case is None or agent is None:
            raise ValueError("a case needs a case and an agent")
        player = Player(
            case, Role.CLIENT, self.library, protocols=self.protocols, quick=self.quick, seconds=self.seconds
        )
        # A client cannot be asked to play a case again.
        patience = functools.partial(self._watch.patience, began)
        driver = Driver(player, wire, paced=case.echo is None, patience=patience)
        self._playing[agent] += 1
        last = b""
        try:
            player.start(began)
            player.receive(octets, trio.current_time())
            await driver.play()
            result = player.result(trio.current_time())
            result.log = self._logs[agent].keep(result.log, whole=result.failed)
            self.played.setdefault(agent, {})[case.id] = Played(result, started)
            self.told(agent, result)
            if player.facts.opening_failed is not None:
                last = bad_request(player.facts.opening_failed)
        except trio.Cancelled:
            player.stop(trio.current_time())
            self.played.setdefault(agent, {}).setdefault(
                case.id, Played(player.result(trio.current_time()), started)
            )
            self.broken_off.add(agent)
            raise
        finally:
            self._playing[agent] -= 1
            self._tell_all()
            await driver.end(last)

    def _tell_all(self) -> None:
        """Wake whoever waits for a case to end."""
        self._news.set()
        self._news = trio.Event()

    # ----------------------------------------------------------------------------------------------------- all the rest

    async def _answer(self, asked: Asked, wire: Wire, octets: bytes, began: float) -> None:
        answer = Answer(seconds=self.seconds, protocols=self.protocols, commands=asked.route is Route.COMMANDS)
        if asked.route is Route.CASE_COUNT:
            answer.say(str(len(self.cases)))
        elif asked.route is Route.CASE_INFO and asked.case is not None:
            answer.say(case_info(asked.case))
        elif asked.route is Route.RUN_CASE:
            answer.say()  # a case that is not for this agent
        elif asked.route is Route.STOP_SERVER:
            answer.leave()
        answer.start(began)
        answer.receive(octets, trio.current_time())
        driver = Driver(answer, wire)
        async with trio.open_nursery() as nursery:
            if asked.route is Route.CASE_STATUS:
                nursery.start_soon(self._say_status, asked, answer, driver)
            elif asked.route is Route.UPDATE_REPORTS:
                nursery.start_soon(self._say_updated, asked, answer, driver)
            try:
                await driver.run()
            finally:
                if asked.route is Route.CASE_STATUS:
                    nursery.cancel_scope.cancel()
        if asked.route is Route.STOP_SERVER or (asked.route is Route.UPDATE_REPORTS and (self.once or asked.shutdown)):
            self.stop()

    async def _say_status(self, asked: Asked, answer: Answer, driver: Driver) -> None:
        """Say how a case went, as soon as it has been played."""
        while (played := self.played.get(asked.agent or "", {}).get(asked.case_id)) is None:
            await self._news.wait()
        answer.say(json.dumps({"behavior": played.result.behavior}))
        driver.wake()

    async def _say_updated(self, asked: Asked, answer: Answer, driver: Driver) -> None:
        """Write the reports, and say so by closing."""
        await self.settle(asked.agent)
        code = None
        async with self._updating:
            try:
                await trio.to_thread.run_sync(self.update, self.runs())
            except OSError as exc:
                self.problem(f"the reports could not be written: {exc.strerror or exc}")
                code = 1011
        answer.say(close=code)
        driver.wake()


def _seconds(played: Collection[Played]) -> float:
    """From the beginning of the first case to the end of the last one."""
    ends = [each.started + timedelta(seconds=each.result.duration) for each in played]
    return (max(ends) - min(each.started for each in played)).total_seconds()


async def _read_request(wire: Wire, reader: RequestReader) -> h11.Request | None:
    """The head of a request, or None where TCP ends before it. Raises h11.RemoteProtocolError, OSError."""
    if isinstance(wire, ServerTlsWire):
        await wire.handshake()
    while True:
        data = wire.receive()
        if data is None:
            await wire.readable()
        elif data:
            request = reader.receive(data)
            if request is not None:
                return request
        else:
            return None


async def say(wire: Wire, octets: bytes) -> None:
    """Send some octets, and end TCP behind them."""
    await Driver(_Nothing(), wire).end(octets)


class _Nothing:
    """Nobody plays on this connection."""

    done = True
    drop: str | None = "close"
    deadline: float | None = None

    def writes(self) -> list[bytes]:
        """Nothing."""
        return []

    def receive(self, data: bytes, now: float) -> None:
        """Nothing."""

    def receive_end(self, now: float, *, reset: bool = False) -> None:
        """Nothing."""

    def expire(self, now: float) -> None:
        """Nothing."""

    def postpone(self, seconds: float) -> None:
        """Nothing."""
