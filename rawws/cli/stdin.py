"""Lines from standard input, without a thread: reading can be cancelled, and never keeps the process from ending."""

from __future__ import annotations

import errno
import os
import select
from collections import deque

import trio

from rawws.cli.problem import Problem
from rawws.cli.show import octets

#: A line is held until its end has come, so it has to end somewhere.
MOST_OCTETS = 64 * 1024 * 1024

_CHUNK = 64 * 1024


class Lines:
    """The lines of a terminal, a pipe or a file, without what ends them; a last line needs no end.

    fd: where to read. It stays blocking, since whoever shares it (a shell, most of the time) wants it so; it is read
    only when there is something to read.
    """

    def __init__(self, fd: int = 0) -> None:
        self._fd = fd
        self._waits = True
        self._lines: deque[bytes] = deque()
        self._parts: list[bytes] = []
        self._length = 0

    def __aiter__(self) -> Lines:
        return self

    async def __anext__(self) -> bytes:
        """The next line. Raises Problem for one of more than `MOST_OCTETS` octets."""
        while not self._lines:
            chunk = await self._read()
            if not chunk and not self._length:
                raise StopAsyncIteration
            self._take(chunk or b"\n")
        return self._lines.popleft()

    def _take(self, chunk: bytes) -> None:
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            self._lines.append(b"".join([*self._parts, end]).removesuffix(b"\r"))
            self._parts.clear()
            self._length = 0
        self._parts.append(rest)
        self._length += len(rest)
        if self._length > MOST_OCTETS:
            raise Problem(f"a line of the input is longer than {octets(MOST_OCTETS)}")

    @property
    def has_more(self) -> bool:
        """Whether something can be read right now, such as the rest of what was pasted into a terminal."""
        return bool(self._lines or select.select([self._fd], [], [], 0)[0])

    async def _read(self) -> bytes:
        """The next octets, b"" at the end."""
        while True:
            try:
                await self._wait()
                return os.read(self._fd, _CHUNK)
            except BlockingIOError:
                # Somebody else has made it non-blocking, and somebody else was faster.
                continue
            except OSError:
                # Closed before we began, or a terminal that hung up.
                return b""

    async def _wait(self) -> None:
        if self._waits:
            try:
                await trio.lowlevel.wait_readable(self._fd)
            except OSError as exc:
                # epoll(7): "EPERM: The target file fd does not support epoll. This error can occur if fd refers to, for
                # example, a regular file or a directory." Those are always readable.
                if exc.errno != errno.EPERM:
                    raise
                self._waits = False
        else:
            await trio.lowlevel.checkpoint()

