"""Octets over a `trio.abc.Stream` that somebody else made: a tunnel, a pipe, a pair in memory.

Such a stream can only be waited for. One reader task keeps a bounded amount of what has come at hand; whatever is
written goes through the WebSocket's own writer task.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from rawws.trio.crowd import Crowd
    from rawws.trio.transport import Octets

_logger = logging.getLogger("rawws.trio")

# Octets that the reader task keeps before it stops reading.
_MOST_READ = 64 * 1024


# Octets that go to the stream in one call: after each the writer sees that the peer still reads.
_MOST_WRITTEN = 16 * 1024


def _take(backlog: deque[Octets]) -> bytes:
    """Take from the front of the backlog what goes to the stream in one call."""
    pieces: list[Octets] = []
    size = 0
    while backlog and size < _MOST_WRITTEN:
        piece = backlog.popleft()
        if len(piece) > _MOST_WRITTEN - size:
            backlog.appendleft(memoryview(piece)[_MOST_WRITTEN - size :])
            piece = piece[: _MOST_WRITTEN - size]
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


class StreamTransport:
    """A given stream as a `Transport`. `start` comes first; `close` ends the reader task."""

    plain = False
    express = None

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._received: deque[bytes] = deque()
        self._received_bytes = 0
        self._error: OSError | None = None
        self._at_end = False
        self._closed = False
        self._changed = trio.lowlevel.ParkingLot()
        self._scope = trio.CancelScope()
        self._ending = trio.CancelScope()

    def start(self) -> None:
        """Begin to read."""
        trio.lowlevel.spawn_system_task(self._read, name="rawws stream reader")

    async def _read(self) -> None:
        """Read ahead, within bounds. A system task: it lets no exception out."""
        with self._scope:
            try:
                while not self._at_end:
                    data = await self._stream.receive_some()
                    if data:
                        self._received.append(bytes(data))
                        self._received_bytes += len(data)
                    else:
                        self._at_end = True
                    self._changed.unpark_all()
                    while self._received_bytes >= _MOST_READ:
                        await self._changed.park()
            except (trio.BrokenResourceError, trio.ClosedResourceError, trio.BusyResourceError, OSError) as exc:
                self._fail(exc)
            except Exception as exc:  # noqa: BLE001  the stream is not ours; whatever it raises ends this connection alone
                self._fail(exc)

    def _fail(self, exc: Exception) -> None:
        self._error = ConnectionResetError(f"the stream broke: {exc}")
        self._error.__cause__ = exc
        self._changed.unpark_all()

    @property
    def pending(self) -> bool:
        return bool(self._received)

    def fileno(self) -> int:
        return -1

    def receive(self) -> bytes | None:
        if self._received:
            data = self._received.popleft()
            self._received_bytes -= len(data)
            self._changed.unpark_all()
            return data
        if self._error is not None:
            raise self._error
        return b"" if self._at_end else None

    def receive_into(self, place: memoryview) -> int | None:  # noqa: ARG002  not plain
        return None

    def encode(self, data: list[bytes]) -> list[bytes]:
        return data

    def send_now(self, data: bytes) -> int:  # noqa: ARG002  (the same)
        return 0

    def send(self, backlog: deque[Octets]) -> int:  # noqa: ARG002  a stream cannot be written without waiting
        return 0

    async def send_later(self, backlog: deque[Octets]) -> int:
        data = _take(backlog)
        try:
            await self._stream.send_all(data)
        except Exception as exc:
            # The stream is not ours, and the task that is here belongs to trio: nothing else may come out.
            raise ConnectionResetError(f"the stream broke: {exc}") from exc
        return len(data)

    async def wait_readable(self) -> None:
        while not self._received and not self._at_end and self._error is None:
            if self._closed:
                raise trio.ClosedResourceError
            await self._changed.park()
            # Woken on purpose or by octets: either way the caller looks.
            return

    def join(self, crowd: Crowd) -> None:
        """A stream of somebody else's has its own way to wait."""

    def leave(self) -> None:
        """Nothing was joined."""

    def unacknowledged(self) -> int:
        return 0

    def end_of_sending(self) -> list[bytes]:
        return []

    def shutdown(self) -> None:
        # Not every stream can end in one direction; those that cannot say the end by closing.
        if isinstance(self._stream, trio.abc.HalfCloseableStream) and not self._closed:
            trio.lowlevel.spawn_system_task(self._send_eof, self._stream, name="rawws stream end")

    async def _send_eof(self, stream: trio.abc.HalfCloseableStream) -> None:
        with trio.CancelScope() as self._ending:
            try:
                await stream.send_eof()
            except Exception as exc:  # noqa: BLE001  the stream is not ours, and the end is said again by closing
                _logger.debug("no half-close: %s", exc)

    def wake(self) -> None:
        self._changed.unpark_all()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._scope.cancel()
        self._ending.cancel()
        self.wake()
        trio.lowlevel.spawn_system_task(self._close, name="rawws stream close")

    async def _close(self) -> None:
        try:
            await trio.aclose_forcefully(self._stream)
        except Exception as exc:  # noqa: BLE001  the stream is not ours, and nobody is left to tell
            _logger.debug("closing the stream failed: %s", exc)
