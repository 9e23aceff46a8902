"""A running server: what it does, and how it ends."""

from __future__ import annotations

import errno
import logging
from typing import TYPE_CHECKING

import trio

from rawws.core.drain import SERVICE_RESTART, Drain
from rawws.trio.groups import no_group_of_one
from rawws.trio.transport import SocketTransport

if TYPE_CHECKING:
    from rawws.core.ended import SessionStats
    from rawws.trio.accept import Acceptor
    from rawws.trio.counts import Counts
    from rawws.trio.listening import Listener
    from rawws.trio.websocket import WebSocket

_logger = logging.getLogger("rawws.server")

# The process or the system has run out of something that other connections will give back.
_OUT_OF_RESOURCES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS})
_SECONDS_FOR_RESOURCES = 0.1


class Server:
    """A running server.

    port: of the first socket that listens, 0 for one without. addresses: (host, port) of those that have such. secure:
    whether it speaks TLS.
    """

    def __init__(self, listeners: list[Listener], acceptor: Acceptor) -> None:
        self._listeners = listeners
        self._acceptor = acceptor
        self._accepting = trio.CancelScope()
        self._done = trio.Event()
        self.secure = acceptor.settings.make_context is not None
        names = [listener.sock.getsockname() for listener in listeners]
        self.addresses: list[tuple[str, int]] = [name[:2] for name in names if isinstance(name, tuple)]

    @property
    def port(self) -> int:
        """The port of the first socket that listens, 0 where none has one."""
        return self.addresses[0][1] if self.addresses else 0

    @property
    def connections(self) -> frozenset[WebSocket]:
        """The connections that are open now."""
        return self._acceptor.connections

    @property
    def ready(self) -> bool:
        """Whether new connections are welcome: the server neither drains nor closes."""
        return not self._acceptor.admission.closing and self._acceptor.admission.drain is None

    @property
    def counts(self) -> Counts:
        """What has happened since the server began."""
        return self._acceptor.counts

    @property
    def traffic(self) -> SessionStats:
        """Messages and octets of all connections, of those that have ended and those that are open."""
        return self._acceptor.counts.all_traffic(self._acceptor.open)

    async def drain(self, seconds: float, code: int = SERVICE_RESTART, retry_after: int | None = None) -> None:
        """Send everybody away without making a herd of them, then close as `close` does.

        At once the readiness check, and every new opening handshake, is answered with 503 and a |Retry-After|;
        meanwhile the connections are closed one by one, evenly over so many seconds. Plain HTTP is answered until the
        end.

        code: of the Close frames; with 1012 (service restart) their reason says when to come back. retry_after: whole
        seconds after which that is; None leaves it to the clients.

        Cancelled, it cuts at once. Raises TypeError or ValueError for wrong arguments, before anything has changed.
        """
        drain = Drain(seconds, code, retry_after)
        try:
            with no_group_of_one():
                await self._acceptor.drain(drain)
            await self.close(drain.code, drain.reason)
        except trio.Cancelled:
            self._stop_listening()
            self._acceptor.cut_all()
            raise

    async def close(self, code: int = 1001, reason: str = "", timeout: float | None = None) -> None:  # noqa: ASYNC109  documented
        """Stop listening, close every connection, wait for the handlers, and cut what is left after `timeout` seconds.

        code, reason: for the Close frames. timeout: None for the limits' `close_timeout` and a second for the handlers.
        Cancelled, it cuts at once. Raises rawws.core.errors.WrongType or WrongValue for other codes and reasons.
        """
        self._acceptor.check_close(code, reason)
        self._stop_listening()
        if timeout is None:
            close_timeout = self._acceptor.settings.limits.close_timeout
            timeout = float("inf") if close_timeout is None else close_timeout + 1.0
        try:
            with trio.move_on_after(timeout), no_group_of_one():
                await self._acceptor.close_all(code, reason)
                await self._done.wait()
        finally:
            self._acceptor.cut_all()
        await self._done.wait()

    def _stop_listening(self) -> None:
        self._accepting.cancel()
        for listener in self._listeners:
            listener.close()

    async def run(self, task_status: trio.TaskStatus[Server]) -> None:
        """Accept connections until closed or cancelled; returns when the last handler has."""
        try:
            with no_group_of_one():
                await self._serve(task_status)
        finally:
            self._done.set()
            for listener in self._listeners:
                listener.close()

    async def _serve(self, task_status: trio.TaskStatus[Server]) -> None:
        async with trio.open_nursery() as handlers:
            self._acceptor.nursery = handlers
            callbacks = self._acceptor.make_callbacks()
            if callbacks is not None:
                handlers.start_soon(callbacks.run)
            async with trio.open_nursery() as listening:
                self._accepting = listening.cancel_scope
                for listener in self._listeners:
                    listening.start_soon(self._accept_from, listener)
                task_status.started(self)
            if callbacks is not None:
                callbacks.finish()

    async def _accept_from(self, listener: Listener) -> None:
        while True:
            try:
                accepted = await listener.accept()
            except trio.ClosedResourceError:
                return
            except OSError as exc:
                if exc.errno not in _OUT_OF_RESOURCES:
                    raise
                _logger.error("cannot accept a connection now: %s", exc)  # noqa: TRY400  no traceback
                await trio.sleep(_SECONDS_FOR_RESOURCES)
                continue
            for sock, address in accepted:
                self._acceptor.accept(SocketTransport(sock), address)
