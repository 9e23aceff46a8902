"""Handlers for `rawws serve --app`, which tests start in this folder."""

from __future__ import annotations

import functools
import json
import os

import trio

from rawws.trio import WebSocket


async def describe(ws: WebSocket) -> None:
    """Tell the client what it has sent to connect, then echo."""
    fields = {name.decode().lower(): value.decode() for name, value in ws.request.extra_headers}
    await ws.send(json.dumps({"fields": fields, "subprotocol": ws.subprotocol, "extensions": ws.extensions}))
    async for message in ws:
        await ws.send(message)


async def greet(ws: WebSocket) -> None:
    """Say something and leave: the client gets 1000."""
    await ws.send("hello and goodbye")


async def quarrel(ws: WebSocket) -> None:
    """Close with a code of our own, and a reason that wants to clear the screen."""
    await ws.close(4001, "go \x1b[2Jaway")


async def fail(ws: WebSocket) -> None:
    """Break at the first message."""
    raise RuntimeError(f"cannot bear {await ws.receive()!s}")


async def mutter(ws: WebSocket) -> None:
    """Send octets, and text that a terminal would obey."""
    await ws.send(b"\x00\x01\xfe\xff")
    await ws.send(b"")
    await ws.send("\x1b[2J\u202e\x9b")
    await ws.send("")
    await ws.receive()


async def never(ws: WebSocket) -> None:
    """Read nothing, answer nothing."""
    await trio.sleep_forever()


class Rooms:
    """Handlers need not be functions of a module."""

    async def __call__(self, ws: WebSocket) -> None:
        """Say where it is from."""
        await ws.send("from an object")

    async def method(self, ws: WebSocket, word: str = "method") -> None:
        """Say where it is from."""
        await ws.send(f"from a {word}")


rooms = Rooms()
partial = functools.partial(rooms.method, word="partial")


async def pid(ws: WebSocket) -> None:
    """Say which process this is."""
    await ws.send(str(os.getpid()))


def shout(ws: WebSocket, message: str | bytes) -> None:
    """A plain function: answer in capitals."""
    ws.send_nowait(message.upper())
