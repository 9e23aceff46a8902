"""What two applications do with a connection of rawws.trio, several tasks each, cancelled wherever one can be.

A `Program` is data: hypothesis makes it, `run` lets it happen between a client and a server over streams in memory, TCP
or TLS, and gives what each end has sent and got.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Literal

import trio
import trio.testing
from hypothesis import strategies as st

import rawws.trio
from rawws.core.limits import Limits
from rawws.core.session import Ended
from rawws.testing.strategies import texts
from rawws.testing.strategies.frames import filled

from fuzz.machines.relay import RELAYS, Relay
from tests.trio.running import certificates

Over = Literal["memory", "lockstep", "relay", "tcp", "tls"]
Kind = Literal["send", "send_stream", "receive", "receive_stream", "ping", "sleep", "close", "cut"]

#: Small, so that few messages already fill queues and buffers.
LIMITS = Limits(max_queued_messages=2, max_queued_bytes=2000, write_high_water=3000, write_low_water=1000)

#: Seconds of the virtual clock that one step may take; then it is cancelled, as by a user who has waited enough.
_PATIENCE = 3.0

#: Seconds of the virtual clock for everything.
_DEADLINE = 5000.0

#: What a step may raise: trio's words for what has happened to a channel.
EXPECTED = (trio.ClosedResourceError, trio.BrokenResourceError, trio.EndOfChannel, trio.BusyResourceError)

SKIPPED = object()


@dataclass(frozen=True)
class Step:
    """One call.

    data: a message, or the chunks of one. cancel: after so many turns of the scheduler, None for not. slow: with a
    pause before each chunk. leave: a message that is received in chunks is left after so many of them.
    """

    kind: Kind
    data: tuple[str | bytes, ...] = ()
    code: int = 1000
    cancel: int | None = None
    slow: bool = False
    leave: int | None = None


@dataclass(frozen=True)
class Program:
    """The tasks of both ends, each a list of steps."""

    over: Over
    client: tuple[tuple[Step, ...], ...]
    server: tuple[tuple[Step, ...], ...]
    relay: Relay | None = None

    @property
    def breaks(self) -> bool:
        """Whether what is between the two may lose something."""
        return self.relay is not None and self.relay.breaks


@dataclass
class Call:
    """One message that was to be sent, in the order of the calls. returned: whether the call returned."""

    message: str | bytes
    returned: bool = False


@dataclass
class Log:
    """What one end has done and got. got: messages, and SKIPPED for those that were left early.

    ended, failure: how the connection ended here. broken: what was raised that nobody expects.
    closed: whether the application called `close` or `cut`, which drop what has not been received.
    """

    calls: list[Call] = field(default_factory=list)
    got: list[object] = field(default_factory=list)
    chunks: list[str | bytes] = field(default_factory=list)
    ended: Ended | None = None
    pongs: list[tuple[float, int]] = field(default_factory=list)
    closed: bool = False
    open_at_rest: bool = False
    drained: bool = False

    @property
    def sent(self) -> list[str | bytes]:
        """The messages whose calls returned."""
        return [call.message for call in self.calls if call.returned]


# -- making programs ----------------------------------------------------------------------------------------------

_CANCEL = st.one_of(st.none(), st.none(), st.integers(0, 6))
_BYTES = st.builds(filled, st.sampled_from([0, 1, 200, 5000, 70_000]), st.binary(min_size=1, max_size=2))
_MESSAGE = st.one_of(texts(), _BYTES)
_CHUNKS = st.one_of(st.lists(texts(5), max_size=4), st.lists(_BYTES, max_size=4)).map(tuple)
_SEND = st.builds(Step, st.just("send"), st.tuples(_MESSAGE), cancel=_CANCEL)
_SEND_STREAM = st.builds(Step, st.just("send_stream"), _CHUNKS, cancel=_CANCEL, slow=st.booleans())
_RECEIVE = st.builds(Step, st.just("receive"), cancel=_CANCEL)
_LEAVE = st.one_of(st.none(), st.integers(1, 2))
_RECEIVE_STREAM = st.builds(Step, st.just("receive_stream"), cancel=_CANCEL, leave=_LEAVE)
_PING = st.builds(Step, st.just("ping"), cancel=_CANCEL)
_SLEEP = st.just(Step("sleep"))
_STEP = st.one_of(_SEND, _RECEIVE, _SEND, _RECEIVE, _SEND_STREAM, _RECEIVE_STREAM, _PING, _SLEEP)
_TASK = st.lists(_STEP, min_size=2, max_size=7).map(tuple)
_TASKS = st.lists(_TASK, min_size=1, max_size=3).map(tuple)
#: One program in three has an end of its own; the others end when all is done.
_CLOSE = st.builds(Step, st.just("close"), code=st.sampled_from([1000, 1001, 1011, 3000]), cancel=_CANCEL)
_END = st.one_of(
    st.just(()),
    st.just(()),
    st.lists(st.one_of(_SLEEP, _SEND, _RECEIVE), max_size=4).flatmap(
        lambda before: st.one_of(_CLOSE, _CLOSE, st.just(Step("cut"))).map(lambda end: (*before, end))
    ),
)


def programs(*overs: Over) -> st.SearchStrategy[Program]:
    """Programs of both ends, over any of these."""
    relays = RELAYS if overs == ("relay",) else st.none()
    return st.builds(_program, st.sampled_from(overs), _TASKS, _TASKS, _END, st.booleans(), relays)


def _program(
    over: Over,
    client: tuple[tuple[Step, ...], ...],
    server: tuple[tuple[Step, ...], ...],
    end: tuple[Step, ...],
    at_client: bool,  # noqa: FBT001  drawn
    relay: Relay | None,
) -> Program:
    if end and at_client:
        client = (*client, end)
    elif end:
        server = (*server, end)
    return Program(over, client, server, relay)


# -- running them -------------------------------------------------------------------------------------------------


async def _cancelled_after(turns: int, call: Callable[[], Awaitable[None]]) -> None:
    """Make a call, and cancel it after so many turns of the scheduler; 0: before it begins to wait."""
    with trio.CancelScope() as scope:
        if not turns:
            scope.cancel()
        async with trio.open_nursery() as nursery:

            async def cancel() -> None:
                for _ in range(turns):
                    await trio.lowlevel.checkpoint()
                scope.cancel()

            nursery.start_soon(cancel)
            try:
                await call()
            finally:
                nursery.cancel_scope.cancel()


async def _slowly(chunks: tuple[str | bytes, ...]) -> AsyncGenerator[str | bytes]:
    """Chunks as somebody makes them."""
    for chunk in chunks:
        await trio.sleep(0.3)
        yield chunk


class Application:
    """One end's steps, and its log."""

    def __init__(self, ws: rawws.trio.WebSocket, log: Log) -> None:
        self.ws = ws
        self.log = log

    async def run(self, tasks: tuple[tuple[Step, ...], ...]) -> None:
        """All tasks at once."""
        async with trio.open_nursery() as nursery:
            for steps in tasks:
                nursery.start_soon(self._task, steps)

    async def _task(self, steps: tuple[Step, ...]) -> None:
        for step in steps:
            call = functools.partial(getattr(self, f"_{step.kind}"), step)
            with trio.move_on_after(_PATIENCE):
                if step.cancel is None:
                    await self._guarded(call)
                else:
                    await _cancelled_after(step.cancel, functools.partial(self._guarded, call))

    @staticmethod
    async def _guarded(call: Callable[[], Awaitable[None]]) -> None:
        """Let trio's words for the end of a channel pass, and nothing else."""
        try:
            await call()
        except EXPECTED:
            pass

    async def _send(self, step: Step) -> None:
        call = Call(step.data[0])
        self.log.calls.append(call)
        await self.ws.send(call.message)
        call.returned = True

    async def _send_stream(self, step: Step) -> None:
        empty: str | bytes = "" if step.data and isinstance(step.data[0], str) else b""
        call = Call(empty.join(step.data))  # type: ignore[arg-type]  # chunks of one type
        self.log.calls.append(call)
        if step.slow:
            async with aclosing(_slowly(step.data)) as chunks:
                await self.ws.send_stream(chunks)
        else:
            await self.ws.send_stream(step.data)
        call.returned = True

    async def _receive(self, step: Step) -> None:  # noqa: ARG002  every step has the same signature
        try:
            self._keep(await self.ws.receive())
        except trio.BusyResourceError:
            pass

    def _keep(self, message: str | bytes) -> None:
        self._leave_early()
        self.log.got.append(message)

    def _leave_early(self) -> None:
        """What has come in chunks and not to its end is skipped."""
        if self.log.chunks:
            self.log.got.append(SKIPPED)
            self.log.chunks.clear()

    async def _receive_stream(self, step: Step) -> None:
        mine: list[str | bytes] = []
        async for chunk in self.ws.receive_stream():
            if not mine:
                self._leave_early()
                self.log.chunks = mine
            mine.append(chunk)
            if len(mine) == step.leave:
                return
        empty: str | bytes = "" if isinstance(mine[0], str) else b""
        self.log.got.append(empty.join(mine))  # type: ignore[arg-type]  # chunks of one type
        self.log.chunks = []

    async def _ping(self, step: Step) -> None:  # noqa: ARG002  (the same)
        before = len(self.log.sent)
        self.log.pongs.append((await self.ws.ping(), before))

    async def _sleep(self, step: Step) -> None:  # noqa: ARG002  (the same)
        await trio.sleep(0.7)

    async def _close(self, step: Step) -> None:
        self.log.closed = True
        await self.ws.close(step.code, "because")

    async def _cut(self, step: Step) -> None:  # noqa: ARG002  (the same)
        self.log.closed = True
        self.ws.cut()

    async def drain(self) -> None:
        """Receive what there is, until there is nothing for a while, or no more."""
        while True:
            with trio.move_on_after(_PATIENCE) as scope:
                try:
                    self._keep(await self.ws.receive())
                except EXPECTED:
                    self._leave_early()
                    self.log.drained = True
                    return
            if scope.cancelled_caught:
                self._leave_early()
                return


