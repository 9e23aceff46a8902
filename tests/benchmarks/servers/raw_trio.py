"""The floor on trio: a task for each connection that waits, receives and sends, and knows nothing of WebSocket.

After a canned response to whatever its first octets are, it sends back what it gets.
"""

from __future__ import annotations

import socket

import trio

from tests.benchmarks.servers.canned import RESPONSE
from tests.benchmarks.servers.common import begin, listening_socket, ready

_RECEIVE_BYTES = 64 * 1024


async def receive(sock: socket.socket) -> bytes:
    """What comes next, b"" at the end."""
    while True:
        await trio.lowlevel.wait_readable(sock)
        try:
            return sock.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            continue


async def send(sock: socket.socket, data: bytes) -> None:
    """All of `data`."""
    sent = sock.send(data)
    while sent < len(data):
        await trio.lowlevel.wait_writable(sock)
        try:
            sent += sock.send(memoryview(data)[sent:])
        except BlockingIOError:
            continue


async def connection(sock: socket.socket) -> None:
    """Answer, and echo."""
    with sock:
        try:
            await receive(sock)
            await send(sock, RESPONSE)
            while data := await receive(sock):
                try:
                    await send(sock, data)
                except BlockingIOError:
                    await trio.lowlevel.wait_writable(sock)
                    await send(sock, data)
        except ConnectionError:
            return


async def main() -> None:
    """Serve until killed."""
    begin()
    listener = listening_socket()
    ready(listener.getsockname()[1])
    async with trio.open_nursery() as nursery:
        while True:
            await trio.lowlevel.wait_readable(listener)
            try:
                sock, _address = listener.accept()
            except BlockingIOError:
                continue
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            nursery.start_soon(connection, sock)


if __name__ == "__main__":
    trio.run(main)
