"""A proxy between clients and a server that cuts, resets, stalls, and lets connections hang half open."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import trio

from tests.trio.peer import HOST, reset

_MOST = 64 * 1024


class Kind(Enum):
    """What happens to a connection."""

    #: Nothing.
    NONE = "none"

    #: Both sides are closed, in the middle of whatever is said.
    CUT = "cut"

    #: Both sides are reset.
    RESET = "reset"

    #: Nothing goes on for a while; then everything does.
    STALL = "stall"

    #: Nothing goes on any more, and nobody says so.
    HALF_OPEN = "half open"


@dataclass
class Fault:
    """What is to happen to one connection. after: octets that come through before. fired: whether it has happened."""

    kind: Kind
    after: int
    fired: bool = False


class CuttingProxy:
    """Passes on what it gets, until a fault is due.

    kinds: dealt like cards, so that of as many connections as there are kinds each gets another. stall: seconds of one,
    at most. happened: called with the kind of each fault when it happens. faults: by the port of the client.
    """

    def __init__(
        self,
        port: int,
        chance: random.Random,
        *,
        kinds: tuple[Kind, ...],
        most_octets: int,
        stall: float,
        happened: Callable[[Kind], None],
    ) -> None:
        self._server_port = port
        self._chance = chance
        self._kinds = kinds
        self._deck: list[Kind] = []
        self._most_octets = most_octets
        self._stall = stall
        self._happened = happened
        self.faults: dict[int, Fault] = {}
        self.port = 0

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Listen, until cancelled."""
        listeners = await trio.open_tcp_listeners(0, host=HOST, backlog=4096)
        self.port = listeners[0].socket.getsockname()[1]
        await trio.serve_listeners(self._pass_on, listeners, task_status=_Started(task_status))

    async def _pass_on(self, client: trio.SocketStream) -> None:
        fault = Fault(self._deal(), self._chance.randrange(self._most_octets))
        # Whoever leaves at once has no name any more.
        with contextlib.suppress(OSError):
            self.faults[client.socket.getpeername()[1]] = fault
        try:
            server = await trio.open_tcp_stream(HOST, self._server_port)
        except OSError:
            await trio.aclose_forcefully(client)
            return
        async with client, server, trio.open_nursery() as nursery:
            nursery.start_soon(self._pump, client, server, fault, nursery.cancel_scope)
            nursery.start_soon(self._pump, server, client, fault, nursery.cancel_scope)

    def _deal(self) -> Kind:
        """The next kind. Dice would leave one out, now and then."""
        if not self._deck:
            self._deck = self._chance.sample(self._kinds, len(self._kinds))
        return self._deck.pop()

    async def _pump(
        self, source: trio.SocketStream, sink: trio.SocketStream, fault: Fault, both: trio.CancelScope
    ) -> None:
        try:
            while data := await source.receive_some(_MOST):
                fault.after -= len(data)
                if fault.after < 0 and fault.kind is not Kind.NONE:
                    await self._happen(fault, source, sink, both, data)
                else:
                    await sink.send_all(data)
            await sink.send_eof()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            both.cancel()

    async def _happen(
        self, fault: Fault, source: trio.SocketStream, sink: trio.SocketStream, both: trio.CancelScope, data: bytes
    ) -> None:
        if not fault.fired:
            fault.fired = True
            self._happened(fault.kind)
        if fault.kind is Kind.HALF_OPEN:
            # What still comes is taken, and goes nowhere.
            return
        if fault.kind is Kind.STALL:
            await trio.sleep(self._chance.uniform(0, self._stall))
            fault.after = self._chance.randrange(self._most_octets)
            await sink.send_all(data)
            return
        with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await sink.send_all(data[: len(data) // 2])
        if fault.kind is Kind.RESET:
            reset(source.socket)
            reset(sink.socket)
        both.cancel()


class _Started:
    """Tells `nursery.start` only that something has begun."""

    def __init__(self, task_status: trio.TaskStatus[None]) -> None:
        self._task_status = task_status

    def started(self, _listeners: object = None) -> None:
        """Pass it on, without the listeners."""
        self._task_status.started()