async def _both(program: Program, logs: tuple[Log, Log]) -> None:
    """Run a program; then both receive what is left, and the client closes while the server receives on."""
    at_rest = _Meeting(2)
    done = trio.Event()
    server_log, client_log = logs

    async def serve(ws: rawws.trio.WebSocket) -> None:
        application = Application(ws, server_log)
        await application.run(program.server)
        await at_rest.meet()
        await application.drain()
        await at_rest.meet()
        server_log.open_at_rest = server_log.ended is None and ws.ended is None
        await application.drain()
        await ws.close()
        server_log.ended = ws.ended
        done.set()

    async with Connected(program.over, serve, program.relay) as ws:
        application = Application(ws, client_log)
        await application.run(program.client)
        await at_rest.meet()
        await application.drain()
        await at_rest.meet()
        client_log.open_at_rest = ws.ended is None
        await ws.close()
        await done.wait()
    client_log.ended = ws.ended


class _Meeting:
    """Whoever comes waits until all have come; again and again."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._here = 0
        self._event = trio.Event()

    async def meet(self) -> None:
        self._here += 1
        if self._here == self._count:
            self._here = 0
            event, self._event = self._event, trio.Event()
            event.set()
        else:
            await self._event.wait()


class Connected:
    """A client over one of the ways to a server that runs `handler`."""

    def __init__(
        self, over: Over, handler: Callable[[rawws.trio.WebSocket], Awaitable[None]], relay: Relay | None = None
    ) -> None:
        self._over = over
        self._relay = relay
        self._handler = handler
        self._nursery: Any = trio.open_nursery()
        self._opened: trio.Nursery | None = None

    async def __aenter__(self) -> rawws.trio.WebSocket:
        nursery = self._opened = await self._nursery.__aenter__()
        settings: dict[str, Any] = {"limits": LIMITS}
        url = "ws://localhost/"
        if self._over in {"tcp", "tls"}:
            context = certificates().server if self._over == "tls" else None
            serve = functools.partial(
                rawws.trio.serve, self._handler, "127.0.0.1", 0, ssl_context=context, limits=LIMITS
            )
            server = await nursery.start(serve)
            url = f"ws://127.0.0.1:{server.port}/"
            if self._over == "tls":
                url = f"wss://127.0.0.1:{server.port}/"
                settings["ssl_context"] = certificates().client
        elif self._relay is not None:
            settings["stream"], theirs = self._relay.connect(nursery)
            nursery.start_soon(functools.partial(rawws.trio.serve_stream, self._handler, theirs, limits=LIMITS))
        else:
            pair = trio.testing.lockstep_stream_pair if self._over == "lockstep" else trio.testing.memory_stream_pair
            settings["stream"], theirs = pair()
            nursery.start_soon(functools.partial(rawws.trio.serve_stream, self._handler, theirs, limits=LIMITS))
        self._client = rawws.trio.connect(url, **settings)
        return await self._client.__aenter__()

    async def __aexit__(self, *exc: object) -> None:
        try:
            await self._client.__aexit__(*exc)  # type: ignore[arg-type]  # the three of a context manager
        finally:
            if self._opened is not None:
                self._opened.cancel_scope.cancel()
            await self._nursery.__aexit__(*exc)


def run(program: Program) -> tuple[Log, Log]:
    """Let a program happen, on a virtual clock; the logs of the server and of the client."""
    logs = (Log(), Log())

    async def main() -> None:
        with trio.fail_after(_DEADLINE):
            await _both(program, logs)

    in_memory = program.over in {"memory", "lockstep", "relay"}
    # The kernel needs a moment that the virtual clock does not know of.
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0 if in_memory else 0.002))
    return logs
