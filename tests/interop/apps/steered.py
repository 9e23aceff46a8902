"""An application for `rawws serve --app steered:handler`: an echo that also does what its peer tells it to.

A text that begins with "!" is an order: `!ping PAYLOAD`, `!close CODE REASON`, `!agreed`. When the connection has
ended, one line of JSON on stdout says how.
"""

from __future__ import annotations

import json
import time

import trio

import rawws.trio


async def handler(ws: rawws.trio.WebSocket) -> None:
    """Echo and obey until the end, then tell how it came."""
    try:
        async for message in ws:
            if isinstance(message, str) and message.startswith("!"):
                await obey(ws, *message[1:].split(" "))
            else:
                await ws.send(message)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        pass  # closed with another code than 1000, or by ourselves
    told = {"target": ws.request.target, "code": ws.close_code, "reason": ws.close_reason}
    print(json.dumps(told), flush=True)  # noqa: T201


async def obey(ws: rawws.trio.WebSocket, order: str, *words: str) -> None:
    """Carry out one order."""
    if order == "ping":
        began = time.monotonic()
        seconds = await ws.ping(words[0].encode())
        await ws.send(json.dumps({"seconds": seconds, "at most": time.monotonic() - began}))
    elif order == "close":
        await ws.close(int(words[0]), " ".join(words[1:]))
    elif order == "agreed":
        headers = {name.decode().lower(): value.decode() for name, value in ws.request.extra_headers}
        told = {"subprotocol": ws.subprotocol, "extensions": ws.extensions, "host": ws.request.host, "headers": headers}
        await ws.send(json.dumps(told))
    else:
        await ws.close(4000, "no such order")
