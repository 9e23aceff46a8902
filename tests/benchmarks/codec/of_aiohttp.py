"""aiohttp's reader and writer, which know no network but want its objects."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from aiohttp import WSMsgType
from aiohttp._websocket.reader import WebSocketDataQueue, WebSocketReader
from aiohttp._websocket.writer import WebSocketWriter

from tests.benchmarks.codec.cases import MAX_MESSAGE, CannotDo, Case, Codec
from tests.benchmarks.frames import TEXT

# So much that the queue never asks for a pause.
_LIMIT = 1 << 30


def make(case: Case) -> Codec:
    """A codec for the case."""
    if case.work == "handshake":
        raise CannotDo("its opening handshake is one with its HTTP server")
    return _Decoder(case) if case.work == "decode" else _Encoder(case)


class _Network:
    """Stands for both the protocol and the transport: takes octets, and never asks for a pause."""

    def __init__(self) -> None:
        self._paused = self._reading_paused = False
        self.written: list[bytes] = []
        self.write = self.written.append
        self.writelines = self.written.extend

    def is_closing(self) -> bool:
        return False


class _Decoder(Codec):
    """What comes is taken off the queue as `receive` does it where it need not wait."""

    def __init__(self, case: Case) -> None:
        network: Any = _Network()
        no_loop: Any = None  # which only somebody who has to wait would use
        self._queue = WebSocketDataQueue(network, _LIMIT, loop=no_loop)
        self._reader = WebSocketReader(self._queue, MAX_MESSAGE + 1, case.deflate, True)
        self._feeds = case.feeds()

    def run(self) -> None:
        self.results()

    def results(self) -> list[str | bytes]:
        found: list[str | bytes] = []
        _run_through(self._read_all(found))
        return found

    async def _read_all(self, found: list[str | bytes]) -> None:
        feed, read, buffer = self._reader.feed_data, self._queue.read, self._queue._buffer
        for data in self._feeds:
            feed(data)
            while buffer:
                message = await read()
                found.append(message.data)


def _run_through(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run what has nothing to wait for."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise RuntimeError("it waits for something")


class _Encoder(Codec):
    def __init__(self, case: Case) -> None:
        network: Any = _Network()
        self._written = network.written
        self._writer = WebSocketWriter(network, network, compress=15 if case.deflate else 0)
        self._opcode = WSMsgType.TEXT if case.opcode == TEXT else WSMsgType.BINARY
        self._messages = case.messages()

    def run(self) -> None:
        _run_through(self._send_all())
        self._written.clear()

    async def _send_all(self) -> None:
        send, opcode = self._writer.send_frame, self._opcode
        for message in self._messages:
            await send(message.encode() if isinstance(message, str) else message, opcode)

    def results(self) -> list[str | bytes]:
        _run_through(self._send_all())
        stream = b"".join(self._written)
        self._written.clear()
        return [stream, *[b""] * (len(self._messages) - 1)]
