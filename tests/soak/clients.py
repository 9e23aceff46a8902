"""The clients of a soak: they send on whatever happens, change their minds, and go and come back."""

from __future__ import annotations

import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import trio

import rawws.trio
from rawws.core.reconnect import Cause, ReconnectPolicy
from rawws.trio import WebSocket

from tests.soak.cutting_proxy import Fault
from tests.soak.talk import ack_number, make_message
from tests.trio.running import raw_socket

#: Messages that may wait for their acknowledgement.
_WINDOW = 8

_FRAGMENT = 1000


@dataclass
class Tally:
    """What the clients have seen.

    acknowledged: how many messages of each client. sent: messages that were sent, the repeated ones, too. left:
    messages that a connection ended under, without a fault that would explain it. opened: connections.
    """

    acknowledged: dict[int, int] = field(default_factory=dict)
    sent: int = 0
    left: int = 0
    opened: int = 0

    @property
    def share(self) -> float:
        """Of the messages that were outside a fault, the part that was acknowledged."""
        acknowledged = sum(self.acknowledged.values())
        return acknowledged / (acknowledged + self.left) if acknowledged else 0.0


class Client:
    """One client.

    wild: whether it cancels what it does, and leaves without a word. pause: seconds between its messages, about.
    fault_at: what the proxy, where there is one, does to the connection from this port of ours. settings: of `connect`.
    """

    def __init__(
        self,
        number: int,
        url: str,
        tally: Tally,
        *,
        seed: int,
        wild: bool,
        pause: float,
        context: ssl.SSLContext | None,
        fault_at: Callable[[int], Fault | None],
        settings: dict[str, Any],
    ) -> None:
        self._number = number
        self._url = url
        self._tally = tally
        self._chance = random.Random(seed)
        self._wild = wild
        self._pause = pause
        self._context = context
        self._fault_at = fault_at
        self._settings = settings
        self._next = 0
        self._moved = trio.Event()
        self._leaving = False
        self.stopping = False
        tally.acknowledged[number] = 0

    @property
    def _acknowledged(self) -> int:
        return self._tally.acknowledged[self._number]

    async def run(self) -> None:
        """Send, until told to stop and all is acknowledged."""
        policy = ReconnectPolicy(first_delay=0.5, max_delay=2.0, pointless_causes=frozenset({Cause.UNTRUSTED}))
        connecting = rawws.trio.reconnect(
            self._url, policy=policy, ssl_context=self._context, proxy=None, **self._settings
        )
        async with connecting as sessions:
            async for ws in sessions:
                self._tally.opened += 1
                fault = self._fault_at(raw_socket(ws).getsockname()[1])
                own = await self._session(ws)
                if self.stopping and self._acknowledged == self._next:
                    return
                if not own and (fault is None or not fault.fired):
                    self._tally.left += self._next - self._acknowledged
                # What was not acknowledged is sent again.
                self._next = self._acknowledged

    async def _session(self, ws: WebSocket) -> bool:
        """One connection; whether it was this client that ended it."""
        self._leaving = False
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._receive, ws, nursery.cancel_scope)
            try:
                await self._send(ws)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                pass
            nursery.cancel_scope.cancel()
        return self._leaving

    async def _send(self, ws: WebSocket) -> None:
        while not (self.stopping and self._acknowledged == self._next):
            if self._wild and self._chance.random() < 0.01:
                # Away, with or without a word. Said before, since whoever receives may learn of it before it is done.
                self._leaving = True
                if self._chance.random() < 0.5:
                    await ws.close()
                else:
                    ws.cut()
                return
            if self.stopping or self._next - self._acknowledged >= _WINDOW:
                await self._moved.wait()
                continue
            if await self._send_one(ws, make_message(self._number, self._next, self._chance)):
                self._next += 1
                self._tally.sent += 1
            await trio.sleep(self._chance.uniform(0, 2) * self._pause)
        self._leaving = True

    async def _send_one(self, ws: WebSocket, message: bytes) -> bool:
        """Send a message, whole or in fragments; whether it was sent, since somebody may change his mind."""
        if len(message) > _FRAGMENT and self._chance.random() < 0.3:
            await ws.send_stream([message[at : at + _FRAGMENT] for at in range(0, len(message), _FRAGMENT)])
            return True
        patience = self._chance.choice((0.0, 0.001, 0.1)) if self._wild else 3600.0
        with trio.move_on_after(patience) as scope:
            await ws.send(message)
        # Cancelled means that nothing was sent: the server would notice, were it otherwise.
        return not scope.cancelled_caught

    async def _receive(self, ws: WebSocket, session: trio.CancelScope) -> None:
        """Take acknowledgements, which come in order."""
        try:
            while True:
                patience = self._chance.choice((0.0, 0.01, 3600.0)) if self._wild else 3600.0
                with trio.move_on_after(patience):
                    number = ack_number(await ws.receive())
                    if number != self._acknowledged:
                        raise AssertionError(f"{number} was acknowledged instead of {self._acknowledged}")
                    self._tally.acknowledged[self._number] += 1
                    self._moved.set()
                    self._moved = trio.Event()
        except (trio.EndOfChannel, trio.BrokenResourceError, trio.ClosedResourceError):
            session.cancel()

    def stop(self) -> None:
        """Let it come to an end."""
        self.stopping = True
        self._moved.set()
        self._moved = trio.Event()
