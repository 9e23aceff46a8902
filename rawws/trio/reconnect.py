"""The client that comes back: one connection after the other to the same server.

    async with rawws.trio.reconnect("wss://example.com/feed") as sessions:
        async for ws in sessions:
            try:
                async for message in ws:
                    print(message)
            except trio.BrokenResourceError:
                continue  # the next one

When to try, and when to give up, is decided by a `rawws.core.reconnect.ReconnectPolicy`.
"""

from __future__ import annotations

import logging
import random
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import trio

from rawws.core.headers import field_values
from rawws.core.reconnect import Cause, ReconnectPolicy, Why, parse_retry_after, why_it_ended
from rawws.core.url import parse_url
from rawws.trio.connect import connect
from rawws.trio.errors import ConnectError, GaveUp, InvalidHandshake, OpenTimeout, ProxyError, Rejected, is_the_end_of
from rawws.trio.names import to_ascii

if TYPE_CHECKING:
    from types import TracebackType

    from rawws.core.typing import Headers
    from rawws.trio.websocket import WebSocket

_logger = logging.getLogger("rawws.client")

_DEFAULT_POLICY = ReconnectPolicy()

# No better randomness is needed to spread clients over time, but not that of a program that seeds it for its tests.
_chance = random.SystemRandom().random

# The alerts by which a server refuses a client's certificate (RFC 8446 §6.2), as OpenSSL names them.
_DISTRUST = frozenset({
    "SSLV3_ALERT_BAD_CERTIFICATE",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED",
    "SSLV3_ALERT_CERTIFICATE_REVOKED",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "TLSV1_ALERT_ACCESS_DENIED",
    "TLSV1_ALERT_UNKNOWN_CA",
})  # fmt: skip

#: Called with each new connection before it is given out, and with why the one before ended (None for the first).
OnOpen = Callable[["WebSocket", "Why | None"], Awaitable[None]]


class Phase(Enum):
    """What a `Sessions` is doing."""

    CONNECTING = "connecting"
    OPEN = "open"
    WAITING = "waiting"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class State:
    """How things stand.

    phase: what is being done. failed: tries in a row that have come to nothing. last: why there was no connection
    lately, None while nothing has happened. next_try_at: on trio's clock, while WAITING, else None.
    """

    phase: Phase
    failed: int = 0
    last: Why | None = None
    next_try_at: float | None = None


class Sessions:
    """One connection after the other, for `async for`; meanwhile other tasks may watch.

    phase, failed, last, next_try_at: as in `State`.
    """

    def __init__(self, url: str, policy: ReconnectPolicy, on_open: OnOpen | None, settings: dict[str, Any]) -> None:
        self._url = url
        self._name = str(parse_url(url, to_ascii))
        self._policy = policy
        self._on_open = on_open
        self._settings = settings
        self._connect: connect | None = None
        self._websocket: WebSocket | None = None
        self._opened_at = 0.0
        self._trying = trio.CancelScope()
        self._changed = trio.Event()
        self.phase = Phase.CONNECTING
        self.failed = 0
        self.last: Why | None = None
        self.next_try_at: float | None = None

    @property
    def state(self) -> State:
        """How things stand now."""
        return State(self.phase, self.failed, self.last, self.next_try_at)

    def states(self) -> AsyncIterator[State]:
        """How things stand now, and then each time that they have changed, up to ENDED.

        Several tasks may watch. Who is slow is told the newest state, not each one that has been.
        """
        return _States(self)

    def _enter(self, phase: Phase) -> None:
        """Go on to a phase, once whatever else is to be said is so."""
        self.phase = phase
        changed, self._changed = self._changed, trio.Event()
        changed.set()

    async def changed(self) -> None:
        """Wait until a phase begins."""
        await self._changed.wait()

    def __aiter__(self) -> Sessions:
        return self

    async def __anext__(self) -> WebSocket:
        """The next connection, as soon as there is one.

        Raises GaveUp, whose `why` and `__cause__` say what happened last, and StopAsyncIteration once ended.
        """
        if self.phase is Phase.ENDED:
            raise StopAsyncIteration
        with trio.CancelScope() as self._trying:
            websocket = await self._next()
            if not self._trying.cancel_called:
                return websocket
        # `aclose` was called meanwhile, by another task.
        self._enter(Phase.ENDED)
        await self._let_go(None)
        raise StopAsyncIteration

    async def _next(self) -> WebSocket:
        if self._websocket is not None:
            await self._let_go(None)
            self._plan(None)
        while True:
            await self._wait()
            self._enter(Phase.CONNECTING)
            try:
                return await self._open()
            except Exception as exc:
                if not self._came_to_nothing(exc):
                    raise
                self._judge(exc)
                error = exc
            self._plan(error)

    def _came_to_nothing(self, exc: Exception) -> bool:
        """Whether an exception says that there is no connection; others are the application's own."""
        if self._websocket is None:
            return isinstance(exc, ConnectError)
        return is_the_end_of(self._websocket, exc)

    async def _open(self) -> WebSocket:
        """Connect, and let `on_open` do its part. Raises ConnectError, and what `on_open` raises."""
        self._connect = connect(self._url, **self._settings)
        self._websocket = websocket = await self._connect.__aenter__()
        self._opened_at = trio.current_time()
        if self._on_open is not None:
            await self._on_open(websocket, self.last)
        self._enter(Phase.OPEN)
        return websocket

    def _judge(self, exc: Exception) -> None:
        """Note a try that came to nothing."""
        websocket = self._websocket
        if websocket is not None:
            websocket.cut()
            self._websocket = self._connect = None
        self.failed += 1
        if isinstance(exc, ConnectError):
            self.last = why_not(exc)
        elif websocket is not None and websocket.ended is not None:
            self.last = why_it_ended(websocket.ended)
        else:
            self.last = Why(Cause.NETWORK, str(exc))
        _logger.info("%s: %s", self._name, self.last)

    async def _let_go(self, exc: BaseException | None) -> None:
        """Close the connection that was given out last, and note how it ended."""
        websocket, self._websocket = self._websocket, None
        connecting, self._connect = self._connect, None
        if websocket is None:
            return
        if connecting is None:
            # It was opened just when `aclose` found nothing to close yet.
            websocket.cut()
            return
        ended_before = websocket.ended
        # How long its closing takes says nothing of how well it worked.
        stable = trio.current_time() - self._opened_at >= self._policy.stable_after
        await connecting.__aexit__(None if exc is None else type(exc), exc, None)
        self.failed = 0 if stable else self.failed + 1
        ended = ended_before or websocket.ended
        if ended is not None:
            self.last = why_it_ended(ended)

    def _plan(self, error: Exception | None) -> None:
        """Note when the policy wants the next try. Raises GaveUp where it wants none."""
        why = self.last or Why(Cause.NETWORK)
        delay = self._policy.delay(why, self.failed, _chance())
        if delay is None:
            self._enter(Phase.ENDED)
            raise GaveUp(why, self.failed) from error
        self.next_try_at = trio.current_time() + delay
        self._enter(Phase.WAITING)

    async def _wait(self) -> None:
        """Wait until the time for the next try has come; cancelled, the next call waits for the rest."""
        if self.next_try_at is not None:
            await trio.sleep_until(self.next_try_at)
            self.next_try_at = None

    async def aclose(self, exc: BaseException | None = None) -> None:
        """Close what is open, and give out nothing more; who waits for the next one comes to the end of the loop."""
        self.next_try_at = None
        self._enter(Phase.ENDED)
        self._trying.cancel()
        await self._let_go(exc)


