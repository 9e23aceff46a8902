"""What a connection has compressed with is freed in its quiet times, and given back to the operating system."""

from __future__ import annotations

import contextlib
import ctypes
import subprocess
import sys
from pathlib import Path

import pytest
import trio

import rawws.trio
from rawws.core.extensions import PerMessageDeflate
from rawws.trio import WebSocket, memory
from rawws.trio import housekeeper as housekeeping
from rawws.trio.memory import give_back

from tests.trio.running import in_trio, serving

LONG = "to be compressed " * 100
MIB = 1024 * 1024
ROOT = Path(__file__).parent.parent.parent


def deflate(ws: WebSocket) -> PerMessageDeflate:
    """The extension of an open connection."""
    (extension,) = ws._session._connection._proto.extensions
    assert isinstance(extension, PerMessageDeflate)
    return extension


@in_trio(virtual=True)
async def test_a_quiet_connection_frees_what_it_compresses_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two seconds after the last compressed message its memory is free, on both sides; the next one comes anyway."""
    given_back: list[float] = []
    monkeypatch.setattr(housekeeping, "_WORTH_GIVING_BACK", 2)
    monkeypatch.setattr(housekeeping, "give_back", lambda: given_back.append(trio.current_time()))
    ends: list[WebSocket] = []

    async def echo(ws: WebSocket) -> None:
        ends.append(ws)
        async for message in ws:
            await ws.send(message)

    async with serving(echo) as server, rawws.trio.connect(f"ws://127.0.0.1:{server.port}/") as ws:
        ends.append(ws)
        for _ in range(3):
            for _ in range(10):  # in use: not freed, and nothing given back
                await ws.send(LONG)
                assert await ws.receive() == LONG
                assert all(deflate(end)._compressor is not None for end in ends)
                await trio.sleep(0.4)
            assert len(ends) == 2
            times = len(given_back)
            await trio.sleep(2.1)
            assert all(deflate(end)._compressor is None for end in ends)
            assert len(given_back) == times + 1


@in_trio(virtual=True)
async def test_a_message_in_parts_keeps_what_it_is_compressed_with() -> None:
    """However long a stream of chunks takes, its compression goes on."""

    async def slowly() -> object:
        for part in ("first " * 100, "second " * 100, "third " * 100):
            yield part
            await trio.sleep(5)

    received: list[str | bytes] = []

    async def collect(ws: WebSocket) -> None:
        received.extend([message async for message in ws])

    async with serving(collect) as server, rawws.trio.connect(f"ws://127.0.0.1:{server.port}/") as ws:
        await ws.send_stream(slowly())  # type: ignore[arg-type]
    assert received == ["first " * 100 + "second " * 100 + "third " * 100]


#: In a process of its own: what tests before have freed would be taken first, and nothing would seem to grow.
FREE_MUCH = """
from pathlib import Path
from rawws.trio.memory import give_back
def resident():
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096
large, small = [], []
before = resident()
for _ in range(2048):
    large.append(bytearray(b"x" * 32 * 1024))
    small.append(bytearray(b"x" * 1024))
full = resident() - before
large.clear()
give_back()
print(full, resident() - before, len(small))
"""


@pytest.mark.skipif(memory._malloc_trim() is None, reason="the C library gives back by itself")
def test_what_is_freed_is_given_back() -> None:
    """64 MiB that were freed between blocks in use are no longer in memory afterwards."""
    done = subprocess.run(
        [sys.executable, "-c", FREE_MUCH], capture_output=True, text=True, timeout=40, check=True, cwd=ROOT
    )
    full, left, _ = map(int, done.stdout.split())
    assert full > 60 * MIB
    assert left < 20 * MIB


def test_where_nothing_can_be_given_back_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another C library, or none to be found, is no error."""

    def nothing(name: str | None) -> object:
        raise OSError("no such library")

    memory._malloc_trim.cache_clear()
    with contextlib.ExitStack() as stack:
        stack.callback(memory._malloc_trim.cache_clear)
        monkeypatch.setattr(ctypes, "CDLL", nothing)
        give_back()
        memory._malloc_trim.cache_clear()
        monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
        give_back()
    monkeypatch.undo()
