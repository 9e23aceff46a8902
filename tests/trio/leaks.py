"""Whether everything is where it was: tasks, sockets, objects, memory."""

from __future__ import annotations

import contextlib
import gc
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from rawws.core import WSConnection
from rawws.core.connection import Connection
from rawws.core.session import Session
from rawws.trio import WebSocket
from rawws.trio.opening import Handshaker
from rawws.trio.transport import SocketTransport, TlsTransport
from rawws.trio.writer import Writer

from tests.trio.running import eventually, quiet_logs

#: Octets that may stay: the allocator's habits and caches of the interpreter, and less than one per connection.
_SLACK_BYTES = 60_000


def count_sockets() -> int:
    """How many sockets this process has open."""
    found = 0
    for file in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found += str(file.readlink()).startswith("socket:")
    return found


def living() -> int:
    """How many objects of the package's connections there are."""
    gc.collect()
    wanted = (WebSocket, Session, WSConnection, Connection, Writer, SocketTransport, TlsTransport, Handshaker)
    return sum(type(thing) in wanted for thing in gc.get_objects())


@asynccontextmanager
async def nothing_left(open_sockets: Callable[[], int]) -> AsyncIterator[Callable[[], None]]:
    """Check at the end of the block that tasks, sockets, objects and memory are where they were.

    Gives a function that marks where that is: call it after a first round, when caches have been filled.
    """
    with quiet_logs():
        tasks = trio.lowlevel.current_statistics().tasks_living
        sockets, objects, memory = open_sockets(), living(), 0

        def mark() -> None:
            nonlocal memory
            gc.collect()
            memory = tracemalloc.get_traced_memory()[0]

        tracemalloc.start()
        try:
            yield mark
            await eventually(lambda: trio.lowlevel.current_statistics().tasks_living <= tasks)
            await eventually(lambda: open_sockets() <= sockets)
            assert living() <= objects
            if memory:
                gc.collect()
                assert tracemalloc.get_traced_memory()[0] - memory < _SLACK_BYTES
        finally:
            tracemalloc.stop()