class _States:
    """See `Sessions.states`; a plain iterator, since an abandoned async generator would have to be closed."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._told: State | None = None

    def __aiter__(self) -> _States:
        return self

    async def __anext__(self) -> State:
        await trio.lowlevel.checkpoint_if_cancelled()
        if self._told is not None and self._told.phase is Phase.ENDED:
            raise StopAsyncIteration
        while (state := self._sessions.state) == self._told:
            await self._sessions.changed()
        self._told = state
        return state


class reconnect:  # noqa: N801  used like a function: `async with reconnect(url) as sessions`
    """Connect to a server, and again whenever the connection has ended; leaving the block closes it.

    url, settings: as for `connect`. policy: when to try again, and when to give up.
    on_open: called with each new connection before it is given out, and with why the one before has ended: the place to
        say who one is, and where to resume. Where it raises because the connection has ended, that counts as a try that
        came to nothing; anything else comes out.

    Raises what `connect` raises for wrong arguments, and TypeError or ValueError for others, at the call. A connection
    that ends does not end the loop: `async for ws in sessions` gives the next one, closing the one before if need be.
    """

    def __init__(
        self,
        url: str,
        *,
        policy: ReconnectPolicy = _DEFAULT_POLICY,
        on_open: OnOpen | None = None,
        **settings: Any,  # noqa: ANN401  those of `connect`, which judges them
    ) -> None:
        if not isinstance(policy, ReconnectPolicy):
            raise TypeError(f"policy must be a ReconnectPolicy, not {type(policy).__name__}")
        if on_open is not None and not callable(on_open):
            raise TypeError(f"on_open must be a coroutine function, not {type(on_open).__name__}")
        if settings.get("stream") is not None:
            raise ValueError("a given stream serves for one connection: reconnect makes its own")
        # Whatever cannot be is found out here.
        connect(url, **settings)
        self._sessions = Sessions(url, policy, on_open, settings)

    async def __aenter__(self) -> Sessions:
        return self._sessions

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._sessions.aclose(exc)


def why_not(exc: ConnectError) -> Why:
    """What a failure to connect means for the next try."""
    text = str(exc)
    if isinstance(exc, Rejected):
        return Why(Cause.REFUSED, text, status=exc.status_code, retry_after=_asked(exc.headers))
    if isinstance(exc, OpenTimeout):
        return Why(Cause.TIMEOUT, text)
    if isinstance(exc, InvalidHandshake):
        return Why(Cause.INVALID_HANDSHAKE, text)
    if _is_about_trust(exc.__cause__):
        return Why(Cause.UNTRUSTED, text)
    if isinstance(exc, ProxyError):
        return Why(Cause.PROXY, text, status=exc.status_code, retry_after=_asked(exc.headers))
    if isinstance(exc.__cause__, ssl.SSLError) and not isinstance(exc.__cause__, ssl.SSLEOFError):
        return Why(Cause.TLS, text)
    return Why(Cause.NETWORK, text)


def _asked(headers: Headers) -> float | None:
    """Seconds that a response asks for by |Retry-After|, None where it does not."""
    field = next(iter(field_values(headers, b"retry-after")), None)
    return None if field is None else parse_retry_after(field, time.time())


def _is_about_trust(exc: BaseException | None) -> bool:
    """Whether the server's certificate does not verify, or the server says that ours does not, or is missing."""
    if isinstance(exc, ssl.SSLCertVerificationError):
        return True
    # Of an error that was not OpenSSL's own, `reason` is not there.
    return isinstance(exc, ssl.SSLError) and getattr(exc, "reason", None) in _DISTRUST
