"""picows' parser, behind its protocol: octets are put into its buffer, and a listener is called with each frame.

A socket would receive straight into that buffer, so its figures have one copy of the octets that is not its fault.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Any

import picows
from picows.picows import WSProtocol

from tests.benchmarks.codec.cases import MAX_MESSAGE, READ_BYTES, CannotDo, Case, Codec
from tests.benchmarks.frames import TEXT, request


def make(case: Case) -> Codec:
    """A codec for the case."""
    if case.work != "decode":
        raise CannotDo("its writer cannot be reached without a socket")
    if case.deflate:
        raise CannotDo("no permessage-deflate")
    return _Decoder(case)


class _Texts(picows.WSListener):
    """Takes each frame as str."""

    def __init__(self) -> None:
        self.found: list[str | bytes] = []

    def on_ws_frame(self, _transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        self.found.append(frame.get_payload_as_utf8_text())


class _Octets(_Texts):
    """Takes each frame as bytes."""

    def on_ws_frame(self, _transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        self.found.append(frame.get_payload_as_bytes())


class _Transport:
    """What the protocol wants of a transport, over a socket that nobody uses."""

    def __init__(self, sock: socket.socket) -> None:
        self._extra = {"socket": sock}

    def get_extra_info(self, name: str) -> object:
        return self._extra.get(name)

    def get_write_buffer_size(self) -> int:
        return 0

    def write(self, data: bytes) -> None:
        del data


class _Decoder(Codec):
    def __init__(self, case: Case) -> None:
        self._feeds = case.feeds()
        self._listener = _Texts() if case.opcode == TEXT else _Octets()
        self._socks = (socket.create_server(("127.0.0.1", 0)),)
        self._loop = asyncio.new_event_loop()
        self._protocol = self._loop.run_until_complete(self._connect())

    async def _connect(self) -> Any:
        strategy = picows.WSAutoPingStrategy.PING_WHEN_IDLE
        where = (None, None, False, lambda _request: self._listener, logging.getLogger("picows"))
        timeouts = (True, None, False, 20, 20, strategy, True)
        protocol = WSProtocol(*where, *timeouts, MAX_MESSAGE + 1, None, READ_BYTES * 2)
        protocol.connection_made(_Transport(self._socks[0]))
        self._put(protocol, request())
        return protocol

    def _put(self, protocol: Any, data: bytes) -> None:
        size = len(data)
        at = 0
        while at < size:
            room = protocol.get_buffer(-1)
            taken = min(size - at, len(room))
            room[:taken] = data if taken == size else data[at : at + taken]
            protocol.buffer_updated(taken)
            at += taken

    def run(self) -> None:
        self.results()

    def results(self) -> list[str | bytes]:
        found = self._listener.found = []
        for data in self._feeds:
            self._put(self._protocol, data)
        return found
