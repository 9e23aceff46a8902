"""The application of the restarts: it writes down what it gets, and acknowledges what it has written down."""

from __future__ import annotations

import os

import trio

from rawws.trio import WebSocket

#: The environment's name for the file.
LEDGER = "RAWWS_LEDGER"


async def handler(ws: WebSocket) -> None:
    """Write each message into the file as a line, then send it back."""
    ledger = os.open(os.environ[LEDGER], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        async for message in ws:
            # One write, appended: lines of several processes do not mix.
            line = message if isinstance(message, bytes) else message.encode()
            os.write(ledger, line + b"\n")
            # The worst moment to be told to go: written down, and not acknowledged.
            await trio.lowlevel.checkpoint()
            await ws.send(message)
    finally:
        os.close(ledger)
